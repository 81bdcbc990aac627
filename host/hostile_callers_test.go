package host_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/host"
	wt "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// Numbers of the catalogue that need a caller who helps, or a host that is busy.

// requireEcho makes sure that a host goes on.
func requireEcho(t *testing.T, h *host.Host) {
	t.Helper()
	got, err := host.Bind[string, string](load(t, h, wt.Echo()), "echo").Submit(t.Context(), "still here").Result(t.Context())
	require.NoError(t, err)
	require.Equal(t, "still here", got)
}

// D50: a granted function that submits the task again that has called it, and
// waits, fills the slots; the deadline ends it.
func TestHostileFunctionSubmitsAgain(t *testing.T) {
	var task host.Task[[]any, any]
	var depth atomic.Int32
	h := newHost(t, host.Config{Concurrency: 4, Limits: host.Limits{Timeout: hostileTimeout},
		Functions: map[string]host.Function{"again": func(ctx context.Context, _ abi.Raw) (any, error) {
			depth.Add(1)
			return task.Submit(ctx, []any{"again", nil}).Result(ctx)
		}}})
	task = forward(t, h, host.Grants{Functions: []string{"again"}})
	start := time.Now()
	f := task.Submit(t.Context(), []any{"again", nil})
	_, err := f.Result(t.Context())
	require.ErrorIs(t, err, futures.ErrRunTimeout)
	require.False(t, late(time.Since(start), hostileTimeout, overTime), time.Since(start))
	require.LessOrEqual(t, depth.Load(), int32(8), "it goes as deep as there are slots")
	requireEcho(t, h)
}

// E59: a guest that was granted the clock sleeps no longer than its run may last.
func TestHostileSleepers(t *testing.T) {
	h := newHost(t, host.Config{Limits: host.Limits{Timeout: hostileTimeout}})
	for name, c := range map[string]struct {
		timeout int64
		code    []wt.Code // around a poll
	}{
		"it ends a sleep of 8 s":        {8e9, nil},
		"it ends a sleep of 2^64-1 ns":  {-1, nil},
		"it ends a sleep of 292 years":  {1<<63 - 1, nil},
		"it ends sleeps of 1 ns":        {1, []wt.Code{wt.Br(0)}},
		"it ends sleeps of no time":     {0, []wt.Code{wt.Br(0)}},
		"it ends sleeps of a long time": {1e15, []wt.Code{wt.Br(0)}},
	} {
		t.Run(name, func(t *testing.T) {
			g := wt.NewGuest()
			poll := g.WASI("poll_oneoff", wt.In(wt.I32, wt.I32, wt.I32, wt.I32).Out(wt.I32))
			g.Only(g.Body(nil, wt.Loop(wt.Empty,
				wt.I32Const(64), wt.I32Const(1), wt.Store32(16), wt.I32Const(64), wt.I64Const(c.timeout), wt.Store64(24),
				wt.I32Const(64), wt.I32Const(256), wt.I32Const(1), wt.I32Const(512), wt.Call(poll), wt.If(wt.Empty, wt.Unreachable), wt.Seq(c.code...))))
			m := load(t, h, g.Bytes(), host.WithGrants(host.Grants{Clock: true}))
			start := time.Now()
			_, err := host.Bind[any, any](m, "x").Submit(t.Context(), nil).Result(t.Context())
			require.ErrorIs(t, err, futures.ErrRunTimeout)
			require.False(t, late(time.Since(start), hostileTimeout, overTime), time.Since(start))
		})
	}
	requireEcho(t, h)
}

