package futures_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	. "github.com/pledge-wasm/pledge/futures"
)

// after returns a future that completes with its own duration, in seconds, at
// that time of the fake clock. Zero is done at once, negative never.
func after(t *testing.T, seconds int) *Future[int] {
	t.Helper()
	p := pending[int](t, fmt.Sprint(seconds))
	switch {
	case seconds == 0:
		p.Complete(0)
	case seconds > 0:
		time.AfterFunc(time.Duration(seconds)*time.Second, func() { p.Complete(seconds) })
	}
	return p.Future()
}

// failAfter is after with a failure.
func failAfter(t *testing.T, seconds int, err error) *Future[int] {
	t.Helper()
	p := pending[int](t, fmt.Sprint(seconds))
	time.AfterFunc(time.Duration(seconds)*time.Second, func() { p.Fail(failed(abi.CodeGuest, err)) })
	return p.Future()
}

func list[T any](v ...T) []T { return v }

// Prefect 54, 55, 56, 57, 58, 59, 61, 68: waiting for all.
func TestWaitAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow, quick, never, done := after(t, 5), after(t, 1), after(t, -1), after(t, 0)
		start := time.Now()

		d, p := WaitAll(over(), done)
		require.Equal(t, list(done), d)
		require.Empty(t, p)

		d, p = WaitAll(within(t, 2*time.Second), slow, quick, never, quick, done)
		require.Equal(t, list(quick, done), d, "it watches all together, in order, each once")
		require.Equal(t, list(slow, never), p)
		require.Equal(t, 2*time.Second, time.Since(start))

		d, p = WaitAll(bg, slow, quick)
		require.Equal(t, list(slow, quick), d)
		require.Empty(t, p)
		require.Equal(t, 5*time.Second, time.Since(start))

		d, p = WaitAll[*Future[int]](bg)
		require.Empty(t, d)
		require.Empty(t, p)

		never.Cancel(nil)
		broken := Broken[string](errBoom)
		ds, ps := WaitAll[Any](bg, never, broken)
		require.Equal(t, list[Any](never, broken), ds, "it counts cancelled and failed as done, and mixes types")
		require.Empty(t, ps)
	})
}

func TestWaitAny(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow, quick, never := after(t, 5), after(t, 1), after(t, -1)
		start := time.Now()
		d, p := WaitAny(bg, slow, quick, never)
		require.Equal(t, list(quick), d)
		require.Equal(t, list(slow, never), p)
		require.Equal(t, time.Second, time.Since(start))
		d, p = WaitAny(within(t, time.Second), never, never)
		require.Empty(t, d)
		require.Equal(t, list(never), p)
		d, p = WaitAny[*Future[int]](bg)
		require.Empty(t, d)
		require.Empty(t, p)
	})
}

// Prefect 62, 63, 64, 65, 66, 67.
func TestAsCompleted(t *testing.T) {
	t.Run("it yields in the order of completion", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ten, one, five, done, fails := after(t, 10), after(t, 1), after(t, 5), after(t, 0), failAfter(t, 3, errBoom)
			start := time.Now()
			var got []*Future[int]
			for f, err := range AsCompleted(bg, ten, one, five, one, done, fails) {
				require.NoError(t, err)
				got = append(got, f)
			}
			require.Equal(t, list(done, one, fails, five, ten), got)
			require.Equal(t, 10*time.Second, time.Since(start))
		})
	})
	t.Run("it times out with a count", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var got []int
			var last error
			for f, err := range AsCompleted(within(t, 6*time.Second), after(t, 10), after(t, 1), after(t, 5)) {
				if last = err; err != nil {
					require.Nil(t, f)
					break
				}
				v, err := f.Result(bg)
				require.NoError(t, err)
				got = append(got, v)
			}
			require.Equal(t, []int{1, 5}, got)
			require.ErrorIs(t, last, ErrWaitTimeout)
			require.EqualError(t, last, "futures: 1 of 3 futures unfinished when the wait ended: context deadline exceeded; the runs go on")
			time.Sleep(time.Hour)
		})
	})
	t.Run("it polls when the context is over", func(t *testing.T) {
		done, never := Ready(1), pending[int](t, "").Future()
		var got []*Future[int]
		var errs []error
		for f, err := range AsCompleted(over(), never, done) {
			got, errs = append(got, f), append(errs, err)
		}
		require.Equal(t, list(done, nil), got)
		require.NoError(t, errs[0])
		require.ErrorIs(t, errs[1], context.Canceled)
		for range AsCompleted(over(), done) { // nothing is left, so there is no error
			got = got[:1]
		}
		require.Len(t, got, 1)
	})
	t.Run("it counts the time of the body", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var last error
			for _, err := range AsCompleted(within(t, 2*time.Second), after(t, 1), after(t, 10)) {
				last = err
				time.Sleep(2 * time.Second)
			}
			require.ErrorIs(t, last, ErrWaitTimeout)
		})
	})
	t.Run("it ends at once without futures", func(t *testing.T) {
		for range AsCompleted[Any](bg) {
			t.Fatal("yielded")
		}
	})
	t.Run("it can be broken off and ranged over again", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			seq := AsCompleted(bg, after(t, 1), after(t, 2), after(t, 3))
			for range 2 {
				for f, err := range seq {
					require.NoError(t, err)
					require.Equal(t, Completed, f.State())
					break
				}
			}
			n := 0
			for range seq {
				n++
			}
			require.Equal(t, 3, n)
		})
	})
}

