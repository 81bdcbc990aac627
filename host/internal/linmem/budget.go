package linmem

import (
	"fmt"
	"sync/atomic"
)

// Budget is the ledger of all the memory that guests of one host may make
// private, in bytes. A [Memory] is charged for what it has committed, rounded up
// to host pages, whether or not the guest has touched it: a page that may be
// written at any moment is counted as written, so a host within its budget
// cannot be surprised. An [Image] is charged for the bytes that it stores.
// Address space that is reserved but not committed costs nothing.
//
// A nil *Budget has no limit and counts nothing. All methods may be called
// concurrently.
type Budget struct {
	limit uint64
	used  atomic.Uint64
}

// NewBudget returns a ledger of limit bytes.
func NewBudget(limit uint64) *Budget { return &Budget{limit: limit} }

// Reserve charges n bytes, or charges nothing and returns a *[BudgetError].
func (b *Budget) Reserve(n uint64) error {
	if b == nil || n == 0 {
		return nil
	}
	for {
		used := b.used.Load()
		if n > b.limit || used > b.limit-n {
			return &BudgetError{Requested: n, Used: used, Limit: b.limit}
		}
		if b.used.CompareAndSwap(used, used+n) {
			return nil
		}
	}
}

// Release takes n bytes off the ledger. It panics when more is released than was
// reserved, which would silently lift the limit of the host.
func (b *Budget) Release(n uint64) {
	if b == nil || n == 0 {
		return
	}
	if after := b.used.Add(-n); after > ^uint64(0)-n {
		panic(fmt.Sprintf("linmem: budget released %d bytes more than it held", -after))
	}
}

// Used returns the bytes charged at this moment; 0 for a nil budget.
func (b *Budget) Used() uint64 {
	if b == nil {
		return 0
	}
	return b.used.Load()
}

// Limit returns the bytes that may be charged at most; 0 for a nil budget, which
// has no limit.
func (b *Budget) Limit() uint64 {
	if b == nil {
		return 0
	}
	return b.limit
}
