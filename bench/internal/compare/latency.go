package compare

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/pledge-wasm/pledge/bench/internal/build"
	"github.com/pledge-wasm/pledge/bench/internal/contest"
	"github.com/pledge-wasm/pledge/bench/internal/workload"
)

// page is the text whose words are counted, about 3 KB.
var page = strings.Repeat("It was the best of times, it was the worst of times, it was the age of wisdom, "+
	"it was the age of foolishness, it was the epoch of belief, it was the epoch of incredulity. ", 18)

// job is a piece of work by name.
type job struct {
	name string
	do   func(context.Context, contest.Caller) error
}

func jobs() []job {
	var all []job
	for _, e := range []struct {
		name string
		n    int
	}{{"echo 16 B", 16}, {"echo 1 KiB", 1 << 10}, {"echo 64 KiB", 64 << 10}, {"echo 1 MiB", 1 << 20}} {
		data := bytes.Repeat([]byte{0x5a}, e.n)
		all = append(all, job{e.name, func(ctx context.Context, c contest.Caller) error {
			out, err := c.Echo(ctx, data)
			if err == nil && len(out) != e.n {
				err = fmt.Errorf("the echo has %d bytes", len(out))
			}
			return err
		}})
	}
	return append(all,
		job{"sum", contest.Sum}, job{"word count", count})
}

func count(ctx context.Context, c contest.Caller) error {
	_, err := c.Count(ctx, page)
	return err
}

// latency measures every job of one kind of guest.
func (r *run) latency(ctx context.Context, kind build.Kind) (Latency, error) {
	return r.table(ctx, kind, jobs(), func(contest.Contestant) bool { return true })
}

// compute measures the workloads. Instances per call are left out: they would
// add what the other tables already show.
func (r *run) compute(ctx context.Context) (err error) {
	var all []job
	for _, w := range workload.Workloads {
		want, err := workload.Compute(w.Name, w.Rounds)
		if err != nil {
			return err
		}
		all = append(all, job{w.Name, func(ctx context.Context, c contest.Caller) error {
			got, err := c.Compute(ctx, w.Name, w.Rounds)
			if err == nil && got != want {
				err = fmt.Errorf("the answer is %d, natively it is %d", got, want)
			}
			return err
		}})
	}
	r.out.Compute, err = r.table(ctx, build.Compute, all, func(c contest.Contestant) bool { return c.Isolation != "fresh" })
	return err
}

func (r *run) table(ctx context.Context, kind build.Kind, all []job, take func(contest.Contestant) bool) (Latency, error) {
	out := Latency{Sample: map[string]map[string]contest.Sample{}}
	type player struct {
		name string
		call contest.Caller
	}
	var players []player
	for _, c := range r.all {
		if !take(c) {
			continue
		}
		s, err := r.open(ctx, c, kind, 1)
		if err != nil {
			return out, err
		}
		defer s.Close()
		call, err := s.Caller(ctx)
		if err != nil {
			return out, fmt.Errorf("%s: %w", c.Name, err)
		}
		defer call.Close()
		players = append(players, player{c.Name, call})
	}
	for _, j := range all {
		if ctx.Err() != nil {
			return out, ctx.Err()
		}
		var entries []contest.Entry
		for _, p := range players {
			entries = append(entries, contest.Entry{Name: p.name, Do: func() error { return j.do(ctx, p.call) }})
		}
		samples, failed := contest.Interleave(entries, r.Plan)
		out.Works = append(out.Works, j.name)
		out.Sample[j.name] = samples
		for name, err := range failed {
			r.say("  %s, %s: %v", j.name, name, err)
		}
	}
	return out, nil
}
