package compare

import (
	"context"
	"fmt"
	"runtime"

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
	count := func(ctx context.Context, c contest.Caller) error {
		_, err := c.Count(ctx, Page)
		return err
	}
	for _, w := range []struct {
		name string
		kind build.Kind
		do   func(context.Context, contest.Caller) error
	}{
		{"sum, small guest", build.Small, sum}, {"sum, Go guest", build.Light, sum}, {"word count, Go guest", build.Light, count},
	} {
		rate := Rate{Work: w.name}
		var err error
		if rate.One, err = r.rateOn(ctx, 1, w.kind, w.do); err != nil {
			return err
		}
		if rate.Two, err = r.rateOn(ctx, 2, w.kind, w.do); err != nil {
			return err
		}
		r.out.Rates = append(r.out.Rates, rate)
	}
	return nil
}

func (r *run) rateOn(ctx context.Context, cores int, kind build.Kind, do func(context.Context, contest.Caller) error) (map[string]float64, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
	type player struct {
		name    string
		callers []contest.Caller
		seen    []float64
	}
	var players []*player
	for _, c := range r.all {
		s, err := r.open(ctx, c, kind, cores)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		defer s.Close()
		p := &player{name: c.Name}
		callers := cores
		if c.Isolation != "reused" { // no instance belongs to a caller: keep the cores busy
			callers *= 4
		}
		for range callers {
			call, err := s.Caller(ctx)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.Name, err)
			}
			defer call.Close()
			for range 3 {
				if err := do(ctx, call); err != nil {
					return nil, fmt.Errorf("%s: %w", c.Name, err)
				}
			}
			p.callers = append(p.callers, call)
		}
		players = append(players, p)
	}
	for range rateRounds {
		for _, p := range players {
			runtime.GC()
			v, err := contest.Rate(ctx, p.callers, do, r.Rate)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", p.name, err)
			}
			p.seen = append(p.seen, v)
		}
	}
	out := map[string]float64{}
	for _, p := range players {
		out[p.name] = Median(p.seen)
	}
	return out, nil
}
