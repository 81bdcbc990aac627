package wasi

import "encoding/binary"

// characterDevice is the file type of the streams. With it, and without the
// right to seek, C libraries take a stream for a terminal and pass on each line
// at once. That matters: a reactor never exits, so text that waits in a library
// buffer for exit would be lost, and lines would be out of order with the
// guest's log calls.
const characterDevice = 2

// Rights that the streams have.
const (
	rightRead     = 1 << 1
	rightSetFlags = 1 << 3
	rightWrite    = 1 << 6
	rightFilestat = 1 << 21
	rightPoll     = 1 << 27
)

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
	rights := uint64(rightSetFlags | rightFilestat | rightPoll)
	if r.output() {
		rights |= rightWrite
	} else {
		rights |= rightRead
	}
	clear(b)
	b[0] = characterDevice
	binary.LittleEndian.PutUint16(b[2:], s.fds[fd].flags)
	binary.LittleEndian.PutUint64(b[8:], rights)
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

// fdFilestatGet describes a stream: a device that is always empty and has no
// times, numbered by what it is connected to.
func fdFilestatGet(s *System, m memory, p []uint64) (Errno, error) {
	r := s.role(uint32(p[0]))
	if r == closed {
		return EBADF, nil
	}
	b, ok := m.slice(uint32(p[1]), 64)
	if !ok {
		return EFAULT, nil
	}
	clear(b)
	binary.LittleEndian.PutUint64(b[8:], uint64(r)) // inode
	b[16] = characterDevice
	b[24] = 1 // links
	return ESUCCESS, nil
}
