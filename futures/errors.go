package futures

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/pledge-wasm/pledge/abi"
)

// What a [RunError] can be told apart by, with errors.Is. They look through
// chains of dependants: the error of a run that failed because an upstream
// crashed is ErrFailed, ErrUpstream and ErrCrashed.
var (
	ErrFailed     = errors.New("failed")
	ErrCrashed    = errors.New("crashed")
	ErrCancelled  = errors.New("cancelled")
	ErrRunTimeout = errors.New("run timed out")
	ErrUpstream   = errors.New("upstream did not complete")
)

// RunError says why a run did not complete. It is data about the run, the same
// for every reader, and must not be modified once handed to a promise.
//
// A RunError never is context.DeadlineExceeded, even if the cause in Err was:
// that one is kept for the waiter's own time-out, see [WaitError].
type RunError struct {
	ID      uuid.UUID // the run
	Task    string    // its task's name
	Attempt int       // the attempt that failed last, from 1; 0: it never started
	State   State     // Failed, Crashed, TimedOut or Cancelled
	Code    abi.Code  // why, in one word
	Path    Path      // where in the arguments or the result the trouble is, where that can be said
	Err     error     // the cause; may be nil
}

// Error names the task, the run, the state, the code and the causes.
func (e *RunError) Error() string { return "futures: " + e.text() }

func (e *RunError) text() string {
	var b strings.Builder
	name := e.Task
	if name == "" {
		name = "run"
	}
	how := strings.ToLower(e.State.String())
	if e.State == TimedOut {
		how = "timed out"
	}
	fmt.Fprintf(&b, "%s %s %s", name, e.ID, how)
	var notes []string
	if e.Code != "" && string(e.Code) != how {
		notes = append(notes, string(e.Code))
	}
	if e.Path != nil {
		notes = append(notes, "at "+e.Path.String())
	}
	if e.Attempt > 1 {
		notes = append(notes, fmt.Sprintf("attempt %d", e.Attempt))
	}
	if notes != nil {
		fmt.Fprintf(&b, " (%s)", strings.Join(notes, ", "))
	}
	var inner *RunError
	switch {
	case e.Err == nil, e.Err == ErrCancelled:
	case errors.As(e.Err, &inner) && e.Err == error(inner):
		b.WriteString(": " + inner.text())
	default:
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Is matches the sentinels ErrFailed, ErrCrashed, ErrCancelled, ErrRunTimeout
// and ErrUpstream.
func (e *RunError) Is(target error) bool {
	switch target {
	case ErrFailed:
		return e.State == Failed
	case ErrCrashed:
		return e.State == Crashed
	case ErrCancelled:
		return e.State == Cancelled
	case ErrRunTimeout:
		return e.State == TimedOut
	case ErrUpstream:
		return e.Code == abi.CodeUpstream
	}
	return false
}

// Unwrap returns the cause: Err, veiled so that it is not taken for the
// waiter's time-out.
func (e *RunError) Unwrap() error {
	if e.Err != nil && errors.Is(e.Err, context.DeadlineExceeded) {
		return veiled{e.Err}
	}
	return e.Err
}

// Root follows the chain of dependants to the run that failed first, which is
// e itself unless e is the victim of an upstream.
func (e *RunError) Root() *RunError {
	for {
		var next *RunError
		if e.Err == nil || !errors.As(e.Err, &next) {
			return e
		}
		e = next
	}
}

// veiled is an error that is everything it was, except that it is no longer
// context.DeadlineExceeded.
type veiled struct{ err error }

func (v veiled) Error() string { return v.err.Error() }

func (v veiled) Is(target error) bool {
	return target != context.DeadlineExceeded && errors.Is(v.err, target)
}

func (v veiled) As(target any) bool { return errors.As(v.err, target) }

// PanicError is a panic of a Go function that this package called, contained
// and turned into an error.
type PanicError struct {
	Where string // what was being called, such as "OnDone observer"
	Value any    // what was passed to panic
	Stack []byte // the stack at the panic
}

// Error shows the value, not the stack.
func (e *PanicError) Error() string {
	return fmt.Sprintf("futures: panic in %s: %v", e.Where, e.Value)
}

// Unwrap returns the value passed to panic if that was an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
