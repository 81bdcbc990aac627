package host_test

import (
	"slices"
	"testing"
	"time"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/host"
	"github.com/pledge-wasm/pledge/host/internal/hostile"
	"github.com/pledge-wasm/pledge/internal/wasmtest"
)

// tolerable is the overshoot from which on a case is named.
const tolerable = 10 * time.Millisecond

// BenchmarkCorpus is how much later than its deadline the latest of the hostile
// modules ends that run into one, beside a neighbour and a garbage collector
// that are never idle; how long that collector took at worst; and how many of them
// broke a rule of TestHostile of which a busy machine is no excuse.
func BenchmarkCorpus(b *testing.B) {
	h := newHost(b, host.Config{Limits: host.Limits{Memory: hostileMemory, Timeout: hostileTimeout}})
	neighbour := host.Bind[string, string](load(b, h, wasmtest.Tasks(), host.WithLimits(host.Limits{Timeout: time.Minute})), "echo")
	var over, gc time.Duration
	cases, broken := 0, 0
	for b.Loop() {
		over, gc, cases, broken = 0, 0, 0, 0
		for _, c := range hostile.All() {
			if c.Phase != hostile.Runs || !slices.Contains(c.Codes, abi.CodeDeadline) {
				continue
			}
			v := judge(h, neighbour, c, c.Wasm())
			if v.Broken != "" {
				b.Logf("%s: %s", c.Name, v.Broken)
				if !v.Busy {
					broken++
				}
			}
			gc = max(gc, v.Seen.GC)
			limit := hostileTimeout
			if c.Timeout > 0 {
				limit = c.Timeout
			}
			cases++
			if late := v.Took - limit; late > tolerable {
				b.Logf("%s: %v past its deadline", c.Name, late)
			}
			over = max(over, v.Took-limit)
		}
	}
	b.ReportMetric(float64(cases), "cases")
	b.ReportMetric(float64(broken), "broken")
	b.ReportMetric(float64(gc)/float64(time.Millisecond), "ms-gc")
	b.ReportMetric(float64(over)/float64(time.Millisecond), "ms-over")
}
