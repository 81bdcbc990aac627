package cbor_test

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
	"github.com/pledge-wasm/pledge/guest/internal/cbor"
)

type (
	inner struct {
		A int    `cbor:"a"`
		B string `cbor:"b,omitempty"`
	}
	base struct {
		ID   uint32 `json:"id"`
		Same string
	}
	order struct {
		base
		*DeepBase
		Name    string            `cbor:"name" json:"other"`
		Price   float64           `json:"price,omitempty"`
		Items   []inner           `json:"items"`
		Labels  map[string]string `json:"labels,omitempty"`
		Hidden  int               `json:"-"`
		Dash    int               `cbor:"-,"`
		hidden  int
		Next    *order          `json:"next,omitempty"`
		Empty   inner2          `json:"empty,omitempty"`
		Zero    inner2          `json:"zero,omitzero"`
		Data    []byte          `json:"data,omitempty"`
		Fixed   [3]byte         `json:"fixed"`
		When    time.Time       `json:"when,omitzero"`
		Numbers map[int8]uint16 `json:"numbers,omitempty"`
	}
	inner2 struct {
		X int `cbor:"x,omitempty"`
	}
	// DeepBase is exported so that an embedded pointer to it can be set.
	DeepBase struct {
		Deep string
		Same string
	}
	numbered struct {
		One   int    `cbor:"1,keyasint"`
		Minus string `cbor:"-7,keyasint,omitempty"`
		Big   bool   `cbor:"1000,keyasint"`
		Text  string `cbor:"1"`
	}
	tuple struct {
		_ struct{} `cbor:",toarray"`
		X int
		Y string
		Z *float64
	}
	named   string
	nothing struct{}
	words   [2]named
)

var half = 1.5

// values are Go values with one encoding.
var values = map[string]any{
	"false": false, "true": true,
	"zero": 0, "23": 23, "24": 24, "255": 255, "256": 256, "65535": 65535, "65536": 65536,
	"max32": int64(math.MaxUint32), "above32": int64(math.MaxUint32 + 1), "max": int64(math.MaxInt64), "min": int64(math.MinInt64),
	"-1": -1, "-24": -24, "-25": -25, "-256": -256, "-257": -257,
	"int8": int8(-128), "int16": int16(-32768), "int32": int32(math.MinInt32), "uint8": uint8(255),
	"uint16": uint16(65535), "uint32": uint32(math.MaxUint32), "uint64": uint64(math.MaxUint64),
	"float 0": 0.0, "float -0": math.Copysign(0, -1), "1.5": 1.5, "0.1": 0.1, "float32": float32(0.1), "inf": math.Inf(1), "-inf": math.Inf(-1),
	"65504": 65504.0, "65505": 65505.0, "2^-24": math.Ldexp(1, -24), "2^-25": math.Ldexp(1, -25), "2^-14": math.Ldexp(1, -14), "3*2^-24": math.Ldexp(3, -24),
	"max float32": float32(math.MaxFloat32), "max float64": math.MaxFloat64, "smallest": math.SmallestNonzeroFloat64,
	"text": "héllo", "no text": "", "long text": strings.Repeat("x", 70000), "named": named("n"),
	"bytes": []byte{1, 2}, "no bytes": []byte{}, "nil bytes": []byte(nil), "byte array": [4]byte{1, 2, 3, 4},
	"ints": []int{1, 2, 300}, "nil slice": []int(nil), "empty slice": []int{}, "array": [2]int{3, 4}, "words": words{"a", "b"},
	"nested": [][]string{{"a"}, {}, nil},
	"map":    map[string]int{"b": 1, "a": 2, "aa": 3, "": 4, strings.Repeat("k", 30): 5}, "nil map": map[string]int(nil), "empty map": map[string]int{},
	"int map": map[int]string{-1: "m", 0: "z", 10: "t", 100: "h", -1000: "k"}, "bool map": map[bool]int{true: 1, false: 0}, "float map": map[float64]int{1.5: 1, 1: 2},
	"struct map": map[inner]int{{1, "x"}: 1, {2, ""}: 2}, "array map": map[[2]int]bool{{1, 2}: true}, "set": map[named]nothing{"x": {}},
	"map of maps": map[string]map[string][]int{"x": {"y": {1}, "b": nil}, "a": {}},
	"struct":      inner{7, "seven"}, "omitted": inner{A: 7}, "nothing": nothing{},
	"order": order{
		base: base{ID: 9, Same: "base"}, DeepBase: &DeepBase{Deep: "d", Same: "deep"}, Name: "n", Price: 2.5,
		Items: []inner{{1, "one"}, {2, ""}}, Labels: map[string]string{"k": "v"}, Dash: 1,
		Next: &order{Name: "next"}, Empty: inner2{1}, Zero: inner2{2}, Data: []byte{9}, Fixed: [3]byte{1, 2, 3},
		When: time.Date(2026, 11, 24, 10, 0, 0, 120_000_000, time.UTC), Numbers: map[int8]uint16{-3: 4},
	},
	"empty order": order{}, "numbered": numbered{1, "m", true, "t"}, "numbered short": numbered{}, "tuple": tuple{X: 1, Y: "y", Z: &half}, "tuple nil": tuple{},
	"pointer": &half, "nil pointer": (*int)(nil),
	"time": time.Date(1969, 12, 31, 23, 59, 59, 1, time.UTC), "leap": time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC), "year 0": time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC), "9999": time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC),
	"raw": abi.Raw{0x82, 1, 2}, "future": abi.ID{1, 2, 3},
	"any list": []any{nil, true, "x", int64(-5), 1.25, []byte{1}, []any{}, map[string]any{"k": int64(7)}},
	"any keys": map[any]any{int64(1): "a", "x": nil, true: []any{}},
}

