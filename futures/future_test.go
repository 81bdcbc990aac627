package futures_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
	. "github.com/pledge-wasm/pledge/futures"
)

// Prefect 1, 2, 3, 4: the handle is there before the body runs, and so is its
// id, which is unique and ordered by time.
func TestID(t *testing.T) {
	var last uuid.UUID
	for range 1000 {
		p := pending[int](t, "count")
		id := p.Future().ID()
		require.Equal(t, Pending, p.Future().State())
		require.Equal(t, uuid.Version(7), id.Version())
		require.Less(t, last.String(), id.String(), "it makes ids in the order of submission")
		last = id
	}
	want := uuid.Must(uuid.NewV7())
	f := NewPromise(Spec[int]{ID: want, Task: "t"}).Future()
	require.Equal(t, want, f.ID(), "it keeps the id it is given")
	require.Equal(t, "t", f.Task())
}

// Prefect 13, 14: identity is the pointer, equality across processes the id.
// There is no truth value to mistake for the result: Go refuses `if f`.
func TestIdentity(t *testing.T) {
	id := uuid.Must(uuid.NewV7())
	a := NewPromise(Spec[int]{ID: id}).Future()
	b := NewPromise(Spec[int]{ID: id}).Future()
	require.Len(t, map[*Future[int]]bool{a: true, b: true}, 2, "it keeps two handles apart")
	require.Equal(t, a.ID(), b.ID())
	require.True(t, Any(a) == Any(a))
	require.False(t, Any(a) == Any(b))
}

// Prefect 23: exactly these states are final, and done means final.
func TestState(t *testing.T) {
	final := map[State]bool{Completed: true, Failed: true, Crashed: true, TimedOut: true, Cancelled: true}
	for s := Pending; s <= Cancelled; s++ {
		require.Equal(t, final[s], s.Terminal(), s.String())
		text, err := s.MarshalText()
		require.NoError(t, err)
		var back State
		require.NoError(t, back.UnmarshalText(text))
		require.Equal(t, s, back)
	}
	bad := Cancelled + 1
	require.False(t, bad.Terminal())
	require.Equal(t, "State(8)", bad.String())
	_, err := bad.MarshalText()
	require.ErrorContains(t, err, "8 is not a state")
	require.ErrorContains(t, bad.UnmarshalText([]byte("Done")), `"Done" is not a state`)
}

// Prefect 129, 136: codes sort failures into states.
func TestStateOf(t *testing.T) {
	want := map[abi.Code]State{
		abi.CodeGuest: Failed, abi.CodeUnknownTask: Failed, abi.CodeUpstream: Failed,
		abi.CodeDeadline: TimedOut, abi.CodeCancelled: Cancelled,
	}
	for _, code := range append(abi.Codes(), "a_code_of_tomorrow") {
		s, ok := want[code]
		if !ok {
			s = Crashed
		}
		require.Equal(t, s, StateOf(code), string(code))
	}
}

// Prefect 18, 20, 22, 131: state and history are snapshots that never block,
// and what is final stays.
func TestHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pending[int](t, "count")
		f := p.Future()
		begin := time.Now()
		require.False(t, p.Retry(errBoom), "it does not retry what never started")
		time.Sleep(time.Second)
		require.True(t, p.Start())
		require.False(t, p.Start(), "it does not start twice")
		require.Equal(t, Running, f.State())
		time.Sleep(time.Second)
		require.True(t, p.Retry(errBoom))
		require.Equal(t, Retrying, f.State())
		time.Sleep(time.Second)
		require.True(t, p.Start())
		time.Sleep(time.Second)
		require.True(t, p.Complete(7))

		want := []Event{
			{State: Pending, At: begin},
			{State: Running, Attempt: 1, At: begin.Add(time.Second)},
			{State: Retrying, Attempt: 1, At: begin.Add(2 * time.Second), Err: errBoom},
			{State: Running, Attempt: 2, At: begin.Add(3 * time.Second)},
			{State: Completed, Attempt: 2, At: begin.Add(4 * time.Second)},
		}
		require.Equal(t, want, f.History())
		f.History()[0].State = Crashed
		require.Equal(t, want, f.History(), "it hands out copies")

		require.False(t, p.Start())
		require.False(t, p.Retry(errBoom))
		require.False(t, p.Progress(abi.Raw{0}))
		require.False(t, p.Complete(8))
		require.False(t, p.Fail(nil))
		require.False(t, f.Cancel(nil))
		require.Equal(t, want, f.History())
		v, err := f.Result(bg)
		require.NoError(t, err)
		require.Equal(t, 7, v)
	})
}

