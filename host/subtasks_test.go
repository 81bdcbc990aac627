package host_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures"
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
