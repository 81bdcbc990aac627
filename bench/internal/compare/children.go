package compare

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/pledge-wasm/pledge/bench/internal/build"
	"github.com/pledge-wasm/pledge/bench/internal/child"
	"github.com/pledge-wasm/pledge/bench/internal/contest"
	"github.com/pledge-wasm/pledge/bench/internal/small"
)

// First is the time from the beginning of main to the first result of the Go
// guest, with nothing in the cache and with compiled code in it: medians.
type First struct{ Cold, Warm time.Duration }

// one says whether a contestant stands for its family where more would show the
// same: without the switches, and one of new and reused.
func one(c contest.Contestant) bool {
	switch c.Name {
	case "pledge", "wazero, new instance", "Extism, new instance", "go-plugin", "wasmtime, new instance":
		return true
	}
	return false
}

func (r *run) first(ctx context.Context) error {
	r.out.First = map[string]First{}
	cold, warm := map[string][]time.Duration{}, map[string][]time.Duration{}
	for range r.Firsts {
		for _, c := range r.all {
			if !one(c) {
				continue
			}
			_, path, err := r.guests.Get(ctx, c.ABI, build.Light)
			if err != nil {
				return err
			}
			first, later, err := child.First(ctx, c.Name, path, 2)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				r.say("  %v", err)
				continue
			}
			cold[c.Name], warm[c.Name] = append(cold[c.Name], first), append(warm[c.Name], later...)
		}
	}
	for name := range cold {
		r.out.First[name] = First{contest.Median(cold[name]), contest.Median(warm[name])}
	}
	return nil
}

// Idle is what one idle instance takes, in bytes, of so many.
type Idle struct {
	Small, Go float64 // 0 when it was not measured
	Count     int
}

// idle measures those that have idle instances, one of each family.
func (r *run) idle(ctx context.Context) error {
	r.out.Idle = map[string]Idle{}
	counts := map[string]int{"pledge": 1000, "wazero, reused": 100, "Extism, reused": 100, "go-plugin": 20, "wasmtime, reused": 100}
	for _, c := range r.all {
		idle := Idle{Count: counts[c.Name]}
		if idle.Count == 0 {
			continue
		}
		for _, g := range []struct {
			kind build.Kind
			into *float64
		}{{build.Small, &idle.Small}, {build.Light, &idle.Go}} {
			_, path, err := r.guests.Get(ctx, c.ABI, g.kind)
			if err != nil {
				return err
			}
			*g.into, err = child.Idle(ctx, c.Name, path, idle.Count)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				r.say("  %v", err)
			}
		}
		r.out.Idle[c.Name] = idle
	}
	return nil
}

// Verdict is how a contestant came out of a hostile case.
type Verdict struct {
	// How is "stopped", "late" (later than a tenth of a second after its
	// deadline), "answered" (no error), "never" (ended with its process by the
	// parent), or "dead" (the process is gone).
	How string
	// Typed is the limit that a program can read from the error, Err its text
	// or the last words of the dead.
	Typed, Err string
	// Took is from the call, or the load, to the answer: the longest of all
	// tries.
	Took time.Duration
	// Next says whether the next task was answered, on the same subject.
	Next bool
	// GC is how long runtime.GC took meanwhile, the longest of all tries; 0 when it was not over before
	// the end, which GCNever tells from not having begun.
	GC      time.Duration
	GCNever bool
}

// grace is how much later than its deadline a guest may end.
const grace = 100 * time.Millisecond

// Overshoot are the cases that are about the deadline: contestants without a
// switch are tried as well, and all that end by themselves more than once, of
// which the worst counts.
var Overshoot = []string{"loop", "call tree", "memory.fill"}

func (r *run) hostile(ctx context.Context) error {
	r.out.Hostile = map[string]map[string]Verdict{}
	for _, h := range small.Hostiles {
		seen := map[string]Verdict{}
		r.out.Hostile[h.Name] = seen
		tries := 1
		if slices.Contains(Overshoot, h.Name) {
			tries = r.Tries
		}
		for try := range tries {
			for _, c := range r.all {
				if !exposed(c, h.Name) || try > 0 && seen[c.Name].forced() {
					continue
				}
				q := child.Request{Kind: "hostile", Contestant: c.Name, Case: h.Name, Deadline: r.Deadline}
				answer, err := child.Ask(ctx, q, r.Deadline+r.Patience)
				if err != nil {
					return err
				}
				seen[c.Name] = worse(seen[c.Name], judge(answer, r.Deadline))
			}
		}
	}
	return nil
}

// forced says that another try would end with its process, too.
func (v Verdict) forced() bool { return v.How == "never" || v.How == "dead" }

// worse is the later of two verdicts, with the longer of the pauses.
func worse(a, b Verdict) Verdict {
	v := b
	if a.Took > b.Took && !b.forced() {
		v = a
	}
	v.GC, v.GCNever = max(a.GC, b.GC), a.GCNever || b.GCNever
	return v
}

// exposed chooses who faces a case: of each family the safest, and for
// deadlines also the plain ones.
func exposed(c contest.Contestant, name string) bool {
	switch c.Name {
	case "pledge", "wazero, new instance + switch", "Extism, new instance + time-out", "go-plugin + switch", "wasmtime, new instance":
		return true
	case "wazero, new instance", "Extism, new instance", "go-plugin":
		return slices.Contains(Overshoot, name)
	}
	return false
}

func judge(a child.Report, deadline time.Duration) Verdict {
	v := Verdict{}
	gc, gcDone := a.Line("gc")
	v.GC = gc.Took
	end, ok := a.Line("end")
	switch {
	case !ok && a.Killed:
		v.How, v.GCNever = "never", !gcDone
		return v
	case !ok && a.Died:
		v.How, v.Err = "dead", strings.TrimPrefix(a.LastWords, "runtime: ")
		return v
	case !ok:
		v.How, v.Err = "unclear", "the child said nothing of how it ended"
		return v
	}
	v.Took, v.Err, v.Typed = end.Took, end.Err, end.Typed
	switch {
	case end.Took > deadline+grace:
		v.How = "late"
	case end.Err == "":
		v.How = "answered"
	default:
		v.How = "stopped"
	}
	next, ok := a.Line("next")
	v.Next = ok && next.Err == ""
	return v
}
