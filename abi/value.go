package abi

// duplicateValue is duplicate for maps with a key that is a container or a tag,
// or that is not in its shortest form. It compares digests of the keys. The keys
// have passed scan, apart from the keys of maps inside them: those are checked
// here.
func duplicateValue(b []byte, keys *pieces[key], base int, work *stopper) int {
	d := digester{b: b, work: work}
	var all pieces[digested]
	for i := base; i < keys.n; i++ {
		off := keys.at(i).off
		value, dup := d.item(int(off))
		if dup >= 0 {
			return dup
		}
		all.push(digested{value, off})
	}
	return duplicateDigest(&all, 0, work)
}

// digester makes digests of items. It looks at each byte once, however deep it
// lies.
type digester struct {
	b      []byte
	work   *stopper
	levels []level          // containers that are open
	keys   pieces[digested] // of all maps that are open
}

// level is a container that has begun and not ended.
type level struct {
	rem   uint64 // as in frame
	flags frameFlags
	key   uint32 // where the latest key stands
	base  int    // where its keys begin in the list of keys
	count uint64 // elements so far
	value digest // of what has been read
}

// The kinds of digests, beside the major types.
const (
	kindFloat = 8 + iota
	kindPair
)

// item gives the digest of the item at off. dup is the offset of a key that a map
// inside has twice, or -1.
func (d *digester) item(off int) (value digest, dup int) {
	for {
		d.work.step()
		var top *level
		if len(d.levels) > 0 {
			top = d.top()
		}
		if top != nil && top.flags&indefinite != 0 && d.b[off] == breakByte {
			off++
			top.rem = 0
		} else {
			if top != nil {
				top.key = uint32(off)
			}
			open := false
			if value, off, open = d.head(off); !open {
				if top == nil {
					return value, -1
				}
				d.take(value)
			}
		}
		for top = d.top(); top.rem == 0; top = d.top() {
			if value, dup = d.close(top); dup >= 0 {
				return value, dup
			}
			if d.levels = d.levels[:len(d.levels)-1]; len(d.levels) == 0 {
				return value, -1
			}
			d.take(value)
		}
	}
}

// top is the innermost container.
func (d *digester) top() *level { return &d.levels[len(d.levels)-1] }

// take adds an element, a key or a value to the innermost container.
func (d *digester) take(value digest) {
	top := d.top()
	switch {
	case top.flags&isMap == 0:
		top.value = top.value.with(value)
	case top.rem&1 == 0:
		d.keys.push(digested{value, top.key})
	default:
		top.value = top.value.plus(digestOf(kindPair).with(d.keys.at(d.keys.n - 1).digest).with(value))
	}
	top.rem--
	top.count++
}

// head reads what begins at off: a whole scalar, or how a container begins, which
// is then open. It returns the offset behind it.
func (d *digester) head(off int) (value digest, next int, open bool) {
	h, next, _ := readHead(d.b, off)
	value = digestOf(h.Major)
	switch h.Major {
	case MajorBytes, MajorText:
		s, next := joined(d.b, h, next)
		return value.bytes(s), next, false
	case MajorArray, MajorMap:
		l := level{rem: h.Arg, base: d.keys.n, value: value}
		if h.Major == MajorMap {
			l.rem, l.flags = 2*h.Arg, isMap
		}
		if h.Indefinite() {
			l.rem, l.flags = indefiniteRem, l.flags|indefinite
		}
		d.levels = append(d.levels, l)
		return value, next, true
	case MajorTag:
		if h.Arg == tagPosBignum || h.Arg == tagNegBignum {
			if c, after, _ := readHead(d.b, next); c.Major == MajorBytes {
				s, end := joined(d.b, c, after)
				return bignum(h.Arg, s), end, false
			}
		}
		d.levels = append(d.levels, level{rem: 1, value: value.word(h.Arg)})
		return value, next, true
	case MajorSimple:
		if h.Float() {
			return digestOf(kindFloat).word(h.float64bits()), next, false
		}
	}
	return value.word(h.Arg), next, false
}

// bignum is the digest of the integer of a bignum: of a plain one if it fits.
func bignum(tag uint64, s []byte) digest {
	for len(s) > 0 && s[0] == 0 {
		s = s[1:]
	}
	if len(s) > 8 {
		return digestOf(MajorTag).word(tag).bytes(s)
	}
	v := uint64(0)
	for _, c := range s {
		v = v<<8 | uint64(c)
	}
	return digestOf(byte(tag - tagPosBignum)).word(v) // MajorUint or MajorNegInt
}

// close gives the digest of the container top, which is complete. dup is the
// offset of a key that it has twice, or -1.
func (d *digester) close(top *level) (value digest, dup int) {
	if top.flags&isMap != 0 {
		dup = duplicateDigest(&d.keys, top.base, d.work)
		d.keys.cut(top.base)
		return top.value.word(top.count), dup
	}
	return top.value.word(top.count), -1
}
