package claims_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
	"github.com/pledge-wasm/pledge/host"
	"github.com/pledge-wasm/pledge/internal/wasmtest"
)

// guestOf is a task of a guest that both sides run.
type guestOf struct {
	row, task string
	args      any
	wasm      []byte
}

// measure gives, for each row, how many times as long plain wazero takes.
func measure(ctx context.Context) (map[string]float64, error) {
	wordcount, err := build(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]float64{}
	for _, g := range []guestOf{
		{smallRow, "sum", map[string]int{"a": 2, "b": 40}, wasmtest.Sum()},
		{goRow, "count", "to be or not to be", wordcount},
		{pageRow, "count", strings.Repeat("It was the best of times, it was the worst of times. ", 60), wordcount},
	} {
		if out[g.row], err = g.ratio(ctx); err != nil {
			return nil, fmt.Errorf("%s: %w", g.row, err)
		}
	}
	return out, nil
}

// build makes the Go guest of an example.
func build(ctx context.Context) ([]byte, error) {
	dir, err := os.MkdirTemp("", "claims")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "guest.wasm")
	cmd := exec.CommandContext(ctx, "go", "build", "-buildmode=c-shared", "-trimpath", "-o", path, "../../examples/wordcount/guest")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, text)
	}
	return os.ReadFile(path)
}

// ratio is that of the medians of either side, which take turns.
func (g guestOf) ratio(ctx context.Context) (float64, error) {
	ours, stop, err := g.pledge(ctx)
	if err != nil {
		return 0, err
	}
	defer stop()
	theirs, stop, err := g.plain(ctx)
	if err != nil {
		return 0, err
	}
	defer stop()
	var times [2][]time.Duration
	for range 10 {
		for i, call := range []func() error{ours, theirs} {
			if err := call(); err != nil { // the first after the other's turn
				return 0, err
			}
			for begun := time.Now(); time.Since(begun) < turn; {
				start := time.Now()
				if err := call(); err != nil {
					return 0, err
				}
				times[i] = append(times[i], time.Since(start))
			}
		}
	}
	return median(times[1]) / median(times[0]), nil
}

// turn is how long one side measures before the other does.
const turn = 30 * time.Millisecond

func median(d []time.Duration) float64 {
	slices.Sort(d)
	return float64(d[len(d)/2])
}

// pledge runs the task through the public API.
func (g guestOf) pledge(ctx context.Context) (call func() error, stop func(), err error) {
	h, err := host.New(ctx, host.Config{Concurrency: 1})
	if err != nil {
		return nil, nil, err
	}
	mod, err := h.Load(ctx, g.wasm)
	if err != nil {
		return nil, nil, err
	}
	task := host.Bind[any, any](mod, g.task)
	return func() error {
		_, err := task.Submit(ctx, g.args).Result(ctx)
		return err
	}, func() { h.Close(ctx) }, nil
}

// plain runs the same task of the same guest in a new instance on wazero.
func (g guestOf) plain(ctx context.Context) (call func() error, stop func(), err error) {
	r := wazero.NewRuntime(ctx)
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, r); err != nil {
		return nil, nil, err
	}
	_, err = r.NewHostModuleBuilder(abi.ImportModule).
		NewFunctionBuilder().WithFunc(func(uint32, uint32) uint64 { return 0 }).Export(abi.ImportCall).
		NewFunctionBuilder().WithFunc(func(uint32, uint32) {}).Export(abi.ImportTake).
		NewFunctionBuilder().WithFunc(func(uint32, uint32, uint32) {}).Export(abi.ImportLog).
		Instantiate(ctx)
	if err != nil {
		return nil, nil, err
	}
	compiled, err := r.CompileModule(ctx, g.wasm)
	if err != nil {
		return nil, nil, err
	}
	return func() error {
		config := wazero.NewModuleConfig().WithName("").WithStartFunctions(abi.ExportInitialize)
		m, err := r.InstantiateModule(ctx, compiled, config)
		if err != nil {
			return err
		}
		defer m.Close(ctx)
		return g.ask(ctx, m)
	}, func() { r.Close(ctx) }, nil
}

// ask does by hand what ABI v1 says.
func (g guestOf) ask(ctx context.Context, m api.Module) error {
	args, err := codec.Marshal(g.args)
	if err != nil {
		return err
	}
	request := abi.AppendRequest(nil, g.task, args)
	at, err := m.ExportedFunction(abi.ExportAlloc).Call(ctx, uint64(len(request)))
	if err != nil {
		return err
	}
	m.Memory().Write(uint32(at[0]), request)
	span, err := m.ExportedFunction(abi.ExportCall).Call(ctx, at[0], uint64(len(request)))
	if err != nil {
		return err
	}
	answer, ok := m.Memory().Read(abi.Span(span[0]).Ptr(), abi.Span(span[0]).Len())
	if !ok {
		return fmt.Errorf("the answer is outside the memory")
	}
	response, err := abi.ParseResponse(answer, abi.Limits{})
	if err != nil {
		return err
	}
	if response.Err != nil {
		return response.Err
	}
	var v any
	return codec.Unmarshal(response.Value, &v)
}
