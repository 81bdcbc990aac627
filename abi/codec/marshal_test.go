package codec_test

import (
	"encoding/hex"
	"errors"
	"math"
	"math/big"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
)

type page struct {
	Title string   `json:"title"`
	Words int      `cbor:"words"`
	Notes any      `json:"notes,omitempty"`
	Skip  chan int `json:"-"`
}

type celsius float64

// MarshalCBOR makes celsius speak for itself, in an indefinite array.
func (c celsius) MarshalCBOR() ([]byte, error) {
	return append(abi.AppendFloat([]byte{0x9f}, float64(c)), 0xff), nil
}

var errOverheated = errors.New("overheated")

type failing struct{}

func (failing) MarshalCBOR() ([]byte, error) { return nil, errOverheated }

func TestMarshal(t *testing.T) {
	big1, _ := new(big.Int).SetString("18446744073709551616", 10)
	id := abi.ID{1, 2, 15: 16}
	for name, tc := range map[string]struct {
		in   any
		want string
	}{
		"it writes nil":                      {nil, "f6"},
		"it writes a nil slice as null":      {[]byte(nil), "f6"},
		"it writes a nil pointer as null":    {(*page)(nil), "f6"},
		"it writes true":                     {true, "f5"},
		"it writes small integers":           {-1, "20"},
		"it writes the smallest integer":     {int64(math.MinInt64), "3b7fffffffffffffff"},
		"it writes the largest integer":      {uint64(math.MaxUint64), "1bffffffffffffffff"},
		"it shortens floats":                 {1.5, "f93e00"},
		"it keeps floats":                    {1.1, "fb3ff199999999999a"},
		"it writes one NaN":                  {math.Float64frombits(0x7ff8000000000001), "f97e00"},
		"it writes text":                     {"é", "62c3a9"},
		"it writes bytes":                    {[]byte{1, 2}, "420102"},
		"it sorts keys":                      {map[string]int{"b": 1, "aa": 2, "a": 3}, "a3 6161 03 6162 01 626161 02"},
		"it writes keys of any type":         {map[any]any{"a": 1, 7: 2, false: 3}, "a3 07 02 6161 01 f4 03"},
		"it writes structs by their tags":    {page{Title: "x", Words: 2}, "a2 65 7469746c65 61 78 65 776f726473 02"},
		"it writes a small big integer":      {big.NewInt(7), "07"},
		"it writes a large big integer":      {big1, "c2 49 010000000000000000"},
		"it writes time with its tag":        {time.Unix(0, 5).In(time.FixedZone("x", 3600)), "c0 78 1e" + hex.EncodeToString([]byte("1970-01-01T00:00:00.000000005Z"))},
		"it writes a future":                 {id, "da706c646750 01020000000000000000000000000010"},
		"it writes a future inside":          {[]any{id}, "81 da706c646750 01020000000000000000000000000010"},
		"it writes raw items as they are":    {[]abi.Raw{{0x9f, 0xff}, nil}, "82 9fff f6"},
		"it lets types speak for themselves": {[]celsius{1}, "81 9f f93c00 ff"},
		"it writes tags":                     {codec.Tag{Number: 100, Content: 1}, "d864 01"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := codec.Marshal(tc.in)
			require.NoError(t, err)
			require.Equal(t, hex.EncodeToString(unhex(t, tc.want)), hex.EncodeToString(got))

			appended, err := codec.Append([]byte{9}, tc.in)
			require.NoError(t, err)
			require.Equal(t, append([]byte{9}, got...), appended)
		})
	}
}

