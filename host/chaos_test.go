package host_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/host"
	wt "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// killables is a guest with a task for every place at which a run can be
// stopped, and functions for it to wait in.
func killables() []byte {
	g := wt.NewGuest()
	for _, name := range []string{"call", "take", "log"} {
		g.Host(name)
	}
	poll := g.WASI("poll_oneoff", wt.In(wt.I32, wt.I32, wt.I32, wt.I32).Out(wt.I32))
	g.Task("echo", g.Echo())
	g.Task("spin", g.Spin())
	g.Task("recurse", g.Recurse(0))
	g.Task("growtrap", g.GrowAndTrap())
	g.Task("forward", g.Forward())
	g.Task("sleep", g.Body(nil, // an hour on the granted clock
		wt.I32Const(scratch), wt.I64Const(3600e9), wt.Store64(24),
		wt.I32Const(scratch), wt.I32Const(answer), wt.I32Const(1), wt.I32Const(scratch+56), wt.Call(poll), wt.Drop))
	return g.Bytes()
}

func killableCalls() []call {
	submit := func(task string) call {
		return call{"forward", []any{"task.submit", map[string]any{"task": task, "args": nil}}}
	}
	return []call{
		{"echo", 1}, {"echo", make([]byte, 100<<10)}, {"spin", nil}, {"recurse", nil}, {"growtrap", nil}, {"sleep", nil},
		{"forward", []any{"block", nil}}, {"forward", []any{"double", 4}},
		submit("echo"), submit("spin"), submit("sleep"), submit("growtrap"),
	}
}

// killableConfig is a host with the functions of killables. step, if not nil, is
// called at every step of the protocol that can be seen.
func killableConfig(step func()) host.Config {
	if step == nil {
		step = func() {}
	}
	return host.Config{
		Concurrency: 2,
		Limits:      host.Limits{Memory: 1 << 20, Timeout: time.Minute},
		OnState:     func(futures.Any, futures.Event) { step() },
		Report:      func(host.Report) { step() },
		Functions: map[string]host.Function{
			"block": func(ctx context.Context, _ abi.Raw) (any, error) {
				step()
				<-ctx.Done()
				step()
				return nil, context.Cause(ctx)
			},
			"double": func(_ context.Context, args abi.Raw) (any, error) {
				step()
				var n int
				err := codec.Unmarshal(args, &n)
				return 2 * n, err
			},
		},
	}
}

var killableGrants = host.WithGrants(host.Grants{Clock: true, Tasks: true, Functions: []string{"block", "double"}})
var actorGrants = host.WithGrants(host.Grants{Clock: true, Functions: []string{"block", "double"}})

// Whenever a run is stopped, it ends, its instance serves nobody again unless it
// is as new, and nothing of it stays.
func TestKilledAtRandomMoments(t *testing.T) {
	h := newHost(t, killableConfig(nil))
	modules := []*host.Module{
		load(t, h, killables(), killableGrants),
		load(t, h, killables(), actorGrants, host.Stateful()),
	}
	calls := killableCalls()
	batch := func() {
		var all []*futures.Future[abi.Raw]
		for range 40 {
			ctx, cancel := context.WithCancel(t.Context())
			c := calls[rand.IntN(len(calls))]
			m := modules[0]
			if rand.IntN(5) == 0 {
				m = modules[1]
			}
			f := host.Bind[any, abi.Raw](m, c.task).Submit(ctx, c.args)
			time.AfterFunc(time.Duration(rand.IntN(3000))*time.Microsecond, cancel)
			all = append(all, f)
		}
		for _, f := range all {
			_, err := f.Result(t.Context())
			require.True(t, f.State().Terminal())
			require.NotEqual(t, futures.TimedOut, f.State(), err)
		}
		for _, m := range modules {
			got, err := host.Bind[int, int](m, "echo").Submit(t.Context(), 5).Result(t.Context())
			require.NoError(t, err)
			require.Equal(t, 5, got)
		}
	}
	for range 20 {
		batch()
	}
	h.Rest()
	before := measure()
	for range 100 / min(slower, 5) {
		batch()
	}
	h.Rest()
	requireNoMore(t, before, 8<<20)
}

