package futures

import (
	"context"
	"errors"
	"reflect"

	"github.com/google/uuid"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
)

// Resolver resolves values in which futures are nested. The zero value is ready
// to use. Its methods may be called concurrently if Lookup may.
type Resolver struct {
	// Lookup leads from the id of a run to its future. It is asked about
	// references that come without a handle: in [abi.Raw], or as an [abi.ID].
	// The default knows none, and such a reference is [ErrUnknownFuture].
	Lookup func(abi.ID) (Any, bool)
	// Limits bound what resolving may make.
	Limits Limits
}

// Resolve returns v with every future in it replaced by its result, waiting for
// those that are not done, and futures in those results as well, until none is
// left. See [Resolver.Resolve].
func Resolve(ctx context.Context, v any) (any, error) { return new(Resolver).Resolve(ctx, v) }

// ResolveStates returns v with every future in it replaced by the terminal
// [State] it ends in, waiting for those that are not done. That a run failed is
// no error here. See [Resolver.Resolve].
func ResolveStates(ctx context.Context, v any) (any, error) {
	return new(Resolver).ResolveStates(ctx, v)
}

// ResolveAs resolves v and reads it as a T, by way of CBOR; so v may be a struct
// with futures for fields and T one with the values.
func ResolveAs[T any](ctx context.Context, v any) (T, error) {
	var out T
	args, err := Encode(v)
	if err != nil {
		return out, err
	}
	raw, err := args.Resolve(ctx, Limits{})
	if err != nil {
		return out, err
	}
	if err := codec.Decode(raw, &out); err != nil {
		return out, &ResolveError{Path: Path{}, Err: err}
	}
	return out, nil
}

// Resolve returns v with every future in it replaced by its result.
//
// Futures are found in slices, arrays, maps (keys too), pointers, interfaces,
// exported struct fields and [abi.Raw]; other types are returned as they are.
// Where a container's type says that it holds futures, the new one's says what
// they stand for: a []*Future[int] becomes an []int, a []Any an []any. A struct
// keeps its type; see [ResolveAs] for one whose fields cannot hold results.
//
// Without a future inside, the very same v comes back. Otherwise only branches
// that change are copied, what was shared stays shared, and v is never written
// to. Each run's result is taken once.
//
// The error is a *[ResolveError] with the path: of a run that failed, of the end
// of ctx, of a cycle, of a limit, or of a result that cannot stand where its
// future stood. Of several failures it is the first in document order, which
// for maps is by sorted keys; futures behind that are not waited for.
func (r *Resolver) Resolve(ctx context.Context, v any) (any, error) {
	if out, err := r.take(ctx, v, true); err == nil {
		return out, nil
	}
	return r.take(ctx, v, false)
}

// take resolves v, eagerly or in order.
func (r *Resolver) take(ctx context.Context, v any, eager bool) (any, error) {
	w := r.walker()
	w.eager = eager
	t := &taking{ctx: ctx, w: w, r: r, find: finder{lookup: r.Lookup}}
	w.future, w.raw, w.id = t.future, t.raw, t.id
	w.static = w.resolved
	return w.run(v)
}

// errLater ends an eager walk.
var errLater = errors.New("not done")

// ResolveStates is Resolve with states in the place of results, which are not
// looked into. References in [abi.Raw] stay what they are.
func (r *Resolver) ResolveStates(ctx context.Context, v any) (any, error) {
	w := r.walker()
	state := func(f Any) (any, bool, error) {
		s, err := f.Wait(ctx)
		if err != nil {
			return nil, false, w.fail(f.ID(), err)
		}
		return s, true, nil
	}
	w.future = func(f Any, _ mode) (any, bool, error) { return state(f) }
	w.raw = func(abi.Raw, mode) (any, bool, error) { return nil, false, nil }
	find := finder{lookup: r.Lookup}
	w.id = func(id abi.ID, _ mode) (any, bool, error) {
		if f, ok := find.find(id); ok {
			return state(f)
		}
		return nil, false, w.fail(uuid.UUID(id), ErrUnknownFuture)
	}
	w.static = func(reflect.Type) reflect.Type { return stateType }
	return w.run(v)
}

// ResolveRaw is [Splice] with the results of the futures that Lookup knows,
// waiting for those that are not done.
func (r *Resolver) ResolveRaw(ctx context.Context, raw abi.Raw) (abi.Raw, error) {
	find := finder{lookup: r.Lookup}
	return Splice(raw, find.splicing(ctx), r.Limits)
}

func (r *Resolver) walker() *walker {
	return &walker{maxDepth: r.Limits.withDefaults().Depth}
}

func (w *walker) run(v any) (any, error) {
	out, changed, err := w.value(v, 0)
	switch {
	case err != nil:
		return nil, err
	case changed:
		return out, nil
	}
	return v, nil
}
