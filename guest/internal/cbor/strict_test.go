package cbor_test

import (
	"encoding/hex"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/guest/internal/cbor"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	require.NoError(t, err)
	return b
}

// into decodes b into a new T.
func into[T any](b []byte) (any, error) {
	var v T
	err := cbor.Unmarshal(b, &v)
	return v, err
}

type decodeFunc func([]byte) (any, error)

func TestMalformedInput(t *testing.T) {
	type record struct {
		A any `cbor:"a"`
	}
	targets := map[string]decodeFunc{"any": into[any], "raw": into[abi.Raw], "an unknown field": func(b []byte) (any, error) {
		return into[record](append(append(unhex(t, "a2 6178"), b...), unhex(t, "6161 f6")...))
	}}
	for name, in := range map[string]struct{ hex, reason string }{
		"nothing":                              {"", "truncated"},
		"half a head":                          {"19 01", "truncated"},
		"half a text":                          {"62 61", "truncated"},
		"half an array":                        {"82 01", "truncated"},
		"an array of 2^63":                     {"9b 8000000000000000 01", "truncated"},
		"a map of 2^31 pairs":                  {"ba 80000000 0101", "truncated"},
		"half a map":                           {"a1 01", "truncated"},
		"text that is not UTF-8":               {"62 c328", "utf8"},
		"a chunk that is not UTF-8":            {"7f 61c3 6128 ff", "utf8"},
		"the same key twice":                   {"a2 6161 01 6161 02", "duplicate_key"},
		"the same key twice, in a long map":    {"ab 00 00 01 00 02 00 03 00 04 00 05 00 06 00 07 00 03 00 08 00 05 00", "duplicate_key"},
		"the same key three times":             {"a4 6162 00 6161 01 6161 02 6161 03", "duplicate_key"},
		"half a text in an array":              {"83 01 62 61", "truncated"},
		"too many arrays inside one another":   {strings.Repeat("81", 257) + "00", "depth"},
		"too many tags inside one another":     {strings.Repeat("c7", 257) + "00", "depth"},
		"the same key twice, not side by side": {"a3 6161 01 6162 02 6161 03", "duplicate_key"},
		"additional information 28":            {"1c", "reserved"},
		"a simple value in two bytes":          {"f8 18", "reserved"},
		"a break":                              {"ff", "break"},
		"a break in a map":                     {"bf 01 ff", "break"},
		"a number among chunks":                {"7f 01 ff", "chunk"},
		"chunks inside a chunk":                {"5f 5f 4101 ff ff", "chunk"},
		"an integer without end":               {"1f", "indefinite"},
	} {
		for target, decode := range targets {
			t.Run("it refuses "+name+" as "+target, func(t *testing.T) {
				b := unhex(t, in.hex)
				want := abi.Check(b, abi.Limits{})
				require.ErrorContains(t, want, in.reason)
				_, err := decode(b)
				var syntax *abi.SyntaxError
				require.ErrorAs(t, err, &syntax)
				if target != "an unknown field" {
					require.Equal(t, want, err, "it says what Check says, with the offset")
				}
			})
		}
	}
	t.Run("it refuses bytes after the item", func(t *testing.T) {
		_, err := into[any](unhex(t, "01 02"))
		require.ErrorContains(t, err, "trailing")
	})
	t.Run("it refuses a duplicate among keys that it does not know", func(t *testing.T) {
		_, err := into[record](unhex(t, "a3 6178 01 6161 02 6178 03"))
		require.ErrorContains(t, err, "duplicate_key")
	})
	t.Run("it refuses a known field twice", func(t *testing.T) {
		_, err := into[record](unhex(t, "a2 6161 01 6161 02"))
		require.ErrorContains(t, err, "duplicate_key")
	})
	t.Run("it refuses an integer key that came as text before", func(t *testing.T) {
		_, err := into[map[int]int](unhex(t, "a2 01 01 6131 02"))
		require.ErrorContains(t, err, "duplicate_key")
	})
	t.Run("it refuses a key that Go cannot compare, wherever that hides", func(t *testing.T) {
		for _, decode := range []decodeFunc{into[map[[1]any]int], into[map[struct {
			_ struct{} `cbor:",toarray"`
			A any
		}]int]} {
			_, err := decode(unhex(t, "a1 81 80 01"))
			var typed *cbor.TypeError
			require.ErrorAs(t, err, &typed)
			require.Equal(t, "$[key]", typed.Path)
			_, err = decode(unhex(t, "a1 81 07 01"))
			require.NoError(t, err)
		}
	})
	t.Run("it refuses two keys that Go finds equal", func(t *testing.T) {
		_, err := into[map[float64]int](unhex(t, "a2 01 01 f93c00 02"))
		require.ErrorContains(t, err, "duplicate_key")
	})
}

