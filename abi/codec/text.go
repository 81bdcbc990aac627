package codec

import (
	"unicode/utf8"

	"github.com/pledge-wasm/pledge/abi"
)

// joined is the content of the string in r whose head h ends at off, chunks
// joined, and the offset behind the string. r has passed abi.Check.
func joined(r []byte, h abi.Head, off int) (s []byte, end int) {
	if !h.Indefinite() {
		end = off + int(h.Arg)
		return r[off:end:end], end
	}
	for {
		c, next, err := abi.ReadHead(r, off)
		if err != nil || c.Break() {
			return s, next
		}
		off = next + int(c.Arg)
		s = append(s, r[next:off]...)
	}
}

const hexDigits = "0123456789abcdef"

// appendQuoted appends s as a JSON string, which is a text in diagnostic notation
// as well. Control characters, those that steer a terminal included, and bytes
// that are not UTF-8 are escaped.
func appendQuoted(dst, s []byte) []byte {
	dst = append(dst, '"')
	for len(s) > 0 {
		n := 0
		for n < len(s) && s[n] >= 0x20 && s[n] < 0x7f && s[n] != '"' && s[n] != '\\' {
			n++
		}
		if dst, s = append(dst, s[:n]...), s[n:]; len(s) == 0 {
			break
		}
		if c := s[0]; c < utf8.RuneSelf {
			dst = appendEscape(dst, c)
			s = s[1:]
			continue
		}
		r, size := utf8.DecodeRune(s)
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(dst, `\ufffd`...)
		case r < 0xa0: // C1
			dst = append(dst, `\u00`...)
			dst = append(dst, hexDigits[r>>4], hexDigits[r&15])
		default:
			dst = append(dst, s[:size]...)
		}
		s = s[size:]
	}
	return append(dst, '"')
}

// appendEscape appends a character that a JSON string cannot hold as it is.
func appendEscape(dst []byte, c byte) []byte {
	switch {
	case c == '"' || c == '\\':
		return append(dst, '\\', c)
	case c == '\n':
		return append(dst, '\\', 'n')
	case c == '\r':
		return append(dst, '\\', 'r')
	case c == '\t':
		return append(dst, '\\', 't')
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}
