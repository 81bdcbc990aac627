// Package buildguest answers one question: where do tests get their guests
// from? They are built from source, with the Go toolchain that runs the tests.
package buildguest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

var (
	mu    sync.Mutex
	built = map[string]func() ([]byte, error){} // guarded by mu
)

// Go builds the Go package in a directory, relative to that of the test, as a
// reactor module and gives its bytes, which must not be changed. A package is
// built once per test binary. It fails the test when the guest does not build.
func Go(t testing.TB, dir string) []byte {
	t.Helper()
	abs, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	build, ok := built[abs]
	if !ok {
		build = sync.OnceValues(func() ([]byte, error) { return compile(abs) })
		built[abs] = build
	}
	mu.Unlock()
	wasm, err := build()
	if err != nil {
		t.Fatalf("build guest %s: %v", dir, err)
	}
	return wasm
}

// File is Go with the module written to a file that lives as long as the test.
func File(t testing.TB, dir string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "guest.wasm")
	if err := os.WriteFile(path, Go(t, dir), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func compile(dir string) ([]byte, error) {
	tmp, err := os.MkdirTemp("", "guest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	out := filepath.Join(tmp, "guest.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-o", out, ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, text)
	}
	return os.ReadFile(out)
}
