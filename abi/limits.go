package abi

// Limits bounds what [Check] accepts. The zero value means the defaults stated
// at each field, which fit any message of ABI v1.
type Limits struct {
	// Depth is the greatest number of arrays, maps and tags on one path from
	// the outermost item to the innermost, both included. 0 means [MaxDepth].
	// Negative means 0: no array, map or tag at all.
	Depth int
	// Items is the greatest number of items, counting every array, map, tag,
	// key, element and chunk. 0 means 16,777,216. Negative means none.
	Items int
	// Bytes is the greatest length of the input. 0 means 2,147,483,647, which
	// is also the most that is ever accepted. Negative means none.
	Bytes int
	// Stop, if not nil, is asked every now and then, within a millisecond or so,
	// whether to give up, which then ends in [ReasonStopped]: a map of millions of
	// keys in no order takes seconds.
	Stop func() bool
}

const defaultItems = 1 << 24

// withDefaults fills in the fields that are zero, and leaves room to add an
// envelope.
func (l Limits) withDefaults() Limits {
	fill := func(v, def int) int {
		switch {
		case v == 0:
			return def
		case v < 0:
			return 0
		}
		return v
	}
	l.Depth = min(fill(l.Depth, MaxDepth), MaxResponse-1)
	l.Items = min(fill(l.Items, defaultItems), MaxResponse-2)
	l.Bytes = min(fill(l.Bytes, MaxResponse), MaxResponse)
	return l
}
