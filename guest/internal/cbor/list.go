package cbor

import (
	"reflect"
	"strconv"

	"github.com/pledge-wasm/pledge/abi"
)

// firstBytes is how much memory a decoder takes on the word of a length. More
// follows as elements arrive.
const firstBytes = 64 << 10

// list builds the codec of a slice or an array. Lists of bytes are byte
// strings.
func (b builder) list(c *Codec) {
	elem := b.of(c.typ.Elem())
	c.needs(elem, func(err error) error { return at(err, "[]") })
	c.empty = func(v reflect.Value) bool { return v.Len() == 0 }
	encode, decode := encodeList(elem), decodeSlice(elem)
	if c.typ.Kind() == reflect.Array {
		decode = decodeArray(elem)
	}
	if elem.typ.Kind() == reflect.Uint8 {
		encode, decode = encodeBytes, decodeBytes(decode)
	}
	c.encode, c.decode = encode, decode
	if c.typ.Kind() == reflect.Slice {
		c.encode = func(e *encoder, v reflect.Value) error {
			if v.IsNil() {
				e.buf = abi.AppendNull(e.buf)
				return nil
			}
			return encode(e, v)
		}
	}
}

func encodeList(elem *Codec) func(*encoder, reflect.Value) error {
	return func(e *encoder, v reflect.Value) error {
		if err := e.enter(); err != nil {
			return err
		}
		n := v.Len()
		e.buf = abi.AppendHead(e.buf, abi.MajorArray, uint64(n))
		for i := range n {
			if err := elem.encode(e, v.Index(i)); err != nil {
				return atIndex(err, i)
			}
		}
		e.leave()
		return nil
	}
}

func encodeBytes(e *encoder, v reflect.Value) error {
	if v.Kind() == reflect.Slice || v.CanAddr() {
		e.buf = abi.AppendBytes(e.buf, v.Bytes())
		return nil
	}
	e.buf = abi.AppendHead(e.buf, abi.MajorBytes, uint64(v.Len()))
	for i := range v.Len() {
		e.buf = append(e.buf, byte(v.Index(i).Uint()))
	}
	return nil
}

// list reads the head of an array. It returns false for null.
func (d *decoder) list(want string) (abi.Head, bool, error) {
	h, err := d.untagged()
	if err != nil || isNull(h) {
		return h, false, err
	}
	if h.Major != abi.MajorArray {
		return h, false, mismatch(want, kind(h))
	}
	return h, true, d.enter(h)
}

func decodeSlice(elem *Codec) func(*decoder, reflect.Value) error {
	first := firstBytes/max(int(elem.typ.Size()), 1) + 1
	return func(d *decoder, v reflect.Value) error {
		h, ok, err := d.list("an array")
		if err != nil {
			return err
		}
		if !ok {
			v.SetZero()
			return nil
		}
		v.Set(reflect.MakeSlice(v.Type(), 0, min(int(h.Arg), first)))
		for i := 0; ; i++ {
			more, err := d.more(h, i)
			if err != nil {
				return err
			}
			if !more {
				d.leave()
				return nil
			}
			if i == v.Cap() {
				v.Grow(1)
			}
			v.SetLen(i + 1)
			if err := elem.decode(d, v.Index(i)); err != nil {
				return atIndex(err, i)
			}
		}
	}
}

func decodeArray(elem *Codec) func(*decoder, reflect.Value) error {
	return func(d *decoder, v reflect.Value) error {
		want := func() string { return "an array of " + strconv.Itoa(v.Len()) }
		h, ok, err := d.list("an array")
		if err != nil || !ok {
			return err
		}
		for i := 0; ; i++ {
			more, err := d.more(h, i)
			switch {
			case err != nil:
				return err
			case !more && i < v.Len():
				return mismatch(want(), "one of "+strconv.Itoa(i))
			case !more:
				d.leave()
				return nil
			case i == v.Len():
				return mismatch(want(), "a longer one")
			}
			if err := elem.decode(d, v.Index(i)); err != nil {
				return atIndex(err, i)
			}
		}
	}
}

// decodeBytes decodes a byte string into a slice or array of bytes. other does
// the same for an array of integers.
func decodeBytes(other func(*decoder, reflect.Value) error) func(*decoder, reflect.Value) error {
	return func(d *decoder, v reflect.Value) error {
		start := d.off
		h, err := d.untagged()
		if err != nil {
			return err
		}
		switch h.Major {
		case abi.MajorBytes:
		case abi.MajorArray:
			d.off = start
			return other(d, v)
		default:
			if !isNull(h) {
				return mismatch("bytes", kind(h))
			}
			if v.Kind() == reflect.Slice {
				v.SetZero()
			}
			return nil
		}
		b, err := d.str(h)
		if err != nil {
			return err
		}
		if v.Kind() == reflect.Slice {
			v.Set(reflect.MakeSlice(v.Type(), len(b), len(b)))
		} else if len(b) != v.Len() {
			return mismatch(strconv.Itoa(v.Len())+" bytes", strconv.Itoa(len(b))+" bytes")
		}
		copy(v.Bytes(), b)
		return nil
	}
}
