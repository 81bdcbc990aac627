package contest

import (
	"cmp"
	"runtime"
	"slices"
	"time"
)

// Sample is what was measured of one contestant at one piece of work.
type Sample struct {
	// P50 and P99 are over all calls of all rounds.
	P50, P99 time.Duration
	// Low and High are the lowest and highest median of a round.
	Low, High time.Duration
	// Allocs and Bytes are heap allocations of the host per task.
	Allocs, Bytes float64
	// Calls counts the calls behind all this.
	Calls int
}

// Entry is a contestant's part in a measurement: Do does the work once.
type Entry struct {
	Name string
	Do   func() error
}

// Plan says how long a measurement takes.
type Plan struct {
	Rounds int           // interleaved: A B C A B C
	Slice  time.Duration // of each contestant in each round
	Least  int           // calls at least, however long they take
	Most   int           // calls at most in a slice
}

// Interleave measures the entries in turn, round by round. The error of an
// entry ends its part in it and is given back under its name.
func Interleave(entries []Entry, p Plan) (map[string]Sample, map[string]error) {
	type state struct {
		all           []time.Duration
		medians       []time.Duration
		mallocs, heap uint64
	}
	states := make([]state, len(entries))
	failed := map[string]error{}
	for _, e := range entries { // warm-up
		for range 3 {
			if err := e.Do(); err != nil {
				failed[e.Name] = err
				break
			}
		}
	}
	var before, after runtime.MemStats
	for range p.Rounds {
		for i, e := range entries {
			if failed[e.Name] != nil {
				continue
			}
			s := &states[i]
			runtime.GC() // what the one before left is not this one's to pay
			runtime.ReadMemStats(&before)
			first := len(s.all)
			for start := time.Now(); len(s.all)-first < p.Most; {
				t := time.Now()
				err := e.Do()
				took := time.Since(t)
				if err != nil {
					failed[e.Name] = err
					break
				}
				s.all = append(s.all, took)
				if n := len(s.all) - first; n >= p.Least && time.Since(start) >= p.Slice {
					break
				}
			}
			runtime.ReadMemStats(&after)
			s.mallocs += after.Mallocs - before.Mallocs
			s.heap += after.TotalAlloc - before.TotalAlloc
			if round := s.all[first:]; len(round) > 0 {
				s.medians = append(s.medians, Median(round))
			}
		}
	}
	out := map[string]Sample{}
	for i, e := range entries {
		if failed[e.Name] != nil {
			continue
		}
		s := &states[i]
		slices.Sort(s.all)
		n := float64(len(s.all))
		out[e.Name] = Sample{
			P50: Quantile(s.all, 0.5), P99: Quantile(s.all, 0.99),
			Low: slices.Min(s.medians), High: slices.Max(s.medians),
			Allocs: float64(s.mallocs) / n, Bytes: float64(s.heap) / n, Calls: len(s.all),
		}
	}
	return out, failed
}

// Quantile of durations in ascending order.
func Quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

// Median of some values; zero of none.
func Median[T cmp.Ordered](v []T) (m T) {
	if len(v) > 0 {
		m = slices.Sorted(slices.Values(v))[len(v)/2]
	}
	return m
}
