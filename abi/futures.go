package abi

import "bytes"

// Reference is a future that stands in an item in place of a value.
type Reference struct {
	Offset, End int // b[Offset:End] is the reference, tag and all
	ID          ID  // the run whose result it stands for
}

// Futures iterates over the references in b, one item or several in a row, in
// reading order. Byte strings and texts are passed over unread, those that hold
// embedded CBOR (tag 24) as well: their contents are data.
//
// b should have passed [Check]. Where it is not well-formed, or a [FutureTag]
// does not stand over 16 bytes, the iteration ends with one [*SyntaxError].
// Without the letters of the tag in b nothing is scanned at all, and malformed
// bytes go unnoticed.
func Futures(b []byte) func(yield func(Reference, error) bool) {
	return func(yield func(Reference, error) bool) {
		if !MayHaveFutures(b) {
			return
		}
		off := 0
		for off < len(b) {
			if c := b[off]; c&31 < infoUint8 && c>>5 != MajorBytes && c>>5 != MajorText {
				off++
				continue
			}
			h, next, reason := readHead(b, off)
			if reason != "" {
				yield(Reference{}, &SyntaxError{Offset: off, Reason: reason})
				return
			}
			switch {
			case h.Major == MajorTag && h.Arg == FutureTag:
				id, end, err := readFuture(b, off)
				if err != nil {
					yield(Reference{}, err)
					return
				}
				if !yield(Reference{off, end, id}, nil) {
					return
				}
				next = end
			case (h.Major == MajorBytes || h.Major == MajorText) && h.Info != infoIndefinite:
				if h.Arg > uint64(len(b)-next) {
					yield(Reference{}, &SyntaxError{Offset: off, Reason: ReasonTruncated})
					return
				}
				next += int(h.Arg)
			}
			off = next
		}
	}
}

// MayHaveFutures reports whether the four bytes of [FutureTag] occur in b. If
// not, no future does, in any encoding. It reads at the speed of memory.
func MayHaveFutures(b []byte) bool { return bytes.Contains(b, futureLetters) }

var futureLetters = []byte("pldg")

// readFuture reads the reference that begins at b[off].
func readFuture(b []byte, off int) (id ID, end int, err error) {
	malformed := func(at int, r Reason) (ID, int, error) {
		return ID{}, at, &SyntaxError{Offset: at, Reason: r}
	}
	h, next, reason := readHead(b, off)
	if reason != "" {
		return malformed(off, reason)
	}
	if h.Major != MajorTag || h.Arg != FutureTag {
		return malformed(off, ReasonFuture)
	}
	c, body, reason := readHead(b, next)
	if reason != "" {
		return malformed(next, reason)
	}
	if c.Major != MajorBytes {
		return malformed(off, ReasonFuture)
	}
	end, reason = skip(b, next)
	if reason != "" {
		return malformed(end, reason)
	}
	s, _ := joined(b, c, body)
	if len(s) != len(id) {
		return malformed(off, ReasonFuture)
	}
	return ID(s), end, nil
}