// A run is cancelled at each step that can be seen of it, one after the other.
func TestCancelledAtEveryStep(t *testing.T) {
	for _, c := range killableCalls() {
		t.Run(fmt.Sprintf("it ends at every step of %.60s", fmt.Sprint(c.task, c.args)), func(t *testing.T) {
			for at := int64(1); ; at++ {
				var steps, cancelled atomic.Int64
				cause := errors.New("at this step")
				ctx, cancel := context.WithCancelCause(t.Context())
				h, err := host.New(t.Context(), killableConfig(func() {
					if steps.Add(1) == at {
						cancelled.Add(1)
						cancel(cause)
					}
				}))
				require.NoError(t, err)
				m := load(t, h, killables(), killableGrants)
				f := host.Bind[any, abi.Raw](m, c.task).Submit(ctx, c.args)
				// What no step of its own ends is ended from outside.
				outside := time.AfterFunc(50*time.Millisecond, func() { f.Cancel(nil) })
				_, err = f.Result(t.Context())
				outside.Stop()
				if f.State() == futures.Cancelled && errors.Is(context.Cause(ctx), cause) {
					require.ErrorIs(t, err, futures.ErrCancelled)
				}
				got, err := host.Bind[int, int](m, "echo").Submit(t.Context(), 5).Result(t.Context())
				require.NoError(t, err)
				require.Equal(t, 5, got)
				require.NoError(t, h.Close(t.Context()))
				cancel(nil)
				if cancelled.Load() == 0 || at > 50 {
					require.Greater(t, at, int64(3), "there are steps")
					break
				}
			}
		})
	}
}

// Modules come and go while a thousand tasks run in them, and then the host goes
// too.
func TestHotSwap(t *testing.T) {
	hotSwap(t)
	before := measure()
	for range 3 {
		hotSwap(t)
	}
	requireNoMore(t, before, 16<<20)
}

func hotSwap(t *testing.T) {
	h, err := host.New(t.Context(), killableConfig(nil))
	require.NoError(t, err)
	version := func(n int) []byte {
		g := wt.NewGuest()
		g.Only(g.Echo())
		g.Custom("version", []byte(fmt.Sprint(n)))
		return g.Bytes()
	}
	var current atomic.Pointer[host.Module]
	current.Store(load(t, h, version(0)))

	var answered, swaps atomic.Int64
	var callers, swappers sync.WaitGroup
	done := make(chan struct{})
	for range 8 {
		callers.Go(func() {
			for {
				m := current.Load()
				n := rand.IntN(1000)
				got, err := host.Bind[int, int](m, "echo").Submit(context.Background(), n).Result(context.Background())
				switch {
				case err == nil && got == n:
					answered.Add(1)
				case errors.Is(err, host.ErrModuleClosed):
				case errors.Is(err, host.ErrClosed):
					return
				default:
					t.Error(got, err)
					return
				}
			}
		})
	}
	for s := range 2 {
		swappers.Go(func() {
			for n := 1; ; n++ {
				m, err := h.Load(context.Background(), version(s+2*n))
				if err != nil {
					if !errors.Is(err, host.ErrClosed) && !errors.Is(err, context.Canceled) {
						t.Error(err)
					}
					return
				}
				old := current.Swap(m)
				if err := old.Close(context.Background()); err != nil {
					t.Error(err)
				}
				if swaps.Add(1) == 30 {
					close(done)
				}
			}
		})
	}
	<-done
	require.NoError(t, h.Close(t.Context()))
	callers.Wait()
	swappers.Wait()
	require.Greater(t, answered.Load(), int64(0))
	t.Logf("%d answers, %d swaps", answered.Load(), swaps.Load())
}
