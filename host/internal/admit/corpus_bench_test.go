package admit_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/pledge-wasm/pledge/host/internal/admit"
	"github.com/pledge-wasm/pledge/host/internal/hostile"
)

// BenchmarkCorpus is what the whole hostile corpus gets out of admission,
// whether it is let in or not: the longest time that one file takes and the most
// that is allocated for one.
func BenchmarkCorpus(b *testing.B) {
	cases := hostile.All()
	files := make([][]byte, len(cases))
	for i, c := range cases {
		files[i] = c.Wasm()
	}
	var longest time.Duration
	var most uint64
	for b.Loop() {
		longest, most = 0, 0
		for _, file := range files {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			_, _ = admit.Check(file, admit.Limits{MemoryPages: 64 << 4}, allow())
			longest = max(longest, time.Since(start))
			runtime.ReadMemStats(&after)
			most = max(most, after.TotalAlloc-before.TotalAlloc)
		}
	}
	b.ReportMetric(float64(len(files)), "files")
	b.ReportMetric(float64(longest)/float64(time.Millisecond), "ms-worst")
	b.ReportMetric(float64(most)/(1<<20), "MiB-worst")
}
