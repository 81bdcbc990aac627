package futures

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
)

// ErrWaitTimeout is what a [WaitError] is, for errors.Is, when the waiter's
// context ran into its deadline. Such an error also is
// context.DeadlineExceeded; a run's own time-out is neither, see
// [ErrRunTimeout].
var ErrWaitTimeout = errors.New("wait timed out")

// WaitError says that the waiter's context ended before the future did. It is
// about the wait, not the run, which goes on.
type WaitError struct {
	ID    uuid.UUID // the run waited for; zero if there were several
	Task  string    // its task's name
	State State     // what it was in when the wait ended

	Unfinished int // futures that were not done
	Total      int // futures waited for

	Err   error // the context's Err
	Cause error // the context's Cause
}

func newWaitError(ctx context.Context, unfinished, total int) *WaitError {
	return &WaitError{Unfinished: unfinished, Total: total, Err: ctx.Err(), Cause: context.Cause(ctx)}
}

// Error names what was waited for and why the wait ended.
func (e *WaitError) Error() string {
	if e.ID == uuid.Nil {
		return fmt.Sprintf("futures: %d of %d futures unfinished when the wait ended: %v; the runs go on", e.Unfinished, e.Total, e.Cause)
	}
	name := e.Task
	if name == "" {
		name = "run"
	}
	return fmt.Sprintf("futures: wait for %s %s (%s) ended: %v; the run goes on", name, e.ID, e.State, e.Cause)
}

// Is matches ErrWaitTimeout if it was a deadline that ended the wait.
func (e *WaitError) Is(target error) bool {
	return target == ErrWaitTimeout && errors.Is(e.Err, context.DeadlineExceeded)
}

// Unwrap returns the context's error and cause.
func (e *WaitError) Unwrap() []error {
	if e.Cause == nil || e.Cause == e.Err {
		return []error{e.Err}
	}
	return []error{e.Err, e.Cause}
}
