package codec

import (
	"math"
	"math/big"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/pledge-wasm/pledge/abi"
)

// maxDigits is how many digits an integer may have; it is as much as a bignum
// that ToJSON shows.
const maxDigits = 39457

// number reads a number.
func (p *jsonReader) number(depth int) {
	begin := p.off
	negative := p.peek() == '-'
	if negative {
		p.off++
	}
	digits := p.off
	if p.digits(); p.off == digits || p.b[digits] == '0' && p.off > digits+1 {
		p.fail(begin, "not a number in JSON")
		return
	}
	whole := p.off
	if p.peek() == '.' {
		p.off++
		p.someDigits(begin)
	}
	if c := p.peek(); c == 'e' || c == 'E' {
		p.off++
		if c := p.peek(); c == '+' || c == '-' {
			p.off++
		}
		p.someDigits(begin)
	}
	if p.err != nil {
		return
	}
	s := p.b[digits:p.off]
	if p.off > whole || negative && string(s) == "0" {
		f, err := strconv.ParseFloat(string(p.b[begin:p.off]), 64)
		if err != nil {
			p.fail(begin, "the number is too large for a float of 64 bits")
			return
		}
		p.out = abi.AppendFloat(p.out, f)
		return
	}
	p.integer(begin, s, negative, depth)
}

// integer writes the integer of the digits s, which stand at begin.
func (p *jsonReader) integer(begin int, s []byte, negative bool, depth int) {
	major := byte(abi.MajorUint)
	if negative {
		major = abi.MajorNegInt
	}
	if u, err := strconv.ParseUint(string(s), 10, 64); err == nil {
		if negative {
			u--
		}
		p.out = abi.AppendHead(p.out, major, u)
		return
	}
	if len(s) > maxDigits {
		p.fail(begin, "an integer may have at most 39457 digits")
		return
	}
	n, _ := new(big.Int).SetString(string(s), 10)
	if negative {
		n.Sub(n, big.NewInt(1))
	}
	if n.IsUint64() { // only -18446744073709551616
		p.out = abi.AppendHead(p.out, major, math.MaxUint64)
		return
	}
	if depth == abi.MaxDepth { // a bignum is a tag
		p.fail(begin, "nested over 256 deep")
		return
	}
	p.out = abi.AppendHead(p.out, abi.MajorTag, tagPosBignum+uint64(major))
	p.out = abi.AppendBytes(p.out, n.Bytes())
}

func (p *jsonReader) digits() {
	for p.off < len(p.b) && p.b[p.off]-'0' <= 9 {
		p.off++
	}
}

// someDigits reads one digit or more of the number at begin.
func (p *jsonReader) someDigits(begin int) {
	at := p.off
	if p.digits(); p.off == at {
		p.fail(begin, "not a number in JSON")
	}
}

// text reads a string.
func (p *jsonReader) text() {
	begin := p.off
	p.off++
	plain := p.off
	for p.off < len(p.b) {
		switch c := p.b[p.off]; {
		case c == '"':
			s := p.b[plain:p.off]
			if !utf8.Valid(s) {
				p.fail(begin, "the string is not UTF-8")
				return
			}
			p.off++
			p.out = abi.AppendHead(p.out, abi.MajorText, uint64(len(s)))
			p.out = append(p.out, s...)
			return
		case c == '\\':
			p.escaped(begin, plain)
			return
		case c < 0x20:
			p.fail(p.off, "a control character in a string must be escaped")
			return
		}
		p.off++
	}
	p.fail(begin, "the string has no end")
}

// escaped reads the rest of the string at begin, from its first escape on; what
// came before begins at plain.
func (p *jsonReader) escaped(begin, plain int) {
	s := append([]byte(nil), p.b[plain:p.off]...)
	for p.off < len(p.b) && p.err == nil {
		c := p.b[p.off]
		switch {
		case c == '"':
			if !utf8.Valid(s) {
				p.fail(begin, "the string is not UTF-8")
				return
			}
			p.off++
			p.out = abi.AppendHead(p.out, abi.MajorText, uint64(len(s)))
			p.out = append(p.out, s...)
			return
		case c == '\\':
			s = p.escape(s)
		case c < 0x20:
			p.fail(p.off, "a control character in a string must be escaped")
		default:
			s = append(s, c)
			p.off++
		}
	}
	p.fail(begin, "the string has no end")
}

// escape reads one escape and appends what it stands for.
func (p *jsonReader) escape(s []byte) []byte {
	begin := p.off
	p.off += 2
	if p.off > len(p.b) {
		p.fail(begin, "the string has no end")
		return s
	}
	switch c := p.b[p.off-1]; c {
	case '"', '\\', '/':
		return append(s, c)
	case 'b':
		return append(s, '\b')
	case 'f':
		return append(s, '\f')
	case 'n':
		return append(s, '\n')
	case 'r':
		return append(s, '\r')
	case 't':
		return append(s, '\t')
	case 'u':
		r := p.hex4(begin)
		if utf16.IsSurrogate(r) {
			if p.peek() == '\\' && p.off+1 < len(p.b) && p.b[p.off+1] == 'u' {
				p.off += 2
				r = utf16.DecodeRune(r, p.hex4(begin))
			} else {
				r = utf8.RuneError
			}
			if r == utf8.RuneError {
				p.fail(begin, "half of a surrogate pair is not a character")
			}
		}
		return utf8.AppendRune(s, r)
	}
	p.fail(begin, "there is no such escape")
	return s
}

// hex4 reads four hexadecimal digits of the escape at begin.
func (p *jsonReader) hex4(begin int) rune {
	if len(p.b)-p.off < 4 {
		p.fail(begin, "the escape needs four hexadecimal digits")
		return 0
	}
	n, err := strconv.ParseUint(string(p.b[p.off:p.off+4]), 16, 16)
	if err != nil {
		p.fail(begin, "the escape needs four hexadecimal digits")
	}
	p.off += 4
	return rune(n)
}
