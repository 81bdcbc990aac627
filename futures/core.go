package futures

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/pledge-wasm/pledge/abi"
)

// core is all of a future that does not depend on the type of its result.
type core struct {
	state atomic.Uint32 // a State; changed under mu, and last of all when it becomes terminal
	read  atomic.Bool   // somebody asked how it ended

	id   uuid.UUID
	task string
	self Any // the future this is part of

	// Written under mu before the state becomes terminal, read freely after.
	err    *RunError
	cached bool

	mu sync.Mutex // guards the rest

	asked      bool  // a cancellation was asked for
	delivering bool  // a goroutine is in deliver
	told       int32 // entries of history that onState has seen
	attempt    int32
	cause      error // of the cancellation
	hooks      *Hooks
	onCancel   func(error)
	done       chan struct{} // nil until somebody wants it
	changed    chan struct{} // nil unless somebody watches; closed at each change
	watchers   list
	progress   abi.Raw
	reports    int // how often progress was reported
	history    []past
	early      [3]past // the first entries of history, so that they need no allocation
}

// closed is the Done channel of futures that nobody asked for one in time.
var closed = func() chan struct{} { c := make(chan struct{}); close(c); return c }()

func (c *core) init(self Any, id uuid.UUID, task string, hooks *Hooks, onCancel func(error)) {
	now := time.Now()
	if id == uuid.Nil {
		id = newID(now)
	}
	c.self, c.id, c.task, c.hooks, c.onCancel = self, id, task, hooks, onCancel
	c.early[0] = past{state: Pending, at: now}
	c.history = c.early[:1]
}

func (c *core) base() *core { return c }

// ID returns the run's id. It is set from the start and never changes; two
// handles with equal ids stand for the same run, in whatever process.
func (c *core) ID() uuid.UUID { return c.id }

// Task returns the name of the task that was submitted, which may be empty.
func (c *core) Task() string { return c.task }

// State returns the current state. It never blocks.
func (c *core) State() State { return State(c.state.Load()) }

// Cached reports whether the result was taken from an earlier run instead of
// running the task. It is false before the end.
func (c *core) Cached() bool { return c.State().Terminal() && c.cached }

// Err returns the *RunError of a run that ended without a result, and nil for
// one that completed or has not ended. It never blocks.
func (c *core) Err() error {
	if err := c.failure(); err != nil {
		return err
	}
	return nil
}

func (c *core) failure() *RunError {
	if s := c.State(); !s.Terminal() || s == Completed {
		return nil
	}
	c.read.Store(true)
	return c.err
}

// Unread reports whether the run failed and nobody has asked for its result,
// outcome or error so far.
func (c *core) Unread() bool {
	s := c.State()
	return s.Terminal() && s != Completed && !c.read.Load()
}

// Done returns a channel that is closed when the future is in a terminal
// state. All calls return a channel of the same meaning, not always the same.
func (c *core) Done() <-chan struct{} {
	if c.State().Terminal() {
		return closed
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.State().Terminal() {
		return closed
	}
	if c.done == nil {
		c.done = make(chan struct{})
	}
	return c.done
}

// Wait blocks until the future is in a terminal state, which it returns, or
// until ctx ends, which makes a *[WaitError]. The context bounds the wait only:
// the run goes on. A future that is done answers whatever the context's state.
// How the run ended is not an error here.
func (c *core) Wait(ctx context.Context) (State, error) {
	if s := c.State(); s.Terminal() {
		return s, nil
	}
	select {
	case <-c.Done():
		return c.State(), nil
	case <-ctx.Done():
	}
	s := c.State()
	if s.Terminal() {
		return s, nil
	}
	err := newWaitError(ctx, 1, 1)
	err.ID, err.Task, err.State = c.id, c.task, s
	return s, err
}

// Cancel asks for the run to end, for the reason given, which may be nil. It
// reports whether this call is the one that did so: false means that the
// future was done, or that its cancellation had been asked for before.
//
// Without an owner who must be asked, the future is Cancelled when Cancel
// returns. Otherwise the owner ends the run and settles the future soon; a run
// that was just finishing may still end in another state.
func (c *core) Cancel(cause error) bool {
	if cause == nil {
		cause = ErrCancelled
	}
	c.mu.Lock()
	if c.asked || c.State().Terminal() {
		c.mu.Unlock()
		return false
	}
	c.asked, c.cause = true, cause
	ask := c.onCancel
	c.onCancel = nil
	if ask == nil {
		c.finish(Cancelled, &RunError{State: Cancelled, Code: abi.CodeCancelled, Err: cause})
		return true
	}
	c.mu.Unlock()
	c.contain("OnCancel", func() { ask(cause) })
	return true
}

// finish makes the future terminal, unlocks mu, and tells everybody who waits.
// It must be called with mu held and the state not terminal.
func (c *core) finish(to State, err *RunError) {
	if err != nil {
		full := *err
		full.ID, full.State = c.id, to
		if full.Task == "" {
			full.Task = c.task
		}
		if full.Attempt == 0 {
			full.Attempt = int(c.attempt)
		}
		c.err = &full
	}
	c.onCancel = nil
	c.record(to, errorOrNil(c.err))
	first := c.watchers.take()
	done := c.done
	c.done = nil
	c.state.Store(uint32(to))
	c.mu.Unlock()

	if done != nil {
		close(done)
	}
	for w := first; w != nil; {
		next := w.next
		w.next = nil
		w.to.settled(w.index)
		w = next
	}
	c.deliver()
}

func errorOrNil(e *RunError) error {
	if e == nil {
		return nil
	}
	return e
}
