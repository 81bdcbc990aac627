package guest

import (
	"context"

	"github.com/pledge-wasm/pledge/abi"
)

// Dispatch runs one task: request is [name, args] and the response [0, value]
// or [1, error], both as ABI v1 has them. The response is appended to dst. It
// neither keeps nor changes the request.
//
// The host reaches it through the export pledge_v1_call. Tests of handlers
// want package guesttest, which sits on top of it.
func Dispatch(ctx context.Context, dst, request []byte) []byte {
	name, args, err := abi.SplitRequest(request)
	if err != nil {
		return abi.AppendError(dst, &abi.GuestError{Code: abi.BoundaryBadRequest, Message: err.Error()})
	}
	module.RLock()
	t := module.byName[string(name)]
	module.RUnlock()
	if t == nil {
		return abi.AppendError(dst, &abi.GuestError{
			Code:    CodeUnknownTask,
			Message: "there is no task " + quote(string(name)) + " in this module",
		})
	}
	dst, err = t.run(ctx, dst, args)
	if err != nil {
		return abi.AppendError(dst, wire(err))
	}
	return dst
}
