package wasi

import "encoding/binary"

// memory is the guest's linear memory during one call.
type memory []byte

// slice returns the n bytes at ptr, or false if they are not all there. No
// bytes at the very end of memory are there; beyond it they are not.
func (m memory) slice(ptr uint32, n uint64) ([]byte, bool) {
	if uint64(ptr) > uint64(len(m)) || n > uint64(len(m))-uint64(ptr) {
		return nil, false
	}
	end := uint64(ptr) + n
	return m[ptr:end:end], true
}

// put32 stores a 32-bit result at ptr.
func (m memory) put32(ptr, v uint32) Errno {
	b, ok := m.slice(ptr, 4)
	if !ok {
		return EFAULT
	}
	binary.LittleEndian.PutUint32(b, v)
	return ESUCCESS
}

// put64 stores a 64-bit result at ptr.
func (m memory) put64(ptr uint32, v uint64) Errno {
	b, ok := m.slice(ptr, 8)
	if !ok {
		return EFAULT
	}
	binary.LittleEndian.PutUint64(b, v)
	return ESUCCESS
}

func get32(b []byte, off int) uint32 { return binary.LittleEndian.Uint32(b[off:]) }
func get64(b []byte, off int) uint64 { return binary.LittleEndian.Uint64(b[off:]) }
