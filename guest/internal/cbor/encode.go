package cbor

import (
	"math"
	"reflect"
	"unicode/utf8"

	"github.com/pledge-wasm/pledge/abi"
)

// open writes the head of an array or map of n elements and goes into it. The
// caller comes out again by e.depth--.
//
//go:noinline
func (e *encoder) open(major byte, n int) error {
	if e.depth++; e.depth > abi.MaxDepth {
		return mismatch("", "a value nested more than 256 deep, or one that contains itself")
	}
	e.buf = abi.AppendHead(e.buf, major, uint64(n))
	return nil
}

//go:noinline
func (e *encoder) null() { e.buf = abi.AppendNull(e.buf) }

//go:noinline
func (e *encoder) text(s string) error {
	if !utf8.ValidString(s) {
		return mismatch("", "text that is not valid UTF-8; use []byte for bytes")
	}
	e.buf = abi.AppendText(e.buf, s)
	return nil
}

// float is the float of size bytes at p.
//
//go:noinline
func float(p ptr, size uintptr) float64 {
	if size == 4 {
		return float64(*(*float32)(p))
	}
	return *(*float64)(p)
}

// encode appends the value at p.
func (e *encoder) encode(c *Codec, p ptr) error {
	if c.own != nil {
		return e.methods(c, p)
	}
	switch c.op {
	case opBool:
		e.buf = abi.AppendBool(e.buf, *(*bool)(p))
	case opInt:
		shift := 64 - 8*c.size
		e.buf = abi.AppendInt(e.buf, int64(load(p, c.size)<<shift)>>shift)
	case opUint:
		e.buf = abi.AppendUint(e.buf, load(p, c.size))
	case opFloat:
		e.buf = abi.AppendFloat(e.buf, float(p, c.size))
	case opString:
		return e.text(*(*string)(p))
	case opTime:
		return e.time(p)
	case opFuture:
		e.buf = abi.AppendFuture(e.buf, *(*abi.ID)(p))
	case opRaw:
		if length(p) == 0 {
			e.null()
			return nil
		}
		return e.raw(c, *(*abi.Raw)(p))
	case opByteArray:
		e.buf = abi.AppendBytes(e.buf, bytesAt(p, int(c.size)))
	case opArray:
		return e.list(c.elem, p, c.typ.Len())
	case opStruct, opTuple:
		return e.structure(c, p)
	case opBytes, opSlice, opMap, opPointer, opAny, opInterface:
		if word(p) == nil {
			e.null()
			return nil
		}
		return e.indirect(c, p)
	default:
		return inside(c.encodeErr, "")
	}
	return nil
}

// indirect appends what the value at p, which is not nil, leads to.
func (e *encoder) indirect(c *Codec, p ptr) (err error) {
	switch c.op {
	case opBytes:
		e.buf = abi.AppendBytes(e.buf, *(*[]byte)(p))
		return nil
	case opSlice:
		return e.list(c.elem, word(p), length(p))
	case opMap:
		return e.mapping(c, c.value(p))
	}
	if e.hops++; e.hops > maxHops {
		return mismatch("", "a pointer that leads back to itself")
	}
	switch c.op {
	case opPointer:
		err = e.encode(c.elem, word(p))
	case opAny:
		err = e.any(*(*any)(p))
	default:
		err = e.dynamic(c.value(p).Elem())
	}
	e.hops--
	return err
}

// any appends x, the usual types without reflection.
func (e *encoder) any(x any) error {
	switch x := x.(type) {
	case nil:
		e.null()
	case string:
		return e.text(x)
	case int:
		e.buf = abi.AppendInt(e.buf, int64(x))
	case int64:
		e.buf = abi.AppendInt(e.buf, x)
	default:
		return e.dynamic(reflect.ValueOf(x))
	}
	return nil
}

// dynamic appends v by its dynamic type.
func (e *encoder) dynamic(v reflect.Value) error {
	c := Of(v.Type())
	p := reflect.New(c.typ)
	p.Elem().Set(v)
	return e.encode(c, p.UnsafePointer())
}

// list appends n elements that begin at p.
func (e *encoder) list(elem *Codec, p ptr, n int) error {
	if err := e.open(abi.MajorArray, n); err != nil {
		return err
	}
	for i := range n {
		if err := e.encode(elem, behind(p, uintptr(i)*elem.size)); err != nil {
			return at(err, indexStep(i))
		}
	}
	e.depth--
	return nil
}

func (e *encoder) mapping(c *Codec, v reflect.Value) error {
	if err := e.open(abi.MajorMap, v.Len()); err != nil {
		return err
	}
	from, start := len(e.pairs), len(e.buf)
	k, x := reflect.New(c.key.typ), reflect.New(c.elem.typ)
	for iter := v.MapRange(); iter.Next(); {
		k.Elem().SetIterKey(iter)
		x.Elem().SetIterValue(iter)
		p := pair{key: len(e.buf)}
		if err := e.encode(c.key, k.UnsafePointer()); err != nil {
			return at(err, "[key]")
		}
		p.value = len(e.buf)
		if err := e.encode(c.elem, x.UnsafePointer()); err != nil {
			return at(err, keyStep(e.buf[p.key:p.value]))
		}
		p.end = len(e.buf)
		e.pairs = append(e.pairs, p)
	}
	e.depth--
	return e.sortPairs(from, start)
}

func (e *encoder) structure(c *Codec, p ptr) error {
	tuple := c.op == opTuple
	major, n := byte(abi.MajorArray), len(c.fields)
	if !tuple {
		major, n = abi.MajorMap, c.count(p)
	}
	if err := e.open(major, n); err != nil {
		return err
	}
	for i := range c.fields {
		f := &c.fields[i]
		x := f.in(p, false)
		switch {
		case !tuple && c.loose && f.omits(x):
			continue
		case !tuple:
			e.buf = append(e.buf, f.key...)
		case x == nil:
			e.null()
			continue
		}
		if err := e.encode(f.codec, x); err != nil {
			return at(err, nameStep(f.Name))
		}
	}
	e.depth--
	return nil
}

// intRange is the least and the greatest integer of a type of size bytes.
//
//go:noinline
func intRange(signed bool, size uintptr) (least int64, greatest uint64) {
	greatest = math.MaxUint64 >> (64 - 8*size)
	if signed {
		greatest >>= 1
		least = ^int64(greatest)
	}
	return least, greatest
}
