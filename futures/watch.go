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
		var seen, reports int
		for {
			var news []Event
			var changed chan struct{}
			news, seen, reports, changed = c.since(seen, reports)
			for _, e := range news {
				if !yield(e, nil) {
					return
				}
			}
			if changed == nil {
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

// since returns what has happened since so many entries of the history and so
// many reports, how many of both there are, and a channel that is closed at the
// next change, nil if there will be none.
func (c *core) since(seen, reported int) (news []Event, entries, reports int, changed chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	over := c.State().Terminal()
	for _, e := range c.history[seen:] {
		if c.reports > reported && e.state.Terminal() { // the last report comes before the end
			news, reported = append(news, c.report()), c.reports
		}
		news = append(news, e.event())
	}
	if c.reports > reported && !over {
		news = append(news, c.report())
	}
	if c.changed == nil && !over {
		c.changed = make(chan struct{})
	}
	return news, len(c.history), c.reports, c.changed
}

// report makes an event of the latest report. mu must be held.
func (c *core) report() Event {
	last := c.history[len(c.history)-1].state
	if last.Terminal() {
		last = c.history[len(c.history)-2].state
	}
	return Event{State: last, Attempt: int(c.attempt), Progress: c.progress}
}

// Progress returns the latest report of the running task, nil if there was
// none, and how many there were.
func (c *core) Progress() (latest abi.Raw, reports int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.progress, c.reports
}
