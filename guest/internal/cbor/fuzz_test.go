package cbor_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
	"github.com/pledge-wasm/pledge/guest/internal/cbor"
)

// everything has a field for most of what the codec does.
type everything struct {
	Bool   bool               `cbor:"b,omitempty"`
	Int    int16              `cbor:"i"`
	Uint   uint32             `cbor:"u,omitempty"`
	Float  float64            `cbor:"f,omitempty"`
	Single float32            `cbor:"s,omitempty"`
	Text   string             `cbor:"t,omitempty"`
	Bytes  []byte             `cbor:"y"`
	List   []everything       `cbor:"l,omitempty"`
	Map    map[string]float64 `cbor:"m,omitempty"`
	Ints   map[int]string     `cbor:"n,omitempty"`
	Ptr    *everything        `cbor:"p,omitempty"`
	Time   time.Time          `cbor:"w,omitzero"`
	Raw    abi.Raw            `cbor:"r,omitempty"`
	Pair   pair               `cbor:"a"`
	Seven  int                `cbor:"7,keyasint,omitempty"`
}

type pair struct {
	_ struct{} `cbor:",toarray"`
	A int
	B *string
}

// seeds are encodings of the test values and of malformed input.
func seeds(f *testing.F) {
	for _, v := range values {
		f.Add(expected(f, v))
	}
	for _, v := range []any{everything{}, everything{
		Bool: true, Int: -5, Uint: 7, Float: 1.5, Single: 0.5, Text: "x", Bytes: []byte{1}, List: []everything{{}}, Map: map[string]float64{"b": 1, "a": 2},
		Ints: map[int]string{-1: "x"}, Ptr: &everything{}, Time: time.Unix(1, 2), Raw: abi.Raw{1}, Seven: 7,
	}} {
		f.Add(expected(f, v))
	}
	for _, s := range []string{"bf616101ff", "a2616101616102", "7f616162c328ff", "da706c646750", "9f9f9fffffff", "c1fb41d452d9e20000", "d8184101"} {
		f.Add(unhex(f, s))
	}
	if len(values) < 50 {
		f.Fatal("the seeds are gone")
	}
}

// FuzzDecode: nothing panics, nothing malformed is accepted, what was accepted
// is what the other implementation finds, and encoding it again is stable.
func FuzzDecode(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		wellFormed := abi.Check(b, abi.Limits{})
		var syntax *abi.SyntaxError

		var raw abi.Raw
		if err := cbor.Unmarshal(b, &raw); err != nil {
			require.Error(t, wellFormed)
		} else {
			require.Equal(t, b, []byte(raw))
			if wellFormed != nil { // the one rule that only the host looks after in what is not decoded
				require.True(t, errors.As(wellFormed, &syntax))
				require.Equal(t, abi.ReasonDuplicateKey, syntax.Reason)
			}
		}

		var x any
		if err := cbor.Unmarshal(b, &x); err == nil {
			stable(t, x)
		} else if wellFormed == nil && !meet(err) {
			var typed *cbor.TypeError
			require.ErrorAs(t, err, &typed)
		}

		var ours, theirs everything
		if err := cbor.Unmarshal(b, &ours); err == nil && wellFormed == nil {
			if codec.Unmarshal(b, &theirs) == nil {
				same(t, theirs, ours)
			}
			again, err := cbor.Append(nil, ours)
			require.NoError(t, err)
			require.NoError(t, abi.Check(again, abi.Limits{}))
		}
	})
}

// meet reports whether err is about two keys that differ in the one form and
// not in the other: two NaNs are two keys in Go and one when encoded, the two
// zeros are two when encoded and one in Go.
func meet(err error) bool {
	var syntax *abi.SyntaxError
	if errors.As(err, &syntax) {
		return syntax.Reason == abi.ReasonDuplicateKey
	}
	return err != nil && strings.Contains(err.Error(), "two keys that are the same in CBOR")
}

// same compares by encoding, in which a NaN equals itself.
func same(t *testing.T, want, got everything) {
	t.Helper()
	a, err := codec.Marshal(want)
	require.NoError(t, err)
	b, err := cbor.Append(nil, got)
	require.NoError(t, err)
	require.Equal(t, a, b)
}

// stable: decoding what v is encoded as gives the same encoding again.
func stable(t *testing.T, v any) {
	t.Helper()
	once, err := cbor.Append(nil, v)
	if meet(err) {
		return
	}
	require.NoError(t, err)
	require.NoError(t, abi.Check(once, abi.Limits{}))
	var back any
	require.NoError(t, cbor.Unmarshal(once, &back))
	twice, err := cbor.Append(nil, back)
	require.NoError(t, err)
	require.Equal(t, once, twice)
}

// FuzzEncode: any Go value that both implementations encode, they encode alike.
func FuzzEncode(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		var v everything
		if codec.Unmarshal(b, &v) != nil {
			return
		}
		same(t, v, v)
		var x any
		if cbor.Unmarshal(b, &x) == nil && reflect.TypeOf(x) == reflect.TypeFor[map[string]any]() {
			got, err := cbor.Append(nil, x)
			if meet(err) {
				return
			}
			require.NoError(t, err)
			want, err := codec.Marshal(plain(x))
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
	})
}

// plain replaces this package's tags by those of the other implementation.
func plain(x any) any {
	switch x := x.(type) {
	case cbor.Tag:
		return codec.Tag{Number: x.Number, Content: plain(x.Content)}
	case []any:
		for i := range x {
			x[i] = plain(x[i])
		}
	case map[string]any:
		for k := range x {
			x[k] = plain(x[k])
		}
	case map[any]any:
		for k := range x {
			x[k] = plain(x[k])
		}
	}
	return x
}
