package futures

import (
	"context"
	"fmt"
	"reflect"

	"github.com/google/uuid"

	"github.com/pledge-wasm/pledge/abi"
)

// Future stands for the result of a run that may not have ended yet. It is
// always used as a pointer, made by a [Promise] or by one of the functions of
// this package, and may be used by any number of goroutines.
//
// Dropping a future does not end its run.
//
// It is nothing but a pointer to what changes, because encoders copy the structs
// that they encode.
type Future[T any] struct{ *body[T] }

// body is what a future is made of. The end of res and the beginning of core are
// what a reader of a result touches, and so they are together.
type body[T any] struct {
	res result[T]
	core
}

// Any is what every *[Future] is, whatever the type of its result. No other
// type implements it, except by embedding one.
type Any interface {
	// ID returns the run's id, set from the start.
	ID() uuid.UUID
	// Task returns the name of the task.
	Task() string
	// State returns the current state without blocking.
	State() State
	// History returns the states so far with their times.
	History() []Event
	// Done returns a channel that is closed at the end.
	Done() <-chan struct{}
	// Wait blocks until the end, which it returns, or until ctx ends.
	Wait(ctx context.Context) (State, error)
	// Cancel asks for the run to end.
	Cancel(cause error) bool
	// OnDone calls f once, in its own goroutine, at the end.
	OnDone(f func()) (stop func() bool)
	// Err returns the *RunError of a run that ended without a result, or nil.
	Err() error
	// Cached reports whether the result came from an earlier run.
	Cached() bool
	// Unread reports whether it failed and nobody has looked.
	Unread() bool
	// Raw waits and returns the result as CBOR, which must not be modified.
	Raw(ctx context.Context) (abi.Raw, error)
	// Value waits and returns the result as the future's own type.
	Value(ctx context.Context) (any, error)

	base() *core
	none() bool
	resultType() reflect.Type
}

// Result waits like Wait and returns the result. The error is a *[WaitError] if
// ctx ended first, a *[RunError] if there is no result to have, and a
// *[ResultError] if there is one that is not a T. All readers get the same
// value: one that holds pointers, slices or maps is shared by them.
func (f *Future[T]) Result(ctx context.Context) (T, error) {
	var none T
	s, err := f.Wait(ctx)
	if err != nil {
		return none, err
	}
	if s != Completed {
		return none, f.failure()
	}
	return f.res.typed(&f.core)
}

// Outcome is how a run ended, as data.
type Outcome[T any] struct {
	ID     uuid.UUID
	Task   string
	State  State // terminal
	Value  T     // the result if there is one
	Err    error // nil, a *RunError, or a *ResultError if State is Completed but the result no T
	Cached bool  // the result came from an earlier run
}

// Outcome waits like Wait and returns how the run ended. The error says only
// that the wait failed; how the run failed is in the outcome.
func (f *Future[T]) Outcome(ctx context.Context) (Outcome[T], error) {
	s, err := f.Wait(ctx)
	if err != nil {
		return Outcome[T]{}, err
	}
	v, err := f.Result(ctx)
	return Outcome[T]{ID: f.id, Task: f.task, State: s, Value: v, Err: err, Cached: f.cached}, nil
}

// Raw waits and returns the result as CBOR: the bytes that came from the task,
// or else the value, encoded once. They are shared and must not be modified.
func (f *Future[T]) Raw(ctx context.Context) (abi.Raw, error) {
	s, err := f.Wait(ctx)
	if err != nil {
		return nil, err
	}
	if s != Completed {
		return nil, f.failure()
	}
	return f.res.encoded(&f.core)
}

// Value is Result for those who do not know T.
func (f *Future[T]) Value(ctx context.Context) (any, error) {
	v, err := f.Result(ctx)
	if err != nil {
		return nil, err
	}
	return v, nil
}

// MarshalCBOR encodes the future as a reference to its run, not as its result:
// that is how futures travel inside arguments. A nil future is an error.
func (f *Future[T]) MarshalCBOR() ([]byte, error) {
	if f == nil {
		return nil, fmt.Errorf("futures: a nil %T cannot be encoded", f)
	}
	return appendReference(make([]byte, 0, referenceLen), f.id), nil
}

// String describes the handle without touching the result.
func (f *Future[T]) String() string {
	if f == nil {
		return "future <nil>"
	}
	return fmt.Sprintf("future %s %s (%s)", f.task, f.id, f.State())
}

// GoString is String, so that %#v does not read what locks guard.
func (f *Future[T]) GoString() string { return f.String() }

// none reports whether f is nil.
func (f *Future[T]) none() bool { return f == nil }

// resultType returns T, also for a nil future.
func (*Future[T]) resultType() reflect.Type { return reflect.TypeFor[T]() }
