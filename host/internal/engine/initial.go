package engine

import "github.com/pledge-wasm/pledge/host/internal/meter"

// joinGap is how many zero bytes are worth writing to save a segment.
const joinGap = 64

// joined copies the initial contents of a memory of the given size into as few
// segments as are good: Go's linker makes tens of thousands, with the zeros left
// out. Applied in order, both give the same. Segments that do not fit the memory
// are left as they are, so that what is said of them is right.
func joined(segments []meter.Segment, memory uint64) []meter.Segment {
	bytes := 0
	for n, s := range segments {
		if uint64(s.Offset)+uint64(len(s.Bytes)) > memory {
			return copied(segments)
		}
		bytes += len(s.Bytes)
		if n > 0 {
			bytes += joinGap
		}
	}
	var out []meter.Segment
	all := make([]byte, 0, bytes)
	var start int  // of the segment in the making, in all
	var end uint64 // of what was written highest
	for n, s := range segments {
		from, to := uint64(s.Offset), uint64(s.Offset)+uint64(len(s.Bytes))
		// Only past everything written so far are the bytes between known to be zero.
		if last := len(out) - 1; n > 0 && from >= end && from-end <= joinGap && uint64(out[last].Offset)+uint64(len(all)-start) == end {
			all = append(all, make([]byte, from-end)...)
		} else {
			start = len(all)
			out = append(out, meter.Segment{Offset: s.Offset})
		}
		all = append(all, s.Bytes...)
		out[len(out)-1].Bytes = all[start:len(all):len(all)]
		end = max(end, to)
	}
	return out
}

// copied lets go of the author's file, which the segments point into.
func copied(segments []meter.Segment) []meter.Segment {
	out := make([]meter.Segment, len(segments))
	for n, s := range segments {
		out[n] = meter.Segment{Offset: s.Offset, Bytes: append([]byte(nil), s.Bytes...)}
	}
	return out
}
