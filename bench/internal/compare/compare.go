// Package compare runs the comparison: every contestant at every piece of work,
// in turn, and what needs a child process besides.
package compare

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/pledge-wasm/pledge/bench/internal/build"
	"github.com/pledge-wasm/pledge/bench/internal/contest"
	"github.com/pledge-wasm/pledge/bench/internal/machine"
	"github.com/pledge-wasm/pledge/bench/internal/roster"
)

// Options say how long to measure.
type Options struct {
	// Source is the directory of the bench module.
	Source string
	// Plan is that of the latencies.
	Plan contest.Plan
	// Rate is how long throughput is taken for, per contestant and round.
	Rate time.Duration
	// Firsts is how many cold and warm starts are made.
	Firsts int
	// Patience is how long a hostile guest may take past its deadline before
	// its process is ended, Deadline the limit that it has been given.
	Patience, Deadline time.Duration
	// Tries is how often a guest is stopped of which the overshoot is measured.
	Tries int
	// Log is told what is being measured.
	Log io.Writer
}

// Default takes some minutes.
var Default = Options{
	Plan: contest.Plan{Rounds: 5, Slice: 30 * time.Millisecond, Least: 2, Most: 20000},
	Rate: 120 * time.Millisecond, Firsts: 5, Tries: 5,
	Patience: 3 * time.Second, Deadline: 500 * time.Millisecond,
}

// Quick is for trying the command.
var Quick = Options{
	Plan: contest.Plan{Rounds: 2, Slice: 3 * time.Millisecond, Least: 1, Most: 1000},
	Rate: 20 * time.Millisecond, Firsts: 1, Tries: 1,
	Patience: 2 * time.Second, Deadline: 300 * time.Millisecond,
}

// Latency is a table of samples. Those that failed have none.
type Latency struct {
	Works  []string
	Sample map[string]map[string]contest.Sample // by work, by contestant
}

// Results is everything that was measured.
type Results struct {
	Machine     machine.Machine
	Contestants []Who
	Missing     string
	Sizes       map[string]int // of the guests, in bytes
	Small, Go   Latency
	Compute     Latency
	Rates       []Rate
	Idle        map[string]Idle
	First       map[string]First
	Hostile     map[string]map[string]Verdict // by case, by contestant
	Deadline    time.Duration
	Patience    time.Duration
	Tries       int
	Took        time.Duration
}

// Who is a contestant, for tables.
type Who struct{ Name, Family, Isolation, Stops string }

// run is a comparison under way.
type run struct {
	Options
	guests *build.Guests
	all    []contest.Contestant
	out    *Results
	cache  string // directory of compiled code, so that each guest is compiled once
}

// Run measures everything.
func Run(ctx context.Context, o Options) (*Results, error) {
	start := time.Now()
	dir, err := os.MkdirTemp("", "pledge-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	r := &run{Options: o, guests: build.New(o.Source, dir), cache: filepath.Join(dir, "cache"), out: &Results{
		Machine: machine.Describe(), Sizes: map[string]int{}, Deadline: o.Deadline, Patience: o.Patience, Tries: o.Tries,
	}}
	r.all, r.out.Missing = roster.All()
	if r.out.Missing != "" {
		r.say("%s", r.out.Missing)
	}
	for _, c := range r.all {
		r.out.Contestants = append(r.out.Contestants, Who{c.Name, c.Family, c.Isolation, c.Stops})
	}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"the small guests", func(ctx context.Context) (err error) {
			r.out.Small, err = r.latency(ctx, build.Small)
			return err
		}},
		{"the Go guests", func(ctx context.Context) (err error) {
			r.out.Go, err = r.latency(ctx, build.Light)
			return err
		}},
		{"the workloads", r.compute},
		{"throughput", r.rates},
		{"first results", r.first},
		{"idle instances", r.idle},
		{"hostile guests", r.hostile},
	} {
		t := time.Now()
		r.say("measuring %s", step.name)
		if err := step.do(ctx); err != nil {
			return nil, fmt.Errorf("compare: %s: %w", step.name, err)
		}
		runtime.GC()
		r.say("  %v", time.Since(t).Round(100*time.Millisecond))
	}
	r.out.Took = time.Since(start)
	return r.out, nil
}

func (r *run) say(format string, args ...any) { fmt.Fprintf(r.Log, format+"\n", args...) }

// open opens a contestant on a guest, with compiled code kept from one opening
// to the next.
func (r *run) open(ctx context.Context, c contest.Contestant, kind build.Kind, cores int) (contest.Subject, error) {
	wasm, path, err := r.guests.Get(ctx, c.ABI, kind)
	if err != nil {
		return nil, err
	}
	r.out.Sizes[string(c.ABI)+" "+string(kind)] = len(wasm)
	cache := filepath.Join(r.cache, strings.Map(letters, c.Name))
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return nil, err
	}
	s, err := c.Open(ctx, contest.Setup{Wasm: wasm, Path: path, Cores: cores, CacheDir: cache, Timeout: 20 * time.Second})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Name, err)
	}
	return s, nil
}

func letters(c rune) rune {
	if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
		return c
	}
	return '-'
}
