package futures

import (
	"context"
	"errors"
)

// Gather waits for all the futures and returns their results in the order
// given, the same one wherever a future is repeated.
//
// It fails fast: the first failure, in time, is returned while others may be
// running, and they go on; among futures done at the call the first in the list
// is the first. The end of ctx is a *[WaitError].
func Gather[T any](ctx context.Context, fs ...*Future[T]) ([]T, error) {
	once, cores := distinct(fs)
	a := listen(cores)
	defer a.leave()
	for n := range once {
		i, ok := a.next(ctx, n)
		if !ok {
			return nil, newWaitError(ctx, len(once)-n, len(once))
		}
		if _, err := once[i].Result(ctx); err != nil {
			return nil, err
		}
	}
	vs := make([]T, len(fs))
	for i, f := range fs {
		v, err := f.Result(ctx)
		if err != nil {
			return nil, err
		}
		vs[i] = v
	}
	return vs, nil
}

// GatherOrCancel is Gather, except that when it returns an error it has asked
// all futures that are not done to end, with that error as the cause.
func GatherOrCancel[T any](ctx context.Context, fs ...*Future[T]) ([]T, error) {
	vs, err := Gather(ctx, fs...)
	if err != nil {
		for _, f := range fs {
			f.Cancel(err)
		}
	}
	return vs, err
}

// GatherAll waits for all the futures whatever becomes of them, and returns
// their results in the order given, zero where there is none. The error joins
// the failures in that order, each once; if ctx ended first, the last is a
// *[WaitError], and the results that were there are returned all the same.
func GatherAll[T any](ctx context.Context, fs ...*Future[T]) ([]T, error) {
	outs, wait := Outcomes(ctx, fs...)
	vs := make([]T, len(fs))
	var errs []error
	seen := make(map[error]bool)
	for i, out := range outs {
		vs[i] = out.Value
		if out.Err != nil && !seen[out.Err] {
			seen[out.Err] = true
			errs = append(errs, out.Err)
		}
	}
	return vs, errors.Join(append(errs, wait)...)
}

// Outcomes waits for all the futures and returns how each ended, in the order
// given. If ctx ended first, the error is a *[WaitError], and the outcomes of
// futures not done show their state at that time and nothing else.
func Outcomes[T any](ctx context.Context, fs ...*Future[T]) ([]Outcome[T], error) {
	done, pending := WaitAll(ctx, fs...)
	outs := make([]Outcome[T], len(fs))
	for i, f := range fs {
		// The wait is over, so it must not be bounded once more.
		s := f.State()
		if !s.Terminal() {
			outs[i] = Outcome[T]{ID: f.id, Task: f.task, State: s}
			continue
		}
		outs[i], _ = f.Outcome(ctx)
	}
	if len(pending) > 0 {
		return outs, newWaitError(ctx, len(pending), len(done)+len(pending))
	}
	return outs, nil
}
