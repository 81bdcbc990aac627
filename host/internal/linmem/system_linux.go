package linmem

import (
	"io"
	"unsafe"

	"golang.org/x/sys/unix"
)

const spaceFlags = unix.MAP_PRIVATE | unix.MAP_ANON | unix.MAP_NORESERVE

// newSystem offers all there is. The files of the process that the kernel answers
// through are opened once and stay open as long as the process lives; where they
// cannot be opened the methods that need them are not offered.
func newSystem() system {
	s := newReserved()
	s.reserve = reserveSmall
	s.seal, s.unseal = seal, unseal
	s.share = share
	s.huge = func(b []byte) { _ = unix.Madvise(b, unix.MADV_HUGEPAGE) }
	s.populate = func(b []byte) { _ = unix.Madvise(b, unix.MADV_POPULATE_WRITE) }
	s.discard = func(b []byte) error { return unix.Madvise(b, unix.MADV_DONTNEED) }
	if fd, err := unix.Open("/proc/self/pagemap", unix.O_RDONLY|unix.O_CLOEXEC, 0); err == nil {
		s.scan, s.entries = scanner(fd), lister(fd)
	}
	return s
}

// reserveSmall reserves space in which no huge pages form: one written byte would
// make 2 MiB private, to be cleared after every task.
func reserveSmall(n int) ([]byte, error) {
	b, err := reserveSpace(n)
	if err == nil {
		// A kernel without huge pages refuses, which is as good.
		_ = unix.Madvise(b, unix.MADV_NOHUGEPAGE)
	}
	return b, err
}

// seal keeps bytes in a memfd that can be neither written nor resized any more,
// not even by whoever gets hold of its descriptor.
func seal(n int, pieces []Piece) (int, []byte, error) {
	fd, err := memfd()
	if err != nil {
		return -1, nil, err
	}
	view, err := fill(fd, n, pieces)
	if err != nil {
		unix.Close(fd)
		return -1, nil, err
	}
	return fd, view, nil
}

func memfd() (int, error) {
	const flags = unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING
	fd, err := unix.MemfdCreate("pledge-image", flags|unix.MFD_NOEXEC_SEAL)
	if err == unix.EINVAL { // before Linux 6.3
		fd, err = unix.MemfdCreate("pledge-image", flags)
	}
	return fd, err
}

// fill writes pieces to the file, seals it and maps it for reading. Pages outside
// of pieces stay holes. The mapping is private because kernels before 6.7 refuse a
// shared one of a sealed file, and read only, so that it never becomes a copy.
func fill(fd, n int, pieces []Piece) ([]byte, error) {
	if err := unix.Ftruncate(fd, int64(n)); err != nil {
		return nil, err
	}
	for _, p := range pieces {
		for at := 0; at < len(p.Bytes); {
			wrote, err := unix.Pwrite(fd, p.Bytes[at:], int64(p.Offset)+int64(at))
			switch {
			case err == unix.EINTR:
			case err != nil:
				return nil, err
			case wrote == 0:
				return nil, io.ErrShortWrite
			}
			at += max(wrote, 0)
		}
	}
	const seals = unix.F_SEAL_WRITE | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_SEAL
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, seals); err != nil {
		return nil, err
	}
	p, err := unix.MmapPtr(fd, 0, nil, uintptr(n), unix.PROT_READ, unix.MAP_PRIVATE)
	if err != nil {
		return nil, err
	}
	return unsafe.Slice((*byte)(p), n), nil
}

func unseal(fd int, view []byte) error {
	err := unix.MunmapPtr(unsafe.Pointer(unsafe.SliceData(view)), uintptr(len(view)))
	if e := unix.Close(fd); err == nil {
		err = e
	}
	return err
}

func share(b []byte, fd int) error {
	_, err := unix.MmapPtr(fd, 0, unsafe.Pointer(unsafe.SliceData(b)), uintptr(len(b)),
		unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_FIXED|unix.MAP_NORESERVE)
	return err
}
