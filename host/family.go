package host

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/host/internal/engine"
)

// family is what one run may refer to: the futures that it was given
// unresolved, and the sub-tasks that it has submitted. No other id counts, so a
// guest cannot reach a run by making up bytes.
type family struct {
	run *run

	// What all generations share; nil when there can be no sub-tasks.
	ledger *engine.Ledger
	upkeep *upkeep

	mu       sync.Mutex
	known    map[abi.ID]futures.Any // guarded by mu
	children []futures.Any          // guarded by mu
	kept     int                    // guarded by mu; the upkeep of children that are done
	over     bool                   // guarded by mu; the attempt has ended
}

func newFamily(r *run) *family {
	f := &family{run: r, known: make(map[abi.ID]futures.Any)}
	if r.parent != nil {
		f.ledger, f.upkeep = r.parent.ledger, r.parent.upkeep
	} else if r.module.grants.submits() {
		f.ledger, f.upkeep = engine.NewLedger(r.limits.Fuel), newUpkeep(r.limits)
	}
	for ref, err := range abi.Futures(r.args) {
		if err != nil {
			break
		}
		if future, ok := r.encoded.Find(ref.ID); ok {
			f.known[ref.ID] = future
		}
	}
	return f
}

// serve answers the functions that begin with "task.".
func (f *family) serve(ctx context.Context, function string, args abi.Raw) (abi.Raw, error) {
	if !f.run.module.grants.submits() {
		return nil, notGranted(function)
	}
	if function == abi.FuncSubmit {
		return f.submit(args)
	}
	id, err := reference(args)
	if err != nil {
		return nil, err
	}
	future, ok := f.lookup(id)
	if !ok {
		return nil, unknownFuture()
	}
	if function == abi.FuncCancel {
		future.Cancel(fmt.Errorf("host: cancelled by its parent %s", f.run.promise.Any().ID()))
		return nil, nil
	}
	return f.await(ctx, future)
}

// reference reads an argument that must be a future and nothing else.
func reference(args abi.Raw) (abi.ID, error) {
	for ref, err := range abi.Futures(args) {
		if err == nil && ref.Offset == 0 && ref.End == len(args) {
			return ref.ID, nil
		}
		break
	}
	return abi.ID{}, &GuestError{Code: string(abi.BoundaryBadArgs), Message: "want a future and nothing else"}
}

func (f *family) lookup(id abi.ID) (futures.Any, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	future, ok := f.known[id]
	return future, ok
}

// submit starts a sub-task. It shares the rest of the parent's deadline and
// fuel, and has at most its limits, its module's own limits and its grants.
func (f *family) submit(args abi.Raw) (abi.Raw, error) {
	var request struct {
		Name *string `cbor:"task"`
		Args abi.Raw `cbor:"args"`
	}
	err := codec.Decode(args, &request)
	if err == nil && request.Name == nil {
		err = errors.New(`want {"task": a text, "args": anything}`)
	}
	if err != nil {
		return nil, &GuestError{Code: string(abi.BoundaryBadArgs), Message: err.Error()}
	}
	task := *request.Name
	lookup := futures.Resolver{Lookup: f.lookup}
	encoded, err := lookup.Encode(request.Args)
	if err != nil {
		return nil, unresolvedArgs(err)
	}
	parent := f.run
	module, delegated := parent.module.grants.Delegates[task]
	if !delegated {
		if module = parent.module; !module.grants.Tasks {
			return nil, notGranted(abi.FuncSubmit + " of " + task)
		}
	}
	r := &run{
		host: parent.host, module: module, task: task, ctx: parent.ctx,
		options:  &taskOptions{limits: parent.limits.within(module.limits)},
		parent:   f,
		deadline: parent.attemptEnd,
		encoded:  encoded,
	}
	p := futures.NewPromise(futures.Spec[abi.Raw]{Task: task, OnCancel: r.cancel, Hooks: r.hooks()})
	r.promise = p
	id := abi.ID(p.Future().ID())
	f.mu.Lock()
	f.known[id] = p.Future()
	f.children = append(f.children, p.Future())
	f.mu.Unlock()
	if r.prepare() {
		f.enqueue(r)
	}
	return abi.AppendFuture(nil, id), nil
}

