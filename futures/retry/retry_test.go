package retry_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures"
	. "github.com/pledge-wasm/pledge/futures/retry"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errBoom = errors.New("boom")

func failure(code abi.Code) *futures.RunError {
	return &futures.RunError{State: futures.StateOf(code), Code: code, Err: errBoom}
}

// pauses returns the pauses of a schedule until it ends, at most 10.
func pauses(p Policy) (ds []time.Duration) {
	s := p.Begin()
	for range 10 {
		d, again := s.Next(failure(abi.CodeGuest))
		if !again {
			break
		}
		ds = append(ds, d)
	}
	return ds
}

// Prefect 131, 132: how often, and the pauses.
func TestPolicy(t *testing.T) {
	const s = time.Second
	tests := []struct {
		name string
		p    Policy
		want []time.Duration
	}{
		{"it never retries by default", Policy{}, nil},
		{"it retries at once", Policy{Max: 2}, []time.Duration{0, 0}},
		{"it repeats a fixed pause", Fixed(3, s), []time.Duration{s, s, s}},
		{"it repeats the last of a list", Policy{Max: 4, Delays: []time.Duration{0, s / 2, 3 * s}}, []time.Duration{0, s / 2, 3 * s, 3 * s}},
		{"it does not use all of a list", Policy{Max: 1, Delays: []time.Duration{s, 2 * s}}, []time.Duration{s}},
		{"it doubles", Exponential(4, s), []time.Duration{s, 2 * s, 4 * s, 8 * s}},
		{"it grows by the factor up to the longest", Policy{Max: 4, Initial: s, Factor: 3, Longest: 5 * s}, []time.Duration{s, 3 * s, 5 * s, 5 * s}},
		{"it stays within the longest from the start", Policy{Max: 2, Initial: 9 * s, Longest: 5 * s}, []time.Duration{5 * s, 5 * s}},
		{"it grows up to a minute", Policy{Max: 2, Initial: 50 * s}, []time.Duration{50 * s, 60 * s}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.NoError(t, tt.p.Validate())
			require.Equal(t, tt.want, pauses(tt.p))
			require.Equal(t, tt.want, pauses(tt.p), "it can be used again")
		})
	}
}

// Jitter is tested by its effect: it moves pauses, both ways, within its bounds.
func TestJitter(t *testing.T) {
	for _, p := range []Policy{
		{Max: 1, Delays: []time.Duration{time.Second}, Jitter: 0.5},
		{Max: 1, Initial: time.Second, Jitter: 0.5},
	} {
		shorter, longer := 0, 0
		for range 1000 {
			d := pauses(p)[0]
			require.InDelta(t, time.Second, d, float64(time.Second/2)+1)
			if d < time.Second {
				shorter++
			} else {
				longer++
			}
		}
		require.Greater(t, shorter, 300)
		require.Greater(t, longer, 300)
	}
}

// Prefect 132: what is wrong is said when the policy is made.
func TestValidate(t *testing.T) {
	tests := []struct {
		p    Policy
		want string
	}{
		{Policy{Max: -1}, "Max is -1"},
		{Policy{Initial: -1}, "Initial is -1ns"},
		{Policy{Longest: -1}, "Longest is -1ns"},
		{Policy{Factor: 0.5}, "Factor is 0.5"},
		{Policy{Jitter: -0.1}, "Jitter is -0.1"},
		{Policy{Jitter: 1.1}, "Jitter is 1.1"},
		{Policy{Delays: []time.Duration{0, -1}}, "Delays[1] is -1ns"},
		{Policy{Delays: []time.Duration{1}, Initial: 1}, "use one of them"},
	}
	for _, tt := range tests {
		require.ErrorContains(t, tt.p.Validate(), "retry: ")
		require.ErrorContains(t, tt.p.Validate(), tt.want)
		f := Go(context.Background(), tt.p, "", func(context.Context, int) (int, error) { t.Error("called"); return 0, nil })
		require.ErrorContains(t, f.Err(), tt.want)
		require.Equal(t, futures.Crashed, f.State())
	}
}

