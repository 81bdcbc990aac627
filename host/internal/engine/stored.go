package engine

import (
	"context"
	"fmt"
	"io"
	"runtime"

	"golang.org/x/sys/cpu"

	"github.com/pledge-wasm/pledge/host/internal/cache"
	"github.com/pledge-wasm/pledge/host/internal/linmem"
	"github.com/pledge-wasm/pledge/host/internal/meter"
	"github.com/pledge-wasm/pledge/host/internal/wasm"
)

// Source is a module that may be had from the store.
type Source struct {
	// Digest is the SHA-256 of the file.
	Digest [32]byte
	// Admission names the rules by which Module admits. Code that is stored was
	// admitted by rules of the same name, and Module is not called.
	Admission string
	// Module decodes and admits the file. Its error is given as it is.
	Module func() (*wasm.Module, error)
}

// wazeroPath is wazero's module, and wazeroKnown the release of which it is known
// what it needs to run a module whose native code is at hand.
const (
	wazeroPath  = "github.com/tetratelabs/wazero"
	wazeroKnown = "v1.12.0"
)

// openStore opens the store. A release of wazero that cannot be given code leaves
// the engine without one.
func (e *Engine) openStore(dir string) error {
	store, err := cache.Open(dir, cache.Options{Ready: linmem.Prefault})
	if err != nil {
		return err
	}
	native, b, ok := newBacking()
	if !ok {
		return store.Close()
	}
	e.store, e.native, e.backing, e.build = store, native, b, buildName()
	return nil
}

// Code gives the code of a module: from the store when it is there, and else
// compiled, and then stored. What goes wrong with the store costs time and is no
// error.
func (e *Engine) Code(ctx context.Context, source Source) (*Code, error) {
	if e.store == nil {
		module, err := source.Module()
		if err != nil {
			return nil, err
		}
		return e.Compile(ctx, module)
	}
	key := e.key(source)
	if c := e.stored(ctx, key); c != nil {
		c.key = &key
		return c, nil
	}
	module, err := source.Module()
	if err != nil {
		return nil, err
	}
	c, rewritten, made, err := e.compile(ctx, module)
	if err == nil && made != nil {
		c.key = &key
		e.keep(c, key, rewritten, made)
	}
	return c, err
}

// stored gives code from the store, nil when it has none that works.
func (e *Engine) stored(ctx context.Context, key cache.Key) *Code {
	entry := e.store.Get(key)
	if entry == nil {
		return nil
	}
	defer entry.Close()
	n, err := parseNotes(entry.Notes())
	if err == nil {
		c := &Code{engine: e, notes: *n}
		_, err = e.backing.compile(ready{entry}, func() (err error) {
			c.compiled, err = e.runtime.CompileModule(ctx, n.outline)
			return err
		})
		c.outline = nil
		if err == nil {
			return c
		}
	}
	e.store.Remove(key)
	return nil
}

// keep stores code. It is best effort.
func (e *Engine) keep(c *Code, key cache.Key, rewritten []byte, made io.Reader) {
	n := c.notes
	n.outline = rewritten
	// Programs without build information, such as tests, have the release that
	// go.mod names.
	if v := cache.Version(wazeroPath); v == wazeroKnown || v == "" {
		var err error
		if n.outline, err = outline(rewritten, key[:]); err != nil {
			return
		}
	}
	_ = e.store.Put(key, n.append(nil), made)
}

// key names everything that code depends on, so that nothing else is ever taken
// for it.
func (e *Engine) key(s Source) cache.Key {
	return cache.NewKey(string(s.Digest[:]), s.Admission, e.build)
}

// pledgePath is the module that this package is in.
const pledgePath = "github.com/pledge-wasm/pledge"

// buildName tells builds and machines apart as far as code depends on them.
func buildName() string {
	return fmt.Sprint(
		cache.Build(pledgePath), "\n", cache.Build(wazeroPath), "\n", notesVersion, "\n",
		runtime.GOOS, " ", runtime.GOARCH, " ", features, " ", meter.Options{}, "\n",
		cpu.X86, cpu.ARM64,
	)
}

// ready reads code into memory that wazero has just mapped.
type ready struct{ io.Reader }

func (r ready) Read(p []byte) (n int, err error) {
	if len(p) < 1<<20 {
		return r.Reader.Read(p)
	}
	linmem.PrefaultWhile(p, func() { n, err = r.Reader.Read(p) })
	return n, err
}
