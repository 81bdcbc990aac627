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
	"runtime"
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

// Past is how a guest that does not return was stopped.
type Past struct {
	Case      string
	Overshoot time.Duration
	GC        time.Duration // of runtime.GC meanwhile; 0 when it did not get to run
	Err       string
}

// Figures are all that was measured.
type Figures struct {
	Machine    machine.Machine
	Calls      []Call
	Idle       float64       // bytes of an idle instance of the Go guest, of IdleCount
	First      time.Duration // to the first result in a new process, cache warm
	Cold       time.Duration // the same with an empty cache
	Slowdown   map[string]float64
	Metered    float64 // geometric mean over plain wazero
	Switched   float64 // the same of wazero's own switch
	Past       []Past
	PagesCurve []Point         // time by pages written, in 64 MiB
	SizeCurves map[int][]Point // time by size of the memory, by pages written
	Benchmarks []Benchmark
	Deadline   time.Duration
	IdleCount  int
	GuestSizes map[string]int
}

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
		Machine: machine.Describe(), IdleCount: 1000, Deadline: 300 * time.Millisecond,
		Slowdown: map[string]float64{}, SizeCurves: map[int][]Point{}, GuestSizes: map[string]int{},
	}}
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"calls", r.calls}, {"the curves of resetting", r.curves}, {"idle instances and first results", r.children},
		{"the workloads", r.slowdown}, {"deadlines", r.past}, {"benchmarks of the rooms", r.rooms},
	} {
		fmt.Fprintf(o.Log, "measuring %s\n", step.name)
		if err := step.do(ctx); err != nil {
			return nil, fmt.Errorf("own: %s: %w", step.name, err)
		}
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
	if c.ABI == contest.ABIPledge {
		r.out.GuestSizes[string(kind)] = len(wasm)
	}
	cache := filepath.Join(r.cache, fmt.Sprintf("%x", name))
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return nil, err
	}
	return c.Open(ctx, contest.Setup{Wasm: wasm, Path: path, Cores: cores, CacheDir: cache, Timeout: 20 * time.Second})
}

func sum(ctx context.Context, c contest.Caller) error {
	v, err := c.Sum(ctx, 2, 40)
	if err == nil && v != 42 {
		err = fmt.Errorf("the sum is %d", v)
	}
	return err
}

func (r *run) calls(ctx context.Context) error {
	for _, g := range []struct {
		name string
		kind build.Kind
	}{{"small", build.Small}, {"Go", build.Light}} {
		call := Call{Guest: g.name}
		samples, err := r.versus(ctx, g.kind, sum, "pledge", "wazero, new instance")
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

// callersPerCore keep the host busy: a caller waits while its task runs.
const callersPerCore = 4

// rates alternates one core and two and gives the medians.
func (r *run) rates(ctx context.Context, kind build.Kind) (one, two float64, err error) {
	seen := map[int][]float64{}
	for range 5 {
		for _, cores := range []int{1, 2} {
			v, err := r.rate(ctx, kind, cores)
			if err != nil {
				return 0, 0, err
			}
			seen[cores] = append(seen[cores], v)
		}
	}
	return median(seen[1]), median(seen[2]), nil
}

func (r *run) rate(ctx context.Context, kind build.Kind, cores int) (float64, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
	s, err := r.open(ctx, "pledge", kind, cores)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	var callers []contest.Caller
	for range callersPerCore * cores {
		c, err := s.Caller(ctx)
		if err != nil {
			return 0, err
		}
		callers = append(callers, c)
	}
	if _, err := contest.Rate(ctx, callers, sum, r.Rate/10); err != nil { // warm-up
		return 0, err
	}
	runtime.GC()
	return contest.Rate(ctx, callers, sum, r.Rate)
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
	var warm, cold []float64
	for range 3 {
		dir, err := os.MkdirTemp(r.cache, "first")
		if err != nil {
			return err
		}
		for _, into := range []*[]float64{&cold, &warm, &warm, &warm} {
			l, err := ask(ctx, child.Request{Kind: "first", Contestant: "pledge", Path: path, CacheDir: dir}, "first")
			if err != nil {
				return err
			}
			*into = append(*into, float64(l.Took))
		}
	}
	r.out.First, r.out.Cold = time.Duration(median(warm)), time.Duration(median(cold))
	l, err := ask(ctx, child.Request{Kind: "idle", Contestant: "pledge", Path: path, Count: r.out.IdleCount}, "idle")
	if err != nil {
		fmt.Fprintf(r.Log, "  idle instances: %v\n", err) // other systems do not tell
	}
	r.out.Idle = l.Bytes
	return nil
}

func ask(ctx context.Context, q child.Request, event string) (child.Line, error) {
	answer, err := child.Ask(ctx, q, time.Minute)
	if err != nil {
		return child.Line{}, err
	}
	l, ok := answer.Line(event)
	if !ok {
		return l, fmt.Errorf("no answer: %s", answer.LastWords)
	}
	return l, nil
}

func (r *run) past(ctx context.Context) error {
	for _, name := range []string{"loop", "call tree", "memory.fill"} {
		answer, err := child.Ask(ctx, child.Request{Kind: "hostile", Contestant: "pledge", Case: name, Deadline: r.out.Deadline}, 10*time.Second)
		if err != nil {
			return err
		}
		end, _ := answer.Line("end")
		gc, _ := answer.Line("gc")
		r.out.Past = append(r.out.Past, Past{Case: name, Overshoot: end.Took - r.out.Deadline, GC: gc.Took, Err: end.Typed})
	}
	return nil
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}
