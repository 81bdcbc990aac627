package engine

import (
	"context"
	"fmt"
	"sync"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/pledge-wasm/pledge/host/internal/linmem"
)

// Version names the engine, for people.
const Version = "wazero v1.12.0"

// features is what guests may use: WebAssembly core 2.0 and extended constant
// expressions. Admission refuses everything else by name before wazero sees it.
const features = api.CoreFeaturesV2 | experimental.CoreFeaturesExtendedConst

// compileWorkers is how many goroutines compile one module.
const compileWorkers = 2

// Options configures an [Engine].
type Options struct {
	// CacheDir is where compiled code is kept between processes; empty keeps
	// none.
	CacheDir string
	// Budget is the ledger of linear memory of all instances; nil is none.
	Budget *linmem.Budget
}

// Engine compiles modules and holds what they share: one wazero runtime and the
// host's side of the boundary in it. Guests are anonymous in it, so none can
// import another. Safe for concurrent use.
type Engine struct {
	runtime wazero.Runtime
	budget  *linmem.Budget
	close   sync.Once
}

// New makes an engine. The caller closes it.
func New(ctx context.Context, opts Options) (*Engine, error) {
	config := wazero.NewRuntimeConfig().
		WithCoreFeatures(features).
		WithDebugInfoEnabled(false). // DWARF is the guest's own bytes
		WithMemoryLimitPages(1 << 16)
	e := &Engine{runtime: wazero.NewRuntimeWithConfig(ctx, config), budget: opts.Budget}
	if err := e.instantiateHost(ctx); err != nil {
		_ = e.runtime.Close(ctx)
		return nil, fmt.Errorf("engine: host modules: %w", err)
	}
	return e, nil
}

// Close releases all compiled code. No instance may be running.
func (e *Engine) Close(ctx context.Context) error {
	var err error
	e.close.Do(func() { err = e.runtime.Close(ctx) })
	return err
}

// ResetMethod names the way in which written memory is found and put back on
// this machine.
func ResetMethod() string { return linmem.Best().String() }
