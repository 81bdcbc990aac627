package cbor

import (
	"reflect"
	"strconv"
)

// Field is one visible field of a struct, as CBOR sees it.
type Field struct {
	Name      string       // the key, when it is text
	Int       int64        // the key, when IntKey
	IntKey    bool         // the key is an integer (option keyasint)
	Type      reflect.Type // the Go type of the field
	Tag       reflect.StructTag
	OmitEmpty bool  // left out when its CBOR would be empty, zero, false or null
	OmitZero  bool  // left out when it is the zero value of its Go type
	Index     []int // as for [reflect.Value.FieldByIndex]

	named   bool // the name comes from a tag
	invalid bool // the name is not the integer that IntKey needs
}

// Fields lists the visible fields of the struct type t in the order of their
// indices, and whether the struct is encoded as an array (a field named _ has
// the tag cbor:",toarray"). Embedded structs without a name in their tag give
// their fields to the outer struct; the rules for clashes are those of
// encoding/json.
func Fields(t reflect.Type) (fields []Field, array bool) {
	for i := range t.NumField() {
		if f := t.Field(i); f.Name == "_" {
			_, options, _ := cut(TagOf(f.Tag, "cbor"), ',')
			array = option(options, "toarray")
		}
	}
	type level struct {
		t     reflect.Type
		index []int
	}
	seen := map[reflect.Type]bool{}
	for now := []level{{t: t}}; len(now) > 0; {
		var next []level
		count := map[reflect.Type]int{}
		for _, l := range now {
			count[l.t]++
		}
		for _, l := range now {
			if seen[l.t] || count[l.t] > 1 {
				continue
			}
			seen[l.t] = true
			for i := range l.t.NumField() {
				f, inner, ok := fieldOf(l.t.Field(i))
				f.Index = append(append([]int(nil), l.index...), i)
				switch {
				case !ok:
				case inner != nil:
					next = append(next, level{inner, f.Index})
				default:
					fields = append(fields, f)
				}
			}
		}
		now = next
	}
	return visible(fields), array
}

// fieldOf reads the tags of one struct field. inner is the struct whose fields
// take its place, if any; ok is false for a field that does not count.
func fieldOf(sf reflect.StructField) (f Field, inner reflect.Type, ok bool) {
	base := sf.Type
	if base.Kind() == reflect.Pointer {
		base = base.Elem()
	}
	embedded := sf.Anonymous && base.Kind() == reflect.Struct
	if !sf.IsExported() && (!embedded || sf.Type != base) {
		return f, nil, false // reflect cannot set what such a pointer points at
	}
	tag := TagOf(sf.Tag, "cbor")
	if tag == "" {
		tag = TagOf(sf.Tag, "json")
	}
	if tag == "-" {
		return f, nil, false
	}
	name, options, _ := cut(tag, ',')
	f = Field{Name: name, named: name != "", Type: sf.Type, Tag: sf.Tag}
	f.OmitEmpty, f.OmitZero = option(options, "omitempty"), option(options, "omitzero")
	f.IntKey = option(options, "keyasint")
	if name == "" {
		if embedded {
			return f, base, true
		}
		f.Name = sf.Name
	}
	if !sf.IsExported() {
		return f, nil, false
	}
	if f.IntKey {
		n, ok := parseInt(f.Name)
		if !ok {
			f.invalid = true
			return f, nil, true
		}
		f.Int, f.Name = n, strconv.FormatInt(n, 10)
	}
	return f, nil, true
}

// visible drops the fields that lose to another of the same key: the shallowest
// wins, among those the one named by a tag, and a tie hides them all.
func visible(all []Field) []Field {
	less := func(a, b Field) bool { // a beats b
		if len(a.Index) != len(b.Index) {
			return len(a.Index) < len(b.Index)
		}
		return a.named && !b.named
	}
	var kept []Field
	for i, f := range all {
		best := true
		for j, g := range all {
			if i != j && f.Name == g.Name && f.IntKey == g.IntKey && !less(f, g) {
				best = false
			}
		}
		if best {
			kept = append(kept, f)
		}
	}
	for i := range kept { // few, and nearly sorted
		for ; i > 0 && before(kept[i].Index, kept[i-1].Index); i-- {
			kept[i], kept[i-1] = kept[i-1], kept[i]
		}
	}
	return kept
}

// before compares indices, the outer struct's first.
func before(a, b []int) bool {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return a[i] < b[i]
		}
	}
	return len(a) < len(b)
}

// cut splits s at the first sep.
//
//go:noinline
func cut(s string, sep byte) (before, after string, found bool) {
	for i := range len(s) {
		if s[i] == sep {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// parseInt reads a decimal integer of at most 18 digits.
func parseInt(s string) (n int64, ok bool) {
	digits := s
	if s != "" && s[0] == '-' {
		digits = s[1:]
	}
	if digits == "" || len(digits) > 18 {
		return 0, false
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return 0, false
		}
		n = n*10 + int64(digits[i]-'0')
	}
	if len(digits) < len(s) {
		n = -n
	}
	return n, true
}

// option reports whether the comma-separated list has the option.
//
//go:noinline
func option(list, name string) bool {
	for list != "" {
		var o string
		if o, list, _ = cut(list, ','); o == name {
			return true
		}
	}
	return false
}

// TagOf is the value that a struct tag has for key. It is [reflect.StructTag.Get]
// for values without backslashes, at a tenth of its size.
func TagOf(tag reflect.StructTag, key string) string {
	s := string(tag)
	for {
		for s != "" && s[0] == ' ' {
			s = s[1:]
		}
		name, rest, _ := cut(s, ':')
		_, rest, _ = cut(rest, '"')
		value, rest, ok := cut(rest, '"')
		if !ok || name == key {
			return value
		}
		s = rest
	}
}
