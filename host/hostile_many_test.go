package host_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/host"
	"github.com/pledge-wasm/pledge/internal/wasmtest"
)

// Numbers of the catalogue that are about many at once, or about one after
// another, rather than about one file.

// A19: a file that is not the one that was pinned does not come in.
func TestHostilePin(t *testing.T) {
	h := newHost(t, host.Config{})
	_, err := h.Load(t.Context(), wasmtest.Echo(), host.WithPin("sha256:0000000000000000000000000000000000000000000000000000000000000000"))
	var e *host.LoadError
	require.ErrorAs(t, err, &e)
	require.Equal(t, abi.CodeModuleRejected, e.Code)
	require.Contains(t, e.Message, "pinned")
	_, err = h.Load(t.Context(), wasmtest.Echo(), host.WithPin(""))
	require.ErrorAs(t, err, &e, "a pin that was forgotten lets nothing in")
}

// A20: one module loaded by many at once, and many modules.
func TestHostileCrowdOfModules(t *testing.T) {
	h := newHost(t, host.Config{})
	var wg sync.WaitGroup
	var failed atomic.Int32
	same := wasmtest.Tasks()
	for i := range 200 {
		wg.Go(func() {
			file := same
			if i%2 == 1 {
				file = wasmtest.Const(append([]byte{0x1a}, byte(i>>24), byte(i>>16), byte(i>>8), byte(i)))
			}
			m, err := h.Load(t.Context(), file)
			if err != nil {
				failed.Add(1)
				return
			}
			defer m.Close(t.Context())
			if _, err := host.Bind[int, any](m, "echo").Submit(t.Context(), i).Result(t.Context()); err != nil {
				failed.Add(1)
			}
		})
	}
	wg.Wait()
	require.Zero(t, failed.Load())
}

// C42: the memory of all guests together is bounded; one too many is refused,
// and nothing is lost when the others are done.
func TestHostileCrowdOfMemories(t *testing.T) {
	h := newHost(t, host.Config{Memory: 64 << 20, Concurrency: 16, Limits: host.Limits{Memory: 16 << 20, Timeout: time.Second}})
	grow := load(t, h, wasmtest.Run(nil,
		wasmtest.I32Const(254), wasmtest.MemoryGrow, wasmtest.I32Const(-1), wasmtest.I32Eq, wasmtest.If(wasmtest.Empty, wasmtest.Unreachable),
		wasmtest.Loop(wasmtest.Empty, wasmtest.Br(0))))
	task := host.Bind[any, any](grow, "grow")
	var all []*futures.Future[any]
	for range 16 {
		all = append(all, task.Submit(t.Context(), nil))
	}
	codes := map[abi.Code]int{}
	for _, f := range all {
		_, err := f.Result(t.Context())
		var run *futures.RunError
		require.ErrorAs(t, err, &run)
		codes[run.Code]++
	}
	require.LessOrEqual(t, codes[abi.CodeDeadline], 4)
	require.Equal(t, 16, codes[abi.CodeDeadline]+codes[abi.CodeMemoryLimit], codes)
	echo := load(t, h, wasmtest.Echo())
	got, err := host.Bind[string, string](echo, "echo").Submit(t.Context(), "still here").Result(t.Context())
	require.NoError(t, err)
	require.Equal(t, "still here", got)
}

// C43: thousands of guests that allocate and trap leave nothing behind.
func TestHostileAllocateAndTrap(t *testing.T) {
	h := newHost(t, host.Config{Limits: host.Limits{Memory: 4 << 20}})
	task := host.Bind[any, any](load(t, h, wasmtest.GrowAndTrap()), "grow")
	run := func(n int) {
		for range n {
			_, err := task.Submit(t.Context(), nil).Result(t.Context())
			require.ErrorIs(t, err, futures.ErrCrashed)
		}
		runtime.GC()
	}
	run(50)
	before, threads := resident(), runtime.NumGoroutine()
	run(1000)
	require.Less(t, resident()-before, int64(overMemory)*slower)
	require.LessOrEqual(t, runtime.NumGoroutine(), threads+4)
}

