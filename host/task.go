package host

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime/debug"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/futures/slots"
)

// Task is a task of a module, bound to Go types: I is encoded as its arguments,
// O decoded from its result. It is a value, to be copied freely and used by
// many goroutines.
//
// I and O are what package codec can encode: numbers, strings, slices, maps,
// structs and so on. Use [abi.Raw] for either to do without.
type Task[I, O any] struct {
	module  *Module
	name    string
	decode  func(abi.Raw) (O, error) // made once: a generic function is a closure
	options *taskOptions             // does not change
}

// Bind names a task of a module and its Go types. Nothing is called: whether
// the module has the task shows when it is submitted.
func Bind[I, O any](m *Module, task string, opts ...TaskOption) Task[I, O] {
	t := Task[I, O]{module: m, name: task, decode: decode[O], options: new(taskOptions)}
	for _, o := range opts {
		o(t.options)
	}
	return t
}

// Name is the task's name in the module.
func (t Task[I, O]) Name() string { return t.name }

// Submit hands the task and its arguments to the host and returns at once. The
// arguments are encoded before it returns, so later changes to them are not
// seen. Futures in them, at any depth, are dependencies: the task starts when
// they are completed, and gets their results in their place. Nothing but
// [TotalTimeout] bounds how long that takes: a promise of the embedder's that
// nobody settles, or that is completed with a future that waits for it, makes the
// run wait until it is cancelled.
//
// Whatever goes wrong is an outcome of the future; Submit itself never fails.
// When ctx ends before the run does, the run is cancelled with the cause of
// that; granted functions see its values. Give context.WithoutCancel(ctx) to
// let a run outlive it.
func (t Task[I, O]) Submit(ctx context.Context, args I, opts ...TaskOption) *futures.Future[O] {
	r := &run{host: t.module.host, module: t.module, task: t.name, options: t.options, ctx: ctx}
	if len(opts) > 0 {
		options := *t.options
		for _, o := range opts {
			o(&options)
		}
		r.options = &options
	}
	in := any(args)
	p := futures.NewPromise(futures.Spec[O]{Task: r.label(in), Decode: t.decode, OnCancel: r.cancel, Hooks: r.hooks()})
	r.promise = p
	if r.prepare() {
		r.submit(in)
	}
	return p.Future()
}

// decode makes a Go value of a result, which was checked when it arrived.
func decode[O any](raw abi.Raw) (v O, err error) {
	if same, ok := any(&v).(*abi.Raw); ok {
		*same = raw
		return v, nil
	}
	return v, codec.Decode(raw, &v)
}

// label is the name of the run that people see.
func (r *run) label(args any) string {
	if r.options.name != nil {
		if name := named(r.options.name, args); name != "" {
			return name
		}
	}
	return r.task
}

// named is the name that a function of the embedder makes, empty when it panics.
func named(name func(any) string, args any) string {
	var panicked error
	defer contain("function of NamedBy", &panicked)
	return name(args)
}

// contain makes an error of a panic in code of the embedder. It is deferred.
func contain(where string, err *error) {
	if v := recover(); v != nil {
		*err = &futures.PanicError{Where: where, Value: v, Stack: debug.Stack()}
	}
}

// hooks are what the changes of the run's state are told.
func (r *run) hooks() *futures.Hooks {
	own, all := r.options.state, r.host.config.OnState
	if own == nil {
		return r.host.hooks
	}
	return &futures.Hooks{State: func(f futures.Any, e futures.Event) {
		defer own(f, e) // it is told even when the other panics
		if all != nil {
			all(f, e)
		}
	}}
}

// ErrModuleClosed is the cause of runs that were submitted to a closed module.
var ErrModuleClosed = errors.New("host: module closed")

// prepare checks what can be told before the arguments are looked at. On false
// the run is settled.
func (r *run) prepare() bool {
	m := r.module
	if err := m.acquire(); err != nil {
		r.promise.Fail(r.error(abi.CodeHostError, err))
		return false
	}
	r.limits = r.options.limits.or(m.limits)
	r.limits.Memory = min(r.limits.Memory, m.limits.Memory)
	if err := r.limits.validate(); err != nil {
		r.fail(abi.CodeHostError, err)
		return false
	}
	if err := r.plan(); err != nil {
		r.fail(abi.CodeHostError, err)
		return false
	}
	if !m.has(r.task) {
		r.fail(abi.CodeUnknownTask, &UnknownTaskError{Task: r.task, Known: m.taskNames()})
		return false
	}
	return true
}