// Prefect 25, 26, 28, 31, 32, 37: a wait that ends early says so, does nothing
// to the run, and a done future answers whatever the context.
func TestWait(t *testing.T) {
	cause := errors.New("the user left")
	cancelled, cancel := context.WithCancelCause(bg)
	cancel(cause)
	expired, stop := context.WithTimeout(bg, -time.Second)
	defer stop()

	p := pending[string](t, "count")
	f := p.Future()
	s, err := f.Wait(cancelled)
	require.Equal(t, Pending, s)
	require.ErrorIs(t, err, cause)
	require.ErrorIs(t, err, context.Canceled)
	require.NotErrorIs(t, err, ErrWaitTimeout, "it tells a cancelled wait from one that timed out")
	var wait *WaitError
	require.ErrorAs(t, err, &wait)
	require.Equal(t, f.ID(), wait.ID)
	require.EqualError(t, err, "futures: wait for count "+f.ID().String()+" (Pending) ended: the user left; the run goes on")

	_, err = f.Result(expired)
	require.ErrorIs(t, err, ErrWaitTimeout)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	_, err = f.Outcome(expired)
	require.ErrorIs(t, err, ErrWaitTimeout)
	_, err = f.Raw(expired)
	require.ErrorIs(t, err, ErrWaitTimeout)

	require.True(t, p.Complete("x"), "it leaves the run alone")
	for _, ctx := range []context.Context{bg, cancelled, expired} {
		for range 50 { // were it left to select, one in two would fail
			s, err := f.Wait(ctx)
			require.NoError(t, err)
			require.Equal(t, Completed, s)
			v, err := f.Result(ctx)
			require.NoError(t, err)
			require.Equal(t, "x", v)
		}
	}
}

// Prefect 25, 26, 36, 37: waiting on the clock.
func TestWaitBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pending[int](t, "")
		start := time.Now()
		time.AfterFunc(5*time.Second, func() { p.Complete(1) })
		_, err := p.Future().Wait(within(t, 2*time.Second))
		require.ErrorIs(t, err, ErrWaitTimeout)
		require.Equal(t, 2*time.Second, time.Since(start))
		v, err := p.Future().Result(bg)
		require.NoError(t, err)
		require.Equal(t, 1, v)
		require.Equal(t, 5*time.Second, time.Since(start))
	})
}

// Prefect 33, 45, 70: the waiter's time-out and the run's can always be told
// apart, even when the run's cause was a context.
func TestTwoTimeouts(t *testing.T) {
	p := pending[int](t, "slow")
	require.True(t, p.Fail(failed(abi.CodeDeadline, fmt.Errorf("after 1s: %w", context.DeadlineExceeded))))
	_, err := p.Future().Result(bg)
	require.ErrorIs(t, err, ErrRunTimeout)
	require.NotErrorIs(t, err, context.DeadlineExceeded)
	require.NotErrorIs(t, err, ErrWaitTimeout)
	require.ErrorContains(t, err, "after 1s: context deadline exceeded", "it keeps the text of the cause")

	custom := &PanicError{Value: 1}
	q := pending[int](t, "slow")
	q.Fail(failed(abi.CodeDeadline, errors.Join(context.DeadlineExceeded, custom)))
	_, err = q.Future().Result(bg)
	var as *PanicError
	require.ErrorAs(t, err, &as, "it veils nothing else")
	require.ErrorIs(t, err, custom)
	require.NotErrorIs(t, err, context.DeadlineExceeded)
}

