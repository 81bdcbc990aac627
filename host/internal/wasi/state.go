package wasi

import (
	"encoding/binary"
)

// State is what a guest can change in its world other than what it emits: the
// virtual clock and the descriptors. The zero State is that of a guest that
// has not run yet. States are plain values, comparable and safe to share.
type State struct {
	elapsed uint64 // nanoseconds by which the virtual clock has moved
	fds     [maxDescriptors]descriptor
}

// Append writes the state for [ParseState].
func (s State) Append(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, s.elapsed)
	for _, d := range s.fds {
		dst = binary.LittleEndian.AppendUint16(append(dst, byte(d.role)), d.flags)
	}
	return dst
}

// stateSize is the size of an encoded state, in bytes.
const stateSize = 8 + 3*maxDescriptors

// ParseState reads a state from the beginning of b and gives what follows it. ok
// is false when there is none that a guest can bring about.
func ParseState(b []byte) (s State, rest []byte, ok bool) {
	if len(b) < stateSize {
		return State{}, nil, false
	}
	s.elapsed, b = binary.LittleEndian.Uint64(b), b[8:]
	ok = s.elapsed <= lastElapsed
	for i := range s.fds {
		d := descriptor{role(b[0]), binary.LittleEndian.Uint16(b[1:])}
		ok = ok && d.role <= closed && d.flags <= fdFlags
		s.fds[i], b = d, b[3:]
	}
	return s, b, ok
}
