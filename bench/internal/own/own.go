// Package own measures pledge by itself, beside nothing but plain wazero: the
// figures that its design sets itself, from one run.
package own

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/pledge-wasm/pledge/bench/internal/build"
	"github.com/pledge-wasm/pledge/bench/internal/child"
	"github.com/pledge-wasm/pledge/bench/internal/contest"
	"github.com/pledge-wasm/pledge/bench/internal/machine"
	"github.com/pledge-wasm/pledge/bench/internal/peer/plain"
	"github.com/pledge-wasm/pledge/bench/internal/peer/pledge"
	"github.com/pledge-wasm/pledge/bench/internal/workload"
)

// Contestants are those that take part.
func Contestants() []contest.Contestant { return append(pledge.Contestants(), plain.Contestants()...) }

// Options say where things are and how long to measure.
type Options struct {
	// Source is the directory of the bench module, Root that of pledge's.
	Source, Root string
	// Plan is that of the latencies, Rate how long throughput is taken for.
	Plan contest.Plan
	Rate time.Duration
	// Log is told what is being measured.
	Log io.Writer
}

// Call is one task on a guest, through pledge and through a new instance of
// plain wazero.
type Call struct {
	Guest                   string
	Pledge, Wazero          contest.Sample
	OneCore, TwoCores, Gain float64 // tasks per second through pledge
}

// Past is how a guest that does not return was stopped: the worst of all tries.
type Past struct {
	Case      string
	Overshoot time.Duration
	GC        time.Duration // of runtime.GC meanwhile
	Stopped   bool          // every time, by its deadline, and the collection was over before
}

// Figures are all that was measured.
type Figures struct {
	Machine    machine.Machine
	Calls      []Call
	Idle       float64            // bytes of an idle instance of the Go guest; 0 when the system does not tell
	Growth     map[string]float64 // bytes, by guest, over many tasks in a row
	First      time.Duration      // to the first result in a new process, cache warm
	Cold       time.Duration      // the same with an empty cache
	Slowdown   map[string]float64
	Metered    float64 // geometric mean over plain wazero
	Switched   float64 // the same of wazero's own switch
	Past       []Past
	PagesCurve []Point         // time by pages written, in 64 MiB
	SizeCurves map[int][]Point // time by size of the memory, by pages written
	Futures    Futures
	Benchmarks []Benchmark
	GuestSize  int // of the Go guest, in bytes
}

const (
	idleCount = 1000
	rowCount  = 100_000
	deadline  = 200 * time.Millisecond
	tries     = 5
)

// Point is a point of a curve.
type Point struct {
	X    float64 // pages or bytes
	Time time.Duration
}

type run struct {
	Options
	guests *build.Guests
	cache  string
	out    *Figures
}

// Run measures everything.
func Run(ctx context.Context, o Options) (*Figures, error) {
	dir, err := os.MkdirTemp("", "pledge-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	r := &run{Options: o, guests: build.New(o.Source, dir), cache: filepath.Join(dir, "cache"), out: &Figures{
		Machine: machine.Describe(), Growth: map[string]float64{}, Slowdown: map[string]float64{}, SizeCurves: map[int][]Point{},
	}}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"calls", r.calls}, {"the curves of resetting", r.curves}, {"processes of their own", r.children},
		{"the workloads", r.slowdown}, {"deadlines", r.past}, {"futures", r.futures}, {"benchmarks of the rooms", r.rooms},
	} {
		t := time.Now()
		fmt.Fprintf(o.Log, "measuring %s\n", step.name)
		if err := step.do(ctx); err != nil {
			return nil, fmt.Errorf("own: %s: %w", step.name, err)
		}
		fmt.Fprintf(o.Log, "  %v\n", time.Since(t).Round(100*time.Millisecond))
	}
	return r.out, nil
}

func contestant(name string) contest.Contestant {
	all := Contestants()
	return all[slices.IndexFunc(all, func(c contest.Contestant) bool { return c.Name == name })]
}

// open opens a contestant on a guest, with compiled code kept from one opening
// to the next.
func (r *run) open(ctx context.Context, name string, kind build.Kind, cores int) (contest.Subject, error) {
	c := contestant(name)
	wasm, path, err := r.guests.Get(ctx, c.ABI, kind)
	if err != nil {
		return nil, err
	}
	if c.ABI == contest.ABIPledge && kind == build.Light {
		r.out.GuestSize = len(wasm)
	}
	cache := filepath.Join(r.cache, fmt.Sprintf("%x", name))
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return nil, err
	}
	return c.Open(ctx, contest.Setup{Wasm: wasm, Path: path, Cores: cores, CacheDir: cache, Timeout: 20 * time.Second})
}

// guests are those of most measurements.
var guests = []struct {
	name string
	kind build.Kind
}{{"small", build.Small}, {"Go", build.Light}}

