package guest

import (
	"context"
	"reflect"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/guest/internal/cbor"
)

// Ref names a run whose result is not here: the tag of a future. It is what an
// interface holds after decoding a future that the host has left unresolved.
// Encoded, it is the future again. [Of] makes a future of it.
type Ref = abi.ID

// Future is the result of a run that may not be there yet. It may stand
// anywhere in the arguments of [Submit] and [Call] and in the result of a
// handler: the host puts the result of the run in its place.
//
// In the arguments of a handler it takes either: a future that the host was
// told to leave, or the value that the host has put there.
//
// The zero value is no future, and has no CBOR form.
type Future[T any] struct {
	ref   Ref
	value abi.Raw // the result, if it came along in place of the future
	err   error   // why there is no run
}

// Submit starts the task of the same module, or of one that the host's grant
// names, with args, and returns the future of its result. Futures inside args
// are resolved by the host before the task starts.
//
// A run that could not even be submitted is a future too; [Future.Await]
// returns the reason, such as "not_granted". A run that is neither awaited nor
// part of the result when its parent ends is cancelled.
func Submit[T any](ctx context.Context, task string, args any) *Future[T] {
	f := new(Future[T])
	f.ref, f.err = Call[Ref](ctx, abi.FuncSubmit, submission{task, args})
	return f
}

// submission is the argument of task.submit.
type submission struct {
	Task string `cbor:"task"`
	Args any    `cbor:"args"`
}

// Of makes a future of a [Ref].
func Of[T any](r Ref) *Future[T] { return &Future[T]{ref: r} }

// Ref names the run. It is zero when there is none: see [Submit].
func (f *Future[T]) Ref() Ref { return f.ref }

// Await waits for the result. When the run failed the error is an [*Error] with
// the run's code, or the code and data of the error that its task returned, and
// with the state in which it ended. It is ctx.Err() if ctx is over before the
// wait; a wait that has begun ends with the run. All goroutines of the guest
// stand still meanwhile.
func (f *Future[T]) Await(ctx context.Context) (T, error) {
	switch {
	case f.err != nil:
		var zero T
		return zero, f.err
	case f.value != nil:
		var v T
		if err := cbor.Unmarshal(f.value, &v); err != nil {
			return v, &Error{Code: CodeBadResult, Message: "future: " + detail(err)}
		}
		return v, nil
	case f.ref == Ref{}:
		var zero T
		return zero, errNoFuture()
	}
	return Call[T](ctx, abi.FuncAwait, f.ref)
}

// Cancel asks the host to end the run. One that has ended is left as it is.
func (f *Future[T]) Cancel(ctx context.Context) error {
	switch {
	case f.err != nil || f.value != nil:
		return nil
	case f.ref == Ref{}:
		return errNoFuture()
	}
	_, err := call(ctx, abi.FuncCancel, f.ref)
	return err
}

// MarshalCBOR returns the tag of the future.
func (f Future[T]) MarshalCBOR() ([]byte, error) {
	switch {
	case f.err != nil:
		return nil, f.err
	case f.value != nil:
		return f.value, nil
	case f.ref == Ref{}:
		return nil, errNoFuture()
	}
	return abi.AppendFuture(nil, f.ref), nil
}

// UnmarshalCBOR takes the tag of a future, or a value in its place.
func (f *Future[T]) UnmarshalCBOR(b []byte) error {
	*f = Future[T]{}
	if h, _, err := abi.ReadHead(b, 0); err == nil && h.Major == abi.MajorTag && h.Arg == abi.FutureTag {
		return cbor.Unmarshal(b, &f.ref)
	}
	f.value = append(abi.Raw{}, b...)
	return nil
}

// resultType is the type of what the future stands for.
func (f *Future[T]) resultType() reflect.Type { return reflect.TypeFor[T]() }

// standsFor is the type of the result when t is a [Future].
func standsFor(t reflect.Type) (result reflect.Type, ok bool) {
	if name := t.Name(); t.Kind() != reflect.Struct || len(name) < 7 || name[:7] != "Future[" {
		return nil, false
	}
	f, ok := reflect.New(t).Interface().(interface{ resultType() reflect.Type })
	if !ok {
		return nil, false
	}
	return f.resultType(), true
}

func errNoFuture() error { return Fail("no_future", "an empty guest.Future stands for no run") }
