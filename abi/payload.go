package abi

// joined is the content of the string in b whose head h ends at off, and the
// offset behind the string. It copies only when there are chunks. The string has
// passed scan.
func joined(b []byte, h Head, off int) (s []byte, end int) {
	if !h.Indefinite() {
		end = off + int(h.Arg)
		return b[off:end:end], end
	}
	for {
		c, next, _ := readHead(b, off)
		if c.Break() {
			return s, next
		}
		off = next + int(c.Arg)
		s = append(s, b[next:off]...)
	}
}

// The tags of integers that may be larger than 64 bits.
const (
	tagPosBignum = 2
	tagNegBignum = 3
)

// appendInteger appends the integer of a bignum: as a plain one if it fits.
func appendInteger(dst []byte, tag uint64, s []byte) []byte {
	for len(s) > 0 && s[0] == 0 {
		s = s[1:]
	}
	if len(s) > 8 {
		return AppendBytes(AppendHead(dst, MajorTag, tag), s)
	}
	v := uint64(0)
	for _, c := range s {
		v = v<<8 | uint64(c)
	}
	return AppendHead(dst, byte(tag-tagPosBignum), v) // MajorUint or MajorNegInt
}
