package cbor

import (
	"math"
	"reflect"
	"strconv"

	"github.com/pledge-wasm/pledge/abi"
)

// wants is what an op decodes, for error messages.
var wants = [...]string{
	opBool: "a boolean", opInt: "an integer", opUint: "an integer", opFloat: "a number", opString: "text",
	opBytes: "bytes", opByteArray: "bytes", opSlice: "an array", opArray: "an array", opMap: "a map",
	opStruct: "a map", opTuple: "an array", opFuture: "a future",
}

//go:noinline
func isNull(h abi.Head) bool {
	return h.Major == abi.MajorSimple && (h.Info == abi.SimpleNull || h.Info == abi.SimpleUndefined)
}

// decode reads the next item into the value at p. Null and undefined make a
// pointer, slice, map or interface nil and leave any other value as it is.
func (d *decoder) decode(c *Codec, p ptr) error {
	switch {
	case c.ownDec != nil:
		return d.methods(c, p)
	case c.op == opAny:
		x, err := d.any()
		*(*any)(p) = x
		return err
	case c.op == opPointer:
		return d.pointer(c, p)
	case c.op == opRaw:
		b, err := d.raw()
		*(*abi.Raw)(p) = append(make(abi.Raw, 0, len(b)), b...)
		return err
	case c.decodeErr != nil:
		return inside(c.decodeErr, "")
	}
	h, err := d.untagged()
	if err != nil {
		return err
	}
	if isNull(h) {
		if c.op == opSlice || c.op == opBytes || c.op == opMap {
			c.value(p).SetZero()
		}
		return nil
	}
	switch c.op {
	case opBool:
		if h.Major == abi.MajorSimple && h.Info|1 == abi.SimpleTrue {
			*(*bool)(p) = h.Info == abi.SimpleTrue
			return nil
		}
	case opInt, opUint:
		if h.Major <= abi.MajorNegInt {
			return storeInt(c, p, h)
		}
	case opFloat:
		if h.Float() || h.Major <= abi.MajorNegInt {
			return storeFloat(c, p, h)
		}
	case opString:
		if h.Major == abi.MajorText {
			b, err := d.str(h)
			*(*string)(p) = string(b)
			return err
		}
	case opBytes, opByteArray:
		if h.Major == abi.MajorBytes {
			return d.bytes(c, p, h)
		}
		if h.Major == abi.MajorArray {
			return d.list(c, p, h)
		}
	case opSlice, opArray:
		if h.Major == abi.MajorArray {
			return d.list(c, p, h)
		}
	case opTuple:
		if h.Major == abi.MajorArray {
			return d.tuple(c, p, h)
		}
	case opMap:
		if h.Major == abi.MajorMap {
			v := c.value(p)
			v.Set(reflect.MakeMapWithSize(c.typ, min(int(h.Arg), firstBytes/64)))
			return d.mapping(c, v, h)
		}
	case opStruct:
		if h.Major == abi.MajorMap {
			return d.structure(c, p, h)
		}
	case opTime:
		return d.time(p, h)
	case opFuture:
		if h.Major == abi.MajorTag {
			return d.future((*abi.ID)(p))
		}
	}
	return mismatch(wants[c.op], kind(h))
}

func (d *decoder) pointer(c *Codec, p ptr) error {
	if d.off < len(d.data) && d.data[d.off]&^1 == nullByte { // null or undefined
		d.off++
		*(*ptr)(p) = nil
		return nil
	}
	if word(p) == nil {
		*(*ptr)(p) = reflect.New(c.elem.typ).UnsafePointer()
	}
	if d.hops++; d.hops > maxHops {
		return syntax(d.off, abi.ReasonDepth)
	}
	err := d.decode(c.elem, word(p))
	d.hops--
	return err
}

// storeInt puts the integer h into the integer at p.
func storeInt(c *Codec, p ptr, h abi.Head) error {
	least, greatest := intRange(c.op == opInt, c.size)
	n := h.Arg
	if h.Major == abi.MajorNegInt {
		n = ^n
	}
	if h.Major == abi.MajorUint && n > greatest || h.Major == abi.MajorNegInt && h.Arg > uint64(^least) || h.Major == abi.MajorNegInt && least == 0 {
		return mismatch("an integer from "+strconv.FormatInt(least, 10)+" to "+strconv.FormatUint(greatest, 10), integer(h))
	}
	store(p, c.size, n)
	return nil
}

// integer prints the integer that h is.
func integer(h abi.Head) string {
	switch {
	case h.Major == abi.MajorUint:
		return strconv.FormatUint(h.Arg, 10)
	case h.Arg == math.MaxUint64:
		return "-18446744073709551616"
	}
	return "-" + strconv.FormatUint(h.Arg+1, 10)
}

// storeFloat puts the number h into the float at p.
func storeFloat(c *Codec, p ptr, h abi.Head) error {
	var f float64
	switch {
	case h.Float():
		f = h.Float64()
	case h.Major == abi.MajorUint:
		f = float64(h.Arg)
	default:
		f = -1 - float64(h.Arg)
	}
	if c.size == 8 {
		*(*float64)(p) = f
		return nil
	}
	*(*float32)(p) = float32(f)
	if math.IsInf(float64(*(*float32)(p)), 0) && !math.IsInf(f, 0) {
		return mismatch("a number that float32 can hold", "a larger one")
	}
	return nil
}
