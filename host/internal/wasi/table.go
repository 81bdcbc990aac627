package wasi

import "slices"

// Module is the module that guests import these functions from.
const Module = "wasi_snapshot_preview1"

// Value types as the binary format writes them.
const (
	i32 = 0x7f
	i64 = 0x7e
)

// call is the body of a function: an answer for the guest, or an error that
// ends it.
type call func(s *System, m memory, params []uint64) (Errno, error)

// Function is one function of WASI preview 1. Functions hold no state and are
// safe for concurrent use on different Systems.
type Function struct {
	// Name is the name that guests import.
	Name string
	// Params and Results are value types as the binary format writes them:
	// 0x7f for i32, 0x7e for i64. They must not be changed.
	Params, Results []byte

	call call
}

// Call runs the function in the world of s. The memory is the guest's linear
// memory as it is now; Call does not keep it. The stack holds a parameter in
// each slot, i32 in the low half, and takes the errno in slot 0; it must have
// room for the larger of the two. An error ends the guest: [*ExitError], or
// what [Host.Charge] or [Host.Sleep] returned.
func (f *Function) Call(s *System, mem []byte, stack []uint64) error {
	if err := s.charge(CallCost); err != nil {
		return err
	}
	errno, err := f.call(s, mem, stack)
	if err != nil {
		return err
	}
	if len(f.Results) > 0 {
		stack[0] = uint64(errno)
	}
	return nil
}

// Functions returns all functions of WASI preview 1, in the order of its
// specification. The slice is the caller's.
func Functions() []Function { return slices.Clone(table) }

// errno is the result of all functions that return.
var errno = []byte{i32}

// types makes a parameter list.
func types(t ...byte) []byte { return t }

var table = []Function{
	{"args_get", types(i32, i32), errno, argsGet},
	{"args_sizes_get", types(i32, i32), errno, argsSizesGet},
	{"environ_get", types(i32, i32), errno, environGet},
	{"environ_sizes_get", types(i32, i32), errno, environSizesGet},
	{"clock_res_get", types(i32, i32), errno, clockResGet},
	{"clock_time_get", types(i32, i64, i32), errno, clockTimeGet},
	{"fd_advise", types(i32, i64, i64, i32), errno, open(ESPIPE, EISDIR)},
	{"fd_allocate", types(i32, i64, i64), errno, open(ESPIPE, EISDIR)},
	{"fd_close", types(i32), errno, fdClose},
	{"fd_datasync", types(i32), errno, open(ESUCCESS, ESUCCESS)},
	{"fd_fdstat_get", types(i32, i32), errno, fdFdstatGet},
	{"fd_fdstat_set_flags", types(i32, i32), errno, fdFdstatSetFlags},
	{"fd_fdstat_set_rights", types(i32, i64, i64), errno, open(ENOTSUP, ENOTSUP)},
	{"fd_filestat_get", types(i32, i32), errno, fdFilestatGet},
	{"fd_filestat_set_size", types(i32, i64), errno, open(EINVAL, EISDIR)},
	{"fd_filestat_set_times", types(i32, i64, i64, i32), errno, open(ENOTSUP, EROFS)},
	{"fd_pread", types(i32, i32, i32, i64, i32), errno, open(ESPIPE, EISDIR)},
	{"fd_prestat_get", types(i32, i32), errno, fdPrestatGet},
	{"fd_prestat_dir_name", types(i32, i32, i32), errno, fdPrestatDirName},
	{"fd_pwrite", types(i32, i32, i32, i64, i32), errno, open(ESPIPE, EISDIR)},
	{"fd_read", types(i32, i32, i32, i32), errno, fdRead},
	{"fd_readdir", types(i32, i32, i32, i64, i32), errno, fdReaddir},
	{"fd_renumber", types(i32, i32), errno, fdRenumber},
	{"fd_seek", types(i32, i64, i32, i32), errno, open(ESPIPE, EISDIR)},
	{"fd_sync", types(i32), errno, open(ESUCCESS, ESUCCESS)},
	{"fd_tell", types(i32, i32), errno, open(ESPIPE, EISDIR)},
	{"fd_write", types(i32, i32, i32, i32), errno, fdWrite},
	{"path_create_directory", types(i32, i32, i32), errno, path(0, 1, EEXIST, EROFS)},
	{"path_filestat_get", types(i32, i32, i32, i32, i32), errno, pathFilestatGet},
	{"path_filestat_set_times", types(i32, i32, i32, i32, i64, i64, i32), errno, path(0, 2, EROFS, ENOENT)},
	{"path_link", types(i32, i32, i32, i32, i32, i32, i32), errno, paths(0, 2, 4, 5)},
	{"path_open", types(i32, i32, i32, i32, i32, i64, i64, i32, i32), errno, pathOpen},
	{"path_readlink", types(i32, i32, i32, i32, i32, i32), errno, path(0, 1, EINVAL, ENOENT)},
	{"path_remove_directory", types(i32, i32, i32), errno, path(0, 1, EROFS, ENOENT)},
	{"path_rename", types(i32, i32, i32, i32, i32, i32), errno, paths(0, 1, 3, 4)},
	{"path_symlink", types(i32, i32, i32, i32, i32), errno, pathSymlink},
	{"path_unlink_file", types(i32, i32, i32), errno, path(0, 1, EISDIR, ENOENT)},
	{"poll_oneoff", types(i32, i32, i32, i32), errno, pollOneoff},
	{"proc_exit", types(i32), nil, procExit},
	{"proc_raise", types(i32), errno, always(ENOSYS)},
	{"random_get", types(i32, i32), errno, randomGet},
	{"sched_yield", nil, errno, always(ESUCCESS)},
	{"sock_accept", types(i32, i32, i32), errno, open(ENOTSOCK, ENOTSOCK)},
	{"sock_recv", types(i32, i32, i32, i32, i32, i32), errno, open(ENOTSOCK, ENOTSOCK)},
	{"sock_send", types(i32, i32, i32, i32, i32), errno, open(ENOTSOCK, ENOTSOCK)},
	{"sock_shutdown", types(i32, i32), errno, open(ENOTSOCK, ENOTSOCK)},
}
