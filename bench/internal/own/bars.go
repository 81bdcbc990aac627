package own

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/pledge-wasm/pledge/bench/internal/text"
)

// bar is a figure beside what the design asks for; wanted is empty where it asks
// for nothing.
type bar struct {
	what, measured, wanted string
	met                    bool
}

// table has a row for each figure, and says which bars are missed.
func (f *Figures) table() [][]string {
	rows := [][]string{{"what", "measured", "bar", ""}}
	for _, b := range slices.Concat(f.pristine(), f.stopping(), f.promises()) {
		verdict := "met"
		switch {
		case b.wanted == "":
			verdict = ""
		case !b.met:
			verdict = "**missed**"
		}
		rows = append(rows, []string{b.what, b.measured, b.wanted, verdict})
	}
	return rows
}

// within is a time that has a limit.
func within(what string, took, limit time.Duration) bar {
	return bar{what, text.Duration(took), "≤ " + text.Duration(limit), took > 0 && took <= limit}
}

// pristine is what a task in a world of its own costs.
func (f *Figures) pristine() []bar {
	var all []bar
	limits := map[string]struct {
		time  time.Duration
		ratio float64
	}{"small": {5 * time.Microsecond, 8}, "Go": {30 * time.Microsecond, 150}}
	for _, c := range f.Calls {
		l := limits[c.Guest]
		ratio := float64(c.Wazero.P50) / float64(c.Pledge.P50)
		all = append(all,
			within("pristine call, "+c.Guest+" guest", c.Pledge.P50, l.time),
			bar{"plain wazero, instantiate, call, close", text.Duration(c.Wazero.P50) + ", " + text.Times(ratio), "≥ " + text.Times(l.ratio), ratio >= l.ratio},
			bar{"tasks per second, 1 core and 2, " + c.Guest + " guest",
				text.Count(c.OneCore) + ", " + text.Count(c.TwoCores) + ", " + text.Times(c.Gain), "≥ 1.7×", c.Gain >= 1.7})
	}
	if f.Idle > 0 {
		all = append(all, bar{fmt.Sprintf("an idle instance of the Go guest, of %s", text.Count(idleCount)), text.Size(f.Idle), "≤ 200 KB", f.Idle <= 200e3})
	}
	if pages, size := f.growth(); pages > 0 {
		all = append(all, bar{"reset: 10,000 pages written over 1; 1 GiB of memory over 1 MiB",
			text.Times(pages) + "; " + text.Times(size), "the first by far", pages >= 10*size})
	}
	all = append(all,
		within("first result in a new process, Go guest, warm cache", f.First, 40*time.Millisecond),
		bar{what: "the same with an empty cache", measured: text.Duration(f.Cold)})
	for _, g := range slices.Sorted(maps.Keys(f.Growth)) {
		grown := f.Growth[g]
		all = append(all, bar{fmt.Sprintf("memory that %s tasks in a row leave, %s guest", text.Count(rowCount), g),
			text.Size(max(grown, 0)), "none (≤ 1 MiB)", grown <= 1<<20})
	}
	return all
}

// growth is how many times as long a task takes that writes more pages, and one
// that has more memory.
func (f *Figures) growth() (pages, size float64) {
	ends := func(points []Point) float64 {
		if len(points) < 2 {
			return 0
		}
		return float64(points[len(points)-1].Time) / float64(points[0].Time)
	}
	for _, points := range f.SizeCurves {
		size = max(size, ends(points))
	}
	return ends(f.PagesCurve), size
}

