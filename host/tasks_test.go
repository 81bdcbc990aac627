package host_test

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/futures/memo"
	"github.com/pledge-wasm/pledge/futures/retry"
	"github.com/pledge-wasm/pledge/host"
	wt "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// forward loads a guest whose task sends its arguments, a request, to the host
// and answers with the host's response.
func forward(t *testing.T, h *host.Host, g host.Grants) host.Task[[]any, any] {
	t.Helper()
	return host.Bind[[]any, any](load(t, h, wt.Forward(), host.WithGrants(g)), "forward")
}

func TestFunctions(t *testing.T) {
	type pair struct{ A, B int }
	h := newHost(t, host.Config{Functions: map[string]host.Function{
		"add":    host.Func(func(_ context.Context, p pair) (int, error) { return p.A + p.B, nil }),
		"refuse": host.Func(func(context.Context, any) (any, error) { return nil, &host.GuestError{Code: "no", Message: "never"} }),
		"panic":  host.Func(func(context.Context, any) (any, error) { panic("oops") }),
		"garble": host.Func(func(context.Context, any) (any, error) {
			return nil, &host.GuestError{Code: "caf\xe9", Message: "\xff", Data: abi.Raw{0xff}}
		}),
		"forget": host.Func(func(context.Context, any) (any, error) { return nil, (*host.GuestError)(nil) }),
		"secret": host.Func(func(context.Context, any) (any, error) { return "secret", nil }),
	}})
	task := forward(t, h, host.Grants{Functions: []string{"add", "refuse", "panic", "garble", "forget"}})
	tests := []struct {
		name     string
		function string
		args     any
		want     any
		code     string
	}{
		{"it calls a granted function", "add", pair{40, 2}, int64(42), ""},
		{"it tells wrong arguments", "add", "text", nil, "bad_args"},
		{"it passes the function's own error on", "refuse", nil, nil, "no"},
		{"it makes an error one that a guest can read", "garble", nil, nil, "caf\ufffd"},
		{"it takes a nil that is an error", "forget", nil, nil, "error"},
		{"it contains a panic", "panic", nil, nil, "error"},
		{"it keeps what was not granted", "secret", nil, nil, "not_granted"},
		{"it does not know other names", "nope", nil, nil, "unknown_function"},
		{"it keeps sub-tasks", "task.submit", map[string]any{"task": "x", "args": nil}, nil, "not_granted"},
		{"it takes progress from everybody", "progress", 0.5, nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := task.Submit(t.Context(), []any{tt.function, tt.args}).Result(t.Context())
			if tt.code == "" {
				require.NoError(t, err)
				require.Equal(t, tt.want, got)
				return
			}
			var own *host.GuestError
			require.ErrorAs(t, err, &own)
			require.Equal(t, tt.code, own.Code)
		})
	}
	failed := host.Bind[any, any](load(t, h, wt.Tasks()), "fail").Submit(t.Context(), nil)
	for code, arg := range map[string]any{"upstream": futures.Raw(failed), "unknown_future": futures.Raw(abi.ID{9})} {
		_, err := task.Submit(t.Context(), []any{"add", arg}).Result(t.Context())
		var own *host.GuestError
		require.ErrorAs(t, err, &own)
		require.Equal(t, code, own.Code)
	}

	_, err := h.Load(t.Context(), wt.Forward(), host.WithGrants(host.Grants{Functions: []string{"unheard"}}))
	require.ErrorContains(t, err, "unheard")
}

func TestFunctionsSeeTheContextOfSubmitAndTheDeadline(t *testing.T) {
	type key struct{}
	h := newHost(t, host.Config{Limits: host.Limits{Timeout: 50 * time.Millisecond}, Functions: map[string]host.Function{
		"who": host.Func(func(ctx context.Context, _ any) (any, error) { return ctx.Value(key{}), nil }),
		"block": host.Func(func(ctx context.Context, _ any) (any, error) {
			<-ctx.Done()
			return nil, context.Cause(ctx)
		}),
	}})
	task := forward(t, h, host.Grants{Functions: []string{"who", "block"}})
	got, err := task.Submit(context.WithValue(t.Context(), key{}, "alice"), []any{"who", nil}).Result(t.Context())
	require.NoError(t, err)
	require.Equal(t, "alice", got)
	f := task.Submit(t.Context(), []any{"block", nil})
	_, err = f.Result(t.Context())
	require.Equal(t, futures.TimedOut, f.State(), err)
}

