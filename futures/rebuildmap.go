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
	t := v.Type()
	if w.eager && !mayHold(t.Key()) {
		return w.mapValues(v, m)
	}
	anyChange, keysChange := false, false
	key, elem := t.Key(), t.Elem()
	entries := make([]entry, 0, v.Len())
	pairs := pairsOf
	if !w.eager {
		pairs = sortedPairs
	}
	for _, p := range pairs(v) {
		k, x := p.key, p.value
		e := entry{step: mapStep(k), key: k.Interface(), to: nil}
		w.push(Step{Kind: StepInKey, Text: e.step.Text})
		to, changed, err := w.element(k, m)
		if err != nil {
			return nil, false, err
		}
		if changed {
			anyChange, keysChange, e.key = true, true, to
			if !fits(to, key) {
				key = w.resolved(t.Key())
			}
		}
		w.path[len(w.path)-1] = e.step
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
	return w.newMap(t, entries, keysChange)
}

// mapValues is mapping in any order, without places, for keys that stay as they are.
func (w *walker) mapValues(v reflect.Value, m mode) (any, bool, error) {
	t := v.Type()
	n := v.Len()
	keys := reflect.MakeSlice(reflect.SliceOf(t.Key()), n, n)
	values := reflect.MakeSlice(reflect.SliceOf(t.Elem()), n, n)
	for i, it := 0, v.MapRange(); it.Next(); i++ {
		keys.Index(i).SetIterKey(it)
		values.Index(i).SetIterValue(it)
	}
	to := make([]any, n)
	fit := fitting{t: t.Elem()}
	some, same := false, true
	for i := range n {
		if i%fetchedAtOnce == 0 {
			fetchElements(values.Slice(i, min(i+fetchedAtOnce, n)))
		}
		x := values.Index(i)
		y, changed, err := w.element(x, m)
		switch {
		case err != nil:
			return nil, false, err
		case changed:
			to[i], some, same = y, true, same && fit.fits(y)
		default:
			to[i] = x.Interface()
		}
	}
	if !some {
		return nil, false, nil
	}
	if !same {
		t = reflect.MapOf(t.Key(), w.resolved(t.Elem()))
	}
	out := reflect.MakeMapWithSize(t, n)
	x := reflect.New(t.Elem()).Elem()
	fit = fitting{t: t.Elem()}
	for i, y := range to {
		if !fit.fits(y) {
			return nil, false, w.misfit(y, fit.t)
		}
		set(x, y)
		out.SetMapIndex(keys.Index(i), x)
	}
	return out.Interface(), true, nil
}

// newMap makes a map. Keys can only meet when some of them are new.
func (w *walker) newMap(t reflect.Type, entries []entry, newKeys bool) (any, bool, error) {
	out := reflect.MakeMapWithSize(t, len(entries))
	k, x := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
	for _, e := range entries {
		w.push(e.step)
		if err := w.assign(k, e.key); err != nil {
			return nil, false, err
		}
		if !k.Comparable() {
			return nil, false, w.fail(uuid.Nil, fmt.Errorf("%w: %T", ErrUnhashable, e.key))
		}
		if newKeys && out.MapIndex(k).IsValid() {
			return nil, false, w.fail(uuid.Nil, fmt.Errorf("%w: %s", ErrDuplicateKey, keyName(reflect.ValueOf(e.key))))
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
	k = bare(k)
	if k.Kind() == reflect.String {
		return Step{Kind: StepName, Text: k.String()}
	}
	return Step{Kind: StepKey, Text: keyName(k)}
}

// keyName shows a key as [CallRepr] would, so that secrets stay hidden.
func keyName(k reflect.Value) string {
	r := repr{left: 60}
	r.value(k)
	if r.full() {
		r.b.WriteString("...")
	}
	return r.b.String()
}

// pair is a key of a map and the value under it. A key that is not equal to
// itself, such as a NaN, does not lead to its value.
type pair struct {
	key, value reflect.Value

	class int    // of the key: how it sorts
	text  string // of a key of the last class
}

func pairsOf(v reflect.Value) []pair {
	ps := make([]pair, 0, v.Len())
	for it := v.MapRange(); it.Next(); {
		ps = append(ps, pair{key: it.Key(), value: it.Value()})
	}
	return ps
}

// sortedPairs is pairsOf in an order that does not depend on chance: numbers,
// then texts, then others by how they print.
func sortedPairs(v reflect.Value) []pair {
	ps := pairsOf(v)
	for i := range ps {
		p := &ps[i]
		if p.class = keyClass(bare(p.key)); p.class == others {
			p.text = keyName(bare(p.key))
		}
	}
	slices.SortFunc(ps, comparePairs)
	return ps
}

// bare is what an interface holds.
func bare(k reflect.Value) reflect.Value {
	for k.Kind() == reflect.Interface && !k.IsNil() {
		k = k.Elem()
	}
	return k
}

func comparePairs(p, q pair) int {
	if p.class != q.class {
		return cmp.Compare(p.class, q.class)
	}
	a, b := bare(p.key), bare(q.key)
	switch p.class {
	case 0:
		return cmp.Compare(a.Int(), b.Int())
	case 1:
		return cmp.Compare(a.Uint(), b.Uint())
	case 2:
		return cmp.Compare(a.Float(), b.Float())
	case 3:
		return strings.Compare(a.String(), b.String())
	}
	return strings.Compare(p.text, q.text)
}

// others is the class of keys that are neither numbers nor texts.
const others = 4

func keyClass(v reflect.Value) int {
	switch {
	case !v.IsValid():
		return others
	case v.CanInt():
		return 0
	case v.CanUint():
		return 1
	case v.CanFloat():
		return 2
	case v.Kind() == reflect.String:
		return 3
	}
	return others
}
