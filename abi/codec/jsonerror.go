package codec

import (
	"bytes"
	"strconv"
)

// JSONError says where some text stops being JSON that CBOR can carry.
type JSONError struct {
	Offset       int    // in bytes from 0
	Line, Column int    // from 1; the column counts bytes
	Message      string // what is wrong
}

// Error is "codec: JSON, line L, column C: MESSAGE".
func (e *JSONError) Error() string {
	return "codec: JSON, line " + strconv.Itoa(e.Line) + ", column " + strconv.Itoa(e.Column) + ": " + e.Message
}

// jsonError is the error at b[off].
func jsonError(b []byte, off int, message string) *JSONError {
	off = min(off, len(b))
	return &JSONError{
		Offset:  off,
		Line:    1 + bytes.Count(b[:off], []byte{'\n'}),
		Column:  off - bytes.LastIndexByte(b[:off], '\n'),
		Message: message,
	}
}