// enqueue hands a sub-task to the scheduler.
func (f *family) enqueue(r *run) {
	deps := r.encoded.Futures()
	if err := r.charge(costPending + len(r.encoded.Raw()) + costRef*len(deps)); err != nil {
		r.settle(nil, err)
		return
	}
	r.enqueue(deps)
}

// wait waits for a future, and gives the slot away meanwhile. The error is that
// of ctx, which ends with the run.
func (f *family) wait(ctx context.Context, future futures.Any) error {
	if future.State().Terminal() {
		return nil
	}
	f.run.host.scheduler.yield()
	_, err := future.Wait(ctx)
	f.run.host.scheduler.reclaim(ctx)
	return err
}

// result is that of a future that is done. The futures that it stands for, when
// it was a Go value of the embedder's, are known from then on.
func (f *family) result(future futures.Any) (abi.Raw, error) {
	raw, err := future.Raw(context.Background())
	if err != nil || !abi.MayHaveFutures(raw) {
		return raw, err
	}
	v, err := future.Value(context.Background())
	if err != nil {
		return raw, nil
	}
	nested, err := futures.Collect(v)
	if err != nil {
		return raw, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, n := range nested {
		f.known[abi.ID(n.Future.ID())] = n.Future
	}
	return raw, nil
}

// await waits for a run without holding the slot.
func (f *family) await(ctx context.Context, future futures.Any) (abi.Raw, error) {
	if err := f.wait(ctx, future); err != nil {
		return nil, err
	}
	raw, err := f.result(future)
	if err != nil {
		return nil, &childError{future: future, err: err}
	}
	return raw, nil
}

// childError tells a guest how its sub-task failed.
type childError struct {
	future futures.Any
	err    error
}

func (e *childError) Error() string { return e.err.Error() }

// guest makes what the guest sees: its own code and data when the sub-task
// returned an error, else the code of the run; and the state of the run.
func (e *childError) guest() *GuestError {
	g := GuestError{Code: string(abi.CodeHostError), Message: e.err.Error()}
	if run, ok := errors.AsType[*futures.RunError](e.err); ok {
		g.Code = string(run.Code)
		// Beneath an upstream failure lies the error of another run.
		if own, ok := errors.AsType[*GuestError](run.Err); ok && run.Code == abi.CodeGuest {
			g = *own
		}
	}
	g.State = e.future.State().String()
	return &g
}

// abandon cancels the sub-tasks that are not done when the run is: those that
// it has neither awaited nor returned.
func (f *family) abandon() {
	f.mu.Lock()
	children := f.children
	if !f.over && f.upkeep != nil {
		f.upkeep.give(f.kept)
	}
	f.over = true
	f.mu.Unlock()
	cause := fmt.Errorf("host: its parent %s has ended", f.run.promise.Any().ID())
	for _, c := range children {
		c.Cancel(cause)
	}
}

// resolve puts results in the place of the futures in a value, and waits for
// them without holding the slot. ctx ends with the run.
func (f *family) resolve(ctx context.Context, value abi.Raw) (abi.Raw, error) {
	return futures.Splice(value, func(id abi.ID) (abi.Raw, error) {
		future, ok := f.lookup(id)
		if !ok {
			return nil, unknownFuture()
		}
		if err := f.wait(ctx, future); err != nil {
			return nil, err
		}
		return f.result(future)
	}, futures.Limits{Bytes: f.run.limits.Result})
}

// resolveResult replaces the futures in a result. Only those count that the run
// was given or has submitted itself.
func (r *run) resolveResult(attempt *engine.Run, value abi.Raw) (abi.Raw, *futures.RunError) {
	f := r.family
	if f == nil {
		f = newFamily(r)
	}
	resolved, err := f.resolve(attempt.Context(), value)
	if err == nil {
		return resolved, nil
	}
	if attempt.Context().Err() != nil {
		return nil, r.ended(attempt)
	}
	e := r.unresolved(err)
	switch {
	case e.Code == abi.CodeUpstream:
	case errors.Is(err, futures.ErrTooLarge):
		e.Code, e.Err = abi.CodeOutputLimit, &LimitError{Code: abi.CodeOutputLimit, Phase: string(engine.PhaseCall), Message: err.Error()}
	default:
		e.Code, e.Err = abi.CodeBadResult, &Trap{Code: abi.CodeBadResult, Phase: string(engine.PhaseCall), Message: err.Error()}
	}
	e.State = futures.StateOf(e.Code)
	return nil, e
}
