package wasi

// path answers an operation on a path. There is no directory to start from: the
// descriptor at each of dirs is a stream or nothing. The path at each of paths
// (address, then length) is checked, but not looked at.
func path(dirs, paths []int) call {
	return func(s *System, m memory, p []uint64) (Errno, error) {
		for _, i := range dirs {
			if s.role(uint32(p[i])) == closed {
				return EBADF, nil
			}
		}
		for _, i := range paths {
			if _, ok := m.slice(uint32(p[i]), uint64(uint32(p[i+1]))); !ok {
				return EFAULT, nil
			}
		}
		return ENOTDIR, nil
	}
}
