package roster_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/pledge-wasm/pledge/bench/internal/build"
	"github.com/pledge-wasm/pledge/bench/internal/contest"
	"github.com/pledge-wasm/pledge/bench/internal/roster"
	"github.com/pledge-wasm/pledge/bench/internal/work"
	"github.com/pledge-wasm/pledge/bench/internal/workload"
	"github.com/stretchr/testify/require"
)

const page = "It was the best of times, it was the worst of times; 1775, a year."

// TestAnswers holds that every contestant gives the right answers from every
// guest, twice, so that none is timed at something else.
func TestAnswers(t *testing.T) {
	ctx := context.Background()
	guests := build.New("../..", t.TempDir())
	all, missing := roster.All()
	t.Log(missing)
	for _, kind := range []build.Kind{build.Small, build.Light, build.Compute} {
		seen := map[contest.ABI]bool{}
		for _, c := range all {
			if kind == build.Compute && seen[c.ABI] {
				continue // the workloads are large, and differ only by their boundary
			}
			seen[c.ABI] = true
			t.Run(string(kind)+"/"+c.Name, func(t *testing.T) {
				wasm, path, err := guests.Get(ctx, c.ABI, kind)
				require.NoError(t, err)
				s, err := c.Open(ctx, contest.Setup{Wasm: wasm, Path: path, Cores: 1, Timeout: 30 * time.Second})
				require.NoError(t, err)
				defer s.Close()
				call, err := s.Caller(ctx)
				require.NoError(t, err)
				defer call.Close()
				for range 2 {
					if kind == build.Compute {
						w := workload.Workloads[0]
						want, err := workload.Compute(w.Name, 2)
						require.NoError(t, err)
						got, err := call.Compute(ctx, w.Name, 2)
						require.NoError(t, err)
						require.Equal(t, want, got)
						continue
					}
					for _, n := range []int{0, 16, 1 << 10, 64 << 10, 1 << 20} {
						data := bytes.Repeat([]byte{0xa5}, n)
						got, err := call.Echo(ctx, data)
						require.NoError(t, err)
						require.True(t, bytes.Equal(data, got), "echo of %d bytes", n)
					}
					sum, err := call.Sum(ctx, 2, 40)
					require.NoError(t, err)
					require.EqualValues(t, 42, sum)
					sum, err = call.Sum(ctx, 200, 1000)
					require.NoError(t, err)
					require.EqualValues(t, 1200, sum)
					words := 0
					for _, n := range work.Count(page) {
						words += n
					}
					got, err := call.Count(ctx, page)
					require.NoError(t, err)
					require.Equal(t, words, got)
				}
			})
		}
	}
}
