package abi

import (
	"bytes"
	"cmp"
	"math/bits"
)

// key is where a map's key stands in the input.
type key struct{ off, end uint32 }

// of is the encoded key.
func (k key) of(b []byte) []byte { return b[k.off:k.end] }

// after reports whether k comes after prev in the order of the encoded bytes.
// The zero key comes before all.
func (k key) after(prev key, b []byte) bool {
	return string(prev.of(b)) < string(k.of(b))
}

// The keys of all the maps that are open stand in one of two lists, in reading
// order: few of them in memory of the caller's, or any number on the heap. They are
// not one struct because memory that shares a struct with the heap must be there
// itself.

// countKeys is how many keys there are.
func countKeys(few []key, many *pieces[key]) int {
	if many != nil {
		return many.n
	}
	return len(few)
}

// pushKey appends a key, to many if there is that list. It reports false when
// there is no room.
func pushKey(few []key, many *pieces[key], k key) ([]key, bool) {
	switch {
	case many != nil:
		many.push(k)
	case len(few) == cap(few):
		return few, false
	default:
		few = append(few, k)
	}
	return few, true
}

// cutKeys leaves the first n.
func cutKeys(few []key, many *pieces[key], n int) []key {
	if many != nil {
		many.cut(n)
		return few
	}
	return few[:n]
}

// fewKeys is how many keys are compared with one another.
const fewKeys = 12

// duplicate returns the offset of the first key from base on that has the value of
// an earlier one, with [ReasonDuplicateKey]; or [ReasonStopped]; or [reasonRetry]
// when this takes more memory than few have; or no reason. The keys may be
// reordered.
func duplicate(b []byte, few []key, many *pieces[key], base int, irregular bool, stop func() bool) (int, Reason) {
	n := countKeys(few, many) - base
	if irregular || n > fewKeys {
		if many == nil {
			return 0, reasonRetry
		}
		return duplicateOrStop(b, many, base, irregular, stop)
	}
	if many == nil {
		return duplicateOfFew(b, few[base:])
	}
	var keys [fewKeys]key // in many they may lie in two pieces
	for i := range n {
		keys[i] = *many.at(base + i)
	}
	return duplicateOfFew(b, keys[:n])
}

func duplicateOfFew(b []byte, keys []key) (int, Reason) {
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
func duplicateOrStop(b []byte, keys *pieces[key], base int, irregular bool, stop func() bool) (at int, reason Reason) {
	first := int(keys.at(base).off)
	defer func() {
		switch r := recover().(type) {
		case nil:
		case stopped:
			at, reason = first, ReasonStopped
		default:
			panic(r)
		}
	}()
	work := &stopper{stop: stop}
	if irregular {
		at = duplicateValue(b, keys, base, work)
	} else {
		at = duplicateIn(&keyRing{b, keys, base}, work)
	}
	if at < 0 {
		return 0, ""
	}
	return at, ReasonDuplicateKey
}

// keyRing is keys that are each in their only deterministic form: equal bytes are
// equal values.
type keyRing struct {
	b    []byte
	keys *pieces[key]
	base int
}

func (r *keyRing) key(i int) *key     { return r.keys.at(r.base + i) }
func (r *keyRing) len() int           { return r.keys.n - r.base }
func (r *keyRing) swap(i, j int)      { p, q := r.key(i), r.key(j); *p, *q = *q, *p }
func (r *keyRing) hash(i int) uint64  { return hash(r.key(i).of(r.b)) }
func (r *keyRing) same(i, j int) bool { return string(r.key(i).of(r.b)) == string(r.key(j).of(r.b)) }
func (r *keyRing) offset(i int) int   { return int(r.key(i).off) }
func (r *keyRing) less(i, j int) bool {
	p, q := r.key(i), r.key(j)
	return cmp.Or(bytes.Compare(p.of(r.b), q.of(r.b)), cmp.Compare(p.off, q.off)) < 0
}

// ring is the keys of one map. In the order of less, keys of one value stand
// together, in reading order.
type ring interface {
	len() int
	less(i, j int) bool
	swap(i, j int)
	hash(i int) uint64
	same(i, j int) bool
	offset(i int) int
}

// duplicateIn returns the offset of the first key that has the value of an earlier
// one, or -1. The keys stand in reading order; they may be reordered.
//
// It puts them into a hash table. The hash is not secret, so that an author of
// input may make keys collide; the number of steps is bounded, and when it is
// reached the keys are sorted instead.
func duplicateIn(r ring, work *stopper) int {
	n := r.len()
	t := newTable(n, work)
	steps := 4 * n
	for i := range n {
		work.step()
		at := r.hash(i)
		for ; *t.at(at) != 0; at++ {
			if r.same(int(*t.at(at))-1, i) {
				return r.offset(i)
			}
			if steps--; steps < 0 {
				return duplicateSorted(r, work)
			}
		}
		*t.at(at) = uint32(i + 1)
	}
	return -1
}

// duplicateSorted is duplicateIn at a cost that no input can choose.
func duplicateSorted(r ring, work *stopper) int {
	heapSort(r, work)
	first := -1
	for i := 1; i < r.len(); i++ {
		work.step()
		if at := r.offset(i); r.same(i-1, i) && (first < 0 || at < first) {
			first = at
		}
	}
	return first
}

// heapSort sorts in place, at most in n log n steps. Package slices sorts only
// what lies in one piece, and package sort would add 10 KB to every guest.
func heapSort(r ring, work *stopper) {
	n := r.len()
	for i := n/2 - 1; i >= 0; i-- {
		sink(r, i, n, work)
	}
	for n--; n > 0; n-- {
		r.swap(0, n)
		sink(r, 0, n, work)
	}
}

// sink moves a key of the heap of the first n down to its place.
func sink(r ring, i, n int, work *stopper) {
	for {
		work.step()
		child := 2*i + 1
		if child >= n {
			return
		}
		if child+1 < n && r.less(child, child+1) {
			child++
		}
		if !r.less(i, child) {
			return
		}
		r.swap(i, child)
		i = child
	}
}

// table holds numbers of keys, from 1; 0 is a free place.
type table struct {
	pieces [][]uint32
	mask   uint64
}

// tableBits says how many places are allocated, and cleared, in one go.
const tableBits = 14

// newTable makes a table of which n keys take up at most half.
func newTable(n int, work *stopper) *table {
	size := 1 << bits.Len(uint(2*n))
	t := &table{mask: uint64(size - 1)}
	for left := size; left > 0; left -= 1 << tableBits {
		t.pieces = append(t.pieces, make([]uint32, min(left, 1<<tableBits)))
		work.ask()
	}
	return t
}

// at is the place for a hash.
func (t *table) at(hash uint64) *uint32 {
	hash &= t.mask
	return &t.pieces[hash>>tableBits][hash&(1<<tableBits-1)]
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
