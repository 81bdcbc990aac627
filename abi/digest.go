package abi

import (
	"cmp"
	"math/bits"
	"slices"
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

// duplicateDigest returns the offset of the first key that has the value of an
// earlier one, or -1. keys stand in reading order; they may be reordered.
func duplicateDigest(keys []digested, work *stopper) int {
	if len(keys) <= fewKeys {
		for i, k := range keys {
			for _, p := range keys[:i] {
				if k.digest == p.digest {
					return int(k.off)
				}
			}
		}
		return -1
	}
	size := uint64(1) << bits.Len(uint(2*len(keys)))
	table := make([]uint32, size) // index of a key plus 1, 0 when free
	steps := 4 * len(keys)
	for i, k := range keys {
		work.step()
		at := k.lo & (size - 1)
		for ; table[at] != 0; at = (at + 1) & (size - 1) {
			if keys[table[at]-1].digest == k.digest {
				return int(k.off)
			}
			if steps--; steps < 0 {
				return duplicateDigestSorted(keys, work)
			}
		}
		table[at] = uint32(i + 1)
	}
	return -1
}

// duplicateDigestSorted is duplicateDigest at a cost that no input can choose.
func duplicateDigestSorted(keys []digested, work *stopper) int {
	slices.SortFunc(keys, func(p, q digested) int {
		work.step()
		return cmp.Or(cmp.Compare(p.hi, q.hi), cmp.Compare(p.lo, q.lo), cmp.Compare(p.off, q.off))
	})
	first := -1
	for i := 1; i < len(keys); i++ {
		if at := int(keys[i].off); keys[i-1].digest == keys[i].digest && (first < 0 || at < first) {
			first = at
		}
	}
	return first
}