// stopping is what it costs that every guest can be stopped, and how soon it is.
func (f *Figures) stopping() []bar {
	all := []bar{
		{"workloads, metered over plain, geometric mean", text.Times(f.Metered), "≤ 1.25×", f.Metered > 0 && f.Metered <= 1.25},
		{what: "workloads, wazero's own switch over plain", measured: text.Times(f.Switched)},
	}
	for _, p := range f.Past {
		overshoot := within(p.Case+": overshoot past the deadline", max(p.Overshoot, time.Microsecond), 20*time.Millisecond)
		overshoot.met = overshoot.met && p.Stopped
		all = append(all, overshoot, within(p.Case+": runtime.GC() meanwhile", p.GC, 30*time.Millisecond))
	}
	milliseconds := func(v float64) time.Duration { return time.Duration(v * float64(time.Millisecond)) }
	if over, ok := f.figure("host", "Corpus", "ms-over"); ok {
		n, _ := f.figure("host", "Corpus", "cases")
		broken, _ := f.figure("host", "Corpus", "broken")
		overshoot := within(fmt.Sprintf("overshoot, worst of the %.0f hostile modules that run into a deadline", n),
			milliseconds(over), 20*time.Millisecond)
		overshoot.met = overshoot.met && broken == 0
		gc, _ := f.figure("host", "Corpus", "ms-gc")
		all = append(all, overshoot, within(fmt.Sprintf("runtime.GC(), worst beside any of the %.0f", n), milliseconds(gc), 50*time.Millisecond))
	}
	if v, ok := f.figure("host/internal/meter", "Rewrite/rewrite", "MB/s"); ok {
		all = append(all, bar{"rewriting, of module", text.Count(v) + " MB/s", "≥ 50 MB/s", v >= 50})
	}
	if v, ok := f.figure("host/internal/admit", "Corpus", "ms-worst"); ok {
		n, _ := f.figure("host/internal/admit", "Corpus", "files")
		mib, _ := f.figure("host/internal/admit", "Corpus", "MiB-worst")
		all = append(all, bar{fmt.Sprintf("admission, worst of %.0f hostile files", n),
			text.Duration(milliseconds(v)) + ", " + text.Size(mib*(1<<20)), "≤ 100 ms, 64 MiB", v <= 100 && mib <= 64})
	}
	return all
}

// promises is what futures cost.
func (f *Figures) promises() []bar {
	p := f.Futures
	worst, slowest := "", time.Duration(0)
	for _, name := range slices.Sorted(maps.Keys(p.Resolve)) {
		if p.Resolve[name] > slowest {
			worst, slowest = name, p.Resolve[name]
		}
	}
	few, lot := p.Arrival[many/10], p.Arrival[many]
	rise := float64(lot) / float64(few)
	all := []bar{
		{"one future: submit, complete, read", text.Duration(p.One.P50) + ", " + text.Count(math.Round(p.One.Allocs)) + " allocations",
			"≤ 1.50 µs, 8", p.One.P50 > 0 && p.One.P50 <= 1500*time.Nanosecond && math.Round(p.One.Allocs) <= 8},
		{"one of 1,000,000 pending futures", text.Size(p.Pending), "≤ 1.00 KiB", p.Pending > 0 && p.Pending <= 1<<10},
		within("all of them complete and read", p.AllDone, 5*time.Second),
		{"AsCompleted, one of 10,000 and one of 100,000", text.Duration(few) + ", " + text.Duration(lot) + ", " + text.Times(rise),
			"linear (≤ 3×; 10× is quadratic)", rise <= 3},
		{"Resolve, one of 100,000 that are done, in the slowest structure", text.Duration(slowest) + " (" + worst + ")", "≤ 300 ns",
			slowest > 0 && slowest <= 300*time.Nanosecond},
	}
	for _, s := range p.Scans {
		speed, allocations := float64(s.Bytes)/s.Through.P50.Seconds(), math.Round(s.Through.Allocs)
		all = append(all, bar{"CBOR without futures: " + s.Name, fmt.Sprintf("%.3g GB/s, %.0f allocations", speed/1e9, allocations),
			fmt.Sprintf("≥ %g GB/s, 0", s.Least/1e9), speed >= s.Least && allocations == 0})
	}
	return append(all, within("memo hit, Submit to the decoded result", p.Memo.P50, 3*time.Microsecond))
}
