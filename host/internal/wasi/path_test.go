package wasi_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/host/internal/wasi"
)

// TestOtherDescriptors is for what depends on the descriptor alone.
func TestOtherDescriptors(t *testing.T) {
	tests := []struct {
		name          string
		params        []uint64   // after the descriptor
		stream, root  wasi.Errno // with descriptors 1 and 3; EBADF with 4
		withoutStream wasi.Errno
	}{
		{"fd_advise", []uint64{0, 0, 0}, wasi.ESPIPE, wasi.EISDIR, wasi.EBADF},
		{"fd_allocate", []uint64{0, 1 << 40}, wasi.ESPIPE, wasi.EISDIR, wasi.EBADF},
		{"fd_datasync", nil, wasi.ESUCCESS, wasi.ESUCCESS, wasi.EBADF},
		{"fd_fdstat_set_rights", []uint64{0, 0}, wasi.ENOTSUP, wasi.ENOTSUP, wasi.EBADF},
		{"fd_filestat_set_size", []uint64{0}, wasi.EINVAL, wasi.EISDIR, wasi.EBADF},
		{"fd_filestat_set_times", []uint64{0, 0, 0}, wasi.ENOTSUP, wasi.EROFS, wasi.EBADF},
		{"fd_pread", []uint64{0, 0, 0, 0}, wasi.ESPIPE, wasi.EISDIR, wasi.EBADF},
		{"fd_pwrite", []uint64{0, 0, 0, 0}, wasi.ESPIPE, wasi.EISDIR, wasi.EBADF},
		{"fd_seek", []uint64{0, 0, 0}, wasi.ESPIPE, wasi.EISDIR, wasi.EBADF},
		{"fd_sync", nil, wasi.ESUCCESS, wasi.ESUCCESS, wasi.EBADF},
		{"fd_tell", []uint64{0}, wasi.ESPIPE, wasi.EISDIR, wasi.EBADF},
		{"proc_raise", nil, wasi.ENOSYS, wasi.ENOSYS, wasi.ENOSYS},
		{"sock_accept", []uint64{0, 0}, wasi.ENOTSOCK, wasi.ENOTSOCK, wasi.EBADF},
		{"sock_recv", []uint64{0, 0, 0, 0, 0}, wasi.ENOTSOCK, wasi.ENOTSOCK, wasi.EBADF},
		{"sock_send", []uint64{0, 0, 0, 0}, wasi.ENOTSOCK, wasi.ENOTSOCK, wasi.EBADF},
		{"sock_shutdown", []uint64{0}, wasi.ENOTSOCK, wasi.ENOTSOCK, wasi.EBADF},
	}
	for _, tt := range tests {
		w := newWorld(t)
		before := string(w.mem)
		for _, c := range []struct {
			fd   uint64
			want wasi.Errno
		}{{1, tt.stream}, {3, tt.root}, {4, tt.withoutStream}, {0xffffffff, tt.withoutStream}} {
			require.Equal(t, c.want, w.call(tt.name, append([]uint64{c.fd}, tt.params...)...), "%s(%d)", tt.name, c.fd)
		}
		require.Equal(t, before, string(w.mem), "%s: it writes nothing", tt.name)
	}
	newWorld(t).ok("sched_yield")
}

func TestPaths(t *testing.T) {
	const result = 3000
	long := strings.Repeat("x", 4096)
	tests := []struct {
		name           string
		params         func(fd, n uint64) []uint64 // the path is n bytes at 8
		onRoot, onName wasi.Errno
	}{
		{"path_create_directory", func(fd, n uint64) []uint64 { return []uint64{fd, 8, n} }, wasi.EEXIST, wasi.EROFS},
		{"path_filestat_get", func(fd, n uint64) []uint64 { return []uint64{fd, 0, 8, n, 3000} }, 0, wasi.ENOENT},
		{"path_filestat_set_times", func(fd, n uint64) []uint64 { return []uint64{fd, 0, 8, n, 0, 0, 0} }, wasi.EROFS, wasi.ENOENT},
		{"path_link", func(fd, n uint64) []uint64 { return []uint64{fd, 0, 8, n, fd, 8, n} }, wasi.EROFS, wasi.ENOENT},
		{"path_open", func(fd, n uint64) []uint64 { return []uint64{fd, 0, 8, n, 0, 0, 0, 0, result} }, 0, wasi.ENOENT},
		{"path_readlink", func(fd, n uint64) []uint64 { return []uint64{fd, 8, n, 0, 1, 0} }, wasi.EINVAL, wasi.ENOENT},
		{"path_remove_directory", func(fd, n uint64) []uint64 { return []uint64{fd, 8, n} }, wasi.EROFS, wasi.ENOENT},
		{"path_rename", func(fd, n uint64) []uint64 { return []uint64{fd, 8, n, fd, 8, n} }, wasi.EROFS, wasi.ENOENT},
		{"path_symlink", func(fd, n uint64) []uint64 { return []uint64{8, n, fd, 8, n} }, wasi.EEXIST, wasi.EROFS},
		{"path_unlink_file", func(fd, n uint64) []uint64 { return []uint64{fd, 8, n} }, wasi.EISDIR, wasi.ENOENT},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			try := func(fd uint64, path string) wasi.Errno {
				w := newWorld(t)
				w.mem = make([]byte, 8192)
				copy(w.mem[8:], path)
				return w.call(tt.name, tt.params(fd, uint64(len(path)))...)
			}
			for _, path := range []string{".", "/", "./", "././/."} {
				require.Equal(t, tt.onRoot, try(3, path), "it takes %q for the directory", path)
			}
			for _, path := range []string{
				"x", "/etc/passwd", "..", "../..", "./..", "x/", "\x00", ".\x00", "C:\\x", "CON", "\xff", "...", long,
			} {
				require.Equal(t, tt.onName, try(3, path), "it finds nothing at %q", path)
			}
			require.Equal(t, wasi.ENOENT, try(3, ""), "it needs a path")
			require.Equal(t, wasi.ENAMETOOLONG, try(3, long+"x"), "it bounds the path")
			require.Equal(t, wasi.ENOTDIR, try(1, "x"), "it starts at directories only")
			require.Equal(t, wasi.EBADF, try(4, "x"), "it starts at what is open only")
		})
	}
}

