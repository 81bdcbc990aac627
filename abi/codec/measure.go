package codec

import (
	"errors"
	"reflect"
	"strings"
	"sync"

	"github.com/pledge-wasm/pledge/abi"
)

// errNested is what measure finds; the library would run out of stack instead.
var errNested = errors.New("nested over 256 deep, or cyclic")

// maxSteps bounds the containers, pointers and interfaces on one path. It leaves
// room for pointers and interfaces, which make no item of their own; how deep the
// item is, [abi.Check] sees.
const maxSteps = 4 * abi.MaxDepth

// measure reports a value that is cyclic, or nested far too deeply to be encoded.
// Types that cannot nest without end, and those that encode themselves, are not
// looked into.
func measure(v any) error { return measureAny(v, 0) }

func measureAny(v any, steps int) error {
	if steps > maxSteps {
		return errNested
	}
	switch v := v.(type) {
	case nil, bool, string, int, int64, uint64, float64, []byte, abi.Raw, abi.ID:
		return nil
	case map[string]any:
		for _, e := range v {
			if err := measureAny(e, steps+1); err != nil {
				return err
			}
		}
		return nil
	case []any:
		for _, e := range v {
			if err := measureAny(e, steps+1); err != nil {
				return err
			}
		}
		return nil
	case Tag:
		return measureAny(v.Content, steps+1)
	}
	return measureValue(reflect.ValueOf(v), steps)
}

// measureValue is measureAny for all types.
func measureValue(v reflect.Value, steps int) error {
	if steps > maxSteps {
		return errNested
	}
	if !v.IsValid() || !unbounded(v.Type()) {
		return nil
	}
	switch v.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return measureAny(v.Elem().Interface(), steps+1)
	case reflect.Pointer:
		return measureValue(v.Elem(), steps+1)
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if err := measureValue(v.Index(i), steps+1); err != nil {
				return err
			}
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			if err := measureValue(it.Key(), steps+1); err != nil {
				return err
			}
			if err := measureValue(it.Value(), steps+1); err != nil {
				return err
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if !encoded(v.Type().Field(i)) {
				continue
			}
			if err := measureValue(v.Field(i), steps+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// encoded reports whether the field is part of its struct's encoding.
func encoded(f reflect.StructField) bool {
	tag := f.Tag.Get("cbor")
	if tag == "" {
		tag = f.Tag.Get("json")
	}
	name, _, _ := strings.Cut(tag, ",")
	return f.IsExported() && name != "-"
}

// kinds of types, found once each.
var unboundedTypes sync.Map // reflect.Type to bool

// unbounded reports whether values of type t can be nested without end: t leads
// to an interface or back to itself.
func unbounded(t reflect.Type) bool {
	if u, ok := unboundedTypes.Load(t); ok {
		return u.(bool)
	}
	u := reaches(t, map[reflect.Type]bool{})
	unboundedTypes.Store(t, u)
	return u
}

// reaches is unbounded; path holds the types that led here.
func reaches(t reflect.Type, path map[reflect.Type]bool) bool {
	if encodesItself(t) {
		return false
	}
	if path[t] {
		return true
	}
	path[t] = true
	defer delete(path, t)
	switch t.Kind() {
	case reflect.Interface:
		return true
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return reaches(t.Elem(), path)
	case reflect.Map:
		return reaches(t.Key(), path) || reaches(t.Elem(), path)
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); encoded(f) && reaches(f.Type, path) {
				return true
			}
		}
	}
	return false
}

// marshaler is what a type has that encodes itself.
type marshaler interface{ MarshalCBOR() ([]byte, error) }

var marshalerType = reflect.TypeFor[marshaler]()

func encodesItself(t reflect.Type) bool {
	return t.Kind() != reflect.Interface &&
		(t.Implements(marshalerType) || reflect.PointerTo(t).Implements(marshalerType))
}
