// The Go guest of the comparison, written with pledge's SDK.
package main

import (
	"context"

	"github.com/pledge-wasm/pledge/bench/internal/work"
	"github.com/pledge-wasm/pledge/guest"
)

func init() {
	guest.Handle("echo", func(_ context.Context, data []byte) ([]byte, error) { return data, nil })
	guest.Handle("sum", func(_ context.Context, p work.Pair) (work.Total, error) {
		return work.Total{Sum: p.A + p.B}, nil
	})
	guest.Handle("count", func(_ context.Context, page string) (map[string]int, error) {
		return work.Count(page), nil
	})
	// wait calls the host and answers when that does.
	guest.Handle("wait", func(ctx context.Context, _ any) (any, error) {
		return guest.Call[any](ctx, "barrier", nil)
	})
}

func main() {}
