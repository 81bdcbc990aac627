// Package work is the work of the comparison in plain Go: what the Go guests
// run, and what runs natively as the floor. Every contestant's guest is made of
// these functions, so that only what lies around them differs.
package work

import (
	"errors"
	"strings"
	"unicode"

	"github.com/pledge-wasm/pledge/abi"
)

// Count counts the words of a page, in lower case.
func Count(page string) map[string]int {
	counts := make(map[string]int)
	for word := range strings.FieldsFuncSeq(page, func(r rune) bool { return !unicode.IsLetter(r) }) {
		counts[strings.ToLower(word)]++
	}
	return counts
}

// Pair is what Sum takes.
type Pair struct {
	A int64 `cbor:"a" json:"a"`
	B int64 `cbor:"b" json:"b"`
}

// Total is what Sum answers.
type Total struct {
	Sum int64 `cbor:"sum" json:"sum"`
}

// Job is what Compute takes.
type Job struct {
	Name   string `cbor:"name" json:"name"`
	Rounds int32  `cbor:"rounds" json:"rounds"`
}

var errInput = errors.New("work: not the CBOR that was agreed on")

// SumCBOR reads {"a": int, "b": int} and answers {"sum": int}. It is written by
// hand: guests that have no SDK to do it get the cheapest there is.
func SumCBOR(in []byte) ([]byte, error) {
	if len(in) < 3 || in[0] != 0xa2 || in[1] != 0x61 || in[2] != 'a' {
		return nil, errInput
	}
	a, rest, err := integer(in[3:])
	if err != nil || len(rest) < 2 || rest[0] != 0x61 || rest[1] != 'b' {
		return nil, errInput
	}
	b, _, err := integer(rest[2:])
	if err != nil {
		return nil, err
	}
	return abi.AppendInt(append(make([]byte, 0, 16), 0xa1, 0x63, 's', 'u', 'm'), a+b), nil
}

// CountCBOR is Count with its answer in CBOR, a map of text to integer.
func CountCBOR(page []byte) []byte {
	counts := Count(string(page))
	out := abi.AppendHead(make([]byte, 0, 16*len(counts)+8), abi.MajorMap, uint64(len(counts)))
	for word, n := range counts {
		out = abi.AppendInt(abi.AppendText(out, word), int64(n))
	}
	return out
}

func integer(b []byte) (n int64, rest []byte, err error) {
	if len(b) == 0 || b[0] >= 0x40 {
		return 0, nil, errInput
	}
	negative, low := b[0]&0x20 != 0, b[0]&31
	var v uint64
	switch size := 1 << (low - 24); {
	case low < 24:
		v, rest = uint64(low), b[1:]
	case low > 27 || len(b) < 1+size:
		return 0, nil, errInput
	default:
		for _, c := range b[1 : 1+size] {
			v = v<<8 | uint64(c)
		}
		rest = b[1+size:]
	}
	if negative {
		return ^int64(v), rest, nil
	}
	return int64(v), rest, nil
}
