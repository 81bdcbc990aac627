package host

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/futures/retry"
	"github.com/pledge-wasm/pledge/futures/slots"
	"github.com/pledge-wasm/pledge/host/internal/engine"
	"github.com/pledge-wasm/pledge/host/internal/logs"
	"github.com/pledge-wasm/pledge/host/internal/wasi"
)

// phase says where a run is between submission and settlement.
type phase uint8

const (
	phaseWaiting phase = iota // for dependencies, a slot, or the next attempt
	phaseRunning              // a goroutine executes it
	phaseDone                 // settled
)

// run is one submission on its way to a settled future.
type run struct {
	host    *Host
	module  *Module
	task    string
	limits  Limits
	options *taskOptions // shared with other runs, so it does not change
	promise futures.Settler
	ctx     context.Context // of Submit: its values reach granted functions

	// parent is the family that a sub-task belongs to, and deadline the end of the
	// attempt that submitted it; zero for others.
	parent   *family
	deadline time.Time
	charged  int  // guarded by parent.mu
	kept     bool // guarded by parent.mu; it is settled, and its result is booked

	// Written before the run is started.
	encoded *futures.Args // as submitted
	args    abi.Raw       // resolved

	// Of the goroutine that executes the run, or prepares it.
	family     *family // what the attempt may refer to; nil when that is nothing
	attemptEnd time.Time
	attempts   int
	schedule   *retry.Schedule // nil when the run is not tried again
	end        time.Time       // of the total time; zero for none

	// Guarded by host.scheduler.mu.
	waiting    bool
	prev, next *run

	mu      sync.Mutex
	phase   phase        // guarded by mu
	attempt *engine.Run  // guarded by mu; the attempt in progress
	undo    []func()     // guarded by mu; what to call when the run is settled
	settled bool         // guarded by mu
	claim   *slots.Claim // guarded by mu; on the limits of its tags
	lined   bool         // guarded by mu; its arguments are for execute alone
	turn    bool         // guarded by mu; it has the turn of its actor and has not begun
}

// cancel is called once, when the future is cancelled before its end.
func (r *run) cancel(cause error) {
	attempt, waiting := r.interrupt()
	switch {
	case waiting:
		r.fail(abi.CodeCancelled, cause)
	case attempt != nil:
		attempt.Stop(abi.CodeCancelled, "cancelled", cause)
	}
}

// cancelPending cancels the run unless it is running already.
func (r *run) cancelPending(cause error) {
	r.mu.Lock()
	waiting := r.phase == phaseWaiting
	r.mu.Unlock()
	if waiting {
		r.promise.Any().Cancel(cause)
	}
}

// watch ties the run to its total time and to the context of its submission. It
// reports false when that one has ended already.
func (r *run) watch() bool {
	if !r.end.IsZero() {
		t := time.AfterFunc(time.Until(r.end), r.expire)
		r.onSettle(func() { t.Stop() })
	}
	if r.ctx.Done() == nil {
		return true
	}
	if r.ctx.Err() != nil {
		r.promise.Any().Cancel(context.Cause(r.ctx))
		return false
	}
	stop := context.AfterFunc(r.ctx, func() { r.promise.Any().Cancel(context.Cause(r.ctx)) })
	r.onSettle(func() { stop() })
	return true
}

// onSettle calls f when the run is settled, at once if it is already.
func (r *run) onSettle(f func()) {
	r.mu.Lock()
	done := r.settled
	if !done {
		r.undo = append(r.undo, f)
	}
	r.mu.Unlock()
	if done {
		f()
	}
}

// execute runs the task on the slot of the calling goroutine.
func (r *run) execute() {
	r.mu.Lock()
	if r.phase != phaseWaiting {
		r.mu.Unlock()
		return // cancelled while it stood in line
	}
	r.phase = phaseRunning
	turn := r.turn
	r.turn = false
	r.mu.Unlock()
	if turn {
		defer r.module.actor.leave() // last of all: the next run needs the instance
	}
	over := false
	defer func() {
		if !over {
			r.exited()
		}
	}()
	r.promise.Start()
	r.attempts++

	// The module must outlive the instance, which outlives the run.
	r.module.hold()
	defer r.module.release()
	start := time.Now()
	instance, refused := r.acquire(start)
	if refused != nil {
		r.report(0, start, nil, refused)
		r.conclude(nil, refused)
		over = true
		return
	}
	// The world is put back after the future is done: nobody waits for it.
	defer r.module.program.Release(instance)
	r.attemptIn(instance, start)
	over = true
}

