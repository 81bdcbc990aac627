package futures

import (
	"context"
	"errors"
	"slices"
)

// veiled is an error that is everything it was, except the error of a wait:
// context.DeadlineExceeded, ErrWaitTimeout, a *WaitError.
type veiled struct{ err error }

func (v veiled) Error() string { return v.err.Error() }

func (v veiled) Is(target error) bool {
	return target != context.DeadlineExceeded && target != ErrWaitTimeout && errors.Is(v.err, target)
}

func (v veiled) As(target any) bool {
	if _, wait := target.(**WaitError); wait {
		return false
	}
	return errors.As(v.err, target)
}

// ofWait reports whether errors.Is or errors.As would take err for the end of a
// wait. It does not look into the errors of runs, which are veiled themselves,
// so that its cost does not depend on how many dependants came before.
func ofWait(err error) bool {
	for {
		switch err.(type) {
		case nil, *RunError, veiled:
			return false
		case *WaitError:
			return true
		}
		if err == context.DeadlineExceeded || err == ErrWaitTimeout {
			return true
		}
		if x, ok := err.(interface{ Is(error) bool }); ok && x.Is(context.DeadlineExceeded) {
			return true
		}
		switch x := err.(type) {
		case interface{ Unwrap() error }:
			err = x.Unwrap()
		case interface{ Unwrap() []error }:
			return slices.ContainsFunc(x.Unwrap(), ofWait)
		default:
			return false
		}
	}
}
