package cbor

import "strconv"

import "github.com/pledge-wasm/pledge/abi"

// TypeError says that a well-formed item does not fit the Go type, or that a
// Go value has no CBOR form. What is wrong with the bytes themselves is an
// [*abi.SyntaxError].
type TypeError struct {
	Path string // where, such as $.items[3].price; $ is the whole value
	Want string // what the Go type asks for, in words of CBOR; empty when encoding
	Got  string // what is there

	cause error // what a method of the Go type returned, or nil
}

// Error is "cbor: PATH: want WANT, got GOT".
func (e *TypeError) Error() string {
	if e.Want == "" {
		return "cbor: " + e.Path + ": " + e.Got
	}
	return "cbor: " + e.Path + ": want " + e.Want + ", got " + e.Got
}

// Unwrap returns the error of the method that failed, if that was it.
func (e *TypeError) Unwrap() error { return e.cause }

//go:noinline
func syntax(off int, reason abi.Reason) error {
	return &abi.SyntaxError{Offset: off, Reason: reason}
}

// mismatch makes a TypeError whose path is completed on the way out by [at], so
// that paths cost nothing unless something is wrong.
//
//go:noinline
func mismatch(want, got string) error { return &TypeError{Path: "$", Want: want, Got: got} }

// at puts step in front of the path of a TypeError. Other errors pass
// unchanged.
//
//go:noinline
func at(err error, step string) error {
	if e, ok := err.(*TypeError); ok {
		e.Path = "$" + step + e.Path[1:]
	}
	return err
}

//go:noinline
func indexStep(i int) string { return "[" + strconv.Itoa(i) + "]" }

//go:noinline
func nameStep(name string) string {
	for i := range len(name) {
		c := name[i] | 0x20
		if (c < 'a' || c > 'z') && name[i] != '_' && (i == 0 || name[i] < '0' || name[i] > '9') {
			return "[" + Quote(name) + "]"
		}
	}
	return "." + name
}

// keyStep is the step to the value under an encoded key.
func keyStep(key []byte) string {
	d := decoder{data: key}
	h, err := d.head()
	switch {
	case err != nil:
	case h.Major == abi.MajorText:
		if b, err := d.str(h); err == nil {
			return nameStep(string(b))
		}
	case h.Major <= abi.MajorNegInt:
		return "[" + integer(h) + "]"
	}
	return "[key]"
}

// Quote puts s between quotes. What could be mistaken for something else is
// escaped; the rest stays as it is. (strconv.Quote asks the Unicode tables
// about every character, and brings them along.)
//
//go:noinline
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
