package retry

import (
	"context"
	"errors"
	"time"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures"
)

// Go is futures.Go with retries: f is called again, with the number of the
// attempt from 1, as long as it fails and the policy says so. The future is
// Retrying during pauses, which the end of ctx and cancelling it cut short.
// A policy that is not valid makes a future that has crashed.
func Go[T any](ctx context.Context, p Policy, task string, f func(ctx context.Context, attempt int) (T, error)) *futures.Future[T] {
	ctx, cancel := context.WithCancelCause(ctx)
	promise := futures.NewPromise(futures.Spec[T]{Task: task, OnCancel: cancel})
	if err := p.Validate(); err != nil {
		cancel(nil)
		promise.Fail(&futures.RunError{State: futures.Crashed, Code: abi.CodeHostError, Err: err})
		return promise.Future()
	}
	go func() {
		defer cancel(nil)
		attempts(ctx, p.Begin(), promise, f)
	}()
	return promise.Future()
}

func attempts[T any](ctx context.Context, s *Schedule, promise *futures.Promise[T], f func(context.Context, int) (T, error)) {
	for attempt := 1; ; attempt++ {
		promise.Start()
		one := futures.Go(ctx, promise.Future().Task(), func(ctx context.Context) (T, error) { return f(ctx, attempt) })
		<-one.Done()
		v, err := one.Result(ctx)
		if err == nil {
			promise.Complete(v)
			return
		}
		var run *futures.RunError
		errors.As(err, &run)
		pause, again := time.Duration(0), false
		if ctx.Err() == nil {
			pause, again = s.Next(run)
		}
		if !again {
			promise.Fail(asEnded(promise.CancelCause(), run))
			return
		}
		promise.Retry(run)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			promise.Fail(asEnded(context.Cause(ctx), run))
			return
		}
	}
}

// asEnded returns with what the run fails: cancelled if there is a cause for
// that, or else what the last attempt failed of.
func asEnded(cause error, last *futures.RunError) *futures.RunError {
	switch {
	case cause == nil:
		e := *last
		e.Attempt = 0 // to be filled in
		return &e
	case errors.Is(cause, context.DeadlineExceeded):
		return &futures.RunError{State: futures.TimedOut, Code: abi.CodeDeadline, Err: cause}
	}
	return &futures.RunError{State: futures.Cancelled, Code: abi.CodeCancelled, Err: cause}
}
