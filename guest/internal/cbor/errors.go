package cbor

import (
	"reflect"
	"strconv"
)

// TypeError says that a well-formed item does not fit the Go type, or that a
// Go value has no CBOR form.
type TypeError struct {
	Path string // where, such as $.items[3].price; $ is the whole value
	Want string // what the Go type asks for, in words of CBOR; empty when encoding
	Got  string // what is there

	cause error // what a method of the Go type returned, or nil
}

// Unwrap returns the error of the method that failed, if that was it.
func (e *TypeError) Unwrap() error { return e.cause }

func (e *TypeError) Error() string {
	if e.Want == "" {
		return "cbor: " + e.Path + ": " + e.Got
	}
	return "cbor: " + e.Path + ": want " + e.Want + ", got " + e.Got
}

// mismatch makes a TypeError whose path is to be completed by [at].
func mismatch(want, got string) error { return &TypeError{Path: "$", Want: want, Got: got} }

// at puts step in front of the path of a TypeError on its way out, so that
// paths cost nothing unless something is wrong. Other errors pass unchanged.
func at(err error, step string) error {
	if e, ok := err.(*TypeError); ok {
		e.Path = "$" + step + e.Path[1:]
	}
	return err
}

func atIndex(err error, i int) error { return at(err, "["+strconv.Itoa(i)+"]") }

func atField(err error, name string) error {
	if plain(name) {
		return at(err, "."+name)
	}
	return at(err, "["+Quote(name)+"]")
}

// atKey puts the key of a map in front of the path.
func atKey(err error, key reflect.Value) error {
	for key.Kind() == reflect.Interface && !key.IsNil() {
		key = key.Elem()
	}
	switch key.Kind() {
	case reflect.String:
		return atField(err, key.String())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return at(err, "["+strconv.FormatInt(key.Int(), 10)+"]")
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return at(err, "["+strconv.FormatUint(key.Uint(), 10)+"]")
	}
	return at(err, "["+key.Type().String()+"]")
}

// plain reports whether name can stand in a path without quotes.
func plain(name string) bool {
	for i := 0; i < len(name); i++ {
		c := name[i] | 0x20
		if (c < 'a' || c > 'z') && name[i] != '_' && (i == 0 || name[i] < '0' || name[i] > '9') {
			return false
		}
	}
	return name != ""
}

// Quote puts s between quotes. What could be mistaken for something else is
// escaped; the rest stays as it is. (strconv.Quote asks the Unicode tables
// about every character, and brings them along.)
func Quote(s string) string {
	const hex = "0123456789abcdef"
	b := append(make([]byte, 0, len(s)+2), '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ' || c == 0x7f:
			b = append(b, '\\', 'x', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return string(append(b, '"'))
}
