package engine

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/tetratelabs/wazero/api"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/host/internal/linmem"
	"github.com/pledge-wasm/pledge/host/internal/logs"
	"github.com/pledge-wasm/pledge/host/internal/meter"
	"github.com/pledge-wasm/pledge/host/internal/wasi"
)

// Instance is one sandbox. It has one owner at a time, who calls its methods
// from one goroutine.
type Instance struct {
	program *Program
	module  api.Module
	mem     memory
	ctx     *callContext

	// call is nil until the first run and while the instance rests: it carries
	// the native stack.
	call    api.Function
	budget  api.MutableGlobal
	dirty   api.MutableGlobal
	globals []api.MutableGlobal

	wasi   *wasi.System
	log    logs.Log
	origin origin
	run    *Run // the run in progress

	owned atomic.Bool
	// resting is set while the memory has given its pages back.
	resting bool
	// spoiled is set once the instance is in a state that cannot be put back.
	spoiled bool
	// idleSince is when the instance was last put into the pool.
	idleSince time.Time
	stack     [2]uint64
}

// Call runs one task and gives the bytes of its response, which the caller
// owns; [Run.Finish] is left to him, too. On a fault the instance must be given
// back all the same; the pool then
// throws it away.
func (i *Instance) Call(r *Run) ([]byte, []logs.Entry, *Fault) {
	i.begin(r)
	response, f := i.callTask(r)
	return response, i.end(r, f), f
}

// begin puts a run into the instance.
func (i *Instance) begin(r *Run) {
	i.run = r
	i.log.Reset(r.Logs)
	i.wasi.Reset(i.origin.state, &i.program.world.Grants)
	i.setLeft(r.begin())
}

// end takes the run out again and gives its log.
func (i *Instance) end(r *Run, f *Fault) []logs.Entry {
	r.settle(i.left(), 0)
	r.kept.clear()
	i.run = nil
	if f != nil {
		i.spoiled = true
	}
	if i.program.world.Stateful {
		i.origin.state = i.wasi.Save()
	}
	return i.log.Finish()
}

func (i *Instance) callTask(r *Run) ([]byte, *Fault) {
	if f := i.ready(r, PhaseCall); f != nil {
		return nil, f
	}
	ptr, n, f := i.write(r)
	if f != nil {
		return nil, f
	}
	i.stack = [2]uint64{uint64(ptr), uint64(n)}
	if i.call == nil {
		i.call = i.module.ExportedFunction(abi.ExportCall)
	}
	if f := i.invoke(PhaseCall, i.call, i.stack[:]); f != nil {
		return nil, f
	}
	span := abi.Span(i.stack[0])
	return i.copyOut(PhaseCall, span, r.Result)
}

// ready refuses a run that is over before it began.
func (i *Instance) ready(r *Run, phase Phase) *Fault {
	if f := r.Ended(phase); f != nil {
		return f
	}
	if size := i.mem.Size(); size > r.Memory {
		return &Fault{Code: abi.CodeMemoryLimit, Phase: phase, Message: fmt.Sprintf("memory limit of %d bytes: the initialised module has %d already", r.Memory, size)}
	}
	return nil
}

// write puts the request into guest memory: into the buffer that was reserved
// before the snapshot when it fits, which saves a crossing, else into one that
// the guest allocates now.
func (i *Instance) write(r *Run) (ptr, n uint32, f *Fault) {
	if len(r.Task)+len(r.Args)+requestOverhead <= int(i.origin.inputSize) {
		view, _ := i.view(i.origin.input, i.origin.inputSize) // checked when it was allocated
		request := abi.AppendRequest(view[:0:len(view)], r.Task, r.Args)
		return i.origin.input, uint32(len(request)), nil
	}
	if uint64(len(r.Task)+len(r.Args)) > r.Memory {
		return 0, 0, &Fault{Code: abi.CodeMemoryLimit, Phase: PhaseAlloc, Message: fmt.Sprintf("memory limit of %d bytes: the arguments alone have %d", r.Memory, len(r.Args))}
	}
	head := abi.AppendRequest(nil, r.Task, nil)
	if len(r.Args) > 0 {
		head = head[:len(head)-1] // all but the null
	}
	n = uint32(len(head) + len(r.Args))
	if ptr, f = i.allocate(n); f != nil {
		return 0, 0, f
	}
	view, _ := i.view(ptr, n) // checked by allocate
	if f = i.copy(PhaseAlloc, view[copy(view, head):], r.Args); f != nil {
		return 0, 0, f
	}
	return ptr, n, nil
}

// requestOverhead is more than a request has beside the task's name and the
// arguments: the head of the array, of the name, and a null.
const requestOverhead = 16

// allocate asks the guest for a buffer of n bytes.
func (i *Instance) allocate(n uint32) (uint32, *Fault) {
	stack := []uint64{uint64(n)}
	if f := i.invoke(PhaseAlloc, i.module.ExportedFunction(abi.ExportAlloc), stack); f != nil {
		return 0, f
	}
	ptr := uint32(stack[0])
	if ptr == 0 {
		return 0, &Fault{Code: abi.CodeMemoryLimit, Phase: PhaseAlloc, Message: fmt.Sprintf("the guest has no room for a request of %d bytes within its memory limit of %d", n, i.run.Memory)}
	}
	if _, ok := i.view(ptr, n); !ok {
		return 0, badBuffer(ptr, n)
	}
	return ptr, nil
}

