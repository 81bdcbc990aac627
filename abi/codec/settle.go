package codec

import (
	"reflect"
	"sync"
)

// holders remembers which types lead to an interface.
var holders sync.Map // reflect.Type to bool

// holdsAny reports whether a value of type t may hold an interface.
func holdsAny(t reflect.Type) bool {
	if h, ok := holders.Load(t); ok {
		return h.(bool)
	}
	h := leadsToAny(t, map[reflect.Type]bool{})
	holders.Store(t, h)
	return h
}

// leadsToAny is holdsAny; seen holds the types that were looked at.
func leadsToAny(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Interface:
		return true
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return leadsToAny(t.Elem(), seen)
	case reflect.Map:
		return leadsToAny(t.Key(), seen) || leadsToAny(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() && leadsToAny(f.Type, seen) {
				return true
			}
		}
	}
	return false
}

// settle replaces every map[any]any inside an interface whose keys are all texts
// by a map[string]any, in what v points to. It has just been decoded: it is not
// cyclic, and no deeper than the item.
func settle(v reflect.Value) {
	if !holdsAny(v.Type()) {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			settle(v.Elem())
		}
	case reflect.Interface:
		if !v.IsNil() && v.CanSet() && v.NumMethod() == 0 {
			v.Set(reflect.ValueOf(settled(v.Interface())))
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			settle(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				settle(v.Field(i))
			}
		}
	case reflect.Map:
		// Not one by one: a key that is NaN is found by nobody.
		keys, values := make([]reflect.Value, 0, v.Len()), reflect.MakeSlice(reflect.SliceOf(v.Type().Elem()), v.Len(), v.Len())
		for it := v.MapRange(); it.Next(); {
			e := values.Index(len(keys))
			e.Set(it.Value())
			settle(e)
			keys = append(keys, it.Key())
		}
		v.Clear()
		for i, k := range keys {
			v.SetMapIndex(k, values.Index(i))
		}
	}
}

// settled is settle for what the library puts into an interface.
func settled(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = settled(v[i])
		}
	case Tag:
		v.Content = settled(v.Content)
		return v
	case map[any]any:
		// Not in place: a key that is NaN is found by nobody.
		named, other := make(map[string]any, len(v)), make(map[any]any)
		for k, e := range v {
			if name, text := k.(string); text {
				named[name] = settled(e)
			} else {
				other[k] = settled(e)
			}
		}
		if len(other) == 0 {
			return named
		}
		for name, e := range named {
			other[name] = e
		}
		return other
	}
	return v
}
