package guest_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/guest"
)

// FuzzDispatch: whatever arrives, there is a response that a host takes.
func FuzzDispatch(f *testing.F) {
	seeds := 0
	for _, task := range []string{"echo", "raw", "depth", "pass", "fail", "nothing", ""} {
		for _, args := range [][]byte{{0xf6}, {0x01}, {0x61, 'x'}, {0x82, 1, 2}, {0xa1, 0x65, 'v', 'a', 'l', 'u', 'e', 7}, {0xff}, abi.AppendFuture(nil, abi.ID{1})} {
			f.Add(abi.AppendRequest(nil, task, args))
			seeds++
		}
	}
	require.Greater(f, seeds, 40)
	f.Fuzz(func(t *testing.T, request []byte) {
		response := guest.Dispatch(context.Background(), nil, request)
		parsed, err := abi.ParseResponse(response, abi.Limits{})
		if err == nil {
			require.True(t, parsed.Err != nil || len(parsed.Value) > 0)
			return
		}
		// A task that hands back bytes undecoded hands back a duplicate that only
		// a comparison by value finds. A host has looked for those before.
		_, _, bad := abi.ParseRequest(request, abi.Limits{})
		require.Error(t, bad)
	})
}
