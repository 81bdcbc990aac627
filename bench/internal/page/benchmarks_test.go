package page_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/bench/internal/compare"
	"github.com/pledge-wasm/pledge/bench/internal/contest"
	"github.com/pledge-wasm/pledge/bench/internal/page"
)

func results() *compare.Results {
	us := func(n int) contest.Sample { return contest.Sample{P50: time.Duration(n) * time.Microsecond} }
	latency := compare.Latency{Works: []string{"sum"}, Sample: map[string]map[string]contest.Sample{
		"sum": {"pledge": us(5), "wazero, new instance": us(20), "wazero, reused": us(1)},
	}}
	second := 3 * time.Second
	return &compare.Results{
		Contestants: []compare.Who{
			{Name: "pledge", Family: "pledge", Isolation: "pristine", Stops: "everything"},
			{Name: "wazero, new instance", Family: "wazero", Isolation: "fresh", Stops: "nothing"},
			{Name: "wazero, reused", Family: "wazero", Isolation: "reused", Stops: "nothing"},
			{Name: "go-plugin", Family: "go-plugin", Isolation: "reused", Stops: "nothing"},
		},
		Small: latency, Go: latency,
		Idle: map[string]compare.Idle{"pledge": {Go: 160 << 10, Count: 1000}, "wazero, reused": {Small: 1 << 20, Go: 4 << 20, Count: 100}},
		Hostile: map[string]map[string]compare.Verdict{
			"loop":   {"pledge": {How: "stopped", Typed: "deadline", Took: 501 * time.Millisecond, GC: time.Millisecond, Next: true}, "wazero, new instance": {How: "never", GCNever: true}},
			"start":  {"pledge": {How: "stopped"}, "wazero, new instance": {How: "dead"}},
			"locals": {"wazero, new instance": {How: "dead"}},
		},
		Deadline: 500 * time.Millisecond, Patience: second, Tries: 3,
	}
}

func TestBenchmarks(t *testing.T) {
	got := string(page.Benchmarks(results()))
	for _, line := range []string{
		"| wazero, new instance | fresh | nothing | 20.0 µs (4.0×) |",
		"| wazero, reused | reused | nothing | **1.00 µs** (0.20×) |",
		"| go-plugin | reused | nothing | failed |",
		"| – | 160 KiB | 1,000 |",
		"| 1.00 MiB | 4.00 MiB | 100 |",
		"| pledge | 1.00 ms | 1.00 ms |",
		"| wazero, new instance | over 3.00 s | over 3.00 s |",
		"the worst of 3 tries",
		"| deadline | **never** |",
		"| **dead** |",
		"| idle instance, Go guest | 160 KiB | 4.00 MiB (26×) |",
	} {
		require.Contains(t, got, line)
	}
	require.Equal(t, got, string(page.Benchmarks(results())), "the same figures make the same page")
}
