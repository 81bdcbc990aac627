package host

import (
	"time"

	"github.com/google/uuid"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/host/internal/logs"
)

// LogEntry is one line of a guest's log: its own log calls, and what it wrote
// to stdout (info) and stderr (warn), in one order. Messages are valid UTF-8
// without control characters other than tab and newline.
type LogEntry = logs.Entry

// Report is what the host saw of one attempt of a run.
type Report struct {
	// ID is the run's, Task the task's name, Attempt counts from 1.
	ID      uuid.UUID
	Task    string
	Attempt int
	// State is how the attempt ended and Code why, empty when it completed.
	State futures.State
	Code  abi.Code
	// Fuel is what the guest burned, the same on every machine for a task
	// without grants.
	Fuel uint64
	// Duration is from the start of the attempt to its end.
	Duration time.Duration
	// Logs is what the guest logged. Receivers share it.
	Logs []LogEntry
	// NotMemoized says why a run that was submitted with [Memoize] could not
	// be; empty when it could, or was not to be.
	NotMemoized string
}
