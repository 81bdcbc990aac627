package futures_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	. "github.com/pledge-wasm/pledge/futures"
)

// dependants returns the error of the last of n runs of which each failed
// because of the one before.
func dependants(n int, root error, wrap func(error) error) error {
	err := root
	for i := range n {
		err = Broken[int](&RunError{Task: fmt.Sprint("task", i), Code: abi.CodeUpstream, Err: wrap(err)}).Err()
	}
	return err
}

// The error of a long chain of dependants costs no more than its length, and
// its text does not grow with it.
func TestLongChainOfFailures(t *testing.T) {
	root := Broken[int](&RunError{Task: "load", Code: abi.CodeTrap, Err: errBoom}).Err()
	wraps := map[string]func(error) error{
		"bare":     func(err error) error { return err },
		"resolved": func(err error) error { return &ResolveError{Path: Path{{Index: 1}}, Err: err} },
		"wrapped":  func(err error) error { return fmt.Errorf("wrapped: %w", err) },
		"joined":   func(err error) error { return errors.Join(errIO, err) },
	}
	for name, wrap := range wraps {
		for _, n := range []int{40, 3_000} {
			t.Run(fmt.Sprint(name, " ", n), func(t *testing.T) {
				err := dependants(n, root, wrap)
				require.ErrorIs(t, err, ErrCrashed)
				require.ErrorIs(t, err, ErrUpstream)
				require.ErrorIs(t, err, errBoom)
				require.NotErrorIs(t, err, ErrCancelled)
				require.NotErrorIs(t, err, context.DeadlineExceeded)
				var wait *WaitError
				require.False(t, errors.As(err, &wait))
				var run *RunError
				require.ErrorAs(t, err, &run)
				require.Equal(t, "load", run.Root().Task)
				b, mErr := run.MarshalCBOR()
				require.NoError(t, mErr)
				require.Less(t, len(err.Error()), 5000)
				require.Less(t, len(b), 5000)
				if name == "bare" || name == "resolved" {
					require.Contains(t, err.Error(), fmt.Sprintf(": %d more: load ", n-8))
					require.True(t, strings.HasSuffix(err.Error(), " crashed (trap): boom"), err.Error())
				}
			})
		}
	}
}

// The end of a run is never taken for the end of a wait, even if a wait was the
// cause.
func TestAWaitAsCauseIsTheRuns(t *testing.T) {
	_, cause := pending[int](t, "").Future().Result(within(t, 0))
	require.ErrorIs(t, cause, ErrWaitTimeout)
	for name, err := range map[string]error{"bare": cause, "wrapped": fmt.Errorf("load: %w", cause), "joined": errors.Join(errBoom, cause)} {
		for _, code := range []abi.Code{abi.CodeDeadline, abi.CodeGuest} {
			f := Broken[int](&RunError{Code: code, Err: err})
			_, got := f.Result(bg)
			require.NotErrorIs(t, got, ErrWaitTimeout, name)
			require.NotErrorIs(t, got, context.DeadlineExceeded, name)
			var wait *WaitError
			require.False(t, errors.As(got, &wait), name)
			require.ErrorContains(t, got, cause.Error(), name)
			require.Equal(t, name == "joined", errors.Is(got, errBoom), name)
		}
	}
}

// A chain of futures as long as there is memory for ends, well or not, without
// going deep into any stack.
func TestVeryLongChain(t *testing.T) {
	n := 100_000
	if raceEnabled || testing.Short() {
		n = 5_000
	}
	grow := func(f *Future[int]) *Future[int] {
		for range n {
			f = Then(f, func(_ context.Context, v int) (int, error) { return v + 1, nil })
		}
		return f
	}
	first := pending[int](t, "")
	last := grow(first.Future())
	first.Complete(0)
	v, err := last.Result(bg)
	require.NoError(t, err)
	require.Equal(t, n, v)

	first = pending[int](t, "first")
	last = grow(first.Future())
	first.Fail(failed(abi.CodeTrap, errBoom))
	_, err = last.Result(bg)
	require.ErrorIs(t, err, errBoom)
	require.NotErrorIs(t, err, context.DeadlineExceeded)
	require.Less(t, len(err.Error()), 2000)
}

// A function whose upstream panicked has not panicked itself.
func TestGoPassesOnAPanic(t *testing.T) {
	inner := Go(bg, "inner", func(context.Context) (int, error) { panic(errBoom) })
	outer := Go(bg, "outer", func(ctx context.Context) (int, error) { return inner.Result(ctx) })
	s, err := outer.Wait(bg)
	require.NoError(t, err)
	require.Equal(t, Failed, s)
	require.ErrorIs(t, outer.Err(), ErrCrashed, "the cause is still there")
}
