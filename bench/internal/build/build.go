// Package build makes the Go guests of the comparison from source.
package build

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"

	"github.com/pledge-wasm/pledge/bench/internal/contest"
	"github.com/pledge-wasm/pledge/bench/internal/small"
)

// Kind says which guest of a boundary is meant.
type Kind string

// The kinds of guests.
const (
	// Small is the hand-made one.
	Small Kind = "small"
	// Light is the Go guest that echoes, sums and counts.
	Light Kind = "light"
	// Compute is the Go guest with the seven workloads, which is larger.
	Compute Kind = "compute"
)

// Guests is a directory of guests, made on demand.
type Guests struct {
	dir    string // of the modules
	source string // the directory of this Go module

	mu   sync.Mutex
	made map[string]func() error // guarded by mu
}

// New keeps guests in dir. source is the directory of the bench module.
func New(source, dir string) *Guests {
	return &Guests{dir: dir, source: source, made: map[string]func() error{}}
}

// Get builds a guest the first time that it is asked for and gives its bytes
// and its path.
func (g *Guests) Get(ctx context.Context, abi contest.ABI, kind Kind) (wasm []byte, path string, err error) {
	if abi == contest.ABINone {
		return nil, "", nil
	}
	path = filepath.Join(g.dir, string(abi)+"-"+string(kind)+".wasm")
	g.mu.Lock()
	once, ok := g.made[path]
	if !ok {
		once = sync.OnceValue(func() error { return g.make(ctx, abi, kind, path) })
		g.made[path] = once
	}
	g.mu.Unlock()
	if err := once(); err != nil {
		return nil, "", err
	}
	wasm, err = os.ReadFile(path)
	return wasm, path, err
}

func (g *Guests) make(ctx context.Context, abi contest.ABI, kind Kind, path string) error {
	if kind == Small {
		return os.WriteFile(path, small.Work(abi), 0o600)
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", string(kind), "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w",
		"-o", path, "./guests/"+string(abi))
	cmd.Dir = g.source
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build: guest %s: %w\n%s", abi, err, text)
	}
	return nil
}
