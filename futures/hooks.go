package futures

import "runtime/debug"

// Hooks are what the owner of many futures may share among them. All fields
// may be nil. They are called outside all locks, and must be set before use.
type Hooks struct {
	// State is told each change of state, in order and exactly once, on the
	// goroutine that made the change or one that is already telling an earlier
	// change; so it must not block. Waiters have been released when it is told a
	// terminal state.
	State func(Any, Event)
	// Panic is told of the panics contained in observers and hooks. The
	// default is to drop them.
	Panic func(Any, *PanicError)
}

// deliver tells the state hook what it has not been told yet.
func (c *core) deliver() {
	if c.hooks == nil || c.hooks.State == nil {
		return
	}
	c.mu.Lock()
	if c.delivering {
		c.mu.Unlock()
		return
	}
	c.delivering = true
	whole := false
	defer func() {
		if !whole { // a hook has ended its goroutine; mu is not held
			c.mu.Lock()
		}
		c.delivering = false
		c.mu.Unlock()
	}()
	for int(c.told) < len(c.history) {
		e := c.history[c.told].event()
		c.told++
		c.mu.Unlock()
		c.contain("State hook", func() { c.hooks.State(c.self, e) })
		c.mu.Lock()
	}
	whole = true
}

// contain calls f and reports its panic to the hook for that.
func (c *core) contain(where string, f func()) {
	defer func() {
		if v := recover(); v != nil {
			c.reportPanic(&PanicError{Where: where, Value: v, Stack: debug.Stack()})
		}
	}()
	f()
}

func (c *core) reportPanic(p *PanicError) {
	if c.hooks == nil || c.hooks.Panic == nil {
		return
	}
	defer func() { _ = recover() }() // a hook for panics that panics has nobody left to tell
	c.hooks.Panic(c.self, p)
}
