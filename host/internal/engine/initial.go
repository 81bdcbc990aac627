package engine

import (
	"encoding/binary"
	"iter"

	"github.com/pledge-wasm/pledge/host/internal/meter"
	"github.com/pledge-wasm/pledge/host/internal/wasm"
)

// segments are the initial contents of a memory, as they are stored: for each
// segment its offset and its size, 4 bytes each, little endian, and its bytes. As
// a list they would take as much memory again.
type segments []byte

const segmentHead = 8

// all gives the segments in order.
func (s segments) all() iter.Seq2[int, meter.Segment] {
	return func(yield func(int, meter.Segment) bool) {
		rest := s
		for n := 0; len(rest) >= segmentHead; n++ {
			offset, size := binary.LittleEndian.Uint32(rest), binary.LittleEndian.Uint32(rest[4:])
			rest = rest[segmentHead:]
			if uint64(size) > uint64(len(rest)) || !yield(n, meter.Segment{Offset: offset, Bytes: rest[:size:size]}) {
				return
			}
			rest = rest[size:]
		}
	}
}

// valid reports whether all of the bytes are segments.
func (s segments) valid() bool {
	size := 0
	for _, segment := range s.all() {
		size += segmentHead + len(segment.Bytes)
	}
	return size == len(s)
}

// within reports whether all of the bytes are segments that lie within a memory
// of the given size.
func (s segments) within(memory uint64) bool {
	for _, segment := range s.all() {
		if uint64(segment.Offset)+uint64(len(segment.Bytes)) > memory {
			return false
		}
	}
	return s.valid()
}

// begin appends the head of a segment without bytes.
func (s segments) begin(offset uint32) segments {
	return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(s, offset), 0)
}

// joinGap is how many zero bytes are worth writing to save a segment.
const joinGap = 64

// joined copies the initial contents of a memory of the given size into few
// segments: Go's linker makes tens of thousands, with the zeros left out. Applied
// in order, both give the same. When one does not fit the memory, they stay as
// they are, so that what is said of it is right.
func joined(list []meter.Segment, memory uint64) segments {
	bytes, fit := 0, true
	for _, s := range list {
		bytes += len(s.Bytes) + segmentHead
		fit = fit && uint64(s.Offset)+uint64(len(s.Bytes)) <= memory
	}
	out := make(segments, 0, bytes)
	var head int         // of the segment in the making, in out
	var last, end uint64 // where it ends, and where the highest ends, in memory
	for n, s := range list {
		from := uint64(s.Offset)
		// Only past everything written so far are the bytes between known to be zero.
		if fit && n > 0 && last == end && from >= end && from-end <= joinGap {
			out = append(out, make([]byte, from-end)...)
		} else {
			head = len(out)
			out = out.begin(s.Offset)
		}
		out = wasm.AppendLong(out, s.Bytes)
		binary.LittleEndian.PutUint32(out[head+4:], uint32(len(out)-head-segmentHead))
		last = from + uint64(len(s.Bytes))
		end = max(end, last)
	}
	return out
}
