package own

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const printed = `goos: linux
pkg: github.com/pledge-wasm/pledge/abi
BenchmarkSkip/small-2         	     100	       30.6 ns/op	 200.10 MB/s
BenchmarkCheck/one_map-16     	   20000	      1591 ns/op	 659379.52 MB/s	       0 B/op	       0 allocs/op
BenchmarkCheck/one_map-16     	   20000	      1391 ns/op	 700000.00 MB/s	       0 B/op	       0 allocs/op
BenchmarkCheck/one_map-16     	   20000	      9000 ns/op	 100000.00 MB/s	       0 B/op	       0 allocs/op
PASS
ok  	github.com/pledge-wasm/pledge/abi	1.2s
`

func TestParse(t *testing.T) {
	got := parse("abi", []byte(printed))
	require.Equal(t, []Benchmark{
		{"abi", "Check/one_map", []Figure{{"ns/op", 1591}, {"MB/s", 659379.52}, {"B/op", 0}, {"allocs/op", 0}}},
		{"abi", "Skip/small", []Figure{{"ns/op", 30.6}, {"MB/s", 200.1}}},
	}, got, "it sorts by name and takes medians")
	require.Equal(t, "31 ns/op, 200 MB/s", got[1].text())

	f := &Figures{Benchmarks: got}
	v, ok := f.figure("abi", "Check/one_map", "MB/s")
	require.True(t, ok)
	require.Equal(t, 659379.52, v)
	_, ok = f.figure("host", "Check/one_map", "MB/s")
	require.False(t, ok)
}