// AsCompleted over 100,000 is linear: ten times the futures take about ten
// times as long.
func TestAsCompletedLinear(t *testing.T) {
	run := func(n int) time.Duration {
		ps := make([]*Promise[int], n)
		fs := make([]*Future[int], n)
		for i := range ps {
			ps[i] = pending[int](t, "")
			fs[i] = ps[i].Future()
		}
		start := time.Now()
		go func() {
			for i := range ps {
				ps[n-1-i].Complete(i)
			}
		}()
		seen := 0
		for f, err := range AsCompleted(bg, fs...) {
			if err != nil || f.State() != Completed {
				t.Fatal(f, err)
			}
			seen++
		}
		require.Equal(t, n, seen)
		return time.Since(start)
	}
	best := func(n int) time.Duration { return min(run(n), run(n), run(n)) }
	small, large := best(10_000), best(100_000)
	t.Logf("10,000 in %v, 100,000 in %v", small, large)
	require.Less(t, large, 60*small+100*time.Millisecond, "it is not quadratic, which would be a hundredfold")
}

// Prefect 69, 70, 71, 72, 73, 74.
func TestGather(t *testing.T) {
	t.Run("it keeps the order of the list", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			a, b := after(t, 5), after(t, 1)
			vs, err := Gather(bg, a, b, a)
			require.NoError(t, err)
			require.Equal(t, []int{5, 1, 5}, vs)
			vs, err = Gather[int](bg)
			require.NoError(t, err)
			require.Empty(t, vs)
		})
	})
	t.Run("it fails fast and lets the others run", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			slow := after(t, 60)
			_, err := Gather(bg, slow, failAfter(t, 2, errBoom), failAfter(t, 1, errIO))
			require.ErrorIs(t, err, errIO, "it reports the first in time")
			require.Equal(t, time.Second, time.Since(start))
			require.Equal(t, Pending, slow.State())
			time.Sleep(time.Hour)
			require.Equal(t, Completed, slow.State())
		})
	})
	t.Run("it reports the first in the list of those done already", func(t *testing.T) {
		_, err := Gather(bg, Ready(1), Broken[int](errBoom), Broken[int](errIO))
		require.ErrorIs(t, err, errBoom)
	})
	t.Run("it cancels the rest where asked", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			slow, quick := after(t, 60), after(t, 1)
			_, err := GatherOrCancel(bg, slow, quick, failAfter(t, 2, errBoom))
			require.ErrorIs(t, err, errBoom)
			require.Equal(t, Cancelled, slow.State())
			require.ErrorIs(t, slow.Err(), errBoom)
			require.Equal(t, Completed, quick.State())
			left := after(t, -1)
			_, err = GatherOrCancel(within(t, time.Second), left)
			require.ErrorIs(t, err, ErrWaitTimeout)
			require.Equal(t, Cancelled, left.State())
			vs, err := GatherOrCancel(bg, quick)
			require.NoError(t, err)
			require.Equal(t, []int{1}, vs)
		})
	})
	t.Run("it times out in its own words", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			inner := failed(abi.CodeDeadline, context.DeadlineExceeded)
			_, err := Gather(bg, Broken[int](inner))
			require.ErrorIs(t, err, ErrRunTimeout)
			require.NotErrorIs(t, err, ErrWaitTimeout)
			_, err = Gather(within(t, time.Second), after(t, 0), after(t, -1))
			require.ErrorIs(t, err, ErrWaitTimeout)
			require.ErrorContains(t, err, "1 of 2")
			outer, cancel := context.WithCancelCause(within(t, time.Hour))
			time.AfterFunc(time.Second, func() { cancel(errIO) })
			_, err = Gather(outer, after(t, -1))
			require.ErrorIs(t, err, errIO, "it passes on an outer cancellation")
			require.NotErrorIs(t, err, ErrWaitTimeout)
		})
	})
	t.Run("it reports results that cannot be read", func(t *testing.T) {
		p := pending[int](t, "")
		p.CompleteRaw(abi.Raw{0x60})
		_, err := Gather(bg, Ready(1), p.Future())
		var bad *ResultError
		require.ErrorAs(t, err, &bad)
	})
}

