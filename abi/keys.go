package abi

import "slices"

// key is where a map's key stands in the input.
type key struct{ off, end uint32 }

// after reports whether k comes after prev in the order of the encoded bytes.
// The zero key comes before all.
func (k key) after(prev key, b []byte) bool {
	return string(b[prev.off:prev.end]) < string(b[k.off:k.end])
}

// fewKeys is how many keys are compared with one another instead of sorted.
const fewKeys = 12

// duplicate returns the offset of the first key that has the value of an earlier
// one, or -1. It may reorder keys.
//
// It sorts instead of hashing, so that no input can choose its cost.
func duplicate(b []byte, keys []key, irregular bool) int {
	if irregular {
		return duplicateValue(b, keys)
	}
	if len(keys) <= fewKeys {
		for i, k := range keys {
			s := b[k.off:k.end]
			for _, p := range keys[:i] {
				if k.end-k.off == p.end-p.off && string(s) == string(b[p.off:p.end]) {
					return int(k.off)
				}
			}
		}
		return -1
	}
	return duplicateSorted(b, keys)
}

// duplicateSorted is duplicate for many keys, each in its only deterministic
// form: equal bytes are equal values.
func duplicateSorted(b []byte, keys []key) int {
	slices.SortFunc(keys, func(p, q key) int {
		s, t := string(b[p.off:p.end]), string(b[q.off:q.end])
		switch {
		case s < t:
			return -1
		case s > t:
			return 1
		}
		return int(p.off) - int(q.off)
	})
	first := -1
	for i := 1; i < len(keys); i++ {
		p, q := keys[i-1], keys[i]
		if string(b[p.off:p.end]) == string(b[q.off:q.end]) && (first < 0 || int(q.off) < first) {
			first = int(q.off)
		}
	}
	return first
}
