package cbor

import (
	"reflect"
	"unicode/utf8"

	"github.com/pledge-wasm/pledge/abi"
)

// Methods is a pair of methods by which types turn themselves into bytes and
// back. Those for CBOR are built in. Those of [encoding.BinaryMarshaler] and
// [encoding.TextMarshaler] are plugged in by who needs them: where a program
// calls UnmarshalText on an interface, the linker keeps that method of every
// type, and with that of time.Time a guest is 200 KB larger.
type Methods struct {
	Marshal   func(pointer any) ([]byte, error)
	Unmarshal func(pointer any, b []byte) error
	// CanMarshal and CanUnmarshal report whether a pointer type has the method.
	CanMarshal, CanUnmarshal func(pointer reflect.Type) bool

	major byte // of the string they become; majorCBOR for any item
}

const majorCBOR = 0xff

type (
	marshaler   interface{ MarshalCBOR() ([]byte, error) }
	unmarshaler interface{ UnmarshalCBOR([]byte) error }
)

var inCBOR = &Methods{
	Marshal:      func(p any) ([]byte, error) { return p.(marshaler).MarshalCBOR() },
	Unmarshal:    func(p any, b []byte) error { return p.(unmarshaler).UnmarshalCBOR(b) },
	CanMarshal:   func(t reflect.Type) bool { return t.Implements(reflect.TypeFor[marshaler]()) },
	CanUnmarshal: func(t reflect.Type) bool { return t.Implements(reflect.TypeFor[unmarshaler]()) },
	major:        majorCBOR,
}

// The plugged methods, nil before.
var inInteger, inBytes, inText *Methods

// Plug makes types with methods i integers of any size, whose methods speak CBOR;
// of the others, types with methods b byte strings, and of the rest types with
// methods t texts. It goes before the first call of [Of].
func Plug(i, b, t Methods) {
	i.major, b.major, t.major = majorCBOR, abi.MajorBytes, abi.MajorText
	inInteger, inBytes, inText = &i, &b, &t
}

// findMethods gives c the methods of its type: those for CBOR before the plugged
// ones, in their order.
func (c *Codec) findMethods() {
	if k := c.typ.Kind(); k == reflect.Pointer || k == reflect.Interface {
		return // what they lead to is asked
	}
	t := reflect.PointerTo(c.typ)
	for _, m := range [...]*Methods{inCBOR, inInteger, inBytes, inText} {
		if m != nil && c.own == nil && m.CanMarshal(t) {
			c.own = m
		}
		if m != nil && c.ownDec == nil && m.CanUnmarshal(t) {
			c.ownDec = m
		}
	}
	switch {
	case c.own == inCBOR || c.ownDec == inCBOR:
		c.form = FormOpaque
	case c.own == inInteger && inInteger != nil:
		c.form = FormInteger
	case c.own == inText && inText != nil:
		c.form = FormText
	case c.own != nil || c.ownDec != nil:
		c.form = FormBytes
	}
}

//go:noinline
func failed(c *Codec, err error) error {
	return &TypeError{Path: "$", Got: c.typ.String() + ": " + err.Error(), cause: err}
}

// methods appends the value at p by its own method.
func (e *encoder) methods(c *Codec, p ptr) error {
	m := c.own
	b, err := m.Marshal(c.pointerTo(p))
	switch {
	case err != nil:
		return failed(c, err)
	case m.major == majorCBOR:
		return e.raw(c, b)
	case m.major == abi.MajorText && !utf8.Valid(b):
		return failed(c, syntax(0, abi.ReasonUTF8))
	}
	e.buf = append(abi.AppendHead(e.buf, m.major, uint64(len(b))), b...)
	return nil
}

// raw appends b, which somebody else encoded, if it is one item that fits here.
func (e *encoder) raw(c *Codec, b []byte) error {
	d := decoder{data: b, depth: e.depth}
	err := d.skip()
	if err == nil && d.off != len(b) {
		err = syntax(d.off, abi.ReasonTrailing)
	}
	if err != nil {
		return failed(c, err)
	}
	e.buf = append(e.buf, b...)
	return nil
}

// methods reads the next item into the value at p by its own method.
func (d *decoder) methods(c *Codec, p ptr) (err error) {
	m := c.ownDec
	var b []byte
	if m.major == majorCBOR {
		b, err = d.raw()
	} else {
		var h abi.Head
		h, err = d.untagged()
		switch {
		case err != nil || isNull(h):
			return err
		case h.Major != m.major:
			return mismatch(kind(abi.Head{Major: m.major}), kind(h))
		}
		b, err = d.str(h)
	}
	if err != nil {
		return err
	}
	if err := m.Unmarshal(c.pointerTo(p), b); err != nil {
		return failed(c, err)
	}
	return nil
}
