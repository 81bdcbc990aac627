package abi

import "math"

// AppendHead appends the head of an item in its shortest form: major is one of
// the Major constants, n the argument (a value, a length, a count or a tag
// number). For [MajorSimple] n is a simple value, never a float's bits.
func AppendHead(dst []byte, major byte, n uint64) []byte {
	m := major << 5
	switch {
	case n < 24:
		return append(dst, m|byte(n))
	case n <= 0xff:
		return append(dst, m|infoUint8, byte(n))
	case n <= 0xffff:
		return append(dst, m|infoUint16, byte(n>>8), byte(n))
	case n <= 0xffffffff:
		return append(dst, m|infoUint32, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	return append(dst, m|infoUint64,
		byte(n>>56), byte(n>>48), byte(n>>40), byte(n>>32),
		byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}

// AppendText appends a text string. The caller answers for s being UTF-8.
//
// Inlined, it is a third of everything that writes messages; a guest pays for
// that in compile time.
//
//go:noinline
func AppendText(dst []byte, s string) []byte {
	return append(AppendHead(dst, MajorText, uint64(len(s))), s...)
}

// AppendBytes appends a byte string.
func AppendBytes(dst, p []byte) []byte {
	return append(AppendHead(dst, MajorBytes, uint64(len(p))), p...)
}

// AppendUint appends an unsigned integer.
func AppendUint(dst []byte, n uint64) []byte { return AppendHead(dst, MajorUint, n) }

// AppendInt appends a signed integer.
func AppendInt(dst []byte, n int64) []byte {
	if n < 0 {
		return AppendHead(dst, MajorNegInt, uint64(^n))
	}
	return AppendHead(dst, MajorUint, uint64(n))
}

// AppendNull appends null.
func AppendNull(dst []byte) []byte { return append(dst, null) }

// AppendBool appends false or true.
func AppendBool(dst []byte, v bool) []byte {
	if v {
		return append(dst, MajorSimple<<5|SimpleTrue)
	}
	return append(dst, MajorSimple<<5|SimpleFalse)
}

// AppendFloat appends a float in the shortest of the three widths that keeps its
// value. Every NaN becomes f97e00.
func AppendFloat(dst []byte, f float64) []byte {
	if f != f {
		return append(dst, 0xf9, 0x7e, 0x00)
	}
	f32 := float32(f)
	if float64(f32) != f {
		n := math.Float64bits(f)
		return append(dst, 0xfb,
			byte(n>>56), byte(n>>48), byte(n>>40), byte(n>>32),
			byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	n := math.Float32bits(f32)
	if h, ok := halfBits(n); ok {
		return append(dst, 0xf9, byte(h>>8), byte(h))
	}
	return append(dst, 0xfa, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}
