package wasi

import "encoding/binary"

func argsGet(s *System, m memory, p []uint64) (Errno, error) {
	return putStrings(s, m, s.grants.Args, uint32(p[0]), uint32(p[1]))
}

func argsSizesGet(s *System, m memory, p []uint64) (Errno, error) {
	return putSizes(s, m, s.grants.Args, uint32(p[0]), uint32(p[1]))
}

func environGet(s *System, m memory, p []uint64) (Errno, error) {
	return putStrings(s, m, s.grants.Environ, uint32(p[0]), uint32(p[1]))
}

func environSizesGet(s *System, m memory, p []uint64) (Errno, error) {
	return putSizes(s, m, s.grants.Environ, uint32(p[0]), uint32(p[1]))
}

// putSizes stores how many strings there are and how many bytes they need.
func putSizes(s *System, m memory, list []string, count, size uint32) (Errno, error) {
	if err := s.charge(uint64(len(list)) * stringCost); err != nil {
		return 0, err
	}
	if _, ok := m.slice(size, 4); !ok {
		return EFAULT, nil
	}
	if e := m.put32(count, uint32(len(list))); e != ESUCCESS {
		return e, nil
	}
	return m.put32(size, uint32(stringsSize(list))), nil
}

// putStrings stores the strings, each with a terminator, at text and their
// addresses at table. Both areas are checked before anything is written.
func putStrings(s *System, m memory, list []string, table, text uint32) (Errno, error) {
	if err := s.charge(uint64(len(list)) * stringCost); err != nil {
		return 0, err
	}
	size := stringsSize(list)
	addresses, ok := m.slice(table, 4*uint64(len(list)))
	if !ok {
		return EFAULT, nil
	}
	if _, ok := m.slice(text, size); !ok {
		return EFAULT, nil
	}
	if err := s.charge(size); err != nil {
		return 0, err
	}
	for i, v := range list {
		binary.LittleEndian.PutUint32(addresses[4*i:], text)
		n := copy(m[text:], v)
		m[int(text)+n] = 0
		text += uint32(n) + 1
	}
	return ESUCCESS, nil
}
