package host_test

import (
	"context"
	"runtime"
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

// blocking is a config whose function "block" says that it has begun and then
// waits for the end of its run.
func blocking(c host.Config) (_ host.Config, begun chan struct{}) {
	begun = make(chan struct{}, 100)
	c.Functions = map[string]host.Function{"block": func(ctx context.Context, _ abi.Raw) (any, error) {
		begun <- struct{}{}
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}}
	return c, begun
}

// A run that is cancelled while it waits for its tags gives the turn of its
// actor to the next.
func TestAnActorGoesOnWhenARunIsCancelledAtATag(t *testing.T) {
	config, begun := blocking(host.Config{Concurrency: 2, TagLimits: map[string]int{"one": 1}})
	h := newHost(t, config)
	holder := forward(t, h, host.Grants{Functions: []string{"block"}}).Submit(t.Context(), []any{"block", nil}, host.Tagged("one"))
	<-begun
	count := host.Bind[any, int](load(t, h, wt.Counter(wt.InMemory), host.Stateful()), "count")
	first := count.Submit(t.Context(), nil, host.Tagged("one"))
	second := count.Submit(t.Context(), nil, host.Tagged("one"))
	third := count.Submit(t.Context(), nil)
	require.True(t, second.Cancel(nil))
	require.True(t, first.Cancel(nil))
	got, err := third.Result(soon(t))
	require.NoError(t, err)
	require.Equal(t, 1, got)
	holder.Cancel(nil)
	_, _ = holder.Wait(t.Context())
	got, err = count.Submit(t.Context(), nil, host.Tagged("one")).Result(soon(t))
	require.NoError(t, err, "the tag is free again")
	require.Equal(t, 2, got)
}

func TestTagsAreASet(t *testing.T) {
	h := newHost(t, host.Config{TagLimits: map[string]int{"one": 1}})
	echo := host.Bind[int, int](load(t, h, wt.Tasks()), "echo", host.Tagged("one", "one", "free"))
	_, err := echo.Submit(t.Context(), 1, host.Tagged("one")).Result(soon(t))
	require.NoError(t, err)
	for _, n := range []int{0, -1} {
		_, err = host.New(t.Context(), host.Config{TagLimits: map[string]int{"one": n}})
		require.ErrorContains(t, err, "TagLimits", "it would wait for ever, or be no limit")
	}
}

// Attempts take their tags anew each time, and never lose one.
func TestRetriesGiveTheirTagsBack(t *testing.T) {
	h := newHost(t, host.Config{Concurrency: 4, TagLimits: map[string]int{"one": 1, "two": 2}})
	m := load(t, h, wt.Tasks())
	fail := host.Bind[any, any](m, "fail", host.Retry(retry.Fixed(20, 0)), host.Tagged("one", "two"))
	var all []*futures.Future[any]
	for range 200 / slower {
		all = append(all, fail.Submit(t.Context(), nil))
	}
	for _, f := range all {
		_, err := f.Result(soon(t))
		require.ErrorIs(t, err, futures.ErrFailed)
	}
	for range 3 {
		_, err := host.Bind[int, int](m, "echo", host.Tagged("one", "two")).Submit(t.Context(), 1).Result(soon(t))
		require.NoError(t, err)
	}
}

// A run whose total time is over before it is accepted takes no place.
func TestRunsThatAreOverAtOnceTakeNoPlace(t *testing.T) {
	h := newHost(t, host.Config{Concurrency: 1, Queue: 4})
	echo := host.Bind[any, any](load(t, h, wt.Tasks()), "echo")
	never := futures.NewPromise(futures.Spec[int]{}).Future()
	large := make([]byte, 1<<20) // takes longer to encode than there is time
	for range 100 {
		f := echo.Submit(t.Context(), []any{never, large}, host.TotalTimeout(time.Nanosecond))
		_, err := f.Result(soon(t))
		require.ErrorIs(t, err, futures.ErrRunTimeout)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 {
		_, err := echo.Submit(over, never).Result(soon(t))
		require.ErrorIs(t, err, futures.ErrCancelled)
	}
	var waiting []*futures.Future[any]
	for range 4 {
		waiting = append(waiting, echo.Submit(t.Context(), never))
	}
	for _, f := range waiting {
		require.Equal(t, futures.Pending, f.State(), f.Err())
	}
}

// A context that is over lets nothing run.
func TestAContextThatIsOverLetsNothingRun(t *testing.T) {
	h := newHost(t, host.Config{Report: func(r host.Report) { t.Error("ran", r.ID) }})
	echo := host.Bind[int, int](load(t, h, wt.Tasks()), "echo")
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	for range 200 {
		f := echo.Submit(ctx, 1)
		require.Equal(t, futures.Cancelled, f.State(), "at once")
		_, err := f.Result(t.Context())
		require.NotErrorIs(t, err, context.DeadlineExceeded, "that is the waiter's")
	}
}

func TestAfterNothing(t *testing.T) {
	echo := host.Bind[int, int](load(t, newHost(t, host.Config{}), wt.Tasks()), "echo")
	for _, f := range []futures.Any{nil, (*futures.Future[int])(nil)} {
		_, err := echo.Submit(t.Context(), 1, host.After(f)).Result(soon(t))
		require.ErrorContains(t, err, "After")
	}
}

// A guest that waits for a slot after its sub-task still has its deadline, and
// can be cancelled.
func TestAGuestThatWantsItsSlotBackCanBeStopped(t *testing.T) {
	for _, tt := range []struct {
		name    string
		timeout time.Duration
		stop    func(*futures.Future[any])
		is      error
	}{
		{"it ends at its deadline", 100 * time.Millisecond, func(*futures.Future[any]) {}, futures.ErrRunTimeout},
		{"it ends when it is cancelled", time.Minute, func(f *futures.Future[any]) { f.Cancel(nil) }, futures.ErrCancelled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHost(t, host.Config{Concurrency: 1, Limits: host.Limits{Timeout: time.Minute}})
			spin := host.Bind[any, any](load(t, h, wt.Spin()), "spin")
			task := forward(t, h, host.Grants{Tasks: true})
			gate := futures.NewPromise(futures.Spec[int]{})
			parent := task.Submit(t.Context(), []any{"task.await", futures.Raw(gate.Future())}, host.Within(host.Limits{Timeout: tt.timeout}))
			hog := spin.Submit(t.Context(), nil) // it gets the slot when the parent awaits
			t.Cleanup(func() { hog.Cancel(nil) })
			for e := range hog.Watch(soon(t)) {
				if e.State == futures.Running {
					break
				}
			}
			gate.Complete(1)
			tt.stop(parent)
			_, err := parent.Result(soon(t))
			require.ErrorIs(t, err, tt.is)
			require.False(t, hog.State().Terminal())
			hog.Cancel(nil)
			got, err := host.Bind[any, any](load(t, h, wt.Echo()), "echo").Submit(t.Context(), 1).Result(soon(t))
			require.NoError(t, err, "all slots are there")
			require.EqualValues(t, 1, got)
		})
	}
}

// An attempt for which there was no memory is an attempt like any other.
func TestRetryAfterAnAttemptWithoutAnInstance(t *testing.T) {
	config, begun := blocking(host.Config{Concurrency: 2, Memory: 3 << 20, Limits: host.Limits{Memory: 2 << 20}})
	var reports []host.Report
	h := newHost(t, config)
	g := wt.NewGuest()
	g.Host("call")
	g.Host("take")
	g.Init(nil, wt.I32Const(24), wt.MemoryGrow, wt.Drop)
	g.Task("echo", g.Echo())
	g.Task("forward", g.Forward())
	m := load(t, h, g.Bytes(), host.WithGrants(host.Grants{Functions: []string{"block"}}))
	holder := host.Bind[any, any](m, "forward").Submit(t.Context(), []any{"block", nil})
	<-begun
	f := host.Bind[int, int](m, "echo", host.Retry(retry.Policy{Max: 1000, Delays: []time.Duration{time.Millisecond}, If: func(e *futures.RunError) bool {
		holder.Cancel(nil)
		_, _ = holder.Wait(context.Background())
		return e.Code == abi.CodeMemoryLimit
	}}), host.OnReport(func(r host.Report) { reports = append(reports, r) })).Submit(t.Context(), 5)
	got, err := f.Result(soon(t))
	require.NoError(t, err)
	require.Equal(t, 5, got)
	require.Equal(t, abi.CodeMemoryLimit, reports[0].Code)
	require.Equal(t, 1, reports[0].Attempt)
	require.Equal(t, futures.Completed, reports[len(reports)-1].State)
}

// A run that refers to others is no function of its arguments.
func TestFuturesInArgumentsAreNotMemoized(t *testing.T) {
	var why []string
	h := newHost(t, host.Config{Report: func(r host.Report) { why = append(why, r.NotMemoized) }})
	echo := host.Bind[any, any](load(t, h, wt.Tasks()), "echo", host.Memoize(memo.Options{}))
	other := futures.Ready(1)
	for range 2 {
		f := echo.Submit(t.Context(), []any{futures.Raw(other)})
		_, err := f.Result(soon(t))
		require.NoError(t, err)
		require.False(t, f.Cached())
	}
	require.Equal(t, []string{"the arguments hold futures that are not resolved", "the arguments hold futures that are not resolved"}, why)
}

// What was cancelled in line may stay there for a while, but not its arguments.
func TestRunsThatWereCancelledInLineKeepNoArguments(t *testing.T) {
	h := newHost(t, host.Config{Concurrency: 1, Limits: host.Limits{Timeout: time.Hour}})
	m := load(t, h, wt.Tasks())
	hog := host.Bind[any, any](m, "spin").Submit(t.Context(), nil)
	t.Cleanup(func() { hog.Cancel(nil) })
	actor := load(t, h, wt.Tasks(), host.Stateful())
	for _, m := range []*host.Module{m, actor} {
		before := heap()
		ctx, cancel := context.WithCancel(t.Context())
		for range 64 {
			host.Bind[any, any](m, "echo").Submit(ctx, make([]byte, 256<<10))
		}
		last := host.Bind[any, any](m, "echo").Submit(ctx, 1)
		cancel()
		_, err := last.Result(soon(t))
		require.ErrorIs(t, err, futures.ErrCancelled)
		for deadline := time.Now().Add(10 * time.Second); heap() > before+4<<20; {
			require.True(t, time.Now().Before(deadline), "the arguments of 64 runs are still there")
		}
	}

}

// heap is how many bytes of the heap are in use.
func heap() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