// errExited is why a run crashed in which code of the embedder left its
// goroutine, as the FailNow of a test does.
var errExited = errors.New("host: a function of the embedder ended its goroutine (runtime.Goexit)")

// exited settles a run whose goroutine ends in the middle of it.
func (r *run) exited() {
	if r.family != nil {
		r.family.abandon()
	}
	r.fail(abi.CodeHostError, errExited)
}

// bootRun gives the limits of initialising an instance for this run alone, which
// takes of its time and ends when it is cancelled.
func (r *run) bootRun(start time.Time) *engine.Run {
	boot := r.module.bootRun()
	if end := r.engineLimits(start).Deadline; end.Before(boot.Deadline) {
		boot.Deadline = end
	}
	r.attemptEnd = boot.Deadline
	r.begin(boot)
	return boot
}

// attemptIn lets the task run once in an instance, and settles. It began at
// start.
func (r *run) attemptIn(instance *engine.Instance, start time.Time) {
	var ledger *engine.Ledger
	r.family = nil
	if r.parent != nil || r.module.grants.submits() || abi.MayHaveFutures(r.args) {
		r.family = newFamily(r)
		ledger = r.family.ledger
	}
	attempt := &engine.Run{
		Limits:   r.engineLimits(start),
		Task:     r.task,
		Args:     r.args,
		Services: r,
		Ledger:   ledger,
		Logs:     logs.Limits{Bytes: r.limits.Logs, Entries: logEntries(r.limits.Logs)},
		Seed:     r,
		Parent:   r.ctx,
	}
	defer attempt.Finish()
	r.attemptEnd = attempt.Deadline
	r.begin(attempt)
	response, entries, fault := instance.Call(attempt)
	value, runErr := r.judge(attempt, response, fault)
	if runErr == nil && abi.MayHaveFutures(value) {
		value, runErr = r.resolveResult(attempt, value)
	}
	if r.family != nil {
		r.family.abandon()
	}
	r.report(attempt.Fuel(), start, entries, runErr)
	r.conclude(value, runErr)
}

// conclude ends an attempt: the run is tried again, or settled.
func (r *run) conclude(value abi.Raw, err *futures.RunError) {
	if err == nil || !r.again(err) {
		r.settle(value, err)
	}
}

// begin makes the attempt the one that a cancellation stops.
func (r *run) begin(attempt *engine.Run) {
	r.mu.Lock()
	r.attempt = attempt
	r.mu.Unlock()
	if cause := r.promise.CancelCause(); cause != nil {
		attempt.Stop(abi.CodeCancelled, "cancelled", cause)
	}
}

func (r *run) engineLimits(start time.Time) engine.Limits {
	l := engine.Limits{
		Memory:    uint64(r.limits.Memory),
		Fuel:      r.limits.Fuel,
		Deadline:  start.Add(r.limits.Timeout),
		Result:    r.limits.Result,
		HostCalls: r.limits.HostCalls,
	}
	for _, earlier := range []time.Time{r.deadline, r.end} {
		if !earlier.IsZero() && earlier.Before(l.Deadline) {
			l.Deadline = earlier
		}
	}
	return l
}

// logEntries bounds the number of entries along with their bytes: an empty line
// costs memory as well.
func logEntries(bytes int) int { return max(bytes/64, 16) }

// judge decides how an attempt ended: a value, or an error.
func (r *run) judge(attempt *engine.Run, response []byte, fault *engine.Fault) (abi.Raw, *futures.RunError) {
	if fault != nil {
		return nil, r.faultError(fault)
	}
	var late *engine.Fault
	answer, err := abi.ParseResponse(response, abi.Limits{Bytes: r.limits.Result, Items: responseItems, Stop: func() bool {
		late = attempt.Ended(engine.PhaseCall)
		return late != nil
	}})
	switch {
	case late != nil:
		return nil, r.faultError(late)
	case err != nil:
		return nil, r.error(abi.CodeBadResult, &Trap{Code: abi.CodeBadResult, Phase: string(engine.PhaseCall), Message: "the response is not one that abi/SPEC.md allows: " + err.Error()})
	case answer.Err != nil && answer.Err.Code == string(abi.CodeUnknownTask):
		return nil, r.error(abi.CodeUnknownTask, &UnknownTaskError{Task: r.task, Known: r.module.taskNames()})
	case answer.Err != nil:
		return nil, r.error(abi.CodeGuest, answer.Err)
	}
	return answer.Value, nil
}

