package abi

import "math"

// Float64 is the value of a head for which [Head.Float] holds.
func (h Head) Float64() float64 { return math.Float64frombits(h.float64bits()) }

// float64bits widens the bits of a float to 64, keeping the payload of a NaN at
// the high end of the significand.
func (h Head) float64bits() uint64 {
	switch h.Info {
	case infoUint16:
		return widen(h.Arg, 5, 10)
	case infoUint32:
		return widen(h.Arg, 8, 23)
	}
	return h.Arg
}

// widen turns an IEEE 754 number with exp exponent bits and frac fraction bits
// into the bits of the double with the same value.
func widen(n uint64, exp, frac uint) uint64 {
	sign := n >> (exp + frac) << 63
	e := n >> frac & (1<<exp - 1)
	f := n & (1<<frac - 1)
	bias := uint64(1)<<(exp-1) - 1
	switch {
	case e == 1<<exp-1: // infinity or NaN
		return sign | 0x7ff<<52 | f<<(52-frac)
	case e == 0 && f == 0:
		return sign
	case e == 0: // subnormal: normalise, doubles have room
		shift := uint64(0)
		for f>>frac == 0 {
			f <<= 1
			shift++
		}
		return sign | (1023-bias+1-shift)<<52 | f&(1<<frac-1)<<(52-frac)
	}
	return sign | (e+1023-bias)<<52 | f<<(52-frac)
}

// halfBits narrows the bits of a single that is not a NaN to half precision, if
// that loses nothing.
func halfBits(n uint32) (h uint16, ok bool) {
	sign := uint16(n >> 16 & 0x8000)
	e := int(n>>23&0xff) - 127
	f := n & (1<<23 - 1)
	switch {
	case n<<1 == 0:
		return sign, true
	case e == 128:
		return sign | 0x7c00, f == 0
	case e >= -14 && e <= 15:
		return sign | uint16(e+15)<<10 | uint16(f>>13), f&(1<<13-1) == 0
	case e >= -24 && e < -14: // subnormal in half precision
		full := f | 1<<23
		shift := uint(-1 - e) // -15 gives 14, -24 gives 23
		return sign | uint16(full>>shift), full&(1<<shift-1) == 0
	}
	return 0, false
}