// TestPathsAreCharged is for paths that take long to look at.
func TestPathsAreCharged(t *testing.T) {
	for name, c := range map[string]struct {
		paths  uint64
		params []uint64
	}{
		"path_create_directory":   {1, []uint64{3, 0, 4096}},
		"path_filestat_get":       {1, []uint64{3, 0, 0, 4096, 4096}},
		"path_filestat_set_times": {1, []uint64{3, 0, 0, 4096, 0, 0, 0}},
		"path_link":               {2, []uint64{3, 0, 0, 4096, 3, 0, 4096}},
		"path_open":               {1, []uint64{3, 0, 0, 4096, 0, 0, 0, 0, 4096}},
		"path_readlink":           {1, []uint64{3, 0, 4096, 0, 1, 4096}},
		"path_remove_directory":   {1, []uint64{3, 0, 4096}},
		"path_rename":             {2, []uint64{3, 0, 4096, 3, 0, 4096}},
		"path_symlink":            {1, []uint64{0, 4096, 3, 0, 4096}},
		"path_unlink_file":        {1, []uint64{3, 0, 4096}},
	} {
		w := newWorld(t)
		w.mem = []byte(strings.Repeat("/", 8192))
		w.call(name, c.params...)
		require.Greater(t, w.units, wasi.CallCost+c.paths*8*4096, "%s charges for each byte of its paths", name)
		w.budget = w.units + wasi.CallCost
		_, err := w.try(name, c.params...)
		require.ErrorIs(t, err, errFuel, "%s ends when the fuel does", name)
	}
}

func TestPathOpen(t *testing.T) {
	const create, exclusive, truncate, write = 1, 4, 8, 1 << 6
	tests := []struct {
		name          string
		path          string
		flags, rights uint64
		want          wasi.Errno
	}{
		{"it makes no file", "x", create, 0, wasi.EROFS},
		{"it finds no file to truncate", "x", truncate, write, wasi.ENOENT},
		{"it does not create what is there", "/", create | exclusive, 0, wasi.EEXIST},
		{"it does not write to the directory", "/", 0, write, wasi.EISDIR},
		{"it does not truncate the directory", "/", truncate, 0, wasi.EISDIR},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			copy(w.mem, tt.path)
			before := w.Save()
			require.Equal(t, tt.want, w.call("path_open", 3, 0, 0, 1, tt.flags, tt.rights, 0, 0, 64))
			require.Equal(t, before, w.Save())
		})
	}

	w := newWorld(t)
	w.mem[0] = '.'
	for want := uint32(4); want < 8; want++ {
		w.ok("path_open", 3, 0, 0, 1, 0, 0, 0, 4, 64)
		require.Equal(t, want, w.u32(64), "it gives the lowest free number")
	}
	require.Equal(t, wasi.EMFILE, w.call("path_open", 3, 0, 0, 1, 0, 0, 0, 0, 64), "it bounds what is open")
	w.ok("fd_close", 0)
	w.ok("path_open", 7, 0, 0, 1, 0, 0, 0, 0, 64)
	require.Zero(t, w.u32(64))
	w.Reset(wasi.State{}, nil)
	require.Equal(t, wasi.EBADF, w.call("fd_filestat_get", 4, 64), "it closes all for the next task")
}

func TestRoot(t *testing.T) {
	w := newWorld(t)
	w.ok("fd_prestat_get", 3, 0)
	require.Equal(t, uint64(1)<<32, w.u64(0), "it is a directory with a name of one byte")
	w.ok("fd_prestat_dir_name", 3, 8, 1)
	require.Equal(t, []byte{'/', badByte}, w.mem[8:10])
	require.Equal(t, wasi.ENAMETOOLONG, w.call("fd_prestat_dir_name", 3, 8, 0))
	for _, fd := range []uint64{0, 1, 2, 4} {
		require.Equal(t, wasi.EBADF, w.call("fd_prestat_get", fd, 0), "it is the only one")
		require.Equal(t, wasi.EBADF, w.call("fd_prestat_dir_name", fd, 0, 9))
	}
	w.ok("fd_readdir", 3, 64, 100, 0, 16)
	require.Zero(t, w.u32(16), "it is empty")
	w.ok("fd_readdir", 3, 64, 100, 1<<63, 16)
	require.Zero(t, w.u32(16), "it is empty from any cookie on")
	require.Equal(t, wasi.ENOTDIR, w.call("fd_readdir", 1, 64, 100, 0, 16))
	require.Equal(t, wasi.EBADF, w.call("fd_readdir", 4, 64, 100, 0, 16))
	w.ok("fd_fdstat_get", 3, 0)
	require.EqualValues(t, 3, w.mem[0])
	require.Zero(t, w.u64(8)&(1<<6|1<<9|1<<10), "it has no right to write or create")
	require.Zero(t, w.u64(16)&(1<<6), "nor has what is opened in it")
	w.ok("fd_filestat_get", 3, 0)
	require.EqualValues(t, 3, w.mem[16])
}
