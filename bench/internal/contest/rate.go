package contest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Crowd is callers of one contestant on so many cores.
type Crowd struct {
	Name    string
	Cores   int
	Callers []Caller
}

// callersPerCore keep the cores busy where a caller waits while its task runs
// elsewhere.
const callersPerCore = 4

// Gather makes the callers that keep so many cores of a contestant busy.
func Gather(ctx context.Context, c Contestant, s Subject, cores int) (Crowd, error) {
	crowd := Crowd{Name: c.Name, Cores: cores}
	n := cores
	if c.Apart {
		n *= callersPerCore
	}
	for range n {
		call, err := s.Caller(ctx)
		if err != nil {
			crowd.Close()
			return crowd, fmt.Errorf("%s: %w", c.Name, err)
		}
		crowd.Callers = append(crowd.Callers, call)
	}
	return crowd, nil
}

// Close closes the callers.
func (c Crowd) Close() {
	for _, call := range c.Callers {
		call.Close()
	}
}

// Rates measures crowds in turn, round by round, each for a while and on its
// own number of cores (GOMAXPROCS), and gives the median tasks per second of each.
func Rates(ctx context.Context, crowds []Crowd, do func(context.Context, Caller) error, rounds int, d time.Duration) ([]float64, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	seen := make([][]float64, len(crowds))
	for range rounds {
		for i, c := range crowds {
			runtime.GOMAXPROCS(c.Cores)
			if _, err := c.rate(ctx, do, d/10); err != nil { // warm-up
				return nil, err
			}
			runtime.GC() // what the one before left is not this one's to pay
			v, err := c.rate(ctx, do, d)
			if err != nil {
				return nil, err
			}
			seen[i] = append(seen[i], v)
		}
	}
	medians := make([]float64, len(crowds))
	for i := range seen {
		medians[i] = Median(seen[i])
	}
	return medians, nil
}

// rate runs the callers' work side by side for a while and gives tasks per
// second, all callers together.
func (c Crowd) rate(ctx context.Context, do func(context.Context, Caller) error, d time.Duration) (float64, error) {
	counts, failures := make([]int, len(c.Callers)), make([]error, len(c.Callers))
	var stop atomic.Bool
	var wg sync.WaitGroup
	start := time.Now()
	timer := time.AfterFunc(d, func() { stop.Store(true) })
	defer timer.Stop()
	for i, call := range c.Callers {
		wg.Go(func() {
			n := 0
			for ; !stop.Load() && failures[i] == nil; n++ {
				failures[i] = do(ctx, call)
			}
			counts[i] = n
		})
	}
	wg.Wait()
	took := time.Since(start)
	if err := errors.Join(failures...); err != nil {
		return 0, fmt.Errorf("rate of %s: %w", c.Name, err)
	}
	total := 0
	for _, n := range counts {
		total += n
	}
	return float64(total) / took.Seconds(), nil
}
