package futures

import (
	"context"
	"sync/atomic"
)

// WaitAll waits until all the futures are done or ctx ends, and returns those
// that are done and those that are not. Each future appears once, in the order
// given. It is no failure if some are pending: look at the length.
func WaitAll[F Any](ctx context.Context, fs ...F) (done, pending []F) {
	once, cores := distinct(fs)
	waitFor(ctx, cores, len(cores))
	return partition(once)
}

// WaitAny is WaitAll, except that it waits for one future to be done. Others
// may be done by the time it returns. Without any future it returns at once.
func WaitAny[F Any](ctx context.Context, fs ...F) (done, pending []F) {
	once, cores := distinct(fs)
	waitFor(ctx, cores, min(1, len(cores)))
	return partition(once)
}

// waitFor waits until n of the futures are done or ctx ends.
func waitFor(ctx context.Context, cores []*core, n int) {
	c := newCountdown(n)
	c.zero = make(chan struct{})
	defer c.watch(cores)()
	select {
	case <-c.zero:
	case <-ctx.Done():
	}
}

func partition[F Any](fs []F) (done, pending []F) {
	for _, f := range fs {
		if f.State().Terminal() {
			done = append(done, f)
		} else {
			pending = append(pending, f)
		}
	}
	return done, pending
}

// AfterAll arranges to call f in its own goroutine once all the futures are
// done, however they ended; at once if there are none. Until then it costs no
// goroutine. A panic in f is contained, and told to the hook of the first
// future. Calling stop takes f back and reports whether it did.
func AfterAll[F Any](fs []F, f func()) (stop func() bool) {
	_, cores := distinct(fs)
	c := newCountdown(len(cores))
	var state atomic.Int32 // 0: waiting, 1: started or stopped
	start := func() {
		if !state.CompareAndSwap(0, 1) {
			return
		}
		owner := new(core)
		if len(cores) > 0 {
			owner = cores[0]
		}
		go owner.contain("AfterAll observer", f)
	}
	c.then = start
	leave := c.watch(cores)
	return func() bool {
		stopped := state.CompareAndSwap(0, 1)
		if stopped {
			leave()
		}
		return stopped
	}
}

// countdown is a listener that waits for a number of futures.
type countdown struct {
	left atomic.Int64
	zero chan struct{} // if set, closed when left reaches zero
	then func()        // if set, called at that moment
}

func newCountdown(n int) *countdown {
	c := new(countdown)
	c.left.Store(int64(n) + 1) // one for watch itself
	return c
}

// watch registers with the futures and returns how to take that back.
func (c *countdown) watch(cores []*core) (leave func()) {
	ws := make([]watcher, len(cores))
	for i, core := range cores {
		ws[i].to = c
		if !core.watch(&ws[i]) {
			c.settled(0)
		}
	}
	c.settled(0)
	return func() {
		for i, core := range cores {
			if !core.State().Terminal() {
				core.unwatch(&ws[i])
			}
		}
	}
}

func (c *countdown) settled(int) {
	if c.left.Add(-1) != 0 {
		return
	}
	if c.zero != nil {
		close(c.zero)
	}
	if c.then != nil {
		c.then()
	}
}
