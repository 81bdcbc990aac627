package futures_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	. "github.com/pledge-wasm/pledge/futures"
)

// The first to settle wins, whoever races.
func TestSettleOnce(t *testing.T) {
	for range 200 {
		p := pending[int](t, "")
		var won, told atomic.Int32
		var wg sync.WaitGroup
		stop := p.Future().OnDone(func() { told.Add(1); wg.Done() })
		wg.Add(1)
		count := func(ok bool) {
			if ok {
				won.Add(1)
			}
		}
		wg.Go(func() { count(p.Complete(1)) })
		wg.Go(func() { count(p.CompleteRaw(abi.Raw{2})) })
		wg.Go(func() { count(p.Fail(nil)) })
		wg.Go(func() { count(p.Future().Cancel(nil)) })
		wg.Go(func() { _, err := p.Future().Wait(bg); require.NoError(t, err) })
		wg.Go(func() { <-p.Future().Done() })
		wg.Wait()
		require.Equal(t, int32(1), won.Load())
		require.Equal(t, int32(1), told.Load())
		require.False(t, stop())
		h := p.Future().History()
		require.Len(t, h, 2)
		require.Equal(t, p.Future().State(), h[1].State)
	}
}

// Cancelling is part of every future (missing in Prefect), and happens once.
func TestCancel(t *testing.T) {
	t.Run("it is at once without an owner", func(t *testing.T) {
		p := pending[int](t, "")
		require.True(t, p.Future().Cancel(errBoom))
		require.Equal(t, Cancelled, p.Future().State())
		_, err := p.Future().Result(bg)
		require.ErrorIs(t, err, ErrCancelled)
		require.ErrorIs(t, err, errBoom)
		require.False(t, p.Complete(1))
		require.ErrorIs(t, p.CancelCause(), errBoom)
	})
	t.Run("it needs no cause", func(t *testing.T) {
		p := pending[int](t, "count")
		require.True(t, p.Future().Cancel(nil))
		require.EqualError(t, p.Future().Err(), "futures: count "+p.Future().ID().String()+" cancelled")
	})
	t.Run("it asks the owner once", func(t *testing.T) {
		var causes []error
		p := NewPromise(Spec[int]{OnCancel: func(cause error) { causes = append(causes, cause) }})
		p.Start()
		require.NoError(t, p.CancelCause())
		require.True(t, p.Future().Cancel(errBoom))
		require.False(t, p.Future().Cancel(errors.New("again")))
		require.Equal(t, []error{errBoom}, causes)
		require.Equal(t, errBoom, p.CancelCause())
		require.Equal(t, Running, p.Future().State())
		require.True(t, p.Complete(1), "it lets a run win that was just finishing")
		require.Equal(t, Completed, p.Future().State())
	})
	t.Run("it does not ask when done", func(t *testing.T) {
		p := NewPromise(Spec[int]{OnCancel: func(error) { t.Error("asked") }})
		p.Complete(1)
		require.False(t, p.Future().Cancel(nil))
	})
	t.Run("it lets the owner settle inside", func(t *testing.T) {
		var p *Promise[int]
		p = NewPromise(Spec[int]{OnCancel: func(cause error) { p.Fail(failed(abi.CodeCancelled, cause)) }})
		require.True(t, p.Future().Cancel(errBoom))
		require.Equal(t, Cancelled, p.Future().State())
	})
	t.Run("it contains an owner who panics", func(t *testing.T) {
		var got *PanicError
		p := NewPromise(Spec[int]{
			OnCancel: func(error) { panic(errBoom) },
			Hooks:    &Hooks{Panic: func(_ Any, p *PanicError) { got = p }},
		})
		require.True(t, p.Future().Cancel(nil))
		require.Equal(t, "OnCancel", got.Where)
		require.ErrorIs(t, got, errBoom)
		require.True(t, p.Fail(nil), "it can still be settled")
	})
}

