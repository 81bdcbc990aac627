package abi

// The major types of CBOR, the three high bits of an item's first byte.
const (
	MajorUint   = 0 // unsigned integer, the argument itself
	MajorNegInt = 1 // negative integer, -1 minus the argument
	MajorBytes  = 2 // byte string, the argument is its length
	MajorText   = 3 // text string, the argument is its length in bytes
	MajorArray  = 4 // array, the argument is the number of elements
	MajorMap    = 5 // map, the argument is the number of pairs
	MajorTag    = 6 // tag, the argument is its number; one item follows
	MajorSimple = 7 // false, true, null, undefined, other simple values, floats, break
)

// The simple values with a meaning, arguments of [MajorSimple].
const (
	SimpleFalse     = 20
	SimpleTrue      = 21
	SimpleNull      = 22
	SimpleUndefined = 23
)

// The additional information of a head that is not a value itself.
const (
	infoUint8      = 24 // or a simple value in two bytes
	infoUint16     = 25 // or a half-precision float
	infoUint32     = 26 // or a single-precision float
	infoUint64     = 27 // or a double-precision float
	infoIndefinite = 31 // or the break
)

const breakByte = 0xff

// Head is the beginning of an item: what it is and its argument.
type Head struct {
	Major byte   // one of the Major constants
	Info  byte   // additional information: below 24 the argument itself, 24 to 27 its width, 31 indefinite
	Arg   uint64 // the argument; the bits of a float; 0 when indefinite
}

// Indefinite reports whether the length is not known beforehand.
func (h Head) Indefinite() bool {
	return h.Info == infoIndefinite && h.Major >= MajorBytes && h.Major <= MajorMap
}

// Break reports whether this is the end of an indefinite item.
func (h Head) Break() bool { return h.Major == MajorSimple && h.Info == infoIndefinite }

// Float reports whether this is a float of 16, 32 or 64 bits.
func (h Head) Float() bool {
	return h.Major == MajorSimple && h.Info >= infoUint16 && h.Info <= infoUint64
}

// Null reports whether this is null.
func (h Head) Null() bool { return h.Major == MajorSimple && h.Info == SimpleNull }

// Shortest reports whether the argument could not be written in fewer bytes. It
// means nothing for floats.
func (h Head) Shortest() bool {
	switch h.Info {
	case infoUint8:
		return h.Arg >= 24
	case infoUint16:
		return h.Arg > 0xff
	case infoUint32:
		return h.Arg > 0xffff
	case infoUint64:
		return h.Arg > 0xffffffff
	}
	return true
}

// ReadHead reads the head that begins at b[off] and returns the offset behind
// it. The error is a [*SyntaxError] with [ReasonTruncated], [ReasonReserved] or
// [ReasonIndefinite].
func ReadHead(b []byte, off int) (Head, int, error) {
	h, next, reason := readHead(b, off)
	if reason != "" {
		return Head{}, off, &SyntaxError{Offset: off, Reason: reason}
	}
	return h, next, nil
}

// readHead is ReadHead without an allocation for the error.
func readHead(b []byte, off int) (h Head, next int, reason Reason) {
	if uint(off) >= uint(len(b)) {
		return h, off, ReasonTruncated
	}
	h.Major, h.Info = b[off]>>5, b[off]&31
	p := b[off+1:]
	switch h.Info {
	case infoUint8:
		if len(p) < 1 {
			return h, off, ReasonTruncated
		}
		h.Arg = uint64(p[0])
		if h.Major == MajorSimple && h.Arg < 32 {
			return h, off, ReasonReserved
		}
		return h, off + 2, ""
	case infoUint16:
		if len(p) < 2 {
			return h, off, ReasonTruncated
		}
		h.Arg = uint64(p[0])<<8 | uint64(p[1])
		return h, off + 3, ""
	case infoUint32:
		if len(p) < 4 {
			return h, off, ReasonTruncated
		}
		h.Arg = uint64(be32(p))
		return h, off + 5, ""
	case infoUint64:
		if len(p) < 8 {
			return h, off, ReasonTruncated
		}
		h.Arg = uint64(be32(p))<<32 | uint64(be32(p[4:]))
		return h, off + 9, ""
	case 28, 29, 30:
		return h, off, ReasonReserved
	case infoIndefinite:
		if h.Major <= MajorNegInt || h.Major == MajorTag {
			return h, off, ReasonIndefinite
		}
		return h, off + 1, ""
	}
	h.Arg = uint64(h.Info)
	return h, off + 1, ""
}

// be32 reads four bytes, most significant first. b has at least four.
func be32(b []byte) uint32 {
	_ = b[3]
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
}