// D55: guests cannot reach one another by name.
func TestHostileNeighboursAreAnonymous(t *testing.T) {
	h := newHost(t, host.Config{})
	load(t, h, wasmtest.Echo(), host.WithName("echo"))
	g := wasmtest.NewGuest()
	g.Import("echo", "pledge_v1_alloc", wasmtest.In(wasmtest.I32).Out(wasmtest.I32))
	g.Only(g.Echo())
	_, err := h.Load(t.Context(), g.Bytes())
	var e *host.LoadError
	require.ErrorAs(t, err, &e)
	require.Equal(t, abi.CodeImportDenied, e.Code)
}

// G87: a host that is closed while guests spin ends them, and does not fault.
func TestHostileCloseWhileRunning(t *testing.T) {
	for range 5 {
		h, err := host.New(t.Context(), host.Config{Concurrency: 4})
		require.NoError(t, err)
		m, err := h.Load(t.Context(), wasmtest.Tasks())
		require.NoError(t, err)
		var all []*futures.Future[any]
		for i := range 12 {
			all = append(all, host.Bind[any, any](m, []string{"spin", "recurse", "grow"}[i%3]).Submit(t.Context(), nil))
		}
		require.NoError(t, h.Close(context.WithoutCancel(t.Context())))
		for _, f := range all {
			require.True(t, f.State().Terminal())
		}
	}
}

// G88 and 81: one module called from everywhere, with cancellations.
func TestHostileHammer(t *testing.T) {
	h := newHost(t, host.Config{Concurrency: 4, Limits: host.Limits{Timeout: 10 * time.Second, Memory: 4 << 20}})
	m := load(t, h, wasmtest.Tasks())
	var wg sync.WaitGroup
	problems := make(chan string, 1000)
	for worker := range 8 {
		wg.Go(func() {
			for i := range 40 {
				switch (worker + i) % 5 {
				case 0:
					want := fmt.Sprint(worker, i)
					if got, err := host.Bind[string, string](m, "echo").Submit(t.Context(), want).Result(t.Context()); err != nil || got != want {
						problems <- fmt.Sprint("echo ", got, err)
					}
				case 1:
					if got, err := host.Bind[any, int](m, "count").Submit(t.Context(), nil).Result(t.Context()); err != nil || got != 1 {
						problems <- fmt.Sprint("count ", got, err)
					}
				case 2:
					f := host.Bind[any, any](m, "spin").Submit(t.Context(), nil)
					f.Cancel(errors.New("no more"))
					if _, err := f.Result(t.Context()); !errors.Is(err, futures.ErrCancelled) {
						problems <- fmt.Sprint("spin ", err)
					}
				case 3:
					if _, err := host.Bind[any, any](m, "growtrap").Submit(t.Context(), nil).Result(t.Context()); !errors.Is(err, futures.ErrCrashed) {
						problems <- fmt.Sprint("growtrap ", err)
					}
				case 4:
					if _, err := host.Bind[any, any](m, "abort").Submit(t.Context(), nil).Result(t.Context()); !errors.Is(err, futures.ErrCrashed) {
						problems <- fmt.Sprint("abort ", err)
					}
				}
			}
		})
	}
	wg.Wait()
	close(problems)
	for p := range problems {
		t.Error(p)
	}
}

// H98: the same task burns the same fuel every time, whatever happens beside it.
func TestHostileFuelIsTheSame(t *testing.T) {
	h := newHost(t, host.Config{Concurrency: 4})
	for name, file := range map[string][]byte{"fib": wasmtest.Fib(20), "grow": wasmtest.Grow(), "echo": wasmtest.Echo(), "out of fuel": wasmtest.Spin(), "out of stack": wasmtest.Recurse()} {
		t.Run("it burns the same for "+name, func(t *testing.T) {
			var mu sync.Mutex
			burned := map[uint64]int{}
			m := load(t, h, file)
			task := host.Bind[string, any](m, "x", host.Within(host.Limits{Fuel: 100_000_000}), host.OnReport(func(r host.Report) {
				mu.Lock()
				defer mu.Unlock()
				burned[r.Fuel]++
			}))
			var all []*futures.Future[any]
			for range 20 {
				all = append(all, task.Submit(t.Context(), "the same"))
			}
			for _, f := range all {
				_, _ = f.Wait(t.Context())
			}
			require.Len(t, burned, 1)
		})
	}
}
