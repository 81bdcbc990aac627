package futures

import (
	"slices"
	"time"

	"github.com/pledge-wasm/pledge/abi"
)

// Event is one entry of a future's history.
type Event struct {
	State   State
	Attempt int       // the attempt that this is about, from 1; 0 before the first
	At      time.Time // when it was entered
	Err     error     // for Retrying what the attempt failed of; for failures the *RunError
	// Progress is set in events of [Future.Watch] that tell of a report by the
	// running task, not of a change.
	Progress abi.Raw
}

// History returns the states so far with their times, oldest first, beginning
// with Pending. The caller owns the slice.
func (c *core) History() []Event {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.history)
}

// record adds to the history and wakes who watches. mu must be held.
func (c *core) record(e Event) {
	e.At = time.Now()
	c.history = append(c.history, e)
	c.wake()
}

func (c *core) wake() {
	if c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
}
