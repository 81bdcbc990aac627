package abi_test

import (
	"math"
	"os"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
)

func TestSpan(t *testing.T) {
	for name, tc := range map[string]struct {
		ptr, n uint32
		want   abi.Span
		size   uint64
		in     bool
	}{
		"it packs nothing":                       {0, 0, 0, 0, true},
		"it packs a pointer and a length":        {1024, 3, 0x400_00000003, 1027, true},
		"it sees the byte that is missing":       {1024, 3, 0x400_00000003, 1026, false},
		"it packs the largest of both":           {math.MaxUint32, math.MaxUint32, math.MaxUint64, 1 << 32, false},
		"it lets an empty span stand at the end": {65536, 0, 0x10000_00000000, 65536, true},
		"it keeps an empty span from beyond":     {65537, 0, 0x10001_00000000, 65536, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := abi.MakeSpan(tc.ptr, tc.n)
			require.Equal(t, tc.want, s)
			require.Equal(t, [2]uint32{tc.ptr, tc.n}, [2]uint32{s.Ptr(), s.Len()})
			require.Equal(t, tc.in, s.In(tc.size))
		})
	}
}

func TestLevel(t *testing.T) {
	for in, want := range map[int32]string{
		math.MinInt32: "debug", -1: "debug", 0: "debug", 1: "info", 2: "warn", 3: "error", 4: "error", math.MaxInt32: "error",
	} {
		require.Equal(t, want, abi.ParseLevel(in).String())
		require.Equal(t, want, abi.Level(in).String(), "a level out of range has a name as well")
	}
}

func TestErrorsSpeak(t *testing.T) {
	require.Equal(t, "x: y", (&abi.GuestError{Code: "x", Message: "y"}).Error())
	require.Equal(t, "x", (&abi.GuestError{Code: "x"}).Error())
	require.Equal(t, "y", (&abi.GuestError{Message: "y"}).Error())
	require.Equal(t, "abi: truncated at byte 3: the input ends before the item does", (&abi.SyntaxError{Offset: 3, Reason: abi.ReasonTruncated}).Error())
	require.Equal(t, "abi: shape at byte 0: no", (&abi.SyntaxError{Reason: abi.ReasonShape, Detail: "no"}).Error())
	require.Equal(t, "abi: new at byte 0", (&abi.SyntaxError{Reason: "new"}).Error())
}

func TestLimits(t *testing.T) {
	item := unhex(t, "82 01 81 7f 6161 6162 ff") // 6 items, 2 deep, 9 bytes
	for name, tc := range map[string]struct {
		lim    abi.Limits
		off    int
		reason abi.Reason
	}{
		"it takes the item by default":      {},
		"it takes the item within limits":   {lim: abi.Limits{Depth: 2, Items: 6, Bytes: 9}},
		"it takes it within large limits":   {lim: abi.Limits{Depth: math.MaxInt, Items: math.MaxInt, Bytes: math.MaxInt}},
		"it counts depth":                   {abi.Limits{Depth: 1}, 2, abi.ReasonDepth},
		"it takes no container if negative": {abi.Limits{Depth: -1}, 0, abi.ReasonDepth},
		"it counts items":                   {abi.Limits{Items: 3}, 3, abi.ReasonItems},
		"it counts chunks":                  {abi.Limits{Items: 5}, 6, abi.ReasonItems},
		"it takes no item if negative":      {abi.Limits{Items: -1}, 0, abi.ReasonItems},
		"it counts bytes":                   {abi.Limits{Bytes: 8}, 8, abi.ReasonSize},
		"it takes no byte if negative":      {abi.Limits{Bytes: -1}, 0, abi.ReasonSize},
	} {
		t.Run(name, func(t *testing.T) {
			err := abi.Check(item, tc.lim)
			response, rerr := abi.ParseResponse(abi.AppendValue(nil, item), larger(tc.lim))
			if tc.reason == "" {
				require.NoError(t, err)
				require.NoError(t, rerr)
				require.Equal(t, abi.Raw(item), response.Value)
				return
			}
			requireSyntax(t, err, tc.off, tc.reason)
			if tc.lim.Bytes == 0 {
				requireSyntax(t, rerr, tc.off+2, tc.reason)
			}
		})
	}
}

