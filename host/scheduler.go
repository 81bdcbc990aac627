package host

import (
	"context"
	"sync"
)

// scheduler hands out a bounded number of slots. A run holds a slot only while
// its guest computes: not while it waits for dependencies, and not while its
// guest awaits another run, so that bounded concurrency cannot deadlock.
type scheduler struct {
	limit int // slots
	queue int // runs that may wait

	active sync.WaitGroup // goroutines that execute runs; grows under mu

	mu      sync.Mutex
	held    int             // slots handed out
	waiting int             // runs accepted that have not started
	ready   fifo[*run]      // runs that wait for a slot, some cancelled meanwhile
	resume  fifo[*returner] // runs that gave their slot back and want one again
	idle    []chan *run     // workers without work, last in, first out
	closed  bool
	live    *run // all runs that are not done, linked
}

// accept takes a run in, which waits until [scheduler.start].
func (s *scheduler) accept(r *run) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return ErrClosed
	case s.waiting >= s.queue && (s.held >= s.limit || s.waiting > s.queue):
		return &OverloadError{Queue: s.queue}
	}
	s.waiting++
	r.waiting = true
	r.next = s.live
	if s.live != nil {
		s.live.prev = r
	}
	s.live = r
	return nil
}

// returner is a run that wants a slot again.
type returner struct {
	granted chan struct{} // closed under scheduler.mu when it has one
	gone    bool          // guarded by scheduler.mu; it does not wait any more
}

// start lets an accepted run begin, now or when a slot is free. Once the host is
// closed it does nothing: whoever closes the host cancels the run.
func (s *scheduler) start(r *run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	if s.held >= s.limit || !s.ready.empty() {
		s.ready.push(r)
		return
	}
	s.held++
	s.depart(r)
	s.dispatch(r)
}

// dispatch gives a run, which has a slot, to a worker. Workers are kept while
// the slots are not all in use: a fresh goroutine would have to grow its stack
// anew for every task. s.mu is held.
func (s *scheduler) dispatch(r *run) {
	s.active.Add(1)
	if last := len(s.idle) - 1; last >= 0 {
		s.idle[last] <- r
		s.idle = s.idle[:last]
		return
	}
	w := make(chan *run, 1)
	w <- r
	go s.work(w)
}

// rejoin counts a run in again that has begun before, for its next attempt.
func (s *scheduler) rejoin(r *run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting++
	r.waiting = true
}

// depart counts a run out of the waiting ones. s.mu is held.
func (s *scheduler) depart(r *run) {
	if r.waiting {
		r.waiting = false
		s.waiting--
	}
}

// forget takes a run that is done off the books.
func (s *scheduler) forget(r *run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.depart(r)
	switch {
	case r.prev != nil:
		r.prev.next = r.next
	case s.live == r:
		s.live = r.next
	default:
		return // forgotten already, or never accepted
	}
	if r.next != nil {
		r.next.prev = r.prev
	}
	r.prev, r.next = nil, nil
}

// work is a worker: it executes a run, then whatever waits for the slot, and
// then waits for the next dispatch.
func (s *scheduler) work(w chan *run) {
	whole := false
	defer func() {
		if !whole { // code of the embedder has ended the goroutine
			go s.succeed(w)
		}
	}()
	for r := range w {
		for ; r != nil; r = s.next() {
			r.execute()
		}
		if !s.retire(w) {
			break
		}
	}
	whole = true
}

// succeed goes on in the place of a worker that ended while it had a slot.
func (s *scheduler) succeed(w chan *run) {
	if r := s.next(); r != nil {
		w <- r
	} else if !s.retire(w) {
		return
	}
	s.work(w)
}

// retire ends the activity of a worker. It reports whether it is kept.
func (s *scheduler) retire(w chan *run) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.active.Done()
	if s.closed || len(s.idle) >= s.limit {
		return false
	}
	s.idle = append(s.idle, w)
	return true
}

// next hands the slot of the caller to whoever is first in line; nil when the
// caller has no further use for it.
func (s *scheduler) next() *run {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held > s.limit {
		s.held--
		return nil
	}
	for back, ok := s.resume.pop(); ok; back, ok = s.resume.pop() {
		if !back.gone {
			close(back.granted)
			return nil
		}
	}
	if r, ok := s.ready.pop(); ok {
		s.depart(r)
		return r
	}
	s.held--
	return nil
}

// yield gives the slot of a run back while it waits for others.
func (s *scheduler) yield() {
	if r := s.next(); r != nil {
		s.mu.Lock()
		s.dispatch(r) // the caller is active itself, so nobody is done waiting
		s.mu.Unlock()
	}
}

// reclaim takes a slot again after yield. Those who come back go before those
// who have not begun. A run that is over, as ctx says, does not wait for one:
// whom it waits for may be waiting for its end, and all it has left to do is to
// unwind.
func (s *scheduler) reclaim(ctx context.Context) {
	s.mu.Lock()
	if ctx.Err() != nil || s.held < s.limit {
		s.held++
		s.mu.Unlock()
		return
	}
	back := &returner{granted: make(chan struct{})}
	s.resume.push(back)
	s.mu.Unlock()
	select {
	case <-back.granted:
		return
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-back.granted: // at the same moment
	default:
		back.gone = true
		s.held++
	}
}

// close stops the intake and lists the runs that are not done.
func (s *scheduler) close() []*run {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, w := range s.idle {
		close(w)
	}
	s.idle = nil
	var live []*run
	for r := s.live; r != nil; r = r.next {
		live = append(live, r)
	}
	return live
}
