package host_test

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/host"
	"github.com/pledge-wasm/pledge/internal/wasmtest"
)

// surveillance looks at the process while a hostile case has its way: a neighbour
// that asks for an echo again and again, the garbage collector, and the
// resident memory.
type surveillance struct {
	stop    context.CancelFunc
	done    sync.WaitGroup
	base    int64
	mu      sync.Mutex
	echoes  []time.Duration
	gc      time.Duration
	rss     int64
	problem error
}

// canary is the neighbour on a host.
func canary(t *testing.T, h *host.Host) host.Task[string, string] {
	return host.Bind[string, string](load(t, h, wasmtest.Tasks(), host.WithLimits(host.Limits{Timeout: time.Minute})), "echo")
}

// begin starts watching, from a process at rest.
func begin(neighbour host.Task[string, string]) *surveillance {
	ctx, stop := context.WithCancel(context.Background())
	w := &surveillance{stop: stop, base: resident()}
	w.every(ctx, time.Millisecond, func() {
		start := time.Now()
		_, err := neighbour.Submit(context.Background(), "hello").Result(context.Background())
		took := time.Since(start)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.echoes = append(w.echoes, took)
		if err != nil {
			w.problem = err
		}
	})
	w.every(ctx, 20*time.Millisecond, func() {
		start := time.Now()
		runtime.GC()
		took := time.Since(start)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.gc = max(w.gc, took)
	})
	w.every(ctx, 2*time.Millisecond, func() {
		n := resident() - w.base
		w.mu.Lock()
		defer w.mu.Unlock()
		w.rss = max(w.rss, n)
	})
	return w
}

func (w *surveillance) every(ctx context.Context, period time.Duration, look func()) {
	w.done.Go(func() {
		ticker := time.NewTicker(period)
		defer ticker.Stop()
		for {
			look()
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
		}
	})
}

// seen is what surveillance saw.
type seen struct {
	Echo time.Duration // the neighbour's 99th percentile
	GC   time.Duration // the longest collection
	RSS  int64         // the largest rise of resident memory, bytes
	Err  error         // the neighbour's
}

func (w *surveillance) end() seen {
	w.stop()
	w.done.Wait()
	slices.Sort(w.echoes)
	return seen{Echo: w.echoes[len(w.echoes)*99/100], GC: w.gc, RSS: w.rss, Err: w.problem}
}

// resident is the memory of the process that is in RAM, in bytes; 0 where the
// system does not tell.
func resident() int64 {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	pages, err := strconv.ParseInt(strings.Fields(string(b))[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

func TestSurveillanceSees(t *testing.T) {
	neighbour := canary(t, newHost(t, host.Config{}))
	debug.FreeOSMemory() // what was used before must not count as there already
	w := begin(neighbour)
	// Memory that the process had before may be used again without a trace, so
	// it takes as much as it takes, and a minute at most.
	var ballast [][]byte
	start := time.Now()
	for w.count() < 3 || resident() > 0 && w.risen() < 32<<20 {
		if len(ballast) < 64 {
			piece := make([]byte, 16<<20)
			for i := 0; i < len(piece); i += 4096 {
				piece[i] = 1
			}
			ballast = append(ballast, piece)
		}
		require.Less(t, time.Since(start), time.Minute, "it sees nothing")
		runtime.Gosched()
	}
	s := w.end()
	runtime.KeepAlive(ballast)
	require.NoError(t, s.Err)
	require.Positive(t, s.Echo)
	require.Positive(t, s.GC)
}

func (w *surveillance) risen() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rss
}

func (w *surveillance) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.echoes)
}
