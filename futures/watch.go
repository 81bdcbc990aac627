package futures

import (
	"context"
	"iter"

	"github.com/pledge-wasm/pledge/abi"
)

// Watch returns the history from its beginning and goes on with each change as
// it happens, up to and including the terminal state; each entry is yielded
// once and in order. Reports of progress come in between, as events with
// Progress set; of several that arrive while the consumer is busy only the
// latest is seen.
//
// When ctx ends first, the last pair is a *[WaitError]. Breaking off leaves
// nothing behind.
func (c *core) Watch(ctx context.Context) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		seen, reports := 0, 0
		for {
			c.mu.Lock()
			fresh := c.history[seen:len(c.history):len(c.history)]
			report := Event{State: c.State(), Attempt: int(c.attempt), Progress: c.progress}
			reported := c.reports > reports && !report.State.Terminal()
			seen, reports = len(c.history), c.reports
			over := c.State().Terminal()
			if c.changed == nil && !over {
				c.changed = make(chan struct{})
			}
			changed := c.changed
			c.mu.Unlock()

			for _, e := range fresh {
				if !yield(e, nil) {
					return
				}
			}
			if reported && !yield(report, nil) {
				return
			}
			if over {
				return
			}
			select {
			case <-changed:
				continue
			case <-ctx.Done():
			}
			if !c.State().Terminal() {
				err := newWaitError(ctx, 1, 1)
				err.ID, err.Task, err.State = c.id, c.task, c.State()
				yield(Event{}, err)
				return
			}
		}
	}
}

// Progress returns the latest report of the running task, nil if there was
// none, and how many there were.
func (c *core) Progress() (latest abi.Raw, reports int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.progress, c.reports
}
