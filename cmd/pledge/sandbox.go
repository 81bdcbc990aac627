package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/pledge-wasm/pledge/host"
)

// sandbox is what the flags say about the world that a module gets.
type sandbox struct {
	timeout time.Duration
	fuel    uint64
	memory  size
	allow   allow
	cache   string
}

// flags adds the flags of the sandbox to a command.
func (s *sandbox) flags(cmd *cobra.Command) {
	s.memory = host.DefaultMemory
	f := cmd.Flags()
	f.SortFlags = false
	f.DurationVar(&s.timeout, "timeout", host.DefaultTimeout, "`time` that a task may take, and the module's own code while it is loaded: 500ms, 10s, 2m")
	f.Uint64Var(&s.fuel, "fuel", host.DefaultFuel, "work that a task may do, in `units` of about one instruction")
	f.Var(&s.memory, "memory", "linear memory that the module may have, 64KiB to 4GiB")
	f.Var(&s.allow, "allow", "let the module have one thing more: the real time (clock), real random bytes (random), a variable of the environment (env=NAME=VALUE), or sub-tasks of its own (tasks); may be repeated")
	f.StringVar(&s.cache, "cache", "", "`directory` in which compiled modules are kept, or off (default: pledge in the user's cache directory)")
	f.Lookup("allow").DefValue = ""
	complete(cmd, "allow",
		"clock\tthe real time", "random\treal random bytes", "tasks\tsub-tasks of the same module", "env=\tone environment variable: env=NAME=VALUE")
	complete(cmd, "timeout", "100ms", "1s", "10s", "1m")
	complete(cmd, "memory", "16MiB", "64MiB", "256MiB", "1GiB")
	complete(cmd, "fuel")
}

// validate refuses what the host would refuse, in the words of the flags.
func (s *sandbox) validate() error {
	switch {
	case s.timeout <= 0:
		return usage("give a time such as 500ms, 10s or 2m", "--timeout of %v: want more than zero", s.timeout)
	case s.fuel < 1 || s.fuel > 1<<63-1:
		return usage("leave --fuel out for its default, which is far more than a few seconds burn", "--fuel of %d: want 1 to 9223372036854775807", s.fuel)
	case s.memory < 64<<10 || s.memory > 4<<30:
		return usage("WebAssembly memory comes in pages of 64 KiB, and 32 bits address 4 GiB", "--memory of %v: want 64KiB to 4GiB", &s.memory)
	}
	return nil
}

func (s *sandbox) limits() host.Limits {
	return host.Limits{Memory: int64(s.memory), Timeout: s.timeout, Fuel: s.fuel}
}

// host makes the host in which up to concurrency tasks run at once. The caller
// closes it.
func (s *sandbox) host(ctx context.Context, concurrency int) (*host.Host, error) {
	config := host.Config{
		Limits:      s.limits(),
		Concurrency: concurrency,
		// Every task may have what --memory says, and the boot as well.
		Memory:   max(host.DefaultHostMemory, int64(s.memory)*int64(concurrency+1)),
		CacheDir: s.cacheDir(),
	}
	h, err := host.New(ctx, config)
	cache, isCache := errors.AsType[*host.CacheError](err)
	switch {
	case isCache && s.cache == "": // a convenience that cannot be had is done without
		config.CacheDir = ""
		return host.New(ctx, config)
	case isCache:
		return nil, usage(cache.Hint+", or say --cache off", "the cache directory %s %s", cache.Dir, cache.Problem)
	}
	return h, err
}

// cacheDir is where compiled modules are kept; empty is nowhere.
func (s *sandbox) cacheDir() string {
	switch s.cache {
	case "off":
		return ""
	case "":
		dir, err := os.UserCacheDir()
		if err != nil {
			return ""
		}
		return filepath.Join(dir, "pledge")
	}
	return s.cache
}

// load loads a module from a file. A file that cannot be read is wrong usage, a
// *[problem]; any other error is the host's, a *[host.LoadError].
func (s *sandbox) load(ctx context.Context, h *host.Host, path string) (*host.Module, error) {
	m, err := h.LoadFile(ctx, path, host.WithGrants(s.allow.Grants))
	if _, unread := errors.AsType[*fs.PathError](err); unread {
		return nil, noModule(path, err)
	}
	return m, err
}

// longestFile is how much of a file is read, in bytes. It is more than the host
// admits, so that it is the host who says what the limit is.
const longestFile = 128 << 20

// readModule reads a file that may be a module. Of a longer one nothing is told
// but that: it may have no end.
func readModule(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, noModule(path, err)
	}
	defer f.Close()
	wasm, err := io.ReadAll(io.LimitReader(f, longestFile+1))
	switch {
	case err != nil:
		return nil, noModule(path, err)
	case len(wasm) > longestFile:
		return nil, &problem{exit: exitCrashed, what: path + " was refused: it has more than 128 MiB [module_rejected]",
			hint: "a module has at most 64 MiB; make it smaller, or split it"}
	}
	return wasm, nil
}

func noModule(path string, err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		err = at.Err
	}
	return usage("check the path to the module", "cannot read %s: %v", path, err)
}
