package host

import (
	"fmt"
	"maps"
	"runtime"
	"strings"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/futures/memo"
)

// Config says how a [Host] works. The zero value is valid and safe.
type Config struct {
	// Limits are the limits of every module and task that does not set its
	// own.
	Limits Limits
	// Concurrency is how many tasks run at once. Runs that wait for others,
	// and guests that await their sub-tasks, do not count. Default
	// runtime.GOMAXPROCS(0).
	Concurrency int
	// Queue is how many runs may wait at once, for a slot or for their
	// dependencies. A submission over it ends at once, Crashed, with an
	// [*OverloadError]. Default 1,000,000.
	Queue int
	// Memory is how many bytes of linear memory all guests together may have,
	// running and idle. A guest that would need more gets memory_limit.
	// Default 4 GiB.
	Memory int64
	// Functions are the Go functions that guests may be granted, by name. A
	// guest that calls one that exists but was not granted learns so. Names
	// that begin with "task." and the name "progress" are pledge's own.
	Functions map[string]Function
	// CacheDir is a directory in which compiled modules are kept from one
	// process to the next, so that loading takes milliseconds, and those without
	// grants as initialising left them. It is made when
	// it is not there; nobody else may have access to it, or [New] gives a
	// [*CacheError]. Any number of processes may share it. What was not stored
	// by a process that could read its key is not used. At most 1 GiB is kept,
	// what was used last. Empty means that nothing is kept.
	CacheDir string
	// TagLimits bounds how many runs under a tag, see [Tagged], run at once;
	// each is at least 1.
	TagLimits map[string]int
	// Memo is where the results of tasks are kept that are submitted with
	// [Memoize]. Hosts may share one. Default a store in memory of 64 MiB.
	Memo *memo.Cache
	// OnState, when set, is called at every change of state of every run,
	// sub-tasks included, in order, on the goroutine that made it. Panics in it
	// are contained. It must not wait for the host.
	OnState func(futures.Any, futures.Event)
	// Report, when set, is called at the end of every attempt of every run,
	// sub-tasks included, before its future is done, on the goroutine of the
	// run. Panics in it are contained. It must not wait for the host.
	Report func(Report)
}

// The defaults of [Config].
const (
	DefaultQueue      = 1_000_000
	DefaultHostMemory = 4 << 30
)

// withDefaults fills what was left zero.
func (c Config) withDefaults() Config {
	c.Limits = c.Limits.or(defaultLimits)
	if c.Concurrency == 0 {
		c.Concurrency = runtime.GOMAXPROCS(0)
	}
	if c.Queue == 0 {
		c.Queue = DefaultQueue
	}
	if c.Memory == 0 {
		c.Memory = DefaultHostMemory
	}
	if c.Memo == nil {
		c.Memo = &memo.Cache{Store: new(memo.Memory)}
	}
	c.Functions = maps.Clone(c.Functions)
	return c
}

func (c Config) validate() error {
	if err := c.Limits.validate(); err != nil {
		return err
	}
	switch {
	case c.Concurrency < 0:
		return fmt.Errorf("host: Config.Concurrency of %d: want a positive number", c.Concurrency)
	case c.Queue < 0:
		return fmt.Errorf("host: Config.Queue of %d: want a positive number", c.Queue)
	case c.Memory < wasmPage:
		return fmt.Errorf("host: Config.Memory of %d bytes: want at least 64 KiB", c.Memory)
	}
	for tag, n := range c.TagLimits {
		if n < 1 {
			return fmt.Errorf("host: Config.TagLimits of %d for %q: want a positive number", n, tag)
		}
	}
	for name, f := range c.Functions {
		if f == nil || name == "" || name == abi.FuncProgress || strings.HasPrefix(name, "task.") {
			return fmt.Errorf("host: Config.Functions: %q cannot be offered: the name is empty or pledge's own, or the function is nil", name)
		}
	}
	return nil
}
