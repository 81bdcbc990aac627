// Package goplugin is knqyf263/go-plugin as a contestant, through the code that
// its generator makes of proto/work.proto. A plug-in is loaded once and called
// again and again; there is no instance per call short of compiling anew.
package goplugin

import (
	"context"
	"os"

	// The code that is generated for hosts needs nothing of go-plugin; this
	// puts its version among those that the program can tell.
	_ "github.com/knqyf263/go-plugin/wasm"

	"github.com/pledge-wasm/pledge/bench/internal/contest"
	"github.com/pledge-wasm/pledge/bench/internal/peer/goplugin/proto"
	"github.com/pledge-wasm/pledge/bench/internal/peer/plain"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

//go:generate protoc -I proto --go-plugin_out=proto --go-plugin_opt=paths=source_relative proto/work.proto

// Contestants are the ways to use go-plugin: as it comes, and with a runtime of
// its option WazeroRuntime that has wazero's switch on.
func Contestants() []contest.Contestant {
	return []contest.Contestant{
		{Name: "go-plugin", Family: "go-plugin", Isolation: "reused", Stops: "nothing", ABI: contest.ABIGoPlugin, Files: true,
			Open:  func(ctx context.Context, s contest.Setup) (contest.Subject, error) { return open(ctx, s, false) },
			Typed: plain.Typed},
		{Name: "go-plugin + switch", Family: "go-plugin", Isolation: "reused", Stops: "loops", ABI: contest.ABIGoPlugin, Files: true,
			Open:  func(ctx context.Context, s contest.Setup) (contest.Subject, error) { return open(ctx, s, true) },
			Typed: plain.Typed},
	}
}

// loaded is the interface of the generated host code, which does not export it.
type loaded interface {
	Close(ctx context.Context) error
	proto.Work
}

type subject struct {
	setup  contest.Setup
	small  bool // the guest is the small one, which gives a sum for a map
	stops  bool
	plugin *proto.WorkPlugin
	cache  wazero.CompilationCache
}

func open(ctx context.Context, s contest.Setup, stops bool) (*subject, error) {
	info, err := os.Stat(s.Path)
	if err != nil {
		return nil, err
	}
	out := &subject{setup: s, small: info.Size() < 1<<16, stops: stops}
	// Callers share compiled code, so that many of them need not compile anew;
	// by default each would.
	if s.CacheDir != "" {
		cache, err := wazero.NewCompilationCacheWithDir(s.CacheDir)
		if err != nil {
			return nil, err
		}
		out.cache = cache
	} else {
		out.cache = wazero.NewCompilationCache()
	}
	config := wazero.NewRuntimeConfig().WithCloseOnContextDone(stops).WithCompilationCache(out.cache)
	if s.Memory > 0 {
		config = config.WithMemoryLimitPages(uint32(s.Memory >> 16))
	}
	out.plugin, err = proto.NewWorkPlugin(ctx, proto.WazeroRuntime(func(ctx context.Context) (wazero.Runtime, error) {
		r := wazero.NewRuntimeWithConfig(ctx, config)
		_, err := wasi_snapshot_preview1.Instantiate(ctx, r)
		return r, err
	}))
	return out, err
}

func (s *subject) Close() { s.cache.Close(context.Background()) }

func (s *subject) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if !s.stops || s.setup.Timeout == 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, s.setup.Timeout)
}

func (s *subject) Caller(ctx context.Context) (contest.Caller, error) {
	ctx, cancel := s.bound(ctx) // which covers the compiler, too
	defer cancel()
	p, err := s.plugin.Load(ctx, s.setup.Path)
	if err != nil {
		return nil, err
	}
	return &caller{subject: s, plugin: p}, nil
}

type caller struct {
	subject *subject
	plugin  loaded
}

func (c *caller) Close() { c.plugin.Close(context.Background()) }

func (c *caller) Echo(ctx context.Context, data []byte) ([]byte, error) {
	ctx, cancel := c.subject.bound(ctx)
	defer cancel()
	out, err := c.plugin.Echo(ctx, &proto.Bytes{Data: data})
	return out.GetData(), err
}

func (c *caller) Sum(ctx context.Context, a, b int64) (int64, error) {
	ctx, cancel := c.subject.bound(ctx)
	defer cancel()
	out, err := c.plugin.Sum(ctx, &proto.Pair{A: a, B: b})
	return out.GetSum(), err
}

func (c *caller) Count(ctx context.Context, page string) (int, error) {
	ctx, cancel := c.subject.bound(ctx)
	defer cancel()
	if c.subject.small {
		out, err := c.plugin.Words(ctx, &proto.Page{Text: page})
		return int(out.GetSum()), err
	}
	out, err := c.plugin.Count(ctx, &proto.Page{Text: page})
	total := 0
	for _, n := range out.GetWords() {
		total += int(n)
	}
	return total, err
}

func (c *caller) Compute(ctx context.Context, name string, rounds int32) (int64, error) {
	ctx, cancel := c.subject.bound(ctx)
	defer cancel()
	out, err := c.plugin.Compute(ctx, &proto.Job{Name: name, Rounds: rounds})
	return out.GetSum(), err
}
