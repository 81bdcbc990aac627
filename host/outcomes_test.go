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

// Every way to fail has its own state, code and typed cause, and the next task
// on the same module works.
func TestOutcomes(t *testing.T) {
	limits := host.Limits{Memory: 4 << 20, Timeout: time.Minute, Result: 1024}
	tests := []struct {
		name  string
		wasm  []byte
		task  string
		fuel  uint64
		state futures.State
		code  abi.Code
		is    error
		as    any
	}{
		{name: "traps", wasm: wt.Tasks(), task: "trap", state: futures.Crashed, code: abi.CodeTrap, is: futures.ErrCrashed, as: new(*host.Trap)},
		{name: "executes unreachable", wasm: wt.Tasks(), task: "abort", state: futures.Crashed, code: abi.CodeUnreachable, as: new(*host.Trap)},
		{name: "never returns", wasm: wt.Tasks(), task: "spin", state: futures.TimedOut, code: abi.CodeDeadline, is: futures.ErrRunTimeout, as: new(*host.LimitError)},
		{name: "burns its fuel", wasm: wt.Tasks(), task: "spin", fuel: 1e6, state: futures.Crashed, code: abi.CodeFuelExhausted, as: new(*host.LimitError)},
		{name: "recurses without end", wasm: wt.Tasks(), task: "recurse", state: futures.Crashed, code: abi.CodeStackOverflow, as: new(*host.LimitError)},
		{name: "recurses in a tree", wasm: wt.Fib(90), task: "fib", state: futures.TimedOut, code: abi.CodeDeadline, as: new(*host.LimitError)},
		{name: "traps for lack of memory", wasm: wt.Tasks(), task: "growtrap", state: futures.Crashed, code: abi.CodeMemoryLimit, as: new(*host.LimitError)},
		{name: "exits", wasm: wt.Tasks(), task: "exit", state: futures.Crashed, code: abi.CodeExit, as: new(*host.Trap)},
		{name: "returns its own error", wasm: wt.Tasks(), task: "fail", state: futures.Failed, code: abi.CodeGuest, is: futures.ErrFailed, as: new(*host.GuestError)},
		{name: "has no such task", wasm: wt.Tasks(), task: "nope", state: futures.Failed, code: abi.CodeUnknownTask, as: new(*host.UnknownTaskError)},
		{name: "says that it has no such task", wasm: wt.Fail("unknown_task", "?"), task: "nope", state: futures.Failed, code: abi.CodeUnknownTask, as: new(*host.UnknownTaskError)},
		{name: "answers with bytes that are not CBOR", wasm: wt.Respond([]byte{0x82, 0x00, 0xff}), state: futures.Crashed, code: abi.CodeBadResult, as: new(*host.Trap)},
		{name: "answers with another shape", wasm: wt.Respond([]byte{0x81, 0x00}), state: futures.Crashed, code: abi.CodeBadResult, as: new(*host.Trap)},
		{name: "answers with trailing bytes", wasm: wt.Respond([]byte{0x82, 0x00, 0xf6, 0xf6}), state: futures.Crashed, code: abi.CodeBadResult, as: new(*host.Trap)},
		{name: "answers with nothing", wasm: wt.RespondSpan(0, 0), state: futures.Crashed, code: abi.CodeBadResult, as: new(*host.Trap)},
		{name: "answers outside its memory", wasm: wt.RespondSpan(0xffffffff, 2), state: futures.Crashed, code: abi.CodeBadResult, as: new(*host.Trap)},
		{name: "answers with more than it may", wasm: wt.RespondSpan(0, 1025), state: futures.Crashed, code: abi.CodeOutputLimit, as: new(*host.LimitError)},
		{name: "forges a future", wasm: wt.Const(abi.AppendFuture(nil, abi.ID{1})), state: futures.Crashed, code: abi.CodeBadResult, as: new(*host.Trap)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHost(t, host.Config{Limits: limits})
			m := load(t, h, tt.wasm)
			bounds := host.Limits{Fuel: tt.fuel}
			if tt.state == futures.TimedOut {
				bounds.Timeout = 100 * time.Millisecond
			}
			task := host.Bind[any, abi.Raw](m, tt.task, host.Within(bounds))
			for range 2 {
				f := task.Submit(t.Context(), nil)
				_, err := f.Result(t.Context())
				var run *futures.RunError
				require.ErrorAs(t, err, &run)
				require.Equal(t, tt.code, run.Code, err)
				require.Equal(t, tt.state, run.State)
				require.Equal(t, tt.state, f.State())
				require.Equal(t, f.ID(), run.ID)
				require.ErrorAs(t, err, tt.as)
				require.NotErrorIs(t, err, context.DeadlineExceeded, "that is the waiter's")
				if tt.is != nil {
					require.ErrorIs(t, err, tt.is)
				}
			}
			if m.Manifest() == nil {
				return
			}
			got, err := host.Bind[string, string](m, "echo").Submit(t.Context(), "still here").Result(t.Context())
			require.NoError(t, err)
			require.Equal(t, "still here", got)
		})
	}
}

