package futures

import (
	"fmt"
	"reflect"

	"github.com/google/uuid"
)

func (w *walker) pointer(v reflect.Value, m mode) (any, bool, error) {
	to, changed, err := w.element(v.Elem(), m)
	if err != nil || !changed {
		return nil, false, err
	}
	t := v.Type().Elem()
	if !fits(to, t) {
		t = w.resolved(t)
	}
	p := reflect.New(t)
	if err := w.assign(p.Elem(), to); err != nil {
		return nil, false, err
	}
	return p.Interface(), true, nil
}

func (w *walker) structure(v reflect.Value, m mode) (any, bool, error) {
	var out reflect.Value
	for _, f := range holdingFields(v.Type()) {
		x, err := v.FieldByIndexErr(f.index)
		if err != nil {
			continue // behind a nil pointer
		}
		w.push(Step{Kind: StepName, Text: f.name})
		to, changed, err := w.element(x, m)
		if err != nil {
			return nil, false, err
		}
		if changed && f.behind {
			return nil, false, w.fail(uuid.Nil, fmt.Errorf("%w: behind an embedded pointer of %s, whose type is not exported; ResolveAs would take it", ErrUnassignable, v.Type()))
		}
		if changed {
			if !out.IsValid() {
				out = reflect.New(v.Type()).Elem()
				out.Set(v)
			}
			if err := w.assign(out.FieldByIndex(f.index), to); err != nil {
				return nil, false, err
			}
		}
		w.pop()
	}
	if !out.IsValid() {
		return nil, false, nil
	}
	return out.Interface(), true, nil
}

// sequence walks slices and arrays.
func (w *walker) sequence(v reflect.Value, m mode) (any, bool, error) {
	var to []any // what the elements become, once one changes
	elem := v.Type().Elem()
	fit := fitting{t: elem}
	same := true
	w.push(Step{})
	for i := range v.Len() {
		w.path[len(w.path)-1].Index = i
		x, changed, err := w.element(v.Index(i), m)
		if err != nil {
			return nil, false, err
		}
		if changed && to == nil {
			to = make([]any, v.Len())
			for j := range i {
				to[j] = v.Index(j).Interface()
			}
		}
		if changed {
			to[i] = x
			same = same && fit.fits(x)
		} else if to != nil {
			to[i] = v.Index(i).Interface()
		}
	}
	if to == nil {
		w.pop()
		return nil, false, nil
	}
	out := w.newSequence(v, same)
	fit = fitting{t: out.Type().Elem()}
	for i, x := range to {
		w.path[len(w.path)-1].Index = i
		if !fit.fits(x) {
			return nil, false, w.misfit(x, fit.t)
		}
		set(out.Index(i), x)
	}
	w.pop()
	return out.Interface(), true, nil
}

// newSequence returns an empty slice or array of v's type, or, if that is not
// the same, of the type that follows from resolving its elements.
func (w *walker) newSequence(v reflect.Value, same bool) reflect.Value {
	t := v.Type()
	if v.Kind() == reflect.Slice {
		if !same {
			t = reflect.SliceOf(w.resolved(t.Elem()))
		}
		return reflect.MakeSlice(t, v.Len(), v.Len())
	}
	if !same {
		t = reflect.ArrayOf(v.Len(), w.resolved(t.Elem()))
	}
	return reflect.New(t).Elem()
}

// fitting is fits for many values, most of them of one type.
type fitting struct {
	t, last reflect.Type
	ok      bool
}

func (f *fitting) fits(x any) bool {
	t := reflect.TypeOf(x)
	if t == nil {
		return fits(nil, f.t)
	}
	if t != f.last {
		f.last, f.ok = t, t.AssignableTo(f.t)
	}
	return f.ok
}

// fits reports whether x can be assigned to a variable of type t.
func fits(x any, t reflect.Type) bool {
	if x == nil {
		if t.Implements(anyFuture) {
			return false // a nil future is not what stands for null
		}
		switch t.Kind() {
		case reflect.Interface, reflect.Pointer, reflect.Slice, reflect.Map, reflect.Func, reflect.Chan:
			return true
		}
		return false
	}
	return reflect.TypeOf(x).AssignableTo(t)
}

// assign puts x into dst.
func (w *walker) assign(dst reflect.Value, x any) error {
	if !fits(x, dst.Type()) {
		return w.misfit(x, dst.Type())
	}
	set(dst, x)
	return nil
}

func (w *walker) misfit(x any, t reflect.Type) error {
	return w.fail(uuid.Nil, fmt.Errorf("%w: a value of type %T into a %s; an any or ResolveAs would take it", ErrUnassignable, x, t))
}

// set puts into dst an x that fits.
func set(dst reflect.Value, x any) {
	if x == nil {
		dst.SetZero()
		return
	}
	dst.Set(reflect.ValueOf(x))
}

// resolved returns the type of a part of static type t once it is resolved.
// Structs keep their type, and so does everything that holds no future.
func (w *walker) resolved(t reflect.Type) reflect.Type {
	switch {
	case !mayHold(t):
		return t
	case w.types[t]: // it is made of itself
		return emptyType
	case t.Kind() == reflect.Interface:
		return emptyType
	case t == wrappedType, t == idType, t.Implements(anyFuture) && !isFuture(t):
		return emptyType
	case t == rawType:
		return t
	}
	if w.types == nil {
		w.types = make(map[reflect.Type]bool)
	}
	w.types[t] = true
	defer delete(w.types, t)
	switch t.Kind() {
	case reflect.Pointer:
		if isFuture(t) {
			return w.static(reflect.Zero(t).Interface().(Any).resultType())
		}
		return reflect.PointerTo(w.resolved(t.Elem()))
	case reflect.Slice:
		return reflect.SliceOf(w.resolved(t.Elem()))
	case reflect.Array:
		return reflect.ArrayOf(t.Len(), w.resolved(t.Elem()))
	case reflect.Map:
		key := w.resolved(t.Key())
		if !key.Comparable() {
			return t
		}
		return reflect.MapOf(key, w.resolved(t.Elem()))
	}
	return t
}
