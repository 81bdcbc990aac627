package host_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/host"
	wt "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// A guest that may have 4 GiB is told no before it has all of them, at which its
// memory would be none to the engine.
func TestMemoryEndsBelow4GiB(t *testing.T) {
	h := newHost(t, host.Config{Limits: host.Limits{Memory: 4 << 30}})
	m, err := h.Load(t.Context(), wt.Run(nil,
		wt.I32Const(65536), wt.MemorySize, wt.I32Sub, wt.MemoryGrow, wt.I32Const(-1), wt.I32Ne, wt.If(wt.Empty, wt.Unreachable),
		wt.MemorySize, wt.I32Eqz, wt.If(wt.Empty, wt.Unreachable)))
	require.NoError(t, err)
	_, err = host.Bind[any, abi.Raw](m, "task").Submit(t.Context(), nil).Result(t.Context())
	require.NoError(t, err)
}
