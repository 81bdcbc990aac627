package wasi

// The guest's file system is one directory, named "/", open as descriptor 3,
// empty and read-only. With it, looking for a file gives the answer that
// programs expect where there is none. Without it, libraries fail in ways of
// their own: Go reports a bad descriptor, Rust a missing preopen.

// maxPath is the longest path, in bytes, that is looked at.
const maxPath = 4096

// lookup resolves the path of n bytes at ptr, starting at descriptor fd: to
// the directory itself, or to nothing.
func (s *System) lookup(m memory, fd, ptr, n uint64) (isRoot bool, e Errno, err error) {
	r := s.role(uint32(fd))
	if r == closed {
		return false, EBADF, nil
	}
	b, ok := m.slice(uint32(ptr), uint64(uint32(n)))
	switch {
	case !ok:
		return false, EFAULT, nil
	case r != root:
		return false, ENOTDIR, nil
	case len(b) == 0:
		return false, ENOENT, nil
	case len(b) > maxPath:
		return false, ENAMETOOLONG, nil
	}
	if err := s.charge(uint64(len(b)) * pathCost); err != nil {
		return false, 0, err
	}
	return namesRoot(b), ESUCCESS, nil
}

// namesRoot reports whether a path has no names but ".".
func namesRoot(path []byte) bool {
	for i, c := range path {
		first := i == 0 || path[i-1] == '/'
		last := i+1 == len(path) || path[i+1] == '/'
		if c != '/' && !(c == '.' && first && last) {
			return false
		}
	}
	return true
}

// path answers an operation on the path whose descriptor and address are the
// parameters fd and at: onRoot for the directory itself, onNothing for any
// other.
func path(fd, at int, onRoot, onNothing Errno) call {
	return func(s *System, m memory, p []uint64) (Errno, error) {
		isRoot, e, err := s.lookup(m, p[fd], p[at], p[at+1])
		switch {
		case e != ESUCCESS || err != nil:
			return e, err
		case isRoot:
			return onRoot, nil
		}
		return onNothing, nil
	}
}

// paths answers an operation that makes one path of another. There is nothing
// to make it of.
func paths(oldFd, oldAt, newFd, newAt int) call {
	return func(s *System, m memory, p []uint64) (Errno, error) {
		isRoot, e, err := s.lookup(m, p[oldFd], p[oldAt], p[oldAt+1])
		if e == ESUCCESS && err == nil {
			_, e, err = s.lookup(m, p[newFd], p[newAt], p[newAt+1])
		}
		switch {
		case e != ESUCCESS || err != nil:
			return e, err
		case isRoot:
			return EROFS, nil
		}
		return ENOENT, nil
	}
}

func pathSymlink(s *System, m memory, p []uint64) (Errno, error) {
	if _, ok := m.slice(uint32(p[0]), uint64(uint32(p[1]))); !ok {
		return EFAULT, nil
	}
	return path(2, 3, EEXIST, EROFS)(s, m, p)
}

func pathFilestatGet(s *System, m memory, p []uint64) (Errno, error) {
	isRoot, e, err := s.lookup(m, p[0], p[2], p[3])
	switch {
	case e != ESUCCESS || err != nil:
		return e, err
	case !isRoot:
		return ENOENT, nil
	}
	return root.filestat(m, uint32(p[4])), nil
}

// Flags of path_open.
const (
	openCreate    = 1 << 0
	openExclusive = 1 << 2
	openTruncate  = 1 << 3
)

// pathOpen can open the directory once more, at the lowest free number.
func pathOpen(s *System, m memory, p []uint64) (Errno, error) {
	flags, rights, result := uint32(p[4]), p[5], uint32(p[8])
	isRoot, e, err := s.lookup(m, p[0], p[2], p[3])
	if e != ESUCCESS || err != nil {
		return e, err
	}
	if _, ok := m.slice(result, 4); !ok {
		return EFAULT, nil
	}
	switch {
	case !isRoot && flags&openCreate != 0:
		return EROFS, nil
	case !isRoot:
		return ENOENT, nil
	case flags&openCreate != 0 && flags&openExclusive != 0:
		return EEXIST, nil
	case flags&openTruncate != 0 || rights&rightWrite != 0:
		return EISDIR, nil
	}
	for fd := range uint32(maxDescriptors) {
		if s.role(fd) == closed {
			s.fds[fd] = descriptor{role: root, flags: uint16(p[7]) & fdFlags}
			return m.put32(result, fd), nil
		}
	}
	return EMFILE, nil
}

// rootName is what the guest is told that the directory is called.
const rootName = "/"

func fdPrestatGet(s *System, m memory, p []uint64) (Errno, error) {
	if s.role(uint32(p[0])) != root {
		return EBADF, nil
	}
	return m.put64(uint32(p[1]), uint64(len(rootName))<<32), nil // tag 0: a directory
}

func fdPrestatDirName(s *System, m memory, p []uint64) (Errno, error) {
	if s.role(uint32(p[0])) != root {
		return EBADF, nil
	}
	b, ok := m.slice(uint32(p[1]), uint64(uint32(p[2])))
	switch {
	case !ok:
		return EFAULT, nil
	case len(b) < len(rootName):
		return ENAMETOOLONG, nil
	}
	copy(b, rootName)
	return ESUCCESS, nil
}

// fdReaddir answers that the directory has no entries, or no more.
func fdReaddir(s *System, m memory, p []uint64) (Errno, error) {
	switch s.role(uint32(p[0])) {
	case closed:
		return EBADF, nil
	case root:
		if _, ok := m.slice(uint32(p[1]), uint64(uint32(p[2]))); !ok {
			return EFAULT, nil
		}
		return m.put32(uint32(p[4]), 0), nil
	}
	return ENOTDIR, nil
}
