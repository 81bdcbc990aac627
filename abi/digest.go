package abi

import (
	"cmp"
	"math/bits"
)

// digest stands for a value in 128 bits: equal values have equal digests, however
// they are written, and others differ unless chance has it, which is one in 2^128.
// It has no secret. Who makes two values meet on purpose has made an item that is
// refused, and could have written the same value twice.
type digest struct{ hi, lo uint64 }

// digestOf begins the digest of a value of some kind.
func digestOf(kind byte) digest { return digest{}.word(uint64(kind) + 1) }

// word mixes a number in. For each digest, it is a bijection of the number in
// both halves.
func (d digest) word(v uint64) digest {
	return digest{scramble(d.hi ^ v), scramble(d.lo + bits.RotateLeft64(v, 32)*0x9e3779b97f4a7c15)}
}

// with mixes another digest in.
func (d digest) with(e digest) digest { return d.word(e.hi).word(e.lo) }

// plus adds another digest, in any order.
func (d digest) plus(e digest) digest { return digest{d.hi + e.hi, d.lo + e.lo} }

// bytes mixes a string in, and its length.
func (d digest) bytes(s []byte) digest {
	d = d.word(uint64(len(s)))
	for ; len(s) >= 8; s = s[8:] {
		d = d.word(uint64(be32(s))<<32 | uint64(be32(s[4:])))
	}
	v := uint64(0)
	for _, c := range s {
		v = v<<8 | uint64(c)
	}
	return d.word(v)
}

// scramble is the end of MurmurHash3: a bijection in which every bit of x tells
// in every bit of the result.
func scramble(x uint64) uint64 {
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// digested is a key of a map by its value.
type digested struct {
	digest
	off uint32 // where it stands
}

// digestRing is keys by their values.
type digestRing struct {
	keys *pieces[digested]
	base int
}

func (r *digestRing) key(i int) *digested { return r.keys.at(r.base + i) }
func (r *digestRing) len() int            { return r.keys.n - r.base }
func (r *digestRing) swap(i, j int)       { p, q := r.key(i), r.key(j); *p, *q = *q, *p }
func (r *digestRing) hash(i int) uint64   { return r.key(i).lo }
func (r *digestRing) same(i, j int) bool  { return r.key(i).digest == r.key(j).digest }
func (r *digestRing) offset(i int) int    { return int(r.key(i).off) }
func (r *digestRing) less(i, j int) bool {
	p, q := r.key(i), r.key(j)
	return cmp.Or(cmp.Compare(p.hi, q.hi), cmp.Compare(p.lo, q.lo), cmp.Compare(p.off, q.off)) < 0
}

// duplicateDigest returns the offset of the first key from base on that has the
// value of an earlier one, or -1. The keys stand in reading order; they may be
// reordered.
func duplicateDigest(keys *pieces[digested], base int, work *stopper) int {
	n := keys.n - base
	if n > fewKeys {
		return duplicateIn(&digestRing{keys, base}, work)
	}
	for i := range n {
		for j := range i {
			if k := keys.at(base + i); k.digest == keys.at(base+j).digest {
				return int(k.off)
			}
		}
	}
	return -1
}