func TestStackTraceCarriesTheNamesOfTheModule(t *testing.T) {
	g := wt.NewGuest()
	inner := g.Body(nil, wt.Unreachable)
	g.NameFunc(inner, "the_culprit")
	g.Only(inner)
	m := load(t, newHost(t, host.Config{}), g.Bytes())
	_, err := host.Bind[any, any](m, "x").Submit(t.Context(), nil).Result(t.Context())
	var trap *host.Trap
	require.ErrorAs(t, err, &trap)
	require.NotEmpty(t, trap.Stack)
	require.Contains(t, trap.Stack[0], "the_culprit")
}

func TestTheWaitersTimeoutIsNotTheRuns(t *testing.T) {
	m := load(t, newHost(t, host.Config{}), wt.Tasks())
	f := host.Bind[any, any](m, "spin").Submit(t.Context(), nil)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := f.Result(ctx)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorIs(t, err, futures.ErrWaitTimeout)
	require.False(t, f.State().Terminal(), "the run goes on")
	require.True(t, f.Cancel(errors.New("enough")))
	_, err = f.Result(t.Context())
	require.ErrorIs(t, err, futures.ErrCancelled)
	require.ErrorContains(t, err, "enough")
}

func TestArgumentsAreEncodedWhenSubmitted(t *testing.T) {
	h := newHost(t, host.Config{Concurrency: 1})
	m := load(t, h, wt.Tasks())
	block := host.Bind[any, any](m, "spin").Submit(t.Context(), nil)
	args := map[string]int{"n": 1}
	f := host.Bind[map[string]int, map[string]int](m, "echo").Submit(t.Context(), args)
	args["n"] = 2
	block.Cancel(nil)
	got, err := f.Result(t.Context())
	require.NoError(t, err)
	require.Equal(t, map[string]int{"n": 1}, got)
}

func TestOverload(t *testing.T) {
	h := newHost(t, host.Config{Concurrency: 1, Queue: 2})
	m := load(t, h, wt.Tasks())
	spin, echo := host.Bind[any, any](m, "spin"), host.Bind[int, int](m, "echo")
	block := spin.Submit(t.Context(), nil)
	first, second := echo.Submit(t.Context(), 1), echo.Submit(t.Context(), 2)
	third := echo.Submit(t.Context(), 3)
	_, err := third.Result(t.Context())
	var overload *host.OverloadError
	require.ErrorAs(t, err, &overload)
	require.Equal(t, 2, overload.Queue)
	require.Equal(t, futures.Crashed, third.State())

	require.True(t, second.Cancel(nil), "what is cancelled leaves the queue")
	fourth := echo.Submit(t.Context(), 4)
	block.Cancel(nil)
	for want, f := range map[int]*futures.Future[int]{1: first, 4: fourth} {
		got, err := f.Result(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	require.Equal(t, futures.Cancelled, second.State())
}

func TestTheContextOfSubmitEndsTheRun(t *testing.T) {
	m := load(t, newHost(t, host.Config{}), wt.Tasks())
	ctx, cancel := context.WithCancelCause(t.Context())
	f := host.Bind[any, any](m, "spin").Submit(ctx, nil)
	cause := errors.New("the request is gone")
	cancel(cause)
	_, err := f.Result(t.Context())
	require.ErrorIs(t, err, futures.ErrCancelled)
	require.ErrorIs(t, err, cause)
}

func TestCloseLeavesEveryFutureTerminal(t *testing.T) {
	h, err := host.New(t.Context(), host.Config{Concurrency: 2})
	require.NoError(t, err)
	m := load(t, h, wt.Tasks())
	spin := host.Bind[any, any](m, "spin")
	var all []*futures.Future[any]
	for range 20 {
		all = append(all, spin.Submit(t.Context(), nil))
	}
	for e := range all[0].Watch(t.Context()) {
		if e.State == futures.Running {
			break
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, h.Close(ctx), context.Canceled)
	for _, f := range all {
		require.Equal(t, futures.Cancelled, f.State())
		require.ErrorIs(t, f.Err(), host.ErrClosed)
	}
	_, err = spin.Submit(t.Context(), nil).Result(t.Context())
	require.ErrorIs(t, err, host.ErrClosed)
	_, err = h.Load(t.Context(), wt.Echo())
	require.ErrorIs(t, err, host.ErrClosed)
	require.ErrorIs(t, h.Close(t.Context()), context.Canceled, "a second close tells the same")
}

func TestCloseLetsRunningTasksFinish(t *testing.T) {
	h, err := host.New(t.Context(), host.Config{})
	require.NoError(t, err)
	m := load(t, h, wt.Fib(25))
	f := host.Bind[any, int](m, "fib").Submit(t.Context(), nil)
	require.NoError(t, h.Close(t.Context()))
	require.True(t, f.State() == futures.Completed || f.State() == futures.Cancelled, f.State())
}
