package futures

import (
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

// past is what is kept of an event in the history.
type past struct {
	state   State
	attempt int32
	at      time.Time
	err     error
}

func (e past) event() Event {
	return Event{State: e.state, Attempt: int(e.attempt), At: e.at, Err: e.err}
}

// History returns the states so far with their times, oldest first, beginning
// with Pending. The caller owns the slice.
func (c *core) History() []Event {
	c.mu.Lock()
	defer c.mu.Unlock()
	events := make([]Event, len(c.history))
	for i, e := range c.history {
		events[i] = e.event()
	}
	return events
}

// record adds to the history and wakes who watches. mu must be held.
func (c *core) record(s State, err error) {
	c.history = append(c.history, past{state: s, attempt: c.attempt, at: time.Now(), err: err})
	c.wake()
}

func (c *core) wake() {
	if c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
}
