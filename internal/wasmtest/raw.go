package wasmtest

// Section numbers of the binary format.
const (
	SectionCustom    = 0
	SectionType      = 1
	SectionImport    = 2
	SectionFunction  = 3
	SectionTable     = 4
	SectionMemory    = 5
	SectionGlobal    = 6
	SectionExport    = 7
	SectionStart     = 8
	SectionElement   = 9
	SectionCode      = 10
	SectionData      = 11
	SectionDataCount = 12
	SectionTag       = 13
)

// Header is the preamble of a core module: "\0asm", version 1.
const Header = "\x00asm\x01\x00\x00\x00"

// Raw is a module of these sections as they are, however wrong.
func Raw(sections ...[]byte) []byte {
	return Join(append([][]byte{[]byte(Header)}, sections...)...)
}

// Section is one section with the right size in front of its content.
func Section(id byte, content ...[]byte) []byte {
	body := Join(content...)
	return SectionClaiming(id, uint32(len(body)), body)
}

// SectionClaiming is a section that claims to have size bytes of content.
func SectionClaiming(id byte, size uint32, content ...[]byte) []byte {
	return Join([]byte{id}, U32(size), Join(content...))
}

// Join copies the parts into one fresh slice.
func Join(parts ...[]byte) []byte {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	b := make([]byte, 0, n)
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// U32 is v as unsigned LEB128, the shortest way.
func U32(v uint32) []byte { return appendU64(nil, uint64(v)) }

// U32Long is v as unsigned LEB128 in exactly width bytes, which may be more
// than needed (legal up to five) or more than allowed.
func U32Long(v uint32, width int) []byte {
	b := make([]byte, 0, width)
	for i := range width {
		c := byte(0)
		if i < 5 {
			c = byte(uint64(v)>>(7*i)) & 0x7f
		}
		if i < width-1 {
			c |= 0x80
		}
		b = append(b, c)
	}
	return b
}

// S64 is v as signed LEB128, the shortest way.
func S64(v int64) []byte {
	var b []byte
	for {
		c := byte(v) & 0x7f
		v >>= 7
		if (v == 0 && c&0x40 == 0) || (v == -1 && c&0x40 != 0) {
			return append(b, c)
		}
		b = append(b, c|0x80)
	}
}

// Str is a name: its length, then its bytes, UTF-8 or not.
func Str(s string) []byte { return append(U32(uint32(len(s))), s...) }

func appendU64(b []byte, v uint64) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}
