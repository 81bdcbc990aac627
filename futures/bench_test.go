package futures_test

import (
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
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
	require.LessOrEqual(t, n, 1.0)
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
	if !raceEnabled { // its time is not the future's either
		require.Less(t, took, 5*time.Second)
	}
}

// AsCompleted over 100,000, all pending at first.
func BenchmarkAsCompleted100k(b *testing.B) {
	const n = 100_000
	ps, fs := make([]*Promise[int], n), make([]*Future[int], n)
	for b.Loop() {
		b.StopTimer()
		for i := range ps {
			ps[i] = NewPromise(Spec[int]{})
			fs[i] = ps[i].Future()
		}
		b.StartTimer()
		go func() {
			for _, p := range ps {
				p.Complete(1)
			}
		}()
		for _, err := range AsCompleted(bg, fs...) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/future")
}

// resolvable are structures with 100,000 futures that are done.
func resolvable() map[string]any {
	const n = 100_000
	ints, anys, list, dict := make([]*Future[int], n), make([]Any, n), make([]any, n), make(map[string]any, n)
	typedDict := make(map[int]*Future[int], n)
	nested := make([]any, n/10)
	for i := range n {
		ints[i] = Ready(i)
		anys[i] = ints[i]
		list[i] = ints[i]
		dict[strconv.Itoa(i)] = ints[i]
		typedDict[i] = ints[i]
		if i%10 == 0 {
			nested[i/10] = map[string]any{"id": i, "parts": list[i : i+10]}
		}
	}
	return map[string]any{"slice": list, "typed": ints, "anys": anys, "map": dict, "typed map": typedDict, "nested": nested}
}

// Resolve with 100,000 futures that are done: at most 300 ns each.
func BenchmarkResolve100k(b *testing.B) {
	for name, v := range resolvable() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Resolve(bg, v); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100_000, "ns/future")
		})
	}
}

// Scanning raw CBOR: heavy strings and small items without a future, and small
// items with one future per hundred.
func BenchmarkSplice(b *testing.B) {
	small := make([]any, 0, 100_000)
	for i := range cap(small) {
		small = append(small, map[string]any{"id": i, "name": "n", "ok": true})
	}
	marshal := func(v any) abi.Raw {
		raw, err := codec.Marshal(v)
		require.NoError(b, err)
		return raw
	}
	heavy := marshal([]any{make([]byte, 4<<20), "text", make([]byte, 4<<20)})
	id := abi.ID{1}
	tag := marshal([]any{small, "pldg"}) // the letters alone make it scan
	one := abi.Raw{7}
	for i := range small {
		if i%100 == 0 {
			small[i] = id
		}
	}
	for _, bb := range []struct {
		name string
		raw  abi.Raw
	}{
		{"strings", heavy}, {"small", marshal(small[1:100])}, {"letters", tag}, {"futures", marshal(small)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.SetBytes(int64(len(bb.raw)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Splice(bb.raw, func(abi.ID) (abi.Raw, error) { return one, nil }, Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The cost of arguments: nothing to find, and one future to wait for.
func BenchmarkEncode(b *testing.B) {
	f := Ready(1)
	for name, v := range map[string]any{"plain": map[string]int{"a": 1}, "string": "page", "future": []any{f, 2}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				args, err := Encode(v)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := args.Resolve(bg, Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
