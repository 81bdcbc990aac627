package futures

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
)

// Wrapped is a value with a note on how the futures in it are to be treated. It
// is made by [Raw], [Opaque], [AllowFailure], [AllowUpstream] and [Secret], may
// stand anywhere in arguments, and disappears when they are resolved or
// encoded. Wrappers of wrappers combine. Inside the result of a future wrappers
// say nothing.
type Wrapped struct {
	value any
	mode  mode
}

// mode is a set of notes.
type mode uint8

const (
	modeRaw mode = 1 << iota
	modeOpaque
	modeAllowFailure
	modeAllowUpstream
	modeSecret
)

// Raw marks v as data: it is not searched, and futures in it stay what they
// are. A task gets references in their place, which it may await if it was
// granted that; a run does not wait for them.
func Raw(v any) Wrapped { return wrap(v, modeRaw) }

// Opaque marks the inside of v as data: a future v is replaced by its result,
// which is not searched; any other v is not searched either.
func Opaque(v any) Wrapped { return wrap(v, modeOpaque) }

// AllowFailure lets futures in v fail, or run into their time-out: the error
// takes the place of the result, as a *[RunError] in Go and as a map with "code",
// "message", "state" and, if there is any, "data" in CBOR. Runs that crashed,
// were cancelled, or could not start because of an upstream are not covered.
func AllowFailure(v any) Wrapped { return wrap(v, modeAllowFailure) }

// AllowUpstream is AllowFailure for the failures it leaves out of runs that
// could not start, or whose result could not be resolved, because of an
// upstream. Both together cover both.
func AllowUpstream(v any) Wrapped { return wrap(v, modeAllowUpstream) }

// Secret hides v from [CallRepr] and from printing. The task gets v.
func Secret(v any) Wrapped { return wrap(v, modeSecret) }

func wrap(v any, m mode) Wrapped {
	if w, ok := v.(Wrapped); ok {
		w.mode |= m
		return w
	}
	return Wrapped{v, m}
}

// allows reports whether the failure may take the place of a result.
func (m mode) allows(e *RunError) bool {
	switch {
	case e.State == Failed && e.Code == abi.CodeUpstream:
		return m&modeAllowUpstream != 0
	case e.State == Failed, e.State == TimedOut:
		return m&modeAllowFailure != 0
	}
	return false
}

// Value returns what is wrapped.
func (w Wrapped) Value() any { return w.value }

// String prints what is wrapped, unless it is a secret.
func (w Wrapped) String() string {
	if w.mode&modeSecret != 0 {
		return hidden
	}
	return fmt.Sprint(w.value)
}

// Format prints what is wrapped, whatever the verb, unless it is a secret.
func (w Wrapped) Format(s fmt.State, verb rune) {
	if w.mode&modeSecret != 0 {
		_, _ = io.WriteString(s, hidden)
		return
	}
	fmt.Fprintf(s, fmt.FormatString(s, verb), w.value)
}

// A wrapped value is encoded as [wrapTag] over [nonce, mode, value], for Encode
// in the same process to find and take out. The nonce keeps bytes that came
// from elsewhere from passing for a wrapper.
const wrapTag = abi.FutureTag + 1

var wrapHead = func() []byte {
	head := abi.AppendHead(nil, abi.MajorTag, wrapTag)
	head = abi.AppendHead(head, abi.MajorArray, 3)
	head = append(head, abi.MajorBytes<<5|8)
	return binary.BigEndian.AppendUint64(head, rand.Uint64())
}()

// MarshalCBOR encodes the value together with its notes, in a form that only
// [Encode] understands.
func (w Wrapped) MarshalCBOR() ([]byte, error) {
	if w.mode&^modeSecret == 0 {
		return codec.Marshal(w.value)
	}
	b := append([]byte(nil), wrapHead...)
	b = append(b, byte(w.mode&^modeSecret)) // below 24, so one byte
	return codec.Append(b, w.value)
}
