package engine

import "sync/atomic"

// Ledger is the fuel that a run shares with the sub-tasks that it submits. It
// may be overdrawn by one charge of each of them. Safe for concurrent use.
type Ledger struct{ left atomic.Int64 }

// NewLedger returns a ledger of fuel units.
func NewLedger(fuel uint64) *Ledger {
	l := new(Ledger)
	l.left.Store(int64(fuel))
	return l
}

// Left tells how much fuel nobody holds.
func (l *Ledger) Left() uint64 { return uint64(max(l.left.Load(), 0)) }

// draw takes up to n units; it gives none when the ledger is empty.
func (l *Ledger) draw(n int64) int64 {
	for {
		left := l.left.Load()
		got := min(n, max(left, 0))
		if l.left.CompareAndSwap(left, left-got) {
			return got
		}
	}
}

// put gives units back, or books an overdraft when n is negative.
func (l *Ledger) put(n int64) { l.left.Add(n) }
