//go:build wasip1

// The Go guest of the comparison as an Extism plug-in. The imports of
// extism:host/env are declared here, since no kit for Go is needed for so
// few.
package main

import (
	"encoding/binary"

	"github.com/pledge-wasm/pledge/bench/internal/work"
)

//go:wasmimport extism:host/env input_length
func inputLength() uint64

//go:wasmimport extism:host/env input_load_u64
func inputLoad64(offset uint64) uint64

//go:wasmimport extism:host/env input_load_u8
func inputLoad8(offset uint64) uint32

//go:wasmimport extism:host/env alloc
func alloc(n uint64) uint64

//go:wasmimport extism:host/env store_u64
func store64(offset, v uint64)

//go:wasmimport extism:host/env store_u8
func store8(offset uint64, v uint32)

//go:wasmimport extism:host/env output_set
func outputSet(offset, n uint64)

// input copies what the host sent, eight bytes a call as the plug-in kits do.
func input() []byte {
	n := inputLength()
	b := make([]byte, n)
	i := uint64(0)
	for ; i+8 <= n; i += 8 {
		binary.LittleEndian.PutUint64(b[i:], inputLoad64(i))
	}
	for ; i < n; i++ {
		b[i] = byte(inputLoad8(i))
	}
	return b
}

func output(b []byte) {
	n := uint64(len(b))
	at := alloc(n)
	i := uint64(0)
	for ; i+8 <= n; i += 8 {
		store64(at+i, binary.LittleEndian.Uint64(b[i:]))
	}
	for ; i < n; i++ {
		store8(at+i, uint32(b[i]))
	}
	outputSet(at, n)
}

//go:wasmexport echo
func echo() int32 {
	output(input())
	return 0
}

//go:wasmexport sum
func sum() int32 {
	out, err := work.SumCBOR(input())
	if err != nil {
		return 1
	}
	output(out)
	return 0
}

//go:wasmexport count
func count() int32 {
	output(work.CountCBOR(input()))
	return 0
}

func main() {}
