package abi

import "strconv"

// Path says where in the item b the bytes at off stand, as in $.items[3].price:
// names of one word after a dot, others and keys that are not texts in brackets
// (["two words"], [{7}], [{...}] for a key that is a container), elements by
// number. Inside of a key the path ends with a tilde: $.a["b"]~. Tags leave no
// trace. It is for messages; at bytes that belong to no item it ends early.
func Path(b []byte, off int) string {
	type level struct {
		rem   uint64 // as in frame
		index uint64
		major byte
		name  string // of the current pair
	}
	var levels []level
	show := func() string {
		s := "$"
		for _, l := range levels {
			switch {
			case l.major == MajorArray && l.index > 0:
				s += "[" + strconv.FormatUint(l.index-1, 10) + "]"
			case l.major == MajorMap && l.index > 0:
				s += l.name
				if l.rem&1 != 0 {
					s += "~"
				}
			}
		}
		return s
	}
	for at := 0; at < len(b); {
		h, next, reason := readHead(b, at)
		if reason != "" {
			break
		}
		if h.Break() {
			if len(levels) == 0 {
				break
			}
			levels[len(levels)-1].rem = 0
		} else {
			if len(levels) > 0 {
				l := &levels[len(levels)-1]
				if l.major != MajorMap {
					l.index++
				} else if l.rem&1 == 0 {
					l.index++
					l.name = keyName(b, at, h, next)
				}
				l.rem--
			}
			begin := at
			switch {
			case h.Major == MajorBytes || h.Major == MajorText:
				if next, reason = skip(b, at); reason != "" {
					return show()
				}
			case h.Indefinite():
				levels = append(levels, level{rem: indefiniteRem, major: h.Major})
			case h.Major == MajorArray:
				levels = append(levels, level{rem: h.Arg, major: MajorArray})
			case h.Major == MajorMap:
				levels = append(levels, level{rem: 2 * min(h.Arg, farAway), major: MajorMap})
			case h.Major == MajorTag:
				levels = append(levels, level{rem: 1, major: MajorTag})
			}
			if off >= begin && off < next {
				return show()
			}
		}
		at = next
		for len(levels) > 0 && levels[len(levels)-1].rem == 0 {
			levels = levels[:len(levels)-1]
		}
	}
	return show()
}

// maxName is how much of a key a path shows, in bytes.
const maxName = 64

// keyName is how a path shows the key at off, whose head h ends at body.
func keyName(b []byte, off int, h Head, body int) string {
	switch h.Major {
	case MajorUint:
		return "[{" + strconv.FormatUint(h.Arg, 10) + "}]"
	case MajorNegInt:
		if h.Arg < 1<<63 {
			return "[{" + strconv.FormatInt(^int64(h.Arg), 10) + "}]"
		}
	case MajorText:
		if _, reason := skip(b, off); reason != "" {
			break
		}
		s, _ := joined(b, h, body)
		if len(s) > maxName {
			return "[" + strconv.QuoteToASCII(string(s[:maxName])+"...") + "]"
		}
		if isWord(s) {
			return "." + string(s)
		}
		return "[" + strconv.QuoteToASCII(string(s)) + "]"
	}
	return "[{...}]"
}

// isWord reports whether s needs no quotes in a path.
func isWord(s []byte) bool {
	for i, c := range s {
		letter := c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return len(s) > 0
}