func TestSubTasks(t *testing.T) {
	h := newHost(t, host.Config{Concurrency: 1, Limits: host.Limits{Timeout: 5 * time.Second}})
	task := forward(t, h, host.Grants{Tasks: true})
	// The forwarding guest answers with the future of its sub-task, which the
	// host resolves.
	nested := func(inner []any) []any {
		return []any{"task.submit", map[string]any{"task": "forward", "args": inner}}
	}
	args := []any{"progress", 1}
	for range 12 {
		args = nested(args)
	}
	got, err := task.Submit(t.Context(), args).Result(t.Context())
	require.NoError(t, err, "a chain deeper than the pool finishes")
	require.Nil(t, got)

	_, err = task.Submit(t.Context(), nested([]any{"nope", nil})).Result(t.Context())
	require.ErrorIs(t, err, futures.ErrUpstream)
	var own *host.GuestError
	require.ErrorAs(t, err, &own)
	require.Equal(t, "unknown_function", own.Code)

	for _, args := range []any{nil, 5, map[string]any{"args": 1}, map[string]any{"task": nil}} {
		_, err = task.Submit(t.Context(), []any{"task.submit", args}).Result(t.Context())
		require.ErrorAs(t, err, &own)
		require.Equal(t, "bad_args", own.Code, "%v", args)
	}

	_, err = task.Submit(t.Context(), nested([]any{"progress", futures.Raw(abi.ID{9})})).Result(t.Context())
	require.ErrorAs(t, err, &own)
	require.Equal(t, "unknown_future", own.Code)
	require.NotErrorIs(t, err, futures.ErrUpstream, "the submission itself is refused")

	fails := load(t, h, wt.Tasks())
	failed := host.Bind[any, any](fails, "fail").Submit(t.Context(), nil)
	dependant := host.Bind[any, any](fails, "echo").Submit(t.Context(), []any{failed})
	_, err = task.Submit(t.Context(), []any{"task.await", futures.Raw(failed)}).Result(t.Context())
	require.ErrorAs(t, err, &own)
	require.NotEqual(t, "upstream", own.Code, "the guest's own")
	require.Equal(t, "Failed", own.State)
	_, err = task.Submit(t.Context(), []any{"task.await", futures.Raw(dependant)}).Result(t.Context())
	require.ErrorAs(t, err, &own)
	require.Equal(t, "upstream", own.Code, "the code of that run, not of the one that it depends on")
	require.Equal(t, "Failed", own.State)

	_, err = task.Submit(t.Context(), []any{"task.await", futures.Raw(futures.Ready(1))}).Result(t.Context())
	require.NoError(t, err, "a future that it was given may be awaited")
	_, err = task.Submit(t.Context(), []any{"task.await", 5}).Result(t.Context())
	require.ErrorAs(t, err, &own)
	require.Equal(t, "bad_args", own.Code)
	_, err = task.Submit(t.Context(), []any{"task.await", futures.Raw(abi.ID{9})}).Result(t.Context())
	require.ErrorAs(t, err, &own)
	require.Equal(t, "unknown_future", own.Code)
}

func TestRetry(t *testing.T) {
	var calls atomic.Int32
	h := newHost(t, host.Config{Functions: map[string]host.Function{
		"flaky": host.Func(func(context.Context, any) (any, error) {
			if calls.Add(1) < 3 {
				return nil, &host.GuestError{Code: "flaky", Message: "not yet"}
			}
			return "done", nil
		}),
	}})
	task := forward(t, h, host.Grants{Functions: []string{"flaky"}})
	var mu sync.Mutex
	var states []futures.State
	var attempts []int
	f := task.Submit(t.Context(), []any{"flaky", nil},
		host.Retry(retry.Fixed(5, time.Millisecond)),
		host.OnState(func(_ futures.Any, e futures.Event) {
			mu.Lock()
			defer mu.Unlock()
			states = append(states, e.State)
		}),
		host.OnReport(func(r host.Report) { attempts = append(attempts, r.Attempt) }))
	got, err := f.Result(t.Context())
	require.NoError(t, err)
	require.Equal(t, "done", got)
	require.Equal(t, []int{1, 2, 3}, attempts)
	h.Close(t.Context())
	mu.Lock()
	defer mu.Unlock()
	require.Equal(t, []futures.State{
		futures.Pending, futures.Running, futures.Retrying, futures.Running, futures.Retrying, futures.Running, futures.Completed,
	}, append([]futures.State{futures.Pending}, trimPending(states)...))
}

