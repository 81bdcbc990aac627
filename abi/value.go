package abi

import (
	"bytes"
	"slices"
)

// duplicateValue is duplicate for maps with a key that is a container or a tag,
// or that is not in its shortest form. It writes every key in a form in which
// equal bytes are equal values, and compares those. The keys have passed scan,
// apart from the keys of maps inside them: those are checked here.
func duplicateValue(b []byte, keys []key) int {
	n := normaliser{b: b}
	all := make([]pair, len(keys))
	for i, k := range keys {
		p := pair{off: int(k.off), start: len(n.out)}
		if dup := n.item(int(k.off)); dup >= 0 {
			return dup
		}
		p.mid, p.end = len(n.out), len(n.out)
		all[i] = p
	}
	return n.sort(all)
}

// normaliser writes items so that equal values have equal bytes: scalars as
// deterministic CBOR (floats in 64 bits), tags before their content, and every
// array and map as a number that stands for its content. So each byte is looked
// at once, however deep it lies.
type normaliser struct {
	b       []byte
	out     []byte
	pairs   []pair            // of all maps that are open
	levels  []level           // containers that are open
	spare   []byte            // for the content of a map in order
	numbers map[string]uint32 // of contents
}

// pair is where a key and its value stand in the output of a normaliser.
type pair struct {
	off             int // of the key in the input
	start, mid, end int // key and value in the output
}

// level is a container that has begun and not ended.
type level struct {
	rem   uint64 // as in frame
	flags frameFlags
	major byte
	start int // of its content in the output
	base  int // of its pairs
}

// item writes the item at off. It returns the offset of a key that a map has
// twice, or -1.
func (n *normaliser) item(off int) int {
	bottom := len(n.levels)
	for {
		var top *level
		if len(n.levels) > bottom {
			top = &n.levels[len(n.levels)-1]
		}
		done := false
		if top != nil && top.flags&indefinite != 0 && n.b[off] == breakByte {
			off++
			top.rem, done = 0, true
		} else {
			if top != nil && top.flags&isMap != 0 {
				n.mark(top, off)
			}
			off, done = n.head(off)
		}
		for done {
			if len(n.levels) == bottom {
				return -1
			}
			top = &n.levels[len(n.levels)-1]
			if top.rem > 0 {
				top.rem--
			}
			if top.rem > 0 {
				break
			}
			if dup := n.close(top); dup >= 0 {
				return dup
			}
			n.levels = n.levels[:len(n.levels)-1]
		}
	}
}

// mark notes that a key or a value of the map top begins here.
func (n *normaliser) mark(top *level, off int) {
	if top.rem&1 == 0 {
		n.seal(top)
		n.pairs = append(n.pairs, pair{off: off, start: len(n.out)})
		return
	}
	n.pairs[len(n.pairs)-1].mid = len(n.out)
}

// seal notes the end of the latest pair of the map top, if it has one.
func (n *normaliser) seal(top *level) {
	if len(n.pairs) > top.base {
		n.pairs[len(n.pairs)-1].end = len(n.out)
	}
}

// head writes what begins at off: a whole scalar (done), or how a container
// begins. It returns the offset behind what it has read.
func (n *normaliser) head(off int) (next int, done bool) {
	h, next, _ := readHead(n.b, off)
	switch h.Major {
	case MajorBytes, MajorText:
		s, next := joined(n.b, h, next)
		n.out = AppendHead(n.out, h.Major, uint64(len(s)))
		n.out = append(n.out, s...)
		return next, true
	case MajorArray, MajorMap:
		l := level{rem: h.Arg, major: h.Major, start: len(n.out), base: len(n.pairs)}
		if h.Major == MajorMap {
			l.rem, l.flags = 2*h.Arg, isMap
		}
		if h.Indefinite() {
			l.rem, l.flags = indefiniteRem, l.flags|indefinite
		}
		n.levels = append(n.levels, l)
		return next, l.rem == 0
	case MajorTag:
		if h.Arg == tagPosBignum || h.Arg == tagNegBignum {
			if c, after, _ := readHead(n.b, next); c.Major == MajorBytes {
				s, end := joined(n.b, c, after)
				n.out = appendInteger(n.out, h.Arg, s)
				return end, true
			}
		}
		n.out = AppendHead(n.out, MajorTag, h.Arg)
		n.levels = append(n.levels, level{rem: 1, major: MajorTag})
		return next, false
	case MajorSimple:
		if h.Float() {
			v := h.float64bits()
			n.out = append(n.out, 0xfb, byte(v>>56), byte(v>>48), byte(v>>40), byte(v>>32),
				byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
			return next, true
		}
	}
	n.out = AppendHead(n.out, h.Major, h.Arg)
	return next, true
}

// close ends the container top. It returns a duplicate key's offset, or -1.
func (n *normaliser) close(top *level) int {
	if top.major == MajorTag {
		return -1
	}
	n.spare = append(n.spare[:0], top.major)
	if top.flags&isMap == 0 {
		n.spare = append(n.spare, n.out[top.start:]...)
	} else {
		n.seal(top)
		pairs := n.pairs[top.base:]
		if dup := n.sort(pairs); dup >= 0 {
			return dup
		}
		for _, p := range pairs {
			n.spare = append(n.spare, n.out[p.start:p.end]...)
		}
		n.pairs = n.pairs[:top.base]
	}
	number, known := n.numbers[string(n.spare)]
	if !known {
		if n.numbers == nil {
			n.numbers = map[string]uint32{}
		}
		number = uint32(len(n.numbers))
		n.numbers[string(n.spare)] = number
	}
	// A break begins no item: nothing else is written like this.
	n.out = append(n.out[:top.start], breakByte,
		byte(number>>24), byte(number>>16), byte(number>>8), byte(number))
	return -1
}

// sort puts pairs in the order of their keys. It returns the offset of the first
// key that has the value of an earlier one, or -1.
func (n *normaliser) sort(pairs []pair) int {
	slices.SortFunc(pairs, func(p, q pair) int {
		if c := bytes.Compare(n.out[p.start:p.mid], n.out[q.start:q.mid]); c != 0 {
			return c
		}
		return p.off - q.off
	})
	first := -1
	for i := 1; i < len(pairs); i++ {
		p, q := pairs[i-1], pairs[i]
		if string(n.out[p.start:p.mid]) == string(n.out[q.start:q.mid]) && (first < 0 || q.off < first) {
			first = q.off
		}
	}
	return first
}
