package futures

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// hidden is shown in the place of a secret.
const hidden = "***"

// reprLimit is how many characters of arguments CallRepr shows.
const reprLimit = 100

// CallRepr describes a call for people: name(arg, key=value). The elements of a
// list are positional arguments; the entries of a map with text keys and the
// exported fields of a struct are named ones, in the order of the keys or
// fields; nil is none; any other value is one argument.
//
// Arguments longer than 100 characters are cut there and marked "...". They are
// looked at only as far as they are shown, so that huge ones cost nothing.
// Futures show as their run, what is in [Secret] and in fields tagged
// `pledge:"secret"` as ***. It never fails: a String method that panics shows as
// that.
func CallRepr(name string, args any) string {
	r := repr{left: reprLimit + 1} // one more, to see whether there is more
	r.arguments(args)
	text := r.b.String()
	if utf8.RuneCountInString(text) > reprLimit {
		i := 0
		for range reprLimit {
			_, n := utf8.DecodeRuneInString(text[i:])
			i += n
		}
		text = text[:i] + "..."
	}
	return name + "(" + text + ")"
}

// maxNesting is how deeply nested a value may be to be shown.
const maxNesting = 32

// repr writes until nothing is left of its limit.
type repr struct {
	b     strings.Builder
	left  int // characters
	depth int
}

func (r *repr) full() bool { return r.left <= 0 }

func (r *repr) write(s string) {
	for _, c := range s { // bytes that are no text show as U+FFFD
		if r.full() {
			return
		}
		r.left--
		r.b.WriteRune(c)
	}
}

func (r *repr) arguments(args any) {
	if w, ok := args.(Wrapped); ok && w.mode&modeSecret == 0 {
		args = w.value
	}
	if args == nil || special(reflect.TypeOf(args)) {
		if args != nil {
			r.value(reflect.ValueOf(args))
		}
		return
	}
	v := reflect.ValueOf(args)
	for range maxNesting { // a pointer may lead to itself
		if v.Kind() != reflect.Pointer || v.IsNil() || special(v.Type()) {
			break
		}
		v = v.Elem()
	}
	switch {
	case special(v.Type()):
		r.value(v)
	case v.Kind() == reflect.Struct:
		r.fields(v, "=")
	case v.Kind() == reflect.Map && v.Type().Key().Kind() == reflect.String:
		r.entries(v, "=", func(k reflect.Value) { r.write(k.String()) })
	case (v.Kind() == reflect.Slice || v.Kind() == reflect.Array) && v.Type().Elem().Kind() != reflect.Uint8:
		r.elements(v)
	default:
		r.value(v)
	}
}

func (r *repr) value(v reflect.Value) {
	if r.full() {
		return
	}
	if !v.IsValid() {
		r.write("nil")
		return
	}
	if v.CanInterface() && special(v.Type()) {
		r.special(v.Interface())
		return
	}
	r.depth++
	defer func() { r.depth-- }()
	if r.depth > maxNesting { // it may be a cycle; lists of any count twice
		r.write("...")
		return
	}
	r.plain(v)
}

func (r *repr) plain(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		r.write(strconv.FormatBool(v.Bool()))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		r.write(strconv.FormatInt(v.Int(), 10))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		r.write(strconv.FormatUint(v.Uint(), 10))
	case reflect.Float32, reflect.Float64:
		r.write(strconv.FormatFloat(v.Float(), 'g', -1, v.Type().Bits()))
	case reflect.String:
		r.write(strconv.Quote(r.head(v.String())))
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			r.write("nil")
			return
		}
		r.value(v.Elem())
	case reflect.Slice, reflect.Array:
		r.sequence(v)
	case reflect.Map:
		r.write("{")
		r.entries(v, ": ", r.value)
		r.write("}")
	case reflect.Struct:
		r.write("{")
		r.fields(v, ": ")
		r.write("}")
	default:
		r.write(v.Type().String())
	}
}

func (r *repr) sequence(v reflect.Value) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		n := min(v.Len(), r.left)
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(v.Index(i).Uint())
		}
		r.write(fmt.Sprintf("h'%x'", b))
		return
	}
	r.write("[")
	r.elements(v)
	r.write("]")
}

func (r *repr) elements(v reflect.Value) {
	for i := 0; i < v.Len() && !r.full(); i++ {
		if i > 0 {
			r.write(", ")
		}
		r.value(v.Index(i))
	}
}

func (r *repr) fields(v reflect.Value, is string) {
	t, first := v.Type(), true
	for i := 0; i < t.NumField() && !r.full(); i++ {
		f := t.Field(i)
		if !f.IsExported() {
			continue
		}
		if !first {
			r.write(", ")
		}
		first = false
		r.write(fieldName(f) + is)
		if f.Tag.Get("pledge") == "secret" {
			r.write(hidden)
			continue
		}
		r.value(v.Field(i))
	}
}

// manyEntries is how many entries of a map are sorted for being shown.
const manyEntries = 1000

func (r *repr) entries(v reflect.Value, is string, key func(reflect.Value)) {
	if v.Len() > manyEntries {
		r.write(fmt.Sprintf("%d entries", v.Len()))
		return
	}
	for i, e := range sortedPairs(v) {
		if r.full() {
			return
		}
		if i > 0 {
			r.write(", ")
		}
		key(e.key)
		r.write(is)
		r.value(e.value)
	}
}

// head returns about as much of s as can be shown.
func (r *repr) head(s string) string {
	if n := utf8.UTFMax * (r.left + 1); len(s) > n {
		return s[:n]
	}
	return s
}
