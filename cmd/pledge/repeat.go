package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/host"
)

// repetition runs one task a number of times: workers in a closed loop, each
// with one run in flight, so that the time of a run is not spent in a queue.
type repetition struct {
	*streams
	task    host.Task[abi.Raw, abi.Raw]
	args    abi.Raw
	times   int
	workers int

	next atomic.Int64 // the number of the run to begin next

	mu    sync.Mutex
	bad   int            // guarded by mu; the number of the first run that did not complete
	last  int            // guarded by mu; the number of the last run that completed
	worst outcome        // guarded by mu; of run bad
	best  outcome        // guarded by mu; of run last
	ends  map[string]int // guarded by mu; how many runs ended how
}

// run returns the outcome of the first run that did not complete, or else of
// the last. More than one run are told of on standard error. When ctx ends, the
// runs in flight are cancelled and no more begin.
func (r *repetition) run(ctx context.Context) outcome {
	if r.times == 1 {
		return r.once(ctx)
	}
	r.bad, r.last, r.ends = r.times, -1, make(map[string]int)
	bar := newProgress(r.streams, r.times)
	durations := make([][]time.Duration, min(r.workers, r.times))
	start := time.Now()
	var workers sync.WaitGroup
	for w := range durations {
		workers.Go(func() { durations[w] = r.loop(ctx, bar) })
	}
	workers.Wait()
	wall := time.Since(start)
	bar.close()

	all := slices.Concat(durations...)
	r.summary(all, wall)
	if r.bad < r.times {
		return r.worst
	}
	return r.best
}

// loop begins runs until there are no more to begin, and returns how long each
// took from submission to result.
func (r *repetition) loop(ctx context.Context, bar *progress) []time.Duration {
	var took []time.Duration
	for {
		n := int(r.next.Add(1) - 1)
		if n >= r.times {
			return took
		}
		start := time.Now()
		o := r.once(ctx)
		end := time.Now()
		took = append(took, end.Sub(start))
		r.record(n, o)
		bar.step(end)
		if o.state == futures.Cancelled {
			return took
		}
	}
}

// once runs the task once.
func (r *repetition) once(ctx context.Context) outcome {
	var rep host.Report
	f := r.task.Submit(ctx, r.args, host.OnReport(func(x host.Report) { rep = x }))
	// The run itself ends with ctx, so there is no need to bound the wait.
	o, _ := f.Outcome(context.WithoutCancel(ctx))
	return outcomeOf(o, rep)
}

func (r *repetition) record(n int, o outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	how := o.state.String()
	if o.code != "" {
		how += " [" + string(o.code) + "]"
	}
	r.ends[how]++
	switch {
	case o.err != nil && n < r.bad:
		r.bad, r.worst = n, o
	case o.err == nil && n > r.last:
		r.last, r.best = n, o
	}
}

// summary tells how fast the runs were and how they ended.
func (r *repetition) summary(took []time.Duration, wall time.Duration) {
	slices.Sort(took)
	fmt.Fprintf(r.err, "%d runs in %v, %d at a time: %s runs/s\n",
		len(took), rounded(wall), min(r.workers, r.times), perSecond(len(took), wall))
	fmt.Fprintf(r.err, "latency p50 %v, p90 %v, p99 %v, max %v\n",
		rounded(quantile(took, 0.50)), rounded(quantile(took, 0.90)), rounded(quantile(took, 0.99)), rounded(quantile(took, 1)))
	if r.bad == r.times {
		return
	}
	for _, how := range slices.Sorted(maps.Keys(r.ends)) {
		fmt.Fprintf(r.err, "%d %s\n", r.ends[how], how)
	}
}
