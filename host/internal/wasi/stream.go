package wasi

import (
	"math"

	"github.com/pledge-wasm/pledge/host/internal/logs"
)

// maxVectors is the most buffers that one read or write may name; C libraries
// know it as IOV_MAX.
const maxVectors = 1024

// vectors checks that all n buffers listed at ptr lie in memory and together
// hold at most 2^31-1 bytes, so that the count that is answered fits any
// guest's signed size. Nothing has been read or written when they do not. The
// list has 8 bytes for each: address, length.
func (s *System) vectors(m memory, ptr, n uint32) (list []byte, total uint32, e Errno, err error) {
	if n > maxVectors {
		return nil, 0, EINVAL, nil
	}
	if err := s.charge(uint64(n) * vectorCost); err != nil {
		return nil, 0, 0, err
	}
	list, ok := m.slice(ptr, 8*uint64(n))
	if !ok {
		return nil, 0, EFAULT, nil
	}
	var sum uint64
	for i := 0; i < len(list); i += 8 {
		b, ok := m.slice(get32(list, i), uint64(get32(list, i+4)))
		if !ok {
			return nil, 0, EFAULT, nil
		}
		sum += uint64(len(b))
	}
	if sum > math.MaxInt32 {
		return nil, 0, EINVAL, nil
	}
	return list, uint32(sum), ESUCCESS, nil
}

// fdWrite hands the buffers to the log, piece by piece. The log keeps what its
// limits allow; the guest is told that all was written.
func fdWrite(s *System, m memory, p []uint64) (Errno, error) {
	r := s.role(uint32(p[0]))
	if !r.output() {
		return EBADF, nil
	}
	list, total, e, err := s.vectors(m, uint32(p[1]), uint32(p[2]))
	if e != ESUCCESS || err != nil {
		return e, err
	}
	written := uint32(p[3])
	if _, ok := m.slice(written, 4); !ok {
		return EFAULT, nil
	}
	stream := logs.Stdout
	if r == stderr {
		stream = logs.Stderr
	}
	for i := 0; i < len(list); i += 8 {
		b, _ := m.slice(get32(list, i), uint64(get32(list, i+4)))
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
	if _, _, e, err := s.vectors(m, uint32(p[1]), uint32(p[2])); e != ESUCCESS || err != nil {
		return e, err
	}
	return m.put32(uint32(p[3]), 0), nil
}
