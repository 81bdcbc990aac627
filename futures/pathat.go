package futures

import (
	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/abi/codec"
)

// PathAt returns the path of the innermost item of raw that begins at or spans
// the offset, in bytes from 0. Offsets outside raw, and places behind which raw
// is malformed, are answered as far as one can get.
func PathAt(raw abi.Raw, offset int) Path {
	p := Path{}
	off := 0
	for off != offset {
		h, next, err := abi.ReadHead(raw, off)
		if err != nil {
			return p
		}
		var step Step
		var ok bool
		switch h.Major {
		case abi.MajorTag:
			off = next
			continue
		case abi.MajorArray:
			step, off, ok = stepIntoArray(raw, h, next, offset)
		case abi.MajorMap:
			step, off, ok = stepIntoMap(raw, h, next, offset)
		}
		if !ok {
			return p
		}
		p = append(p, step)
	}
	return p
}

// stepIntoArray finds the element around target among those that begin at off.
func stepIntoArray(b abi.Raw, h abi.Head, off, target int) (Step, int, bool) {
	for i := uint64(0); h.Indefinite() || i < h.Arg; i++ {
		end, err := abi.Skip(b, off)
		if off > target {
			break
		}
		if target < end || err != nil {
			return Step{Kind: StepIndex, Index: int(i)}, off, off < len(b)
		}
		off = end
	}
	return Step{}, 0, false
}

// stepIntoMap finds the key or value around target.
func stepIntoMap(b abi.Raw, h abi.Head, off, target int) (Step, int, bool) {
	for i := uint64(0); h.Indefinite() || i < h.Arg; i++ {
		value, err := abi.Skip(b, off)
		if off > target || err != nil {
			break
		}
		if target < value {
			return Step{Kind: StepInKey, Text: keyText(b[off:value])}, off, true
		}
		end, err := abi.Skip(b, value)
		if target < end || err != nil {
			return keyStep(b[off:value]), value, value < len(b)
		}
		off = end
	}
	return Step{}, 0, false
}

func keyStep(key abi.Raw) Step {
	h, next, err := abi.ReadHead(key, 0)
	if err == nil && h.Major == abi.MajorText && !h.Indefinite() {
		return Step{Kind: StepName, Text: string(key[next:])}
	}
	return Step{Kind: StepKey, Text: keyText(key)}
}

// keyText shows a key in diagnostic notation, unless it is large.
func keyText(key abi.Raw) string {
	if len(key) > 256 {
		return "..."
	}
	return codec.Diagnose(key)
}
