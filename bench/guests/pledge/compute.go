//go:build compute

package main

import (
	"context"

	"github.com/pledge-wasm/pledge/bench/internal/work"
	"github.com/pledge-wasm/pledge/bench/internal/workload"
	"github.com/pledge-wasm/pledge/guest"
)

func init() {
	guest.Handle("compute", func(_ context.Context, j work.Job) (int64, error) {
		return workload.Compute(j.Name, j.Rounds)
	})
}
