package abi

// Check reports whether b is exactly one CBOR item that is well-formed, whose
// texts are UTF-8, whose maps have no key twice, and which stays within lim.
// The error is a [*SyntaxError]; where several things are wrong it names the
// first in reading order, a map's duplicate keys being known at its end.
//
// Keys are the same when their values are, however they are written: integers
// (a bignum is the integer that it denotes), strings (whatever their chunks),
// simple values, arrays element by element, maps as sets of pairs, tags by
// number and content. Byte strings and texts differ, and so do integers and
// floats. Floats are the same when their bits, widened to 64, are: 0.0 and -0.0
// differ, a NaN equals itself.
//
// Check does not recurse. It allocates nothing for items without maps, for maps
// whose keys ascend in deterministic order and for small maps; otherwise memory
// in proportion to the keys that are really there. Its time is in proportion to
// the input, times a logarithm for maps whose keys were made to collide.
func Check(b []byte, lim Limits) error {
	lim = lim.withDefaults()
	if len(b) > lim.Bytes {
		return &SyntaxError{Offset: lim.Bytes, Reason: ReasonSize}
	}
	if off, reason := check(b, 0, lim); reason != "" {
		return &SyntaxError{Offset: off, Reason: reason}
	}
	return nil
}

// check is Check for the item that begins at b[off] and ends with b. lim has its
// defaults filled in and b is not longer than lim.Bytes.
//
// It tries with a little memory on the stack, which is enough for nearly
// everything, and starts anew with more when it is not.
func check(b []byte, off int, lim Limits) (int, Reason) {
	var frames [smallFrames]frame
	var keys [smallKeys]key
	end, reason := scan(b, off, lim, frames[:], keys[:0], nil)
	if reason == reasonRetry {
		return checkLarge(b, off, lim)
	}
	return end, reason
}

// checkLarge is check with room for everything that lim allows.
//
//go:noinline
func checkLarge(b []byte, off int, lim Limits) (int, Reason) {
	var deep [MaxDepth]frame
	frames := deep[:]
	if lim.Depth > MaxDepth {
		frames = make([]frame, min(lim.Depth, len(b)))
	}
	var keys [smallKeys]key
	end, reason := scan(b, off, lim, frames, keys[:0], nil)
	if reason == reasonRetry {
		return scan(b, off, lim, frames, nil, new(pieces[key]))
	}
	return end, reason
}
