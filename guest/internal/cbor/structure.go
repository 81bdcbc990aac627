package cbor

import (
	"reflect"
	"time"

	"github.com/pledge-wasm/pledge/abi"
)

// field is a [Field] made ready for use.
type field struct {
	Field
	key    []byte // encoded
	codec  *Codec
	offset uintptr // in the struct, or in the last of hops
	hops   []hop   // embedded pointers on the way
}

// hop leads through an embedded pointer.
type hop struct {
	offset uintptr
	to     reflect.Type
}

// structure fills in the codec of a struct type.
func (c *Codec) structure() {
	fields, tuple := Fields(c.typ)
	if len(fields) == 0 && c.typ.NumField() > 0 && c.typ.Field(0).Name != "_" {
		c.refuse("the struct " + c.typ.String() + " has no exported fields; give it MarshalCBOR and UnmarshalCBOR, " +
			"or import package guest/marshalers for its other methods")
		return
	}
	c.fields = make([]field, len(fields))
	for i, f := range fields {
		if f.invalid {
			c.refuse("the field " + f.Name + " of " + c.typ.String() + " has the option keyasint and no integer as its name")
			return
		}
		p := field{Field: f, codec: build(f.Type)}
		c.needs(p.codec, nameStep(f.Name))
		if f.IntKey {
			p.key = abi.AppendInt(nil, f.Int)
		} else {
			p.key = abi.AppendText(nil, f.Name)
		}
		p.locate(c.typ)
		c.loose = c.loose || f.OmitEmpty || f.OmitZero || p.hops != nil
		j := i
		for ; j > 0 && !tuple && string(p.key) < string(c.fields[j-1].key); j-- {
			c.fields[j] = c.fields[j-1]
		}
		c.fields[j] = p
	}
	if tuple {
		c.op = opTuple
	}
}

// locate finds the field in the struct type t.
func (f *field) locate(t reflect.Type) {
	for i, at := range f.Index {
		if i > 0 && t.Kind() == reflect.Pointer {
			t = t.Elem()
			f.hops = append(f.hops, hop{f.offset, t})
			f.offset = 0
		}
		sf := t.Field(at)
		f.offset += sf.Offset
		t = sf.Type
	}
}

// in finds the field in the struct at p. Where an embedded pointer is nil it
// returns nil, or makes what is missing.
//
//go:noinline
func (f *field) in(p ptr, make bool) ptr {
	for _, h := range f.hops {
		at := (*ptr)(behind(p, h.offset))
		if *at == nil {
			if !make {
				return nil
			}
			*at = reflect.New(h.to).UnsafePointer()
		}
		p = *at
	}
	return behind(p, f.offset)
}

// omits reports whether the field, at p, is left out.
//
//go:noinline
func (f *field) omits(p ptr) bool {
	switch {
	case p == nil:
		return true
	case f.OmitEmpty && f.codec.empty(p):
		return true
	case !f.OmitZero:
		return false
	case f.codec.op == opTime:
		return (*time.Time)(p).IsZero()
	}
	return zero(f.Type, p)
}

// empty reports whether the value at p is what omitempty leaves out: what is
// false, 0, null or has no elements in CBOR.
func (c *Codec) empty(p ptr) bool {
	switch c.op {
	case opBool, opInt, opUint:
		return load(p, c.size) == 0
	case opFloat:
		return float(p, c.size) == 0
	case opString, opBytes, opSlice:
		return length(p) == 0
	case opMap:
		return word(p) == nil || c.value(p).Len() == 0
	case opPointer, opAny, opInterface:
		return word(p) == nil
	case opArray, opByteArray:
		return c.size == 0
	case opStruct:
		return c.count(p) == 0
	case opTuple:
		return len(c.fields) == 0
	}
	return false
}

// count is the number of fields that the struct at p has in CBOR.
func (c *Codec) count(p ptr) (n int) {
	if !c.loose {
		return len(c.fields)
	}
	for i := range c.fields {
		if f := &c.fields[i]; !f.omits(f.in(p, false)) {
			n++
		}
	}
	return n
}

// find reads a key and returns the number of its field, -1 if it has none.
// Senders that sort their keys, and pledge does, have each field at next.
func (c *Codec) find(d *decoder, next int) (int, error) {
	rest := d.data[d.off:]
	if next < len(c.fields) {
		key := c.fields[next].key
		if len(rest) >= len(key) && string(rest[:len(key)]) == string(key) {
			d.off += len(key)
			return next, nil
		}
	}
	h, err := d.untagged()
	if err != nil {
		return 0, err
	}
	var key []byte
	switch h.Major {
	case abi.MajorText:
		b, err := d.str(h)
		if err != nil {
			return 0, err
		}
		key = append(abi.AppendHead(make([]byte, 0, 64), h.Major, uint64(len(b))), b...)
	case abi.MajorUint, abi.MajorNegInt:
		key = abi.AppendHead(make([]byte, 0, 9), h.Major, h.Arg)
	default:
		return -1, d.skipBody(h)
	}
	low, high := 0, len(c.fields)
	for low < high {
		if mid := (low + high) / 2; string(c.fields[mid].key) < string(key) {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low < len(c.fields) && string(c.fields[low].key) == string(key) {
		return low, nil
	}
	return -1, nil
}
