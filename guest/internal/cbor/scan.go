package cbor

import (
	"unicode/utf8"

	"github.com/pledge-wasm/pledge/abi"
)

const (
	breakByte = 0xff
	nullByte  = 0xf6
)

// decoder walks one encoded item.
type decoder struct {
	data  []byte
	off   int
	start int // where the latest head began
	depth int // arrays, maps and tags around the current item
	hops  int // pointers around the value that is decoded
}

// head reads the head of the next item, which is not a break.
//
//go:noinline
func (d *decoder) head() (abi.Head, error) {
	h, next, err := abi.ReadHead(d.data, d.off)
	if err != nil {
		return h, err
	}
	if h.Break() {
		return h, syntax(d.off, abi.ReasonBreak)
	}
	d.start, d.off = d.off, next
	return h, nil
}

// more reports whether another element follows in the array or map that h
// began, of which i have been read. It consumes the break of an open one.
//
//go:noinline
func (d *decoder) more(h abi.Head, i int) (bool, error) {
	if !h.Indefinite() {
		return uint64(i) < h.Arg, nil
	}
	if d.off >= len(d.data) {
		return false, syntax(d.off, abi.ReasonTruncated)
	}
	if d.data[d.off] != breakByte {
		return true, nil
	}
	d.off++
	return false, nil
}

// enter goes into the array, map or tag whose head h is the latest. Its elements,
// two for each pair of a map, are checked against the bytes that are left, so
// that no allocation follows a lie. The caller comes out by d.depth--.
//
//go:noinline
func (d *decoder) enter(h abi.Head) error {
	if d.depth++; d.depth > abi.MaxDepth {
		return syntax(d.start, abi.ReasonDepth)
	}
	left := uint64(len(d.data) - d.off)
	if h.Major == abi.MajorMap {
		left /= 2
	}
	if h.Major != abi.MajorTag && h.Arg > left {
		return syntax(len(d.data), abi.ReasonTruncated)
	}
	return nil
}

// chunk returns the content of the definite string whose head h is the latest,
// aliasing the data.
//
//go:noinline
func (d *decoder) chunk(h abi.Head) ([]byte, error) {
	if h.Arg > uint64(len(d.data)-d.off) {
		return nil, syntax(d.start, abi.ReasonTruncated)
	}
	b := d.data[d.off : d.off+int(h.Arg)]
	if h.Major == abi.MajorText && !utf8.Valid(b) {
		return nil, syntax(d.start, abi.ReasonUTF8)
	}
	d.off += int(h.Arg)
	return b, nil
}

// str returns the content of the byte or text string that h began. It aliases
// the data unless the string comes in chunks.
func (d *decoder) str(h abi.Head) ([]byte, error) {
	if !h.Indefinite() {
		return d.chunk(h)
	}
	all := []byte{}
	for i := 0; ; i++ {
		ok, err := d.more(h, i)
		if err != nil || !ok {
			return all, err
		}
		part, err := d.head()
		if err != nil {
			return nil, err
		}
		if part.Major != h.Major || part.Indefinite() {
			return nil, syntax(d.start, abi.ReasonChunk)
		}
		b, err := d.chunk(part)
		if err != nil {
			return nil, err
		}
		all = append(all, b...)
	}
}

// untagged reads the head of the next item, passing over tags that say nothing
// about which Go type the content has. A future's tag is not passed over: what
// it stands for is not here.
func (d *decoder) untagged() (abi.Head, error) {
	for tags := d.depth; ; tags++ {
		h, err := d.head()
		if err != nil || h.Major != abi.MajorTag || h.Arg == abi.FutureTag {
			return h, err
		}
		if tags >= abi.MaxDepth {
			return h, syntax(d.start, abi.ReasonDepth)
		}
	}
}

// kind names what a head begins, for error messages.
func kind(h abi.Head) string {
	switch h.Major {
	case abi.MajorUint, abi.MajorNegInt:
		return "an integer"
	case abi.MajorBytes:
		return "bytes"
	case abi.MajorText:
		return "text"
	case abi.MajorArray:
		return "an array"
	case abi.MajorMap:
		return "a map"
	case abi.MajorTag:
		if h.Arg == abi.FutureTag {
			return "a future that is not resolved"
		}
		return "a tag"
	}
	switch {
	case h.Float():
		return "a float"
	case h.Null():
		return "null"
	case h.Arg == abi.SimpleFalse || h.Arg == abi.SimpleTrue:
		return "a boolean"
	}
	return "a simple value"
}
