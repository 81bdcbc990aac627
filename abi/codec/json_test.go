package codec_test

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
)

func TestFromJSON(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"it reads null":                           {" null ", "f6"},
		"it reads booleans":                       {"[true,false]", "82 f5 f4"},
		"it reads integers":                       {"[0, 23, 24, -1, -25]", "85 00 17 1818 20 3818"},
		"it reads the largest integer of 64 bits": {"18446744073709551615", "1bffffffffffffffff"},
		"it reads the smallest without a tag":     {"-18446744073709551616", "3bffffffffffffffff"},
		"it keeps the digits of larger ones":      {"18446744073709551616", "c2 49 010000000000000000"},
		"it keeps the digits of smaller ones":     {"-18446744073709551617", "c3 49 010000000000000000"},
		"it reads whole floats as floats":         {"[1.0, 1e2, 1E+2, -0, -0.0]", "85 f93c00 f95640 f95640 f98000 f98000"},
		"it reads floats":                         {"[1.1, 5.960464477539063e-8, 3.4028234663852886e+38]", "83 fb3ff199999999999a f90001 fa7f7fffff"},
		"it rounds floats too small to zero":      {"1e-999", "f90000"},
		"it reads text":                           {`"é\u00e9\n\"\\\/\b\f\r\t"`, "6c c3a9 c3a9 0a 22 5c 2f 08 0c 0d 09"},
		"it reads surrogate pairs":                {`"\ud834\udd1e"`, "64 f09d849e"},
		"it keeps the order of keys":              {`{"b": 1, "a": {}}`, "a2 6162 01 6161 a0"},
		"it reads long arrays":                    {"[" + strings.Repeat("1,", 29) + "1]", "98 1e" + strings.Repeat("01", 30)},
		"it reads empty containers":               {"[[], {}, [ ], { }]", "84 80 a0 80 a0"},
		"it tells keys of many apart":             {`{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1}`, "aa 6161 01 6162 01 6163 01 6164 01 6165 01 6166 01 6167 01 6168 01 6169 01 616a 01"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := codec.FromJSON([]byte(tc.in))
			require.NoError(t, err)
			require.Equal(t, hex.EncodeToString(unhex(t, tc.want)), hex.EncodeToString(got))
			require.NoError(t, abi.Check(got, abi.Limits{}))
		})
	}
}

func TestFromJSONRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		in           string
		line, column int
		message      string
	}{
		"it wants a value":                      {"", 1, 1, "ends where a value"},
		"it wants a value between commas":       {"[1,,2]", 1, 4, "want a value"},
		"it wants no comma at the end":          {"[1,]", 1, 4, "want a value"},
		"it wants an end":                       {"[1", 1, 3, "want a comma or ]"},
		"it wants commas":                       {"{\"a\":1\n \"b\":2}", 2, 2, "want a comma or }"},
		"it wants a colon":                      {`{"a" 1}`, 1, 6, "colon"},
		"it wants keys in quotes":               {`{a:1}`, 1, 2, "double quotes"},
		"it wants nothing after the value":      {"1 2", 1, 3, "more text"},
		"it wants words spelt out":              {"nul", 1, 1, "want a value"},
		"it refuses leading zeros":              {"01", 1, 1, "not a number"},
		"it refuses a bare minus":               {"-", 1, 1, "not a number"},
		"it refuses an empty fraction":          {"1.", 1, 1, "not a number"},
		"it refuses an empty exponent":          {"1e+", 1, 1, "not a number"},
		"it refuses a plus":                     {"+1", 1, 1, "want a value"},
		"it refuses NaN":                        {"NaN", 1, 1, "want a value"},
		"it refuses numbers beyond a float":     {"[1e999]", 1, 2, "too large"},
		"it refuses endless digits":             {strings.Repeat("9", 40000), 1, 1, "39457 digits"},
		"it refuses a key that comes twice":     {"{\"a\":1,\n\"b\":{},\n \"\\u0061\":2}", 3, 2, `has the key "\u0061" already`},
		"it refuses the tenth key again":        {`{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"j":1}`, 1, 62, "already"},
		"it refuses one of the first keys":      {`{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"a":1}`, 1, 62, "already"},
		"it refuses text that is not UTF-8":     {"\"\xff\"", 1, 1, "UTF-8"},
		"it refuses such text after an escape":  {"\"\\n\xff\"", 1, 1, "UTF-8"},
		"it refuses text without an end":        {`"abc`, 1, 1, "no end"},
		"it refuses an escape without an end":   {`"abc\`, 1, 5, "no end"},
		"it refuses unknown escapes":            {`"\x41"`, 1, 2, "no such escape"},
		"it refuses short escapes":              {`"\u00"`, 1, 2, "four hexadecimal"},
		"it refuses odd digits in escapes":      {`"\u+123"`, 1, 2, "four hexadecimal"},
		"it refuses half a pair":                {`"a\ud834b"`, 1, 3, "surrogate"},
		"it refuses the wrong half":             {`"\udd1e\ud834"`, 1, 2, "surrogate"},
		"it refuses raw control characters":     {"\"a\tb\"", 1, 3, "control character"},
		"it refuses raw ones after an escape":   {"\"\\na\tb\"", 1, 5, "control character"},
		"it refuses what is nested too deeply":  {strings.Repeat("[", 257) + strings.Repeat("]", 257), 1, 257, "nested"},
		"it counts the tag of a bignum as well": {strings.Repeat("[", 256) + "18446744073709551616" + strings.Repeat("]", 256), 1, 257, "nested"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := codec.FromJSON([]byte(tc.in))
			require.Nil(t, got)
			var je *codec.JSONError
			require.True(t, errors.As(err, &je), "%v", err)
			require.Contains(t, je.Error(), tc.message)
			require.Equal(t, [2]int{tc.line, tc.column}, [2]int{je.Line, je.Column})
		})
	}
}

func TestToJSON(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"it writes the words":                 {"83 f6 f5 f4", "[null,true,false]"},
		"it writes integers":                  {"84 00 1bffffffffffffffff 20 3bffffffffffffffff", "[0,18446744073709551615,-1,-18446744073709551616]"},
		"it writes bignums":                   {"82 c2 49 010000000000000000 c3 49 010000000000000000", "[18446744073709551616,-18446744073709551617]"},
		"it writes bignums in chunks":         {"c2 5f 4101 4100 ff", "256"},
		"it writes floats as floats":          {"85 f93c00 f98000 fb7e37e43c8800759c f90001 fa47c35000", "[1.0,-0.0,1.0e+300,5.960464477539063e-8,100000.0]"},
		"it writes what is no number as text": {"83 f97e00 f97c00 f9fc00", `["NaN","Infinity","-Infinity"]`},
		"it writes text":                      {"7f 6161 6122 615c 610a 617f ff", `"a\"\\\n\u007f"`},
		"it makes terminals safe":             {"64 c29b c2a0", `"\u009b` + "\u00a0" + `"`},
		"it writes bytes":                     {"82 420102 40", `["h'0102'","h''"]`},
		"it writes bytes in chunks":           {"5f 4101 4102 ff", `"(_ h'01', h'02')"`},
		"it writes undefined":                 {"f7", `"undefined"`},
		"it writes simple values":             {"82 e0 f8ff", `["simple(0)","simple(255)"]`},
		"it writes tags with their content":   {"d864 82 01 6161", `"100([1, \"a\"])"`},
		"it leaves self-description out":      {"d9d9f7 81 d9d9f7 01", "[1]"},
		"it writes futures":                   {"da706c646750 01020000000000000000000000000010", `"1886151783(h'01020000000000000000000000000010')"`},
		"it keeps the order of keys":          {"a2 6162 01 6161 02", `{"b":1,"a":2}`},
		"it writes indefinite containers":     {"bf 6161 9f 01 02 ff ff", `{"a":[1,2]}`},
		"it writes keys that are no texts":    {"a4 01 00 20 00 4101 00 8101 00", `{"1":0,"-1":0,"h'01'":0,"[1]":0}`},
		"it tells such a key from a text":     {"a3 01 00 6131 00 62 3127 00", `{"1'2":0,"1":0,"1'":0}`},
		"it tells such keys from one another": {"a4 f97e00 00 f97e01 00 fb7ff8000000000001 00 634e6161 00", `{"NaN":0,"NaN'":0,"NaN'2":0,"Naa":0}`},
		"it alters keys only where they meet": {"82 a1 6131 00 a1 01 00", `[{"1":0},{"1":0}]`},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := codec.ToJSON([]byte(">"), unhex(t, tc.in))
			require.NoError(t, err)
			require.Equal(t, ">"+tc.want, string(got))
			require.True(t, json.Valid(got[1:]))
		})
	}
}

func TestToJSONRefuses(t *testing.T) {
	got, err := codec.ToJSON([]byte("x"), unhex(t, "82 01"))
	var syntax *abi.SyntaxError
	require.ErrorAs(t, err, &syntax)
	require.Equal(t, "x", string(got), "it must leave the destination alone")
}

// A NaN has as many forms as there are keys in the largest of maps, and all look
// alike.
func TestToJSONTellsManyKeysApartInProportion(t *testing.T) {
	const n = 100_000
	in := abi.AppendHead(nil, abi.MajorMap, n)
	for i := range uint32(n) {
		in = append(in, 0xfb, 0x7f, 0xf8, 0, 0, byte(i>>24), byte(i>>16), byte(i>>8), byte(i), 0)
	}
	got, err := codec.ToJSON(nil, in)
	require.NoError(t, err)
	require.Less(t, len(got), 2*len(in))
	var back map[string]any
	require.NoError(t, json.Unmarshal(got, &back))
	require.Len(t, back, n)
}

func TestToJSONShowsHugeBignumsAsBytes(t *testing.T) {
	in := append([]byte{0xc2, 0x59, 0x40, 0x01}, make([]byte, 16<<10+1)...)
	got, err := codec.ToJSON(nil, in)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(got), `"2(h'00`))
}

func TestDiagnose(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		// The examples of RFC 8949, appendix A.
		"it writes 1000000000000":       {"1b000000e8d4a51000", "1000000000000"},
		"it writes a bignum":            {"c249010000000000000000", "18446744073709551616"},
		"it writes the least integer":   {"3bffffffffffffffff", "-18446744073709551616"},
		"it writes 1.1":                 {"fb3ff199999999999a", "1.1"},
		"it writes 3.4028234663852886e": {"fa7f7fffff", "3.4028234663852886e+38"},
		"it writes 1.0e+300":            {"fb7e37e43c8800759c", "1.0e+300"},
		"it writes 0.00006103515625":    {"f90400", "0.00006103515625"},
		"it writes -4.1":                {"fbc010666666666666", "-4.1"},
		"it writes -Infinity":           {"f9fc00", "-Infinity"},
		"it writes simple values":       {"f8ff", "simple(255)"},
		"it writes a time":              {"c074323031332d30332d32315432303a30343a30305a", `0("2013-03-21T20:04:00Z")`},
		"it writes embedded items":      {"d818456449455446", "24(h'6449455446')"},
		"it writes escapes":             {"62225c", `"\"\\"`},
		"it writes nested arrays":       {"8301820203820405", "[1, [2, 3], [4, 5]]"},
		"it writes maps":                {"a26161016162820203", `{"a": 1, "b": [2, 3]}`},
		"it writes chunks":              {"5f42010243030405ff", "(_ h'0102', h'030405')"},
		"it writes chunks of text":      {"7f657374726561646d696e67ff", `(_ "strea", "ming")`},
		"it writes indefinite arrays":   {"9f018202039f0405ffff", "[_ 1, [2, 3], [_ 4, 5]]"},
		"it writes indefinite maps":     {"bf61610161629f0203ffff", `{_ "a": 1, "b": [_ 2, 3]}`},
		"it writes empty ones":          {"9fff", "[_ ]"},
		"it writes no chunks":           {"825fff7fff", `[''_, ""_]`},
		"it says what is cut short":     {"8201", "[1, <truncated at byte 2>"},
		"it says what is reserved":      {"811c", "[<reserved at byte 1>"},
		"it says what has a wrong end":  {"ff", "<break at byte 0>"},
		"it says what follows":          {"0102", "1<trailing at byte 1>"},
		"it says what is no chunk":      {"5f01ff", "<chunk at byte 1>"},
		"it says what is too deep":      {strings.Repeat("81", 257) + "01", strings.Repeat("[", 256) + "<depth at byte 256>"},
		"it says what has no content":   {"c2", "2(<truncated at byte 1>"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, codec.Diagnose(unhex(t, tc.in)))
		})
	}
}

func TestDiagnoseIsBounded(t *testing.T) {
	for name, in := range map[string][]byte{
		"it cuts long arrays":  append(append([]byte{0x9f}, make([]byte, 1<<20)...), 0xff),
		"it cuts long strings": append([]byte{0x5a, 0, 16, 0, 0}, make([]byte, 1<<20)...),
		"it cuts long texts":   append([]byte{0x7a, 0, 16, 0, 0}, strings.Repeat("\u00e9", 1<<19)...),
	} {
		t.Run(name, func(t *testing.T) {
			got := codec.Diagnose(in)
			require.LessOrEqual(t, len(got), 64<<10)
			require.True(t, strings.HasSuffix(got, "..."))
		})
	}
}
