package cbor

import (
	"reflect"
	"unicode/utf8"

	"github.com/pledge-wasm/pledge/abi"
)

// Methods is a pair of methods by which types turn themselves into bytes and
// back: those of [encoding.BinaryMarshaler], or of [encoding.TextMarshaler].
//
// This package does not call them by itself. Where a program calls UnmarshalText
// on an interface, the linker keeps that method of every type, and time.Time
// alone is then 200 KB heavier. Who needs them plugs them in.
type Methods struct {
	Marshal   func(pointer any) ([]byte, error)
	Unmarshal func(pointer any, b []byte) error
	Has       func(pointer reflect.Type) bool // both of them

	major byte // of the string they become
}

// The plugged methods, nil before.
var binary, text *Methods

// Plug makes types with methods b byte strings, and types with methods t texts
// where they are keys of maps. It goes before the first call of [Of].
func Plug(b, t Methods) {
	b.major, t.major = abi.MajorBytes, abi.MajorText
	binary, text = &b, &t
}

// of returns m if it is plugged and t has the methods.
func (m *Methods) of(t reflect.Type) *Methods {
	if m == nil || isTime(t) || !m.Has(reflect.PointerTo(t)) {
		return nil
	}
	return m
}

// key is the codec of t as the key of a map.
func (b builder) key(t reflect.Type) *Codec {
	c := b.of(t)
	m := text.of(t)
	if m == nil || c.form != FormKind || t.Kind() == reflect.String || t.Kind() == reflect.Interface {
		return c
	}
	return &Codec{typ: t, empty: c.empty, encode: m.encode, decode: m.decode}
}

func (m *Methods) encode(e *encoder, v reflect.Value) error {
	b, err := m.Marshal(addressable(v).Addr().Interface())
	if err == nil && m.major == abi.MajorText && !utf8.Valid(b) {
		err = syntax(0, abi.ReasonUTF8)
	}
	if err != nil {
		return failed(v, err)
	}
	e.buf = append(abi.AppendHead(e.buf, m.major, uint64(len(b))), b...)
	return nil
}

func (m *Methods) decode(d *decoder, v reflect.Value) error {
	h, err := d.untagged()
	if err != nil || isNull(h) {
		return err
	}
	if h.Major != m.major {
		return mismatch(kind(abi.Head{Major: m.major}), kind(h))
	}
	b, err := d.str(h)
	if err != nil {
		return err
	}
	if err := m.Unmarshal(v.Addr().Interface(), b); err != nil {
		return failed(v, err)
	}
	return nil
}
