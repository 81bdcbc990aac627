package wasi

import "fmt"

// Errno is the answer of a WASI function to the guest. It is data for the
// guest and never ends a task.
type Errno uint16

// The answers that this world gives, numbered as in WASI preview 1.
const (
	ESUCCESS Errno = 0
	EBADF    Errno = 8
	EFAULT   Errno = 21
	EINVAL   Errno = 28
	EIO      Errno = 29
	ENOSYS   Errno = 52
	ENOTDIR  Errno = 54
	ENOTSOCK Errno = 57
	ENOTSUP  Errno = 58
	ESPIPE   Errno = 70
)

// String returns the symbolic name, or the number of an errno that this world
// does not use.
func (e Errno) String() string {
	switch e {
	case ESUCCESS:
		return "ESUCCESS"
	case EBADF:
		return "EBADF"
	case EFAULT:
		return "EFAULT"
	case EINVAL:
		return "EINVAL"
	case EIO:
		return "EIO"
	case ENOSYS:
		return "ENOSYS"
	case ENOTDIR:
		return "ENOTDIR"
	case ENOTSOCK:
		return "ENOTSOCK"
	case ENOTSUP:
		return "ENOTSUP"
	case ESPIPE:
		return "ESPIPE"
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