var errIO = errors.New("input and output")

func TestGatherAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := failAfter(t, 3, errBoom), failAfter(t, 1, errIO)
		vs, err := GatherAll(bg, after(t, 2), a, b, a)
		require.Equal(t, []int{2, 0, 0, 0}, vs)
		require.EqualError(t, err, a.Err().Error()+"\n"+b.Err().Error(), "it joins them in order, each once")
		vs, err = GatherAll(bg, after(t, 0), after(t, 1))
		require.NoError(t, err)
		require.Equal(t, []int{0, 1}, vs)
		vs, err = GatherAll(within(t, 2*time.Second), after(t, 1), after(t, -1), a)
		require.Equal(t, []int{1, 0, 0}, vs, "it gives what is there")
		require.ErrorIs(t, err, errBoom)
		require.ErrorIs(t, err, ErrWaitTimeout)
	})
}

func TestOutcomes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ok, bad, never := after(t, 1), failAfter(t, 1, errBoom), after(t, -1)
		outs, err := Outcomes(bg, ok, bad)
		require.NoError(t, err)
		require.Equal(t, 1, outs[0].Value)
		require.ErrorIs(t, outs[1].Err, errBoom)
		outs, err = Outcomes(over(), never, ok)
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, Outcome[int]{ID: never.ID(), Task: "-1", State: Pending}, outs[0])
		require.Equal(t, Completed, outs[1].State)
	})
}

func TestAfterAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told, stopped atomic.Int32
		bad := failAfter(t, 3, errBoom)
		AfterAll[Any]([]Any{after(t, 2), bad, bad, after(t, 0)}, func() { told.Add(1) })
		stop := AfterAll([]Any{bad}, func() { stopped.Add(1) })
		require.True(t, stop())
		require.False(t, stop())
		time.Sleep(2 * time.Second)
		synctest.Wait()
		require.Zero(t, told.Load())
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, int32(1), told.Load())
		require.Zero(t, stopped.Load())
		stop = AfterAll[Any](nil, func() { told.Add(1) })
		synctest.Wait()
		require.False(t, stop())
		require.Equal(t, int32(2), told.Load())
	})
}

