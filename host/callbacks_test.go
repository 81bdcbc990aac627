package host_test

import (
	"context"
	"maps"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/futures/retry"
	"github.com/pledge-wasm/pledge/host"
	wt "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// soon fails a test whose future hangs, long before the test run is given up.
func soon(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// requireSound holds that a host whose only module is m has lost no slot and no
// count: a task runs, and the module goes when it is closed.
func requireSound(t *testing.T, h *host.Host, m *host.Module) {
	t.Helper()
	got, err := host.Bind[int, int](m, "echo").Submit(t.Context(), 7).Result(soon(t))
	require.NoError(t, err)
	require.Equal(t, 7, got)
	require.NoError(t, m.Close(t.Context()))
	for deadline := time.Now().Add(10 * time.Second); h.Codes() > 0; runtime.Gosched() {
		require.True(t, time.Now().Before(deadline), "the module is still held")
	}
}

// misbehaviour is a run in which code of the embedder is called at some place.
type misbehaviour struct {
	config  host.Config
	options []host.TaskOption
	args    []any
}

// misbehaviours are the places at which code of the embedder is called, with a
// run for each that fails once.
func misbehaviours(code func()) map[string]misbehaviour {
	running := func(_ futures.Any, e futures.Event) {
		if e.State == futures.Running {
			code()
		}
	}
	function := func(f host.Function) misbehaviour {
		return misbehaviour{config: host.Config{Functions: map[string]host.Function{"f": f}}, args: []any{"f", nil}}
	}
	fails := []any{"nope", nil}
	return map[string]misbehaviour{
		"a granted function":       function(func(context.Context, abi.Raw) (any, error) { code(); return nil, nil }),
		"the encoding of a result": function(func(context.Context, abi.Raw) (any, error) { return marshaler{code}, nil }),
		"Config.Report":            {config: host.Config{Report: func(host.Report) { code() }}, args: fails},
		"OnReport":                 {options: []host.TaskOption{host.OnReport(func(host.Report) { code() })}, args: fails},
		"Config.OnState":           {config: host.Config{OnState: running}, args: fails},
		"OnState":                  {options: []host.TaskOption{host.OnState(running)}, args: fails},
		"the condition of Retry": {options: []host.TaskOption{
			host.Retry(retry.Policy{Max: 2, If: func(*futures.RunError) bool { code(); return true }})}, args: fails},
	}
}

// submit runs the misbehaviour in a host with one slot.
func (b misbehaviour) submit(t *testing.T) (*host.Host, *host.Module, *futures.Future[any]) {
	t.Helper()
	b.config.Concurrency = 1
	h := newHost(t, b.config)
	m := load(t, h, fallible(), host.WithGrants(host.Grants{Functions: slices.Collect(maps.Keys(b.config.Functions))}))
	return h, m, host.Bind[[]any, any](m, "forward", b.options...).Submit(t.Context(), b.args)
}

// marshaler is a value that runs code when it is encoded.
type marshaler struct{ code func() }

func (m marshaler) MarshalCBOR() ([]byte, error) { m.code(); return []byte{0xf6}, nil }

// fallible is a guest that answers, or fails as its host does.
func fallible() []byte {
	g := wt.NewGuest()
	g.Host("call")
	g.Host("take")
	g.Task("echo", g.Echo())
	g.Task("forward", g.Forward())
	return g.Bytes()
}

// Whatever code of the embedder panics, the process goes on, the run ends, and
// the host is as good as before.
func TestPanicsOfTheEmbedderAreContained(t *testing.T) {
	for name, tt := range misbehaviours(func() { panic("boom") }) {
		t.Run("it goes on when the panic is in "+name, func(t *testing.T) {
			h, m, f := tt.submit(t)
			_, err := f.Result(soon(t))
			var own *host.GuestError
			require.ErrorAs(t, err, &own, "what the task came to is not changed")
			requireSound(t, h, m)
		})
	}
	t.Run("it goes on when the panic is in the encoding of arguments", func(t *testing.T) {
		h := newHost(t, host.Config{Concurrency: 1})
		m := load(t, h, fallible())
		f := host.Bind[any, any](m, "echo").Submit(t.Context(), []any{marshaler{func() { panic("boom") }}})
		_, err := f.Result(soon(t))
		var panicked *futures.PanicError
		require.ErrorAs(t, err, &panicked)
		require.Equal(t, futures.Crashed, f.State())
		requireSound(t, h, m)
	})
	t.Run("it goes on when the panic is in the name of a run", func(t *testing.T) {
		h := newHost(t, host.Config{Concurrency: 1})
		m := load(t, h, fallible())
		f := host.Bind[int, int](m, "echo", host.NamedBy(func(int) string { panic("boom") })).Submit(t.Context(), 1)
		require.Equal(t, "echo", f.Task())
		_, err := f.Result(soon(t))
		require.NoError(t, err)
		requireSound(t, h, m)
	})
	t.Run("it tells the run's own observer after the host's has panicked", func(t *testing.T) {
		h := newHost(t, host.Config{OnState: func(futures.Any, futures.Event) { panic("boom") }})
		m := load(t, h, fallible())
		told := make(chan futures.State, 8)
		host.Bind[int, int](m, "echo", host.OnState(func(_ futures.Any, e futures.Event) { told <- e.State })).Submit(t.Context(), 1)
		for s := range told {
			if s == futures.Completed {
				break
			}
		}
	})
}

// Code that ends its goroutine, as the FailNow of a test does, ends the run and
// costs the host nothing.
func TestCodeOfTheEmbedderThatEndsItsGoroutine(t *testing.T) {
	var once atomic.Bool
	for name, tt := range misbehaviours(func() {
		if once.CompareAndSwap(false, true) {
			runtime.Goexit()
		}
	}) {
		t.Run("it goes on when that is "+name, func(t *testing.T) {
			once.Store(false)
			h, m, f := tt.submit(t)
			next := host.Bind[int, int](m, "echo").Submit(t.Context(), 1) // it waits for the slot
			_, err := f.Result(soon(t))
			require.Equal(t, futures.Crashed, f.State(), err)
			require.ErrorContains(t, err, "Goexit")
			_, err = next.Result(soon(t))
			require.NoError(t, err)
			requireSound(t, h, m)
		})
	}
	t.Run("it takes an actor's state along", func(t *testing.T) {
		h := newHost(t, host.Config{Concurrency: 1, Functions: map[string]host.Function{
			"f": func(context.Context, abi.Raw) (any, error) { runtime.Goexit(); return nil, nil },
		}})
		g := wt.NewGuest()
		g.Host("call")
		g.Host("take")
		g.Task("count", g.Counter(wt.InMemory))
		g.Task("forward", g.Forward())
		m := load(t, h, g.Bytes(), host.Stateful(), host.WithGrants(host.Grants{Functions: []string{"f"}}))
		count := host.Bind[any, int](m, "count")
		for want := 1; want <= 2; want++ {
			got, err := count.Submit(t.Context(), nil).Result(soon(t))
			require.NoError(t, err)
			require.Equal(t, want, got)
		}
		_, err := host.Bind[any, any](m, "forward").Submit(t.Context(), []any{"f", nil}).Result(soon(t))
		require.ErrorIs(t, err, futures.ErrCrashed)
		got, err := count.Submit(t.Context(), nil).Result(soon(t))
		require.NoError(t, err)
		require.Equal(t, 1, got)
	})
}

// A function may submit tasks: it returns their futures and holds no slot.
func TestFunctionsReturnFutures(t *testing.T) {
	var echo host.Task[any, any]
	h := newHost(t, host.Config{Concurrency: 1, Functions: map[string]host.Function{
		"twice": func(ctx context.Context, args abi.Raw) (any, error) {
			return []any{echo.Submit(ctx, args), echo.Submit(ctx, args)}, nil
		},
		"fail": func(ctx context.Context, args abi.Raw) (any, error) {
			return futures.Broken[int](&host.GuestError{Code: "broken", Message: "it is"}), nil
		},
		"never": func(ctx context.Context, args abi.Raw) (any, error) {
			return futures.NewPromise(futures.Spec[int]{}).Future(), nil
		},
	}})
	echo = host.Bind[any, any](load(t, h, wt.Tasks()), "echo")
	task := forward(t, h, host.Grants{Functions: []string{"twice", "fail", "never"}})
	got, err := task.Submit(t.Context(), []any{"twice", 3}).Result(soon(t))
	require.NoError(t, err)
	require.Equal(t, []any{int64(3), int64(3)}, got)

	_, err = task.Submit(t.Context(), []any{"fail", nil}).Result(soon(t))
	var own *host.GuestError
	require.ErrorAs(t, err, &own)
	require.Equal(t, "broken", own.Code)

	f := task.Submit(t.Context(), []any{"never", nil}, host.Within(host.Limits{Timeout: 50 * time.Millisecond}))
	_, err = f.Result(soon(t))
	require.ErrorIs(t, err, futures.ErrRunTimeout)
}

// A condition for retries sees which run failed, and in which attempt.
func TestTheConditionOfRetrySeesTheAttempt(t *testing.T) {
	m := load(t, newHost(t, host.Config{}), wt.Tasks())
	var seen []*futures.RunError
	f := host.Bind[any, any](m, "fail", host.Retry(retry.Policy{Max: 2, If: func(e *futures.RunError) bool {
		seen = append(seen, e)
		return true
	}})).Submit(t.Context(), nil)
	_, err := f.Result(soon(t))
	require.Error(t, err)
	require.Len(t, seen, 2)
	for i, e := range seen {
		require.Equal(t, i+1, e.Attempt)
		require.Equal(t, f.ID(), e.ID)
	}
}
