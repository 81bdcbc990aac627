package meter_test

import (
	"context"
	"errors"
	"testing"

	"github.com/pledge-wasm/pledge/host/internal/meter"
	"github.com/pledge-wasm/pledge/host/internal/wasm"
	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

var (
	errStack = errors.New("the stack budget is used up")
	errFuel  = errors.New("the fuel is used up")
)

// run is an instance of a rewritten guest, with a host that hands out fuel in slices.
type run struct {
	mod   api.Module
	res   *meter.Result
	opt   meter.Options
	slice int32 // fuel in a slice; 0 means 1<<20
	limit int64 // fuel in all; 0 means no limit
	stack int32 // bytes; 0 means stackBudget

	granted int64
	slices  int
	lowest  int32 // the lowest fuel at which slice was called
}

const stackBudget = 16 << 20

// start rewrites and instantiates a module on a new runtime, and does what instantiation does beside.
func (r *run) start(t testing.TB, config wazero.RuntimeConfig, file []byte) {
	t.Helper()
	ctx := context.Background()
	rt := wazero.NewRuntimeWithConfig(ctx, config)
	t.Cleanup(func() { require.NoError(t, rt.Close(ctx)) })
	r.metered(t, rt, file)
}

// metered is start on a runtime that has what the module imports.
func (r *run) metered(t testing.TB, rt wazero.Runtime, file []byte) {
	t.Helper()
	m, err := wasm.Decode(file, nil)
	require.NoError(t, err)
	r.res, err = meter.Rewrite(m, r.opt)
	require.NoError(t, err)
	ctx := context.Background()
	_, err = rt.NewHostModuleBuilder(meter.ImportModule).NewFunctionBuilder().
		WithGoModuleFunction(api.GoModuleFunc(r.refill), nil, nil).Export(meter.ImportSlice).Instantiate(ctx)
	require.NoError(t, err)
	r.mod, err = rt.InstantiateWithConfig(ctx, r.res.Module, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	require.NoError(t, err)
	r.begin()
	for _, d := range r.res.Data {
		require.True(t, r.mod.Memory().Write(d.Offset, d.Bytes))
	}
	if r.res.HasStart {
		_, err = r.mod.ExportedFunction(meter.ExportStart).Call(ctx)
		require.NoError(t, err)
	}
}

// begin gives a new budget.
func (r *run) begin() {
	if r.slice == 0 {
		r.slice = 1 << 20
	}
	if r.stack == 0 {
		r.stack = stackBudget
	}
	r.granted, r.slices, r.lowest = 0, 0, 0
	r.budget().Set(uint64(meter.MakeBudget(r.stack, r.grant())))
}

func (r *run) budget() api.MutableGlobal {
	return r.mod.ExportedGlobal(meter.ExportBudget).(api.MutableGlobal)
}

// grant is the fuel of the next slice.
func (r *run) grant() int32 {
	n := int64(r.slice)
	if r.limit > 0 {
		n = min(n, r.limit-r.granted)
	}
	r.granted += n
	return int32(n)
}

// refill is the slice import.
func (r *run) refill(context.Context, api.Module, []uint64) {
	b := r.left()
	if b.Stack() < 0 {
		panic(errStack)
	}
	r.slices++
	r.lowest = min(r.lowest, b.Fuel())
	fuel := b.Fuel()
	n := int32(1)
	for fuel < 0 && n > 0 {
		n = r.grant()
		fuel += n
	}
	r.budget().Set(uint64(meter.MakeBudget(b.Stack(), fuel)))
	if fuel < 0 {
		panic(errFuel)
	}
}

func (r *run) left() meter.Budget { return meter.Budget(r.budget().Get()) }

// used is the fuel used since begin.
func (r *run) used() int64 { return r.granted - int64(r.left().Fuel()) }

// call begins anew and calls an export.
func (r *run) call(name string, args ...uint64) ([]uint64, error) {
	r.begin()
	return r.mod.ExportedFunction(name).Call(context.Background(), args...)
}

// plain instantiates a module as it is.
func plain(t testing.TB, config wazero.RuntimeConfig, file []byte) api.Module {
	t.Helper()
	ctx := context.Background()
	rt := wazero.NewRuntimeWithConfig(ctx, config)
	t.Cleanup(func() { require.NoError(t, rt.Close(ctx)) })
	mod, err := rt.InstantiateWithConfig(ctx, file, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	require.NoError(t, err)
	return mod
}

// engines are the two that a guest may run on.
var engines = map[string]func() wazero.RuntimeConfig{
	"compiler":    wazero.NewRuntimeConfigCompiler,
	"interpreter": wazero.NewRuntimeConfigInterpreter,
}
