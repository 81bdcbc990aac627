package host_test

import (
	"context"
	"errors"
	"sync"
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

// The error of Close tells the truth: runs were stopped, or they were not.
func TestClosingAnIdleHostIsNoError(t *testing.T) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 {
		h, err := host.New(t.Context(), host.Config{})
		require.NoError(t, err)
		f := host.Bind[int, int](load(t, h, wt.Echo()), "echo").Submit(t.Context(), 1)
		_, err = f.Result(t.Context())
		require.NoError(t, err)
		require.NoError(t, h.Close(over), "nothing ran")
	}
}

// Modules may be closed before, during and after their host.
func TestClosingModulesAndTheirHostInAnyOrder(t *testing.T) {
	for range 50 {
		h, err := host.New(t.Context(), host.Config{Concurrency: 2})
		require.NoError(t, err)
		var all []*futures.Future[any]
		var modules []*host.Module
		for range 4 {
			m := load(t, h, wt.Tasks())
			modules = append(modules, m)
			for _, task := range []string{"echo", "spin", "trap"} {
				all = append(all, host.Bind[any, any](m, task).Submit(t.Context(), nil))
			}
		}
		require.NoError(t, modules[0].Close(t.Context()))
		var both sync.WaitGroup
		both.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			_ = h.Close(ctx)
		})
		both.Go(func() { _ = modules[1].Close(t.Context()) })
		both.Wait()
		require.NoError(t, modules[2].Close(t.Context()))
		_ = h.Close(t.Context())
		for _, f := range all {
			require.True(t, f.State().Terminal())
		}
	}
}

// A host is closed while runs are in every place at which one can be: all of
// them end, and nothing of the host stays.
func TestCloseInTheMiddleOfEverything(t *testing.T) {
	closeInTheMiddle(t, time.Millisecond)
	before := measure()
	for i := range 20 {
		closeInTheMiddle(t, time.Duration(i)*300*time.Microsecond)
	}
	requireNoMore(t, before, 8<<20)
}

func closeInTheMiddle(t *testing.T, patience time.Duration) {
	t.Helper()
	config := killableConfig(nil)
	config.TagLimits = map[string]int{"one": 1}
	var echo host.Task[any, any]
	config.Functions["submit"] = func(ctx context.Context, args abi.Raw) (any, error) {
		return echo.Submit(ctx, args), nil
	}
	h, err := host.New(t.Context(), config)
	require.NoError(t, err)
	plain := load(t, h, killables())
	pure := load(t, h, wt.Tasks())
	granted := load(t, h, killables(), host.WithGrants(host.Grants{
		Clock: true, Tasks: true, Functions: []string{"block", "double", "submit"}}))
	actor := load(t, h, killables(), actorGrants, host.Stateful())
	echo = host.Bind[any, any](plain, "echo")
	never := futures.NewPromise(futures.Spec[int]{})

	var all []*futures.Future[any]
	add := func(m *host.Module, task string, args any, opts ...host.TaskOption) *futures.Future[any] {
		f := host.Bind[any, any](m, task, opts...).Submit(t.Context(), args)
		all = append(all, f)
		return f
	}
	for _, c := range killableCalls() {
		add(granted, c.task, c.args)
		add(actor, c.task, c.args, host.Tagged("one"))
		add(plain, c.task, c.args, host.Tagged("one", "free"))
	}
	add(granted, "forward", []any{"submit", 1})
	add(granted, "forward", []any{"task.await", futures.Raw(never.Future())})
	add(plain, "echo", never.Future())
	add(plain, "echo", 1, host.After(never.Future()))
	add(plain, "echo", 1, host.TotalTimeout(time.Nanosecond))
	add(plain, "echo", 1, host.TotalTimeout(time.Hour))
	add(pure, "fail", nil, host.Retry(retry.Fixed(1000, 0)))
	add(pure, "fail", nil, host.Retry(retry.Fixed(1000, time.Hour)), host.Tagged("one"))
	for range 3 {
		add(pure, "spin", nil, host.Memoize(memo.Options{}))
	}
	chain := add(pure, "spin", nil)
	for range 5 {
		chain = add(pure, "echo", []any{chain})
	}
	var loading sync.WaitGroup
	for i := range 4 {
		loading.Go(func() {
			_, err := h.Load(context.WithoutCancel(t.Context()), wt.Const([]byte{byte(i)}))
			if err != nil && !errors.Is(err, host.ErrClosed) {
				t.Error(err)
			}
		})
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_ = h.Close(ctx)
	for _, f := range all {
		require.True(t, f.State().Terminal(), "%v", f)
	}
	loading.Wait()
}
