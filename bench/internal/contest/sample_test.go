package contest_test

import (
	"errors"
	"testing"
	"time"

	"github.com/pledge-wasm/pledge/bench/internal/contest"
	"github.com/stretchr/testify/require"
)

func TestInterleave(t *testing.T) {
	var order []string
	enter := func(name string, fail bool) contest.Entry {
		return contest.Entry{Name: name, Do: func() error {
			order = append(order, name)
			if fail {
				return errors.New("no")
			}
			return nil
		}}
	}
	samples, failed := contest.Interleave([]contest.Entry{enter("a", false), enter("b", true), enter("c", false)},
		contest.Plan{Rounds: 2, Least: 1, Most: 1, Slice: time.Nanosecond})
	require.Equal(t, []string{"a", "a", "a", "b", "c", "c", "c", "a", "c", "a", "c"}, order, "it warms up, then takes turns")
	require.Equal(t, 2, samples["a"].Calls, "it does not count the warm-up")
	require.NotContains(t, samples, "b")
	require.ErrorContains(t, failed["b"], "no")
}

func TestQuantile(t *testing.T) {
	d := []time.Duration{1, 2, 3, 4}
	require.Equal(t, time.Duration(3), contest.Quantile(d, 0.5))
	require.Equal(t, time.Duration(4), contest.Quantile(d, 0.99))
	require.Zero(t, contest.Quantile(nil, 0.5))
}
