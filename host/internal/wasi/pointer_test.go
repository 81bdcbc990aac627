package wasi_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/host/internal/wasi"
)

// pointerTests lists every pointer of every function that looks at memory: a
// call that succeeds, or fails for want of files, and what the pointer must
// cover.
var pointerTests = []struct {
	name   string
	params []uint64
	at     int // index of the pointer
	size   uint64
	want   wasi.Errno // with a good pointer
}{
	{"args_get", []uint64{8, 64}, 0, 8, 0},
	{"args_get", []uint64{8, 64}, 1, 5, 0},
	{"args_sizes_get", []uint64{8, 64}, 0, 4, 0},
	{"args_sizes_get", []uint64{8, 64}, 1, 4, 0},
	{"environ_get", []uint64{8, 64}, 0, 4, 0},
	{"environ_get", []uint64{8, 64}, 1, 4, 0},
	{"environ_sizes_get", []uint64{8, 64}, 0, 4, 0},
	{"environ_sizes_get", []uint64{8, 64}, 1, 4, 0},
	{"clock_res_get", []uint64{0, 8}, 1, 8, 0},
	{"clock_time_get", []uint64{0, 0, 8}, 2, 8, 0},
	{"fd_fdstat_get", []uint64{1, 8}, 1, 24, 0},
	{"fd_filestat_get", []uint64{1, 8}, 1, 64, 0},
	{"fd_read", []uint64{0, 8, 2, 64}, 1, 16, 0},
	{"fd_read", []uint64{0, 8, 2, 64}, 3, 4, 0},
	{"fd_write", []uint64{1, 8, 2, 64}, 1, 16, 0},
	{"fd_write", []uint64{1, 8, 2, 64}, 3, 4, 0},
	{"path_create_directory", []uint64{3, 8, 3}, 1, 3, wasi.EROFS},
	{"path_filestat_get", []uint64{3, 0, 8, 3, 64}, 2, 3, wasi.ENOENT},
	{"path_filestat_set_times", []uint64{3, 0, 8, 3, 0, 0, 0}, 2, 3, wasi.ENOENT},
	{"path_link", []uint64{3, 0, 8, 3, 3, 64, 5}, 2, 3, wasi.ENOENT},
	{"path_link", []uint64{3, 0, 8, 3, 3, 64, 5}, 5, 5, wasi.ENOENT},
	{"path_open", []uint64{3, 0, 8, 3, 0, 0, 0, 0, 64}, 2, 3, wasi.ENOENT},
	{"path_readlink", []uint64{3, 8, 3, 64, 5, 96}, 1, 3, wasi.ENOENT},
	{"path_remove_directory", []uint64{3, 8, 3}, 1, 3, wasi.ENOENT},
	{"path_rename", []uint64{3, 8, 3, 3, 64, 5}, 1, 3, wasi.ENOENT},
	{"path_rename", []uint64{3, 8, 3, 3, 64, 5}, 4, 5, wasi.ENOENT},
	{"path_symlink", []uint64{8, 3, 3, 64, 5}, 0, 3, wasi.EROFS},
	{"path_symlink", []uint64{8, 3, 3, 64, 5}, 3, 5, wasi.EROFS},
	{"path_unlink_file", []uint64{3, 8, 3}, 1, 3, wasi.ENOENT},
	{"path_filestat_get", []uint64{3, 0, 8, 1, 64}, 4, 64, 0},
	{"path_open", []uint64{3, 0, 8, 1, 0, 0, 0, 0, 64}, 8, 4, 0},
	{"fd_prestat_get", []uint64{3, 64}, 1, 8, 0},
	{"fd_prestat_dir_name", []uint64{3, 64, 1}, 1, 1, 0},
	{"fd_readdir", []uint64{3, 64, 100, 0, 8}, 1, 100, 0},
	{"fd_readdir", []uint64{3, 64, 100, 0, 8}, 4, 4, 0},
	{"poll_oneoff", []uint64{8, 256, 2, 512}, 0, 96, 0},
	{"poll_oneoff", []uint64{8, 256, 2, 512}, 1, 64, 0},
	{"poll_oneoff", []uint64{8, 256, 2, 512}, 3, 4, 0},
	{"random_get", []uint64{8, 16}, 0, 16, 0},
}

func TestPointers(t *testing.T) {
	grants := &wasi.Grants{Args: []string{"a", "bc"}, Environ: []string{"A=1"}}
	for _, tt := range pointerTests {
		t.Run(fmt.Sprintf("%s pointer %d", tt.name, tt.at), func(t *testing.T) {
			try := func(ptr uint64) (wasi.Errno, bool) {
				w := newWorld(t)
				clear(w.mem)
				w.mem[8] = '/'
				w.Reset(wasi.State{}, grants)
				before := bytes.Clone(w.mem)
				params := slices.Clone(tt.params)
				params[tt.at] = ptr
				e := w.call(tt.name, params...)
				return e, bytes.Equal(before, w.mem)
			}
			for _, good := range []uint64{1024, 1025, memorySize - tt.size, 1<<32 | 1024} {
				e, _ := try(good)
				require.Equal(t, tt.want, e, "it takes %#x", good)
			}
			for _, bad := range []uint64{
				memorySize - tt.size + 1, memorySize - 1, memorySize, memorySize + 1,
				0x7fffffff, 0x80000000, 1<<32 - tt.size, 0xffffffff,
			} {
				if bad+tt.size <= memorySize {
					continue
				}
				e, same := try(bad)
				require.Equal(t, wasi.EFAULT, e, "it refuses %#x", bad)
				require.True(t, same, "it writes nothing with %#x", bad)
			}
		})
	}
}

// TestLengths is for the lengths that a guest gives with a pointer.
func TestLengths(t *testing.T) {
	for _, tt := range []struct {
		name   string
		params []uint64
		at     int // index of the length; its pointer is before it
	}{
		{"random_get", []uint64{0, 0}, 1},
		{"path_open", []uint64{3, 0, 0, 0, 0, 0, 0, 0, 0}, 3},
		{"path_unlink_file", []uint64{3, 0, 0}, 2},
		{"path_symlink", []uint64{0, 0, 3, 0, 0}, 4},
	} {
		w := newWorld(t)
		for _, c := range []struct {
			ptr, n uint64
			fits   bool
		}{
			{memorySize, 0, true}, {memorySize + 1, 0, false}, {memorySize - 1, 1, true},
			{memorySize - 1, 2, false}, {0, memorySize, true}, {0, memorySize + 1, false},
			{0xffffffff, 0, false}, {0xffffffff, 2, false}, {16, 0xfffffff0, false}, {0, 0xffffffff, false},
		} {
			params := slices.Clone(tt.params)
			params[tt.at-1], params[tt.at] = c.ptr, c.n
			require.Equal(t, c.fits, w.call(tt.name, params...) != wasi.EFAULT, "%s %#x+%#x", tt.name, c.ptr, c.n)
		}
	}
}

func TestNoMemory(t *testing.T) {
	for name, f := range functions {
		w := newWorld(t)
		w.mem = nil
		params := make([]uint64, len(f.Params))
		for i := range params {
			params[i] = 1
		}
		require.NotPanics(t, func() { _, _ = w.try(name, params...) }, name)
	}
}
