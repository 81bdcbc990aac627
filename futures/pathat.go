package futures

import (
	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
)

// PathAt returns the path of the innermost item of raw that begins at or spans
// the offset, in bytes from 0. Offsets outside raw, and places behind which raw
// is malformed, are answered as far as one can get. It reads raw once, up to the
// offset. Keys longer than 256 bytes are cut.
func PathAt(raw abi.Raw, offset int) Path {
	var around []place // from the outside in
	for off := 0; ; {
		h, next, err := abi.ReadHead(raw, off)
		top := len(around) - 1
		if err == nil && h.Break() && top >= 0 {
			around = around[:top]
			if off >= offset {
				return pathOf(raw, around)
			}
		} else {
			if top >= 0 {
				around[top].begin(off)
			}
			if err == nil {
				next, err = behind(raw, off, h, next)
			}
			if err != nil || next > offset {
				return pathOf(raw, around)
			}
			if h.Major == abi.MajorArray || h.Major == abi.MajorMap || h.Major == abi.MajorTag {
				around = append(around, inside(h))
			}
		}
		off = next
		for len(around) > 0 && around[len(around)-1].left == 0 {
			around = around[:len(around)-1]
		}
		if len(around) == 0 {
			return Path{}
		}
	}
}

// behind returns the offset behind a string, or behind the head of any other
// item.
func behind(raw abi.Raw, off int, h abi.Head, body int) (int, error) {
	if h.Major == abi.MajorBytes || h.Major == abi.MajorText {
		return abi.Skip(raw, off)
	}
	return body, nil
}

// place is a container or a tag, and how far a walk has come in it.
type place struct {
	major byte
	left  uint64 // items that are still to begin; never 0 if the length is not known
	begun int    // items that have begun, keys and values counted both
	item  int    // where the latest item begins
	key   int    // where the latest key begins
}

// inside is a place of which nothing has begun.
func inside(h abi.Head) place {
	const farAway = 1 << 61 // more items than there can be
	p := place{major: h.Major, left: min(h.Arg, farAway)}
	switch {
	case h.Major == abi.MajorTag:
		p.left = 1
	case h.Indefinite():
		p.left = farAway
	case h.Major == abi.MajorMap:
		p.left *= 2
	}
	return p
}

func (p *place) begin(off int) {
	if p.begun%2 == 0 {
		p.key = off
	}
	p.item = off
	p.begun++
	p.left--
}

// pathOf is the path of the latest item in the innermost place.
func pathOf(raw abi.Raw, around []place) Path {
	path := make(Path, 0, len(around))
	for _, p := range around {
		switch {
		case p.major == abi.MajorArray:
			path = append(path, Step{Kind: StepIndex, Index: p.begun - 1})
		case p.major == abi.MajorMap && p.key == p.item:
			path = append(path, Step{Kind: StepInKey, Text: keyText(raw[p.key:])})
		case p.major == abi.MajorMap:
			path = append(path, keyStep(raw[p.key:p.item]))
		}
	}
	return path
}

// longKey is how many bytes of a key a path shows at most.
const longKey = 256

func keyStep(key abi.Raw) Step {
	h, next, err := abi.ReadHead(key, 0)
	if err == nil && h.Major == abi.MajorText && !h.Indefinite() {
		text := key[next:]
		return Step{Kind: StepName, Text: cut(string(text[:min(len(text), longKey+1)]), longKey)}
	}
	return Step{Kind: StepKey, Text: keyText(key)}
}

// keyText shows the key that b begins with in diagnostic notation, unless it is
// large.
func keyText(b abi.Raw) string {
	end, err := abi.Skip(b[:min(len(b), longKey)], 0)
	if err != nil {
		return "..."
	}
	return codec.Diagnose(b[:end])
}
