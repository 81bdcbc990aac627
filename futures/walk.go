package futures

import (
	"fmt"
	"iter"
	"maps"
	"reflect"
	"slices"

	"github.com/google/uuid"

	"github.com/pledge-wasm/pledge/abi"
)

// walker goes through a Go value to the futures in it, in document order: lists
// from the first element, struct fields as declared, maps by sorted keys and
// each key before its value. It rebuilds, from the inside out and without
// touching the original, the branches in which something changes.
//
// All its methods that take a value report whether a new one takes its place.
// The recursion is bounded by maxDepth.
type walker struct {
	maxDepth int

	// What to do with a future, and with CBOR or an id that may refer to one.
	future func(f Any, m mode) (any, bool, error)
	raw    func(raw abi.Raw, m mode) (any, bool, error)
	id     func(id abi.ID, m mode) (any, bool, error)
	// static returns the type of what takes the place of a future whose result
	// has the given type.
	static func(result reflect.Type) reflect.Type

	// look makes the walk go into wrappers that keep futures as they are, too,
	// with modeRaw set, and leaves wrappers in place.
	look bool

	// eager makes the walk go through maps in any order and give up instead of
	// waiting: the quick way for a value whose futures are all done and well.
	eager bool

	path  Path // where the walk is
	inner int  // how many results of futures it is inside
	memo  map[identity]*visit
	types map[reflect.Type]bool // those that resolved is inside
	steps int                   // how far in it is, in the weights below
}

// How much deeper a part is than what it is part of. Pointers make no nesting of
// their own, but must not go on for ever either.
const (
	stepOfPointer = 1
	stepOfLevel   = 4
)

// identity tells shared parts of a value from others that are equal.
type identity struct {
	typ  reflect.Type
	addr uintptr
	len  int
	mode mode
}

// visit is what came of a part, or says that the walk is inside it. It keeps the
// part alive, and so its address its own.
type visit struct {
	part    reflect.Value
	out     any
	changed bool
	done    bool
}

func (w *walker) value(x any, m mode) (any, bool, error) {
	switch x := x.(type) {
	case nil, bool, string, int, int64, uint64, float64, []byte:
		return nil, false, nil
	case Any:
		if absent(x) {
			return nil, false, nil
		}
		return w.future(x, m)
	case Wrapped:
		return w.wrapped(x, m)
	case abi.Raw:
		return w.raw(x, m)
	case abi.ID:
		return w.id(x, m)
	case []any:
		return w.once(reflect.ValueOf(x), m, func(reflect.Value, mode) (any, bool, error) { return w.list(x, m) })
	case map[string]any:
		return w.once(reflect.ValueOf(x), m, func(reflect.Value, mode) (any, bool, error) { return w.dict(x, m) })
	}
	return w.reflected(reflect.ValueOf(x), m)
}

// wrapped takes a wrapper's notes to heart. Those inside results are ignored, as
// they do not survive the encoding of a result either.
func (w *walker) wrapped(x Wrapped, m mode) (any, bool, error) {
	if w.inner == 0 {
		m |= x.mode
	}
	if m&modeOpaque != 0 && !refers(x.value) {
		m |= modeRaw
	}
	if w.look {
		return w.value(x.value, m)
	}
	if m&modeRaw != 0 {
		return x.value, true, nil
	}
	out, changed, err := w.value(x.value, m)
	if err != nil || changed {
		return out, true, err
	}
	return x.value, true, nil
}

// refers reports whether x stands for a run's result and nothing else.
func refers(x any) bool {
	switch x.(type) {
	case Any, abi.ID:
		return true
	}
	return false
}

// reflected is value for all types without a case of their own.
func (w *walker) reflected(v reflect.Value, m mode) (any, bool, error) {
	if !mayHold(v.Type()) {
		return nil, false, nil
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil, false, nil
		}
		return w.once(v, m, w.pointer)
	case reflect.Slice:
		if v.Len() == 0 {
			return nil, false, nil
		}
		return w.once(v, m, w.sequence)
	case reflect.Map:
		if v.Len() == 0 {
			return nil, false, nil
		}
		return w.once(v, m, w.mapping)
	case reflect.Array:
		return w.inside(stepOfLevel, v, m, w.sequence)
	case reflect.Struct:
		return w.inside(stepOfLevel, v, m, w.structure)
	}
	return nil, false, nil
}

