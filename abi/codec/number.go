package codec

import (
	"bytes"
	"math"
	"math/big"
	"strconv"

	"github.com/pledge-wasm/pledge/abi"
)

// The tags of integers that do not fit in 64 bits.
const (
	tagPosBignum = 2
	tagNegBignum = 3
)

// maxBignum bounds, in bytes, the bignums that are shown in digits: turning
// binary into decimal costs more than in proportion to the length. It is the
// same as about 39,000 digits; longer ones appear as tagged byte strings.
const maxBignum = 16 << 10

// appendInteger appends the decimal digits of an integer's head.
func appendInteger(dst []byte, h abi.Head) []byte {
	if h.Major == abi.MajorUint {
		return strconv.AppendUint(dst, h.Arg, 10)
	}
	dst = append(dst, '-')
	if h.Arg == math.MaxUint64 {
		return append(dst, "18446744073709551616"...)
	}
	return strconv.AppendUint(dst, h.Arg+1, 10)
}

// appendBignum appends the digits of the bignum whose tag h ends at off, and
// returns the offset behind it. ok is false for what is not a bignum, or too
// long. r has passed abi.Check.
func appendBignum(dst []byte, r []byte, h abi.Head, off int) (out []byte, end int, ok bool) {
	if h.Arg != tagPosBignum && h.Arg != tagNegBignum {
		return dst, off, false
	}
	c, body, err := abi.ReadHead(r, off)
	if err != nil || c.Major != abi.MajorBytes {
		return dst, off, false
	}
	s, end := joined(r, c, body)
	if len(s) > maxBignum {
		return dst, off, false
	}
	n := new(big.Int).SetBytes(s)
	if h.Arg == tagNegBignum {
		n.Not(n)
	}
	return n.Append(dst, 10), end, true
}

// appendFloat appends a float as JSON and diagnostic notation write it: always
// with a fraction, so that it stays a float, with an exponent when it is very
// large or very small. The shortest digits that give the same 64 bits are taken.
// ok is false for what JSON cannot write: NaN and the infinities.
func appendFloat(dst []byte, f float64) (out []byte, ok bool) {
	switch {
	case f != f:
		return append(dst, "NaN"...), false
	case f > math.MaxFloat64:
		return append(dst, "Infinity"...), false
	case f < -math.MaxFloat64:
		return append(dst, "-Infinity"...), false
	}
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		return appendExponent(dst, f), true
	}
	begin := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	if bytes.IndexByte(dst[begin:], '.') < 0 {
		dst = append(dst, '.', '0')
	}
	return dst, true
}

// appendExponent appends f as 1.0e+300 or 5.5e-8.
func appendExponent(dst []byte, f float64) []byte {
	s := strconv.AppendFloat(nil, f, 'e', -1, 64)
	digits, exp, _ := bytes.Cut(s, []byte("e"))
	dst = append(dst, digits...)
	if bytes.IndexByte(digits, '.') < 0 {
		dst = append(dst, '.', '0')
	}
	dst = append(dst, 'e', exp[0])
	exp = exp[1:]
	for len(exp) > 1 && exp[0] == '0' {
		exp = exp[1:]
	}
	return append(dst, exp...)
}
