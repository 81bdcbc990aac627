package host_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/host"
	wt "github.com/pledge-wasm/pledge/internal/wasmtest"
)

var (
	tasks = flag.Int("tasks", 100_000, "tasks in a row that TestTasksLeaveNothing runs")
	traps = flag.Int("traps", 10_000, "traps in a row that TestTrapsLeaveNothing runs")
)

// usage is what the process holds. Off Linux only goroutines are known.
type usage struct {
	Goroutines, Descriptors, Mappings, Resident int
}

func measure() (u usage) {
	runtime.GC()
	debug.FreeOSMemory()
	u.Goroutines = runtime.NumGoroutine()
	if fds, err := os.ReadDir("/proc/self/fd"); err == nil {
		u.Descriptors = len(fds)
	}
	if maps, err := os.ReadFile("/proc/self/maps"); err == nil {
		u.Mappings = bytes.Count(maps, []byte{'\n'})
	}
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if kib, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			n, _ := strconv.Atoi(strings.Fields(kib)[0])
			u.Resident = n << 10
		}
	}
	return u
}

// requireNoMore waits until the process holds no more than before, but for a
// little that the Go runtime may have taken for itself. The race detector keeps
// a history, so with it resident memory says less.
func requireNoMore(t *testing.T, before usage, resident int) {
	t.Helper()
	var now usage
	ok := func() bool {
		now = measure()
		return now.Goroutines <= before.Goroutines && now.Descriptors <= before.Descriptors &&
			now.Mappings <= before.Mappings+8 && now.Resident <= before.Resident+resident*slower
	}
	for deadline := time.Now().Add(20 * time.Second); !ok(); runtime.Gosched() {
		if time.Now().After(deadline) {
			require.Fail(t, "the process holds more than before", "before %+v\nafter  %+v", before, now)
		}
	}
}

// row runs n tasks, two at a time, and measures after the second and the last
// tenth of them.
func row(t *testing.T, n int, run func()) (second, last usage) {
	tenth := func() {
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() {
				for range n / 20 {
					run()
				}
			})
		}
		both.Wait()
	}
	for i := range 10 {
		tenth()
		switch i {
		case 1:
			second = measure()
		case 9:
			last = measure()
		}
	}
	return second, last
}

func TestTasksLeaveNothing(t *testing.T) {
	h := newHost(t, host.Config{Concurrency: 2})
	echo := host.Bind[string, string](load(t, h, wt.Tasks()), "echo")
	second, _ := row(t, *tasks/slower, func() {
		if got, err := echo.Submit(t.Context(), "hello").Result(t.Context()); err != nil || got != "hello" {
			t.Errorf("%q, %v", got, err)
		}
	})
	requireNoMore(t, second, 4<<20)
}

// A guest that fills its memory and traps, over and over, costs no more than one
// that does it once.
func TestTrapsLeaveNothing(t *testing.T) {
	h := newHost(t, host.Config{Concurrency: 2, Limits: host.Limits{Memory: 1 << 20}})
	m := load(t, h, wt.Tasks())
	for _, task := range []string{"trap", "growtrap"} {
		bad := host.Bind[any, any](m, task)
		second, _ := row(t, *traps/slower, func() {
			f := bad.Submit(t.Context(), nil)
			if _, err := f.Result(t.Context()); err == nil || f.State() != futures.Crashed {
				t.Error(f.State(), err)
			}
		})
		requireNoMore(t, second, 4<<20)
	}
}

// A host leaves nothing behind: not when tasks ran to their end, and not when
// they were stopped by its end.
func TestHostsLeaveNothing(t *testing.T) {
	once := func() {
		h, err := host.New(t.Context(), host.Config{Concurrency: 4})
		require.NoError(t, err)
		m := load(t, h, wt.Tasks())
		var all []*futures.Future[any]
		for _, task := range []string{"echo", "spin", "trap", "grow", "spin", "recurse", "echo", "spin"} {
			all = append(all, host.Bind[any, any](m, task).Submit(t.Context(), nil))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Millisecond)
		defer cancel()
		_ = h.Close(ctx)
		for _, f := range all {
			require.True(t, f.State().Terminal())
		}
	}
	once()
	before := measure()
	for range 20 {
		once()
	}
	requireNoMore(t, before, 8<<20)
}
