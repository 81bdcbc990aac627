package guest

import (
	"context"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/guest/internal/boundary"
)

// Level says how much a log entry matters.
type Level = abi.Level

// The levels of log entries.
const (
	LevelDebug = abi.LevelDebug
	LevelInfo  = abi.LevelInfo
	LevelWarn  = abi.LevelWarn
	LevelError = abi.LevelError
)

// Log gives the host one log entry. Line breaks stay inside it.
//
// For log/slog import package guestlog. The packages log and fmt work as
// everywhere: what they print on standard output arrives at level info, on
// standard error at level warn, line by line.
func Log(ctx context.Context, level Level, text string) {
	boundary.Log(ctx, level, text)
}