func trimPending(s []futures.State) []futures.State {
	if len(s) > 0 && s[0] == futures.Pending {
		return s[1:]
	}
	return s
}

func TestRetryEndsWithTheLastFailure(t *testing.T) {
	m := load(t, newHost(t, host.Config{}), wt.Tasks())
	task := host.Bind[any, any](m, "fail", host.Retry(retry.Fixed(2, 0)))
	_, err := task.Submit(t.Context(), nil).Result(t.Context())
	var run *futures.RunError
	require.ErrorAs(t, err, &run)
	require.Equal(t, 3, run.Attempt)

	_, err = task.Submit(t.Context(), nil, host.Retry(retry.Policy{Max: -1})).Result(t.Context())
	require.ErrorContains(t, err, "Retry")
}

func TestCancelBetweenAttempts(t *testing.T) {
	m := load(t, newHost(t, host.Config{}), wt.Tasks())
	retrying := make(chan struct{})
	f := host.Bind[any, any](m, "fail", host.Retry(retry.Fixed(2, time.Hour)),
		host.OnState(func(_ futures.Any, e futures.Event) {
			if e.State == futures.Retrying {
				close(retrying)
			}
		})).Submit(t.Context(), nil)
	<-retrying
	require.True(t, f.Cancel(nil))
	_, err := f.Result(t.Context())
	require.ErrorIs(t, err, futures.ErrCancelled)
}

func TestTotalTimeout(t *testing.T) {
	m := load(t, newHost(t, host.Config{Concurrency: 1}), wt.Tasks())
	spin := host.Bind[any, any](m, "spin", host.TotalTimeout(30*time.Millisecond))
	running, waiting := spin.Submit(t.Context(), nil), spin.Submit(t.Context(), nil)
	for _, f := range []*futures.Future[any]{running, waiting} {
		_, err := f.Result(t.Context())
		require.ErrorIs(t, err, futures.ErrRunTimeout)
		require.ErrorContains(t, err, "total time limit of 30ms")
	}
}

func TestTagLimits(t *testing.T) {
	var now, most atomic.Int32
	h := newHost(t, host.Config{Concurrency: 8, TagLimits: map[string]int{"db": 2}, Functions: map[string]host.Function{
		"use": host.Func(func(context.Context, any) (any, error) {
			n := now.Add(1)
			defer now.Add(-1)
			for {
				seen := most.Load()
				if n <= seen || most.CompareAndSwap(seen, n) {
					break
				}
			}
			return nil, nil
		}),
	}})
	task := forward(t, h, host.Grants{Functions: []string{"use"}})
	var all []*futures.Future[any]
	for range 100 {
		all = append(all, task.Submit(t.Context(), []any{"use", nil}, host.Tagged("db")))
	}
	_, err := futures.Gather(t.Context(), all...)
	require.NoError(t, err)
	require.LessOrEqual(t, most.Load(), int32(2))
}

