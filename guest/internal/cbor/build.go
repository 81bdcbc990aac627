package cbor

import (
	"reflect"

	"github.com/pledge-wasm/pledge/abi"
)

// build makes the codec of t and of the types in it. The caller holds the lock
// of codecs. A recursive type finds itself there, still unfinished; nobody else
// does before it is finished.
func build(t reflect.Type) *Codec {
	if c := codecs.of[t]; c != nil {
		return c
	}
	c := &Codec{typ: t, size: t.Size()}
	codecs.of[t] = c
	switch {
	case isTime(t):
		c.op, c.form = opTime, FormTime
		return c
	case t == reflect.TypeFor[abi.ID]():
		c.op, c.form = opFuture, FormOpaque
		return c
	case t == reflect.TypeFor[abi.Raw]():
		c.op, c.form = opRaw, FormOpaque
		return c
	}
	c.findMethods()
	if c.own == nil && c.ownDec == nil && unplugged(t) {
		c.refuse(t.String() + " encodes itself; import package guest/marshalers for its methods")
		return c
	}
	if c.own == nil || c.ownDec == nil {
		c.byKind()
	}
	if c.own != nil {
		c.encodeErr = nil
	}
	if c.ownDec != nil {
		c.decodeErr = nil
	}
	return c
}

// kinds gives the op of each kind that says all.
var kinds = [...]op{
	reflect.Bool: opBool,
	reflect.Int:  opInt, reflect.Int8: opInt, reflect.Int16: opInt, reflect.Int32: opInt, reflect.Int64: opInt,
	reflect.Uint: opUint, reflect.Uint8: opUint, reflect.Uint16: opUint, reflect.Uint32: opUint, reflect.Uint64: opUint,
	reflect.Float32: opFloat, reflect.Float64: opFloat,
	reflect.Array: opArray, reflect.Slice: opSlice, reflect.Map: opMap, reflect.Pointer: opPointer,
	reflect.Interface: opInterface, reflect.String: opString, reflect.Struct: opStruct,
	reflect.UnsafePointer: opNone,
}

func (c *Codec) byKind() {
	c.op = kinds[c.typ.Kind()]
	switch c.op {
	case opNone:
		c.refuse("a Go " + c.typ.Kind().String() + " (" + c.typ.String() + ") has no CBOR form")
	case opSlice, opArray, opPointer:
		c.elem = build(c.typ.Elem())
		if c.op != opPointer && c.elem.typ.Kind() == reflect.Uint8 {
			c.op -= opSlice - opBytes
			return
		}
		step := "[]"
		if c.op == opPointer {
			step = ""
		}
		c.needs(c.elem, step)
	case opMap:
		c.key, c.elem = build(c.typ.Key()), build(c.typ.Elem())
		c.needs(c.key, "[key]")
		c.needs(c.elem, "[]")
	case opInterface:
		if c.typ.NumMethod() == 0 {
			c.op = opAny
		} else {
			c.decodeErr = mismatch("", "CBOR cannot be decoded into the interface "+c.typ.String())
		}
	case opStruct:
		c.structure()
	}
}

// refuse notes that the type has no CBOR form.
func (c *Codec) refuse(why string) {
	c.op, c.encodeErr, c.decodeErr = opNone, mismatch("", why), mismatch("", why)
}

// needs makes c fail where its part does, for the part's reason.
func (c *Codec) needs(part *Codec, step string) {
	if c.encodeErr == nil {
		c.encodeErr = inside(part.encodeErr, step)
	}
	if c.decodeErr == nil {
		c.decodeErr = inside(part.decodeErr, step)
	}
}

// inside is a copy of err, a *TypeError or nil, one step further out.
//
//go:noinline
func inside(err error, step string) error {
	e, ok := err.(*TypeError)
	if !ok {
		return nil
	}
	e = &TypeError{Path: e.Path, Want: e.Want, Got: e.Got}
	return at(e, step)
}
