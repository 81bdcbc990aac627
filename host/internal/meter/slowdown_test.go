package meter_test

import (
	"context"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// goGuest builds the guest in testdata/workloads.
func goGuest(t testing.TB) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "workloads.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-o", out, ".")
	cmd.Dir = filepath.Join("testdata", "workloads")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	msg, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", msg)
	b, err := os.ReadFile(out)
	require.NoError(t, err)
	return b
}

var workloads = []struct {
	name   string
	rounds uint64
}{{"json", 12}, {"sha256", 40}, {"sort", 3}, {"flate", 1}, {"regexp", 8}, {"recursion", 6}, {"matrix", 4}}

// BenchmarkSlowdown runs the workloads plain, metered and with wazero's own switch, in turn in one process, and prints
// the ratios of the best times and their geometric means.
func BenchmarkSlowdown(b *testing.B) {
	ctx := context.Background()
	file := goGuest(b)
	newRuntime := func(c wazero.RuntimeConfig) wazero.Runtime {
		rt := wazero.NewRuntimeWithConfig(ctx, c)
		b.Cleanup(func() { rt.Close(ctx) })
		wasi_snapshot_preview1.MustInstantiate(ctx, rt)
		return rt
	}
	instance := func(rt wazero.Runtime) api.Module {
		mod, err := rt.InstantiateWithConfig(ctx, file, wazero.NewModuleConfig().WithStartFunctions())
		require.NoError(b, err)
		return mod
	}
	counted := &run{}
	counted.metered(b, newRuntime(wazero.NewRuntimeConfigCompiler()), file)
	mods := []api.Module{instance(newRuntime(wazero.NewRuntimeConfigCompiler())), counted.mod,
		instance(newRuntime(wazero.NewRuntimeConfigCompiler().WithCloseOnContextDone(true)))}
	for _, m := range mods {
		_, err := m.ExportedFunction("_initialize").Call(ctx)
		require.NoError(b, err)
	}
	runtime.LockOSThread() // what is measured is the time of this thread
	defer runtime.UnlockOSThread()
	sumMeter, sumSwitch := 0.0, 0.0
	for _, w := range workloads {
		best := [3]time.Duration{math.MaxInt64, math.MaxInt64, math.MaxInt64}
		var times [3][]time.Duration
		var answers [3]uint64
		var fuel int64
		var spent time.Duration
		for round := range 60 {
			for i, m := range mods {
				if i == 2 && round >= 6 {
					continue
				}
				before, start := counted.used(), threadTime()
				out, err := m.ExportedFunction("w_"+w.name).Call(ctx, w.rounds)
				took := threadTime() - start
				require.NoError(b, err)
				best[i] = min(best[i], took)
				times[i] = append(times[i], took)
				answers[i] = out[0]
				if i == 1 && took == best[1] {
					fuel, spent = counted.used()-before, took
				}
			}
		}
		require.Equal(b, answers[0], answers[1], w.name)
		require.Equal(b, answers[0], answers[2], w.name)
		m, s := float64(best[1])/float64(best[0]), float64(best[2])/float64(best[0])
		sumMeter += math.Log(m)
		sumSwitch += math.Log(s)
		slices.Sort(times[0])
		slices.Sort(times[1])
		med := float64(times[1][len(times[1])/2]) / float64(times[0][len(times[0])/2])
		b.Logf("%-10s plain %8v  metered %.3f (median %.3f)  switch %.2f  fuel/ns %.2f", w.name, best[0].Round(time.Microsecond),
			m, med, s, float64(fuel)/float64(spent))
	}
	n := float64(len(workloads))
	b.Logf("geometric mean: metered %.3f, switch %.2f", math.Exp(sumMeter/n), math.Exp(sumSwitch/n))
	b.ReportMetric(math.Exp(sumMeter/n), "metered/plain")
	b.ReportMetric(math.Exp(sumSwitch/n), "switch/plain")
}
