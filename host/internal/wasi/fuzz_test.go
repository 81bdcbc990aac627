package wasi_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/host/internal/wasi"
)

// written lists, for the functions that write, the areas that they may write:
// index of the pointer, and how much. Functions that are not here write nothing.
var written = map[string]func(p []uint64) [][2]uint64{
	"args_get":            func(p []uint64) [][2]uint64 { return [][2]uint64{{p[0], 8}, {p[1], 5}} },
	"args_sizes_get":      func(p []uint64) [][2]uint64 { return [][2]uint64{{p[0], 4}, {p[1], 4}} },
	"environ_get":         func(p []uint64) [][2]uint64 { return [][2]uint64{{p[0], 4}, {p[1], 4}} },
	"environ_sizes_get":   func(p []uint64) [][2]uint64 { return [][2]uint64{{p[0], 4}, {p[1], 4}} },
	"clock_res_get":       func(p []uint64) [][2]uint64 { return [][2]uint64{{p[1], 8}} },
	"clock_time_get":      func(p []uint64) [][2]uint64 { return [][2]uint64{{p[2], 8}} },
	"fd_fdstat_get":       func(p []uint64) [][2]uint64 { return [][2]uint64{{p[1], 24}} },
	"fd_filestat_get":     func(p []uint64) [][2]uint64 { return [][2]uint64{{p[1], 64}} },
	"fd_read":             func(p []uint64) [][2]uint64 { return [][2]uint64{{p[3], 4}} },
	"fd_write":            func(p []uint64) [][2]uint64 { return [][2]uint64{{p[3], 4}} },
	"fd_prestat_get":      func(p []uint64) [][2]uint64 { return [][2]uint64{{p[1], 8}} },
	"fd_prestat_dir_name": func(p []uint64) [][2]uint64 { return [][2]uint64{{p[1], 1}} },
	"fd_readdir":          func(p []uint64) [][2]uint64 { return [][2]uint64{{p[4], 4}} },
	"path_filestat_get":   func(p []uint64) [][2]uint64 { return [][2]uint64{{p[4], 64}} },
	"path_open":           func(p []uint64) [][2]uint64 { return [][2]uint64{{p[8], 4}} },
	"poll_oneoff":         func(p []uint64) [][2]uint64 { return [][2]uint64{{p[1], 32 * p[2]}, {p[3], 4}} },
	"random_get":          func(p []uint64) [][2]uint64 { return [][2]uint64{{p[0], p[1]}} },
}

// FuzzCalls makes a guest of the input: its memory, then calls of one byte for
// the function and four or eight for each parameter. Whatever it does, nothing
// panics, nothing but the areas of the call is written, the work is bounded by
// the charge, and a second run is the same.
func FuzzCalls(f *testing.F) {
	seeds := 0
	for i, fn := range wasi.Functions() {
		for _, v := range []uint32{0, 1, 2, 3, 64, memorySize - 4, memorySize, 0x05555556, 0xffffffff} {
			program := []byte{byte(i)}
			for _, p := range fn.Params {
				program = binary.LittleEndian.AppendUint32(program, v)
				if p == 0x7e {
					program = binary.LittleEndian.AppendUint32(program, v)
				}
			}
			f.Add(bytes.Repeat([]byte{1, 0, 0, 0, 8, 0, 0, 0}, 16), append(program, program...))
			seeds++
		}
	}
	require.Equal(f, 9*46, seeds)
	f.Fuzz(func(t *testing.T, memory, program []byte) {
		first := runProgram(t, memory, program)
		require.Equal(t, first, runProgram(t, memory, program), "it does the same again")
	})
}

func runProgram(t *testing.T, memory, program []byte) []any {
	w := newWorld(t)
	copy(w.mem, memory)
	w.budget = 16 << 20
	w.Reset(wasi.State{}, &wasi.Grants{Args: []string{"a", "bc"}, Environ: []string{"A=1"}})
	all := wasi.Functions()
	var results []any
	for len(program) > 0 {
		fn := all[int(program[0])%len(all)]
		program = program[1:]
		var params []uint64
		for _, p := range fn.Params {
			size := 4
			if p == 0x7e {
				size = 8
			}
			var b [8]byte
			program = program[copy(b[:size], program):]
			params = append(params, binary.LittleEndian.Uint64(b[:]))
		}
		before := bytes.Clone(w.mem)
		e, err := w.try(fn.Name, params...)
		results = append(results, e, err)
		if areas := written[fn.Name]; areas != nil {
			for _, a := range areas(params) {
				if a[0]+a[1] <= memorySize {
					copy(before[a[0]:a[0]+a[1]], w.mem[a[0]:])
				}
			}
		}
		require.True(t, bytes.Equal(before, w.mem), "%s(%x) wrote elsewhere", fn.Name, params)
		require.LessOrEqual(t, w.units, w.budget+1<<20)
		if err != nil {
			break
		}
	}
	return append(results, w.Save(), w.units, w.log.Finish(), w.mem)
}
