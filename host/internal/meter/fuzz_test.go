package meter_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pledge-wasm/pledge/host/internal/meter"
	"github.com/pledge-wasm/pledge/host/internal/wasm"
	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// seeds adds small modules: those of the specification suites, and random programs.
func seeds(f *testing.F) {
	f.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero").Output()
	require.NoError(f, err)
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "internal/integration_test/spectest/v2/testdata/*.wasm"))
	require.NoError(f, err)
	n := 0
	for i, file := range files {
		b, err := os.ReadFile(file)
		require.NoError(f, err)
		if i%7 == 0 && len(b) < 1500 {
			f.Add(b)
			n++
		}
	}
	require.Greater(f, n, 300, "the seeds are missing")
	for seed := range uint64(20) {
		f.Add(randomProgram(seed))
	}
}

// modest keeps a module small enough to be run in a fuzzer.
var modest = &wasm.Limits{Types: 50, Imports: 5, Functions: 100, Tables: 3, Globals: 50, Exports: 50, Elements: 50,
	ElementItems: 1000, DataSegments: 100, Params: 20, Results: 20}

func modestModule(b []byte) (*wasm.Module, bool) {
	m, err := wasm.Decode(b, modest)
	if err != nil || len(b) > 1<<14 || len(m.Imports) > 0 {
		return nil, false
	}
	for _, l := range m.Memories {
		if l.Min > 16 {
			return nil, false
		}
	}
	for _, l := range m.Tables {
		if l.Min > 10_000 {
			return nil, false
		}
	}
	for _, c := range m.Code {
		if c.NumLocals > 200 {
			return nil, false
		}
	}
	return m, true
}

// FuzzRewrite compares what wazero says of a module with what it says of the rewritten one: both are valid or neither.
func FuzzRewrite(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		m, ok := modestModule(b)
		if !ok {
			return
		}
		res, err := meter.Rewrite(m, meter.Options{})
		if err != nil {
			return
		}
		if len(m.Customs) > 0 {
			return // these are left out, and wazero takes memory by the counts that a name section declares
		}
		ctx := context.Background()
		rt := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter())
		defer rt.Close(ctx)
		_, plainErr := rt.CompileModule(ctx, b)
		_, err = rt.CompileModule(ctx, res.Module)
		if plainErr == nil {
			require.NoError(t, err, "valid, but not when rewritten")
		} else {
			require.Error(t, err, "not valid, but valid when rewritten: %v", plainErr)
		}
	})
}

// FuzzFuel runs every export of a module under two slices, charged instruction by instruction, and plain: answers and
// memory are the same, the fuel does not depend on the slice, and it covers what the instructions are worth.
func FuzzFuel(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		m, ok := modestModule(b)
		if !ok {
			return
		}
		runs := []*run{{limit: 200_000}, {limit: 200_000, slice: 777}, {limit: 2_000_000, opt: meter.Options{Exact: true, MaxTable: 20_000}}}
		runs[0].opt.MaxTable, runs[1].opt.MaxTable = 20_000, 20_000
		for _, r := range runs {
			r.stack = 20_000
			if !r.try(t, b) {
				return
			}
		}
		alone := unmetered(t, m)
		for _, e := range m.Exports {
			if e.Kind != wasm.KindFunc {
				continue
			}
			typ, _ := m.FuncTypeIndex(e.Index)
			args := make([]uint64, 0, 8)
			for i, p := range m.Types[typ].Params {
				if p.IsRef() {
					args = append(args, 0)
				} else {
					args = append(args, uint64(i*3+1))
				}
				if p == wasm.V128 {
					args = append(args, 5)
				}
			}
			want, wantErr := runs[0].call(e.Name, args...)
			got, err := runs[1].call(e.Name, args...)
			require.Equal(t, reason(wantErr), reason(err), e.Name)
			require.Equal(t, runs[0].used(), runs[1].used(), e.Name)
			if errors.Is(wantErr, errFuel) || errors.Is(wantErr, errStack) {
				return // where exactly it stops is not the same when charged differently
			}
			single, exactErr := runs[2].call(e.Name, args...)
			require.Equal(t, reason(wantErr), reason(exactErr), e.Name)
			require.GreaterOrEqual(t, runs[0].used(), runs[2].used(), e.Name)
			var bare []uint64
			if alone != nil { // what ended metered ends without, too
				var bareErr error
				bare, bareErr = alone.ExportedFunction(e.Name).Call(context.Background(), args...)
				require.Equal(t, reason(bareErr), reason(wantErr), e.Name)
				if len(m.Memories) > 0 {
					for _, r := range runs {
						require.Equal(t, memory(alone), memory(r.mod), e.Name)
					}
				}
			}
			for i, p := range m.Types[typ].Results {
				if p.IsRef() || p == wasm.V128 {
					break // addresses differ; vectors take two words
				}
				if wantErr == nil {
					require.Equal(t, want[i], got[i], e.Name)
					require.Equal(t, want[i], single[i], e.Name)
					if alone != nil {
						require.Equal(t, bare[i], want[i], e.Name)
					}
				}
			}
		}
	})
}

// unmetered instantiates a module, which can be metered and instantiated, as it is; nil when it grows tables, to which
// only metering sets a limit, or has custom sections, which wazero reads and metering leaves out.
func unmetered(t *testing.T, m *wasm.Module) api.Module {
	t.Helper()
	if len(m.Customs) > 0 {
		return nil
	}
	var in wasm.Instr
	for _, body := range m.Code {
		r := m.Read(body)
		for r.Next(&in) {
			if in.Op == wasm.OpTableGrow {
				return nil
			}
		}
	}
	ctx := context.Background()
	rt := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter().WithMemoryLimitPages(64))
	t.Cleanup(func() { require.NoError(t, rt.Close(ctx)) })
	mod, err := rt.InstantiateWithConfig(ctx, m.File, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	require.NoError(t, err)
	return mod
}

// try is start for modules that may not be valid, on the interpreter.
func (r *run) try(t *testing.T, file []byte) bool {
	t.Helper()
	ctx := context.Background()
	m, err := wasm.Decode(file, nil)
	require.NoError(t, err)
	if r.res, err = meter.Rewrite(m, r.opt); err != nil {
		return false
	}
	rt := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter().WithMemoryLimitPages(64))
	t.Cleanup(func() { require.NoError(t, rt.Close(ctx)) })
	_, err = rt.NewHostModuleBuilder(meter.ImportModule).NewFunctionBuilder().
		WithGoModuleFunction(api.GoModuleFunc(r.refill), nil, nil).Export(meter.ImportSlice).Instantiate(ctx)
	require.NoError(t, err)
	r.mod, err = rt.InstantiateWithConfig(ctx, r.res.Module, wazero.NewModuleConfig().WithName("").WithStartFunctions())
	if err != nil {
		return false
	}
	r.begin()
	for _, d := range r.res.Data {
		if r.mod.Memory() == nil || !r.mod.Memory().Write(d.Offset, d.Bytes) {
			return false
		}
	}
	if r.res.HasStart {
		_, err = r.mod.ExportedFunction(meter.ExportStart).Call(ctx)
		return err == nil
	}
	return true
}
