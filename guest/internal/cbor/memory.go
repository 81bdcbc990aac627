package cbor

import (
	"reflect"
	"unsafe"
)

// This file is where the package reads and writes Go memory by address. A
// pointer to a value of a known type is all that the two interpreters pass
// around; going through reflect.Value for every scalar is slower and larger.

// ptr points at a value of the type of the codec beside it.
type ptr = unsafe.Pointer

// eface is the memory of an interface{}.
type eface struct {
	typ  ptr
	data ptr
}

// pointer is the pointer in p, an interface that holds one.
func pointer(p any) ptr { return (*eface)(ptr(&p)).data }

// at offset bytes behind p.
func behind(p ptr, offset uintptr) ptr { return unsafe.Add(p, offset) }

// load reads the size bytes at p as an unsigned integer.
//
//go:noinline
func load(p ptr, size uintptr) uint64 {
	switch size {
	case 1:
		return uint64(*(*uint8)(p))
	case 2:
		return uint64(*(*uint16)(p))
	case 4:
		return uint64(*(*uint32)(p))
	}
	return *(*uint64)(p)
}

// store writes the low size bytes of n at p.
func store(p ptr, size uintptr, n uint64) {
	switch size {
	case 1:
		*(*uint8)(p) = uint8(n)
	case 2:
		*(*uint16)(p) = uint16(n)
	case 4:
		*(*uint32)(p) = uint32(n)
	default:
		*(*uint64)(p) = n
	}
}

// zero reports whether the value at p, of the type t, is the zero value. (That of
// reflect is fifteen times as large.)
func zero(t reflect.Type, p ptr) bool {
	switch t.Kind() {
	case reflect.String:
		return length(p) == 0 // wherever it points
	case reflect.Slice, reflect.Interface:
		return word(p) == nil
	case reflect.Array:
		for i := range t.Len() {
			if !zero(t.Elem(), behind(p, uintptr(i)*t.Elem().Size())) {
				return false
			}
		}
		return true
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.Name != "_" && !zero(f.Type, behind(p, f.Offset)) {
				return false
			}
		}
		return true
	}
	for _, b := range bytesAt(p, int(t.Size())) {
		if b != 0 {
			return false
		}
	}
	return true
}

// word is the first word at p: nil for a nil pointer, map, slice or interface.
func word(p ptr) ptr { return *(*ptr)(p) }

// length is that of the string or slice at p.
func length(p ptr) int { return len(*(*string)(p)) }

// bytesAt is n bytes at p.
func bytesAt(p ptr, n int) []byte { return unsafe.Slice((*byte)(p), n) }

// value is the value at p for reflect, settable.
//
//go:noinline
func (c *Codec) value(p ptr) reflect.Value { return reflect.NewAt(c.typ, p).Elem() }

// pointerTo is the interface that holds p as a pointer to the codec's type.
func (c *Codec) pointerTo(p ptr) any {
	var a any
	t := reflect.PointerTo(c.typ)
	*(*eface)(ptr(&a)) = eface{(*eface)(ptr(&t)).data, p}
	return a
}