func TestValuesAgreeWithTheOracle(t *testing.T) {
	for name, v := range values {
		t.Run("it encodes and decodes "+name, func(t *testing.T) {
			want := expected(t, v)
			got, err := cbor.Append([]byte{0xaa}, v)
			require.NoError(t, err)
			require.Equal(t, append([]byte{0xaa}, want...), got)

			back := reflect.New(reflect.TypeOf(v))
			require.NoError(t, cbor.Unmarshal(want, back.Interface()))
			again, err := cbor.Of(reflect.TypeOf(v)).Append(nil, back.Interface())
			require.NoError(t, err)
			require.Equal(t, want, again)

			theirs := reflect.New(reflect.TypeOf(v))
			require.NoError(t, codec.Unmarshal(want, theirs.Interface()))
			require.Equal(t, theirs.Interface(), back.Interface())
		})
	}
}

func TestDecodingIntoInterfaces(t *testing.T) {
	for name, v := range values {
		if strings.HasPrefix(name, "struct map") || name == "array map" {
			continue // keys that are containers have no Go form in an interface
		}
		t.Run("it keeps "+name, func(t *testing.T) {
			want := expected(t, v)
			var x any
			require.NoError(t, cbor.Unmarshal(want, &x))
			got, err := cbor.Append(nil, x)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
}

func TestHiddenFieldsStayHidden(t *testing.T) {
	shown, err := cbor.Append(nil, order{})
	require.NoError(t, err)
	hidden, err := cbor.Append(nil, order{hidden: 1, Hidden: 2})
	require.NoError(t, err)
	require.Equal(t, shown, hidden)
}

func TestEncodingIsDeterministic(t *testing.T) {
	m := map[string]int{}
	for i := range 500 {
		m[strings.Repeat("k", i%40)+string(rune('a'+i%26))+string(rune('0'+i%10))] = i
	}
	want := expected(t, m)
	for range 20 {
		got, err := cbor.Append(nil, m)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

func TestDepthIsThatOfTheBoundary(t *testing.T) {
	nest := func(n int) any {
		var v any = "x"
		for range n {
			v = []any{v}
		}
		return v
	}
	b, err := cbor.Append(nil, nest(256))
	require.NoError(t, err)
	require.NoError(t, abi.Check(b, abi.Limits{}))
	var x any
	require.NoError(t, cbor.Unmarshal(b, &x))
	var raw abi.Raw
	require.NoError(t, cbor.Unmarshal(b, &raw))

	_, err = cbor.Append(nil, nest(257))
	require.ErrorContains(t, err, "256 deep")
	deeper := append([]byte{0x81}, b...)
	require.Error(t, abi.Check(deeper, abi.Limits{}))
	require.Error(t, cbor.Unmarshal(deeper, &x))
	require.Error(t, cbor.Unmarshal(deeper, &raw))
}

func TestCyclesEnd(t *testing.T) {
	type node struct{ Next *node }
	ring := &node{}
	ring.Next = ring
	_, err := cbor.Append(nil, ring)
	require.ErrorContains(t, err, "256 deep")
	var self any
	self = &self
	_, err = cbor.Append(nil, self)
	require.ErrorContains(t, err, "leads back")
	list := []any{nil}
	list[0] = list
	_, err = cbor.Append(nil, list)
	require.ErrorContains(t, err, "256 deep")
}
