//go:build wasip1 && compute

package main

import (
	"encoding/binary"

	"github.com/pledge-wasm/pledge/bench/internal/workload"
)

// compute takes the rounds, four bytes little endian, and then the name.
//
//go:wasmexport compute
func compute() int32 {
	in := input()
	v, err := workload.Compute(string(in[4:]), int32(binary.LittleEndian.Uint32(in)))
	if err != nil {
		return 1
	}
	output(binary.LittleEndian.AppendUint64(make([]byte, 0, 8), uint64(v)))
	return 0
}
