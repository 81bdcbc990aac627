package host_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/host"
	wt "github.com/pledge-wasm/pledge/internal/wasmtest"
)

func TestNestedFuturesAreDependencies(t *testing.T) {
	m := load(t, newHost(t, host.Config{}), wt.Tasks())
	number := host.Bind[int, int](m, "echo")
	nested := host.Bind[map[string]any, map[string]any](m, "echo")

	a, b := number.Submit(t.Context(), 1), number.Submit(t.Context(), 2)
	got, err := nested.Submit(t.Context(), map[string]any{
		"list": []any{a, b, a}, "deep": map[string]any{"x": []any{[]any{b}}}, "plain": "text",
	}).Result(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string]any{
		"list": []any{int64(1), int64(2), int64(1)}, "deep": map[string]any{"x": []any{[]any{int64(2)}}}, "plain": "text",
	}, got)
}

func TestAChainLongerThanThePoolFinishes(t *testing.T) {
	m := load(t, newHost(t, host.Config{Concurrency: 1}), wt.Tasks())
	echo := host.Bind[[]any, []any](m, "echo")
	f := echo.Submit(t.Context(), nil)
	for range 60 { // a value may be nested 256 deep
		f = echo.Submit(t.Context(), []any{f})
	}
	_, err := f.Result(t.Context())
	require.NoError(t, err)
}

func TestADependantHoldsNoSlot(t *testing.T) {
	m := load(t, newHost(t, host.Config{Concurrency: 1}), wt.Tasks())
	gate := futures.NewPromise(futures.Spec[int]{})
	echo := host.Bind[any, int](m, "echo")
	waiting := echo.Submit(t.Context(), gate.Future())
	got, err := echo.Submit(t.Context(), 7).Result(t.Context())
	require.NoError(t, err, "the only slot is free")
	require.Equal(t, 7, got)
	require.Equal(t, futures.Pending, waiting.State())
	gate.Complete(8)
	got, err = waiting.Result(t.Context())
	require.NoError(t, err)
	require.Equal(t, 8, got)
}

func TestUpstreamFailures(t *testing.T) {
	m := load(t, newHost(t, host.Config{}), wt.Tasks())
	trap := host.Bind[any, any](m, "trap")
	echo := host.Bind[any, any](m, "echo")

	root := trap.Submit(t.Context(), nil)
	child := echo.Submit(t.Context(), map[string]any{"list": []any{1, root}})
	grandchild := echo.Submit(t.Context(), []any{child})
	_, err := grandchild.Result(t.Context())
	var run *futures.RunError
	require.ErrorAs(t, err, &run)
	require.Equal(t, futures.Failed, run.State)
	require.Equal(t, abi.CodeUpstream, run.Code)
	require.Equal(t, "$[0]", run.Path.String())
	require.ErrorIs(t, err, futures.ErrUpstream)
	require.ErrorIs(t, err, futures.ErrCrashed, "the root is wrapped")
	require.Equal(t, root.ID(), run.Root().ID)
	var cause *host.Trap
	require.ErrorAs(t, err, &cause)

	require.ErrorAs(t, child.Err(), &run)
	require.Equal(t, "$.list[1]", run.Path.String())

	after := echo.Submit(t.Context(), 1, host.After(root))
	_, err = after.Result(t.Context())
	require.ErrorAs(t, err, &run)
	require.Equal(t, abi.CodeUpstream, run.Code)
}

func TestCancelReachesPendingAndRunning(t *testing.T) {
	m := load(t, newHost(t, host.Config{Concurrency: 1}), wt.Tasks())
	spin, echo := host.Bind[any, any](m, "spin"), host.Bind[any, any](m, "echo")
	running := spin.Submit(t.Context(), nil)
	queued := echo.Submit(t.Context(), 1)
	dependant := echo.Submit(t.Context(), running)
	cause := errors.New("changed my mind")

	require.True(t, queued.Cancel(cause))
	require.Equal(t, futures.Cancelled, queued.State(), "at once")
	start := time.Now()
	require.True(t, running.Cancel(cause))
	_, err := running.Result(t.Context())
	require.ErrorIs(t, err, cause)
	require.ErrorIs(t, err, futures.ErrCancelled)
	require.Less(t, time.Since(start), time.Second)
	_, err = dependant.Result(t.Context())
	require.ErrorIs(t, err, futures.ErrUpstream)
	require.ErrorIs(t, err, cause)
}

func TestWrappers(t *testing.T) {
	m := load(t, newHost(t, host.Config{}), wt.Tasks())
	fail := host.Bind[any, any](m, "fail")
	echo := host.Bind[any, map[string]any](m, "echo")
	failed := fail.Submit(t.Context(), nil)
	got, err := echo.Submit(t.Context(), futures.AllowFailure(failed)).Result(t.Context())
	require.NoError(t, err)
	require.Contains(t, got, "code")
	require.Contains(t, got, "message")

	// What is raw stays a reference, which the run may return.
	ok := host.Bind[int, int](m, "echo").Submit(t.Context(), 5)
	back, err := host.Bind[any, []int](m, "echo").Submit(t.Context(), []any{futures.Raw(ok)}).Result(t.Context())
	require.NoError(t, err)
	require.Equal(t, []int{5}, back)
}

func TestStatefulModuleKeepsItsStateAndOrder(t *testing.T) {
	h := newHost(t, host.Config{})
	pristine := host.Bind[any, int](load(t, h, wt.Counter(wt.InMemory)), "count")
	actor := host.Bind[any, int](load(t, h, wt.Counter(wt.InMemory), host.Stateful()), "count")
	var counts []*futures.Future[int]
	for range 20 {
		n, err := pristine.Submit(t.Context(), nil).Result(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1, n)
		counts = append(counts, actor.Submit(t.Context(), nil))
	}
	for i, f := range counts {
		n, err := f.Result(t.Context())
		require.NoError(t, err)
		require.Equal(t, i+1, n)
	}
}

func TestSubmitAfterTheContextEnded(t *testing.T) {
	m := load(t, newHost(t, host.Config{}), wt.Tasks())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := host.Bind[any, any](m, "spin").Submit(ctx, nil).Result(t.Context())
	require.ErrorIs(t, err, futures.ErrCancelled)
}
