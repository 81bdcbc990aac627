package futures_test

import (
	"context"
	"iter"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	. "github.com/pledge-wasm/pledge/futures"
)

// Whoever takes an observer back while the future ends learns the truth: it runs
// exactly once or never.
func TestOnDoneRemovalRaces(t *testing.T) {
	for range 500 {
		p := pending[int](t, "")
		const n = 6
		var told, kept [n]atomic.Int32
		var wg, observers sync.WaitGroup
		for i := range n {
			observers.Add(1)
			stop := p.Future().OnDone(func() { told[i].Add(1); observers.Done() })
			wg.Go(func() {
				if stop() {
					observers.Done()
				} else {
					kept[i].Store(1)
				}
				require.False(t, stop())
			})
		}
		wg.Go(func() { p.Complete(1) })
		wg.Wait()
		observers.Wait()
		for i := range n {
			require.Equal(t, kept[i].Load(), told[i].Load())
		}
	}
}

// An owner who is asked to cancel races with the end: it is asked at most once,
// and one of the two wins.
func TestCancelRacesWithTheEnd(t *testing.T) {
	for range 500 {
		var asked atomic.Int32
		var p *Promise[int]
		p = NewPromise(Spec[int]{OnCancel: func(cause error) {
			asked.Add(1)
			p.Fail(failed(abi.CodeCancelled, cause))
		}})
		p.Start()
		var completed, cancelled atomic.Int32
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if p.Future().Cancel(errBoom) {
					cancelled.Add(1)
				}
			})
		}
		wg.Go(func() {
			runtime.Gosched()
			if p.Complete(1) {
				completed.Add(1)
			}
		})
		wg.Wait()
		require.LessOrEqual(t, cancelled.Load(), int32(1))
		require.Equal(t, cancelled.Load(), asked.Load())
		require.Equal(t, completed.Load() == 1, p.Future().State() == Completed)
		require.Equal(t, completed.Load() == 0, p.Future().State() == Cancelled)
	}
}

// A consumer that panics or exits in the body of a loop leaves nothing behind.
func TestLoopsThatPanic(t *testing.T) {
	p := pending[int](t, "")
	loops := map[string]func(){
		"AsCompleted": func() {
			for range AsCompleted(bg, p.Future(), Ready(1)) {
				panic(errBoom)
			}
		},
		"Watch": func() {
			for range p.Future().Watch(bg) {
				panic(errBoom)
			}
		},
		"Map": func() {
			for range Map(bg, 2, endless, func(context.Context, int) (*Future[int], error) { return pending[int](t, "").Future(), nil }) {
				panic(errBoom)
			}
		},
	}
	for name, loop := range loops {
		require.PanicsWithValue(t, errBoom, loop, name)
	}
	require.True(t, p.Complete(1))
}

// endless is a sequence without an end.
func endless(yield func(int) bool) {
	for i := 0; yield(i); i++ {
	}
}

// A sequence or a submission that panics in the middle of Map: the panic reaches
// the consumer, and what was submitted and not seen is cancelled.
func TestMapOverWhatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		breaks := func(at int) iter.Seq[int] {
			return func(yield func(int) bool) {
				for i := range endless {
					if i == at {
						panic(errBoom)
					}
					if !yield(i) {
						return
					}
				}
			}
		}
		for name, tt := range map[string]struct {
			seq    iter.Seq[int]
			submit int // the submission that panics
			seen   int
		}{
			"at the first element":     {breaks(0), -1, 0},
			"at a later element":       {breaks(2), -1, 0},
			"behind what is in flight": {breaks(5), -1, 2},
			"at a submission":          {endless, 2, 0},
		} {
			var all, seen []*Future[int]
			require.PanicsWithValue(t, errBoom, func() {
				for f, err := range Map(bg, 3, tt.seq, func(_ context.Context, i int) (*Future[int], error) {
					if i == tt.submit {
						panic(errBoom)
					}
					f := after(t, i+1)
					all = append(all, f)
					return f, nil
				}) {
					require.NoError(t, err)
					seen = append(seen, f)
					_, _ = f.Wait(bg)
				}
			}, name)
			require.Len(t, seen, tt.seen, name)
			for i, f := range all {
				if i >= tt.seen {
					require.ErrorIs(t, f.Err(), ErrAbandoned, name)
				}
			}
		}
	})
}

// The last report is seen even if the run ends before the consumer looks.
func TestWatchShowsTheLastReport(t *testing.T) {
	p := pending[int](t, "")
	p.Start()
	var got []any
	for e, err := range p.Future().Watch(bg) {
		require.NoError(t, err)
		if e.Progress != nil {
			require.Equal(t, Running, e.State)
			got = append(got, e.Progress)
			continue
		}
		got = append(got, e.State)
		if e.State == Running {
			p.Progress(abi.Raw{1})
			p.Progress(abi.Raw{2})
			p.Complete(7)
		}
	}
	require.Equal(t, []any{Pending, Running, abi.Raw{2}, Completed}, got)
}

// A decoder that ends its goroutine, as a failing test does, is no result of
// others.
func TestDecoderExits(t *testing.T) {
	first := true
	p := NewPromise(Spec[int]{Decode: func(abi.Raw) (int, error) {
		if first {
			first = false
			runtime.Goexit()
		}
		return 7, nil
	}})
	p.CompleteRaw(abi.Raw{7})
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = p.Future().Result(bg) })
	wg.Wait()
	v, err := p.Future().Result(bg)
	require.NoError(t, err)
	require.Equal(t, 7, v)
}

// Observers without a future to belong to are contained as well.
func TestAfterNoneContainsPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		AfterAll([]Any(nil), func() { panic(errBoom) })
		synctest.Wait()
	})
}
