//go:build wasip1

// The Go guest of the comparison for those who use a runtime directly: pointer
// and length in, both packed into one number out.
package main

import (
	"unsafe"

	"github.com/pledge-wasm/pledge/bench/internal/work"
)

// input is where the host puts what it sends; the output stays here until the
// next call.
var input, output []byte

//go:wasmexport alloc
func alloc(n uint32) uint32 {
	if uint32(cap(input)) < n || input == nil {
		input = make([]byte, max(n, 64<<10))
	}
	return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(input))))
}

func bytesAt(ptr, n uint32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(uintptr(ptr))), n)
}

func span(b []byte) uint64 {
	output = b
	return uint64(uintptr(unsafe.Pointer(unsafe.SliceData(b))))<<32 | uint64(len(b))
}

//go:wasmexport echo
func echo(ptr, n uint32) uint64 { return span(bytesAt(ptr, n)) }

//go:wasmexport sum
func sum(ptr, n uint32) uint64 {
	out, err := work.SumCBOR(bytesAt(ptr, n))
	if err != nil {
		panic(err)
	}
	return span(out)
}

//go:wasmexport count
func count(ptr, n uint32) uint64 { return span(work.CountCBOR(bytesAt(ptr, n))) }

func main() {}
