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
