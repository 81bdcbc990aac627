package codec

import "github.com/pledge-wasm/pledge/abi"

// walk calls key for every map key in r, an item that has passed abi.Check: with
// the offset of its map, its own head and where that ends. Keys inside of keys
// count too. It stops when key returns false, and where r is no item after all.
func walk(r abi.Raw, key func(at int, h abi.Head, body int) bool) {
	type level struct {
		at    int    // where the map begins
		rem   uint64 // items to come, even when a key is due
		isMap bool
	}
	var few [16]level
	levels := few[:0]
	off := 0
	for off < len(r) {
		top := len(levels) - 1
		h, next, err := abi.ReadHead(r, off)
		if err != nil || h.Break() && top < 0 {
			return
		}
		if h.Break() {
			levels[top].rem = 0
		} else {
			if top >= 0 {
				if l := &levels[top]; l.isMap && l.rem&1 == 0 && !key(l.at, h, next) {
					return
				}
				levels[top].rem--
			}
			at := off
			switch {
			case h.Major == abi.MajorBytes || h.Major == abi.MajorText:
				if h.Indefinite() {
					next, _ = abi.Skip(r, off)
				} else {
					next += int(min(h.Arg, uint64(len(r))))
				}
			case h.Indefinite():
				levels = append(levels, level{at, 1<<63 - 2, h.Major == abi.MajorMap})
			case h.Major == abi.MajorArray:
				levels = append(levels, level{at: at, rem: h.Arg})
			case h.Major == abi.MajorMap:
				levels = append(levels, level{at: at, rem: 2 * h.Arg, isMap: true})
			case h.Major == abi.MajorTag:
				levels = append(levels, level{at: at, rem: 1})
			}
		}
		off = next
		for len(levels) > 0 && levels[len(levels)-1].rem == 0 {
			levels = levels[:len(levels)-1]
		}
	}
}

// hasOddKeys reports whether a map in r has a key that is not a text.
func hasOddKeys(r abi.Raw) (odd bool) {
	walk(r, func(_ int, h abi.Head, _ int) bool {
		odd = h.Major != abi.MajorText
		return !odd
	})
	return odd
}
