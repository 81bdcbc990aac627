package host

import (
	"fmt"
	"sync/atomic"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures"
)

// What a sub-task costs its host beside the memory of its guest and the bytes of
// its arguments and its result.
const (
	costPending = 4 << 10  // from its submission to its end
	costBegun   = 64 << 10 // its instance and its stack, from its start to its end
	costDone    = 1 << 10  // from its end to that of its parent
	costRef     = 256      // each future in its arguments
)

// upkeepBase is what sub-tasks may make their host keep however little memory
// their parent has, in bytes.
const upkeepBase = 16 << 20

// upkeep bounds what the sub-tasks of a run, of all generations, make the host
// keep, in bytes. Safe for concurrent use.
type upkeep struct {
	limit int64
	used  atomic.Int64
}

func newUpkeep(l Limits) *upkeep { return &upkeep{limit: l.Memory + upkeepBase} }

// take books n more bytes, unless that is too many.
func (u *upkeep) take(n int) bool {
	if u.used.Add(int64(n)) > u.limit {
		u.give(n)
		return false
	}
	return true
}

func (u *upkeep) give(n int) { u.used.Add(-int64(n)) }

// charge books what a sub-task, which is not done, makes the host keep from now
// on. The error is that of the sub-task.
func (r *run) charge(n int) *futures.RunError {
	f := r.parent
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.kept || !f.upkeep.take(n) {
		return r.error(abi.CodeMemoryLimit, f.upkeep.exceeded())
	}
	r.charged += n
	return nil
}

// keep books the result of a sub-task in the place of what it was charged so far.
// It is called once, when the sub-task is settled, and gives how that ends.
func (r *run) keep(value abi.Raw, err *futures.RunError) (abi.Raw, *futures.RunError) {
	f := r.parent
	f.mu.Lock()
	defer f.mu.Unlock()
	f.upkeep.give(r.charged)
	r.charged, r.kept = 0, true
	if f.over {
		return value, err // nobody will ask
	}
	n := costDone + len(value)
	if f.upkeep.take(n) {
		f.kept += n
	} else if err == nil {
		return nil, r.error(abi.CodeMemoryLimit, f.upkeep.exceeded())
	}
	return value, err
}

func (u *upkeep) exceeded() error {
	return &LimitError{Code: abi.CodeMemoryLimit, Phase: "sub-task", Message: fmt.Sprintf(
		"memory limit: the arguments and results of the sub-tasks would take more than %d bytes of the host", u.limit)}
}
