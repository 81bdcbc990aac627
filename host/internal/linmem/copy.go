package linmem

import (
	"strings"
	"unsafe"
)

// copyPiece is how many bytes are copied in one go: the runtime cannot preempt a
// copy, and each page may fault on both sides.
const copyPiece = 256 << 10

// Copy returns a copy of src on the Go heap, which is the caller's. Between pieces
// it asks stop whether to give up; it reports false then. stop may be nil.
//
// It is what bytes.Clone is for those who must not be held up: make clears what it
// gives, which for memory that the system has yet to find takes milliseconds per
// megabyte on some machines and cannot be broken off.
func Copy(src []byte, stop func() bool) ([]byte, bool) {
	var b strings.Builder // the only maker of memory that is not cleared
	b.Grow(len(src))
	for at := 0; at < len(src); at += copyPiece {
		if at > 0 && stop != nil && stop() {
			return nil, false
		}
		b.Write(src[at:min(at+copyPiece, len(src))])
	}
	// Sound: all of the bytes were written above, and nobody else has the string,
	// so that they may be written again.
	return unsafe.Slice(unsafe.StringData(b.String()), len(src)), true
}
