package boundary

import (
	"context"
	"unsafe"

	"github.com/pledge-wasm/pledge/abi"
)

//go:wasmimport pledge_v1 call
func hostCall(ptr unsafe.Pointer, n uint32) uint64

//go:wasmimport pledge_v1 take
func hostTake(handle uint32, ptr unsafe.Pointer)

//go:wasmimport pledge_v1 log
func hostLog(level uint32, ptr unsafe.Pointer, n uint32)

// Call hands a request to the host and returns its response, a buffer of the
// caller's own. Other goroutines of the guest stand still meanwhile.
func Call(_ context.Context, request []byte) []byte {
	answer := hostCall(unsafe.Pointer(unsafe.SliceData(request)), uint32(len(request)))
	response := make([]byte, uint32(answer))
	hostTake(uint32(answer>>32), unsafe.Pointer(unsafe.SliceData(response)))
	return response
}

// Log hands an entry to the host.
func Log(_ context.Context, level abi.Level, text string) {
	hostLog(uint32(level), unsafe.Pointer(unsafe.StringData(text)), uint32(len(text)))
}
