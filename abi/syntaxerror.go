package abi

import "strconv"

// Reason says in one word what is wrong with some bytes. Reasons are names in
// the test vectors: the list grows at its end and none changes its meaning.
type Reason string

// The reasons of a [SyntaxError].
const (
	ReasonTruncated    Reason = "truncated"     // the input ends inside an item, or before one
	ReasonTrailing     Reason = "trailing"      // bytes after the item
	ReasonDepth        Reason = "depth"         // more arrays, maps and tags on one path than Limits.Depth
	ReasonItems        Reason = "items"         // more items than Limits.Items
	ReasonSize         Reason = "size"          // more bytes than Limits.Bytes
	ReasonDuplicateKey Reason = "duplicate_key" // two keys of one map have the same value
	ReasonUTF8         Reason = "utf8"          // a text, or a chunk of one, is not UTF-8
	ReasonReserved     Reason = "reserved"      // additional information 28 to 30, or a simple value below 32 in two bytes
	ReasonBreak        Reason = "break"         // a break where none may stand
	ReasonChunk        Reason = "chunk"         // an indefinite string with something else inside
	ReasonIndefinite   Reason = "indefinite"    // an indefinite length where there is none: integers and tags
	ReasonShape        Reason = "shape"         // well-formed, but not the message that was expected
	ReasonShortest     Reason = "shortest"      // a length that must be in its shortest form is not
	ReasonFuture       Reason = "future"        // FutureTag over something other than 16 bytes
	ReasonVersion      Reason = "version"       // a manifest of another ABI
	ReasonStopped      Reason = "stopped"       // Limits.Stop said so; nothing is wrong so far
)

// SyntaxError says where some bytes stop being what they should be.
type SyntaxError struct {
	// Offset is the position in the input, in bytes from 0. For a truncated
	// item it is where that item begins (the length of the input when it is
	// missing altogether), for a duplicate key where the second one begins,
	// for text that is not UTF-8 where the string or chunk begins.
	Offset int
	// Reason is what is wrong.
	Reason Reason
	// Detail is more about it, for people; it may be empty.
	Detail string
}

// Error is "abi: REASON at byte OFFSET: what it means".
func (e *SyntaxError) Error() string {
	s := "abi: " + string(e.Reason) + " at byte " + strconv.Itoa(e.Offset)
	if d := e.Detail; d != "" {
		return s + ": " + d
	}
	if d := e.Reason.explain(); d != "" {
		return s + ": " + d
	}
	return s
}

// explain is the reason in a few words.
func (r Reason) explain() string {
	switch r {
	case ReasonTruncated:
		return "the input ends before the item does"
	case ReasonTrailing:
		return "there are bytes after the item"
	case ReasonDepth:
		return "arrays, maps and tags are nested too deeply"
	case ReasonItems:
		return "there are too many items"
	case ReasonSize:
		return "the input is too long"
	case ReasonDuplicateKey:
		return "the map has this key already"
	case ReasonUTF8:
		return "the text is not valid UTF-8"
	case ReasonReserved:
		return "this initial byte or simple value is reserved"
	case ReasonBreak:
		return "there is no indefinite item to end here"
	case ReasonChunk:
		return "chunks must be definite strings of the same type"
	case ReasonIndefinite:
		return "integers and tags have no indefinite form"
	case ReasonStopped:
		return "there was no time to look at more"
	case ReasonFuture:
		return "a future is tag 1886151783 over a byte string of 16 bytes"
	}
	return ""
}
