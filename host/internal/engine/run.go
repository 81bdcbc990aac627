package engine

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/host/internal/logs"
	"github.com/pledge-wasm/pledge/host/internal/meter"
)

// Limits bounds one run of guest code. Every field must be set: the engine
// knows no defaults and no "unlimited".
type Limits struct {
	// Memory is the size in bytes that the linear memory may reach.
	Memory uint64
	// Fuel is how much the guest may burn, in the units of the meter.
	Fuel uint64
	// Deadline ends the run. The zero time means that none applies, which
	// only tests use.
	Deadline time.Time
	// Result bounds the response, a request to the host, and the responses
	// kept for the guest, each in bytes.
	Result int
	// HostCalls bounds the calls to granted functions.
	HostCalls int
}

// Services is what a run asks of its host: the functions behind
// [abi.ImportCall].
type Services interface {
	// Call answers one request with an encoded response. args is the guest's
	// own CBOR, well formed and owned by the callee. ctx ends with the run.
	// Call runs on the goroutine of the run and may block.
	Call(ctx context.Context, function string, args abi.Raw) []byte
}

// Seeder gives the seed of a guest's randomness. It is asked only when the guest
// asks for some, and announces its work to charge like [wasi.Seed].
type Seeder interface {
	Seed(charge func(n uint64) error) ([32]byte, error)
}

// Run is one execution of guest code under limits: a task, or the boot of a
// module. It is used once, by one goroutine; only [Run.Stop] may be called from
// others.
type Run struct {
	Limits
	// Task and Args are the request. They are not used by a boot.
	Task string
	Args abi.Raw
	// Services answers calls to the host; nil answers not_granted.
	Services Services
	// Logs bounds what is kept of the guest's log.
	Logs logs.Limits
	// Seed gives the seed of the guest's randomness; nil is a seed of zeros.
	Seed Seeder
	// Ledger, if not nil, is where the fuel comes from, beside Limits.Fuel.
	Ledger *Ledger
	// Parent is the context whose values the functions granted to the guest
	// see. Its end does not stop the run; Stop does. Nil means Background.
	Parent context.Context

	stopped atomic.Pointer[stop]

	// The rest belongs to the goroutine of the run.
	used         uint64 // fuel of the slices that ended
	yielded      time.Time
	given        int64 // fuel handed out for the current slice
	calls        int
	growthDenied bool
	kept         responses

	ctxMu      sync.Mutex
	ctx        context.Context         // guarded by ctxMu
	ctxCancel  context.CancelCauseFunc // guarded by ctxMu
	ctxRelease context.CancelFunc      // guarded by ctxMu
}

// Stop asks the run to end with the given code and cause. It ends within a
// slice, or at once when it has not begun; a host function in progress sees its
// context end. The first call wins. Safe for concurrent use.
func (r *Run) Stop(code abi.Code, message string, cause error) {
	if !r.stopped.CompareAndSwap(nil, &stop{code: code, message: message, err: cause}) {
		return
	}
	r.ctxMu.Lock()
	defer r.ctxMu.Unlock()
	if r.ctxCancel != nil {
		r.ctxCancel(cause)
	}
}

// Fuel tells how much was burned. Only valid after the run.
func (r *Run) Fuel() uint64 { return min(r.used, r.Limits.Fuel) }

// Context gives the context that ends with the run, with its deadline. It is
// made on first use, because most tasks never need one.
func (r *Run) Context() context.Context {
	r.ctxMu.Lock()
	defer r.ctxMu.Unlock()
	if r.ctx == nil {
		parent := r.Parent
		if parent == nil {
			parent = context.Background()
		}
		parent = context.WithoutCancel(parent)
		if !r.Deadline.IsZero() {
			parent, r.ctxRelease = context.WithDeadlineCause(parent, r.Deadline, errDeadline())
		}
		ctx, cancel := context.WithCancelCause(parent)
		r.ctx, r.ctxCancel = ctx, cancel
		if s := r.stopped.Load(); s != nil {
			cancel(s.err)
		}
	}
	return r.ctx
}

// Finish releases what the run held and ends its context. Whoever made the run
// calls it once nothing is done on its behalf any more.
func (r *Run) Finish() {
	r.ctxMu.Lock()
	defer r.ctxMu.Unlock()
	if r.ctxCancel != nil {
		r.ctxCancel(context.Canceled)
	}
	if r.ctxRelease != nil {
		r.ctxRelease()
	}
}

const (
	// sliceFuel is what a guest burns between two looks at the host. The
	// meter weighs instructions so that it lasts a quarter of a millisecond, and
	// four where every load misses the caches.
	sliceFuel = 1 << 18
	// stackBudget bounds the guest's native stack, in bytes as the meter
	// estimates them.
	stackBudget = 4 << 20
)

// begin hands out the first slice.
func (r *Run) begin() meter.Budget {
	r.given = r.draw()
	return meter.MakeBudget(stackBudget, int32(r.given))
}

// draw gives the fuel of the next slice.
func (r *Run) draw() int64 {
	fuel := int64(min(sliceFuel, r.Limits.Fuel-min(r.used, r.Limits.Fuel)))
	if r.Ledger != nil {
		fuel = r.Ledger.draw(fuel)
	}
	return fuel
}

// settle books the fuel of the slice that ends, and extra that was burned on
// behalf of the guest.
func (r *Run) settle(budget meter.Budget, extra uint64) {
	fuel := int64(budget.Fuel())
	r.used += uint64(r.given-fuel) + extra
	if r.Ledger != nil {
		r.Ledger.put(fuel - int64(extra))
	}
	r.given = 0
}

// check panics with a *stop when the run must end.
func (r *Run) check() {
	if s := r.stopped.Load(); s != nil {
		panic(s)
	}
	if r.used > r.Limits.Fuel {
		panic(stopf(abi.CodeFuelExhausted, "fuel limit of %d reached", r.Limits.Fuel))
	}
	if r.Ledger != nil && r.Ledger.Left() == 0 {
		panic(stopf(abi.CodeFuelExhausted, "the fuel that the run shares with its sub-tasks is used up"))
	}
	now := time.Now()
	if !r.Deadline.IsZero() && !now.Before(r.Deadline) {
		panic(errDeadline())
	}
	// The runtime preempts a goroutine here if it wants to, so the collector
	// never waits for more than a slice. Giving the processor away costs far
	// more than a slice where another thread has to be woken for it.
	if now.Sub(r.yielded) >= longestTurn {
		r.yielded = now
		runtime.Gosched()
	}
}

// longestTurn is how long a guest keeps its processor while others wait for one.
const longestTurn = 2 * time.Millisecond

// over reports whether the run must end.
func (r *Run) over() bool { return r.Ended(PhaseCall) != nil }

// Ended tells why the run is over or must end: it was stopped, or its deadline
// has passed. It is nil while the run may go on.
func (r *Run) Ended(phase Phase) *Fault {
	s := r.stopped.Load()
	if s == nil && !r.Deadline.IsZero() && time.Until(r.Deadline) <= 0 {
		s = errDeadline()
	}
	if s == nil {
		return nil
	}
	return &Fault{Code: s.code, Phase: phase, Message: s.message, Err: s.err}
}

func errDeadline() *stop { return stopf(abi.CodeDeadline, "the deadline passed") }
