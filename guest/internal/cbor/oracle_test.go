package cbor_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi/codec"
)

// expected is v as the host encodes it, with a library that shares no code with
// this package.
func expected(t testing.TB, v any) []byte {
	t.Helper()
	b, err := codec.Marshal(v)
	require.NoError(t, err)
	return b
}
