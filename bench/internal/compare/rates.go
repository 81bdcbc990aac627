package compare

import (
	"context"

	"github.com/pledge-wasm/pledge/bench/internal/build"
	"github.com/pledge-wasm/pledge/bench/internal/contest"
)

// Rate is how many tasks a second a contestant does on one core and on two.
type Rate struct {
	Work     string
	One, Two map[string]float64 // by contestant
}

const rateRounds = 3

func (r *run) rates(ctx context.Context) error {
	for _, w := range []struct {
		name string
		kind build.Kind
		do   func(context.Context, contest.Caller) error
	}{
		{"sum, small guest", build.Small, contest.Sum}, {"sum, Go guest", build.Light, contest.Sum},
		{"word count, Go guest", build.Light, count},
	} {
		rate, err := r.rate(ctx, w.kind, w.do)
		if err != nil {
			return err
		}
		rate.Work = w.name
		r.out.Rates = append(r.out.Rates, rate)
	}
	return nil
}

func (r *run) rate(ctx context.Context, kind build.Kind, do func(context.Context, contest.Caller) error) (Rate, error) {
	var crowds []contest.Crowd
	for _, c := range r.all {
		for cores := 1; cores <= 2; cores++ {
			s, err := r.open(ctx, c, kind, cores)
			if err != nil {
				return Rate{}, err
			}
			defer s.Close()
			crowd, err := contest.Gather(ctx, c, s, cores)
			if err != nil {
				return Rate{}, err
			}
			defer crowd.Close()
			crowds = append(crowds, crowd)
		}
	}
	medians, err := contest.Rates(ctx, crowds, do, rateRounds, r.Rate)
	if err != nil {
		return Rate{}, err
	}
	rate := Rate{One: map[string]float64{}, Two: map[string]float64{}}
	for i, crowd := range crowds {
		if crowd.Cores == 1 {
			rate.One[crowd.Name] = medians[i]
		} else {
			rate.Two[crowd.Name] = medians[i]
		}
	}
	return rate, nil
}
