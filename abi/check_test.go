package abi_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
)

// unhex turns hexadecimal digits, spaces allowed, into bytes.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	require.NoError(t, err)
	return b
}

// requireSyntax asserts that err is a SyntaxError at off for reason.
func requireSyntax(t testing.TB, err error, off int, reason abi.Reason) {
	t.Helper()
	var syntax *abi.SyntaxError
	require.True(t, errors.As(err, &syntax), "want a SyntaxError, have %v", err)
	require.Equal(t, reason, syntax.Reason)
	require.Equal(t, off, syntax.Offset)
}

func TestCheckAccepts(t *testing.T) {
	for name, in := range map[string]string{
		"it takes an integer":                    "00",
		"it takes the longest integer":           "1bffffffffffffffff",
		"it takes an integer longer than needed": "1b0000000000000001",
		"it takes the empty text":                "60",
		"it takes chunks":                        "7f 61 61 60 61 62 ff",
		"it takes no chunks at all":              "5fff",
		"it takes nested arrays":                 "82 81 80 9f 80 9f ff ff",
		"it takes an indefinite map":             "bf 01 02 03 bf ff ff",
		"it takes tags":                          "c1 c2 41 00",
		"it takes simple values":                 "84 f4 f8 20 f8 ff f7",
		"it takes floats":                        "83 f9 7e00 fa 7fc00000 fb 0000000000000001",
		"it tells integers from floats":          "a3 01 01 f9 3c00 02 20 03",
		"it tells texts from bytes":              "a2 61 31 01 41 31 02",
		"it tells the zeros apart":               "a2 f9 0000 01 f9 8000 02",
		"it tells small and wide NaN apart":      "a2 f9 7e00 01 f9 7e01 02",
		"it takes a map as a key":                "a2 a1 01 02 01 a1 01 03 01",
		"it takes unordered keys":                "a3 03 00 02 00 01 00",
		"it takes keys in nested maps":           "a2 01 a2 02 00 01 00 02 a2 02 00 01 00",
		"it takes empty containers as keys":      "a3 80 00 a0 00 9f 01 ff 00",
		"it takes different bignums":             "a2 c2 49 010000000000000000 00 c3 49 010000000000000000 00",
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, abi.Check(unhex(t, in), abi.Limits{}))
		})
	}
}

func TestCheckRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		in     string
		off    int
		reason abi.Reason
	}{
		"it wants an item":                          {"", 0, abi.ReasonTruncated},
		"it sees a head cut short":                  {"82 01 19 01", 2, abi.ReasonTruncated},
		"it sees a string cut short":                {"82 01 62 61", 2, abi.ReasonTruncated},
		"it sees an array cut short":                {"82 01", 2, abi.ReasonTruncated},
		"it sees a huge count":                      {"9b ffffffffffffffff 01", 10, abi.ReasonTruncated},
		"it sees a huge map":                        {"bb ffffffffffffffff 01", 10, abi.ReasonTruncated},
		"it sees a map of 2^63 pairs":               {"bb 8000000000000000", 9, abi.ReasonTruncated},
		"it sees a huge string":                     {"5b ffffffffffffffff", 0, abi.ReasonTruncated},
		"it sees a tag without content":             {"c1", 1, abi.ReasonTruncated},
		"it sees an open array":                     {"9f 01", 2, abi.ReasonTruncated},
		"it sees open chunks":                       {"5f 41 01", 3, abi.ReasonTruncated},
		"it sees a trailing byte":                   {"01 00", 1, abi.ReasonTrailing},
		"it sees a trailing byte after containers":  {"81 81 01 00", 3, abi.ReasonTrailing},
		"it sees reserved information":              {"81 1c", 1, abi.ReasonReserved},
		"it sees reserved floats":                   {"fd", 0, abi.ReasonReserved},
		"it sees a simple value that is too long":   {"f8 1f", 0, abi.ReasonReserved},
		"it sees an indefinite integer":             {"1f", 0, abi.ReasonIndefinite},
		"it sees an indefinite tag":                 {"df 00", 0, abi.ReasonIndefinite},
		"it sees a break at the top":                {"ff", 0, abi.ReasonBreak},
		"it sees a break in a definite array":       {"81 ff", 1, abi.ReasonBreak},
		"it sees a break in a tag":                  {"9f c1 ff", 2, abi.ReasonBreak},
		"it sees a break in place of a value":       {"bf 01 ff", 2, abi.ReasonBreak},
		"it sees a chunk of another type":           {"5f 61 61 ff", 1, abi.ReasonChunk},
		"it sees a chunk that is indefinite":        {"5f 5f 41 01 ff ff", 1, abi.ReasonChunk},
		"it sees bad UTF-8":                         {"81 61 ff", 1, abi.ReasonUTF8},
		"it sees a surrogate":                       {"63 eda080", 0, abi.ReasonUTF8},
		"it sees bad UTF-8 in a chunk":              {"7f 61 c3 61 a9 ff", 1, abi.ReasonUTF8},
		"it sees equal keys":                        {"a2 01 00 01 00", 3, abi.ReasonDuplicateKey},
		"it sees equal keys of different length":    {"a2 01 00 18 01 00", 3, abi.ReasonDuplicateKey},
		"it sees equal keys apart":                  {"a3 02 00 01 00 02 00", 5, abi.ReasonDuplicateKey},
		"it sees equal keys in an indefinite map":   {"bf 6161 00 6161 00 ff", 4, abi.ReasonDuplicateKey},
		"it sees equal keys whatever the chunks":    {"a2 62 6162 00 7f 6161 6162 ff 00", 5, abi.ReasonDuplicateKey},
		"it sees equal floats":                      {"a2 f9 3c00 00 fa 3f800000 00", 5, abi.ReasonDuplicateKey},
		"it sees equal NaN":                         {"a2 f9 7e00 00 fb 7ff8000000000000 00", 5, abi.ReasonDuplicateKey},
		"it sees equal arrays":                      {"a2 81 01 00 9f 1801 ff 00", 4, abi.ReasonDuplicateKey},
		"it sees equal maps":                        {"a2 a2 01 02 03 04 00 bf 03 04 01 02 ff 00", 7, abi.ReasonDuplicateKey},
		"it sees equal keys inside a key":           {"a1 a2 01 00 1801 00 00", 4, abi.ReasonDuplicateKey},
		"it sees equal tags":                        {"a2 c1 00 00 d8 01 18 00 00", 4, abi.ReasonDuplicateKey},
		"it sees an integer and its bignum":         {"a2 01 00 c2 42 0001 00", 3, abi.ReasonDuplicateKey},
		"it sees an integer and its chunked bignum": {"a2 20 00 c3 5f 41 00 ff 00", 3, abi.ReasonDuplicateKey},
		"it sees equal empty keys":                  {"a2 80 00 9f ff 00", 3, abi.ReasonDuplicateKey},
		"it sees equal keys around a map":           {"a2 01 a1 01 02 01 00", 5, abi.ReasonDuplicateKey},
		"it names the first of several":             {"a4 01 00 02 00 02 00 01 00", 5, abi.ReasonDuplicateKey},
	} {
		t.Run(name, func(t *testing.T) {
			requireSyntax(t, abi.Check(unhex(t, tc.in), abi.Limits{}), tc.off, tc.reason)
		})
	}
}

// What takes long asks whether to go on, and stops when it is told to.
func TestCheckStops(t *testing.T) {
	const n = 50_000
	keyed := func(key func(i int) []byte) []byte {
		b := abi.AppendHead(nil, abi.MajorMap, n)
		for i := range n {
			b = append(append(b, key(i)...), 0)
		}
		return b
	}
	array := func(item ...byte) []byte {
		return append(abi.AppendHead(nil, abi.MajorArray, n), bytes.Repeat(item, n)...)
	}
	number := func(i int) []byte { return abi.AppendHead(nil, abi.MajorUint, uint64(uint32(i+1)*0x9e3779b1)) }
	for name, in := range map[string][]byte{
		"it stops at items":               array(0x18, 0x20),
		"it stops at arrays":              array(0x80),
		"it stops at keys in no order":    keyed(number),
		"it stops at keys in other forms": keyed(func(i int) []byte { return append([]byte{0xc1}, number(i)...) }),
		"it stops inside a key":           append(append([]byte{0xa1}, keyed(number)...), 0),
	} {
		t.Run(name, func(t *testing.T) {
			asked := 0
			require.NoError(t, abi.Check(in, abi.Limits{Stop: func() bool { asked++; return false }}))
			require.Greater(t, asked, 5)
			for at := 1; at <= asked; at += 1 + asked/7 {
				left := at
				err := abi.Check(in, abi.Limits{Stop: func() bool { left--; return left == 0 }})
				var e *abi.SyntaxError
				require.ErrorAs(t, err, &e)
				require.Equal(t, abi.ReasonStopped, e.Reason)
				require.Zero(t, left, "it stops at once")
			}
		})
	}
}