// larger is lim with room for the two bytes of an envelope.
func larger(lim abi.Limits) abi.Limits {
	if lim.Bytes > 0 && lim.Bytes < math.MaxInt {
		lim.Bytes += 2
	}
	return lim
}

func TestElementsOfOneByteCount(t *testing.T) {
	requireSyntax(t, abi.Check(unhex(t, "8a 00010203040506070809"), abi.Limits{Items: 6}), 6, abi.ReasonItems)
	require.NoError(t, abi.Check(unhex(t, "8a 00010203040506070809"), abi.Limits{Items: 11}))
}

// Every half, and singles and doubles around the borders, must come out as the
// library writes and reads them.
func TestFloatsAgreeWithTheLibrary(t *testing.T) {
	enc, err := cbor.CoreDetEncOptions().EncMode()
	require.NoError(t, err)
	check := func(f float64) {
		want, err := enc.Marshal(f)
		require.NoError(t, err)
		got := abi.AppendFloat(nil, f)
		require.Equal(t, want, got, "%v", f)
		h, _, err := abi.ReadHead(got, 0)
		require.NoError(t, err)
		if f == f {
			require.Equal(t, math.Float64bits(f), math.Float64bits(h.Float64()))
		}
	}
	for bits := range 1 << 16 {
		in := []byte{0xf9, byte(bits >> 8), byte(bits)}
		var f float64
		require.NoError(t, cbor.Unmarshal(in, &f))
		h, _, err := abi.ReadHead(in, 0)
		require.NoError(t, err)
		if f != f {
			require.True(t, math.IsNaN(h.Float64()))
			continue
		}
		require.Equal(t, math.Float64bits(f), math.Float64bits(h.Float64()))
		check(f)
		check(math.Nextafter(f, 9))
		check(float64(math.Nextafter32(float32(f), 9)))
	}
	for _, f := range []float64{math.MaxFloat64, math.SmallestNonzeroFloat64, math.MaxFloat32, math.SmallestNonzeroFloat32, 1e300, 0.1, math.Inf(1), math.Inf(-1), math.NaN()} {
		check(f)
		check(-f)
	}
}

func TestHeadsAreShortest(t *testing.T) {
	for _, n := range []uint64{0, 23, 24, 255, 256, 65535, 65536, math.MaxUint32, math.MaxUint32 + 1, math.MaxUint64} {
		for major := range byte(abi.MajorSimple) {
			b := abi.AppendHead(nil, major, n)
			h, next, err := abi.ReadHead(b, 0)
			require.NoError(t, err)
			require.Equal(t, len(b), next)
			require.Equal(t, major, h.Major)
			require.Equal(t, n, h.Arg)
			require.True(t, h.Shortest())
			_, _, err = abi.ReadHead(b[:len(b)-1], 0)
			requireSyntax(t, err, 0, abi.ReasonTruncated)
		}
	}
	for _, long := range []string{"1817", "1900ff", "1a0000ffff", "1b00000000ffffffff"} {
		h, _, err := abi.ReadHead(unhex(t, long), 0)
		require.NoError(t, err)
		require.False(t, h.Shortest(), long)
	}
}

func TestSkipStopsBehindTheItem(t *testing.T) {
	in := unhex(t, "00 82 01 9f bf 01 80 ff ff 02")
	end, err := abi.Skip(in, 1)
	require.NoError(t, err)
	require.Equal(t, 9, end)
	_, err = abi.Skip(in[:8], 1)
	requireSyntax(t, err, 8, abi.ReasonTruncated)
	_, err = abi.Skip([]byte(strings.Repeat("\x9f", 300)), 0)
	requireSyntax(t, err, 256, abi.ReasonDepth)
	deep := []byte(strings.Repeat("\x81", 1<<20) + "\x00")
	end, err = abi.Skip(deep, 0)
	require.NoError(t, err)
	require.Equal(t, len(deep), end)
}

