package wasi

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"io"
)

// Seed returns the seed of a task's random stream: SHA-256 over a label, the
// SHA-256 of the module as delivered, the length of the task's name (8 bytes,
// big endian), the name, and the encoded arguments. These may be large, so the
// work is announced to charge like that of [Host.Charge]; an error of it is the
// only one.
func Seed(module [32]byte, task string, args []byte, charge func(n uint64) error) (seed [32]byte, err error) {
	h := sha256.New()
	begin(h, "pledge wasi task v1\x00", module, task)
	for len(args) > 0 {
		n := min(len(args), piece)
		if err := charge(uint64(n) * hashCost); err != nil {
			return seed, err
		}
		h.Write(args[:n])
		args = args[n:]
	}
	h.Sum(seed[:0])
	return seed, nil
}

// InitSeed returns the seed for the initialisation of a module, and for its
// manifest. It is apart from the seeds of all tasks.
func InitSeed(module [32]byte) (seed [32]byte) {
	h := sha256.New()
	begin(h, "pledge wasi init v1\x00", module, "")
	h.Sum(seed[:0])
	return seed
}

func begin(h hash.Hash, label string, module [32]byte, task string) {
	io.WriteString(h, label)
	h.Write(module[:])
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(task))))
	io.WriteString(h, task)
}

// fill writes random bytes over b, which is at most a piece.
func (s *System) fill(b []byte) (Errno, error) {
	if r := s.grants.Entropy; r != nil {
		if _, err := io.ReadFull(r, b); err != nil {
			return EIO, nil
		}
		return ESUCCESS, nil
	}
	if !s.seeded {
		var seed [32]byte
		if s.host.Seed != nil {
			var err error
			if seed, err = s.host.Seed(s.host.Charge); err != nil {
				return 0, err
			}
		}
		s.random.Seed(seed)
		s.seeded = true
	}
	s.random.Read(b) // never fails
	return ESUCCESS, nil
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
		if e, err := s.fill(b[:n]); e != ESUCCESS || err != nil {
			return e, err
		}
		b = b[n:]
	}
	return ESUCCESS, nil
}