// Prefect 120, 121, 123, and back-pressure, which Prefect lacks.
func TestMap(t *testing.T) {
	naturals := func(yield func(int) bool) {
		for i := 0; yield(i); i++ {
		}
	}
	t.Run("it bounds what is in flight", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var busy, most atomic.Int32
			submit := func(ctx context.Context, i int) (*Future[int], error) {
				most.Store(max(most.Load(), busy.Add(1)))
				p := pending[int](t, "")
				time.AfterFunc(time.Duration(1+i%7)*time.Second, func() { busy.Add(-1); p.Complete(i * i) })
				return p.Future(), nil
			}
			i := 0
			for f, err := range Map(bg, 5, iter.Seq[int](naturals), submit) {
				require.NoError(t, err)
				v, err := f.Result(bg)
				require.NoError(t, err)
				require.Equal(t, i*i, v, "it yields in the order of the elements")
				if i++; i == 50 {
					break
				}
			}
			require.Equal(t, int32(5), most.Load())
			time.Sleep(time.Hour)
		})
	})
	t.Run("it holds back a consumer that does not wait", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			var fs []*Future[int]
			for f, err := range Map(bg, 2, slices.Values([]int{1, 1, 1, 1, 1, 1}), func(_ context.Context, s int) (*Future[int], error) { return after(t, s), nil }) {
				require.NoError(t, err)
				fs = append(fs, f)
			}
			require.Equal(t, 2*time.Second, time.Since(start))
			vs, err := Gather(bg, fs...)
			require.NoError(t, err)
			require.Equal(t, []int{1, 1, 1, 1, 1, 1}, vs)
		})
	})
	t.Run("it cancels what the consumer has not seen", func(t *testing.T) {
		var fs []*Future[int]
		submit := func(context.Context, int) (*Future[int], error) {
			fs = append(fs, pending[int](t, "").Future())
			return fs[len(fs)-1], nil
		}
		for range Map(bg, 3, iter.Seq[int](naturals), submit) {
			break
		}
		require.Len(t, fs, 3)
		require.Equal(t, Pending, fs[0].State(), "it leaves alone what was yielded")
		for _, f := range fs[1:] {
			require.ErrorIs(t, f.Err(), ErrAbandoned)
		}
	})
	t.Run("it yields errors of submitting in place", func(t *testing.T) {
		submit := func(_ context.Context, i int) (*Future[int], error) {
			if i == 1 {
				return nil, errBoom
			}
			return Ready(i), nil
		}
		var fs []*Future[int]
		var errs []error
		for f, err := range Map(bg, 0, slices.Values([]int{0, 1, 2}), submit) {
			fs, errs = append(fs, f), append(errs, err)
		}
		require.Equal(t, []error{nil, errBoom, nil}, errs)
		require.Nil(t, fs[1])
	})
	t.Run("it yields nothing for nothing", func(t *testing.T) {
		for range Map(bg, 3, slices.Values([]int(nil)), func(context.Context, int) (Any, error) { return nil, nil }) {
			t.Fatal("yielded")
		}
	})
	t.Run("it stops with the context", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			n := 0
			var last error
			for f, err := range Map(within(t, time.Second), 2, iter.Seq[int](naturals), func(context.Context, int) (*Future[int], error) { return after(t, -1), nil }) {
				if last = err; err == nil {
					require.NotNil(t, f)
					n++
				}
			}
			require.Equal(t, 2, n)
			require.ErrorIs(t, last, ErrWaitTimeout)
			require.ErrorContains(t, last, "2 of 2")
		})
	})
}

func TestThen(t *testing.T) {
	double := func(_ context.Context, v int) (int, error) { return 2 * v, nil }
	synctest.Test(t, func(t *testing.T) {
		f := Then(Then(after(t, 2), double), func(_ context.Context, v int) (string, error) { return fmt.Sprint(v), nil })
		v, err := f.Result(bg)
		require.NoError(t, err)
		require.Equal(t, "4", v)

		root := failAfter(t, 1, errBoom)
		g := Then(Then(root, double), double)
		_, err = g.Result(bg)
		require.ErrorIs(t, err, ErrUpstream)
		require.ErrorIs(t, err, errBoom)
		var run *RunError
		require.ErrorAs(t, err, &run)
		require.Equal(t, root.ID(), run.Root().ID)

		never := after(t, -1)
		h := Then(never, double)
		require.True(t, h.Cancel(errIO))
		require.Equal(t, Cancelled, h.State())
		require.Equal(t, Pending, never.State(), "it leaves the first alone")
		never.Cancel(nil)

		blocks := Then(Ready(1), func(ctx context.Context, _ int) (int, error) { <-ctx.Done(); return 0, context.Cause(ctx) })
		synctest.Wait()
		require.Equal(t, Running, blocks.State())
		require.True(t, blocks.Cancel(errIO))
		s, err := blocks.Wait(bg)
		require.NoError(t, err)
		require.Equal(t, Cancelled, s)
		require.ErrorIs(t, blocks.Err(), errIO)

		p := Then(Ready(1), func(context.Context, int) (int, error) { panic("next") })
		s, _ = p.Wait(bg)
		require.Equal(t, Crashed, s)
	})
}
