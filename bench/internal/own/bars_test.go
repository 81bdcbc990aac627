package own

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/bench/internal/contest"
)

// verdicts are the rows of the table by what they are about.
func verdicts(f *Figures) map[string][]string {
	all := map[string][]string{}
	for _, row := range f.table() {
		all[row[0]] = row
	}
	return all
}

func TestNothingMeasuredMeetsNoBar(t *testing.T) {
	for what, row := range verdicts(&Figures{}) {
		require.NotEqual(t, "met", row[3], what)
	}
}

func TestBars(t *testing.T) {
	sample := func(d time.Duration) contest.Sample { return contest.Sample{P50: d} }
	f := &Figures{
		Calls: []Call{{Guest: "small", Pledge: sample(4 * time.Microsecond), Wazero: sample(20 * time.Microsecond), Gain: 1.8}},
		Past: []Past{
			{Case: "loop", Overshoot: time.Millisecond, GC: time.Millisecond, Stopped: true},
			{Case: "call tree", Overshoot: time.Millisecond, GC: time.Millisecond},
		},
		PagesCurve: []Point{{1, 5 * time.Microsecond}, {10000, 3 * time.Millisecond}},
		SizeCurves: map[int][]Point{1: {{1 << 20, 5 * time.Microsecond}, {1 << 30, 20 * time.Microsecond}}},
		Futures: Futures{
			Arrival: map[int]time.Duration{many / 10: 100, many: 140},
			Resolve: map[string]time.Duration{"slice": 200, "map": 400},
			Scans:   []Scan{{Name: "resolving", Bytes: 1e6, Least: 1e9, Through: sample(500 * time.Microsecond)}},
		},
		Benchmarks: []Benchmark{
			{"host", "Corpus", []Figure{{"cases", 30}, {"broken", 1}, {"ms-over", 3}, {"ms-gc", 51}}},
			{"host/internal/admit", "Corpus", []Figure{{"files", 300}, {"ms-worst", 20}, {"MiB-worst", 65}}},
		},
	}
	all := verdicts(f)
	for what, want := range map[string][]string{
		"pristine call, small guest":                                          {"4.00 µs", "≤ 5.00 µs", "met"},
		"plain wazero, instantiate, call, close":                              {"20.0 µs, 5.0×", "≥ 8.0×", "**missed**"},
		"loop: overshoot past the deadline":                                   {"1.00 ms", "≤ 20.0 ms", "met"},
		"call tree: overshoot past the deadline":                              {"1.00 ms", "≤ 20.0 ms", "**missed**"},
		"overshoot, worst of the 30 hostile modules that run into a deadline": {"3.00 ms", "≤ 20.0 ms", "**missed**"},
		"runtime.GC(), worst beside any of the 30":                            {"51.0 ms", "≤ 50.0 ms", "**missed**"},
		"admission, worst of 300 hostile files":                               {"20.0 ms, 65.0 MiB", "≤ 100 ms, 64 MiB", "**missed**"},
		"reset: 10,000 pages written over 1; 1 GiB of memory over 1 MiB":      {"600×; 4.0×", "the first by far", "met"},
		"AsCompleted, one of 10,000 and one of 100,000":                       {"100 ns, 140 ns, 1.40×", "linear (≤ 3×; 10× is quadratic)", "met"},
		"Resolve, one of 100,000 that are done, in the slowest structure":     {"400 ns (map)", "≤ 300 ns", "**missed**"},
		"CBOR without futures: resolving":                                     {"2 GB/s, 0 allocations", "≥ 1 GB/s, 0", "met"},
	} {
		require.Contains(t, all, what)
		require.Equal(t, want, all[what][1:], what)
	}
	require.NotContains(t, f.Print(), "**", "plain text has no marks")
	require.True(t, strings.Contains(string(f.Page()), "**missed**"))
}
