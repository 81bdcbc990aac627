package own

import (
	"context"
	"fmt"
	"runtime"
	"strconv"
	"time"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/bench/internal/contest"
	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/futures/memo"
	"github.com/pledge-wasm/pledge/host"
	"github.com/pledge-wasm/pledge/internal/wasmtest"
)

// Futures is what futures cost, without a guest.
type Futures struct {
	One     contest.Sample           // submit, complete and read one
	Pending float64                  // bytes of one of a million that are pending
	AllDone time.Duration            // until all of those are complete and read
	Arrival map[int]time.Duration    // AsCompleted: of one, over so many
	Resolve map[string]time.Duration // of one in 100,000 that are done, by what holds them
	Scans   []Scan
	Memo    contest.Sample // Submit to the decoded result when that is known
}

// Scan is one way to look through CBOR in which there are no futures.
type Scan struct {
	Name    string
	Bytes   int
	Least   float64 // bytes per second
	Through contest.Sample
}

func (r *run) futures(ctx context.Context) (err error) {
	f := &r.out.Futures
	f.One, err = r.repeat(1000, func() error {
		p := futures.NewPromise(futures.Spec[int]{Task: "count"})
		p.Start()
		p.Complete(1)
		_, err := p.Future().Result(ctx)
		return err
	})
	if err != nil {
		return err
	}
	var pending []float64
	var done []time.Duration
	for range 3 {
		bytes, took, err := million(ctx)
		if err != nil {
			return err
		}
		pending, done = append(pending, bytes), append(done, took)
	}
	f.Pending, f.AllDone = contest.Median(pending), contest.Median(done)
	if f.Arrival, err = arrivals(ctx); err != nil {
		return err
	}
	f.Resolve = map[string]time.Duration{}
	for name, v := range resolvable() {
		s, err := r.repeat(1, func() error {
			_, err := futures.Resolve(ctx, v)
			return err
		})
		if err != nil {
			return err
		}
		f.Resolve[name] = s.P50 / many
	}
	if err := r.scans(); err != nil {
		return err
	}
	f.Memo, err = r.memo(ctx)
	return err
}

// repeat measures work that is too short to be timed by itself, n times in a
// row, and gives the part of one.
func (r *run) repeat(n int, do func() error) (contest.Sample, error) {
	samples, failed := contest.Interleave([]contest.Entry{{Do: func() error {
		for range n {
			if err := do(); err != nil {
				return err
			}
		}
		return nil
	}}}, r.Plan)
	s := samples[""]
	for _, d := range []*time.Duration{&s.P50, &s.P99, &s.Low, &s.High} {
		*d /= time.Duration(n)
	}
	s.Allocs, s.Bytes = s.Allocs/float64(n), s.Bytes/float64(n)
	return s, failed[""]
}

// million makes a million futures that somebody waits for, and completes them.
func million(ctx context.Context) (bytes float64, took time.Duration, err error) {
	heap := func() float64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	before := heap()
	ps := make([]*futures.Promise[int], 1_000_000)
	for i := range ps {
		ps[i] = futures.NewPromise(futures.Spec[int]{Task: "count"})
		ps[i].Future().Done()
	}
	bytes = (heap() - before) / float64(len(ps))
	start := time.Now()
	for i, p := range ps {
		p.Start()
		p.Complete(i)
	}
	for _, p := range ps {
		<-p.Future().Done()
		if _, err := p.Future().Result(ctx); err != nil {
			return 0, 0, err
		}
	}
	return bytes, time.Since(start), nil
}

// arrivals takes futures as they complete, from crowds of different sizes in
// turn, and gives the time that each takes.
func arrivals(ctx context.Context) (map[int]time.Duration, error) {
	seen := map[int][]time.Duration{}
	for range 5 {
		for _, n := range []int{many / 10, many} {
			ps, fs := make([]*futures.Promise[int], n), make([]*futures.Future[int], n)
			for i := range ps {
				ps[i] = futures.NewPromise(futures.Spec[int]{})
				fs[i] = ps[i].Future()
			}
			runtime.GC()
			start := time.Now()
			go func() {
				for _, p := range ps {
					p.Complete(1)
				}
			}()
			got := 0
			for _, err := range futures.AsCompleted(ctx, fs...) {
				if err != nil {
					return nil, err
				}
				got++
			}
			if got != n {
				return nil, fmt.Errorf("%d of %d futures arrived", got, n)
			}
			seen[n] = append(seen[n], time.Since(start)/time.Duration(n))
		}
	}
	out := map[int]time.Duration{}
	for n, d := range seen {
		out[n] = contest.Median(d)
	}
	return out, nil
}

const many = 100_000

// resolvable are structures that hold many futures that are done.
func resolvable() map[string]any {
	typed, list, dict := make([]*futures.Future[int], many), make([]any, many), make(map[string]any, many)
	typedDict := make(map[int]*futures.Future[int], many)
	nested := make([]any, many/10)
	for i := range many {
		typed[i] = futures.Ready(i)
		list[i] = typed[i]
		dict[strconv.Itoa(i)] = typed[i]
		typedDict[i] = typed[i]
		if i%10 == 0 {
			nested[i/10] = map[string]any{"id": i, "parts": list[i : i+10]}
		}
	}
	return map[string]any{"slice": list, "typed slice": typed, "map": dict, "typed map": typedDict, "slices in maps": nested}
}

// scans looks through byte strings and through small items, for futures and for
// what is not allowed.
func (r *run) scans() error {
	heavy := abi.AppendHead(nil, abi.MajorArray, 256)
	for range 256 {
		heavy = abi.AppendBytes(heavy, make([]byte, 4096))
	}
	light := abi.AppendHead(nil, abi.MajorArray, 16_000)
	for i := range 16_000 {
		light = abi.AppendHead(light, abi.MajorMap, 4)
		for j, name := range []string{"score", "id", "name", "active"} {
			light = abi.AppendUint(abi.AppendText(light, name), uint64(i*j))
		}
	}
	lookup := func(id abi.ID) (abi.Raw, error) { return nil, fmt.Errorf("there is no future %x", id) }
	for _, data := range []struct {
		name  string
		raw   abi.Raw
		least float64
	}{{"byte strings of 4 KiB", heavy, 1e9}, {"maps of small items", light, 200e6}} {
		for _, way := range []struct {
			name string
			do   func() error
		}{
			{"resolving", func() error {
				_, err := futures.Splice(data.raw, lookup, futures.Limits{})
				return err
			}},
			{"checking strictly", func() error { return abi.Check(data.raw, abi.Limits{}) }},
		} {
			s, err := r.repeat(10, way.do)
			if err != nil {
				return err
			}
			r.out.Futures.Scans = append(r.out.Futures.Scans, Scan{way.name + " " + data.name, len(data.raw), data.least, s})
		}
	}
	return nil
}

// memo asks a host again and again for what it knows.
func (r *run) memo(ctx context.Context) (contest.Sample, error) {
	h, err := host.New(ctx, host.Config{})
	if err != nil {
		return contest.Sample{}, err
	}
	defer h.Close(ctx)
	mod, err := h.Load(ctx, wasmtest.Echo())
	if err != nil {
		return contest.Sample{}, err
	}
	echo := host.Bind[string, string](mod, "echo", host.Memoize(memo.Options{}))
	if _, err := echo.Submit(ctx, "hello").Result(ctx); err != nil {
		return contest.Sample{}, err
	}
	return r.repeat(100, func() error {
		f := echo.Submit(ctx, "hello")
		_, err := f.Result(ctx)
		if err == nil && !f.Cached() {
			err = fmt.Errorf("the task was run again")
		}
		return err
	})
}
