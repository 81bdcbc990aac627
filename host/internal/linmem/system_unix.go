//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package linmem

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// newReserved returns what every Unix has: address space without memory.
func newReserved() system {
	return system{
		reserve:  reserveSpace,
		commit:   func(b []byte) error { return unix.Mprotect(b, unix.PROT_READ|unix.PROT_WRITE) },
		decommit: decommit,
		release:  func(b []byte) error { return unix.MunmapPtr(unsafe.Pointer(unsafe.SliceData(b)), uintptr(len(b))) },
	}
}

func reserveSpace(n int) ([]byte, error) {
	p, err := unix.MmapPtr(-1, 0, nil, uintptr(n), unix.PROT_NONE, spaceFlags)
	if err != nil {
		return nil, err
	}
	return unsafe.Slice((*byte)(p), n), nil
}

// decommit puts fresh inaccessible space in the place of b.
func decommit(b []byte) error {
	_, err := unix.MmapPtr(-1, 0, unsafe.Pointer(unsafe.SliceData(b)), uintptr(len(b)), unix.PROT_NONE, spaceFlags|unix.MAP_FIXED)
	return err
}