func badBuffer(ptr, n uint32) *Fault {
	return &Fault{Code: abi.CodeBadResult, Phase: PhaseAlloc, Message: fmt.Sprintf("the buffer at %#x for %d bytes lies outside the guest's memory", ptr, n)}
}

// invoke crosses into the guest.
func (i *Instance) invoke(phase Phase, f api.Function, stack []uint64) *Fault {
	if err := f.CallWithStack(i.ctx, stack); err != nil {
		return i.fault(phase, err)
	}
	// It answered, but perhaps too late, within its last slice.
	return i.run.Ended(phase)
}

// copyOut takes the bytes of a span out of guest memory.
func (i *Instance) copyOut(phase Phase, span abi.Span, limit int) ([]byte, *Fault) {
	ptr, n := span.Ptr(), span.Len()
	view, ok := i.view(ptr, n)
	switch {
	case !ok:
		return nil, &Fault{Code: abi.CodeBadResult, Phase: phase, Message: fmt.Sprintf("the response at %#x with length %d lies outside the guest's memory", ptr, n)}
	case n == 0:
		return nil, &Fault{Code: abi.CodeBadResult, Phase: phase, Message: "the response is empty"}
	case uint64(n) > uint64(limit):
		return nil, &Fault{Code: abi.CodeOutputLimit, Phase: phase, Message: fmt.Sprintf("the response has %d bytes, the limit is %d", n, limit)}
	}
	out, ok := linmem.Copy(view, i.run.over)
	if !ok {
		return nil, i.run.Ended(phase)
	}
	return out, nil
}

// copyPiece is how many bytes are copied in one go: the runtime cannot preempt a
// copy, and each page may fault on both sides.
const copyPiece = 256 << 10

// copy copies src to dst, which is as long, piece by piece.
func (i *Instance) copy(phase Phase, dst, src []byte) *Fault {
	for at := 0; at < len(src); {
		if at > 0 {
			if f := i.run.Ended(phase); f != nil {
				return f
			}
		}
		at += copy(dst[at:], src[at:min(at+copyPiece, len(src))])
	}
	return nil
}

// view is a window on guest memory, valid until guest code runs again.
func (i *Instance) view(ptr, n uint32) ([]byte, bool) {
	mem, end := i.mem.Bytes(), uint64(ptr)+uint64(n)
	if end > uint64(len(mem)) {
		return nil, false
	}
	return mem[ptr:end:end], true
}

// spend burns fuel on behalf of the guest and, when the slice is over, looks at
// everything that may end the run; it panics with a *stop then. This is a safe
// point of the Go runtime: the goroutine can be preempted here, so the garbage
// collector and the neighbours get their turn.
func (i *Instance) spend(extra uint64) {
	r, budget := i.run, i.left()
	if budget.Stack() < 0 {
		panic(stopf(abi.CodeStackOverflow, "stack limit of %d bytes reached: the recursion is too deep", stackBudget))
	}
	if fuel := int64(budget.Fuel()); fuel >= 0 && uint64(fuel) >= extra {
		i.setLeft(meter.MakeBudget(budget.Stack(), int32(fuel-int64(extra))))
		return
	}
	r.settle(budget, extra)
	i.setLeft(meter.MakeBudget(budget.Stack(), 0))
	r.check()
	i.refill(budget.Stack())
}

// refill hands out the next slice.
func (i *Instance) refill(stack int32) {
	i.run.given = i.run.draw()
	i.setLeft(meter.MakeBudget(stack, int32(i.run.given)))
}

func (i *Instance) left() meter.Budget     { return meter.Budget(i.budget.Get()) }
func (i *Instance) setLeft(b meter.Budget) { i.budget.Set(uint64(b)) }

// reset puts the instance back into the recorded state. It reports false when
// that cannot be proved; the instance must then be closed.
func (i *Instance) reset() bool {
	p := i.program
	if i.spoiled || p.image == nil || i.isDirty() || i.mem.Size() != p.image.Size() {
		return false
	}
	if _, err := i.mem.Reset(); err != nil {
		return false
	}
	i.setGlobals()
	return true
}

// setGlobals puts the recorded globals back.
func (i *Instance) setGlobals() {
	for n, g := range i.globals {
		g.Set(i.program.globals[n])
	}
}

// isDirty tells whether guest code changed something that can be neither saved
// nor put back: a table, a dropped segment, a global that holds a reference.
func (i *Instance) isDirty() bool { return i.dirty != nil && i.dirty.Get() != 0 }

// chargeWASI is how system calls burn fuel: n bytes of work.
func (i *Instance) chargeWASI(n uint64) error {
	i.spend(n/bytesPerFuel + 1)
	return nil
}

// sleep waits on the granted clock until d has passed or the run must end.
func (i *Instance) sleep(d time.Duration) error {
	ctx := i.run.Context()
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		i.run.check()
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return errDeadline()
		}
		return context.Cause(ctx)
	}
}

func (i *Instance) seed(charge func(n uint64) error) (seed [32]byte, err error) {
	if i.run.Seed == nil {
		return seed, nil
	}
	return i.run.Seed.Seed(charge)
}
