package abi

import "unicode/utf8"

const (
	smallFrames = 16      // nesting that check handles at once
	smallKeys   = 64      // keys, of all the maps that are open, that it remembers
	stopItems   = 1 << 12 // items, but elements of one byte, between two questions whether to stop

	// reasonRetry asks for more memory; it never leaves check and scan.
	reasonRetry Reason = "retry"
)

// frame is a container, or a tag, that has begun and not ended.
type frame struct {
	rem   uint64 // items still to come; in a map even when a key is due
	base  int32  // where its keys begin in the list of keys
	flags frameFlags
	last  key // the latest key
}

type frameFlags uint8

const (
	isMap      frameFlags = 1 << iota
	indefinite            // ends with a break; rem began even and far away
	inKey                 // stands inside a map's key; that map looks at the keys in here
	unsorted              // the keys do not ascend
	irregular             // a key is not in its only deterministic form, or is a container
	lost                  // there was no room for a key in the list
)

// indefiniteRem is where the count of an indefinite container begins: even, and
// more than any input holds.
const indefiniteRem = 1<<63 - 2

// scan checks the item that begins at b[off] and ends with b. frames is all the
// nesting there is memory for; few and many are the lists of keys, which are empty.
// Without many, no more keys are looked at than few have room for.
//
// It is one long loop because the time of a task's boundary is spent here.
func scan(b []byte, off int, lim Limits, frames []frame, few []key, many *pieces[key]) (int, Reason) {
	depth := 0     // frames in use
	var cur *frame // the innermost
	items := lim.Items
	for {
		// One item begins here, or a break ends the container.
		if off >= len(b) {
			return off, ReasonTruncated
		}
		if cur != nil && cur.flags&isMap == 0 {
			// Elements of one byte, all but the last, in a row.
			for ; off < len(b)-1 && oneByte(b[off]) && cur.rem > 1 && items > 0; off++ {
				cur.rem--
				items--
			}
		}
		start := off
		first := b[off]
		if cur != nil && first == breakByte && cur.flags&indefinite != 0 {
			if cur.flags&isMap != 0 && cur.rem&1 != 0 {
				return off, ReasonBreak
			}
			off++
			cur.rem = 0
		} else {
			if items--; items < 0 {
				return off, ReasonItems
			}
			if items&(stopItems-1) == 0 && lim.Stop != nil && lim.Stop() {
				return off, ReasonStopped
			}
			major, arg := first>>5, uint64(first&31)
			regular := true // a key in its only deterministic form
			indef := false
			if arg < 24 {
				off++
			} else {
				h, next, reason := readHead(b, off)
				if reason != "" {
					return off, reason
				}
				regular, arg, off = h.Shortest(), h.Arg, next
				indef = h.Info == infoIndefinite
			}
			var child frameFlags
			switch major {
			case MajorBytes, MajorText:
				if indef {
					regular = false
					end, n, reason := scanChunks(b, off, major, items)
					if reason != "" {
						return end, reason
					}
					off, items = end, items-n
					break
				}
				if arg > uint64(len(b)-off) {
					return start, ReasonTruncated
				}
				end := off + int(arg)
				if major == MajorText && !utf8.Valid(b[off:end]) {
					return start, ReasonUTF8
				}
				off = end
			case MajorMap:
				child = isMap
				fallthrough
			case MajorArray, MajorTag:
				if depth == lim.Depth {
					return start, ReasonDepth
				}
				if depth == len(frames) {
					return start, reasonRetry
				}
				switch {
				case indef:
					arg = indefiniteRem
					child |= indefinite
				case major == MajorMap:
					arg = 2 * min(arg, farAway)
				case major == MajorTag:
					arg = 1
				}
				if cur != nil {
					child |= cur.flags & inKey
					if cur.flags&(isMap|inKey) == isMap && cur.rem&1 == 0 {
						// A container as key: its end is not known yet, and the
						// map looks at all of it later.
						child |= inKey
						cur.flags |= irregular
						if many == nil {
							return start, reasonRetry
						}
						many.push(key{uint32(start), 0})
					}
				}
				cur = &frames[depth]
				depth++
				cur.rem, cur.base, cur.flags = arg, int32(countKeys(few, many)), child
				if child&isMap != 0 {
					cur.last = key{}
				}
				if arg != 0 {
					continue
				}
			case MajorSimple:
				if indef {
					return start, ReasonBreak
				}
				regular = off-start <= 2 // not a float
			}
			// A scalar, or an empty container, is complete.
			if depth == 0 {
				return trailing(b, off)
			}
			if cur.rem != 0 {
				if cur.flags&(isMap|inKey) == isMap && cur.rem&1 == 0 {
					k := key{uint32(start), uint32(off)}
					if !regular {
						cur.flags |= irregular | unsorted
					} else if !k.after(cur.last, b) {
						cur.flags |= unsorted
					}
					cur.last = k
					var room bool
					if few, room = pushKey(few, many, k); !room {
						cur.flags |= lost
					}
				}
				cur.rem--
			}
		}
		// Containers that are complete now complete what is around them.
		for cur.rem == 0 {
			if cur.flags&(isMap|inKey) == isMap {
				if cur.flags&(unsorted|irregular) != 0 {
					if cur.flags&lost != 0 {
						return off, reasonRetry
					}
					if at, reason := duplicate(b, few, many, int(cur.base), cur.flags&irregular != 0, lim.Stop); reason != "" {
						return at, reason
					}
				}
				few = cutKeys(few, many, int(cur.base))
			}
			depth--
			if depth == 0 {
				return trailing(b, off)
			}
			cur = &frames[depth-1]
			if cur.flags&(isMap|inKey) == isMap && cur.rem&1 == 0 {
				many.at(many.n - 1).end = uint32(off)
			}
			cur.rem--
		}
	}
}

// trailing is the end of a scan at off: nothing may follow.
func trailing(b []byte, off int) (int, Reason) {
	if off < len(b) {
		return off, ReasonTrailing
	}
	return off, ""
}

// scanChunks passes over the chunks of an indefinite string and its break. It
// returns the offset behind it, or that of the error, and the number of chunks.
func scanChunks(b []byte, off int, major byte, items int) (end, n int, reason Reason) {
	for {
		h, next, reason := readHead(b, off)
		switch {
		case reason != "":
			return off, n, reason
		case h.Break():
			return next, n, ""
		case n == items:
			return off, n, ReasonItems
		case h.Major != major || h.Info == infoIndefinite:
			return off, n, ReasonChunk
		case h.Arg > uint64(len(b)-next):
			return off, n, ReasonTruncated
		}
		end := next + int(h.Arg)
		if major == MajorText && !utf8.Valid(b[next:end]) {
			return off, n, ReasonUTF8
		}
		off = end
		n++
	}
}