// Prefect 38, 39, 124: failures keep the task's own error; as data they are an
// outcome and not a value.
func TestFailure(t *testing.T) {
	guest := &abi.GuestError{Code: "bad_page", Message: "page 7 is empty"}
	tests := []struct {
		name  string
		err   *RunError
		state State
		is    []error
		text  string
	}{
		{"it is Failed when the guest says so", &RunError{Code: abi.CodeGuest, Err: guest}, Failed, []error{ErrFailed, guest}, "failed (guest): " + guest.Error()},
		{"it is Crashed on a trap", &RunError{Code: abi.CodeUnreachable, Err: errBoom}, Crashed, []error{ErrCrashed, errBoom}, "crashed (unreachable): boom"},
		{"it is TimedOut at the deadline", &RunError{Code: abi.CodeDeadline}, TimedOut, []error{ErrRunTimeout}, "timed out (deadline)"},
		{"it is Cancelled when asked", &RunError{Code: abi.CodeCancelled, Err: errBoom}, Cancelled, []error{ErrCancelled, errBoom}, "cancelled: boom"},
		{"it is Crashed without a reason", nil, Crashed, []error{ErrCrashed}, "crashed (host_error)"},
		{"it takes no failure for a success", &RunError{State: Completed, Code: abi.CodeGuest}, Failed, []error{ErrFailed}, "failed (guest)"},
		{"it says where", &RunError{Code: abi.CodeUpstream, Path: Path{{Index: 3}}}, Failed, []error{ErrFailed, ErrUpstream}, "failed (upstream, at $[3])"},
	}
	sentinels := []error{ErrFailed, ErrCrashed, ErrCancelled, ErrRunTimeout, ErrUpstream, ErrWaitTimeout, context.DeadlineExceeded}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := pending[int](t, "count")
			p.Start()
			require.True(t, p.Fail(tt.err))
			f := p.Future()
			_, err := f.Result(bg)
			var run *RunError
			require.ErrorAs(t, err, &run)
			require.Equal(t, tt.state, run.State)
			require.Equal(t, f.ID(), run.ID)
			require.Equal(t, "count", run.Task)
			require.Equal(t, 1, run.Attempt)
			require.EqualError(t, err, "futures: count "+f.ID().String()+" "+tt.text)
			for _, s := range sentinels {
				want := false
				for _, is := range tt.is {
					want = want || s == is
				}
				require.Equal(t, want, errors.Is(err, s), "errors.Is(%v, %v)", err, s)
			}
			for _, is := range tt.is {
				require.ErrorIs(t, err, is)
			}
			out, waitErr := f.Outcome(bg)
			require.NoError(t, waitErr)
			require.Equal(t, Outcome[int]{ID: f.ID(), Task: "count", State: tt.state, Err: err}, out)
			require.Equal(t, err, f.Err())
			_, err = f.Raw(bg)
			require.Equal(t, out.Err, err)
		})
	}
}

// Prefect 114: the error of a dependant wraps the root's, through chains.
func TestUpstreamChain(t *testing.T) {
	root := pending[int](t, "load")
	root.Start()
	root.Fail(failed(abi.CodeMemoryLimit, errBoom))
	middle := pending[int](t, "count")
	middle.Fail(failed(abi.CodeUpstream, root.Future().Err()))
	last := pending[int](t, "merge")
	last.Fail(failed(abi.CodeUpstream, middle.Future().Err()))

	err := last.Future().Err()
	for _, is := range []error{ErrFailed, ErrUpstream, ErrCrashed, errBoom} {
		require.ErrorIs(t, err, is)
	}
	var run *RunError
	require.ErrorAs(t, err, &run)
	require.Equal(t, "merge", run.Task)
	require.Equal(t, "load", run.Root().Task)
	require.Equal(t, root.Future().ID(), run.Root().ID)
	require.Equal(t, fmt.Sprintf("futures: merge %s failed (upstream): count %s failed (upstream): load %s crashed (memory_limit): boom",
		last.Future().ID(), middle.Future().ID(), root.Future().ID()), err.Error())
}

// Prefect 42, 43, 46: null is a value; a result that is gone is an error.
func TestNullIsAValue(t *testing.T) {
	p := pending[any](t, "")
	require.True(t, p.CompleteRaw(abi.Raw{0xf6}))
	v, err := p.Future().Result(bg)
	require.NoError(t, err)
	require.Nil(t, v)

	require.True(t, p.Evict())
	_, err = p.Future().Result(bg)
	require.ErrorIs(t, err, ErrEvicted)
	_, err = p.Future().Raw(bg)
	require.ErrorIs(t, err, ErrEvicted)
	out, err := p.Future().Outcome(bg)
	require.NoError(t, err, "it answers the wait")
	require.Equal(t, Completed, out.State)
	require.ErrorIs(t, out.Err, ErrEvicted)
	require.False(t, pending[int](t, "").Evict(), "it evicts nothing that is not there")
}

