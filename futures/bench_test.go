package futures_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	. "github.com/pledge-wasm/pledge/futures"
)

// A future's own cost: at most 1.5 us and 8 allocations.
func BenchmarkFuture(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		p := NewPromise(Spec[int]{Task: "count"})
		p.Start()
		p.Complete(1)
		if _, err := p.Future().Result(bg); err != nil {
			b.Fatal(err)
		}
	}
}

// The same with a reader who is there first.
func BenchmarkFutureWaited(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		p := NewPromise(Spec[int]{Task: "count"})
		done := p.Future().Done()
		p.Start()
		p.Complete(1)
		<-done
		if _, err := p.Future().Result(bg); err != nil {
			b.Fatal(err)
		}
	}
}

// The cost of a future does not creep up.
func TestFutureAllocations(t *testing.T) {
	n := testing.AllocsPerRun(100, func() {
		p := NewPromise(Spec[int]{Task: "count"})
		p.Start()
		p.Complete(1)
		_, _ = p.Future().Result(bg)
	})
	require.LessOrEqual(t, n, 8.0)
}

// A million pending futures, each waited for: at most 1 KiB each, and all
// complete within 5 s.
func TestMillion(t *testing.T) {
	n := 1_000_000
	if raceEnabled {
		n = 50_000 // the detector's shadow memory is not the future's
	}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	ps := make([]*Promise[int], n)
	for i := range ps {
		ps[i] = pending[int](t, "count")
		ps[i].Future().Done()
	}
	each := (heap() - before) / uint64(n)
	start := time.Now()
	for i, p := range ps {
		p.Start()
		p.Complete(i)
	}
	for i, p := range ps {
		<-p.Future().Done()
		if v, err := p.Future().Result(bg); err != nil || v != i {
			t.Fatal(v, err)
		}
	}
	took := time.Since(start)
	t.Logf("%d bytes each, all complete in %v", each, took)
	require.LessOrEqual(t, each, uint64(1024))
	require.Less(t, took, 5*time.Second)
}
