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
	kind, content, err := cbor.SplitResponse(boundary.Call(ctx, request))
	if err == nil && kind == 0 {
		return content, nil
	}
	var e received
	if err == nil {
		err = cbor.Unmarshal(content, &e)
	}
	if err != nil {
		return nil, &Error{Code: CodeBadResult, Message: "function " + quote(function) + ": response: " + detail(err)}
	}
	return nil, &Error{Code: e.Code, Message: e.Message, Data: e.Data, Retry: e.Retry}
}

// received is the error of a response.
type received struct {
	Code    string `cbor:"code"`
	Message string `cbor:"message"`
	Data    any    `cbor:"data"`
	Retry   bool   `cbor:"retry"`
}
