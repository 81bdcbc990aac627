package cbor

import (
	"math"
	"reflect"
	"strconv"
	"unicode/utf8"

	"github.com/pledge-wasm/pledge/abi"
)

// null consumes the next item if it is null or undefined. Into a value that
// cannot be nil both decode as no change, as in encoding/json.
func (d *decoder) null() bool {
	if d.off < len(d.data) && (d.data[d.off] == nullByte || d.data[d.off] == nullByte+1) {
		d.off++
		return true
	}
	return false
}

func encodeBool(e *encoder, v reflect.Value) error {
	e.buf = abi.AppendBool(e.buf, v.Bool())
	return nil
}

func decodeBool(d *decoder, v reflect.Value) error {
	h, err := d.untagged()
	if err != nil {
		return err
	}
	switch {
	case h.Major == abi.MajorSimple && h.Info == abi.SimpleTrue:
		v.SetBool(true)
	case h.Major == abi.MajorSimple && h.Info == abi.SimpleFalse:
		v.SetBool(false)
	case !isNull(h):
		return mismatch("a boolean", kind(h))
	}
	return nil
}

func isNull(h abi.Head) bool {
	return h.Major == abi.MajorSimple && (h.Info == abi.SimpleNull || h.Info == abi.SimpleUndefined)
}

func encodeInt(e *encoder, v reflect.Value) error {
	e.buf = abi.AppendInt(e.buf, v.Int())
	return nil
}

func decodeInt(d *decoder, v reflect.Value) error {
	h, err := d.untagged()
	if err != nil {
		return err
	}
	n := int64(h.Arg)
	switch {
	case isNull(h):
		return nil
	case h.Major > abi.MajorNegInt:
		return mismatch(integerRange(v.Type()), kind(h))
	case h.Arg > math.MaxInt64:
		return mismatch(integerRange(v.Type()), integer(h))
	case h.Major == abi.MajorNegInt:
		n = ^n
	}
	if v.OverflowInt(n) {
		return mismatch(integerRange(v.Type()), integer(h))
	}
	v.SetInt(n)
	return nil
}

func encodeUint(e *encoder, v reflect.Value) error {
	e.buf = abi.AppendUint(e.buf, v.Uint())
	return nil
}

func decodeUint(d *decoder, v reflect.Value) error {
	h, err := d.untagged()
	switch {
	case err != nil:
		return err
	case isNull(h):
		return nil
	case h.Major > abi.MajorNegInt:
		return mismatch(integerRange(v.Type()), kind(h))
	case h.Major == abi.MajorNegInt || v.OverflowUint(h.Arg):
		return mismatch(integerRange(v.Type()), integer(h))
	}
	v.SetUint(h.Arg)
	return nil
}

// integerRange is "an integer from … to …" for an integer type.
func integerRange(t reflect.Type) string {
	bits := uint(t.Bits())
	if t.Kind() >= reflect.Uint {
		return "an integer from 0 to " + strconv.FormatUint(math.MaxUint64>>(64-bits), 10)
	}
	top := int64(math.MaxInt64) >> (64 - bits)
	return "an integer from " + strconv.FormatInt(^top, 10) + " to " + strconv.FormatInt(top, 10)
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

func encodeFloat(e *encoder, v reflect.Value) error {
	e.buf = abi.AppendFloat(e.buf, v.Float())
	return nil
}

func decodeFloat(d *decoder, v reflect.Value) error {
	h, err := d.untagged()
	if err != nil {
		return err
	}
	var f float64
	switch {
	case isNull(h):
		return nil
	case h.Float():
		f = h.Float64()
	case h.Major == abi.MajorUint:
		f = float64(h.Arg)
	case h.Major == abi.MajorNegInt:
		f = -1 - float64(h.Arg)
	default:
		return mismatch("a number", kind(h))
	}
	if v.OverflowFloat(f) {
		return mismatch("a number that float32 can hold", "a larger one")
	}
	v.SetFloat(f)
	return nil
}

func encodeString(e *encoder, v reflect.Value) error { return e.text(v.String()) }

func (e *encoder) text(s string) error {
	if !utf8.ValidString(s) {
		return mismatch("", "text that is not valid UTF-8; use []byte for bytes")
	}
	e.buf = abi.AppendText(e.buf, s)
	return nil
}

func decodeString(d *decoder, v reflect.Value) error {
	h, err := d.untagged()
	if err != nil {
		return err
	}
	if isNull(h) {
		return nil
	}
	if h.Major != abi.MajorText {
		return mismatch("text", kind(h))
	}
	b, err := d.str(h)
	if err != nil {
		return err
	}
	v.SetString(string(b))
	return nil
}