func TestMemoize(t *testing.T) {
	var runs atomic.Int32
	var why atomic.Value
	h := newHost(t, host.Config{Report: func(r host.Report) {
		runs.Add(1)
		why.Store(r.NotMemoized)
	}})
	m := load(t, h, wt.Tasks())
	echo := host.Bind[any, any](m, "echo", host.Memoize(memo.Options{}))
	first, err := echo.Submit(t.Context(), []int{1}).Result(t.Context())
	require.NoError(t, err)
	again := echo.Submit(t.Context(), []int{1})
	second, err := again.Result(t.Context())
	require.NoError(t, err)
	require.Equal(t, first, second)
	require.True(t, again.Cached())
	require.Equal(t, int32(1), runs.Load())

	other := echo.Submit(t.Context(), []int{2})
	_, err = other.Result(t.Context())
	require.NoError(t, err)
	require.False(t, other.Cached(), "other arguments, another run")
	bounded := echo.Submit(t.Context(), []int{1}, host.Within(host.Limits{Fuel: 1e9}))
	_, err = bounded.Result(t.Context())
	require.NoError(t, err)
	require.False(t, bounded.Cached(), "other limits, another run")

	impure := load(t, h, wt.Tasks(), host.WithGrants(host.Grants{Clock: true}))
	f := host.Bind[any, any](impure, "echo", host.Memoize(memo.Options{})).Submit(t.Context(), 1)
	_, err = f.Result(t.Context())
	require.NoError(t, err)
	require.Equal(t, "the module has grants", why.Load())
}

func TestNames(t *testing.T) {
	m := load(t, newHost(t, host.Config{}), wt.Tasks())
	echo := host.Bind[int, int](m, "echo", host.NamedBy(func(n int) string { return "echo-" + string(rune('a'+n)) }))
	require.Equal(t, "echo-c", echo.Submit(t.Context(), 2).Task())
	require.Equal(t, "mine", echo.Submit(t.Context(), 2, host.Named("mine")).Task())
}

func TestModuleClose(t *testing.T) {
	h := newHost(t, host.Config{})
	m := load(t, h, wt.Tasks())
	echo := host.Bind[int, int](m, "echo")
	pending := echo.Submit(t.Context(), 1)
	require.NoError(t, m.Close(t.Context()))
	require.NoError(t, m.Close(t.Context()), "twice is harmless")
	got, err := pending.Result(t.Context())
	require.NoError(t, err, "what was accepted is done")
	require.Equal(t, 1, got)
	_, err = echo.Submit(t.Context(), 2).Result(t.Context())
	require.ErrorIs(t, err, host.ErrModuleClosed)
	again := host.Bind[int, int](load(t, h, wt.Tasks()), "echo")
	got, err = again.Submit(t.Context(), 3).Result(t.Context())
	require.NoError(t, err, "the same bytes load again")
	require.Equal(t, 3, got)
}

func TestCloseEndsRunsThatWaitForTheirNextAttempt(t *testing.T) {
	h, err := host.New(t.Context(), host.Config{})
	require.NoError(t, err)
	m := load(t, h, wt.Tasks())
	retrying := make(chan struct{})
	f := host.Bind[any, any](m, "fail", host.Retry(retry.Fixed(2, time.Hour)),
		host.OnState(func(_ futures.Any, e futures.Event) {
			if e.State == futures.Retrying {
				close(retrying)
			}
		})).Submit(t.Context(), nil)
	<-retrying
	require.NoError(t, h.Close(t.Context()))
	require.Equal(t, futures.Cancelled, f.State())
	require.ErrorIs(t, f.Err(), host.ErrClosed)
}

func TestCloseEndsALoadInProgress(t *testing.T) {
	h, err := host.New(t.Context(), host.Config{Limits: host.Limits{Timeout: time.Hour}})
	require.NoError(t, err)
	g := wt.NewGuest()
	g.Init(nil, wt.Loop(wt.Empty, wt.Br(0)))
	g.Only(g.Echo())
	failed := make(chan error)
	go func() {
		_, err := h.Load(context.WithoutCancel(t.Context()), g.Bytes())
		failed <- err
	}()
	for h.Compilations() == 0 {
		runtime.Gosched()
	}
	require.NoError(t, h.Close(t.Context()))
	require.ErrorIs(t, <-failed, host.ErrClosed)
}

func TestTheDeadlineOfALoad(t *testing.T) {
	h := newHost(t, host.Config{Limits: host.Limits{Timeout: time.Hour}})
	g := wt.NewGuest()
	g.Init(nil, wt.Loop(wt.Empty, wt.Br(0)))
	g.Only(g.Echo())
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := h.Load(ctx, g.Bytes())
	var refused *host.LoadError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, abi.CodeDeadline, refused.Code)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}
