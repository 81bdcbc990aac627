package wasi_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/pledge-wasm/pledge/host/internal/wasi"
)

// goGuest builds testdata/guest once.
var goGuest = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "wasi-guest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "guest.wasm")
	build := exec.Command("go", "build", "-buildmode=c-shared", "-o", out, "./testdata/guest")
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=", "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return nil, err
	}
	return os.ReadFile(out)
})

// compiled is shared by all runtimes of the tests.
var compiled = wazero.NewCompilationCache()

// boot runs a module on plain wazero in the world of s, up to but not with what
// it exports. It does not start commands.
func boot(t testing.TB, module []byte, s *wasi.System) api.Module {
	t.Helper()
	ctx := t.Context()
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithCompilationCache(compiled))
	t.Cleanup(func() { r.Close(context.Background()) })
	b := r.NewHostModuleBuilder(wasi.Module)
	for _, f := range wasi.Functions() {
		b.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(
			func(_ context.Context, m api.Module, stack []uint64) {
				view, _ := m.Memory().Read(0, m.Memory().Size())
				if err := f.Call(s, view, stack); err != nil {
					panic(err)
				}
			}), f.Params, f.Results).Export(f.Name)
	}
	_, err := b.Instantiate(ctx)
	require.NoError(t, err)
	m, err := r.InstantiateWithConfig(ctx, module, wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize"))
	require.NoError(t, err)
	return m
}

func TestSignatures(t *testing.T) {
	r := wazero.NewRuntimeWithConfig(t.Context(), wazero.NewRuntimeConfigInterpreter())
	defer r.Close(t.Context())
	m, err := wasi_snapshot_preview1.NewBuilder(r).Compile(t.Context())
	require.NoError(t, err)
	theirs := m.ExportedFunctions()
	require.Len(t, theirs, len(functions))
	for name, f := range functions {
		require.Contains(t, theirs, name)
		require.Equal(t, string(theirs[name].ParamTypes()), string(f.Params), name)
		require.Equal(t, string(theirs[name].ResultTypes()), string(f.Results), name)
	}
}

func TestGoGuest(t *testing.T) {
	module, err := goGuest()
	require.NoError(t, err)
	run := func() (wasi.State, []string) {
		w := newWorld(t)
		w.seed = wasi.InitSeed([32]byte{})
		m := boot(t, module, w.System)
		w.Reset(w.Save(), nil)
		result, err := m.ExportedFunction("run").Call(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, 7, result[0])
		return w.Save(), levels(w.log.Finish())
	}
	state, lines := run()
	for _, want := range []string{
		"info:args 0 []",
		"info:environ [] ",
		"info:slept an hour: true",
		"info:ticks 2",
		"info:read: open /etc/passwd: No such file or directory true",
		"info:write: open x: Read-only file system",
		"info:directory: [] <nil>",
		"info:stdin: 0 EOF",
		`warn:to stderr \x1b[31mred`,
		"info:no newline",
		"info:unfinished",
	} {
		require.Contains(t, lines, want)
	}
	require.Equal(t, "info:unfinished", lines[len(lines)-1])
	again, same := run()
	require.Equal(t, lines, same, "it says the same on every run")
	require.Equal(t, state, again, "it leaves the same state")
}

func TestGoGuestExitsAndCrashes(t *testing.T) {
	module, err := goGuest()
	require.NoError(t, err)
	w := newWorld(t)
	_, err = boot(t, module, w.System).ExportedFunction("exit").Call(t.Context(), 5)
	var exit *wasi.ExitError
	require.ErrorAs(t, err, &exit)
	require.EqualValues(t, 5, exit.Code)

	w = newWorld(t)
	_, err = boot(t, module, w.System).ExportedFunction("crash").Call(t.Context())
	require.ErrorContains(t, err, "unreachable")
	require.Contains(t, levels(w.log.Finish()), "warn:panic: as asked")
}

// foreign returns a WASI command that another compiler made, which travels with
// wazero's source.
func foreign(t *testing.T, compiler string) []byte {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero").Output()
	require.NoError(t, err)
	module, err := os.ReadFile(filepath.Join(string(dir[:len(dir)-1]),
		"imports/wasi_snapshot_preview1/testdata", compiler, "wasi.wasm"))
	require.NoError(t, err)
	return module
}

func TestForeignGuests(t *testing.T) {
	terminals := []string{
		"info:stdin isatty: true", "info:stdout isatty: true", "info:stderr isatty: true", "info:/ isatty: false",
	}
	tests := []struct {
		compiler, command string
		args              []string
		want              []string
	}{
		{"cargo-wasi", "ls", []string{"."}, nil},
		{"cargo-wasi", "stat", nil, terminals},
		{"cargo-wasi", "nothing", nil, []string{"warn:unknown command: nothing"}},
		{"tinygo", "ls", []string{"."}, nil},
		{"tinygo", "stat", nil, terminals},
		{"zig", "ls", []string{"."}, nil},
		{"zig", "stat", nil, terminals},
		{"zig-cc", "ls", []string{"."}, nil},
		{"zig-cc", "stat", nil, terminals},
		{"zig-cc", "poll", []string{"5"}, []string{"info:STDIN"}},
		{"zig-cc", "sleepmillis", []string{"900"}, []string{"info:OK"}},
		{"zig-cc", "open-rdonly", nil, []string{"warn:ERR: open: Read-only file system"}},
		{"zig-cc", "sock", nil, []string{"warn:ERR: accept: Not a socket"}},
	}
	for _, tt := range tests {
		t.Run("it runs "+tt.compiler+" "+tt.command, func(t *testing.T) {
			w := newWorld(t)
			w.Reset(wasi.State{}, &wasi.Grants{Args: append([]string{"wasi", tt.command}, tt.args...)})
			_, err := boot(t, foreign(t, tt.compiler), w.System).ExportedFunction("_start").Call(t.Context())
			var exit *wasi.ExitError
			if err != nil { // some exit, some return
				require.ErrorAs(t, err, &exit)
			}
			require.Equal(t, tt.want, levels(w.log.Finish()))
		})
	}
}
