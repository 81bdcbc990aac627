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

// typed is the schema of a JSON type, with further pairs of names and values.
//
//go:noinline
func typed(name string, more ...any) node {
	s := node{"type": name}
	for i := 0; i+1 < len(more); i += 2 {
		s[more[i].(string)] = more[i+1]
	}
	return s
}

func (g *generator) of(t reflect.Type) node {
	if result, ok := g.standsFor(t); ok {
		return g.of(result)
	}
	kind := t.Kind()
	if kind == reflect.Pointer {
		return orNull(g.of(t.Elem()))
	}
	form := cbor.Of(t).Form()
	if isList := kind == reflect.Slice || kind == reflect.Array; form == cbor.FormKind && isList && t.Elem().Kind() == reflect.Uint8 {
		form = cbor.FormBytes
	}
	var s node
	switch {
	case form == cbor.FormTime:
		return typed("string", "format", "date-time")
	case form == cbor.FormBytes: // JSON has no bytes; binary is MIME's name for them as they are
		s = typed("string", "contentEncoding", "binary")
	case form == cbor.FormOpaque || kind == reflect.Interface:
		return node{}
	case form == cbor.FormInteger:
		return typed("integer")
	case kind == reflect.Bool:
		return typed("boolean")
	case kind == reflect.String, form == cbor.FormText:
		return typed("string")
	case kind == reflect.Float32 || kind == reflect.Float64:
		return typed("number")
	case kind == reflect.Slice:
		s = typed("array", "items", g.of(t.Elem()))
	case kind == reflect.Array:
		return typed("array", "items", g.of(t.Elem()), "minItems", t.Len(), "maxItems", t.Len())
	case kind == reflect.Map:
		s = typed("object", "additionalProperties", g.of(t.Elem()))
	case kind == reflect.Struct:
		return g.structure(t)
	default:
		return integer(t)
	}
	if kind == reflect.Slice || kind == reflect.Map {
		return orNull(s)
	}
	return s
}

// integer is the schema of an integer type, with the bounds that are not those
// of every integer in CBOR.
func integer(t reflect.Type) node {
	bits := t.Bits()
	switch unsigned := t.Kind() >= reflect.Uint; {
	case unsigned && bits == 64:
		return typed("integer", "minimum", 0)
	case unsigned:
		return typed("integer", "minimum", 0, "maximum", uint64(1)<<bits-1)
	case bits == 64:
		return typed("integer")
	}
	top := int64(1)<<(bits-1) - 1
	return typed("integer", "minimum", -top-1, "maximum", top)
}

// orNull is s, or null. A nil pointer, slice or map is null in CBOR.
func orNull(s node) node {
	switch t := s["type"].(type) {
	case string:
		s["type"] = []any{t, "null"}
	case nil:
		if s["$ref"] != nil {
			return node{"anyOf": []any{s, typed("null")}}
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
		return typed("array", "prefixItems", items, "items", false, "minItems", len(items))
	}
	s := typed("object", "properties", properties)
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}
