package guest

import (
	"errors"
	"unicode/utf8"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/guest/internal/cbor"
)

// Codes of the errors that this package makes itself. Handlers choose their
// own words.
const (
	// CodeError is the code of an error that has none: a handler returned an
	// error without an [*Error] in its chain.
	CodeError = "error"
	// CodeBadArgs: the arguments do not fit the handler's type. The data is
	// {"path", "want", "got"} when a value is at fault.
	CodeBadArgs = abi.BoundaryBadArgs
	// CodeBadResult: what the handler returned has no CBOR form.
	CodeBadResult = string(abi.CodeBadResult)
	// CodeUnknownTask: the module has no task of this name.
	CodeUnknownTask = string(abi.CodeUnknownTask)
)

// Error is an error that crosses the boundary whole. A handler that returns
// one, alone or wrapped, gives the caller its code and data; [Call] and
// [Future.Await] return one when the other side failed.
type Error struct {
	// Code says in one word, for programs, what is wrong. Empty means
	// [CodeError].
	Code string
	// Message says it for people.
	Message string
	// Data is more for programs: any value with a CBOR form, or nil. In an
	// error from the other side it is what [Decode] makes of it, or [Raw] when
	// Go has no value for it.
	Data any
	// Retry is a hint that the same call may succeed later.
	Retry bool
	// State is set by [Future.Await]: how the run ended, "Failed", "Crashed",
	// "TimedOut" or "Cancelled". It does not cross the boundary again when a
	// handler returns the error.
	State string
}

// Error is "CODE: MESSAGE", or what there is of the two.
func (e *Error) Error() string {
	g := abi.GuestError{Code: e.Code, Message: e.Message}
	return g.Error()
}

// Fail makes an [*Error] with a code and a message.
func Fail(code, message string) *Error { return &Error{Code: code, Message: message} }

// wire is err as it crosses the boundary. The message of an error that wraps an
// [*Error] is that of the whole chain.
func wire(err error) *abi.GuestError {
	e, ok := errors.AsType[*Error](err)
	switch {
	case !ok:
		return &abi.GuestError{Code: CodeError, Message: valid(err.Error())}
	case e == nil:
		return &abi.GuestError{Code: CodeError, Message: "the handler returned a nil *guest.Error as its error; return nil itself"}
	}
	g := &abi.GuestError{Code: valid(e.Code), Message: valid(e.Message), Retry: e.Retry}
	if g.Code == "" {
		g.Code = CodeError
	}
	if err != error(e) {
		g.Message = valid(err.Error())
	}
	if e.Data != nil {
		data, err := cbor.Append(nil, e.Data)
		if err != nil {
			g.Message += " (its data is lost: " + valid(err.Error()) + ")"
		}
		g.Data = data
	}
	return g
}

// valid is s with what is not UTF-8 replaced.
func valid(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b []byte
	for _, r := range s {
		b = utf8.AppendRune(b, r)
	}
	return string(b)
}

// badArgs is the error for arguments that cannot be decoded.
func badArgs(task string, err error) *Error {
	e := &Error{Code: CodeBadArgs, Message: "task " + quote(task) + ": arguments: " + detail(err)}
	if t, ok := err.(*cbor.TypeError); ok {
		e.Data = map[string]any{"path": t.Path, "want": t.Want, "got": t.Got}
	}
	return e
}

// badResult is the error for a result that cannot be encoded. A future in it
// that could not even be submitted says so itself.
func badResult(task string, err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Code: CodeBadResult, Message: "task " + quote(task) + ": result: " + detail(err)}
}

// detail is err without the name of the package that found it.
func detail(err error) string {
	s := err.Error()
	if len(s) > 6 && s[:6] == "cbor: " {
		s = s[6:]
	}
	return s
}
