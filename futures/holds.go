package futures

import (
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/pledge-wasm/pledge/abi"
)

var (
	anyFuture   = reflect.TypeFor[Any]()
	wrappedType = reflect.TypeFor[Wrapped]()
	rawType     = reflect.TypeFor[abi.Raw]()
	idType      = reflect.TypeFor[abi.ID]()
	emptyType   = reflect.TypeFor[any]()
	stateType   = reflect.TypeFor[State]()
)

// isFuture reports whether t is a *Future, as against a type that embeds one.
func isFuture(t reflect.Type) bool {
	return t.Kind() == reflect.Pointer && t.Implements(anyFuture) && t.Elem().PkgPath() == wrappedType.PkgPath()
}

// absent reports whether there is no future behind f: it is nil, or a nil pointer
// to what embeds one, or embeds a nil one.
func absent(f Any) bool {
	if f == nil {
		return true
	}
	v := reflect.ValueOf(f)
	return v.Kind() == reflect.Pointer && v.IsNil() || f.none()
}

// holding remembers the answers of mayHold.
var holding sync.Map // reflect.Type -> bool

// holds reports whether there may be a future in v.
func holds(v any) bool { return v != nil && mayHold(reflect.TypeOf(v)) }

// mayHold reports whether a value of static type t can have a future, a
// reference or a wrapper in it. It is asked for every value that is submitted,
// and a type without any costs one look-up.
func mayHold(t reflect.Type) bool {
	if known, ok := holding.Load(t); ok {
		return known.(bool)
	}
	holds := searchType(t, make(map[reflect.Type]bool))
	holding.Store(t, holds)
	return holds
}

// searchType looks for a future in the type. Types seen before, and so being
// searched, add nothing; therefore only the answer for the outermost type is
// worth remembering.
func searchType(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] {
		return false
	}
	seen[t] = true
	if t == wrappedType || t == rawType || t == idType || t.Implements(anyFuture) {
		return true
	}
	switch t.Kind() {
	case reflect.Interface:
		return true
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return searchType(t.Elem(), seen)
	case reflect.Map:
		return searchType(t.Key(), seen) || searchType(t.Elem(), seen)
	case reflect.Struct:
		for _, f := range structFields(t) {
			if searchType(f.typ, seen) {
				return true
			}
		}
	}
	return false
}

// field is a struct field that a walk enters.
type field struct {
	index  []int
	name   string // as it is called in CBOR
	typ    reflect.Type
	behind bool // it lies behind an embedded pointer, which cannot be set
}

// layouts remembers holdingFields.
var layouts sync.Map // reflect.Type -> []field

// holdingFields returns the fields of a struct type that can hold a future.
func holdingFields(t reflect.Type) []field {
	if known, ok := layouts.Load(t); ok {
		return known.([]field)
	}
	var fs []field
	for _, f := range structFields(t) {
		if mayHold(f.typ) {
			fs = append(fs, f)
		}
	}
	layouts.Store(t, fs)
	return fs
}

// structFields returns the exported fields, those of embedded structs, and of
// pointers to such, that are not exported included: all that is encoded.
func structFields(t reflect.Type, around ...reflect.Type) (fs []field) {
	around = append(around, t)
	for i := range t.NumField() {
		f := t.Field(i)
		if f.IsExported() {
			fs = append(fs, field{index: f.Index, name: fieldName(f), typ: f.Type})
			continue
		}
		inside, pointer := f.Type, f.Type.Kind() == reflect.Pointer
		if pointer {
			inside = inside.Elem()
		}
		if !f.Anonymous || inside.Kind() != reflect.Struct || slices.Contains(around, inside) {
			continue
		}
		for _, inner := range structFields(inside, around...) {
			inner.index = append([]int{i}, inner.index...)
			inner.behind = inner.behind || pointer
			fs = append(fs, inner)
		}
	}
	return fs
}

func fieldName(f reflect.StructField) string {
	for _, key := range []string{"cbor", "json"} {
		if name, _, _ := strings.Cut(f.Tag.Get(key), ","); name != "" && name != "-" {
			return name
		}
	}
	return f.Name
}
