package wasi

import "encoding/binary"

// File types. The streams are character devices: with that, and without the
// right to seek, C libraries take a stream for a terminal and pass on each line
// at once. That matters: a reactor never exits, so text that waits in a library
// buffer for exit would be lost, and lines would be out of order with the
// guest's log calls.
const (
	characterDevice = 2
	directory       = 3
)

// Rights. Each is one that a descriptor of some role has.
const (
	rightRead         = 1 << 1
	rightSetFlags     = 1 << 3
	rightWrite        = 1 << 6
	rightPathOpen     = 1 << 13
	rightReaddir      = 1 << 14
	rightReadlink     = 1 << 15
	rightPathFilestat = 1 << 18
	rightFilestat     = 1 << 21
	rightPoll         = 1 << 27
)

// rights returns what may be done with r, and with what is opened below it.
func (r role) rights() (base, inheriting uint64) {
	base = rightSetFlags | rightFilestat
	switch {
	case r == root:
		base |= rightPathOpen | rightReaddir | rightReadlink | rightPathFilestat
		return base, base | rightRead | rightPoll
	case r.output():
		return base | rightPoll | rightWrite, 0
	}
	return base | rightPoll | rightRead, 0
}

// fileType returns r's type as the guest sees it.
func (r role) fileType() byte {
	if r == root {
		return directory
	}
	return characterDevice
}

func fdFdstatGet(s *System, m memory, p []uint64) (Errno, error) {
	fd := uint32(p[0])
	r := s.role(fd)
	if r == closed {
		return EBADF, nil
	}
	b, ok := m.slice(uint32(p[1]), 24)
	if !ok {
		return EFAULT, nil
	}
	base, inheriting := r.rights()
	clear(b)
	b[0] = r.fileType()
	binary.LittleEndian.PutUint16(b[2:], s.fds[fd].flags)
	binary.LittleEndian.PutUint64(b[8:], base)
	binary.LittleEndian.PutUint64(b[16:], inheriting)
	return ESUCCESS, nil
}

func fdFdstatSetFlags(s *System, _ memory, p []uint64) (Errno, error) {
	fd, flags := uint32(p[0]), uint32(p[1])
	if s.role(fd) == closed {
		return EBADF, nil
	}
	if flags&^fdFlags != 0 {
		return EINVAL, nil
	}
	s.fds[fd].flags = uint16(flags)
	return ESUCCESS, nil
}

func fdFilestatGet(s *System, m memory, p []uint64) (Errno, error) {
	r := s.role(uint32(p[0]))
	if r == closed {
		return EBADF, nil
	}
	return r.filestat(m, uint32(p[1])), nil
}

// filestat describes r: something empty that has no times.
func (r role) filestat(m memory, ptr uint32) Errno {
	b, ok := m.slice(ptr, 64)
	if !ok {
		return EFAULT
	}
	clear(b)
	binary.LittleEndian.PutUint64(b[8:], uint64(r)) // inode
	b[16] = r.fileType()
	b[24] = 1 // links
	return ESUCCESS
}
