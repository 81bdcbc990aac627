package cbor

import (
	"reflect"
	"sync"

	"github.com/pledge-wasm/pledge/abi"
)

// op says how values of a type are encoded and decoded.
type op uint8

const (
	opNone op = iota // not at all
	opBool
	opInt
	opUint
	opFloat
	opString
	opBytes     // a slice of bytes
	opByteArray // an array of bytes
	opSlice
	opArray
	opMap
	opStruct
	opTuple // a struct as an array
	opPointer
	opAny       // interface{}
	opInterface // other interfaces: encoding only
	opTime
	opFuture // abi.ID
	opRaw    // abi.Raw
)

// Codec encodes and decodes the values of one Go type. It is not changed after
// [Of] has returned it.
//
// What is known of a type is data, and two functions interpret it: compiled to
// WebAssembly that is a third of the size of a closure for each type.
type Codec struct {
	op     op
	size   uintptr
	typ    reflect.Type
	key    *Codec   // of a map
	elem   *Codec   // of a map, slice, array or pointer
	fields []field  // of a struct
	loose  bool     // some field of a struct may be left out
	own    *Methods // of the type, instead of op: to encode,
	ownDec *Methods // and to decode
	form   Form

	encodeErr, decodeErr error // what in the type has no CBOR form
}

// Form says how values of a type look in CBOR.
type Form uint8

// The forms of a codec.
const (
	FormKind    Form = iota // as the kind of the type has it
	FormTime                // a time
	FormBytes               // a byte string made by the type itself
	FormText                // a text made by the type itself
	FormInteger             // an integer of any size, made by the type itself
	FormOpaque              // anything: the type encodes itself, or is any item
)

// codecs holds every codec that was made. It only grows, by the types of the
// program.
var codecs = struct {
	sync.Mutex
	of map[reflect.Type]*Codec
}{of: map[reflect.Type]*Codec{}}

// Of returns the codec of t, made at its first call. It may be called, and the
// codec used, by any number of goroutines.
func Of(t reflect.Type) *Codec {
	codecs.Lock()
	defer codecs.Unlock()
	if c := codecs.of[t]; c != nil {
		return c
	}
	return build(t)
}

// Form says how values of the type look.
func (c *Codec) Form() Form { return c.form }

// CanEncode is nil, or says which part of the type has no CBOR form.
func (c *Codec) CanEncode() error { return c.encodeErr }

// CanDecode is nil, or says into which part of the type CBOR cannot be decoded.
func (c *Codec) CanDecode() error { return c.decodeErr }

// Decode reads the one item in b into what p, a pointer to the codec's type,
// points at. Nothing in it aliases b. After an error it may be half filled.
func (c *Codec) Decode(b []byte, p any) error {
	d := decoder{data: b}
	if err := d.decode(c, pointer(p)); err != nil {
		return err
	}
	if d.off != len(b) {
		return syntax(d.off, abi.ReasonTrailing)
	}
	return nil
}

// Append appends the encoding of what p, a pointer to the codec's type, points
// at. After an error it returns dst as it was.
func (c *Codec) Append(dst []byte, p any) ([]byte, error) {
	e := borrow(dst)
	err := e.encode(c, pointer(p))
	return e.finish(dst, err)
}

// Append appends the encoding of v to dst. After an error it returns dst as it
// was.
func Append(dst []byte, v any) ([]byte, error) {
	e := borrow(dst)
	err := e.any(v)
	return e.finish(dst, err)
}

// Unmarshal reads the one item in b into what p, a pointer that is not nil,
// points at. Nothing in it aliases b.
func Unmarshal(b []byte, p any) error {
	t := reflect.TypeOf(p)
	if t == nil || t.Kind() != reflect.Pointer || pointer(p) == nil {
		return mismatch("", "the value to decode into must be a pointer that is not nil")
	}
	return Of(t.Elem()).Decode(b, p)
}
