package wasi

import "fmt"

// Errno is the answer of a WASI function to the guest. It is data for the
// guest and never ends a task.
type Errno uint16

// The answers that this world gives, numbered as in WASI preview 1.
const (
	ESUCCESS     Errno = 0
	EBADF        Errno = 8
	EEXIST       Errno = 20
	EFAULT       Errno = 21
	EINVAL       Errno = 28
	EIO          Errno = 29
	EISDIR       Errno = 31
	EMFILE       Errno = 33
	ENAMETOOLONG Errno = 37
	ENOENT       Errno = 44
	ENOSYS       Errno = 52
	ENOTDIR      Errno = 54
	ENOTSOCK     Errno = 57
	ENOTSUP      Errno = 58
	EROFS        Errno = 69
	ESPIPE       Errno = 70
)

// names of the constants above.
var names = map[Errno]string{
	ESUCCESS: "ESUCCESS", EBADF: "EBADF", EEXIST: "EEXIST", EFAULT: "EFAULT",
	EINVAL: "EINVAL", EIO: "EIO", EISDIR: "EISDIR", EMFILE: "EMFILE",
	ENAMETOOLONG: "ENAMETOOLONG", ENOENT: "ENOENT", ENOSYS: "ENOSYS",
	ENOTDIR: "ENOTDIR", ENOTSOCK: "ENOTSOCK", ENOTSUP: "ENOTSUP", EROFS: "EROFS",
	ESPIPE: "ESPIPE",
}

// String returns the symbolic name, or the number of an errno that this world
// does not use.
func (e Errno) String() string {
	if name, ok := names[e]; ok {
		return name
	}
	return fmt.Sprintf("Errno(%d)", uint16(e))
}

// ExitError says that the guest called proc_exit. Its code is the guest's own
// and means nothing to the host: no value of it stands for a limit.
type ExitError struct {
	Code uint32
}

// Error implements error.
func (e *ExitError) Error() string {
	return fmt.Sprintf("wasi: the guest called proc_exit(%d); a task must return instead", e.Code)
}
