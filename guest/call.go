package guest

import (
	"context"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/guest/internal/boundary"
	"github.com/pledge-wasm/pledge/guest/internal/cbor"
)

// Call calls a function that the host has granted by name, and waits for its
// value. Futures anywhere in args are resolved by the host.
//
// When the host or the function says no, the error is an [*Error]: "not_granted",
// "unknown_function", "bad_args", or a code of the function's own. It is
// ctx.Err() if ctx is over before the call; a call that has begun is not
// interrupted. All goroutines of the guest stand still while the host works.
func Call[O any](ctx context.Context, function string, args any) (O, error) {
	var out O
	value, err := call(ctx, function, args)
	if err != nil {
		return out, err
	}
	if err := cbor.Unmarshal(value, &out); err != nil {
		return out, &Error{Code: CodeBadResult, Message: "function " + quote(function) + ": value: " + detail(err)}
	}
	return out, nil
}

// Progress reports how far the task is: any value with a CBOR form, for whoever
// watches the future. Every task may do so.
func Progress(ctx context.Context, v any) error {
	_, err := call(ctx, abi.FuncProgress, v)
	return err
}

// call is Call without decoding the value.
func call(ctx context.Context, function string, args any) (abi.Raw, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	request, err := cbor.Append(abi.AppendText(abi.AppendHead(nil, abi.MajorArray, 2), valid(function)), args)
	if err != nil {
		return nil, &Error{Code: CodeBadArgs, Message: "function " + quote(function) + ": arguments: " + detail(err)}
	}
	response, err := abi.SplitResponse(boundary.Call(ctx, request))
	switch {
	case err != nil:
		return nil, &Error{Code: CodeBadResult, Message: "function " + quote(function) + ": response: " + detail(err)}
	case response.Err != nil:
		return nil, received(response.Err)
	}
	return response.Value, nil
}

// received is an error that came across the boundary.
func received(g *abi.GuestError) *Error {
	e := &Error{Code: g.Code, Message: g.Message, Retry: g.Retry, State: g.State}
	if len(g.Data) > 0 {
		if err := cbor.Unmarshal(g.Data, &e.Data); err != nil {
			e.Data = append(Raw{}, g.Data...)
		}
	}
	return e
}
