package host_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/host"
	"github.com/pledge-wasm/pledge/internal/buildguest"
	wt "github.com/pledge-wasm/pledge/internal/wasmtest"
)

var (
	sequences = flag.Int("sequences", 1200, "random sequences of tasks that TestReuseCannotBeTold runs on hand-made guests; a fifteenth of it on a Go guest")
	seed      = flag.Uint64("seed", 0, "seed of TestReuseCannotBeTold; 0 takes another one each time")
)

// subject is a guest with the calls that are made to it, of which some are made
// more often because they stand there more often.
type subject struct {
	name  string
	wasm  func(testing.TB) []byte
	calls func() []call
	share int // of the sequences, as a divisor; what grows stacks and memories is slow under the race detector
}

var subjects = []subject{
	{"hand-made tasks", func(testing.TB) []byte { return wt.Tasks() }, taskCalls, min(slower, 5)},
	{"hand-made traces", func(testing.TB) []byte { return newTraces().Bytes() }, traceCalls, min(slower, 5)},
	{"Go", func(t testing.TB) []byte { return buildguest.Go(t, "testdata/churn") }, churnCalls, 15},
}

func taskCalls() (calls []call) {
	for n := range 8 {
		calls = append(calls, call{"echo", n}, call{"sum", map[string]int{"a": n, "b": 1000 * n}}, call{"count", nil})
	}
	big := make([]byte, 100<<10) // does not fit the reserved buffer
	calls = append(calls, call{"echo", big}, call{"forward", []any{"double", 21}}, call{"forward", []any{"nothing", 21}})
	for _, name := range []string{"null", "fail", "trap", "abort", "recurse", "grow", "growtrap", "log", "write", "exit", "nope"} {
		calls = append(calls, call{task: name})
	}
	return calls
}

func traceCalls() (calls []call) {
	for _, name := range newTraces().names {
		calls = append(calls, call{task: name})
	}
	return calls
}

func churnCalls() (calls []call) {
	for n := range 6 {
		calls = append(calls,
			call{"goroutines", 1 + 5*n}, call{"maps", 1 + 9*n}, call{"rand", n}, call{"recurse", 700 * n}, call{"time", n},
			call{"remember", fmt.Sprint("secret ", n)}, call{"recall", nil}, call{"print", fmt.Sprint("line ", n)},
			call{"ask", n}, call{"noop", n})
	}
	for _, n := range []int{20, 200, 1000} {
		calls = append(calls, call{"gc", n}, call{"sort", n})
	}
	return append(calls,
		call{"heap", 2}, call{"heap", 8}, call{"heap", 50}, call{"panic", "now"}, call{"panic", "then"}, call{"nil", nil},
		call{"exit", 0}, call{"exit", 3}, call{"fail", "no"}, call{"recurse", 1 << 40}, call{"noop", "not a number"},
		call{"noop", make([]byte, 80<<10)})
}

// A host that reuses instances cannot be told from one that never does: not by
// answers, logs, fuel or traps, whatever tasks ran before, beside and after.
func TestReuseCannotBeTold(t *testing.T) {
	first := *seed
	if first == 0 {
		first = rand.Uint64()
	}
	t.Logf("run again with -seed %d", first)
	config := host.Config{
		CacheDir:    filepath.Join(t.TempDir(), "cache"),
		Concurrency: 2,
		Limits:      host.Limits{Memory: 24 << 20, Timeout: time.Minute, Fuel: 5_000_000_000},
		Functions: map[string]host.Function{"double": func(_ context.Context, args abi.Raw) (any, error) {
			var n int
			err := codec.Unmarshal(args, &n)
			return 2 * n, err
		}},
	}
	granted := host.WithGrants(host.Grants{Functions: []string{"double"}})
	for _, s := range subjects {
		wasm, calls := s.wasm(t), s.calls()
		fresh := load(t, newFresh(t, config), wasm, granted)
		want := map[int]observation{}
		expect := func(n int) observation {
			if _, ok := want[n]; !ok {
				want[n] = observe(t, fresh, calls[n])
			}
			return want[n]
		}
		for _, method := range host.ResetMethods() {
			t.Run(s.name+" by "+method, func(t *testing.T) {
				m := load(t, newResetting(t, config, method), wasm, granted)
				random := rand.New(rand.NewPCG(first, 0))
				for range *sequences / s.share / len(host.ResetMethods()) {
					sequence(t, m, random, calls, expect)
				}
			})
		}
	}
}

// sequence makes a few calls, some at once and some cancelled.
func sequence(t *testing.T, m *host.Module, random *rand.Rand, calls []call, expect func(int) observation) {
	type made struct {
		call      int
		cancelled bool
		wait      func(testing.TB) observation
	}
	var open []made
	var history []string
	await := func() {
		for _, c := range open {
			got := c.wait(t)
			if c.cancelled && got.State == futures.Cancelled {
				continue
			}
			require.Equal(t, expect(c.call), got, "after %v", history)
		}
		open = open[:0]
	}
	for range 1 + random.IntN(8) {
		n := random.IntN(len(calls))
		f, wait := watch(t.Context(), m, calls[n])
		c := made{call: n, wait: wait}
		switch random.IntN(8) {
		case 0:
			c.cancelled = true
			for range random.IntN(50) {
				runtime.Gosched()
			}
			f.Cancel(errors.New("at random"))
		}
		open = append(open, c)
		history = append(history, fmt.Sprintf("%s(%.20v)", calls[n].task, calls[n].args))
		if random.IntN(2) == 0 {
			await()
		}
	}
	await()
}
