package wasi

import (
	"crypto/sha256"
	"encoding/binary"
	"io"
)

// Seed returns the seed of a task's random stream: SHA-256 over a label, the
// SHA-256 of the module as delivered, the length of the task's name (8 bytes,
// big endian), the name, and the encoded arguments.
func Seed(module [32]byte, task string, args []byte) [32]byte {
	return digest("pledge wasi task v1\x00", module, task, args)
}

// InitSeed returns the seed for the initialisation of a module, and for its
// manifest. It is apart from the seeds of all tasks.
func InitSeed(module [32]byte) [32]byte {
	return digest("pledge wasi init v1\x00", module, "", nil)
}

func digest(label string, module [32]byte, task string, args []byte) (seed [32]byte) {
	h := sha256.New()
	io.WriteString(h, label)
	h.Write(module[:])
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(task))))
	io.WriteString(h, task)
	h.Write(args)
	h.Sum(seed[:0])
	return seed
}

// fill writes random bytes over b, which is at most a piece.
func (s *System) fill(b []byte) Errno {
	if r := s.grants.Entropy; r != nil {
		if _, err := io.ReadFull(r, b); err != nil {
			return EIO
		}
		return ESUCCESS
	}
	if !s.seeded {
		var seed [32]byte
		if s.host.Seed != nil {
			seed = s.host.Seed()
		}
		s.random.Seed(seed)
		s.seeded = true
	}
	s.random.Read(b) // never fails
	return ESUCCESS
}

func randomGet(s *System, m memory, p []uint64) (Errno, error) {
	b, ok := m.slice(uint32(p[0]), uint64(uint32(p[1])))
	if !ok {
		return EFAULT, nil
	}
	for len(b) > 0 {
		n := min(len(b), piece)
		if err := s.charge(uint64(n) * randomCost); err != nil {
			return 0, err
		}
		if e := s.fill(b[:n]); e != ESUCCESS {
			return e, nil
		}
		b = b[n:]
	}
	return ESUCCESS, nil
}