func TestNothingIsAllocated(t *testing.T) {
	unordered := unhex(t, "a3 6163 01 6162 82 01 02 6161 a2 02 01 01 02")
	deep := append([]byte(strings.Repeat("\x9f", 256)), strings.Repeat("\xff", 256)...)
	ordered := samples()["one map, ordered"]
	response := abi.AppendValue(nil, unordered)
	reference := append([]byte{0x81}, abi.AppendFuture(nil, abi.ID{1})...)
	for name, run := range map[string]func() error{
		"it checks small maps":   func() error { return abi.Check(unordered, abi.Limits{}) },
		"it checks deep arrays":  func() error { return abi.Check(deep, abi.Limits{}) },
		"it checks ordered maps": func() error { return abi.Check(ordered, abi.Limits{}) },
		"it skips":               func() error { _, err := abi.Skip(unordered, 0); return err },
		"it parses a response":   func() error { _, err := abi.ParseResponse(response, abi.Limits{}); return err },
		"it finds futures": func() (err error) {
			for _, err = range abi.Futures(reference) {
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, run())
			require.Zero(t, testing.AllocsPerRun(10, func() { _ = run() }))
		})
	}
}

func TestSpecificationNamesEverything(t *testing.T) {
	text, err := os.ReadFile("SPEC.md")
	require.NoError(t, err)
	names := []string{
		abi.ExportMemory, abi.ExportInitialize, abi.ExportAlloc, abi.ExportCall, abi.ExportDescribe,
		abi.ImportModule, abi.ImportCall, abi.ImportTake, abi.ImportLog, abi.ReservedPrefix,
		abi.FuncSubmit, abi.FuncAwait, abi.FuncCancel, abi.FuncProgress,
		abi.BoundaryBadRequest, abi.BoundaryBadArgs, abi.BoundaryNotGranted, abi.BoundaryUnknownFunction, abi.BoundaryUnknownFuture,
	}
	for _, c := range abi.Codes() {
		names = append(names, string(c))
	}
	for _, r := range []abi.Reason{
		abi.ReasonTruncated, abi.ReasonTrailing, abi.ReasonDepth, abi.ReasonItems, abi.ReasonSize, abi.ReasonDuplicateKey, abi.ReasonUTF8, abi.ReasonReserved,
		abi.ReasonBreak, abi.ReasonChunk, abi.ReasonIndefinite, abi.ReasonShape, abi.ReasonShortest, abi.ReasonFuture, abi.ReasonVersion,
		abi.ReasonStopped,
	} {
		names = append(names, string(r))
	}
	for _, n := range names {
		require.Contains(t, string(text), "`"+n+"`")
	}
	require.Contains(t, string(text), "1886151783")
	require.Equal(t, abi.FutureTag, 0x706C6467)
}

func TestRawAndID(t *testing.T) {
	b, err := abi.Raw(nil).MarshalCBOR()
	require.NoError(t, err)
	require.Equal(t, []byte{0xf6}, b)

	id := abi.ID{0x01, 0x8f, 0x3c, 0x5a, 0, 0, 0x70, 0, 0x80, 15: 1}
	require.Equal(t, "018f3c5a-0000-7000-8000-000000000001", id.String())
	b, err = id.MarshalCBOR()
	require.NoError(t, err)
	var back abi.ID
	require.NoError(t, back.UnmarshalCBOR(b))
	require.Equal(t, id, back)
	requireSyntax(t, back.UnmarshalCBOR(append(b, 0)), 22, abi.ReasonTrailing)
	requireSyntax(t, back.UnmarshalCBOR([]byte{0}), 0, abi.ReasonFuture)
}

