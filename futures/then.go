package futures

import (
	"context"

	"github.com/pledge-wasm/pledge/abi"
)

// Then returns a future over what next makes of f's result. next runs in its
// own goroutine once f has completed; until then no goroutine is kept. If f
// does not complete, or its result cannot be read, next is not called and the
// new future is Failed with code upstream, its error wrapping f's.
//
// Cancelling the new future keeps next from running, or ends the context that
// it got; f is left alone.
func Then[T, U any](f *Future[T], next func(context.Context, T) (U, error)) *Future[U] {
	ctx, cancel := context.WithCancelCause(context.Background())
	var p *Promise[U]
	var stop func() bool
	p = NewPromise(Spec[U]{Task: f.task, Hooks: panicHook(f.hooks), OnCancel: func(cause error) {
		cancel(cause)
		if stop() { // set by the time that anybody has the future
			p.Fail(&RunError{State: Cancelled, Code: abi.CodeCancelled, Err: cause})
		}
	}})
	stop = f.OnDone(func() {
		defer cancel(nil)
		if cause := p.CancelCause(); cause != nil {
			p.Fail(&RunError{State: Cancelled, Code: abi.CodeCancelled, Err: cause})
			return
		}
		v, err := f.Result(ctx)
		if err != nil {
			p.Fail(&RunError{State: Failed, Code: abi.CodeUpstream, Err: err})
			return
		}
		run(ctx, p, func(ctx context.Context) (U, error) { return next(ctx, v) })
	})
	return p.Future()
}

// panicHook returns those of the hooks that a derived future inherits.
func panicHook(h *Hooks) *Hooks {
	if h == nil || h.Panic == nil {
		return nil
	}
	return &Hooks{Panic: h.Panic}
}
