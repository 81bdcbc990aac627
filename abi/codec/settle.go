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
		for it := v.MapRange(); it.Next(); {
			e := reflect.New(v.Type().Elem()).Elem()
			e.Set(it.Value())
			settle(e)
			v.SetMapIndex(it.Key(), e)
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
		texts := true
		for k, e := range v {
			v[k] = settled(e)
			_, text := k.(string)
			texts = texts && text
		}
		if !texts {
			return v
		}
		m := make(map[string]any, len(v))
		for k, e := range v {
			m[k.(string)] = e
		}
		return m
	}
	return v
}
