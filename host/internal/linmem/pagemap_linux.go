package linmem

import (
	"io"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What include/uapi/linux/fs.h says of PAGEMAP_SCAN.
const (
	pagemapScan = 0xC0606610 // _IOWR('f', 16, struct pm_scan_arg)

	pageIsFile    = 1 << 2
	pageIsPresent = 1 << 3
	pageIsSwapped = 1 << 4
	pageIsPFNZero = regionZero
)

// scanArg is struct pm_scan_arg.
type scanArg struct {
	size, flags                   uint64
	start, end, walkEnd           uint64
	vec, vecLen, maxPages         uint64
	categoryInverted, categoryAll uint64
	categoryAny, returned         uint64
}

// rawMax is the most bytes that are scanned without telling the scheduler, which
// saves a tenth of a microsecond. It bounds how long a collection of garbage waits
// for the scan: about 30 us.
const rawMax = 16 << 20

// scanner returns system.scan. On a private mapping of a file, a page that was
// written is there, or swapped out, and no longer the file's; in anonymous memory
// no page ever is.
func scanner(fd int) func([]byte, bool, []region) (int, int, error) {
	return func(b []byte, shared bool, vec []region) (int, int, error) {
		start := uint64(uintptr(unsafe.Pointer(unsafe.SliceData(b))))
		arg := scanArg{
			start: start, end: start + uint64(len(b)),
			vec: uint64(uintptr(unsafe.Pointer(unsafe.SliceData(vec)))), vecLen: uint64(len(vec)),
			categoryAny: pageIsPresent | pageIsSwapped,
		}
		if !shared {
			arg.categoryInverted, arg.categoryAll, arg.returned = pageIsFile, pageIsFile, pageIsPFNZero
		}
		arg.size = uint64(unsafe.Sizeof(arg))
		var n uintptr
		var errno unix.Errno
		if len(b) <= rawMax {
			n, _, errno = unix.RawSyscall(unix.SYS_IOCTL, uintptr(fd), pagemapScan, uintptr(unsafe.Pointer(&arg)))
		} else {
			n, _, errno = unix.Syscall(unix.SYS_IOCTL, uintptr(fd), pagemapScan, uintptr(unsafe.Pointer(&arg)))
		}
		runtime.KeepAlive(vec)
		if errno != 0 {
			return 0, 0, errno
		}
		if arg.walkEnd <= start {
			return 0, 0, io.ErrNoProgress
		}
		for i := range vec[:n] {
			vec[i].from -= start
			vec[i].to -= start
		}
		return int(n), int(arg.walkEnd - start), nil
	}
}

// lister returns system.entries.
func lister(fd int) func([]byte, []uint64) (int, error) {
	return func(b []byte, out []uint64) (int, error) {
		raw := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(out))), 8*len(out))
		first := uintptr(unsafe.Pointer(unsafe.SliceData(b))) / uintptr(pageSize)
		n, err := unix.Pread(fd, raw, int64(first)*8)
		if err != nil {
			return 0, err
		}
		if n < 8 {
			return 0, io.ErrUnexpectedEOF
		}
		return n / 8, nil
	}
}
