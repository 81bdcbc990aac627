package wasi

// maxDescriptors is how many descriptors a guest may have open.
const maxDescriptors = 8

// role is what a descriptor is connected to.
type role uint8

const (
	initial role = iota // as in a world that has not run yet, by number
	stdin
	stdout
	stderr
	root // the one directory, which is empty
	closed
)

// descriptor is one number's connection. The zero value is that of a world that
// has not run yet: the streams, then the directory, then nothing.
type descriptor struct {
	role  role
	flags uint16
}

// Descriptor flags that may be set; they change nothing here.
const fdFlags = 1<<5 - 1

// role returns what fd is connected to.
func (s *System) role(fd uint32) role {
	if fd >= maxDescriptors {
		return closed
	}
	if r := s.fds[fd].role; r != initial {
		return r
	}
	return min(stdin+role(fd), closed)
}

// output reports whether r is a stream that can be written to.
func (r role) output() bool { return r == stdout || r == stderr }

// open answers onStream or onRoot, by what the first parameter is connected to,
// and EBADF if that is nothing. It is all there is to say of operations that
// need more than a stream and an empty directory.
func open(onStream, onRoot Errno) call {
	return func(s *System, _ memory, p []uint64) (Errno, error) {
		switch s.role(uint32(p[0])) {
		case closed:
			return EBADF, nil
		case root:
			return onRoot, nil
		}
		return onStream, nil
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

// fdRenumber moves a descriptor onto another, which must be open: only
// path_open takes a number into use.
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