// Prefect 48, 49: observers are told once each, also late ones; they can be
// taken back; panics and blocking hold up nobody.
func TestOnDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		panics := make(chan *PanicError, 1)
		p := NewPromise(Spec[int]{Hooks: &Hooks{Panic: func(_ Any, p *PanicError) { panics <- p }}})
		f := p.Future()
		var early, late, removed atomic.Int32
		release := make(chan struct{})
		f.OnDone(func() { early.Add(1) })
		f.OnDone(func() { <-release })
		f.OnDone(func() { panic("observer") })
		f.OnDone(func() { early.Add(1) })
		stop := f.OnDone(func() { removed.Add(1) })
		require.True(t, stop())
		require.False(t, stop(), "it is taken back once")
		p.Complete(1)
		s, err := f.Wait(bg)
		require.NoError(t, err)
		require.Equal(t, Completed, s)
		synctest.Wait()
		require.Equal(t, int32(2), early.Load())
		require.Zero(t, removed.Load())
		caught := <-panics
		require.Equal(t, "OnDone observer", caught.Where)
		require.EqualError(t, caught, "futures: panic in OnDone observer: observer")

		stop = f.OnDone(func() { late.Add(1) })
		require.False(t, stop(), "it cannot be taken back when done")
		synctest.Wait()
		require.Equal(t, int32(1), late.Load())
		close(release)
	})
}

// Taking observers back in any order leaves the others in place.
func TestOnDoneRemoval(t *testing.T) {
	for removed := range 8 {
		p := pending[int](t, "")
		var wg sync.WaitGroup
		var told [3]atomic.Bool
		for i := range told {
			gone := removed&(1<<i) != 0
			if !gone {
				wg.Add(1)
			}
			stop := p.Future().OnDone(func() { told[i].Store(true); wg.Done() })
			if gone {
				defer func() { require.False(t, stop()) }()
				require.True(t, stop())
			}
		}
		p.Complete(1)
		wg.Wait()
		for i := range told {
			require.Equal(t, removed&(1<<i) == 0, told[i].Load(), "removed %03b, observer %d", removed, i)
		}
	}
}

// Prefect 140: hooks see every change in order, once, after the waiters.
func TestHooks(t *testing.T) {
	var seen []Event
	var panics int
	hooks := &Hooks{
		State: func(f Any, e Event) {
			if e.State.Terminal() {
				_, err := f.Wait(over())
				require.NoError(t, err)
			}
			seen = append(seen, e)
			panic("a hook that fails")
		},
		Panic: func(Any, *PanicError) { panics++; panic("worse") },
	}
	p := NewPromise(Spec[int]{Hooks: hooks})
	p.Start()
	p.Retry(errBoom)
	p.Start()
	p.Fail(failed(abi.CodeGuest, errBoom))
	require.Equal(t, p.Future().History(), seen)
	require.Equal(t, []State{Pending, Running, Retrying, Running, Failed}, states(seen))
	require.Equal(t, len(seen), panics)
	require.ErrorIs(t, seen[4].Err, errBoom)
}

// A hook that ends its goroutine, as a failing test does, leaves all in order.
func TestHookExits(t *testing.T) {
	var seen []State
	p := NewPromise(Spec[int]{Hooks: &Hooks{State: func(_ Any, e Event) {
		if seen = append(seen, e.State); e.State == Running {
			runtime.Goexit()
		}
	}}})
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.Start()
	}()
	<-done
	p.Complete(1)
	require.Equal(t, []State{Pending, Running, Completed}, seen)
}

// Hooks keep their order when changes race.
func TestHooksInOrder(t *testing.T) {
	for range 200 {
		var mu sync.Mutex
		var seen []State
		p := NewPromise(Spec[int]{Hooks: &Hooks{State: func(_ Any, e Event) {
			mu.Lock()
			seen = append(seen, e.State)
			mu.Unlock()
			runtime.Gosched()
		}}})
		var wg sync.WaitGroup
		wg.Go(func() { p.Start() })
		wg.Go(func() { p.Future().Cancel(nil) })
		wg.Wait()
		require.Equal(t, states(p.Future().History()), seen)
	}
}

