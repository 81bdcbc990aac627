// Package extism is the Extism Go SDK as a contestant: a CompiledPlugin, with
// an instance for each call or one that is kept.
package extism

import (
	"context"
	"time"

	sdk "github.com/extism/go-sdk"
	"github.com/pledge-wasm/pledge/bench/internal/contest"
	"github.com/pledge-wasm/pledge/bench/internal/peer/plain"
	"github.com/tetratelabs/wazero"
)

// Contestants are the ways to use Extism.
func Contestants() []contest.Contestant {
	var all []contest.Contestant
	for _, reused := range []bool{false, true} {
		for _, stops := range []bool{false, true} {
			c := contest.Contestant{
				Name: "Extism, new instance", Family: "Extism", Isolation: "fresh", Stops: "nothing",
				ABI: contest.ABIExtism, Typed: plain.Typed,
			}
			if reused {
				c.Name, c.Isolation = "Extism, reused", "reused"
			}
			if stops {
				c.Name, c.Stops = c.Name+" + time-out", "loops"
			}
			c.Open = func(ctx context.Context, s contest.Setup) (contest.Subject, error) {
				return open(ctx, s, reused, stops)
			}
			all = append(all, c)
		}
	}
	return all
}

type subject struct {
	plugin *sdk.CompiledPlugin
	cache  wazero.CompilationCache
	reused bool
	stops  time.Duration
}

func open(ctx context.Context, s contest.Setup, reused, stops bool) (*subject, error) {
	out := &subject{reused: reused}
	manifest := sdk.Manifest{Wasm: []sdk.Wasm{sdk.WasmData{Data: s.Wasm}}}
	if stops {
		out.stops = s.Timeout
		manifest.Timeout = uint64(s.Timeout / time.Millisecond)
	}
	if s.Memory > 0 {
		manifest.Memory = &sdk.ManifestMemory{MaxPages: uint32(s.Memory >> 16), MaxHttpResponseBytes: -1, MaxVarBytes: -1}
	}
	config := sdk.PluginConfig{EnableWasi: true, RuntimeConfig: wazero.NewRuntimeConfig()}
	if s.CacheDir != "" {
		cache, err := wazero.NewCompilationCacheWithDir(s.CacheDir)
		if err != nil {
			return nil, err
		}
		out.cache = cache
		config.RuntimeConfig = config.RuntimeConfig.WithCompilationCache(cache)
	}
	var err error
	out.plugin, err = sdk.NewCompiledPlugin(ctx, manifest, config, nil)
	return out, err
}

func (s *subject) Close() {
	ctx := context.Background()
	s.plugin.Close(ctx)
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
	c.kept, err = s.instance(ctx)
	return c, err
}

// instance makes an instance. A plug-in's time-out does not cover that, so the
// context does.
func (s *subject) instance(ctx context.Context) (*sdk.Plugin, error) {
	if s.stops > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.stops)
		defer cancel()
	}
	return s.plugin.Instance(ctx, sdk.PluginInstanceConfig{})
}

type caller struct {
	subject *subject
	kept    *sdk.Plugin
}

func (c *caller) Close() {
	if c.kept != nil {
		c.kept.Close(context.Background())
	}
}

func (c *caller) call(ctx context.Context, name string, in []byte) (out []byte, err error) {
	p := c.kept
	if p == nil {
		if p, err = c.subject.instance(ctx); err != nil {
			return nil, err
		}
		defer p.Close(ctx)
	}
	_, out, err = p.CallWithContext(ctx, name, in)
	return out, err
}

func (c *caller) Echo(ctx context.Context, data []byte) ([]byte, error) {
	return c.call(ctx, "echo", data)
}

func (c *caller) Sum(ctx context.Context, a, b int64) (int64, error) {
	return plain.Sum(a, b, func(in []byte) ([]byte, error) { return c.call(ctx, "sum", in) })
}

func (c *caller) Count(ctx context.Context, page string) (int, error) {
	return plain.Count(page, func(in []byte) ([]byte, error) { return c.call(ctx, "count", in) })
}

func (c *caller) Compute(ctx context.Context, name string, rounds int32) (int64, error) {
	return plain.Compute(name, rounds, func(in []byte) ([]byte, error) { return c.call(ctx, "compute", in) })
}
