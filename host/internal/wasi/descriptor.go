package wasi

// role is what a descriptor is connected to.
type role uint8

const (
	standard role = iota // the stream that the descriptor's number names
	stdin
	stdout
	stderr
	closed
)

// descriptor is one of the three that exist; nothing opens more. The zero
// value is the standard stream of its number.
type descriptor struct {
	role  role
	flags uint16
}

// Descriptor flags that may be set; they change nothing here.
const fdFlags = 1<<5 - 1

// role returns what fd is connected to.
func (s *System) role(fd uint32) role {
	if fd >= uint32(len(s.fds)) {
		return closed
	}
	if r := s.fds[fd].role; r != standard {
		return r
	}
	return stdin + role(fd)
}

// output reports whether r is a stream that can be written to.
func (r role) output() bool { return r == stdout || r == stderr }

// open answers e for a descriptor that is open and EBADF for any other. It is
// all there is to say of operations that no stream supports.
func open(e Errno) call {
	return func(s *System, _ memory, p []uint64) (Errno, error) {
		if s.role(uint32(p[0])) == closed {
			return EBADF, nil
		}
		return e, nil
	}
}

// always answers e whatever the arguments.
func always(e Errno) call {
	return func(*System, memory, []uint64) (Errno, error) { return e, nil }
}

func fdClose(s *System, _ memory, p []uint64) (Errno, error) {
	fd := uint32(p[0])
	if s.role(fd) == closed {
		return EBADF, nil
	}
	s.fds[fd] = descriptor{role: closed}
	return ESUCCESS, nil
}

// fdRenumber moves a descriptor onto another, which must be open: a guest
// cannot make numbers beyond the three.
func fdRenumber(s *System, _ memory, p []uint64) (Errno, error) {
	from, to := uint32(p[0]), uint32(p[1])
	r := s.role(from)
	if r == closed || s.role(to) == closed {
		return EBADF, nil
	}
	if from != to {
		s.fds[to] = descriptor{role: r, flags: s.fds[from].flags}
		s.fds[from] = descriptor{role: closed}
	}
	return ESUCCESS, nil
}
