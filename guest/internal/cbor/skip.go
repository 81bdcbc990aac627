package cbor

import "github.com/pledge-wasm/pledge/abi"

// skip passes over one item and holds it to the rules that decoding would hold
// it to: depth, UTF-8, no two keys that are the same byte for byte. What is
// the same in value but not in bytes is for the host to find, which checks all
// that it sends.
func (d *decoder) skip() error {
	h, err := d.head()
	if err != nil {
		return err
	}
	return d.skipBody(h)
}

// skipBody is skip behind the head h.
func (d *decoder) skipBody(h abi.Head) error {
	switch h.Major {
	case abi.MajorBytes, abi.MajorText:
		_, err := d.str(h)
		return err
	case abi.MajorArray, abi.MajorMap, abi.MajorTag:
		if err := d.enter(h); err != nil {
			return err
		}
	default:
		return nil
	}
	if h.Major == abi.MajorTag {
		h.Arg = 1
	}
	var few [8]pair
	pairs := pairsOf{d.data, few[:0]}
	for i := 0; ; i++ {
		more, err := d.more(h, i)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		p := pair{key: d.off}
		if err := d.skip(); err != nil {
			return err
		}
		if h.Major == abi.MajorMap {
			p.value = d.off
			if err := d.skip(); err != nil {
				return err
			}
			pairs.at = append(pairs.at, p)
		}
	}
	d.depth--
	pairs.sort()
	if at := pairs.duplicate(); at >= 0 {
		return syntax(at, abi.ReasonDuplicateKey)
	}
	return nil
}

// raw passes over one item and returns it. It aliases the data.
func (d *decoder) raw() ([]byte, error) {
	start := d.off
	err := d.skip()
	return d.data[start:d.off:d.off], err
}
