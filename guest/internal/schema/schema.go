// Package schema describes the CBOR of a Go type as JSON Schema, draft 2020-12.
//
// It covers what package cbor encodes and no more: types, ranges of integers,
// properties, which of them must be there, items and, for types that contain
// themselves, $defs. A schema library would be the larger half of a guest. The
// schema documents; nothing is validated by it.
//
// The text of a field's tag jsonschema:"…" is its description.
package schema

import (
	"math"
	"reflect"
	"strconv"

	"github.com/pledge-wasm/pledge/guest/internal/cbor"
)

// Of returns the schema of t. A type for which standsFor reports true is
// described by the type that it returns. The result has a CBOR form.
func Of(t reflect.Type, standsFor func(reflect.Type) (reflect.Type, bool)) map[string]any {
	g := generator{
		standsFor: standsFor,
		active:    map[reflect.Type]bool{},
		names:     map[reflect.Type]string{},
		defs:      map[string]any{},
	}
	s := g.of(t)
	if len(g.defs) > 0 {
		s["$defs"] = g.defs
	}
	return s
}

type node = map[string]any

type generator struct {
	standsFor func(reflect.Type) (reflect.Type, bool)
	active    map[reflect.Type]bool   // structs around the current type
	names     map[reflect.Type]string // structs that contain themselves
	defs      map[string]any          // their schemas
}

func (g *generator) of(t reflect.Type) node {
	if result, ok := g.standsFor(t); ok {
		return g.of(result)
	}
	if t.Kind() == reflect.Pointer {
		return orNull(g.of(t.Elem()))
	}
	switch cbor.Of(t).Form() {
	case cbor.FormTime:
		return node{"type": "string", "format": "date-time"}
	case cbor.FormBytes:
		return bytes()
	case cbor.FormOpaque:
		return node{}
	}
	switch t.Kind() {
	case reflect.Bool:
		return node{"type": "boolean"}
	case reflect.String:
		return node{"type": "string"}
	case reflect.Float32, reflect.Float64:
		return node{"type": "number"}
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return orNull(bytes())
		}
		return orNull(node{"type": "array", "items": g.of(t.Elem())})
	case reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return bytes()
		}
		return node{"type": "array", "items": g.of(t.Elem()), "minItems": t.Len(), "maxItems": t.Len()}
	case reflect.Map:
		return orNull(node{"type": "object", "additionalProperties": g.of(t.Elem())})
	case reflect.Struct:
		return g.structure(t)
	case reflect.Interface:
		return node{}
	}
	return integer(t)
}

// bytes is the schema of a byte string. JSON has none; binary is the name that
// MIME has for bytes as they are.
func bytes() node { return node{"type": "string", "contentEncoding": "binary"} }

// integer is the schema of an integer type, with the bounds that are not those
// of every integer in CBOR.
func integer(t reflect.Type) node {
	s := node{"type": "integer"}
	bits := t.Bits()
	switch {
	case t.Kind() >= reflect.Uint:
		s["minimum"] = 0
		if bits < 64 {
			s["maximum"] = uint64(1)<<bits - 1
		}
	case bits < 64:
		s["minimum"], s["maximum"] = math.MinInt64>>(64-bits), math.MaxInt64>>(64-bits)
	}
	return s
}

// orNull is s, or null. A nil pointer, slice or map is null in CBOR.
func orNull(s node) node {
	switch t := s["type"].(type) {
	case string:
		s["type"] = []any{t, "null"}
	case nil:
		if s["$ref"] != nil {
			return node{"anyOf": []any{s, node{"type": "null"}}}
		}
	}
	return s
}

func (g *generator) structure(t reflect.Type) node {
	if g.active[t] || g.names[t] != "" {
		return g.ref(t)
	}
	g.active[t] = true
	s := g.fields(t)
	delete(g.active, t)
	if name := g.names[t]; name != "" { // met again inside itself
		g.defs[name] = s
		return g.ref(t)
	}
	return s
}

// ref refers to the struct t by a name that no other has.
func (g *generator) ref(t reflect.Type) node {
	if g.names[t] == "" {
		name := t.Name()
		if name == "" {
			name = "struct"
		}
		unique := name
		for i := 2; g.taken(unique); i++ {
			unique = name + strconv.Itoa(i)
		}
		g.names[t] = unique
	}
	return node{"$ref": "#/$defs/" + g.names[t]}
}

func (g *generator) taken(name string) bool {
	for _, n := range g.names {
		if n == name {
			return true
		}
	}
	return false
}

func (g *generator) fields(t reflect.Type) node {
	fields, array := cbor.Fields(t)
	properties, items, required := node{}, []any{}, []any{}
	for _, f := range fields {
		s := g.of(f.Type)
		if text := cbor.TagOf(f.Tag, "jsonschema"); text != "" {
			s["description"] = text
		}
		items = append(items, s)
		properties[f.Name] = s
		if !f.OmitEmpty && !f.OmitZero {
			required = append(required, f.Name)
		}
	}
	if array {
		return node{"type": "array", "prefixItems": items, "items": false, "minItems": len(items)}
	}
	s := node{"type": "object", "properties": properties}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}
