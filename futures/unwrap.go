package futures

import (
	"bytes"

	"github.com/pledge-wasm/pledge/abi"
)

// wrapper is a wrapped value inside encoded bytes.
type wrapper struct {
	start, body, end int // where it begins, where the value begins, where both end
	mode             mode
}

// findWrappers returns the wrappers in b, in reading order, outer ones before
// those inside them.
func findWrappers(b []byte) (found []wrapper) {
	if !bytes.Contains(b, wrapHead) {
		return nil
	}
	for off := 0; off < len(b); {
		if w, ok := wrapperAt(b, off); ok {
			found = append(found, w)
			off = w.body
			continue
		}
		h, next, err := abi.ReadHead(b, off)
		if err != nil {
			return found
		}
		if (h.Major == abi.MajorBytes || h.Major == abi.MajorText) && !h.Indefinite() {
			next += int(h.Arg)
		}
		off = next
	}
	return found
}

func wrapperAt(b []byte, off int) (wrapper, bool) {
	if !bytes.HasPrefix(b[off:], wrapHead) {
		return wrapper{}, false
	}
	body := off + len(wrapHead) + 1
	end, err := abi.Skip(b, off)
	if err != nil {
		return wrapper{}, false
	}
	return wrapper{off, body, end, mode(b[body-1])}, true
}

// unwrapped is encoded bytes without the wrappers, and the mode of each
// reference in them, in order.
type unwrapped struct {
	raw   abi.Raw
	modes []mode
}

// unwrap takes the wrappers out of b. The error is a *[ResolveError]: keys of a
// map may be the same without them.
func unwrap(b []byte) (unwrapped, error) {
	ws := findWrappers(b)
	if ws == nil {
		return unwrapped{raw: b}, nil
	}
	u := unwrapped{raw: make(abi.Raw, 0, len(b))}
	off := 0
	for _, w := range ws {
		u.raw = append(u.raw, b[off:w.start]...)
		off = w.body
	}
	u.raw = append(u.raw, b[off:]...)
	if err := abi.Check(u.raw, abi.Limits{}); err != nil {
		return unwrapped{}, asResolveError(u.raw, err, Limits{}.withDefaults())
	}

	var around []wrapper // the wrappers around the place
	for ref, err := range abi.Futures(b) {
		if err != nil {
			break
		}
		for len(ws) > 0 && ws[0].start < ref.Offset {
			around, ws = append(around, ws[0]), ws[1:]
		}
		var m mode
		keep := around[:0]
		for _, w := range around {
			if w.end <= ref.Offset {
				continue
			}
			keep = append(keep, w)
			m |= w.mode
			if w.mode&modeOpaque != 0 && !w.wraps(b, ref) {
				m |= modeRaw
			}
		}
		around = keep
		u.modes = append(u.modes, m)
	}
	return u, nil
}

// wraps reports whether the reference is all that w wraps, but for wrappers.
func (w wrapper) wraps(b []byte, ref abi.Reference) bool {
	for {
		inner, ok := wrapperAt(b, w.body)
		if !ok {
			return w.body == ref.Offset
		}
		w = inner
	}
}

// mode returns the mode of the i-th reference.
func (u unwrapped) mode(i int) mode {
	if i < len(u.modes) {
		return u.modes[i]
	}
	return 0
}