// Prefect 135, 136: what is worth another attempt.
func TestCondition(t *testing.T) {
	want := map[abi.Code]bool{
		abi.CodeCancelled: false, abi.CodeUpstream: false, abi.CodeUnknownTask: false,
		abi.CodeModuleRejected: false, abi.CodeImportDenied: false,
	}
	for _, code := range abi.Codes() {
		worth, listed := want[code]
		require.Equal(t, worth || !listed, Worthwhile(failure(code)), string(code))
	}
	hint := &futures.RunError{Code: abi.CodeGuest, Err: &abi.GuestError{Retry: true}}
	require.True(t, Hinted(hint))
	require.False(t, Hinted(&futures.RunError{Code: abi.CodeGuest, Err: &abi.GuestError{}}))
	require.False(t, Hinted(failure(abi.CodeGuest)))
	s := Policy{Max: 5, If: Hinted}.Begin()
	_, again := s.Next(hint)
	require.True(t, again)
	_, again = s.Next(failure(abi.CodeGuest))
	require.False(t, again)
}

// A condition that panics is a no, and the run ends with its failure.
func TestConditionPanics(t *testing.T) {
	p := Policy{Max: 3, If: func(*futures.RunError) bool { panic("condition") }}
	_, again := p.Begin().Next(failure(abi.CodeGuest))
	require.False(t, again)
	n := 0
	f := Go(context.Background(), p, "job", func(context.Context, int) (int, error) { n++; return 0, errBoom })
	_, err := f.Result(context.Background())
	require.ErrorIs(t, err, errBoom)
	require.Equal(t, 1, n)
}

// Prefect 131: at most n+1 attempts, none after a success, and a history of it.
func TestGo(t *testing.T) {
	bg := context.Background()
	history := func(f futures.Any) (s []futures.State) {
		for _, e := range f.History() {
			s = append(s, e.State)
		}
		return s
	}
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		f := Go(bg, Exponential(5, time.Second), "job", func(_ context.Context, attempt int) (int, error) {
			if attempt < 3 {
				return 0, errBoom
			}
			return attempt, nil
		})
		v, err := f.Result(bg)
		require.NoError(t, err)
		require.Equal(t, 3, v)
		require.Equal(t, 3*time.Second, time.Since(start))
		require.Equal(t, []futures.State{
			futures.Pending, futures.Running, futures.Retrying, futures.Running, futures.Retrying, futures.Running, futures.Completed,
		}, history(f))
		require.ErrorIs(t, f.History()[2].Err, errBoom)

		n := 0
		f = Go(bg, Policy{Max: 2}, "job", func(context.Context, int) (int, error) { n++; panic(errBoom) })
		_, err = f.Result(bg)
		require.ErrorIs(t, err, errBoom)
		require.Equal(t, futures.Crashed, f.State())
		require.Equal(t, 3, n)
		var run *futures.RunError
		require.ErrorAs(t, err, &run)
		require.Equal(t, 3, run.Attempt)

		f = Go(bg, Fixed(9, time.Hour), "job", func(context.Context, int) (int, error) { return 0, errBoom })
		synctest.Wait()
		require.Equal(t, futures.Retrying, f.State())
		require.True(t, f.Cancel(errors.New("enough")))
		_, err = f.Result(bg)
		require.ErrorIs(t, err, futures.ErrCancelled)
		require.ErrorContains(t, err, "enough")

		ctx, cancel := context.WithTimeout(bg, time.Minute)
		defer cancel()
		f = Go(ctx, Fixed(9, time.Hour), "job", func(context.Context, int) (int, error) { return 0, errBoom })
		_, err = f.Result(bg)
		require.ErrorIs(t, err, futures.ErrRunTimeout)

		f = Go(bg, Policy{Max: 3}, "job", func(ctx context.Context, _ int) (int, error) { <-ctx.Done(); return 0, context.Cause(ctx) })
		synctest.Wait()
		require.True(t, f.Cancel(errBoom))
		_, err = f.Result(bg)
		require.ErrorIs(t, err, futures.ErrCancelled)
	})
}
