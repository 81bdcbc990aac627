package linmem

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// prefaulting asks for huge pages in b and gives what readies it, piece by piece:
// the whole pages of b, of which the kernel wants to see the first byte. Kernels
// before 5.14 do not know how to populate.
func prefaulting(b []byte) (pieces []func()) {
	address := uintptr(unsafe.Pointer(unsafe.SliceData(b)))
	lead := int(-address & uintptr(pageSize-1))
	if len(b)-lead < pageSize {
		return nil
	}
	b = b[lead:]
	b = b[:len(b)&^(pageSize-1)]
	_ = unix.Madvise(b, unix.MADV_HUGEPAGE)
	// Pieces end where huge pages do.
	end := int(-(address + uintptr(lead)) & (hugePage - 1))
	for at := 0; at < len(b); {
		end = min(end, len(b))
		if end > at {
			piece := b[at:end]
			pieces = append(pieces, func() { _ = unix.Madvise(piece, unix.MADV_POPULATE_WRITE) })
		}
		at, end = end, end+hugePage
	}
	return pieces
}
