package cbor_test

import (
	"errors"
	"net/netip"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/guest/internal/cbor"
)

// own encodes itself, by methods with a pointer and a value receiver.
type own struct{ n int }

func (o own) MarshalCBOR() ([]byte, error) {
	if o.n < 0 {
		return nil, errNegative
	}
	return cbor.Append(nil, map[string]int{"own": o.n})
}

func (o *own) UnmarshalCBOR(b []byte) error {
	var m map[string]int
	if err := cbor.Unmarshal(b, &m); err != nil {
		return err
	}
	o.n = m["own"]
	return nil
}

// broken says that it encodes itself and does not.
type broken struct{}

func (*broken) MarshalCBOR() ([]byte, error) { return []byte{0x82, 1}, nil }

var errNegative = errors.New("negative")

func TestMethodsForCBOR(t *testing.T) {
	type holder struct {
		One  own            `cbor:"one"`
		Ptr  *own           `cbor:"ptr"`
		Nil  *own           `cbor:"nil"`
		List []own          `cbor:"list"`
		Map  map[string]own `cbor:"map"`
		Any  any            `cbor:"any"`
	}
	v := holder{own{1}, &own{2}, nil, []own{{3}}, map[string]own{"k": {4}}, own{5}}
	want := expected(t, v)
	got, err := cbor.Append(nil, v)
	require.NoError(t, err)
	require.Equal(t, want, got)
	var back holder
	require.NoError(t, cbor.Unmarshal(want, &back))
	v.Any = map[string]any{"own": int64(5)}
	require.Equal(t, v, back)

	_, err = cbor.Append(nil, []any{own{-1}})
	require.ErrorIs(t, err, errNegative)
	require.EqualError(t, err, "cbor: $[0]: cbor_test.own: negative")
	_, err = cbor.Append(nil, broken{})
	require.ErrorContains(t, err, "cbor_test.broken: abi: truncated")
	require.ErrorContains(t, cbor.Unmarshal(expected(t, []any{"x"}), &[]own{}), "$[0]: cbor_test.own: cbor: $: want a map, got text")
}

func TestTypesThatNeedAnImportAreRefused(t *testing.T) {
	c := cbor.Of(reflect.TypeFor[map[netip.Addr]int]())
	require.EqualError(t, c.CanEncode(), "cbor: $[key]: netip.Addr encodes itself; import package guest/marshalers for its methods")
	require.EqualError(t, c.CanDecode(), c.CanEncode().Error())
}