// E70: what a caller gives is bounded as well.
func TestHostileCallers(t *testing.T) {
	h := newHost(t, host.Config{Limits: host.Limits{Timeout: hostileTimeout}})
	for name, g := range map[string]host.Grants{
		"it refuses an environment of 2 MiB":           {Env: map[string]string{"X": strings.Repeat("x", 2<<20)}},
		"it refuses 2 Mi arguments of nothing":         {Args: make([]string, 2<<20)},
		"it refuses arguments and environment of both": {Args: []string{strings.Repeat("x", 600<<10)}, Env: map[string]string{"X": strings.Repeat("x", 600<<10)}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := h.Load(t.Context(), wt.Echo(), host.WithGrants(g))
			var refused *host.LoadError
			require.ErrorAs(t, err, &refused)
			require.Contains(t, refused.Message, "the limit is 1048576")
		})
	}
	t.Run("it ends a guest that reads a million arguments for ever", func(t *testing.T) {
		g := wt.NewGuest()
		g.MemoryLimits = wt.AtLeast(100)
		sizes, get := g.WASI("args_sizes_get", wt.In(wt.I32, wt.I32).Out(wt.I32)), g.WASI("args_get", wt.In(wt.I32, wt.I32).Out(wt.I32))
		g.Only(g.Body(nil, wt.Loop(wt.Empty,
			wt.I32Const(64), wt.I32Const(68), wt.Call(sizes), wt.Drop,
			wt.I32Const(64), wt.I32Const(5<<20), wt.Call(get), wt.If(wt.Empty, wt.Unreachable), wt.Br(0))))
		m := load(t, h, g.Bytes(), host.WithGrants(host.Grants{Args: make([]string, 1<<20)}))
		start := time.Now()
		_, err := host.Bind[any, any](m, "x").Submit(t.Context(), nil).Result(t.Context())
		require.ErrorIs(t, err, futures.ErrRunTimeout)
		require.False(t, late(time.Since(start), hostileTimeout, overTime), time.Since(start))
	})
	t.Run("it refuses input that does not fit the memory", func(t *testing.T) {
		m := load(t, h, wt.Echo())
		_, err := host.Bind[[]byte, any](m, "echo").Submit(t.Context(), make([]byte, host.DefaultMemory+1)).Result(t.Context())
		requireLimit(t, err, abi.CodeMemoryLimit)
	})
	t.Run("it refuses input that is nested too deep", func(t *testing.T) {
		m := load(t, h, wt.Echo())
		deep := append(bytes.Repeat([]byte{0x81}, 300), 0xf6)
		_, err := host.Bind[abi.Raw, any](m, "echo").Submit(t.Context(), deep).Result(t.Context())
		var run *futures.RunError
		require.ErrorAs(t, err, &run)
	})
	t.Run("it ends a guest that seeds its randomness with a lot of input", func(t *testing.T) {
		g := wt.NewGuest()
		random := g.WASI("random_get", wt.In(wt.I32, wt.I32).Out(wt.I32))
		g.Only(g.Body(nil, wt.I32Const(64), wt.I32Const(8), wt.Call(random), wt.Drop))
		m := load(t, h, g.Bytes(), host.WithLimits(host.Limits{Memory: 256 << 20}))
		_, err := host.Bind[[]byte, any](m, "x").Submit(t.Context(), make([]byte, 64<<20), host.Within(host.Limits{Fuel: 10_000_000, Timeout: time.Minute})).Result(t.Context())
		requireLimit(t, err, abi.CodeFuelExhausted)
	})
	requireEcho(t, h)
}

func requireLimit(t *testing.T, err error, code abi.Code) {
	t.Helper()
	var run *futures.RunError
	require.ErrorAs(t, err, &run)
	require.Equal(t, code, run.Code, err)
	var limit *host.LimitError
	require.ErrorAs(t, err, &limit)
}

// F74: a value that doubles each time is bounded, however it doubles.
func TestHostileLaughs(t *testing.T) {
	h := newHost(t, host.Config{Limits: host.Limits{Timeout: 5 * time.Second}})
	m := load(t, h, wt.Echo())
	base := resident()
	t.Run("it bounds a value that is named twice, forty times", func(t *testing.T) {
		var f *futures.Future[any] = host.Bind[any, any](m, "echo").Submit(t.Context(), strings.Repeat("ha", 50))
		for range 40 {
			f = host.Bind[any, any](m, "echo").Submit(t.Context(), []any{f, f})
		}
		_, err := f.Result(t.Context())
		require.ErrorIs(t, err, futures.ErrUpstream)
		requireRoot(t, err, abi.CodeOutputLimit, abi.CodeMemoryLimit)
	})
	t.Run("it bounds a value that is named 100,000 times", func(t *testing.T) {
		large := host.Bind[any, []byte](m, "echo").Submit(t.Context(), make([]byte, 1<<20))
		list := slices.Repeat([]any{large}, 100_000)
		_, err := host.Bind[any, any](m, "echo").Submit(t.Context(), list).Result(t.Context())
		requireLimit(t, err, abi.CodeMemoryLimit)
	})
	if resident() > 0 {
		require.Less(t, resident()-base, int64(512<<20)*slower)
	}
	requireEcho(t, h)
}

// requireRoot makes sure that the run at the root of a failure ended with one of
// these codes.
func requireRoot(t *testing.T, err error, codes ...abi.Code) {
	t.Helper()
	var run *futures.RunError
	require.ErrorAs(t, err, &run)
	require.Contains(t, codes, run.Root().Code, err)
}