func (r *run) calls(ctx context.Context) error {
	for _, g := range guests {
		call := Call{Guest: g.name}
		samples, err := r.versus(ctx, g.kind, contest.Sum, "pledge", "wazero, new instance")
		if err != nil {
			return err
		}
		call.Pledge, call.Wazero = samples["pledge"], samples["wazero, new instance"]
		if call.OneCore, call.TwoCores, err = r.rates(ctx, g.kind); err != nil {
			return err
		}
		call.Gain = call.TwoCores / call.OneCore
		r.out.Calls = append(r.out.Calls, call)
	}
	return nil
}

// versus measures contestants in turn at one piece of work.
func (r *run) versus(ctx context.Context, kind build.Kind, do func(context.Context, contest.Caller) error, names ...string) (map[string]contest.Sample, error) {
	var entries []contest.Entry
	for _, name := range names {
		s, err := r.open(ctx, name, kind, 1)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		defer s.Close()
		c, err := s.Caller(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		defer c.Close()
		entries = append(entries, contest.Entry{Name: name, Do: func() error { return do(ctx, c) }})
	}
	samples, failed := contest.Interleave(entries, r.Plan)
	for name, err := range failed {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return samples, nil
}

// rates gives tasks per second on one core and on two.
func (r *run) rates(ctx context.Context, kind build.Kind) (one, two float64, err error) {
	var crowds []contest.Crowd
	for cores := 1; cores <= 2; cores++ {
		s, err := r.open(ctx, "pledge", kind, cores)
		if err != nil {
			return 0, 0, err
		}
		defer s.Close()
		crowd, err := contest.Gather(ctx, contestant("pledge"), s, cores)
		if err != nil {
			return 0, 0, err
		}
		defer crowd.Close()
		crowds = append(crowds, crowd)
	}
	medians, err := contest.Rates(ctx, crowds, contest.Sum, 5, r.Rate)
	if err != nil {
		return 0, 0, err
	}
	return medians[0], medians[1], nil
}

func (r *run) slowdown(ctx context.Context) error {
	const ours, base, switched = "pledge", "wazero, reused", "wazero, reused + switch"
	metered, stopped := 0.0, 0.0
	for _, w := range workload.Workloads {
		samples, err := r.versus(ctx, build.Compute, func(ctx context.Context, c contest.Caller) error {
			_, err := c.Compute(ctx, w.Name, w.Rounds)
			return err
		}, base, ours, switched)
		if err != nil {
			return err
		}
		ratio := float64(samples[ours].P50) / float64(samples[base].P50)
		r.out.Slowdown[w.Name] = ratio
		metered += math.Log(ratio)
		stopped += math.Log(float64(samples[switched].P50) / float64(samples[base].P50))
	}
	n := float64(len(workload.Workloads))
	r.out.Metered, r.out.Switched = math.Exp(metered/n), math.Exp(stopped/n)
	return nil
}

func (r *run) children(ctx context.Context) error {
	_, path, err := r.guests.Get(ctx, contest.ABIPledge, build.Light)
	if err != nil {
		return err
	}
	var cold, warm []time.Duration
	for range 3 {
		first, later, err := child.First(ctx, "pledge", path, 3)
		if err != nil {
			return err
		}
		cold, warm = append(cold, first), append(warm, later...)
	}
	r.out.First, r.out.Cold = contest.Median(warm), contest.Median(cold)
	if r.out.Idle, err = child.Idle(ctx, "pledge", path, idleCount); err != nil {
		fmt.Fprintf(r.Log, "  %v\n", err) // other systems do not tell
	}
	for _, g := range guests {
		_, path, err := r.guests.Get(ctx, contest.ABIPledge, g.kind)
		if err != nil {
			return err
		}
		if r.out.Growth[g.name], err = child.Row(ctx, "pledge", path, rowCount); err != nil {
			fmt.Fprintf(r.Log, "  %v\n", err)
			delete(r.out.Growth, g.name)
		}
	}
	return nil
}

func (r *run) past(ctx context.Context) error {
	for _, name := range []string{"loop", "call tree", "memory.fill"} {
		past := Past{Case: name, Stopped: true}
		for range tries {
			answer, err := child.Ask(ctx, child.Request{Kind: "hostile", Contestant: "pledge", Case: name, Deadline: deadline}, 10*time.Second)
			if err != nil {
				return err
			}
			end, _ := answer.Line("end")
			gc, collected := answer.Line("gc")
			past.Overshoot, past.GC = max(past.Overshoot, end.Took-deadline), max(past.GC, gc.Took)
			past.Stopped = past.Stopped && collected && end.Typed == "deadline"
		}
		r.out.Past = append(r.out.Past, past)
	}
	return nil
}