// Watch follows a run live and leaves nothing behind.
func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pending[int](t, "")
		go func() {
			time.Sleep(time.Second)
			p.Start()
			time.Sleep(time.Second)
			p.Progress(abi.Raw{1})
			time.Sleep(time.Second)
			p.Progress(abi.Raw{2})
			p.Progress(abi.Raw{3})
			time.Sleep(time.Second)
			p.Complete(9)
		}()
		var got []State
		var reports []abi.Raw
		for e, err := range p.Future().Watch(bg) {
			require.NoError(t, err)
			if e.Progress != nil {
				require.Equal(t, Running, e.State)
				reports = append(reports, e.Progress)
				continue
			}
			got = append(got, e.State)
		}
		require.Equal(t, []State{Pending, Running, Completed}, got)
		require.Equal(t, abi.Raw{1}, reports[0])
		require.Equal(t, abi.Raw{3}, reports[len(reports)-1], "it shows the latest report")
		latest, n := p.Future().Progress()
		require.Equal(t, abi.Raw{3}, latest)
		require.Equal(t, 3, n)

		for range p.Future().Watch(bg) {
			break
		}
		q := pending[int](t, "")
		var last error
		for _, err := range q.Future().Watch(within(t, time.Minute)) {
			last = err
		}
		require.ErrorIs(t, last, ErrWaitTimeout)
	})
}

// A Go function as a future; Prefect 129, 130, 136 for Go code.
func TestGo(t *testing.T) {
	tests := []struct {
		name  string
		f     func(context.Context) (int, error)
		state State
		is    error
	}{
		{"it completes", func(context.Context) (int, error) { return 3, nil }, Completed, nil},
		{"it fails", func(context.Context) (int, error) { return 0, errBoom }, Failed, errBoom},
		{"it crashes on a panic", func(context.Context) (int, error) { panic(errBoom) }, Crashed, errBoom},
		{"it crashes on Goexit", func(context.Context) (int, error) { runtime.Goexit(); return 0, nil }, Crashed, ErrCrashed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := Go(bg, "f", tt.f)
			s, err := f.Wait(bg)
			require.NoError(t, err)
			require.Equal(t, tt.state, s)
			require.ErrorIs(t, f.Err(), tt.is)
			require.Equal(t, []State{Pending, Running, tt.state}, states(f.History()))
		})
	}
	blocks := func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, context.Cause(ctx) }
	synctest.Test(t, func(t *testing.T) {
		f := Go(bg, "", blocks)
		require.True(t, f.Cancel(errBoom))
		s, _ := f.Wait(bg)
		require.Equal(t, Cancelled, s)
		require.ErrorIs(t, f.Err(), errBoom)

		f = Go(within(t, time.Second), "", blocks)
		s, _ = f.Wait(bg)
		require.Equal(t, TimedOut, s)
		require.NotErrorIs(t, f.Err(), context.DeadlineExceeded)

		ctx, cancel := context.WithCancel(bg)
		f = Go(ctx, "", blocks)
		cancel()
		s, _ = f.Wait(bg)
		require.Equal(t, Cancelled, s)
	})
}

func TestReady(t *testing.T) {
	v, err := Ready("x").Result(over())
	require.NoError(t, err)
	require.Equal(t, "x", v)
	own := failed(abi.CodeTrap, errBoom)
	require.Equal(t, Crashed, Broken[int](own).State())
	require.Equal(t, Failed, Broken[int](errBoom).State())
	require.ErrorIs(t, Broken[int](errBoom).Err(), errBoom)
}

// What schedulers hold knows nothing of the type.
func TestSettler(t *testing.T) {
	p := pending[int](t, "")
	var s Settler = p
	require.Same(t, p.Future(), s.Any())
	require.True(t, s.Start())
	require.True(t, s.CompleteRaw(abi.Raw{5}))
	v, err := s.Any().Value(bg)
	require.NoError(t, err)
	require.Equal(t, 5, v)
}
