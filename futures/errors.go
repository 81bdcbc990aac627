package futures

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

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
// A RunError never is context.DeadlineExceeded, [ErrWaitTimeout] or a
// [WaitError], even if the cause in Err was: those are kept for the wait of
// whoever reads it.
type RunError struct {
	ID      uuid.UUID // the run
	Task    string    // its task's name
	Attempt int       // the attempt that failed last, from 1; 0: it never started
	State   State     // Failed, Crashed, TimedOut or Cancelled
	Code    abi.Code  // why, in one word
	Path    Path      // where in the arguments or the result the trouble is, where that can be said
	Err     error     // the cause; may be nil
}

// Error names the task, the run, the state, the code and the causes. Of a long
// chain of dependants it names the last ones and the run that failed first; of a
// text of more than 4 KiB the middle is left out.
func (e *RunError) Error() string { return "futures: " + e.text() }

// named is how many runs of a chain of dependants a text names one by one; of
// longer chains it skips what lies before the run that failed first.
const named = 8

func (e *RunError) text() string {
	var b strings.Builder
	for n := 1; ; n++ {
		e.describe(&b)
		next, via := e.upstream()
		if next == nil {
			if e.Err != nil && e.Err != ErrCancelled {
				b.WriteString(": " + brief(e.Err.Error()))
			}
			return b.String()
		}
		b.WriteString(": " + via)
		if n >= named {
			if first, skipped := next.first(); skipped > 0 {
				fmt.Fprintf(&b, "%d more: ", skipped)
				next = first
			}
		}
		e = next
	}
}

// brief leaves out the middle of a long text, such as a guest may have written,
// or as comes of wrapping every error of a chain.
func brief(text string) string {
	const half = 2048
	if len(text) <= 2*half {
		return text
	}
	tail := len(text) - half
	for tail < len(text) && !utf8.RuneStart(text[tail]) {
		tail++
	}
	return cut(text, half) + text[tail:]
}

// describe writes the run and how it ended, without the cause.
func (e *RunError) describe(b *strings.Builder) {
	name := e.Task
	if name == "" {
		name = "run"
	}
	how := strings.ToLower(e.State.String())
	if e.State == TimedOut {
		how = "timed out"
	}
	fmt.Fprintf(b, "%s %s %s", name, e.ID, how)
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
		fmt.Fprintf(b, " (%s)", strings.Join(notes, ", "))
	}
}

// upstream returns the run whose failure is the cause itself, nil if that is
// something else, and what stands between the two in a text.
func (e *RunError) upstream() (run *RunError, via string) {
	switch err := e.Err.(type) {
	case *RunError:
		return err, ""
	case *ResolveError:
		if run, ok := err.Err.(*RunError); ok {
			return run, err.where()
		}
	}
	return nil, ""
}

// first follows upstream to its end, and says how many runs come before that.
func (e *RunError) first() (run *RunError, before int) {
	for {
		next, _ := e.upstream()
		if next == nil {
			return e, before
		}
		e = next
		before++
	}
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

// Unwrap returns the cause: Err, veiled so that it is not taken for the error of
// a wait.
func (e *RunError) Unwrap() error {
	if ofWait(e.Err) {
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
