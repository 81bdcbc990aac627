package cbor

import (
	"reflect"
	"sync"

	"github.com/pledge-wasm/pledge/abi"
)

// Codec encodes and decodes the values of one Go type. It may be used by any
// number of goroutines.
type Codec struct {
	typ    reflect.Type
	form   Form
	encode func(e *encoder, v reflect.Value) error
	decode func(d *decoder, v reflect.Value) error
	empty  func(v reflect.Value) bool // omitempty leaves v out

	encodeErr, decodeErr error // what in the type has no CBOR form
}

// Form says how values of a type look in CBOR.
type Form uint8

// The forms of a codec.
const (
	FormKind   Form = iota // as the kind of the type has it
	FormTime               // a time
	FormBytes              // a byte string made by the type itself
	FormOpaque             // anything: the type encodes itself
)

// codecs holds every codec that was made. It only grows, by the types of the
// program.
var codecs = struct {
	sync.RWMutex
	of map[reflect.Type]*Codec
}{of: map[reflect.Type]*Codec{}}

// Of returns the codec of t, made at its first call.
func Of(t reflect.Type) *Codec {
	codecs.RLock()
	c := codecs.of[t]
	codecs.RUnlock()
	if c != nil {
		return c
	}
	b := builder{}
	c = b.of(t)
	codecs.Lock()
	defer codecs.Unlock()
	for t, c := range b {
		if codecs.of[t] == nil {
			codecs.of[t] = c
		}
	}
	return c
}

// Form says how values of the type look.
func (c *Codec) Form() Form { return c.form }

// CanEncode is nil, or says which part of the type has no CBOR form.
func (c *Codec) CanEncode() error { return c.encodeErr }

// CanDecode is nil, or says into which part of the type CBOR cannot be decoded.
func (c *Codec) CanDecode() error { return c.decodeErr }

// Decode reads the one item in b into v, which is settable and of the codec's
// type. Nothing in v aliases b. After an error v may be half filled.
func (c *Codec) Decode(b []byte, v reflect.Value) error {
	d := decoder{data: b}
	if err := c.decode(&d, v); err != nil {
		return err
	}
	if d.off != len(b) {
		return syntax(d.off, abi.ReasonTrailing)
	}
	return nil
}

// Append appends the encoding of v, a value of the codec's type, to dst. After
// an error it returns dst as it was.
func (c *Codec) Append(dst []byte, v reflect.Value) ([]byte, error) {
	e := borrow(dst)
	err := c.encode(e, v)
	out := e.giveBack()
	if err != nil {
		return dst, err
	}
	return out, nil
}

// Append appends the encoding of v to dst. After an error it returns dst as it
// was.
func Append(dst []byte, v any) ([]byte, error) {
	e := borrow(dst)
	err := e.any(v)
	out := e.giveBack()
	if err != nil {
		return dst, err
	}
	return out, nil
}

// Unmarshal reads the one item in b into what v, a pointer that is not nil,
// points at. Nothing in it aliases b.
func Unmarshal(b []byte, v any) error {
	p := reflect.ValueOf(v)
	if p.Kind() != reflect.Pointer || p.IsNil() {
		return &TypeError{Path: "$", Got: "the value to decode into must be a pointer that is not nil"}
	}
	return Of(p.Type().Elem()).Decode(b, p.Elem())
}

// builder collects the codecs of one call of [Of]. A recursive type finds
// itself there, still unfinished.
type builder map[reflect.Type]*Codec

func (b builder) of(t reflect.Type) *Codec {
	if c := b[t]; c != nil {
		return c
	}
	c := &Codec{typ: t, empty: func(reflect.Value) bool { return false }}
	b[t] = c
	b.build(c)
	return c
}

// needs makes c fail where its part p does, for the reason that p gives.
func (c *Codec) needs(p *Codec, at func(error) error) {
	if c.encodeErr == nil && p.encodeErr != nil {
		c.encodeErr = at(clone(p.encodeErr))
	}
	if c.decodeErr == nil && p.decodeErr != nil {
		c.decodeErr = at(clone(p.decodeErr))
	}
}

