//go:build !wasip1

package cbor

import (
	"encoding"
	"reflect"
)

// unplugged reports whether t has methods of the kind that [Plug] is for, and
// nobody has plugged them. Encoding it by its kind would give something else
// than the host's side of the same type.
//
// Only native builds know: where nothing calls the methods, the linker of a
// guest has removed them. So it is tests of handlers that find it out.
func unplugged(t reflect.Type) bool {
	if inBytes != nil || t.Kind() == reflect.Interface || t.Kind() == reflect.Pointer {
		return false
	}
	if t.Kind() == reflect.Array && t.Elem().Kind() == reflect.Uint8 {
		return false // a byte string either way, such as a UUID
	}
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[encoding.BinaryMarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextMarshaler]())
}
