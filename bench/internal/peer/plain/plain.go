// Package plain is wazero by itself as a contestant, as its documentation has
// it: one compiled module, and an instance for each call or one that is kept.
package plain

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/pledge-wasm/pledge/abi/codec"
	"github.com/pledge-wasm/pledge/bench/internal/contest"
	"github.com/pledge-wasm/pledge/bench/internal/work"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
	"github.com/tetratelabs/wazero/sys"
)

// Contestants are the ways to use wazero.
func Contestants() []contest.Contestant {
	var all []contest.Contestant
	for _, reused := range []bool{false, true} {
		for _, stops := range []bool{false, true} {
			c := contest.Contestant{
				Name: "wazero, new instance", Family: "wazero", Isolation: "fresh", Stops: "nothing",
				ABI: contest.ABIRaw, Typed: Typed,
			}
			if reused {
				c.Name, c.Isolation = "wazero, reused", "reused"
			}
			if stops {
				c.Name, c.Stops = c.Name+" + switch", "loops"
			}
			c.Open = func(ctx context.Context, s contest.Setup) (contest.Subject, error) {
				return open(ctx, s, reused, stops)
			}
			all = append(all, c)
		}
	}
	return all
}

// Typed tells a deadline, the only limit for which wazero has a type.
func Typed(err error) string {
	var exit *sys.ExitError
	if !errors.As(err, &exit) {
		return ""
	}
	switch exit.ExitCode() {
	case sys.ExitCodeDeadlineExceeded:
		return "deadline"
	case sys.ExitCodeContextCanceled:
		return "cancelled"
	}
	return fmt.Sprintf("exit %d", exit.ExitCode())
}

type subject struct {
	setup   contest.Setup
	runtime wazero.Runtime
	module  wazero.CompiledModule
	cache   wazero.CompilationCache
	reused  bool
	stops   bool
}

func open(ctx context.Context, s contest.Setup, reused, stops bool) (*subject, error) {
	out := &subject{setup: s, reused: reused, stops: stops}
	config := wazero.NewRuntimeConfig().WithCloseOnContextDone(stops)
	if s.Memory > 0 {
		config = config.WithMemoryLimitPages(uint32(s.Memory >> 16))
	}
	if s.CacheDir != "" {
		cache, err := wazero.NewCompilationCacheWithDir(s.CacheDir)
		if err != nil {
			return nil, err
		}
		out.cache = cache
		config = config.WithCompilationCache(cache)
	}
	out.runtime = wazero.NewRuntimeWithConfig(ctx, config)
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, out.runtime); err != nil {
		return nil, err
	}
	var err error
	out.module, err = out.runtime.CompileModule(ctx, s.Wasm)
	return out, err
}

func (s *subject) Close() {
	ctx := context.Background()
	s.runtime.Close(ctx)
	if s.cache != nil {
		s.cache.Close(ctx)
	}
}

func (s *subject) Caller(ctx context.Context) (contest.Caller, error) {
	c := &caller{subject: s}
	if !s.reused {
		return c, nil
	}
	var err error
	if c.kept, err = s.instance(ctx); err != nil {
		return nil, err
	}
	c.kept.found = map[string]api.Function{}
	return c, nil
}

// instance is one that has been initialised.
type instance struct {
	module api.Module
	alloc  api.Function
	memory api.Memory
	found  map[string]api.Function // of an instance that is kept
}

// function looks an export up, once where the instance is kept.
func (i *instance) function(name string) api.Function {
	f, ok := i.found[name]
	if !ok {
		f = i.module.ExportedFunction(name)
		if i.found != nil {
			i.found[name] = f
		}
	}
	return f
}

func (s *subject) instance(ctx context.Context) (*instance, error) {
	config := wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize")
	m, err := s.runtime.InstantiateModule(ctx, s.module, config)
	if err != nil {
		return nil, err
	}
	return &instance{module: m, alloc: m.ExportedFunction("alloc"), memory: m.Memory()}, nil
}

type caller struct {
	subject *subject
	kept    *instance
}

func (c *caller) Close() {
	if c.kept != nil {
		c.kept.module.Close(context.Background())
	}
}

// call sends bytes to a function and copies what it answers.
func (c *caller) call(ctx context.Context, name string, in []byte) (out []byte, err error) {
	if c.subject.stops && c.subject.setup.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.subject.setup.Timeout)
		defer cancel()
	}
	i := c.kept
	if i == nil {
		if i, err = c.subject.instance(ctx); err != nil {
			return nil, err
		}
		defer i.module.Close(ctx)
	}
	at, err := i.alloc.Call(ctx, uint64(len(in)))
	if err != nil {
		return nil, err
	}
	if !i.memory.Write(uint32(at[0]), in) {
		return nil, errors.New("the guest's buffer is outside its memory")
	}
	answer, err := i.function(name).Call(ctx, at[0], uint64(len(in)))
	if err != nil {
		return nil, err
	}
	view, ok := i.memory.Read(uint32(answer[0]>>32), uint32(answer[0]))
	if !ok {
		return nil, errors.New("the guest's answer is outside its memory")
	}
	return append([]byte(nil), view...), nil
}

func (c *caller) Echo(ctx context.Context, data []byte) ([]byte, error) {
	return c.call(ctx, "echo", data)
}

func (c *caller) Sum(ctx context.Context, a, b int64) (int64, error) {
	return Sum(a, b, func(in []byte) ([]byte, error) { return c.call(ctx, "sum", in) })
}

func (c *caller) Count(ctx context.Context, page string) (int, error) {
	return Count(page, func(in []byte) ([]byte, error) { return c.call(ctx, "count", in) })
}

func (c *caller) Compute(ctx context.Context, name string, rounds int32) (int64, error) {
	return Compute(name, rounds, func(in []byte) ([]byte, error) { return c.call(ctx, "compute", in) })
}

// Sum, Count and Compute encode and decode for peers whose boundary is bytes.

// Sum sends {"a", "b"} and decodes {"sum"}.
func Sum(a, b int64, call func([]byte) ([]byte, error)) (int64, error) {
	in, err := codec.Marshal(work.Pair{A: a, B: b})
	if err != nil {
		return 0, err
	}
	out, err := call(in)
	if err != nil {
		return 0, err
	}
	var total work.Total
	err = decode(out, &total)
	return total.Sum, err
}

// Count sends a page and decodes a number or a map.
func Count(page string, call func([]byte) ([]byte, error)) (int, error) {
	out, err := call([]byte(page))
	if err != nil {
		return 0, err
	}
	if len(out) > 0 && out[0] < 0x20 {
		var n int
		err = decode(out, &n)
		return n, err
	}
	var counts map[string]int
	err = decode(out, &counts)
	total := 0
	for _, n := range counts {
		total += n
	}
	return total, err
}

// Compute sends the rounds and the name, and decodes eight bytes.
func Compute(name string, rounds int32, call func([]byte) ([]byte, error)) (int64, error) {
	out, err := call(append(binary.LittleEndian.AppendUint32(nil, uint32(rounds)), name...))
	if err != nil {
		return 0, err
	}
	if len(out) != 8 {
		return math.MinInt64, errors.New("the guest's answer is not eight bytes")
	}
	return int64(binary.LittleEndian.Uint64(out)), nil
}

func decode(b []byte, v any) error { return codec.Unmarshal(b, v) }
