// Package guesttest runs the tasks of a program natively, in plain go test.
//
// [Run] takes the same way as a host: it encodes the arguments, hands the
// request to the dispatcher of package guest, checks the response as a host
// does and decodes the value. What the task asks of its host goes to a [Host],
// which grants what the test says and remembers what happened.
//
//	func TestCount(t *testing.T) {
//		got, err := guesttest.Run[map[string]int](t.Context(), nil, "count", "a b a")
//		...
//	}
package guesttest

import (
	"context"
	"errors"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/guest"
	"github.com/pledge-wasm/pledge/guest/internal/boundary"
)

// Run runs a task and returns its value. Futures of the host's runs in args and
// in the value are resolved. Its error is a [*guest.Error] when the
// task failed, and any other when the response breaks the rules of the
// boundary. A panic of the handler is the caller's. h may be nil: a host that
// grants nothing and remembers nothing.
func Run[O any](ctx context.Context, h *Host, task string, args any) (O, error) {
	var out O
	if h == nil {
		h = new(Host)
	}
	value, err := h.run(ctx, task, args)
	if err != nil {
		return out, err
	}
	return out, guest.Decode(value, &out)
}

// run runs a task up to its encoded value, without futures in it.
func (h *Host) run(ctx context.Context, task string, args any) (abi.Raw, error) {
	encoded, err := guest.Encode(args)
	if err == nil {
		encoded, err = h.resolve(encoded)
	}
	if err != nil {
		return nil, err
	}
	request := abi.AppendRequest(nil, task, encoded)
	response := guest.Dispatch(boundary.With(ctx, boundaryHost{h, ctx}), nil, request)
	parsed, err := abi.ParseResponse(response, abi.Limits{})
	if err != nil {
		return nil, err
	}
	if parsed.Err != nil {
		return nil, failure(parsed.Err)
	}
	return h.resolve(parsed.Value)
}

// failure is the error of a response as a guest.Error.
func failure(g *abi.GuestError) *guest.Error {
	e := &guest.Error{Code: g.Code, Message: g.Message, Retry: g.Retry}
	if len(g.Data) > 0 {
		if err := guest.Decode(g.Data, &e.Data); err != nil {
			e.Data = g.Data
		}
	}
	return e
}

// Manifest returns what the program's module says about itself.
func Manifest() (*abi.Manifest, error) { return abi.ParseManifest(guest.Manifest()) }

// asGuestError is err as the host would hand it to the guest.
func asGuestError(err error) *abi.GuestError {
	e, ok := errors.AsType[*guest.Error](err)
	if !ok {
		return &abi.GuestError{Code: guest.CodeError, Message: err.Error()}
	}
	g := &abi.GuestError{Code: e.Code, Message: e.Message, Retry: e.Retry, State: e.State}
	if e.Data != nil {
		g.Data, _ = guest.Encode(e.Data) // lost if it has no form, as in a guest
	}
	return g
}
