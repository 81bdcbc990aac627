// Command logger is a guest that logs by log/slog.
package main

import (
	"context"
	"log/slog"

	"github.com/pledge-wasm/pledge/guest"
	_ "github.com/pledge-wasm/pledge/guest/guestlog"
)

func init() {
	guest.Handle("log", func(ctx context.Context, n int) (any, error) {
		slog.DebugContext(ctx, "detail", "n", n)
		slog.Info("begin", slog.Group("in", "n", n))
		slog.With("task", "log").WithGroup("g").Warn("careful, you", "why", "two words")
		slog.Error("end")
		return nil, nil
	})
}

func main() {}
