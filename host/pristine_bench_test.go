package host_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/host"
	"github.com/pledge-wasm/pledge/internal/buildguest"
	wt "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// plain is what one has without pledge: wazero, and a new instance for each call.
type plain struct {
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
}

func newPlain(b *testing.B, wasm []byte) *plain {
	ctx := context.Background()
	p := &plain{runtime: wazero.NewRuntime(ctx)}
	b.Cleanup(func() { p.runtime.Close(ctx) })
	wasi_snapshot_preview1.MustInstantiate(ctx, p.runtime)
	none := func(results int) api.GoModuleFunc {
		return func(_ context.Context, _ api.Module, stack []uint64) { clear(stack[:results]) }
	}
	i32, i64 := api.ValueTypeI32, api.ValueTypeI64
	_, err := p.runtime.NewHostModuleBuilder(abi.ImportModule).
		NewFunctionBuilder().WithGoModuleFunction(none(1), []api.ValueType{i32, i32}, []api.ValueType{i64}).Export(abi.ImportCall).
		NewFunctionBuilder().WithGoModuleFunction(none(0), []api.ValueType{i32, i32}, nil).Export(abi.ImportTake).
		NewFunctionBuilder().WithGoModuleFunction(none(0), []api.ValueType{i32, i32, i32}, nil).Export(abi.ImportLog).
		Instantiate(ctx)
	require.NoError(b, err)
	p.compiled, err = p.runtime.CompileModule(ctx, wasm)
	require.NoError(b, err)
	return p
}

// call makes one call in an instance of its own and decodes the result.
func (p *plain) call(task string, args, result any) error {
	ctx := context.Background()
	m, err := p.runtime.InstantiateModule(ctx, p.compiled, wazero.NewModuleConfig().WithName("").WithStartFunctions(abi.ExportInitialize))
	if err != nil {
		return err
	}
	defer m.Close(ctx)
	encoded, err := codec.Marshal(args)
	if err != nil {
		return err
	}
	request := abi.AppendRequest(nil, task, encoded)
	at, err := m.ExportedFunction(abi.ExportAlloc).Call(ctx, uint64(len(request)))
	if err != nil {
		return err
	}
	m.Memory().Write(uint32(at[0]), request)
	span, err := m.ExportedFunction(abi.ExportCall).Call(ctx, at[0], uint64(len(request)))
	if err != nil {
		return err
	}
	view, _ := m.Memory().Read(abi.Span(span[0]).Ptr(), abi.Span(span[0]).Len())
	response, err := abi.ParseResponse(view, abi.Limits{})
	if err != nil {
		return err
	}
	return codec.Unmarshal(response.Value, result)
}

// pristine measures a call through the public API, from Submit to the decoded
// result, and in the same run how many times dearer a new instance of plain
// wazero is.
func pristine[I, O any](b *testing.B, wasm []byte, task string, args I) {
	p := newPlain(b, wasm)
	m := load(b, newHost(b, host.Config{}), wasm)
	bound := host.Bind[I, O](m, task)
	ctx := context.Background()
	var result O
	baseline := time.Hour
	for range 20 {
		start := time.Now()
		require.NoError(b, p.call(task, args, &result))
		baseline = min(baseline, time.Since(start))
	}
	best := time.Hour
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		if _, err := bound.Submit(ctx, args).Result(ctx); err != nil {
			b.Fatal(err)
		}
		best = min(best, time.Since(start))
	}
	mean := b.Elapsed() / time.Duration(b.N)
	b.ReportMetric(float64(baseline.Nanoseconds()), "wazero-ns")
	b.ReportMetric(float64(baseline)/float64(mean), "x-wazero")
	b.ReportMetric(float64(best.Nanoseconds()), "min-ns")
}

func BenchmarkPristineSmall(b *testing.B) {
	pristine[string, string](b, wt.Echo(), "echo", "hello")
}

func BenchmarkPristineGo(b *testing.B) {
	pristine[string, string](b, buildguest.Go(b, "../examples/hello/guest"), "greet", "world")
}

// BenchmarkThroughput is tasks from many callers on one core and on two.
func BenchmarkThroughput(b *testing.B) {
	guests := []struct {
		name, task string
		wasm       []byte
	}{{"small", "echo", wt.Echo()}, {"Go", "greet", buildguest.Go(b, "../examples/hello/guest")}}
	for _, g := range guests {
		for cores := 1; cores <= 2; cores++ {
			b.Run(fmt.Sprintf("%s/%d", g.name, cores), func(b *testing.B) {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
				m := load(b, newHost(b, host.Config{Concurrency: cores}), g.wasm)
				task := host.Bind[string, string](m, g.task)
				ctx := context.Background()
				b.SetParallelism(8)
				b.ResetTimer()
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if _, err := task.Submit(ctx, "world").Result(ctx); err != nil {
							b.Error(err)
							return
						}
					}
				})
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tasks/s")
			})
		}
	}
}

// residence is the memory that the process alone has, page tables included.
func residence() int {
	runtime.GC()
	u := measure()
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if kib, ok := strings.CutPrefix(line, "VmPTE:"); ok {
			n, _ := strconv.Atoi(strings.Fields(kib)[0])
			u.Resident += n << 10
		}
	}
	return u.Resident
}

// BenchmarkIdleInstances makes 1,000 instances of a Go guest work at once and
// measures what each costs once they are idle, and once they rest: everything
// that the process holds, its heap and page tables included.
func BenchmarkIdleInstances(b *testing.B) {
	const instances = 1000
	var inside sync.WaitGroup
	gate := make(chan struct{})
	h := newHost(b, host.Config{
		Concurrency: instances,
		Limits:      host.Limits{Timeout: 10 * time.Minute},
		Functions: map[string]host.Function{"double": func(context.Context, abi.Raw) (any, error) {
			inside.Done()
			<-gate
			return 1, nil
		}},
	})
	m := load(b, h, buildguest.Go(b, "testdata/churn"), host.WithGrants(host.Grants{Functions: []string{"double"}}))
	task := host.Bind[int, []string](m, "ask")
	for b.Loop() {
		gate = make(chan struct{})
		before := residence()
		inside.Add(instances)
		var all []*futures.Future[[]string]
		for range instances {
			all = append(all, task.Submit(context.Background(), 1))
		}
		inside.Wait()
		close(gate)
		for _, f := range all {
			_, err := f.Result(context.Background())
			require.NoError(b, err)
		}
		all = nil
		b.ReportMetric(float64(residence()-before)/instances/1024, "idle-KiB")
		h.Rest()
		b.ReportMetric(float64(residence()-before)/instances/1024, "resting-KiB")
		b.ReportMetric(0, "ns/op")
	}
}
