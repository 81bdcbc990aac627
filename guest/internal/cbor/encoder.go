package cbor

import (
	"reflect"
	"sync"

	"github.com/pledge-wasm/pledge/abi"
)

// maxHops bounds pointers and interfaces around one value, so that a ring of
// pointers without a container in it ends.
const maxHops = 4 * abi.MaxDepth

// encoder appends items to buf. The rest is scratch space for sorting maps,
// kept from one use to the next.
type encoder struct {
	buf   []byte
	depth int // arrays and maps around the current item
	hops  int // pointers around the current item

	pairs []pair
	moved []byte
}

// encoders are idle. In a guest there is one per nested call at most.
var encoders struct {
	sync.Mutex
	idle []*encoder
}

// borrow returns an idle encoder that appends to dst.
func borrow(dst []byte) *encoder {
	encoders.Lock()
	defer encoders.Unlock()
	var e *encoder
	if n := len(encoders.idle); n > 0 {
		e, encoders.idle = encoders.idle[n-1], encoders.idle[:n-1]
	} else {
		e = &encoder{pairs: make([]pair, 0, 16), moved: make([]byte, 0, 512)}
	}
	e.buf, e.depth, e.hops, e.pairs = dst, 0, 0, e.pairs[:0]
	return e
}

// giveBack makes e idle and returns what it wrote. An encoder that grew large
// is left to the garbage collector.
func (e *encoder) giveBack() []byte {
	out := e.buf
	e.buf = nil
	encoders.Lock()
	defer encoders.Unlock()
	if len(encoders.idle) < 8 && cap(e.moved) <= 1<<20 && cap(e.pairs) <= 1<<16 {
		encoders.idle = append(encoders.idle, e)
	}
	return out
}

func (e *encoder) enter() error {
	if e.depth++; e.depth > abi.MaxDepth {
		return mismatch("", "a value nested more than 256 deep, or one that contains itself")
	}
	return nil
}

func (e *encoder) leave() { e.depth-- }

// value encodes a value by its dynamic type.
func (e *encoder) value(v reflect.Value) error {
	return Of(v.Type()).encode(e, v)
}

// any encodes x, the usual types without reflection.
func (e *encoder) any(x any) error {
	switch x := x.(type) {
	case nil:
		e.buf = abi.AppendNull(e.buf)
	case bool:
		e.buf = abi.AppendBool(e.buf, x)
	case string:
		return e.text(x)
	case int:
		e.buf = abi.AppendInt(e.buf, int64(x))
	case int64:
		e.buf = abi.AppendInt(e.buf, x)
	case uint64:
		e.buf = abi.AppendUint(e.buf, x)
	case float64:
		e.buf = abi.AppendFloat(e.buf, x)
	default:
		return e.value(reflect.ValueOf(x))
	}
	return nil
}

// sortPairs puts the pairs that were written from start on, and noted in
// e.pairs[from:], into the bytewise order of their keys.
func (e *encoder) sortPairs(from, start int) error {
	pairs := pairsOf{e.buf, e.pairs[from:]}
	if !pairs.sort() {
		e.moved = append(e.moved[:0], e.buf[start:]...)
		to := start
		for i, p := range pairs.at {
			n := copy(e.buf[to:], e.moved[p.key-start:p.end-start])
			pairs.at[i] = pair{to, to + p.value - p.key, to + n}
			to += n
		}
	}
	if pairs.duplicate() != nil {
		return mismatch("", "a map with two keys that are the same in CBOR")
	}
	e.pairs = e.pairs[:from]
	return nil
}