// H93: what operations make of numbers that are none is the same on every run,
// in every instance.
func TestHostileNumbersAreTheSame(t *testing.T) {
	const nan, signalling, infinity, denormal, half = 0x7ff800000000dead, 0x7ff0000000000001, 0x7ff << 52, 3, 0x3fe << 52
	f64 := wt.F64Const
	ops := []wt.Code{
		f64(0) + f64(0) + "\xa3",                   // 0 / 0
		f64(infinity) + f64(infinity) + "\xa1",     // inf - inf
		f64(0xbff<<52) + "\x9f",                    // sqrt(-1)
		f64(nan) + f64(half) + "\xa0",              // nan + 0.5
		f64(half) + f64(signalling) + "\xa2",       // 0.5 * snan
		f64(nan) + f64(half) + "\xa4",              // min
		f64(half) + f64(nan|1<<63) + "\xa5",        // max
		f64(nan) + "\xb6\xbb",                      // to 32 bits and back
		f64(denormal) + f64(half) + "\xa2",         // denormal * 0.5
		f64(nan) + f64(1<<63) + "\xa6",             // copysign
		f64(signalling) + "\x99" + f64(0) + "\xa0", // abs
	}
	g := wt.NewGuest()
	const at = 64
	code := wt.I32Const(at) + wt.I32Const(0x580082|int32(8*len(ops))<<24) + wt.Store32(0)
	for i, op := range ops {
		code += wt.I32Const(at) + op + "\x39\x00" + wt.Code(wt.U32(uint32(4+8*i))) // f64.store
	}
	g.Only(g.Func(wt.CallSig, nil, code, wt.I64Const(at<<32|int64(4+8*len(ops)))))
	file, seen := g.Bytes(), map[string]int{}
	for range 2 {
		h := newHost(t, host.Config{Concurrency: 4})
		task := host.Bind[any, []byte](load(t, h, file), "x")
		var all []*futures.Future[[]byte]
		for range 50 {
			all = append(all, task.Submit(t.Context(), nil))
		}
		for _, f := range all {
			bits, err := f.Result(t.Context())
			require.NoError(t, err)
			seen[string(bits)]++
		}
	}
	require.Len(t, seen, 1)
}

// H94: a guest cannot tell by its memory whether the host is busy: it gets what
// its limit allows, or its run ends.
func TestHostileGrowthIsNotTheLoads(t *testing.T) {
	const holders = 2
	started, release := make(chan struct{}), make(chan struct{})
	h := newHost(t, host.Config{Memory: 10 << 20, Concurrency: 8, Limits: host.Limits{Memory: 4 << 20, Timeout: time.Minute},
		Functions: map[string]host.Function{"hold": func(ctx context.Context, _ abi.Raw) (any, error) {
			started <- struct{}{}
			select {
			case <-release:
				return nil, nil
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		}}})
	g := wt.NewGuest()
	call := g.Host("call")
	request := abi.AppendRequest(nil, "hold", abi.AppendNull(nil))
	at := int32(g.Const(request))
	g.Only(g.Body(nil, wt.I32Const(60), wt.MemoryGrow, wt.Drop, wt.I32Const(at), wt.I32Const(int32(len(request))), wt.Call(call), wt.Drop))
	holder := host.Bind[any, any](load(t, h, g.Bytes(), host.WithGrants(host.Grants{Functions: []string{"hold"}})), "x")
	grow := host.Bind[any, int](load(t, h, wt.Grow()), "x")

	pages, err := grow.Submit(t.Context(), nil).Result(t.Context())
	require.NoError(t, err)
	require.Equal(t, 64, pages)
	var held []*futures.Future[any]
	for len(held) < holders {
		f := holder.Submit(t.Context(), nil)
		ended := make(chan struct{})
		f.OnDone(func() { close(ended) })
		select {
		case <-started:
			held = append(held, f)
		case <-ended: // the memory of the task before is not given back yet
			requireLimit(t, f.Err(), abi.CodeMemoryLimit)
		}
	}
	pages, err = grow.Submit(t.Context(), nil).Result(t.Context())
	requireLimit(t, err, abi.CodeMemoryLimit)
	require.Zero(t, pages)
	require.ErrorContains(t, err, "budget")
	close(release)
	for _, f := range held {
		_, err := f.Result(t.Context())
		require.NoError(t, err)
	}
	for { // until the memory of the holders is given back
		pages, err = grow.Submit(t.Context(), nil).Result(t.Context())
		if err == nil {
			break
		}
		requireLimit(t, err, abi.CodeMemoryLimit)
	}
	require.Equal(t, 64, pages)
}
