package spectest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pledge-wasm/pledge/host/internal/meter"
	"github.com/pledge-wasm/pledge/host/internal/wasm"
	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// gate looks at a module before it is rewritten. The rewriting alone has none; what admission refuses is to be added to
// the list in TestSuites.
type gate func(m *wasm.Module) error

// world is a runtime with the modules of one script.
type world struct {
	rt      wazero.Runtime
	meter   bool
	exact   bool
	slice   int32
	granted int64
	gate    gate
	modules map[string]api.Module
	last    api.Module
}

func newWorld(t testing.TB, config wazero.RuntimeConfig, metered bool, slice int32) *world {
	t.Helper()
	ctx := context.Background()
	w := &world{rt: wazero.NewRuntimeWithConfig(ctx, config), meter: metered, slice: slice, modules: map[string]api.Module{}}
	if metered {
		_, err := w.rt.NewHostModuleBuilder(meter.ImportModule).NewFunctionBuilder().
			WithGoModuleFunction(api.GoModuleFunc(w.refill), nil, nil).Export(meter.ImportSlice).Instantiate(ctx)
		require.NoError(t, err)
	}
	b, err := os.ReadFile(filepath.Join(root(t), "testdata", "spectest.wasm"))
	require.NoError(t, err)
	_, err = w.rt.InstantiateWithConfig(ctx, b, wazero.NewModuleConfig())
	require.NoError(t, err)
	return w
}

// stack is the budget of stack in bytes.
const stack = 8 << 20

var errStack = errors.New("stack overflow")

// refill is the slice import.
func (w *world) refill(_ context.Context, mod api.Module, _ []uint64) {
	g := mod.ExportedGlobal(meter.ExportBudget).(api.MutableGlobal)
	b := meter.Budget(g.Get())
	if b.Stack() < 0 {
		panic(errStack)
	}
	w.granted += int64(w.slice)
	g.Set(uint64(meter.MakeBudget(b.Stack(), b.Fuel()+w.slice)))
}

// instantiate does what instantiation does in a world: rewriting, initial memory and the start function included.
func (w *world) instantiate(file []byte, name string) (api.Module, error) {
	ctx := context.Background()
	config := wazero.NewModuleConfig().WithName(name).WithStartFunctions()
	if !w.meter {
		return w.rt.InstantiateWithConfig(ctx, file, config)
	}
	m, err := wasm.Decode(file, nil)
	if err != nil {
		return nil, err
	}
	if w.gate != nil {
		if err := w.gate(m); err != nil {
			return nil, err
		}
	}
	keep := m.ImportedMemories+m.ImportedTables+m.ImportedGlobals > 0
	res, err := meter.Rewrite(m, meter.Options{KeepData: keep, Exact: w.exact})
	if err != nil {
		return nil, err
	}
	mod, err := w.rt.InstantiateWithConfig(ctx, res.Module, config)
	if err != nil {
		return nil, err
	}
	w.reset(mod)
	for _, d := range res.Data {
		if !mod.Memory().Write(d.Offset, d.Bytes) {
			return nil, errors.New("data segment is out of bounds")
		}
	}
	if res.HasStart {
		if _, err := mod.ExportedFunction(meter.ExportStart).Call(ctx); err != nil {
			return nil, err
		}
	}
	return mod, nil
}

// reset gives a module a full budget.
func (w *world) reset(mod api.Module) {
	if g := mod.ExportedGlobal(meter.ExportBudget); g != nil {
		g.(api.MutableGlobal).Set(uint64(meter.MakeBudget(stack, w.slice)))
	}
	w.granted = int64(w.slice)
}

// used is the fuel that the last action used, if it ran in one module only.
func (w *world) used(a action) int64 {
	mod := w.last
	if a.Module != "" {
		mod = w.modules[a.Module]
	}
	return w.granted - int64(meter.Budget(mod.ExportedGlobal(meter.ExportBudget).Get()).Fuel())
}

// do runs an action; the module is nil when it could not be instantiated.
func (w *world) do(t testing.TB, a action) (out []uint64, err error) {
	t.Helper()
	mod := w.last
	if a.Module != "" {
		mod = w.modules[a.Module]
	}
	if a.Type == "get" {
		return []uint64{mod.ExportedGlobal(a.Field).Get()}, nil
	}
	var args []uint64
	for _, v := range a.Args {
		args = append(args, v.words(t)...)
	}
	if w.meter {
		w.reset(mod)
	}
	return mod.ExportedFunction(a.Field).Call(context.Background(), args...)
}

// kind is the reason of a trap without the stack trace.
func kind(err error) string {
	if err == nil {
		return ""
	}
	s, _, _ := strings.Cut(err.Error(), "\n")
	s, _, _ = strings.Cut(s, " (recovered by wazero)")
	return strings.TrimPrefix(s, "wasm error: ")
}
