package wasi

import (
	"math"

	"github.com/pledge-wasm/pledge/host/internal/logs"
)

// maxVectors is the most buffers that one read or write may name; C libraries
// know it as IOV_MAX.
const maxVectors = 1024

// vectors are the checked buffers of one read or write.
type vectors struct {
	m    memory
	list []byte // 8 bytes each: address, length
}

// vectors checks that all n buffers listed at ptr lie in memory and together
// hold at most 2^31-1 bytes, so that the count that is answered fits any
// guest's signed size. Nothing has been read or written when they do not.
func (m memory) vectors(ptr, n uint32) (vectors, uint32, Errno) {
	if n > maxVectors {
		return vectors{}, 0, EINVAL
	}
	list, ok := m.slice(ptr, 8*uint64(n))
	if !ok {
		return vectors{}, 0, EFAULT
	}
	var total uint64
	for i := 0; i < len(list); i += 8 {
		b, ok := m.slice(get32(list, i), uint64(get32(list, i+4)))
		if !ok {
			return vectors{}, 0, EFAULT
		}
		total += uint64(len(b))
	}
	if total > math.MaxInt32 {
		return vectors{}, 0, EINVAL
	}
	return vectors{m, list}, uint32(total), ESUCCESS
}

// fdWrite hands the buffers to the log, piece by piece. The log keeps what its
// limits allow; the guest is told that all was written.
func fdWrite(s *System, m memory, p []uint64) (Errno, error) {
	r := s.role(uint32(p[0]))
	if !r.output() {
		return EBADF, nil
	}
	v, total, e := m.vectors(uint32(p[1]), uint32(p[2]))
	if e != ESUCCESS {
		return e, nil
	}
	written := uint32(p[3])
	if _, ok := m.slice(written, 4); !ok {
		return EFAULT, nil
	}
	if err := s.charge(uint64(len(v.list))); err != nil {
		return 0, err
	}
	stream := logs.Stdout
	if r == stderr {
		stream = logs.Stderr
	}
	for i := 0; i < len(v.list); i += 8 {
		b, _ := m.slice(get32(v.list, i), uint64(get32(v.list, i+4)))
		if err := s.emit(stream, b); err != nil {
			return 0, err
		}
	}
	return m.put32(written, total), nil
}

// emit writes b to the log.
func (s *System) emit(stream logs.Stream, b []byte) error {
	for len(b) > 0 {
		n := min(len(b), piece)
		if err := s.charge(uint64(n) * logCost); err != nil {
			return err
		}
		if s.host.Logs != nil {
			s.host.Logs.Write(stream, b[:n])
		}
		b = b[n:]
	}
	return nil
}

// fdRead answers that standard input has ended.
func fdRead(s *System, m memory, p []uint64) (Errno, error) {
	switch s.role(uint32(p[0])) {
	case stdin:
	case root:
		return EISDIR, nil
	default:
		return EBADF, nil
	}
	if _, _, e := m.vectors(uint32(p[1]), uint32(p[2])); e != ESUCCESS {
		return e, nil
	}
	return m.put32(uint32(p[3]), 0), nil
}