func clone(err error) error {
	if e, ok := err.(*TypeError); ok {
		c := *e
		return &c
	}
	return err
}

// build fills in c for its type: what the type itself says about its encoding
// comes before what its kind says.
func (b builder) build(c *Codec) {
	switch {
	case isTime(c.typ):
		c.form, c.encode, c.decode = FormTime, encodeTime, decodeTime
	case !b.custom(c):
		b.byKind(c)
	}
}

// byKind fills in c for the kind of its type.
func (b builder) byKind(c *Codec) {
	switch c.typ.Kind() {
	case reflect.Bool:
		c.encode, c.decode = encodeBool, decodeBool
		c.empty = func(v reflect.Value) bool { return !v.Bool() }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		c.encode, c.decode = encodeInt, decodeInt
		c.empty = func(v reflect.Value) bool { return v.Int() == 0 }
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		c.encode, c.decode = encodeUint, decodeUint
		c.empty = func(v reflect.Value) bool { return v.Uint() == 0 }
	case reflect.Float32, reflect.Float64:
		c.encode, c.decode = encodeFloat, decodeFloat
		c.empty = func(v reflect.Value) bool { return v.Float() == 0 }
	case reflect.String:
		c.encode, c.decode = encodeString, decodeString
		c.empty = func(v reflect.Value) bool { return v.Len() == 0 }
	case reflect.Slice, reflect.Array:
		b.list(c)
	case reflect.Map:
		b.mapping(c)
	case reflect.Struct:
		b.structure(c)
	case reflect.Pointer:
		b.pointer(c)
	case reflect.Interface:
		b.iface(c)
	default:
		b.unsupported(c, "a Go "+c.typ.Kind().String()+" ("+c.typ.String()+") has no CBOR form")
	}
}

func (b builder) unsupported(c *Codec, why string) {
	c.encodeErr = &TypeError{Path: "$", Got: why}
	c.decodeErr = &TypeError{Path: "$", Got: why}
	c.encode = func(*encoder, reflect.Value) error { return clone(c.encodeErr) }
	c.decode = func(*decoder, reflect.Value) error { return clone(c.decodeErr) }
}

func (b builder) pointer(c *Codec) {
	elem := b.of(c.typ.Elem())
	c.needs(elem, func(err error) error { return err })
	c.empty = func(v reflect.Value) bool { return v.IsNil() }
	c.encode = func(e *encoder, v reflect.Value) error {
		if v.IsNil() {
			e.buf = abi.AppendNull(e.buf)
			return nil
		}
		if e.hops++; e.hops > maxHops {
			return mismatch("", "a pointer that leads back to itself")
		}
		err := elem.encode(e, v.Elem())
		e.hops--
		return err
	}
	c.decode = func(d *decoder, v reflect.Value) error {
		if d.null() {
			v.SetZero()
			return nil
		}
		if v.IsNil() {
			v.Set(reflect.New(elem.typ))
		}
		return elem.decode(d, v.Elem())
	}
}

func (b builder) iface(c *Codec) {
	c.empty = func(v reflect.Value) bool { return v.IsNil() }
	c.encode = func(e *encoder, v reflect.Value) error {
		if v.IsNil() {
			e.buf = abi.AppendNull(e.buf)
			return nil
		}
		return e.value(v.Elem())
	}
	if c.typ.NumMethod() > 0 {
		c.decodeErr = &TypeError{Path: "$", Got: "CBOR cannot be decoded into the interface " + c.typ.String()}
		c.decode = func(*decoder, reflect.Value) error { return clone(c.decodeErr) }
		return
	}
	c.decode = func(d *decoder, v reflect.Value) error {
		x, err := d.any()
		if err != nil {
			return err
		}
		if x == nil {
			v.SetZero()
			return nil
		}
		v.Set(reflect.ValueOf(x))
		return nil
	}
}
