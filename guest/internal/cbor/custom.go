package cbor

import (
	"reflect"
)

type (
	marshaler   interface{ MarshalCBOR() ([]byte, error) }
	unmarshaler interface{ UnmarshalCBOR([]byte) error }
)

// custom gives c the methods by which its type does the work itself: those for
// CBOR, then those of the plugged [Methods]. It reports false when both
// directions are left for the kind.
func (b builder) custom(c *Codec) bool {
	t := c.typ
	if t.Kind() == reflect.Pointer || t.Kind() == reflect.Interface {
		return false // what they point at is asked
	}
	has := reflect.PointerTo(t).Implements
	var enc func(*encoder, reflect.Value) error
	var dec func(*decoder, reflect.Value) error
	if has(reflect.TypeFor[marshaler]()) {
		enc, c.form = encodeMarshaler, FormOpaque
	} else if m := binary.of(t); m != nil {
		enc, c.form = m.encode, FormBytes
	}
	if has(reflect.TypeFor[unmarshaler]()) {
		dec, c.form = decodeUnmarshaler, FormOpaque
	} else if m := binary.of(t); m != nil {
		dec, c.form = m.decode, max(c.form, FormBytes)
	}
	if enc == nil && dec == nil {
		return false
	}
	if enc == nil || dec == nil {
		b.byKind(c)
	}
	if enc != nil {
		c.encode, c.encodeErr = enc, nil
	}
	if dec != nil {
		c.decode, c.decodeErr = dec, nil
	}
	return true
}

// addressable returns v, or a copy of it of which the address can be taken.
func addressable(v reflect.Value) reflect.Value {
	if v.CanAddr() {
		return v
	}
	p := reflect.New(v.Type()).Elem()
	p.Set(v)
	return p
}

func failed(v reflect.Value, err error) error {
	return &TypeError{Path: "$", Got: v.Type().String() + ": " + err.Error(), cause: err}
}

func encodeMarshaler(e *encoder, v reflect.Value) error {
	b, err := addressable(v).Addr().Interface().(marshaler).MarshalCBOR()
	if err == nil {
		err = check(b, e.depth)
	}
	if err != nil {
		return failed(v, err)
	}
	e.buf = append(e.buf, b...)
	return nil
}

func decodeUnmarshaler(d *decoder, v reflect.Value) error {
	b, err := d.raw()
	if err != nil {
		return err
	}
	if err := v.Addr().Interface().(unmarshaler).UnmarshalCBOR(b); err != nil {
		return failed(v, err)
	}
	return nil
}
