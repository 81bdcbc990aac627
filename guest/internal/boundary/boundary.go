// Package boundary is where a guest touches its host: the three imports and
// the three exports of ABI v1. It is the only package of the guest with unsafe
// in it.
//
// Compiled for wasip1 it is the real thing. Compiled for anything else, the
// host is whatever [With] put into the context, so that handlers run under
// plain go test, several at a time.
package boundary

import (
	"context"

	"github.com/pledge-wasm/pledge/abi"
)

// Host stands in for the host outside of WebAssembly.
type Host interface {
	// Call answers the request [function, args] with a response. It neither
	// keeps nor changes the request.
	Call(request []byte) (response []byte)
	// Log takes one entry, which may have several lines.
	Log(level abi.Level, text string)
}

type hostKey struct{}

// With returns a context whose host is h. It has no effect on wasip1.
func With(ctx context.Context, h Host) context.Context {
	return context.WithValue(ctx, hostKey{}, h)
}
