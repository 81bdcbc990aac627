//go:build cgo && !nowasmtime

package wasmtime

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/bytecodealliance/wasmtime-go/v39"
	"github.com/pledge-wasm/pledge/bench/internal/contest"
	"github.com/pledge-wasm/pledge/bench/internal/peer/plain"
)

// Missing says why there are no contestants; empty when there are.
const Missing = ""

// tick is how often the epoch moves; it is the precision of a deadline.
const tick = 5 * time.Millisecond

// tableElements bounds a table where memory is bounded, too.
const tableElements = 1_000_000

// Contestants are the ways to use wasmtime, with epoch interruption.
func Contestants() []contest.Contestant {
	var all []contest.Contestant
	for _, reused := range []bool{false, true} {
		c := contest.Contestant{
			Name: "wasmtime, new instance", Family: "wasmtime", Isolation: "fresh", Stops: "loops and calls",
			ABI: contest.ABIRaw, Typed: typed,
		}
		if reused {
			c.Name, c.Isolation = "wasmtime, reused", "reused"
		}
		c.Open = func(_ context.Context, s contest.Setup) (contest.Subject, error) { return open(s, reused) }
		all = append(all, c)
	}
	return all
}

func typed(err error) string {
	var trap *wasmtime.Trap
	if !errors.As(err, &trap) {
		return ""
	}
	code := trap.Code()
	if code == nil {
		return ""
	}
	switch *code {
	case wasmtime.StackOverflow:
		return "stack_overflow"
	case wasmtime.Interrupt:
		return "deadline"
	case wasmtime.UnreachableCodeReached:
		return "unreachable"
	}
	return fmt.Sprintf("trap %d", *code)
}

type subject struct {
	setup  contest.Setup
	engine *wasmtime.Engine
	linker *wasmtime.Linker
	module *wasmtime.Module
	reused bool
	quit   chan struct{}
	done   sync.WaitGroup
}

func open(s contest.Setup, reused bool) (*subject, error) {
	config := wasmtime.NewConfig()
	config.SetEpochInterruption(true)
	if s.CacheDir != "" {
		path := filepath.Join(s.CacheDir, "wasmtime.toml")
		text := fmt.Sprintf("[cache]\ndirectory = %q\n", filepath.Join(s.CacheDir, "code"))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return nil, err
		}
		if err := config.CacheConfigLoad(path); err != nil {
			return nil, err
		}
	}
	out := &subject{setup: s, engine: wasmtime.NewEngineWithConfig(config), reused: reused, quit: make(chan struct{})}
	var err error
	if out.module, err = wasmtime.NewModule(out.engine, s.Wasm); err != nil {
		return nil, err
	}
	out.linker = wasmtime.NewLinker(out.engine)
	if err := out.linker.DefineWasi(); err != nil {
		return nil, err
	}
	out.done.Go(func() {
		t := time.NewTicker(tick)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				out.engine.IncrementEpoch()
			case <-out.quit:
				return
			}
		}
	})
	return out, nil
}

func (s *subject) Close() {
	close(s.quit)
	s.done.Wait()
	s.linker.Close()
	s.module.Close()
	s.engine.Close()
}

func (s *subject) Caller(context.Context) (contest.Caller, error) {
	c := &caller{subject: s}
	if !s.reused {
		return c, nil
	}
	var err error
	if c.kept, err = s.instance(); err != nil {
		return nil, err
	}
	c.kept.found = map[string]*wasmtime.Func{}
	return c, nil
}

type instance struct {
	store  *wasmtime.Store
	module *wasmtime.Instance
	alloc  *wasmtime.Func
	memory *wasmtime.Memory
	found  map[string]*wasmtime.Func // of an instance that is kept
}

// function looks an export up, once where the instance is kept.
func (i *instance) function(name string) *wasmtime.Func {
	f, ok := i.found[name]
	if !ok {
		f = i.module.GetFunc(i.store, name)
		if i.found != nil {
			i.found[name] = f
		}
	}
	return f
}

// arm sets the deadline of what comes next.
func (s *subject) arm(store *wasmtime.Store) {
	timeout := s.setup.Timeout
	if timeout == 0 {
		timeout = time.Hour
	}
	store.SetEpochDeadline(uint64(timeout/tick) + 1)
}

func (s *subject) instance() (*instance, error) {
	store := wasmtime.NewStore(s.engine)
	if s.setup.Memory > 0 {
		store.Limiter(s.setup.Memory, tableElements, -1, -1, -1)
	}
	store.SetWasi(wasmtime.NewWasiConfig())
	s.arm(store)
	m, err := s.linker.Instantiate(store, s.module)
	if err != nil {
		store.Close()
		return nil, err
	}
	i := &instance{store: store, module: m, alloc: m.GetFunc(store, "alloc"), memory: m.GetExport(store, "memory").Memory()}
	if init := m.GetFunc(store, "_initialize"); init != nil {
		if _, err := init.Call(store); err != nil {
			store.Close()
			return nil, err
		}
	}
	return i, nil
}

type caller struct {
	subject *subject
	kept    *instance
}

func (c *caller) Close() {
	if c.kept != nil {
		c.kept.store.Close()
	}
}

func (c *caller) call(name string, in []byte) (out []byte, err error) {
	i := c.kept
	if i == nil {
		if i, err = c.subject.instance(); err != nil {
			return nil, err
		}
		defer i.store.Close()
	} else {
		c.subject.arm(i.store)
	}
	at, err := i.alloc.Call(i.store, int32(len(in)))
	if err != nil {
		return nil, err
	}
	ptr := uint32(at.(int32))
	if data := i.memory.UnsafeData(i.store); uint64(ptr)+uint64(len(in)) <= uint64(len(data)) {
		copy(data[ptr:], in)
	} else {
		return nil, errors.New("the guest's buffer is outside its memory")
	}
	answer, err := i.function(name).Call(i.store, at, int32(len(in)))
	if err != nil {
		return nil, err
	}
	span := uint64(answer.(int64))
	data := i.memory.UnsafeData(i.store)
	if from, n := span>>32, span&0xffffffff; from+n <= uint64(len(data)) {
		return append([]byte(nil), data[from:from+n]...), nil
	}
	return nil, errors.New("the guest's answer is outside its memory")
}

func (c *caller) Echo(_ context.Context, data []byte) ([]byte, error) { return c.call("echo", data) }

func (c *caller) Sum(_ context.Context, a, b int64) (int64, error) {
	return plain.Sum(a, b, func(in []byte) ([]byte, error) { return c.call("sum", in) })
}

func (c *caller) Count(_ context.Context, page string) (int, error) {
	return plain.Count(page, func(in []byte) ([]byte, error) { return c.call("count", in) })
}

func (c *caller) Compute(_ context.Context, name string, rounds int32) (int64, error) {
	return plain.Compute(name, rounds, func(in []byte) ([]byte, error) { return c.call("compute", in) })
}