// submit encodes the arguments and hands the run to the scheduler.
func (r *run) submit(args any) {
	encoded, err := encode(args)
	if err != nil {
		r.settle(nil, r.unresolved(fmt.Errorf("host: arguments of %s: %w", r.task, err)))
		return
	}
	r.encoded = encoded
	r.enqueue(encoded.Futures())
}

// encode is futures.Encode, which calls methods of the embedder's types.
func encode(v any) (_ *futures.Args, err error) {
	defer contain("encoding", &err)
	return futures.Encode(v)
}

// enqueue takes the run in and lets it start when its dependencies are done.
func (r *run) enqueue(deps []futures.Any) {
	if err := r.host.scheduler.accept(r); err != nil {
		r.fail(abi.CodeHostError, err)
		return
	}
	if !r.watch() {
		return
	}
	deps = append(deps[:len(deps):len(deps)], r.options.after...)
	if len(deps) == 0 {
		r.ready()
		return
	}
	stop := futures.AfterAll(deps, r.ready)
	r.onSettle(func() { stop() })
}

// ready puts the results into the arguments and gets in line for a slot.
func (r *run) ready() {
	if err := r.resolve(); err != nil {
		r.settle(nil, err)
		return
	}
	r.memoize()
}

// proceed waits for the run's turn: of its module, if that keeps state, then of
// its tags, and then for a slot.
func (r *run) proceed() {
	r.mu.Lock()
	r.lined = true
	r.mu.Unlock()
	if a := r.module.actor; a != nil {
		a.enter(r)
		return
	}
	r.start()
}

// takeTurn gives the run the turn of its stateful module, unless it is settled.
// The turn ends when the run has been executed, or is settled before.
func (r *run) takeTurn() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turn = !r.settled
	return r.turn
}

// start gets in line for the tags and then for a slot.
func (r *run) start() {
	if len(r.options.tags) == 0 {
		r.host.scheduler.start(r)
		return
	}
	// The claim is noted by whoever comes first: this goroutine, or the one that
	// grants it, after which the run may be over before this one goes on.
	noted := false // guarded by r.mu
	note := func(c *slots.Claim) {
		r.mu.Lock()
		first, settled := !noted, r.settled
		noted = true
		if first && !settled {
			r.claim = c
		}
		r.mu.Unlock()
		if first && settled {
			c.Release()
		}
	}
	claim, err := r.host.tags.Claim(func(c *slots.Claim) {
		note(c)
		r.host.scheduler.start(r)
	}, r.options.tags...)
	if err != nil {
		r.fail(abi.CodeHostError, fmt.Errorf("host: tags of %s: %w", r.task, err))
		return
	}
	note(claim)
}

// resolve replaces the futures in the arguments by their results.
func (r *run) resolve() *futures.RunError {
	for _, f := range r.options.after {
		if err := f.Err(); err != nil {
			return r.unresolved(err)
		}
	}
	// The futures among the arguments are done; those that their results
	// refer to may not be.
	ctx, depends := context.Background(), len(r.encoded.Futures()) > 0
	if depends {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		defer cancel()
		r.onSettle(cancel)
	}
	args, err := r.encoded.Resolve(ctx, futures.Limits{Bytes: int(min(r.limits.Memory, math.MaxInt32))})
	if err != nil {
		e := r.unresolved(err)
		if errors.Is(err, futures.ErrTooLarge) && e.Code != abi.CodeUpstream {
			e.Code, e.Err = abi.CodeMemoryLimit, &LimitError{Code: abi.CodeMemoryLimit, Phase: "arguments", Message: err.Error()}
		}
		return e
	}
	r.args = args
	if depends { // they are not the bytes that were charged already
		return r.charge(len(args))
	}
	return nil
}

// unresolved makes the error of a run whose arguments or result could not be
// resolved: code upstream where another run is the reason.
func (r *run) unresolved(err error) *futures.RunError {
	e := r.error(abi.CodeHostError, err)
	if resolve, ok := errors.AsType[*futures.ResolveError](err); ok {
		e.Path = resolve.Path
	}
	if _, ok := errors.AsType[*futures.RunError](err); ok {
		e.Code, e.State = abi.CodeUpstream, futures.StateOf(abi.CodeUpstream)
	}
	return e
}
