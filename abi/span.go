package abi

// Span is a piece of guest memory packed into an i64: the pointer in the high 32
// bits, the length in bytes in the low 32, both unsigned.
//
//	MakeSpan(0, 0)          == 0x00000000_00000000
//	MakeSpan(1024, 3)       == 0x00000400_00000003
//	MakeSpan(0xFFFF0000, 1) == 0xFFFF0000_00000001
//
// A Span says nothing about whether the memory has those bytes; the host looks.
type Span uint64

// MakeSpan packs a pointer and a length in bytes.
func MakeSpan(ptr, n uint32) Span { return Span(uint64(ptr)<<32 | uint64(n)) }

// Ptr is the address of the first byte.
func (s Span) Ptr() uint32 { return uint32(s >> 32) }

// Len is the length in bytes.
func (s Span) Len() uint32 { return uint32(s) }

// In reports whether the whole span lies in a memory of size bytes. An empty
// span may stand at the very end, not beyond it.
func (s Span) In(size uint64) bool { return uint64(s.Ptr())+uint64(s.Len()) <= size }
