package host_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/host"
	wt "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// Whatever a task did, and in whatever way memory is put back, the next task
// sees what it would see in an instance that nobody has used: every answer,
// trap, log and fuel figure.
func TestNoTaskLeavesATrace(t *testing.T) {
	guest := newTraces()
	wasm := guest.Bytes()
	config := host.Config{Concurrency: 1, Limits: host.Limits{Memory: 1 << 20, Timeout: time.Minute}}
	reference := load(t, newFresh(t, config), wasm)
	want := map[string]observation{}
	for _, name := range guest.names {
		want[name] = observe(t, reference, call{task: name})
	}
	require.Equal(t, want["look at all memory"], observe(t, reference, call{task: "look at all memory"}), "the reference is one")
	for name, o := range want {
		if strings.HasPrefix(name, "look") && !strings.Contains(name, "response") {
			require.Equal(t, futures.Completed, o.State, "%s: %s", name, o.Message)
		}
	}

	for n, method := range host.ResetMethods() {
		t.Run("it is put back by "+method, func(t *testing.T) {
			m := load(t, newResetting(t, config, method), wasm)
			for _, dirty := range guest.names {
				for _, look := range guest.names {
					if strings.HasPrefix(look, "dirty") || n > 0 && !strings.Contains(look, "memory") {
						continue // what is not memory is put back in one way
					}
					require.Equal(t, want[dirty], observe(t, m, call{task: dirty}), "%s before %s", dirty, look)
					require.Equal(t, want[look], observe(t, m, call{task: look}), "%s after %s", look, dirty)
				}
			}
		})
	}
}

// The traces are there to be seen: in a module that keeps its state, every
// place that was dirtied looks otherwise afterwards.
func TestTheLookersSeeWhatIsLeft(t *testing.T) {
	guest := newTraces()
	wasm := guest.Bytes()
	h := newHost(t, host.Config{})
	seen := map[string]string{
		"all memory": "all memory", "the last byte": "all memory", "a byte of every page": "all memory",
		"the constants and the buffer": "all memory", "memory size": "memory size", "memory size and contents": "memory size",
		"an i32 global": "globals", "an i64 global": "globals", "an f32 global": "globals", "an f64 global": "globals",
		"a v128 global": "globals", "a funcref global": "globals",
		"table.set": "tables", "table.set of null": "tables", "table.fill": "tables", "table.copy": "tables",
		"table.copy to another table": "tables", "table.init": "tables", "table.grow": "tables", "table.grow of externs": "tables",
		"data.drop": "the data segment", "elem.drop": "the element segment",
		"a closed descriptor": "descriptors", "a renumbered descriptor": "descriptors", "descriptor flags": "descriptors",
		"the clock": "the clocks",
	}
	for _, dirty := range slices.Sorted(maps.Keys(seen)) {
		t.Run("it sees "+dirty, func(t *testing.T) {
			m := load(t, h, wasm, host.Stateful())
			look := call{task: "look at " + seen[dirty]}
			clean := observe(t, m, look)
			again := observe(t, load(t, h, wasm, host.Stateful()), look)
			require.Equal(t, clean.Value, again.Value)
			if seen[dirty] != "all memory" { // looking at itself does not change what is seen, save there
				m = load(t, h, wasm, host.Stateful())
			}
			require.Equal(t, futures.Completed, observe(t, m, call{task: "dirty " + dirty}).State)
			require.NotEqual(t, clean.Value, observe(t, m, look).Value)
		})
	}
}

// An instance can remember something in each of these places; none does.
func TestEveryPlaceCountsToOne(t *testing.T) {
	for _, method := range host.ResetMethods() {
		h := newResetting(t, host.Config{Concurrency: 1}, method)
		for name, where := range wt.Places {
			t.Run("it is put back by "+method+": "+name, func(t *testing.T) {
				count := host.Bind[any, int](load(t, h, wt.Counter(where)), "count")
				for range 10 {
					n, err := count.Submit(t.Context(), nil).Result(t.Context())
					require.NoError(t, err)
					require.Equal(t, 1, n)
				}
			})
		}
	}
}
