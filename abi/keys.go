package abi

import (
	"bytes"
	"math/bits"
	"slices"
)

// key is where a map's key stands in the input.
type key struct{ off, end uint32 }

// of is the encoded key.
func (k key) of(b []byte) []byte { return b[k.off:k.end] }

// push is append for lists of millions, of which it would copy all in one go:
// nobody else runs meanwhile, not even the garbage collector.
func push[T any](list []T, v T) []T {
	if len(list) == cap(list) && len(list) >= pushPiece {
		list = double(list)
	}
	return append(list, v)
}

// pushPiece is how many elements are copied in one go.
const pushPiece = 1 << 13

func double[T any](list []T) []T {
	wider := make([]T, len(list), 2*len(list))
	for at := 0; at < len(list); at += pushPiece {
		copyPiece(wider[at:], list[at:min(at+pushPiece, len(list))])
	}
	return wider
}

// copyPiece is a call because calls are where the runtime preempts: a signal would
// find a loop in the middle of a copy each time.
//
//go:noinline
func copyPiece[T any](to, from []T) { copy(to, from) }

// after reports whether k comes after prev in the order of the encoded bytes.
// The zero key comes before all.
func (k key) after(prev key, b []byte) bool {
	return string(prev.of(b)) < string(k.of(b))
}

// fewKeys is how many keys are compared with one another.
const fewKeys = 12

// duplicate returns the offset of the first key that has the value of an earlier
// one, with [ReasonDuplicateKey]; or [ReasonStopped]; or no reason. keys stand in
// reading order; they may be reordered.
func duplicate(b []byte, keys []key, irregular bool, stop func() bool) (int, Reason) {
	if irregular || len(keys) > fewKeys {
		return duplicateOrStop(b, keys, irregular, stop)
	}
	for i, k := range keys {
		for _, p := range keys[:i] {
			// Names mostly differ in length or in their last letter.
			if k.end-k.off == p.end-p.off && b[k.end-1] == b[p.end-1] && string(k.of(b)) == string(p.of(b)) {
				return int(k.off), ReasonDuplicateKey
			}
		}
	}
	return 0, ""
}

// duplicateOrStop is duplicate for what may take long.
func duplicateOrStop(b []byte, keys []key, irregular bool, stop func() bool) (at int, reason Reason) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case stopped:
			at, reason = int(keys[0].off), ReasonStopped
		default:
			panic(r)
		}
	}()
	work := &stopper{stop: stop}
	if irregular {
		at = duplicateValue(b, keys, work)
	} else {
		at = duplicateOfMany(b, keys, work)
	}
	if at < 0 {
		return 0, ""
	}
	return at, ReasonDuplicateKey
}

// stopper lets work that may take long be broken off, by a panic with stopped:
// there is no other way out of sorting.
type stopper struct {
	stop func() bool // nil: never
	left int         // steps until it is asked
}

type stopped struct{}

// stopSteps is how many steps, of some tens of nanoseconds, are made between two
// questions.
const stopSteps = 1 << 9

func (w *stopper) step() {
	if w.left > 0 {
		w.left--
		return
	}
	w.left = stopSteps
	if w.stop != nil && w.stop() {
		panic(stopped{})
	}
}

// duplicateOfMany is duplicate for many keys, each in its only deterministic
// form: equal bytes are equal values.
//
// It puts them into a hash table. The hash is not secret, so that an author of
// input may make keys collide; the number of steps is bounded, and when it is
// reached the keys are sorted instead.
func duplicateOfMany(b []byte, keys []key, work *stopper) int {
	size := uint64(1) << bits.Len(uint(2*len(keys)))
	table := make([]uint32, size) // index of a key plus 1, 0 when free
	steps := 4 * len(keys)
	for i, k := range keys {
		work.step()
		s := k.of(b)
		at := hash(s) & (size - 1)
		for ; table[at] != 0; at = (at + 1) & (size - 1) {
			if string(keys[table[at]-1].of(b)) == string(s) {
				return int(k.off)
			}
			if steps--; steps < 0 {
				return duplicateSorted(b, keys, work)
			}
		}
		table[at] = uint32(i + 1)
	}
	return -1
}

// hash mixes all bytes of s.
func hash(s []byte) uint64 {
	const m = 0x9e3779b97f4a7c15
	h := uint64(len(s)) * m
	for ; len(s) >= 8; s = s[8:] {
		v := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		h = mix(h^v, m)
	}
	v := uint64(0)
	for _, c := range s {
		v = v<<8 | uint64(c)
	}
	return mix(h^v, m)
}

func mix(x, y uint64) uint64 {
	hi, lo := bits.Mul64(x, y)
	return hi ^ lo
}

// duplicateSorted is duplicateOfMany at a cost that no input can choose.
func duplicateSorted(b []byte, keys []key, work *stopper) int {
	slices.SortFunc(keys, func(p, q key) int {
		work.step()
		if c := bytes.Compare(p.of(b), q.of(b)); c != 0 {
			return c
		}
		return int(p.off) - int(q.off)
	})
	first := -1
	for i := 1; i < len(keys); i++ {
		p, q := keys[i-1], keys[i]
		if string(p.of(b)) == string(q.of(b)) && (first < 0 || int(q.off) < first) {
			first = int(q.off)
		}
	}
	return first
}
