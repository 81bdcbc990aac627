package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"github.com/pledge-wasm/pledge/host/internal/cache"
	"github.com/pledge-wasm/pledge/host/internal/linmem"
)

// Version names the engine, for people.
const Version = "wazero v1.12.0"

// Kind tells how guest code is executed on this machine: "compiler" or, where
// wazero has none for it, "interpreter".
func Kind() string {
	switch runtime.GOOS + "/" + runtime.GOARCH {
	case "linux/amd64", "darwin/amd64", "windows/amd64", "freebsd/amd64", "netbsd/amd64", "dragonfly/amd64", "solaris/amd64",
		"linux/arm64", "darwin/arm64", "windows/arm64", "freebsd/arm64", "netbsd/arm64":
		return "compiler"
	}
	return "interpreter"
}

// features is what guests may use: WebAssembly core 2.0 and extended constant
// expressions. Admission refuses everything else by name before wazero sees it.
const features = api.CoreFeaturesV2 | experimental.CoreFeaturesExtendedConst

// compileWorkers is how many goroutines compile one module.
const compileWorkers = 2

// Options configures an [Engine].
type Options struct {
	// CacheDir is where compiled code is kept between processes, see
	// [cache.Open]; empty keeps none.
	CacheDir string
	// Budget is the ledger of linear memory of all instances; nil is none.
	Budget *linmem.Budget
	// Method is how what a task wrote to memory is found and put back. Zero is
	// the best way on this machine.
	Method linmem.Method
	// Fresh makes and initialises an instance for every task, whether it could
	// be reused or not: what reuse is held against.
	Fresh bool
}

// Engine compiles modules and holds what they share: one wazero runtime and the
// host's side of the boundary in it. Guests are anonymous in it, so none can
// import another. Safe for concurrent use.
type Engine struct {
	runtime wazero.Runtime
	budget  *linmem.Budget
	method  linmem.Method
	fresh   bool
	close   sync.Once
	host    func() error // makes the host's side of the boundary once, and waits for it
	// compilations counts what was compiled and not taken from the store.
	compilations atomic.Int64

	mu       sync.Mutex
	programs map[*Program]struct{} // guarded by mu

	// Nil without a store.
	native  wazero.CompilationCache
	backing *backing
	store   *cache.Store
	// build tells the code of this build, engine and machine from any other.
	build string
}

// New makes an engine. The caller closes it. The error is a [*cache.DirError]
// when the cache directory cannot be used.
func New(ctx context.Context, opts Options) (*Engine, error) {
	config := wazero.NewRuntimeConfig().
		WithCoreFeatures(features).
		WithDebugInfoEnabled(false). // DWARF is the guest's own bytes
		WithMemoryLimitPages(1 << 16)
	e := &Engine{budget: opts.Budget, method: opts.Method, fresh: opts.Fresh}
	go linmem.Best() // finds out what this machine has, meanwhile
	if opts.CacheDir != "" {
		if err := e.openStore(opts.CacheDir); err != nil {
			return nil, fmt.Errorf("engine: %w", err)
		}
		if e.native != nil {
			config = config.WithCompilationCache(e.native)
		}
	}
	e.runtime = wazero.NewRuntimeWithConfig(ctx, config)
	ctx = context.WithoutCancel(ctx)
	e.host = sync.OnceValue(func() error {
		if err := e.instantiateHost(ctx); err != nil {
			return fmt.Errorf("engine: host modules: %w", err)
		}
		return nil
	})
	go e.host() // takes milliseconds, in which a module can be read
	return e, nil
}

// Compilations is how many modules the engine has compiled so far.
func (e *Engine) Compilations() int64 { return e.compilations.Load() }

// Close releases all compiled code. No instance may be running.
func (e *Engine) Close(ctx context.Context) error {
	var err error
	e.close.Do(func() {
		_ = e.host() // nothing is made once the runtime is closed
		err = e.runtime.Close(ctx)
		if e.native != nil {
			err = errors.Join(err, e.native.Close(ctx), e.store.Close())
		}
	})
	return err
}

// ResetMethod names the way in which written memory is found and put back on
// this machine.
func ResetMethod() string { return linmem.Best().String() }
