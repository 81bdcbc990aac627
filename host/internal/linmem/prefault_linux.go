package linmem

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// prefault acts on the whole pages of b, of which the kernel wants to see the
// first byte. Kernels before 5.14 do not know how to populate.
func prefault(b []byte) {
	lead := int(-uintptr(unsafe.Pointer(unsafe.SliceData(b))) & uintptr(pageSize-1))
	if len(b)-lead < pageSize {
		return
	}
	b = b[lead:]
	b = b[:len(b)&^(pageSize-1)]
	_ = unix.Madvise(b, unix.MADV_HUGEPAGE)
	_ = unix.Madvise(b, unix.MADV_POPULATE_WRITE)
}