func TestEnvelopesOfThePledgesOwn(t *testing.T) {
	all := &abi.GuestError{Code: "c", Message: "m", Data: abi.Raw{0x01}, Retry: true, State: "Crashed"}
	b := abi.AppendError(nil, all)
	enc, err := cbor.CoreDetEncOptions().EncMode()
	require.NoError(t, err)
	want, err := enc.Marshal([]any{1, map[string]any{"code": "c", "message": "m", "data": 1, "retry": true, "state": "Crashed"}})
	require.NoError(t, err)
	require.Equal(t, want, b, "it must be deterministic CBOR")
	r, err := abi.ParseResponse(b, abi.Limits{})
	require.NoError(t, err)
	require.Equal(t, all, r.Err)
	require.Equal(t, unhex(t, "82 00 f6"), abi.AppendValue(nil, nil))
	require.Equal(t, unhex(t, "82 60 f6"), abi.AppendRequest(nil, "", nil))

	m := &abi.Manifest{Name: "n", Version: "v", SDK: "s", Tasks: []abi.TaskInfo{{Name: "t", Doc: "d", Input: abi.Raw{0xf5}, Output: abi.Raw{0xa0}}}}
	want, err = enc.Marshal(map[string]any{"abi": 1, "name": "n", "version": "v", "sdk": "s",
		"tasks": []any{map[string]any{"name": "t", "doc": "d", "input": true, "output": map[string]int{}}}})
	require.NoError(t, err)
	require.Equal(t, want, abi.AppendManifest(nil, m), "it must be deterministic CBOR")
}

func TestAResponseIsNeverDeeperThanTheBoundaryAllows(t *testing.T) {
	deep := strings.Repeat("\x9f", 300) + strings.Repeat("\xff", 300)
	_, err := abi.ParseResponse([]byte("\x82\x00"+deep), abi.Limits{Depth: 1000})
	requireSyntax(t, err, 2+abi.MaxDepth, abi.ReasonDepth)
	_, err = abi.ParseResponse([]byte("\x9f\x00"+deep+"\xff"), abi.Limits{Depth: 1000})
	requireSyntax(t, err, 2+abi.MaxDepth, abi.ReasonDepth)
}

func TestSplitRequestTakesTheHostsWord(t *testing.T) {
	task, args, err := abi.SplitRequest(unhex(t, "82 61 74 82 01"))
	require.NoError(t, err)
	require.Equal(t, "t", string(task))
	require.Equal(t, abi.Raw{0x82, 0x01}, args)
	_, _, err = abi.SplitRequest(unhex(t, "82 61 74"))
	requireSyntax(t, err, 3, abi.ReasonTruncated)
	_, _, err = abi.SplitRequest(unhex(t, "81 61 74 01"))
	requireSyntax(t, err, 0, abi.ReasonShape)
}

func TestSplitResponseTakesTheHostsWord(t *testing.T) {
	r, err := abi.SplitResponse(unhex(t, "82 00 82 01"))
	require.NoError(t, err)
	require.Equal(t, abi.Response{Value: abi.Raw{0x82, 0x01}}, r)
	want := &abi.GuestError{Code: "not_granted", Message: "no", State: "Failed"}
	r, err = abi.SplitResponse(abi.AppendError(nil, want))
	require.NoError(t, err)
	require.Equal(t, want, r.Err)
	for _, in := range []string{"", "82", "82 00", "82 02 00", "9f 00 00 ff"} {
		_, err = abi.SplitResponse(unhex(t, in))
		requireSyntax(t, err, 0, abi.ReasonShape)
	}
}

func TestPath(t *testing.T) {
	// {"a b": [1, {-1: 100([true])}], "c": {"d": {}}, 7: null}
	in := unhex(t, "a3 63 61 20 62 82 01 a1 20 d8 64 81 f5 61 63 a1 61 64 a0 07 f6")
	for off, want := range map[int]string{
		0: "$", 1: `$["a b"]~`, 3: `$["a b"]~`, 5: `$["a b"]`, 6: `$["a b"][0]`, 7: `$["a b"][1]`, 8: `$["a b"][1][{-1}]~`,
		9: `$["a b"][1][{-1}]`, 12: `$["a b"][1][{-1}][0]`, 13: "$.c~", 15: "$.c", 18: "$.c.d", 20: "$[{7}]", 21: "$", 99: "$",
	} {
		require.Equal(t, want, abi.Path(in, off), "at %d", off)
	}
	require.Equal(t, `$["`+strings.Repeat("k", 64)+`..."]`, abi.Path(append(append([]byte{0xa1, 0x78, 100}, strings.Repeat("k", 100)...), 0), 103))
}
