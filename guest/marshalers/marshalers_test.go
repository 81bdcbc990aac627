package marshalers_test

import (
	"math/big"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi/codec"
	"github.com/pledge-wasm/pledge/guest"
	_ "github.com/pledge-wasm/pledge/guest/marshalers"
)

// colour is a number with a name for people.
type colour int

func (c colour) MarshalText() ([]byte, error) { return []byte{'c', byte('0' + c)}, nil }

func (c *colour) UnmarshalText(b []byte) error {
	*c = colour(b[1] - '0')
	return nil
}

func TestTypesThatEncodeThemselves(t *testing.T) {
	type all struct {
		Addr    netip.Addr            `cbor:"addr"`
		Ptr     *netip.Addr           `cbor:"ptr"`
		Colours map[colour]colour     `cbor:"colours"`
		Addrs   map[netip.Addr]string `cbor:"addrs"`
		When    time.Time             `cbor:"when"`
	}
	addr := netip.MustParseAddr("192.0.2.1")
	v := all{addr, &addr, map[colour]colour{1: 2, 0: 3}, map[netip.Addr]string{addr: "x"}, time.Unix(5, 0).UTC()}
	want, err := codec.Marshal(v)
	require.NoError(t, err)
	got, err := guest.Encode(v)
	require.NoError(t, err)
	require.Equal(t, want, []byte(got), "it encodes as the host does")

	var back all
	require.NoError(t, guest.Decode(got, &back))
	require.Equal(t, v, back)

	for name, bad := range map[string]any{
		"text for bytes":   map[string]any{"addr": "192.0.2.1"},
		"bytes for text":   map[string]any{"colours": map[any]any{"c1": []byte("c2")}},
		"bytes of no sort": map[string]any{"addr": []byte{1}},
	} {
		t.Run("it refuses "+name, func(t *testing.T) {
			b, err := codec.Marshal(bad)
			require.NoError(t, err)
			require.Error(t, guest.Decode(b, &all{}))
		})
	}
}

func TestBigIntegersAreIntegers(t *testing.T) {
	for _, s := range []string{
		"0", "1", "-1", "255", "256", "-256", "-257", "65536", "9223372036854775808", "18446744073709551615", "18446744073709551616",
		"-18446744073709551616", "-18446744073709551617", "123456789012345678901234567890", "-340282366920938463463374607431768211456",
	} {
		n, _ := new(big.Int).SetString(s, 10)
		want, err := codec.Marshal(n)
		require.NoError(t, err)
		got, err := guest.Encode(map[string]any{"n": n, "v": *n})
		require.NoError(t, err)
		both, err := codec.Marshal(map[string]any{"n": n, "v": *n})
		require.NoError(t, err)
		require.Equal(t, both, []byte(got), s)
		back := new(big.Int)
		require.NoError(t, guest.Decode(want, back))
		require.Zero(t, n.Cmp(back), s)
	}
	for _, item := range []string{"\x61x", "\xf9\x3c\x00", "\xc1\x00", "\xc2\x61x"} {
		require.Error(t, guest.Decode(guest.Raw(item), new(big.Int)), "%x", item)
	}
	n := big.NewInt(7)
	require.NoError(t, guest.Decode(guest.Raw{0xf6}, n), "null leaves a value alone")
	require.Equal(t, int64(7), n.Int64())
}
