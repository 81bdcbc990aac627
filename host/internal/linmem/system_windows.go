package linmem

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// newSystem offers reserve and commit. Views of files that are copied on write
// exist here too, but nothing tells which of their pages were written.
func newSystem() system {
	return system{
		reserve: func(n int) ([]byte, error) {
			addr, err := windows.VirtualAlloc(0, uintptr(n), windows.MEM_RESERVE, windows.PAGE_NOACCESS)
			if err != nil {
				return nil, err
			}
			// The address is not of the Go heap, so no pointer rule is at stake.
			return unsafe.Slice((*byte)(*(*unsafe.Pointer)(unsafe.Pointer(&addr))), n), nil
		},
		commit: func(b []byte) error {
			_, err := windows.VirtualAlloc(address(b), uintptr(len(b)), windows.MEM_COMMIT, windows.PAGE_READWRITE)
			return err
		},
		decommit: func(b []byte) error {
			return windows.VirtualFree(address(b), uintptr(len(b)), windows.MEM_DECOMMIT)
		},
		release: func(b []byte) error { return windows.VirtualFree(address(b), 0, windows.MEM_RELEASE) },
	}
}

func address(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }
