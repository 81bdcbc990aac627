package own

import (
	"context"
	"fmt"
	"time"

	"github.com/pledge-wasm/pledge/bench/internal/contest"
	"github.com/pledge-wasm/pledge/bench/internal/peer/pledge"
	"github.com/pledge-wasm/pledge/bench/internal/small"
	"github.com/pledge-wasm/pledge/host"
)

// curves measures whole tasks that write into so many pages: what they write,
// the reset after it and the call around them.
func (r *run) curves(ctx context.Context) error {
	pages := []int{1, 3, 10, 30, 100, 300, 1000, 3000, 10000}
	points, err := r.curve(ctx, 64<<20, pages)
	if err != nil {
		return err
	}
	r.out.PagesCurve = points
	few := []int{1, 15, 100}
	for _, mib := range []int{1, 4, 16, 64, 256, 1024} {
		points, err := r.curve(ctx, mib<<20, few)
		if err != nil {
			return err
		}
		for i, n := range few {
			r.out.SizeCurves[n] = append(r.out.SizeCurves[n], Point{X: float64(mib << 20), Time: points[i].Time})
		}
	}
	return nil
}

// curve measures one size of memory at several numbers of pages.
func (r *run) curve(ctx context.Context, size int, pages []int) ([]Point, error) {
	s, err := pledge.Open(ctx, contest.Setup{Wasm: small.Touch(size), Cores: 1, Memory: int64(size) + 1<<20, Timeout: 20 * time.Second})
	if err != nil {
		return nil, fmt.Errorf("memory of %d bytes: %w", size, err)
	}
	defer s.Close()
	touch := host.Bind[int, any](s.Module, "touch")
	// Fewest pages first: what one has written stays resident, and is looked at
	// by the resets of those that come after.
	plan := r.Plan
	plan.Least = max(plan.Least, 10)
	var points []Point
	for _, n := range pages {
		e := contest.Entry{Name: fmt.Sprint(n), Do: func() error {
			_, err := touch.Submit(ctx, n).Result(ctx)
			return err
		}}
		samples, failed := contest.Interleave([]contest.Entry{e}, plan)
		if err := failed[e.Name]; err != nil {
			return nil, fmt.Errorf("memory of %d bytes, %d pages: %w", size, n, err)
		}
		points = append(points, Point{X: float64(n), Time: samples[e.Name].P50})
	}
	return points, nil
}
