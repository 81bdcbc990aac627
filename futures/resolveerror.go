package futures

import (
	"errors"

	"github.com/google/uuid"

	"github.com/pledge-wasm/pledge/abi"
)

// What a [ResolveError] can be told apart by, with errors.Is, when it is not
// the failure of a run.
var (
	// ErrUnknownFuture: a reference to a run that is not known here.
	ErrUnknownFuture = errors.New("no such future is known here")
	// ErrCycle: a value or a future contains itself.
	ErrCycle = errors.New("it contains itself")
	// ErrDepth: more nested than [Limits] allow.
	ErrDepth = errors.New("nested too deeply")
	// ErrTooLarge: it would become larger than [Limits] allow.
	ErrTooLarge = errors.New("too large")
	// ErrDuplicateKey: two keys of a map became the same.
	ErrDuplicateKey = errors.New("two keys of the map become the same")
	// ErrUnhashable: a key became a value that cannot be a key.
	ErrUnhashable = errors.New("the value cannot be a key of a map")
	// ErrUnassignable: what the future stands for does not fit into the Go type
	// that the future stood in.
	ErrUnassignable = errors.New("the value does not fit there")
)

// ResolveError says which place inside nested data could not be resolved.
type ResolveError struct {
	Path Path      // the place; inside the results of futures it goes on as if they stood there
	ID   uuid.UUID // the run that it is about; zero if it is about none
	Err  error     // a *RunError if that run failed, a *WaitError, or a sentinel of this package wrapped with more
}

// Error names the place, the run and the reason.
func (e *ResolveError) Error() string {
	if run, ok := e.Err.(*RunError); ok {
		return e.where() + run.text()
	}
	if e.ID != uuid.Nil {
		return e.where() + "run " + e.ID.String() + ": " + e.Err.Error()
	}
	return e.where() + e.Err.Error()
}

// where is how the text begins.
func (e *ResolveError) where() string { return "futures: resolve " + e.Path.String() + ": " }

// Unwrap returns the reason.
func (e *ResolveError) Unwrap() error { return e.Err }

// RunError returns with what a run should fail whose arguments or result could
// not be resolved: Failed with code upstream if another run's failure is the
// reason, Crashed with code bad_result otherwise.
func (e *ResolveError) RunError() *RunError {
	var run *RunError
	if errors.As(e.Err, &run) {
		return &RunError{State: Failed, Code: abi.CodeUpstream, Path: e.Path, Err: run}
	}
	return &RunError{State: Crashed, Code: abi.CodeBadResult, Path: e.Path, Err: e.Err}
}

// Limits bounds what resolving may make out of small input. Zero fields mean the
// defaults.
type Limits struct {
	// Bytes is the most that an item may have when resolved. 0 means 16 MiB.
	Bytes int
	// Depth is how deeply the resolved value may be nested. 0 means
	// [abi.MaxDepth].
	Depth int
}

const defaultBytes = 16 << 20

func (l Limits) withDefaults() Limits {
	if l.Bytes == 0 {
		l.Bytes = defaultBytes
	}
	if l.Depth == 0 {
		l.Depth = abi.MaxDepth
	}
	return l
}