func TestMarshalRefuses(t *testing.T) {
	cyclic := map[string]any{}
	cyclic["self"] = []any{cyclic}
	type node struct{ Next *node }
	ring := new(node)
	ring.Next = ring
	type pointer *pointer
	var p pointer
	p = &p
	deep := any(1)
	for range abi.MaxDepth + 1 {
		deep = []any{deep}
	}
	for name, in := range map[string]any{
		"it refuses channels":                   make(chan int),
		"it refuses functions inside":           map[string]any{"f": func() {}},
		"it refuses maps that hold themselves":  cyclic,
		"it refuses rings of structs":           ring,
		"it refuses pointers to themselves":     p,
		"it refuses values that are too deep":   deep,
		"it refuses text that is not UTF-8":     "\xff",
		"it refuses such text inside":           []string{"\xff"},
		"it refuses raw items that are not":     abi.Raw{0x82, 1},
		"it refuses raw items with a key twice": []abi.Raw{{0xa2, 1, 1, 1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := codec.Marshal(in)
			require.Error(t, err)
			require.Nil(t, b)
		})
	}
	_, err := codec.Marshal(failing{})
	require.ErrorIs(t, err, errOverheated, "the cause must stay reachable")
}

func TestMarshalTakesTheDeepestValue(t *testing.T) {
	deep := any(1)
	for range abi.MaxDepth {
		deep = []any{deep}
	}
	b, err := codec.Marshal(deep)
	require.NoError(t, err)
	var back any
	require.NoError(t, codec.Unmarshal(b, &back))
	require.Equal(t, abi.MaxDepth+1, len(b))

	type node struct {
		Next  *node
		Other any
	}
	list := &node{}
	for i := range abi.MaxDepth - 1 {
		if i%2 == 0 {
			list = &node{Next: list}
		} else {
			list = &node{Other: list}
		}
	}
	b, err = codec.Marshal(list)
	require.NoError(t, err, "pointers and interfaces make no item of their own")
	require.NoError(t, codec.Unmarshal(b, new(node)))
	_, err = codec.Marshal(&node{Next: list})
	require.ErrorContains(t, err, "nested")
}

func TestUnmarshalIntoAny(t *testing.T) {
	big1, _ := new(big.Int).SetString("18446744073709551616", 10)
	for name, tc := range map[string]struct {
		in   string
		want any
	}{
		"it reads null":                            {"f6", nil},
		"it reads integers":                        {"1864", int64(100)},
		"it reads integers beyond int64":           {"1bffffffffffffffff", new(big.Int).SetUint64(math.MaxUint64)},
		"it reads bignums":                         {"c2 49 010000000000000000", big1},
		"it reads floats":                          {"f93e00", 1.5},
		"it reads chunks":                          {"7f 6161 6162 ff", "ab"},
		"it reads bytes":                           {"4101", []byte{1}},
		"it reads maps of texts":                   {"a1 6161 01", map[string]any{"a": int64(1)}},
		"it reads maps of integers":                {"a1 01 02", map[any]any{int64(1): int64(2)}},
		"it reads each map by its own keys":        {"a2 01 a1 6161 02 6162 81 a1 6163 03", map[any]any{int64(1): map[string]any{"a": int64(2)}, "b": []any{map[string]any{"c": int64(3)}}}},
		"it reads maps of texts around others":     {"a1 6161 a1 01 02", map[string]any{"a": map[any]any{int64(1): int64(2)}}},
		"it reads texts inside a tag among others": {"82 a1 01 02 d864 a1 6161 01", []any{map[any]any{int64(1): int64(2)}, codec.Tag{Number: 100, Content: map[string]any{"a": int64(1)}}}},
		"it keeps unknown tags":                    {"d864 01", codec.Tag{Number: 100, Content: int64(1)}},
		"it reads times":                           {"c1 00", time.Unix(0, 0)},
		"it reads futures":                         {"da706c646750 01020000000000000000000000000010", abi.ID{1, 2, 15: 16}},
		"it reads simple values":                   {"f8ff", codec.Simple(255)},
	} {
		t.Run(name, func(t *testing.T) {
			var got any
			require.NoError(t, codec.Unmarshal(unhex(t, tc.in), &got))
			if want, ok := tc.want.(time.Time); ok {
				require.WithinDuration(t, want, got.(time.Time), 0)
				return
			}
			require.Equal(t, tc.want, got)
		})
	}
}

