package host_test

import (
	"context"
	"errors"
	"sync"
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

// submission is a request of task.submit for the forwarding guest.
func submission(task string, args any) []any {
	return []any{"task.submit", map[string]any{"task": task, "args": args}}
}

// asking is a guest whose every task sends the request to the host and answers
// with the response, of at most 900 bytes.
func asking(request []byte) []byte {
	g := wt.NewGuest()
	at := int32(g.Const(request))
	const handle, room = 2, 64
	g.Only(g.Func(wt.CallSig, wt.Locals(1, wt.I64),
		wt.I32Const(at), wt.I32Const(int32(len(request))), wt.Call(g.Host("call")),
		wt.LocalTee(handle), wt.I64Const(32), wt.I64ShrU, wt.I32WrapI64, wt.I32Const(room), wt.Call(g.Host("take")),
		wt.Span(wt.I32Const(room), wt.Seq(wt.LocalGet(handle), wt.I32WrapI64)),
	))
	return g.Bytes()
}

// A future of fifteen bytes is none.
func TestFuturesThatAreNoneAreWrongArguments(t *testing.T) {
	short := append([]byte{0xda, 0x70, 0x6c, 0x64, 0x67, 0x4f}, make([]byte, 15)...)
	h := newHost(t, host.Config{Functions: map[string]host.Function{
		"f": host.Func(func(context.Context, any) (any, error) { return nil, nil }),
	}})
	for name, request := range map[string][]byte{
		"it refuses one that is awaited":           abi.AppendRequest(nil, "task.await", short),
		"it refuses one in a submission":           abi.AppendRequest(nil, "task.submit", mapOf("task", abi.AppendText(nil, "x"), "args", short)),
		"it refuses one in arguments of functions": abi.AppendRequest(nil, "f", append([]byte{0x81}, short...)),
	} {
		t.Run(name, func(t *testing.T) {
			m := load(t, h, asking(request), host.WithGrants(host.Grants{Tasks: true, Functions: []string{"f"}}))
			_, err := host.Bind[any, any](m, "any").Submit(t.Context(), nil).Result(t.Context())
			var own *host.GuestError
			require.ErrorAs(t, err, &own)
			require.Equal(t, "bad_args", own.Code)
		})
	}
}

// bomb is a guest whose every task submits two more of itself, for ever, and
// answers with the future of one.
func bomb() []byte {
	g := wt.NewGuest()
	request := abi.AppendRequest(nil, "task.submit", abi.Raw(mapOf("task", abi.AppendText(nil, "bomb"), "args", abi.AppendNull(nil))))
	at := int32(g.Const(request))
	submit := wt.Seq(wt.I32Const(at), wt.I32Const(int32(len(request))), wt.Call(g.Host("call")))
	const handle, room = 2, 64
	g.Only(g.Func(wt.CallSig, wt.Locals(1, wt.I64),
		submit, wt.Drop,
		submit, wt.LocalTee(handle), wt.I64Const(32), wt.I64ShrU, wt.I32WrapI64, wt.I32Const(room), wt.Call(g.Host("take")),
		wt.Span(wt.I32Const(room), wt.Seq(wt.LocalGet(handle), wt.I32WrapI64)),
	))
	return g.Bytes()
}

func mapOf(k1 string, v1 []byte, k2 string, v2 []byte) []byte {
	b := abi.AppendHead(nil, abi.MajorMap, 2)
	b = append(abi.AppendText(b, k1), v1...)
	return append(abi.AppendText(b, k2), v2...)
}

func TestASpawnBombHitsALimit(t *testing.T) {
	tests := []struct {
		name   string
		config host.Config
	}{
		{"it runs out of fuel", host.Config{Limits: host.Limits{Fuel: 2_000_000, Timeout: time.Minute}}},
		{"it runs out of time", host.Config{Limits: host.Limits{Timeout: 200 * time.Millisecond}}},
		{"it runs into a full queue", host.Config{Queue: 50, Limits: host.Limits{Timeout: time.Minute}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHost(t, tt.config)
			m := load(t, h, bomb(), host.WithGrants(host.Grants{Tasks: true}))
			f := host.Bind[any, any](m, "bomb").Submit(t.Context(), nil)
			_, err := f.Result(t.Context())
			require.Error(t, err)
			require.True(t, f.State().Terminal())
			// The host goes on.
			got, err := host.Bind[int, int](load(t, h, wt.Echo()), "echo").Submit(t.Context(), 7).Result(t.Context())
			require.NoError(t, err)
			require.Equal(t, 7, got)
		})
	}
}

func TestChildrenShareFuelAndDeadline(t *testing.T) {
	h := newHost(t, host.Config{Limits: host.Limits{Fuel: 5_000_000, Timeout: time.Minute}})
	spinner := load(t, h, wt.Spin())
	task := forward(t, h, host.Grants{Delegates: map[string]*host.Module{"spin": spinner}})
	_, err := task.Submit(t.Context(), submission("spin", nil)).Result(t.Context())
	var limit *host.LimitError
	require.ErrorAs(t, err, &limit)
	require.Equal(t, abi.CodeFuelExhausted, limit.Code)
	require.ErrorIs(t, err, futures.ErrUpstream)

	slow := newHost(t, host.Config{Limits: host.Limits{Timeout: 100 * time.Millisecond}})
	spinner = load(t, slow, wt.Spin(), host.WithLimits(host.Limits{Timeout: time.Hour}))
	task = forward(t, slow, host.Grants{Delegates: map[string]*host.Module{"spin": spinner}})
	start := time.Now()
	_, err = task.Submit(t.Context(), submission("spin", nil)).Result(t.Context())
	require.Error(t, err)
	require.Less(t, time.Since(start), 10*time.Second, "the child's own hour does not count")
}

func TestDelegatesCannotWidenGrants(t *testing.T) {
	h := newHost(t, host.Config{Functions: map[string]host.Function{
		"f": host.Func(func(context.Context, any) (any, error) { return nil, nil }),
	}})
	wide := load(t, h, wt.Tasks(), host.WithGrants(host.Grants{Clock: true, Functions: []string{"f"}}))
	_, err := h.Load(t.Context(), wt.Forward(), host.WithGrants(host.Grants{Delegates: map[string]*host.Module{"echo": wide}}))
	require.ErrorContains(t, err, "grants that this one lacks")
	_, err = h.Load(t.Context(), wt.Forward(), host.WithGrants(host.Grants{
		Clock: true, Functions: []string{"f"}, Delegates: map[string]*host.Module{"echo": wide},
	}))
	require.NoError(t, err)
	other := newHost(t, host.Config{})
	_, err = other.Load(t.Context(), wt.Forward(), host.WithGrants(host.Grants{Delegates: map[string]*host.Module{"echo": wide}}))
	require.ErrorContains(t, err, "not one of this host")
	_, err = h.Load(t.Context(), wt.Forward(), host.Stateful(), host.WithGrants(host.Grants{Tasks: true}))
	require.ErrorContains(t, err, "stateful", "it would wait for itself")

	task := forward(t, h, host.Grants{Delegates: map[string]*host.Module{"echo": load(t, h, wt.Tasks())}})
	got, err := task.Submit(t.Context(), submission("echo", []any{1})).Result(t.Context())
	require.NoError(t, err)
	require.Equal(t, []any{int64(1)}, got)
	_, err = task.Submit(t.Context(), submission("sum", nil)).Result(t.Context())
	var own *host.GuestError
	require.ErrorAs(t, err, &own)
	require.Equal(t, "not_granted", own.Code, "only what is named")
}

func TestCancellingAParentCancelsItsChildren(t *testing.T) {
	started, ended := make(chan struct{}), make(chan error, 1)
	h := newHost(t, host.Config{Concurrency: 1, Functions: map[string]host.Function{
		"block": host.Func(func(ctx context.Context, _ any) (any, error) {
			close(started)
			<-ctx.Done()
			ended <- context.Cause(ctx)
			return nil, nil
		}),
	}})
	blocker := load(t, h, wt.Forward(), host.WithGrants(host.Grants{Functions: []string{"block"}}))
	task := forward(t, h, host.Grants{Functions: []string{"block"}, Delegates: map[string]*host.Module{"block": blocker}})
	// The parent answers with the future of its child, and so waits for it.
	f := task.Submit(t.Context(), submission("block", []any{"block", nil}))
	<-started
	f.Cancel(errors.New("enough"))
	_, err := f.Result(t.Context())
	require.ErrorIs(t, err, futures.ErrCancelled)
	require.Error(t, <-ended, "the child has been told")
}

func TestFanOutWiderThanThePool(t *testing.T) {
	var calls atomic.Int32
	h := newHost(t, host.Config{Concurrency: 2, Functions: map[string]host.Function{
		"count": host.Func(func(context.Context, any) (any, error) { return calls.Add(1), nil }),
	}})
	task := forward(t, h, host.Grants{Tasks: true, Functions: []string{"count"}})
	var all []*futures.Future[any]
	for range 200 {
		all = append(all, task.Submit(t.Context(), submission("forward", submission("forward", []any{"count", nil}))))
	}
	_, err := futures.Gather(t.Context(), all...)
	require.NoError(t, err)
	require.Equal(t, int32(200), calls.Load())
}

// The limits that a module was loaded with hold for whoever submits its tasks.
func TestDelegatesKeepTheirOwnLimits(t *testing.T) {
	h := newHost(t, host.Config{Limits: host.Limits{Timeout: time.Minute}})
	spinner := load(t, h, wt.Spin(), host.WithLimits(host.Limits{Fuel: 1_000_000}))
	task := forward(t, h, host.Grants{Delegates: map[string]*host.Module{"spin": spinner}})
	_, err := task.Submit(t.Context(), submission("spin", nil)).Result(soon(t))
	var limit *host.LimitError
	require.ErrorAs(t, err, &limit)
	require.Equal(t, abi.CodeFuelExhausted, limit.Code)
	require.Contains(t, limit.Message, "1000000")
}

// Sub-tasks are runs like others to those who observe the host.
func TestSubTasksAreObserved(t *testing.T) {
	var mu sync.Mutex
	states, reports := map[string][]futures.State{}, map[string]host.Report{}
	h := newHost(t, host.Config{
		OnState: func(f futures.Any, e futures.Event) {
			mu.Lock()
			defer mu.Unlock()
			states[f.Task()] = append(states[f.Task()], e.State)
		},
		Report: func(r host.Report) {
			mu.Lock()
			defer mu.Unlock()
			reports[r.Task] = r
		},
	})
	failing := load(t, h, wt.Tasks())
	task := forward(t, h, host.Grants{Delegates: map[string]*host.Module{"fail": failing}})
	_, err := task.Submit(t.Context(), submission("fail", nil)).Result(soon(t))
	require.ErrorIs(t, err, futures.ErrUpstream)
	require.NoError(t, h.Close(t.Context()))
	mu.Lock()
	defer mu.Unlock()
	require.Equal(t, []futures.State{futures.Pending, futures.Running, futures.Failed}, states["fail"])
	require.Equal(t, abi.CodeGuest, reports["fail"].Code)
	require.Equal(t, futures.Failed, reports["forward"].State, "how the attempt ended, not how its guest did")
	require.Equal(t, abi.CodeUpstream, reports["forward"].Code)
}

// A guest that was given a future was given what that stands for, all the way.
func TestAFutureOfFuturesIsResolvedInAResult(t *testing.T) {
	m := load(t, newHost(t, host.Config{}), wt.Tasks())
	inner := futures.Ready(4)
	outer := futures.Ready([]any{inner, futures.Ready(map[string]any{"deep": inner})})
	got, err := host.Bind[any, any](m, "echo").Submit(t.Context(), []any{futures.Raw(outer)}).Result(soon(t))
	require.NoError(t, err)
	require.Equal(t, []any{[]any{int64(4), map[string]any{"deep": int64(4)}}}, got)
}

// spawnAndTrap is a guest that submits "block" and traps.
func spawnAndTrap() []byte {
	g := wt.NewGuest()
	args := abi.AppendHead(nil, abi.MajorArray, 2)
	args = abi.AppendNull(abi.AppendText(args, "block"))
	request := abi.AppendRequest(nil, "task.submit", abi.Raw(mapOf("task", abi.AppendText(nil, "block"), "args", args)))
	at := int32(g.Const(request))
	g.Only(g.Body(nil, wt.I32Const(at), wt.I32Const(int32(len(request))), wt.Call(g.Host("call")), wt.Drop, wt.Unreachable))
	return g.Bytes()
}

// Sub-tasks belong to the attempt that submitted them, and each attempt has the
// fuel of a run.
func TestAnAttemptTakesItsSubTasksAlong(t *testing.T) {
	ended := make(chan error, 10)
	h := newHost(t, host.Config{Concurrency: 4, Functions: map[string]host.Function{
		"block": func(ctx context.Context, _ abi.Raw) (any, error) {
			<-ctx.Done()
			ended <- context.Cause(ctx)
			return nil, nil
		},
	}, OnState: func(f futures.Any, e futures.Event) {
		if f.Task() == "block" && e.State == futures.Cancelled {
			ended <- e.Err
		}
	}})
	grants := host.Grants{Functions: []string{"block"}}
	grants.Delegates = map[string]*host.Module{"block": load(t, h, wt.Forward(), host.WithGrants(grants))}
	m := load(t, h, spawnAndTrap(), host.WithGrants(grants))
	f := host.Bind[any, any](m, "x", host.Retry(retry.Fixed(1, time.Hour))).Submit(t.Context(), nil)
	select {
	case <-ended:
	case <-soon(t).Done():
		require.Fail(t, "the sub-task of the first attempt outlives it")
	}
	require.Equal(t, futures.Retrying, f.State())
	f.Cancel(nil)

	var burned []uint64
	tasks := load(t, h, wt.Tasks(), host.WithGrants(host.Grants{Tasks: true}))
	_, err := host.Bind[any, any](tasks, "spin", host.Within(host.Limits{Fuel: 1_000_000}), host.Retry(retry.Fixed(2, 0)),
		host.OnReport(func(r host.Report) { burned = append(burned, r.Fuel) })).Submit(t.Context(), nil).Result(soon(t))
	require.ErrorIs(t, err, futures.ErrCrashed)
	require.Equal(t, []uint64{1_000_000, 1_000_000, 1_000_000}, burned)
}

// A run that is cancelled for the reason that another failed is cancelled, and
// not a victim of an upstream.
func TestCancelledForTheFailureOfAnother(t *testing.T) {
	config, begun := blocking(host.Config{Concurrency: 2})
	h := newHost(t, config)
	grants := host.Grants{Functions: []string{"block"}}
	grants.Delegates = map[string]*host.Module{"block": load(t, h, wt.Forward(), host.WithGrants(grants))}
	task := forward(t, h, grants)
	f := task.Submit(t.Context(), submission("block", []any{"block", nil}))
	<-begun
	failed := host.Bind[any, any](load(t, h, wt.Tasks()), "fail").Submit(t.Context(), nil)
	_, err := failed.Result(t.Context())
	f.Cancel(err)
	_, err = f.Result(soon(t))
	require.Equal(t, futures.Cancelled, f.State(), err)
}

// hoard is a guest that submits a sub-task 64 times, and then spins. The request
// goes on for more bytes behind what is given of it.
func hoard(request []byte, more int32) []byte {
	g := wt.NewGuest()
	call := g.Host("call")
	at := int32(g.Const(request))
	g.Task("hoard", g.Func(wt.CallSig, wt.Locals(1, wt.I32),
		wt.I32Const(more>>16+1), wt.MemoryGrow, wt.Drop,
		wt.Loop(wt.Empty, wt.I32Const(at), wt.I32Const(int32(len(request))+more), wt.Call(call), wt.Drop,
			wt.LocalGet(2), wt.I32Const(1), wt.I32Add, wt.LocalTee(2), wt.I32Const(64), wt.I32LtU, wt.BrIf(0)),
		wt.Loop(wt.Empty, wt.Br(0)), wt.I64Const(0)))
	// The answer is a byte string of 1 MiB, whatever is in memory.
	g.Task("large", g.Func(wt.CallSig, nil,
		wt.I32Const(17), wt.MemoryGrow, wt.Drop,
		wt.I32Const(1<<16), wt.I32Const(0x005a0082), wt.Store32(0), wt.I32Const(1<<16), wt.I32Const(0x10), wt.Store32(4),
		wt.I64Const(1<<48|(7+1<<20))))
	g.Task("echo", g.Echo())
	return g.Bytes()
}

// A guest cannot make its host keep more than its own limits say by handing it
// arguments, or results that nobody takes.
func TestSubTasksTakeABoundedPartOfTheHost(t *testing.T) {
	submit := func(task string, args []byte) []byte {
		return abi.AppendRequest(nil, "task.submit", abi.Raw(mapOf("task", abi.AppendText(nil, task), "args", args)))
	}
	for _, tt := range []struct {
		name    string
		request []byte
		more    int32
		slots   int
	}{
		{"arguments", submit("echo", abi.AppendHead(nil, abi.MajorBytes, 1<<20)), 1 << 20, 1},
		{"results", submit("large", abi.AppendNull(nil)), 0, 2},
	} {
		t.Run("it bounds "+tt.name, func(t *testing.T) {
			refused := make(chan struct{}, 64)
			h := newHost(t, host.Config{
				Concurrency: tt.slots,
				Limits:      host.Limits{Memory: 16 << 20, Timeout: time.Minute},
				OnState: func(_ futures.Any, e futures.Event) {
					if run, ok := errors.AsType[*futures.RunError](e.Err); ok && run.Code == abi.CodeMemoryLimit {
						refused <- struct{}{}
					}
				},
			})
			m := load(t, h, hoard(tt.request, tt.more), host.WithGrants(host.Grants{Tasks: true}))
			f := host.Bind[any, any](m, "hoard").Submit(t.Context(), nil)
			for range 64 - 32 {
				select {
				case <-refused:
				case <-soon(t).Done():
					require.Fail(t, "the host keeps more than 32 MiB")
				}
			}
			require.Equal(t, futures.Running, f.State(), f.Err())
			f.Cancel(nil)
			got, err := host.Bind[int, int](m, "echo").Submit(t.Context(), 7).Result(soon(t))
			require.NoError(t, err)
			require.Equal(t, 7, got)
		})
	}
}
