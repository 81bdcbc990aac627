//go:build !wasip1

package boundary

import (
	"context"
	"os"

	"github.com/pledge-wasm/pledge/abi"
)

// Serve has nothing to do: outside of WebAssembly tests call the dispatcher.
func Serve(func(ctx context.Context, dst, request []byte) []byte, func() []byte) {}

// Call hands a request to the host of ctx and returns its response. Without a
// host nothing is granted.
func Call(ctx context.Context, request []byte) []byte {
	if h, ok := ctx.Value(hostKey{}).(Host); ok {
		return h.Call(request)
	}
	return abi.AppendError(nil, &abi.GuestError{
		Code:    abi.BoundaryNotGranted,
		Message: "no host here: call the handler through guesttest.Run",
	})
}

// Log hands an entry to the host of ctx, or to standard error without one.
func Log(ctx context.Context, level abi.Level, text string) {
	if h, ok := ctx.Value(hostKey{}).(Host); ok {
		h.Log(level, text)
		return
	}
	os.Stderr.WriteString(level.String() + ": " + text + "\n")
}
