package admit_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/host/internal/admit"
)

// realModules are modules that compilers have made, in the directories of
// wazero's own tests and examples.
var realModules = []string{
	"cmd/wazero/testdata/cat/cat-tinygo.wasm",
	"examples/allocation/rust/testdata/greet.wasm",
	"examples/allocation/tinygo/testdata/greet.wasm",
	"examples/allocation/zig/testdata/greet.wasm",
	"examples/basic/testdata/add.wasm",
	"examples/cli/testdata/cli.wasm",
	"imports/assemblyscript/example/testdata/index.wasm",
	"imports/wasi_snapshot_preview1/example/testdata/cargo-wasi/cat.wasm",
	"imports/wasi_snapshot_preview1/example/testdata/zig-cc/cat.wasm",
	"imports/wasi_snapshot_preview1/testdata/cargo-wasi/wasi.wasm",
	"imports/wasi_snapshot_preview1/testdata/tinygo/wasi.wasm",
	"imports/wasi_snapshot_preview1/testdata/zig-cc/wasi.wasm",
	"internal/integration_test/bench/testdata/case.wasm",
	"internal/testing/dwarftestdata/testdata/tinygo/main.wasm",
}

// What TinyGo, Rust, AssemblyScript, Zig and clang make comes in, with room to spare, and
// compiles once it is rewritten.
func TestModulesOfCompilersComeIn(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero").Output()
	require.NoError(t, err)
	lim := admit.DefaultLimits()
	for _, name := range realModules {
		t.Run("it admits "+name, func(t *testing.T) {
			file, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), name))
			require.NoError(t, err)
			r, err := admit.CheckCode(file)
			require.NoError(t, err)
			require.Less(t, r.Costliest.Cost, lim.FunctionCost/4)
			require.Less(t, r.Cost, lim.ModuleCost/4)
			took, err := compile(t, r)
			require.NoError(t, err)
			t.Logf("%d bytes, %d functions, estimate %v, took %v", r.Bytes, r.Functions, r.Cost, took)
		})
	}
}