// element is value for a part of a value. It looks into structs and arrays where
// they are, rather than at copies.
func (w *walker) element(v reflect.Value, m mode) (any, bool, error) {
	switch v.Kind() {
	case reflect.Struct, reflect.Array:
		if t := v.Type(); t != wrappedType && t != idType && !t.Implements(anyFuture) {
			return w.reflected(v, m)
		}
	}
	return w.value(v.Interface(), m)
}

// once calls f for a part that may be shared, unless it has been there; then the
// same comes out. A part that is inside itself is an error.
func (w *walker) once(v reflect.Value, m mode, f func(reflect.Value, mode) (any, bool, error)) (any, bool, error) {
	id := identity{typ: v.Type(), addr: v.Pointer(), mode: m}
	if v.Kind() == reflect.Slice {
		if id.len = v.Len(); id.len == 0 {
			return nil, false, nil
		}
	}
	if seen, ok := w.memo[id]; ok {
		if !seen.done {
			return nil, false, w.fail(uuid.Nil, ErrCycle)
		}
		return seen.out, seen.changed, nil
	}
	if w.memo == nil {
		w.memo = make(map[identity]*visit)
	}
	here := &visit{part: v}
	w.memo[id] = here
	step := stepOfLevel
	if v.Kind() == reflect.Pointer {
		step = stepOfPointer
	}
	var err error
	here.out, here.changed, err = w.inside(step, v, m, f)
	here.done = err == nil
	return here.out, here.changed, err
}

// inside calls f that many steps further in.
func (w *walker) inside(steps int, v reflect.Value, m mode, f func(reflect.Value, mode) (any, bool, error)) (any, bool, error) {
	if err := w.enter(steps); err != nil {
		return nil, false, err
	}
	out, changed, err := f(v, m)
	w.steps -= steps
	return out, changed, err
}

// enter goes that many steps further in, if that is not too deep.
func (w *walker) enter(steps int) error {
	if w.steps+steps > stepOfLevel*w.maxDepth {
		return w.fail(uuid.Nil, fmt.Errorf("%w: more than %d deep", ErrDepth, w.maxDepth))
	}
	w.steps += steps
	return nil
}

// list is sequence for the most common type.
func (w *walker) list(xs []any, m mode) (any, bool, error) {
	var out []any
	w.push(Step{})
	for i, x := range xs {
		w.path[len(w.path)-1].Index = i
		y, changed, err := w.value(x, m)
		if err != nil {
			return nil, false, err
		}
		if changed {
			if out == nil {
				out = slices.Clone(xs)
			}
			out[i] = y
		}
	}
	w.pop()
	return out, out != nil, nil
}

// dict is mapping for the most common type.
func (w *walker) dict(xs map[string]any, m mode) (any, bool, error) {
	var out map[string]any
	w.push(Step{Kind: StepName})
	for k, x := range w.entriesOf(xs) {
		w.path[len(w.path)-1].Text = k
		y, changed, err := w.value(x, m)
		if err != nil {
			return nil, false, err
		}
		if changed {
			if out == nil {
				out = maps.Clone(xs)
			}
			out[k] = y
		}
	}
	w.pop()
	return out, out != nil, nil
}

func (w *walker) entriesOf(xs map[string]any) iter.Seq2[string, any] {
	switch {
	case w.eager && len(xs) < fetchedAtOnce:
		return maps.All(xs)
	case w.eager:
		return fetchedEntries(maps.All(xs))
	}
	return func(yield func(string, any) bool) {
		for _, k := range slices.Sorted(maps.Keys(xs)) {
			if !yield(k, xs[k]) {
				return
			}
		}
	}
}

// push and pop go into a part and out of it. An error leaves the path where it
// is, for fail to be called with it and for nobody to go on.
func (w *walker) push(s Step) { w.path = append(w.path, s) }
func (w *walker) pop()        { w.path = w.path[:len(w.path)-1] }

// fail makes an error of where the walk is. One that has a place already, inside
// a future's result, is put there.
func (w *walker) fail(id uuid.UUID, err error) error {
	path := append(Path{}, w.path...)
	if inner, ok := err.(*ResolveError); ok {
		return &ResolveError{Path: append(path, inner.Path...), ID: inner.ID, Err: inner.Err}
	}
	return &ResolveError{Path: path, ID: id, Err: err}
}
