package abi

// Skip returns the offset behind the item that begins at b[off]. It looks at
// well-formedness only: not at UTF-8, not at duplicate keys, and bytes behind
// the item are none of its business. Definite items may be nested to any depth;
// indefinite ones inside one another at most [MaxDepth] times.
//
// The error is a [*SyntaxError] whose offset counts from b[0].
func Skip(b []byte, off int) (end int, err error) {
	end, reason := skip(b, off)
	if reason != "" {
		return end, &SyntaxError{Offset: end, Reason: reason}
	}
	return end, nil
}

// open is what must be remembered of an indefinite array or map: the state
// around it.
type open struct {
	pending uint64 // items of definite containers still to come around it
	isMap   bool   // what the container around it is,
	odd     bool   // and whether a value is due there
}

// farAway is more items than any input holds.
const farAway = 1 << 62

// skip is Skip without an allocation for the error; end is then its offset.
//
// Definite containers need no stack: what they declare adds to one counter.
func skip(b []byte, off int) (end int, reason Reason) {
	var few [8]open
	stack := few[:0]
	pending := uint64(1) // items due before the current container can end
	var isMap, odd bool  // the innermost indefinite container
	for {
		if pending == 0 { // inside an indefinite container, between two items
			if off < len(b) && b[off] == breakByte {
				if isMap && odd {
					return off, ReasonBreak
				}
				top := stack[len(stack)-1]
				stack = stack[:len(stack)-1]
				pending, isMap, odd = top.pending, top.isMap, top.odd
				off++
				if pending == 0 && len(stack) == 0 {
					return off, ""
				}
				continue
			}
			odd = !odd
			pending = 1
		}
		pending--
		if off < len(b) && oneByte(b[off]) {
			off++
			if pending == 0 && len(stack) == 0 {
				return off, ""
			}
			continue
		}
		h, next, reason := readHead(b, off)
		if reason != "" {
			return off, reason
		}
		switch h.Major {
		case MajorBytes, MajorText:
			if h.Info == infoIndefinite {
				if next, reason = skipChunks(b, next, h.Major); reason != "" {
					return next, reason
				}
			} else if h.Arg > uint64(len(b)-next) {
				return off, ReasonTruncated
			} else {
				next += int(h.Arg)
			}
		case MajorArray, MajorMap:
			if h.Info == infoIndefinite {
				if len(stack) == MaxDepth {
					return off, ReasonDepth
				}
				stack = append(stack, open{pending, isMap, odd})
				pending, isMap, odd = 0, h.Major == MajorMap, false
				off = next
				continue
			}
			n := min(h.Arg, farAway)
			if h.Major == MajorMap {
				n = min(2*n, farAway)
			}
			pending = min(pending+n, farAway)
		case MajorTag:
			pending++
		case MajorSimple:
			if h.Info == infoIndefinite {
				return off, ReasonBreak
			}
		}
		off = next
		if pending == 0 && len(stack) == 0 {
			return off, ""
		}
	}
}

// skipChunks passes over the chunks of an indefinite string of the given major
// type and its break.
func skipChunks(b []byte, off int, major byte) (end int, reason Reason) {
	for {
		h, next, reason := readHead(b, off)
		switch {
		case reason != "":
			return off, reason
		case h.Break():
			return next, ""
		case h.Major != major || h.Info == infoIndefinite:
			return off, ReasonChunk
		case h.Arg > uint64(len(b)-next):
			return off, ReasonTruncated
		}
		off = next + int(h.Arg)
	}
}

// oneByte reports whether c is an item by itself: a small integer or a simple
// value.
func oneByte(c byte) bool { return c&31 < infoUint8 && (c < MajorBytes<<5 || c >= MajorSimple<<5) }
