package boundary

import (
	"context"
	"unsafe"

	"github.com/pledge-wasm/pledge/abi"
)

// The two functions of the guest that the host calls. Written once, by Serve.
var (
	dispatch func(ctx context.Context, dst, request []byte) []byte
	describe func() []byte
)

// Serve names the functions behind the exports. Package guest calls it from
// its init.
func Serve(call func(ctx context.Context, dst, request []byte) []byte, manifest func() []byte) {
	dispatch, describe = call, manifest
}

// keep is how large a buffer may be that a later call uses again.
const keep = 1 << 20

// The buffers at the boundary. They are reachable from here for as long as the
// host may look at them, so the garbage collector, which moves nothing, leaves
// them where they are.
var (
	input  []byte // of the latest alloc
	output = make([]byte, 0, 4096)
)

// alloc makes room for a request of n bytes. Only the latest buffer counts; a
// buffer that is large enough is handed out again. 0 means that the guest can
// never have that much.
//
//go:wasmexport pledge_v1_alloc
func alloc(n uint32) uint32 {
	const most = 1<<31 - 1
	if n > most {
		return 0
	}
	if input == nil {
		warm()
	}
	if uint32(cap(input)) < n || input == nil || cap(input) > keep && n <= keep {
		input = nil // so that the old one can make room for the new
		input = make([]byte, max(n, 64))
	}
	return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(input))))
}

// call runs one task and returns the span of its response, valid until the
// next call of an export.
//
//go:wasmexport pledge_v1_call
func call(ptr, n uint32) uint64 {
	if cap(output) > keep {
		output = nil
	}
	if ptr != uint32(uintptr(unsafe.Pointer(unsafe.SliceData(input)))) || n > uint32(cap(input)) {
		output = abi.AppendError(output[:0], &abi.GuestError{
			Code:    abi.BoundaryBadRequest,
			Message: "the request is not in the buffer of the latest pledge_v1_alloc",
		})
	} else {
		output = dispatch(context.Background(), output[:0], input[:n])
	}
	return span(output)
}

//go:wasmexport pledge_v1_describe
func manifest() uint64 {
	output = append(output[:0], describe()...)
	return span(output)
}

func span(b []byte) uint64 {
	return uint64(abi.MakeSpan(uint32(uintptr(unsafe.Pointer(unsafe.SliceData(b)))), uint32(len(b))))
}
