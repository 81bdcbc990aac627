package futures

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// entry is an entry of a map, before and after.
type entry struct {
	step    Step
	key, to any
}

func (w *walker) mapping(v reflect.Value, m mode) (any, bool, error) {
	anyChange := false
	t := v.Type()
	key, elem := t.Key(), t.Elem()
	entries := make([]entry, 0, v.Len())
	for _, k := range w.keysOf(v) {
		e := entry{step: mapStep(k), key: k.Interface(), to: nil}
		w.push(Step{Kind: StepInKey, Text: e.step.Text})
		to, changed, err := w.element(k, m)
		if err != nil {
			return nil, false, err
		}
		if changed {
			anyChange, e.key = true, to
			if !fits(to, key) {
				key = w.resolved(t.Key())
			}
		}
		w.path[len(w.path)-1] = e.step
		x := v.MapIndex(k)
		to, changed, err = w.element(x, m)
		switch {
		case err != nil:
			return nil, false, err
		case changed:
			anyChange, e.to = true, to
			if !fits(to, elem) {
				elem = w.resolved(t.Elem())
			}
		default:
			e.to = x.Interface()
		}
		w.pop()
		entries = append(entries, e)
	}
	if !anyChange {
		return nil, false, nil
	}
	if key != t.Key() || elem != t.Elem() {
		if !key.Comparable() {
			return nil, false, w.fail(uuid.Nil, fmt.Errorf("%w: %s", ErrUnhashable, key))
		}
		t = reflect.MapOf(key, elem)
	}
	return w.newMap(t, entries)
}

func (w *walker) newMap(t reflect.Type, entries []entry) (any, bool, error) {
	out := reflect.MakeMapWithSize(t, len(entries))
	for _, e := range entries {
		w.push(e.step)
		k, x := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
		if err := w.assign(k, e.key); err != nil {
			return nil, false, err
		}
		if !k.Comparable() {
			return nil, false, w.fail(uuid.Nil, fmt.Errorf("%w: %T", ErrUnhashable, e.key))
		}
		if out.MapIndex(k).IsValid() {
			return nil, false, w.fail(uuid.Nil, fmt.Errorf("%w: %.40v", ErrDuplicateKey, e.key))
		}
		if err := w.assign(x, e.to); err != nil {
			return nil, false, err
		}
		out.SetMapIndex(k, x)
		w.pop()
	}
	return out.Interface(), true, nil
}

// mapStep returns the step to what is under a key.
func mapStep(k reflect.Value) Step {
	for k.Kind() == reflect.Interface {
		k = k.Elem()
	}
	if k.Kind() == reflect.String {
		return Step{Kind: StepName, Text: k.String()}
	}
	return Step{Kind: StepKey, Text: keyName(k)}
}

func keyName(k reflect.Value) string {
	switch {
	case !k.IsValid():
		return "nil"
	case k.CanInterface():
		return cut(fmt.Sprint(k.Interface()), 60)
	}
	return k.Type().String()
}

// keysOf returns the keys of a map, unless the walk is eager in an order that
// does not depend on chance: numbers, then texts, then others by how they print.
func (w *walker) keysOf(v reflect.Value) []reflect.Value {
	keys := v.MapKeys()
	if !w.eager {
		slices.SortFunc(keys, compareKeys)
	}
	return keys
}

func compareKeys(a, b reflect.Value) int {
	for a.Kind() == reflect.Interface && !a.IsNil() {
		a = a.Elem()
	}
	for b.Kind() == reflect.Interface && !b.IsNil() {
		b = b.Elem()
	}
	ka, kb := keyClass(a), keyClass(b)
	if ka != kb {
		return cmp.Compare(ka, kb)
	}
	switch ka {
	case 0:
		return cmp.Compare(a.Int(), b.Int())
	case 1:
		return cmp.Compare(a.Uint(), b.Uint())
	case 2:
		return cmp.Compare(a.Float(), b.Float())
	case 3:
		return strings.Compare(a.String(), b.String())
	}
	return strings.Compare(keyName(a), keyName(b))
}

func keyClass(v reflect.Value) int {
	switch {
	case !v.IsValid():
		return 4
	case v.CanInt():
		return 0
	case v.CanUint():
		return 1
	case v.CanFloat():
		return 2
	case v.Kind() == reflect.String:
		return 3
	}
	return 4
}