func TestUnmarshalIntoTypes(t *testing.T) {
	t.Run("it reads structs", func(t *testing.T) {
		var p page
		require.NoError(t, codec.Unmarshal(unhex(t, "a4 65 7469746c65 61 78 65 776f726473 02 65 6e6f746573 a1 01 a1 6161 02 00 00"), &p))
		require.Equal(t, page{Title: "x", Words: 2, Notes: map[any]any{int64(1): map[string]any{"a": int64(2)}}}, p)
	})
	t.Run("it reads maps with any inside", func(t *testing.T) {
		var m map[string][]any
		require.NoError(t, codec.Unmarshal(unhex(t, "a1 6161 82 a1 01 02 a1 6161 01"), &m))
		require.Equal(t, map[string][]any{"a": {map[any]any{int64(1): int64(2)}, map[string]any{"a": int64(1)}}}, m)
	})
	t.Run("it reads a NaN as a key once", func(t *testing.T) {
		var x any
		require.NoError(t, codec.Unmarshal(unhex(t, "a2 f97e00 a1 6161 01 02 03"), &x))
		require.Len(t, x, 2)
		var m map[float64]any
		require.NoError(t, codec.Unmarshal(unhex(t, "a2 f97e00 a1 6161 01 02 03"), &m))
		require.Len(t, m, 2)
		require.Equal(t, int64(3), m[2])
		for k, v := range m {
			require.True(t, k == 2 || reflect.DeepEqual(v, map[string]any{"a": int64(1)}), "it settles what is under it")
		}
	})
	t.Run("it copies raw items", func(t *testing.T) {
		in := unhex(t, "82 01 02")
		var r abi.Raw
		require.NoError(t, codec.Unmarshal(in, &r))
		in[1] = 9
		require.Equal(t, abi.Raw{0x82, 1, 2}, r)
	})
	t.Run("it reads integers and floats exactly", func(t *testing.T) {
		var i int64
		require.NoError(t, codec.Unmarshal(unhex(t, "3b7fffffffffffffff"), &i))
		require.Equal(t, int64(math.MinInt64), i)
		var f float64
		require.NoError(t, codec.Unmarshal(unhex(t, "01"), &f))
		require.Equal(t, 1.0, f)
		var n int
		require.NoError(t, codec.Unmarshal(unhex(t, "20"), &n))
		require.Equal(t, -1, n)
		var b bool
		require.NoError(t, codec.Unmarshal(unhex(t, "f5"), &b))
		require.True(t, b)
		var s string
		require.NoError(t, codec.Unmarshal(unhex(t, "6161"), &s))
		require.Equal(t, "a", s)
		require.NoError(t, codec.Unmarshal(unhex(t, "7f 6161 6162 ff"), &s))
		require.Equal(t, "ab", s)
	})
	t.Run("it reads futures", func(t *testing.T) {
		var id abi.ID
		require.NoError(t, codec.Unmarshal(abi.AppendFuture(nil, abi.ID{7}), &id))
		require.Equal(t, abi.ID{7}, id)
	})
}

func TestUnmarshalRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		in   string
		into any
	}{
		"it refuses what is not an item":       {"82 01", new(any)},
		"it refuses keys that come twice":      {"a2 01 01 1801 01", new(any)},
		"it refuses a text for an integer":     {"6161", new(int)},
		"it refuses a float for an integer":    {"f93c00", new(int)},
		"it refuses a number that is too big":  {"190100", new(uint8)},
		"it refuses a negative for a uint":     {"20", new(uint)},
		"it refuses keys that Go cannot have":  {"a1 8101 01", new(any)},
		"it refuses keys that meet in Go":      {"a2 01 01 f93c00 02", new(map[float64]int)},
		"it refuses a value for a destination": {"01", 1},
		"it refuses a nil pointer":             {"01", (*int)(nil)},
		"it refuses nothing at all":            {"01", nil},
		"it refuses a future of another shape": {"da706c646741 01", new(abi.ID)},
	} {
		t.Run(name, func(t *testing.T) {
			require.Error(t, codec.Unmarshal(unhex(t, tc.in), tc.into))
		})
	}
}
