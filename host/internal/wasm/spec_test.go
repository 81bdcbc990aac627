package wasm_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pledge-wasm/pledge/host/internal/wasm"
	"github.com/stretchr/testify/require"
)

// specFiles gives every module of the specification suites in wazero's directory of the module cache.
func specFiles(t testing.TB) (files []string) {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/tetratelabs/wazero").Output()
	require.NoError(t, err)
	root := filepath.Join(strings.TrimSpace(string(out)), "internal", "integration_test", "spectest")
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".wasm") {
			files = append(files, path)
		}
		return err
	}))
	require.Greater(t, len(files), 1000, "the suites are missing")
	return files
}

func TestSpecModules(t *testing.T) {
	read, refused, same := 0, 0, 0
	for _, f := range specFiles(t) {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		m, err := wasm.Decode(b, nil)
		if err != nil {
			refused++
			continue
		}
		read++
		out := wasm.Encode(m)
		again, err := wasm.Decode(out, nil)
		require.NoError(t, err, f)
		require.Equal(t, out, wasm.Encode(again), f)
		if bytes.Equal(b, out) {
			same++
		}
		var in wasm.Instr
		for _, body := range m.Code {
			r := m.Read(body)
			for r.Next(&in) {
			}
		}
	}
	t.Logf("%d read, %d refused, %d the same bytes", read, refused, same)
	require.Greater(t, read, 2500)
}
