package abi_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"
	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
)

// model reads CBOR the slow and obvious way: by recursion, each value becoming a
// string that is equal for equal values. It is what Check is held against.
type model struct {
	b         []byte
	off       int
	utf8, dup bool // what it saw of text that is not UTF-8, and of equal keys
}

type malformed struct{}

// modelOf reads b. ok is false when it is not one well-formed item.
func modelOf(b []byte) (m model, value string, ok bool) {
	m.b = b
	defer func() {
		if r := recover(); r != nil {
			if _, is := r.(malformed); !is {
				panic(r)
			}
			ok = false
		}
	}()
	value, stop := m.item(false)
	return m, value, !stop && m.off == len(b)
}

func (m *model) take(n uint64) []byte {
	if n > uint64(len(m.b)-m.off) {
		panic(malformed{})
	}
	m.off += int(n)
	return m.b[m.off-int(n) : m.off]
}

// item reads one item, or a break where one may stand.
func (m *model) item(mayStop bool) (value string, stop bool) {
	first := m.take(1)[0]
	major, info := first>>5, first&31
	var arg uint64
	switch {
	case info < 24:
		arg = uint64(info)
	case info <= 27:
		var wide [8]byte
		n := 1 << (info - 24)
		copy(wide[8-n:], m.take(uint64(n)))
		arg = binary.BigEndian.Uint64(wide[:])
	case info < 31 || major <= 1 || major == 6:
		panic(malformed{})
	case major == 7:
		if !mayStop {
			panic(malformed{})
		}
		return "", true
	}
	open := info == 31
	switch major {
	case 0:
		return new(big.Int).SetUint64(arg).String(), false
	case 1:
		return new(big.Int).Not(new(big.Int).SetUint64(arg)).String(), false
	case 2, 3:
		return string("bt"[major-2]) + hex.EncodeToString(m.str(major, arg, open)), false
	case 4:
		return "[" + strings.Join(m.items(arg, open), ",") + "]", false
	case 5:
		return m.pairs(arg, open), false
	case 6:
		at := m.off
		content, _ := m.item(false)
		if (arg == 2 || arg == 3) && m.b[at]>>5 == 2 {
			raw, _ := hex.DecodeString(content[1:])
			n := new(big.Int).SetBytes(raw)
			if arg == 3 {
				n.Not(n)
			}
			return n.String(), false
		}
		return fmt.Sprintf("%d(%s)", arg, content), false
	}
	switch info {
	case 24:
		if arg < 32 {
			panic(malformed{})
		}
	case 25, 26, 27:
		return fmt.Sprintf("f%016x", widened(info, arg)), false
	}
	return fmt.Sprintf("s%d", arg), false
}

// widened turns the bits of a float into those of the same double.
func widened(info byte, bits uint64) uint64 {
	switch info {
	case 27:
		return bits
	case 26:
		if bits>>23&0xff == 0xff {
			return bits>>31<<63 | 0x7ff<<52 | bits&(1<<23-1)<<29
		}
		return math.Float64bits(float64(math.Float32frombits(uint32(bits))))
	}
	sign, exp, frac := bits>>15, int(bits>>10&31), bits&1023
	switch exp {
	case 31:
		return sign<<63 | 0x7ff<<52 | frac<<42
	case 0:
		return sign<<63 | math.Float64bits(math.Ldexp(float64(frac), -24))
	}
	return sign<<63 | math.Float64bits(math.Ldexp(float64(frac+1024), exp-25))
}

func (m *model) str(major byte, n uint64, open bool) (s []byte) {
	if !open {
		s = m.take(n)
		m.utf8 = m.utf8 || major == 3 && !utf8.Valid(s)
		return s
	}
	for {
		first := m.take(1)[0]
		if first == 0xff {
			return s
		}
		if first>>5 != major || first&31 == 31 {
			panic(malformed{})
		}
		m.off--
		chunk, _ := m.item(false)
		raw, _ := hex.DecodeString(chunk[1:])
		s = append(s, raw...)
	}
}

func (m *model) items(n uint64, open bool) (all []string) {
	for i := uint64(0); open || i < n; i++ {
		v, stop := m.item(open)
		if stop {
			break
		}
		all = append(all, v)
	}
	return all
}

func (m *model) pairs(n uint64, open bool) string {
	var all []string
	seen := map[string]bool{}
	for i := uint64(0); open || i < n; i++ {
		k, stop := m.item(open)
		if stop {
			break
		}
		v, _ := m.item(false)
		m.dup = m.dup || seen[k]
		seen[k] = true
		all = append(all, k+":"+v)
	}
	slices.Sort(all)
	return "{" + strings.Join(all, ",") + "}"
}

// wellFormed is what the CBOR library says.
var wellFormed = func() cbor.DecMode {
	mode, err := cbor.DecOptions{MaxNestedLevels: 65535, MaxArrayElements: math.MaxInt32, MaxMapPairs: math.MaxInt32}.DecMode()
	if err != nil {
		panic(err)
	}
	return mode
}()

// requireAgreement asserts that Check, Skip, the model and the library say the
// same of b.
func requireAgreement(t testing.TB, b []byte) {
	t.Helper()
	m, _, ok := modelOf(b)
	require.Equal(t, wellFormed.Wellformed(b) == nil, ok, "the model and the library differ on %x", b)

	end, err := abi.Skip(b, 0)
	if e, is := err.(*abi.SyntaxError); !is || e.Reason != abi.ReasonDepth {
		require.Equal(t, ok, err == nil && end == len(b), "Skip on %x: %v", b, err)
	}

	err = abi.Check(b, abi.Limits{Depth: len(b) + 1})
	if err == nil {
		require.True(t, ok && !m.utf8 && !m.dup, "Check accepts %x", b)
		return
	}
	e := err.(*abi.SyntaxError)
	require.LessOrEqual(t, e.Offset, len(b))
	switch e.Reason {
	case abi.ReasonUTF8:
		require.True(t, m.utf8, "Check on %x: %v", b, err)
	case abi.ReasonDuplicateKey:
		require.True(t, m.dup, "Check on %x: %v", b, err)
	default:
		require.False(t, ok, "Check on %x: %v", b, err)
	}
}

// randomItem appends an item, mostly a valid one, of the kinds that matter.
func randomItem(r *rand.Rand, dst []byte, depth int) []byte {
	major := byte(r.IntN(8))
	if depth == 0 && major >= abi.MajorArray && major <= abi.MajorTag {
		major = abi.MajorUint
	}
	n := uint64(r.IntN(4))
	head := func(n uint64) {
		switch r.IntN(6) {
		case 0:
			dst = append(dst, major<<5|24, byte(n))
		case 1:
			dst = append(dst, major<<5|25, 0, byte(n))
		default:
			dst = abi.AppendHead(dst, major, n)
		}
	}
	switch major {
	case abi.MajorUint, abi.MajorNegInt:
		head(n)
	case abi.MajorBytes, abi.MajorText:
		if r.IntN(4) == 0 {
			dst = append(dst, major<<5|31)
			for range n {
				dst = append(dst, major<<5|1, 'a'+byte(r.IntN(2)))
			}
			return append(dst, 0xff)
		}
		head(n)
		for range n {
			dst = append(dst, 'a'+byte(r.IntN(2)))
		}
	case abi.MajorArray, abi.MajorMap:
		items := n
		if major == abi.MajorMap {
			items *= 2
		}
		open := r.IntN(3) == 0
		if open {
			dst = append(dst, major<<5|31)
		} else {
			head(n)
		}
		for range items {
			dst = randomItem(r, dst, depth-1)
		}
		if open {
			dst = append(dst, 0xff)
		}
	case abi.MajorTag:
		head(n + 1)
		dst = randomItem(r, dst, depth-1)
	case abi.MajorSimple:
		switch r.IntN(4) {
		case 0:
			dst = append(dst, 0xf9, []byte{0, 0x80, 0x3c, 0x7e}[r.IntN(4)], 0)
		case 1:
			dst = append(dst, 0xfa, []byte{0, 0x80, 0x3f, 0x7f}[r.IntN(4)], []byte{0, 0x80, 0xc0}[r.IntN(3)], 0, 0)
		default:
			dst = append(dst, 0xf4+byte(n))
		}
	}
	return dst
}

func TestCheckAgreesWithTheModel(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	accepted, duplicate := 0, 0
	for range 50_000 {
		b := []byte{0xa4} // four keys, of few values, so that some are equal
		for range 4 {
			b = randomItem(r, b, r.IntN(4))
			b = randomItem(r, b, 1)
		}
		if r.IntN(8) == 0 && len(b) > 0 {
			b[r.IntN(len(b))] = byte(r.Uint32())
		}
		requireAgreement(t, b)
		err := abi.Check(b, abi.Limits{})
		if err == nil {
			accepted++
		} else if err.(*abi.SyntaxError).Reason == abi.ReasonDuplicateKey {
			duplicate++
		}
	}
	require.Greater(t, accepted, 1000, "the test must see items that are good")
	require.Greater(t, duplicate, 1000, "the test must see keys that are equal")
}

// A result of many keys that are containers must not cost the host many times its
// own size.
func TestKeysThatAreContainersTakeLittleMemory(t *testing.T) {
	const n = 200_000
	m := abi.AppendHead(nil, abi.MajorMap, n)
	for i := range uint64(n) {
		m = append(abi.AppendUint(append(m, 0x81), i<<16), 0)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	require.NoError(t, abi.Check(m, abi.Limits{}))
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(12*len(m)))
	last := len(m) - len(abi.AppendUint(nil, (n-1)<<16)) - 2
	require.Equal(t, byte(0x81), m[last])
	copy(m[last+1:], abi.AppendUint(nil, (n-2)<<16))
	requireSyntax(t, abi.Check(m, abi.Limits{}), last, abi.ReasonDuplicateKey)
}

func TestCheckFindsTheOneDuplicateAmongMany(t *testing.T) {
	for _, n := range []int{2, 12, 13, 63, 64, 65, 66, 200, 3000} {
		for _, ordered := range []bool{true, false} {
			m := abi.AppendHead(nil, abi.MajorMap, uint64(n))
			key := func(i int) string { return fmt.Sprintf("key %06d", i) }
			var last int
			for i := range n {
				j := i
				if !ordered {
					j = n - 1 - i
				}
				last = len(m)
				m = append(abi.AppendText(m, key(j)), 0)
			}
			require.NoError(t, abi.Check(m, abi.Limits{}))
			copy(m[last:], abi.AppendText(nil, key(n/2))) // the last key is now another one
			if n/2 == n-1 && ordered || n/2 == 0 && !ordered {
				copy(m[last:], abi.AppendText(nil, key(n-1-n/2)))
			}
			requireSyntax(t, abi.Check(m, abi.Limits{}), last, abi.ReasonDuplicateKey)
		}
	}
}
