package host

import "sync"

// actor lets the runs of a stateful module in one at a time, in order. It costs
// the waiting runs no slot.
type actor struct {
	mu   sync.Mutex
	busy bool       // guarded by mu; some run has the turn
	line fifo[*run] // guarded by mu; some settled meanwhile
}

// enter puts a run in line, and starts it when nobody is before it.
func (a *actor) enter(r *run) {
	a.mu.Lock()
	a.line.push(r)
	next := a.next()
	a.mu.Unlock()
	if next != nil {
		next.start()
	}
}

// leave ends the turn of a run and starts the next one.
func (a *actor) leave() {
	a.mu.Lock()
	a.busy = false
	next := a.next()
	a.mu.Unlock()
	if next != nil {
		next.start()
	}
}

// next gives the turn, if nobody has it, to the first in line who still wants
// it. a.mu is held.
func (a *actor) next() *run {
	for !a.busy {
		r, ok := a.line.pop()
		if !ok {
			return nil
		}
		if a.busy = r.takeTurn(); a.busy {
			return r
		}
	}
	return nil
}
