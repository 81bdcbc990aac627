package cbor

import (
	"reflect"

	"github.com/pledge-wasm/pledge/abi"
)

// mapping builds the codec of a map. Keys may have any type with a CBOR form;
// one that knows itself only as text (encoding.TextMarshaler) is text.
func (b builder) mapping(c *Codec) {
	key, elem := b.key(c.typ.Key()), b.of(c.typ.Elem())
	c.needs(key, func(err error) error { return at(err, "{key}") })
	c.needs(elem, func(err error) error { return at(err, "{}") })
	c.empty = func(v reflect.Value) bool { return v.Len() == 0 }
	c.encode = func(e *encoder, v reflect.Value) error {
		if v.IsNil() {
			e.buf = abi.AppendNull(e.buf)
			return nil
		}
		return e.mapping(v, key, elem)
	}
	c.decode = func(d *decoder, v reflect.Value) error {
		h, ok, err := d.mapping()
		if err != nil {
			return err
		}
		if !ok {
			v.SetZero()
			return nil
		}
		v.Set(reflect.MakeMapWithSize(v.Type(), min(int(h.Arg), firstBytes/64)))
		return d.pairs(h, v, key, elem)
	}
}

func (e *encoder) mapping(v reflect.Value, key, elem *Codec) error {
	if err := e.enter(); err != nil {
		return err
	}
	e.buf = abi.AppendHead(e.buf, abi.MajorMap, uint64(v.Len()))
	from, start := len(e.pairs), len(e.buf)
	k, x := reflect.New(key.typ).Elem(), reflect.New(elem.typ).Elem()
	for iter := v.MapRange(); iter.Next(); {
		k.SetIterKey(iter)
		x.SetIterValue(iter)
		p := pair{key: len(e.buf)}
		if err := key.encode(e, k); err != nil {
			return atKey(err, k)
		}
		p.value = len(e.buf)
		if err := elem.encode(e, x); err != nil {
			return atKey(err, k)
		}
		p.end = len(e.buf)
		e.pairs = append(e.pairs, p)
	}
	e.leave()
	return e.sortPairs(from, start)
}

// mapping reads the head of a map. It returns false for null.
func (d *decoder) mapping() (abi.Head, bool, error) {
	h, err := d.untagged()
	if err != nil || isNull(h) {
		return h, false, err
	}
	if h.Major != abi.MajorMap {
		return h, false, mismatch("a map", kind(h))
	}
	return h, true, d.enter(h)
}

// pairs reads the pairs of the map that h began into v, which is empty.
func (d *decoder) pairs(h abi.Head, v reflect.Value, key, elem *Codec) error {
	k, x := reflect.New(key.typ).Elem(), reflect.New(elem.typ).Elem()
	for i := 0; ; i++ {
		more, err := d.more(h, i)
		if err != nil {
			return err
		}
		if !more {
			d.leave()
			return nil
		}
		start := d.off
		k.SetZero()
		if err := key.decode(d, k); err != nil {
			return at(err, "{key}")
		}
		if !k.Comparable() {
			return at(mismatch("a key that Go can compare", "bytes, an array or a map"), "{key}")
		}
		x.SetZero()
		if err := elem.decode(d, x); err != nil {
			return atKey(err, k)
		}
		if v.SetMapIndex(k, x); v.Len() != i+1 {
			return syntax(start, abi.ReasonDuplicateKey)
		}
	}
}
