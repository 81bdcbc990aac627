package admit_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/pledge-wasm/pledge/host/internal/admit"
	"github.com/pledge-wasm/pledge/host/internal/hostile"
	"github.com/pledge-wasm/pledge/host/internal/meter"
	. "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// compile takes an admitted module through the rewriting and the compiler, and
// says how long the compiler took.
func compile(t *testing.T, r *admit.Report) (time.Duration, error) {
	t.Helper()
	res, err := meter.Rewrite(r.Module, meter.Options{})
	if err != nil {
		return 0, err
	}
	ctx := context.Background()
	config := wazero.NewRuntimeConfig().WithDebugInfoEnabled(false).
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExtendedConst)
	rt := wazero.NewRuntimeWithConfig(ctx, config)
	defer func() { _ = rt.Close(ctx) }()
	runtime.GC()
	start := time.Now()
	_, err = rt.CompileModule(ctx, res.Module)
	return time.Since(start), err
}

// machine is how much slower this machine is than the one on which the
// coefficients were measured, by code of the plainest kind.
func machine(t *testing.T) float64 {
	t.Helper()
	g := NewGuest()
	g.Func(In(I32), nil, Repeat(10_000, LocalGet(0), Load32(4), LocalSet(0)))
	g.Only(g.Echo())
	r, err := admit.Check(g.Bytes(), admit.Limits{}, allow())
	require.NoError(t, err)
	took, err := compile(t, r)
	require.NoError(t, err)
	return max(1, took.Seconds()/r.Cost.Seconds())
}

// The estimate must not be far below what compiling really takes, whatever the
// quantity that a module grows in: that is what the budgets rest on.
func TestEstimateIsAnUpperBound(t *testing.T) {
	const allowance = 3
	factor := machine(t)
	for i, b := range hostile.Bombs {
		if i%slow != 0 {
			continue // the race detector makes this slow, and there is no race to find
		}
		t.Run("it estimates what "+b.Name+", smaller", func(t *testing.T) {
			r, err := admit.Check(b.Wasm(b.Small...), admit.Limits{}, allow())
			require.NoError(t, err)
			require.Greater(t, r.Cost, 10*time.Millisecond, "too small to be measured")
			best := 1e9
			for range 3 { // others use this machine too
				took, err := compile(t, r)
				require.NoError(t, err)
				if best = min(best, took.Seconds()/r.Cost.Seconds()/factor); best < allowance {
					break
				}
				factor = max(factor, machine(t))
			}
			t.Logf("estimate %v, took %.2f of it", r.Cost.Round(time.Millisecond), best)
			require.Less(t, best, float64(allowance*slow))
		})
	}
}

// What compilers make costs a small part of the budget.
func TestRealModulesHaveRoom(t *testing.T) {
	lim := admit.DefaultLimits()
	r, err := admit.Check(Tasks(), lim, allow())
	require.NoError(t, err)
	require.Less(t, r.Cost, lim.ModuleCost/100)
	require.Less(t, r.Costliest.Cost, lim.FunctionCost/100)
}