func TestWrongTypes(t *testing.T) {
	type item struct {
		Price float64 `cbor:"price"`
		Note  string  `json:"a note"`
	}
	type cart struct {
		Items []item          `cbor:"items"`
		By    map[int]item    `cbor:"by"`
		Named map[string]item `cbor:"named"`
	}
	for name, c := range map[string]struct {
		decode          decodeFunc
		value           any
		path, want, got string
	}{
		"text for a number":      {into[cart], map[string]any{"items": []any{map[string]any{"price": 1}, map[string]any{"price": "x"}}}, "$.items[1].price", "a number", "text"},
		"a map for an array":     {into[cart], map[string]any{"items": map[string]any{}}, "$.items", "an array", "a map"},
		"a number for text":      {into[cart], map[string]any{"by": map[int]any{-7: map[string]any{"a note": 5}}}, `$.by[-7]["a note"]`, "text", "an integer"},
		"a boolean for a struct": {into[cart], map[string]any{"named": map[string]any{"k": true}}, "$.named.k", "a map", "a boolean"},
		"a text for a key":       {into[cart], map[string]any{"by": map[string]any{"x": nil}}, "$.by[key]", "an integer", "text"},
		"a needless zero":        {into[map[int]int], map[string]int{"07": 1}, "$[key]", "an integer", "text"},
		"a negative zero":        {into[map[int]int], map[string]int{"-0": 1}, "$[key]", "an integer", "text"},
		"a null for a key":       {into[map[int]int], map[any]int{nil: 1}, "$[key]", "an integer", "null"},
		"too large a text key":   {into[map[int8]int], map[string]int{"128": 1}, "$[key]", "an integer from -128 to 127", "128"},
		"a negative text key":    {into[map[uint8]int], map[string]int{"-1": 1}, "$[key]", "an integer from 0 to 255", "-1"},
		"too large an integer":   {into[int8], 128, "$", "an integer from -128 to 127", "128"},
		"too small an integer":   {into[int8], -129, "$", "an integer from -128 to 127", "-129"},
		"a negative one":         {into[uint8], -1, "$", "an integer from 0 to 255", "-1"},
		"a huge one":             {into[int64], uint64(1 << 63), "$", "an integer from -9223372036854775808 to 9223372036854775807", "9223372036854775808"},
		"a float for an integer": {into[int], 1.5, "$", "an integer", "a float"},
		"a huge float":           {into[float32], 1e300, "$", "a number that float32 can hold", "a larger one"},
		"bytes for text":         {into[string], []byte("x"), "$", "text", "bytes"},
		"text for bytes":         {into[[]byte], "x", "$", "bytes", "text"},
		"too short an array":     {into[[2]int], []int{1}, "$", "exactly 2 elements", "1"},
		"too long an array":      {into[[2]int], []int{1, 2, 3}, "$", "exactly 2 elements", "3"},
		"too many bytes":         {into[[2]byte], []byte{1, 2, 3}, "$", "exactly 2 elements", "3"},
		"a short tuple":          {into[tuple], []int{1}, "$", "exactly 3 elements", "1"},
		"a future":               {into[string], abi.ID{1}, "$", "text", "a future that is not resolved"},
		"no future":              {into[abi.ID], "x", "$", "a future", "text"},
		"control characters":     {into[time.Time], "2026\r06-30T00:00:00Z", "$", "a time (RFC 3339 text, or seconds since 1970)", "text"},
		"text that is no time":   {into[time.Time], "2026-06-31T00:00:00Z", "$", "a time (RFC 3339 text, or seconds since 1970)", "text"},
		"a list as a key":        {into[any], map[any]any{1: 2, [1]int{1}: 2}, "$[key]", "a key that Go can compare", "an array"},
	} {
		t.Run("it names the place of "+name, func(t *testing.T) {
			_, err := c.decode(expected(t, c.value))
			var typed *cbor.TypeError
			require.ErrorAs(t, err, &typed)
			require.Equal(t, []string{c.path, c.want, c.got}, []string{typed.Path, typed.Want, typed.Got})
		})
	}
}

