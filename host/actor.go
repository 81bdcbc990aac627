package host

import "sync"

// actor lets the runs of a stateful module in one at a time, in order. It costs
// the waiting runs no slot.
type actor struct {
	mu   sync.Mutex
	busy bool       // guarded by mu
	line fifo[*run] // guarded by mu
}

// enter reports whether the run may go on now; otherwise it stands in line.
func (a *actor) enter(r *run) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.busy {
		a.busy = true
		return true
	}
	a.line.push(r)
	return false
}

// leave gives the next run in line, nil when there is none.
func (a *actor) leave() *run {
	a.mu.Lock()
	defer a.mu.Unlock()
	if r, ok := a.line.pop(); ok {
		return r
	}
	a.busy = false
	return nil
}
