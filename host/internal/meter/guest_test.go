package meter_test

import (
	"testing"

	"github.com/pledge-wasm/pledge/host/internal/meter"
	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// TestGoGuest runs the workloads of the slowdown benchmark plain, metered and charged instruction by instruction: the
// answers are the same, and the fuel covers what the instructions are worth without being far from it.
func TestGoGuest(t *testing.T) {
	file := goGuest(t)
	runtime := func() wazero.Runtime {
		rt := wazero.NewRuntime(t.Context())
		t.Cleanup(func() { require.NoError(t, rt.Close(t.Context())) })
		wasi_snapshot_preview1.MustInstantiate(t.Context(), rt)
		return rt
	}
	p, err := runtime().InstantiateWithConfig(t.Context(), file, wazero.NewModuleConfig().WithStartFunctions())
	require.NoError(t, err)
	_, err = p.ExportedFunction("_initialize").Call(t.Context())
	require.NoError(t, err)
	r, short, exact := &run{}, &run{slice: 9000}, &run{opt: meter.Options{Exact: true}}
	for _, x := range []*run{r, short, exact} {
		x.metered(t, runtime(), file)
		_, err := x.call("_initialize")
		require.NoError(t, err)
	}
	for _, w := range workloads {
		want, err := p.ExportedFunction("w_"+w.name).Call(t.Context(), 1)
		require.NoError(t, err)
		for _, x := range []*run{r, short, exact} {
			got, err := x.call("w_"+w.name, 1)
			require.NoError(t, err)
			require.Equal(t, want, got, w.name)
			require.EqualValues(t, stackBudget, x.left().Stack())
		}
		require.Equal(t, r.used(), short.used(), "%s: the fuel depends on the slice", w.name)
		require.GreaterOrEqual(t, r.used(), exact.used(), w.name)
		ratio := float64(r.used()) / float64(exact.used())
		t.Logf("%-10s %9d fuel for %9d: %.3f", w.name, r.used(), exact.used(), ratio)
		require.Less(t, ratio, 1.5, w.name)
	}
}