// responseItems bounds the items of a response, which is bounded in bytes too.
const responseItems = 16 << 20

// faultError gives a fault its place in the states and codes of runs.
func (r *run) faultError(f *engine.Fault) *futures.RunError {
	e := r.error(f.Code, cause(f))
	if f.Code == abi.CodeDeadline {
		message := deadlineMessage(r.limits.Timeout)
		if r.attemptEnd.Equal(r.end) {
			message = "total " + deadlineMessage(r.options.total)
		}
		e.Err = &LimitError{Code: f.Code, Phase: string(f.Phase), Message: message, Stack: f.Frames}
	}
	if f.Code == abi.CodeCancelled {
		e.Err = f.Err
	}
	return e
}

// ended is the error of an attempt that was stopped while it waited for its
// sub-tasks.
func (r *run) ended(attempt *engine.Run) *futures.RunError {
	if f := attempt.Ended(engine.PhaseCall); f != nil {
		return r.faultError(f)
	}
	return r.error(abi.CodeHostError, context.Cause(attempt.Context()))
}

func (r *run) error(code abi.Code, err error) *futures.RunError {
	return &futures.RunError{Task: r.task, Code: code, State: futures.StateOf(code), Err: err}
}

// acquire gives the run an instance, or the error of an attempt without one.
func (r *run) acquire(start time.Time) (*engine.Instance, *futures.RunError) {
	if err := r.charge(costBegun); err != nil {
		return nil, err
	}
	instance, err := r.module.program.Acquire(context.Background(), func() *engine.Run { return r.bootRun(start) })
	if err != nil {
		return nil, r.refused(err)
	}
	return instance, nil
}

// refused is the error of an attempt for which no instance could be made.
func (r *run) refused(err error) *futures.RunError {
	if fault, ok := errors.AsType[*engine.Fault](err); ok {
		return r.faultError(fault)
	}
	if engine.IsMemory(err) {
		return r.error(abi.CodeMemoryLimit, &LimitError{Code: abi.CodeMemoryLimit, Phase: "new instance", Message: err.Error()})
	}
	return r.error(abi.CodeHostError, fmt.Errorf("host: new instance: %w", err))
}

// report tells the observers how the attempt went.
func (r *run) report(fuel uint64, start time.Time, entries []LogEntry, err *futures.RunError) {
	observers := [...]func(Report){r.options.report, r.host.config.Report}
	for _, observe := range observers {
		if observe == nil {
			continue
		}
		rep := Report{
			ID: r.promise.Any().ID(), Task: r.task, Attempt: r.attempts, State: futures.Completed,
			Fuel: fuel, Duration: time.Since(start), Logs: entries,
		}
		if r.options.memo != nil {
			rep.NotMemoized = r.impure()
		}
		if err != nil {
			rep.State, rep.Code = err.State, err.Code
		}
		tell(observe, rep)
	}
}

// tell calls an observer and drops its panic, as that of OnState is.
func tell(observe func(Report), rep Report) {
	defer func() { _ = recover() }()
	observe(rep)
}

// fail settles a run that did not get as far as an attempt.
func (r *run) fail(code abi.Code, err error) { r.settle(nil, r.error(code, err)) }

// settle makes the future terminal and takes the run off the books. The first
// call counts.
func (r *run) settle(value abi.Raw, err *futures.RunError) {
	if !r.close() {
		return
	}
	if r.parent != nil {
		value, err = r.keep(value, err)
	}
	if err != nil {
		r.promise.Fail(err)
	} else {
		r.promise.CompleteRaw(value)
	}
}

// close takes the run off the books, once.
func (r *run) close() bool {
	r.mu.Lock()
	if r.settled {
		r.mu.Unlock()
		return false
	}
	r.settled = true
	if r.lined && r.phase != phaseRunning { // it stays in line for a while
		r.args, r.encoded = nil, nil
	}
	r.phase = phaseDone
	r.attempt = nil
	undo, claim, turn := r.undo, r.claim, r.turn
	r.undo, r.claim, r.turn = nil, nil, false
	r.mu.Unlock()
	if claim != nil {
		claim.Release()
	}
	if turn {
		r.module.actor.leave()
	}
	for _, f := range undo {
		f()
	}
	r.host.scheduler.forget(r)
	r.module.release()
	return true
}

// Seed makes the guest's randomness a function of module, task and arguments.
func (r *run) Seed(charge func(n uint64) error) ([32]byte, error) {
	return wasi.Seed(r.module.digest, r.task, r.args, charge)
}