func TestLenientInput(t *testing.T) {
	type record struct {
		A int    `cbor:"a"`
		B string `cbor:"b"`
	}
	for name, c := range map[string]struct {
		hex    string
		decode decodeFunc
		want   any
	}{
		"lengths that are not the shortest": {"b9 0002 7801 61 1807 6162 7801 62", into[record], record{7, "b"}},
		"indefinite lengths":                {"bf 6161 07 6162 7f 61 78 61 79 ff ff", into[record], record{7, "xy"}},
		"keys in any order":                 {"a2 6162 6178 6161 07", into[record], record{7, "x"}},
		"keys that it does not know":        {"a3 6178 82 01 a1 01 02 6161 07 01 f6", into[record], record{A: 7}},
		"tags around a value":               {"d9d9f7 a1 6161 c1 07", into[record], record{A: 7}},
		"null for a struct":                 {"f6", into[record], record{}},
		"undefined for a number":            {"f7", into[int], 0},
		"an array for bytes":                {"83 01 02 18ff", into[[]byte], []byte{1, 2, 255}},
		"an open array":                     {"9f 01 02 ff", into[[]int], []int{1, 2}},
		"an open array for a fixed one":     {"9f 01 02 ff", into[[2]int], [2]int{1, 2}},
		"an integer for a float":            {"20", into[float64], -1.0},
		"seconds for a time":                {"c1 1a 5c295e80", into[time.Time], time.Unix(0x5c295e80, 0).UTC()},
		"half seconds for a time":           {"c1 f9 3e00", into[time.Time], time.Unix(1, 5e8).UTC()},
		"seconds before 1970":               {"21", into[time.Time], time.Unix(-2, 0).UTC()},
		"an offset in a time":               {"c0 78 19 323032362d30312d30315430303a33303a30302b30313a3030", into[time.Time], time.Date(2025, 12, 31, 23, 30, 0, 0, time.UTC)},
		"an unknown tag":                    {"d8 2a 01", into[any], cbor.Tag{Number: 42, Content: int64(1)}},
		"a future in an interface":          {"da706c6467 50 01000000000000000000000000000000", into[any], abi.ID{1}},
		"decimal texts for integer keys":    {"a3 61 30 01 03 02 62 2d37 03", into[map[int]int], map[int]int{0: 1, 3: 2, -7: 3}},
		"null for a list":                   {"f6", into[[]int], []int(nil)},
		"no name that differs only in case": {"a1 6141 07", into[record], record{}},
	} {
		t.Run("it takes "+name, func(t *testing.T) {
			got, err := c.decode(unhex(t, c.hex))
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestValuesWithoutAForm(t *testing.T) {
	type bad struct {
		List []map[string]chan int `cbor:"list"`
	}
	c := cbor.Of(reflect.TypeFor[bad]())
	require.EqualError(t, c.CanEncode(), "cbor: $.list[][]: a Go chan (chan int) has no CBOR form")
	require.EqualError(t, c.CanDecode(), "cbor: $.list[][]: a Go chan (chan int) has no CBOR form")
	onlyOut := cbor.Of(reflect.TypeFor[struct{ Err error }]())
	require.NoError(t, onlyOut.CanEncode())
	require.ErrorContains(t, onlyOut.CanDecode(), "$.Err: CBOR cannot be decoded into the interface error")
	require.ErrorContains(t, cbor.Of(reflect.TypeFor[struct{ x int }]()).CanEncode(), "no exported fields")

	require.EqualError(t, cbor.Of(reflect.TypeFor[struct {
		A int `cbor:"a,keyasint"`
	}]()).CanEncode(), "cbor: $: the field a of struct { A int \"cbor:\\\"a,keyasint\\\"\" } has the option keyasint and no integer as its name")

	for name, c := range map[string]struct {
		v    any
		want string
	}{
		"text that is not UTF-8":      {map[string]any{"a": []any{"\xff"}}, "cbor: $.a[0]: text that is not valid UTF-8; use []byte for bytes"},
		"a function":                  {[]any{func() {}}, "cbor: $[0]: a Go func (func()) has no CBOR form"},
		"keys that meet":              {map[any]int{1: 1, int8(1): 2}, "cbor: $: a map with two keys that are the same in CBOR"},
		"a year of five digits":       {time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), "cbor: $: a time outside the years 0 to 9999"},
		"raw bytes that are not CBOR": {struct{ R abi.Raw }{abi.Raw{0x82, 1}}, "cbor: $.R: abi.Raw: abi: truncated at byte 2: the input ends before the item does"},
	} {
		t.Run("it refuses "+name, func(t *testing.T) {
			b, err := cbor.Append([]byte{7}, c.v)
			require.EqualError(t, err, c.want)
			require.Equal(t, []byte{7}, b)
		})
	}
	require.Error(t, cbor.Unmarshal([]byte{1}, nil))
	require.Error(t, cbor.Unmarshal([]byte{1}, 5))
	require.Error(t, cbor.Unmarshal([]byte{1}, (*int)(nil)))
}

func TestOmitzeroGoesByValue(t *testing.T) {
	type holder struct {
		In struct{ S string } `cbor:"in,omitzero"`
	}
	var h holder
	h.In.S = strings.Repeat("x", 3)[3:] // no text, at an address
	b, err := cbor.Append(nil, h)
	require.NoError(t, err)
	require.Equal(t, []byte{0xa0}, b)
}

func TestMixedKeysTakeLinearTime(t *testing.T) {
	// Each map has a text key and then another kind of key: a decoder that
	// began each map anew would double its work at each level.
	b := []byte{0xf6}
	for range 200 {
		b = append(append(unhex(t, "a2 6161"), b...), 0x01, 0x02)
	}
	x, err := into[any](b)
	require.NoError(t, err)
	require.Len(t, x, 2)
}