// Prefect 50, 93: a result is decoded once, for all readers alike, and one that
// cannot be decoded is an error of the reader; nobody hangs.
func TestResultForms(t *testing.T) {
	t.Run("it decodes once", func(t *testing.T) {
		var n atomic.Int32
		p := NewPromise(Spec[map[string]int]{Decode: func(r abi.Raw) (m map[string]int, err error) {
			n.Add(1)
			return m, codec.Unmarshal(r, &m)
		}})
		raw := mustRaw(t, map[string]int{"a": 1})
		p.CompleteRaw(raw)
		require.Zero(t, n.Load(), "it decodes only when asked")
		got, err := p.Future().Raw(bg)
		require.NoError(t, err)
		require.Same(t, &raw[0], &got[0], "it does not copy")
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				v, err := p.Future().Result(bg)
				require.NoError(t, err)
				require.Equal(t, map[string]int{"a": 1}, v)
			})
		}
		wg.Wait()
		require.Equal(t, int32(1), n.Load())
	})
	t.Run("it encodes once", func(t *testing.T) {
		f := Ready([]int{1, 2})
		a, err := f.Raw(bg)
		require.NoError(t, err)
		require.Equal(t, abi.Raw{0x82, 1, 2}, a)
		b, _ := f.Raw(bg)
		require.Same(t, &a[0], &b[0])
	})
	t.Run("it stays Completed when the bytes are of another type", func(t *testing.T) {
		p := NewPromise(Spec[int]{Task: "count"})
		p.CompleteRaw(mustRaw(t, "seven"))
		told := make(chan struct{})
		p.Future().OnDone(func() { close(told) })
		<-told
		_, err := p.Future().Result(bg)
		var bad *ResultError
		require.ErrorAs(t, err, &bad)
		require.Equal(t, "int", bad.Want)
		require.Contains(t, err.Error(), "futures: result of count "+p.Future().ID().String()+" as int: ")
		require.Equal(t, Completed, p.Future().State())
		v, err := p.Future().Raw(bg)
		require.NoError(t, err)
		require.Equal(t, mustRaw(t, "seven"), v)
		_, again := p.Future().Value(bg)
		require.Same(t, bad, again)
	})
	t.Run("it contains a decoder that panics", func(t *testing.T) {
		p := NewPromise(Spec[int]{Decode: func(abi.Raw) (int, error) { panic("no") }})
		p.CompleteRaw(abi.Raw{0})
		_, err := p.Future().Result(bg)
		var panicked *PanicError
		require.ErrorAs(t, err, &panicked)
		require.NotEmpty(t, panicked.Stack)
	})
	t.Run("it says when a value has no CBOR", func(t *testing.T) {
		f := Ready(make(chan int))
		_, err := f.Raw(bg)
		var bad *ResultError
		require.ErrorAs(t, err, &bad)
		require.Equal(t, "CBOR", bad.Want)
	})
	t.Run("it gives raw results as they are", func(t *testing.T) {
		p := NewPromise(Spec[abi.Raw]{})
		raw := abi.Raw{0x82, 1, 2}
		p.CompleteRaw(raw)
		v, err := p.Future().Result(bg)
		require.NoError(t, err)
		require.Same(t, &raw[0], &v[0])
	})
}

// Prefect 125: an error as data is a success.
func TestErrorAsValue(t *testing.T) {
	v, err := Ready(errBoom).Result(bg)
	require.NoError(t, err)
	require.Equal(t, errBoom, v)
}

// Prefect 138: what came from an earlier run carries a mark.
func TestCached(t *testing.T) {
	p := pending[int](t, "")
	require.False(t, p.Future().Cached())
	require.True(t, p.CompleteCached(abi.Raw{7}))
	require.True(t, p.Future().Cached())
	out, err := p.Future().Outcome(bg)
	require.NoError(t, err)
	require.Equal(t, Outcome[int]{ID: p.Future().ID(), State: Completed, Value: 7, Cached: true}, out)
	require.Equal(t, []State{Pending, Completed}, states(p.Future().History()))
	require.False(t, Ready(1).Cached())
}

// A failure that nobody has looked at can be found (Prefect 10, 11).
func TestUnread(t *testing.T) {
	f := Broken[int](errBoom)
	require.True(t, f.Unread())
	_, _ = f.Wait(bg)
	require.True(t, f.Unread(), "it does not take waiting for reading")
	_, _ = f.Result(bg)
	require.False(t, f.Unread())
	require.False(t, Ready(1).Unread())
	require.False(t, pending[int](t, "").Future().Unread())
}

// A future travels as a reference to its run, alone or nested.
func TestMarshal(t *testing.T) {
	f := pending[int](t, "").Future()
	id := f.ID()
	ref := append([]byte{0xda, 0x70, 0x6c, 0x64, 0x67, 0x50}, id[:]...)
	require.Equal(t, abi.Raw(ref), mustRaw(t, f))
	require.Equal(t, abi.Raw(append([]byte{0x81}, ref...)), mustRaw(t, []any{f}))
	require.Equal(t, abi.Raw(append([]byte{0xa1, 0x61, 'x'}, ref...)), mustRaw(t, struct {
		X *Future[int] `cbor:"x"`
	}{f}))
	_, err := (*Future[int])(nil).MarshalCBOR()
	require.ErrorContains(t, err, "nil *futures.Future[int]")
}

// Handles print as what they are; printing one does not read what locks guard.
func TestString(t *testing.T) {
	p := pending[int](t, "count")
	want := "future count " + p.Future().ID().String() + " (Pending)"
	for _, verb := range []string{"%v", "%+v", "%s", "%#v"} {
		require.Equal(t, want, fmt.Sprintf(verb, p.Future()))
	}
	require.Equal(t, "future <nil>", (*Future[int])(nil).String())
}
