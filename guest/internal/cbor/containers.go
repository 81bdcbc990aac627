package cbor

import (
	"reflect"
	"strconv"

	"github.com/pledge-wasm/pledge/abi"
)

// firstBytes is how much memory a decoder takes on the word of a length. More
// follows as elements arrive.
const firstBytes = 64 << 10

// bytes reads the byte string h into the slice or array of bytes at p.
func (d *decoder) bytes(c *Codec, p ptr, h abi.Head) error {
	b, err := d.str(h)
	switch {
	case err != nil:
		return err
	case c.op == opBytes:
		*(*[]byte)(p) = append(make([]byte, 0, len(b)), b...)
	case len(b) != int(c.size):
		return wrongCount(int(c.size), len(b))
	default:
		copy(bytesAt(p, len(b)), b)
	}
	return nil
}

//go:noinline
func wrongCount(want, got int) error {
	return mismatch("exactly "+strconv.Itoa(want)+" elements", strconv.Itoa(got))
}

// list reads the array h into the slice or array at p.
func (d *decoder) list(c *Codec, p ptr, h abi.Head) error {
	if err := d.enter(h); err != nil {
		return err
	}
	v, fixed := c.value(p), c.op == opArray || c.op == opByteArray
	base := p
	if !fixed {
		v.Set(reflect.MakeSlice(c.typ, 0, min(int(h.Arg), firstBytes/max(int(c.elem.size), 1)+1)))
		base = v.UnsafePointer()
	}
	for i := 0; ; i++ {
		more, err := d.more(h, i)
		switch {
		case err != nil:
			return err
		case fixed && more != (i < v.Len()):
			return wrongCount(v.Len(), max(int(h.Arg), i))
		case !more:
			d.depth--
			return nil
		case !fixed:
			if i == v.Cap() {
				v.Grow(1)
				base = v.UnsafePointer()
			}
			v.SetLen(i + 1)
		}
		if err := d.decode(c.elem, behind(base, uintptr(i)*c.elem.size)); err != nil {
			return at(err, indexStep(i))
		}
	}
}

// mapping reads the map h into v, which is empty.
func (d *decoder) mapping(c *Codec, v reflect.Value, h abi.Head) error {
	if err := d.enter(h); err != nil {
		return err
	}
	k, x := reflect.New(c.key.typ), reflect.New(c.elem.typ)
	for i := 0; ; i++ {
		more, err := d.more(h, i)
		if err != nil {
			return err
		}
		if !more {
			d.depth--
			return nil
		}
		start := d.off
		k.Elem().SetZero()
		if err := d.key(c.key, k.UnsafePointer()); err != nil {
			return at(err, "[key]")
		}
		if !c.key.hashable(k.UnsafePointer()) {
			return at(mismatch("a key that Go can compare", kindOf(d.data[start:])), "[key]")
		}
		end := d.off
		x.Elem().SetZero()
		if err := d.decode(c.elem, x.UnsafePointer()); err != nil {
			return at(err, keyStep(d.data[start:end]))
		}
		if v.SetMapIndex(k.Elem(), x.Elem()); v.Len() != i+1 {
			return syntax(start, abi.ReasonDuplicateKey)
		}
	}
}

// key reads a key of a map into the value at p. JSON has no keys but texts, so
// that an integer may come as one: in decimal, without needless zeros.
func (d *decoder) key(c *Codec, p ptr) error {
	if c.op != opInt && c.op != opUint || c.ownDec != nil {
		return d.decode(c, p)
	}
	h, err := d.untagged()
	if err != nil {
		return err
	}
	if h.Major == abi.MajorText {
		b, err := d.str(h)
		if err != nil {
			return err
		}
		n, ok := decimal(b)
		if !ok {
			return mismatch(wants[c.op], kind(h))
		}
		h = n
	}
	if h.Major <= abi.MajorNegInt {
		return storeInt(c, p, h)
	}
	return mismatch(wants[c.op], kind(h))
}

// decimal reads the only decimal form of an integer, as its head.
func decimal(b []byte) (h abi.Head, ok bool) {
	if len(b) > 1 && b[0] == '-' {
		h.Major = abi.MajorNegInt
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 19 || b[0] == '0' && (len(b) > 1 || h.Major == abi.MajorNegInt) {
		return h, false
	}
	for _, c := range b { // 19 digits do not overflow
		if c < '0' || c > '9' {
			return h, false
		}
		h.Arg = h.Arg*10 + uint64(c-'0')
	}
	if h.Major == abi.MajorNegInt {
		h.Arg--
	}
	return h, true
}

// hashable reports whether what was decoded to p can be the key of a map. Where
// the type holds an interface, it may not.
func (c *Codec) hashable(p ptr) bool {
	switch c.op {
	case opAny:
		return hashable(*(*any)(p))
	case opArray:
		for i := range c.typ.Len() {
			if !c.elem.hashable(behind(p, uintptr(i)*c.elem.size)) {
				return false
			}
		}
	case opStruct, opTuple:
		for i := range c.fields {
			if x := c.fields[i].in(p, false); x != nil && !c.fields[i].codec.hashable(x) {
				return false
			}
		}
	}
	return true
}

// tuple reads the array h into the struct at p.
func (d *decoder) tuple(c *Codec, p ptr, h abi.Head) error {
	if err := d.enter(h); err != nil {
		return err
	}
	for i := 0; ; i++ {
		more, err := d.more(h, i)
		switch {
		case err != nil:
			return err
		case more != (i < len(c.fields)):
			return wrongCount(len(c.fields), max(int(h.Arg), i))
		case !more:
			d.depth--
			return nil
		}
		if err := d.decode(c.fields[i].codec, c.fields[i].in(p, true)); err != nil {
			return at(err, indexStep(i))
		}
	}
}

// structure reads the map h into the struct at p: it sets the fields whose keys
// are there and leaves the others as they are. Keys without a field are passed
// over, but held to the same rules as the rest.
func (d *decoder) structure(c *Codec, p ptr, h abi.Head) error {
	start := d.off
	if err := d.enter(h); err != nil {
		return err
	}
	seen := make([]bool, 64)
	if len(c.fields) > len(seen) {
		seen = make([]bool, len(c.fields))
	}
	next, unknown := 0, false // the likely next field; whether a key was passed over
	for i := 0; ; i++ {
		more, err := d.more(h, i)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		keyAt := d.off
		j, err := c.find(d, next)
		switch {
		case err != nil:
			return err
		case j < 0:
			unknown = true
			if err := d.skip(); err != nil {
				return err
			}
			continue
		case seen[j]:
			return syntax(keyAt, abi.ReasonDuplicateKey)
		}
		seen[j] = true
		f := &c.fields[j]
		if err := d.decode(f.codec, f.in(p, true)); err != nil {
			return at(err, nameStep(f.Name))
		}
		next = j + 1
	}
	d.depth--
	if unknown { // once more, for duplicates among the keys that were passed over
		d.off = start
		return d.skipBody(h)
	}
	return nil
}
