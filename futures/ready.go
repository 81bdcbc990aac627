package futures

import (
	"context"
	"errors"

	"github.com/pledge-wasm/pledge/abi"
)

// Ready returns a future that is Completed with v.
func Ready[T any](v T) *Future[T] {
	p := NewPromise(Spec[T]{})
	p.Complete(v)
	return p.Future()
}

// Broken returns a future that ended without a result: with err itself if that
// is a *[RunError], and otherwise Failed because of err.
func Broken[T any](err error) *Future[T] {
	p := NewPromise(Spec[T]{})
	p.Fail(asRunError(err))
	return p.Future()
}

// Go runs f in its own goroutine and returns a future over what it returns, so
// that Go code takes part where tasks do. Cancelling the future, and the end of
// ctx, end the context that f gets. An error of f makes the future Failed, or
// Cancelled or TimedOut where that is why f gave up; a panic makes it Crashed.
func Go[T any](ctx context.Context, task string, f func(context.Context) (T, error)) *Future[T] {
	ctx, cancel := context.WithCancelCause(ctx)
	p := NewPromise(Spec[T]{Task: task, OnCancel: cancel})
	go func() {
		defer cancel(nil)
		run(ctx, p, f)
	}()
	return p.Future()
}

// errExited is why a future crashed whose function left its goroutine.
var errExited = errors.New("the goroutine was ended by runtime.Goexit")

// run lets f settle p.
func run[T any](ctx context.Context, p *Promise[T], f func(context.Context) (T, error)) {
	p.Start()
	defer p.Fail(&RunError{State: Crashed, Code: abi.CodeHostError, Err: errExited})
	var v T
	var err error
	panicked := guard(p.body.task, func() error {
		v, err = f(ctx)
		return nil
	})
	switch {
	case panicked != nil:
		p.Fail(&RunError{State: Crashed, Code: abi.CodeHostError, Err: panicked})
	case err == nil:
		p.Complete(v)
	case p.CancelCause() != nil:
		p.Fail(&RunError{State: Cancelled, Code: abi.CodeCancelled, Err: p.CancelCause()})
	case ctx.Err() == context.DeadlineExceeded && errors.Is(err, context.DeadlineExceeded):
		p.Fail(&RunError{State: TimedOut, Code: abi.CodeDeadline, Err: err})
	case ctx.Err() == context.Canceled && (errors.Is(err, context.Canceled) || errors.Is(err, context.Cause(ctx))):
		p.Fail(&RunError{State: Cancelled, Code: abi.CodeCancelled, Err: err})
	default:
		p.Fail(&RunError{State: Failed, Code: abi.CodeGuest, Err: err})
	}
}

// asRunError returns err if it is a *RunError itself, and otherwise wraps it as
// an error that a task returned.
func asRunError(err error) *RunError {
	if e, ok := err.(*RunError); ok {
		return e
	}
	return &RunError{State: Failed, Code: abi.CodeGuest, Err: err}
}
