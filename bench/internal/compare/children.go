package compare

import (
	"context"
	"os"
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
	cold, warm := map[string][]float64{}, map[string][]float64{}
	for range r.Firsts {
		for _, c := range r.all {
			if !one(c) {
				continue
			}
			_, path, err := r.guests.Get(ctx, c.ABI, build.Light)
			if err != nil {
				return err
			}
			dir, err := os.MkdirTemp("", "pledge-bench-cache")
			if err != nil {
				return err
			}
			q := child.Request{Kind: "first", Contestant: c.Name, Path: path, CacheDir: dir}
			for _, into := range []map[string][]float64{cold, warm, warm} {
				answer, err := child.Ask(ctx, q, time.Minute)
				if err != nil {
					return err
				}
				if l, ok := answer.Line("first"); ok {
					into[c.Name] = append(into[c.Name], float64(l.Took))
				} else {
					r.say("  %s: %s", c.Name, answer.LastWords)
				}
			}
			os.RemoveAll(dir)
		}
	}
	for name := range cold {
		r.out.First[name] = First{time.Duration(Median(cold[name])), time.Duration(Median(warm[name]))}
	}
	return nil
}

// Idle is what an idle instance of the Go guest takes, in bytes, of so many.
type Idle struct {
	Bytes float64
	Count int
}

func (r *run) idle(ctx context.Context) error {
	r.out.Idle = map[string]Idle{}
	for _, c := range r.all {
		n := 0
		switch c.Name {
		case "pledge":
			n = 1000
		case "wazero, reused", "Extism, reused", "wasmtime, reused":
			n = 100
		case "go-plugin":
			n = 20
		default:
			continue
		}
		_, path, err := r.guests.Get(ctx, c.ABI, build.Light)
		if err != nil {
			return err
		}
		answer, err := child.Ask(ctx, child.Request{Kind: "idle", Contestant: c.Name, Path: path, Count: n}, time.Minute)
		if err != nil {
			return err
		}
		if l, ok := answer.Line("idle"); ok {
			r.out.Idle[c.Name] = Idle{l.Bytes, n}
		} else {
			r.say("  %s: %s", c.Name, answer.LastWords)
		}
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
	// Took is from the call, or the load, to the answer.
	Took time.Duration
	// Next says whether the next task was answered, on the same subject.
	Next bool
	// GC is how long runtime.GC took meanwhile; 0 when it was not over before
	// the end, which GCNever tells from not having begun.
	GC      time.Duration
	GCNever bool
}

// grace is how much later than its deadline a guest may end.
const grace = 100 * time.Millisecond

// Overshoot are the cases that are about the deadline, for which contestants
// without a switch are tried as well.
var Overshoot = []string{"loop", "call tree", "memory.fill"}

func (r *run) hostile(ctx context.Context) error {
	r.out.Hostile = map[string]map[string]Verdict{}
	for _, h := range small.Hostiles {
		r.out.Hostile[h.Name] = map[string]Verdict{}
		for _, c := range r.all {
			if !exposed(c, h.Name) {
				continue
			}
			q := child.Request{Kind: "hostile", Contestant: c.Name, Case: h.Name, Deadline: r.Deadline}
			answer, err := child.Ask(ctx, q, r.Deadline+r.Patience)
			if err != nil {
				return err
			}
			r.out.Hostile[h.Name][c.Name] = judge(answer, r.Deadline)
		}
	}
	return nil
}

// exposed chooses who faces a case: of each family the safest, and for
// deadlines also the plain ones.
func exposed(c contest.Contestant, name string) bool {
	switch c.Name {
	case "pledge", "wazero, new instance + switch", "Extism, new instance + time-out", "go-plugin + switch", "wasmtime, new instance":
		return true
	case "wazero, new instance", "Extism, new instance", "go-plugin":
		for _, o := range Overshoot {
			if o == name {
				return true
			}
		}
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
