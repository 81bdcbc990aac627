package codec

import (
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/pledge-wasm/pledge/abi"
)

// maxDiagnose bounds what Diagnose returns, in bytes.
const maxDiagnose = 64 << 10

// Diagnose shows an item in diagnostic notation (RFC 8949, section 8), as in
// {"a": [1, 2.5, h'0102'], 3: _ ...}. Integers have all their digits, bignums
// too; indefinite lengths are marked with an underscore.
//
// It is for people: at most 64 KiB, cut off with "...". It takes any bytes; where
// they are not an item it says so in angle brackets. For all of an item, see
// [AppendDiagnostic].
func Diagnose(r abi.Raw) string {
	d := diagnosis{b: r, max: maxDiagnose}
	if end, ok := d.item(0, 0); ok && end < len(r) {
		d.wrong(end, abi.ReasonTrailing)
	}
	if len(d.out) > d.max {
		cut := d.max - len("...")
		for cut > 0 && !utf8.RuneStart(d.out[cut]) {
			cut--
		}
		d.out = append(d.out[:cut], "..."...)
	}
	return string(d.out)
}

// AppendDiagnostic appends an item, which has passed [abi.Check], in diagnostic
// notation, all of it.
func AppendDiagnostic(dst []byte, r abi.Raw) []byte {
	d := diagnosis{b: r, out: dst, max: math.MaxInt / 2}
	d.item(0, 0)
	return d.out
}

// diagnosis writes diagnostic notation. It goes on while out is within max.
type diagnosis struct {
	b   []byte
	out []byte
	max int
}

func (d *diagnosis) write(s string) { d.out = append(d.out, s...) }

// wrong says what keeps the bytes at off from being an item.
func (d *diagnosis) wrong(off int, r abi.Reason) {
	d.write("<" + string(r) + " at byte " + strconv.Itoa(off) + ">")
}

// full reports whether there is as much as is wanted.
func (d *diagnosis) full() bool { return len(d.out) > d.max }

// item writes the item at off, which stands depth containers deep. It returns
// the offset behind it; ok is false when there is nothing to go on with.
func (d *diagnosis) item(off, depth int) (end int, ok bool) {
	h, next, err := abi.ReadHead(d.b, off)
	if err != nil {
		d.wrong(off, err.(*abi.SyntaxError).Reason)
		return off, false
	}
	if h.Major >= abi.MajorArray && h.Major <= abi.MajorTag && depth == abi.MaxDepth {
		d.wrong(off, abi.ReasonDepth)
		return off, false
	}
	switch h.Major {
	case abi.MajorUint, abi.MajorNegInt:
		d.out = appendInteger(d.out, h)
	case abi.MajorBytes, abi.MajorText:
		if h.Indefinite() {
			return d.chunks(next, h.Major)
		}
		return d.str(off, next, h)
	case abi.MajorArray, abi.MajorMap:
		return d.container(next, h, depth)
	case abi.MajorTag:
		return d.tag(off, next, h, depth)
	case abi.MajorSimple:
		if h.Break() {
			d.wrong(off, abi.ReasonBreak)
			return off, false
		}
		d.simple(h)
	}
	return next, !d.full()
}

// simple writes a float or a simple value.
func (d *diagnosis) simple(h abi.Head) {
	switch {
	case h.Float():
		d.out, _ = appendFloat(d.out, h.Float64())
	case h.Arg == abi.SimpleFalse:
		d.write("false")
	case h.Arg == abi.SimpleTrue:
		d.write("true")
	case h.Arg == abi.SimpleNull:
		d.write("null")
	case h.Arg == abi.SimpleUndefined:
		d.write("undefined")
	default:
		d.write("simple(" + strconv.FormatUint(h.Arg, 10) + ")")
	}
}

// str writes the definite string at off whose head h ends at body.
func (d *diagnosis) str(off, body int, h abi.Head) (end int, ok bool) {
	if h.Arg > uint64(len(d.b)-body) {
		d.wrong(off, abi.ReasonTruncated)
		return off, false
	}
	end = body + int(h.Arg)
	s := d.b[body:end]
	if room := max(d.max-len(d.out), 0) + 1; len(s) > room {
		s = s[:room]
	}
	if h.Major == abi.MajorText {
		d.out = appendQuoted(d.out, s)
		return end, !d.full()
	}
	d.write("h'")
	for _, c := range s {
		d.out = append(d.out, hexDigits[c>>4], hexDigits[c&15])
	}
	d.write("'")
	return end, !d.full()
}

// chunks writes an indefinite string whose chunks begin at off.
func (d *diagnosis) chunks(off int, major byte) (end int, ok bool) {
	for n := 0; ; n++ {
		h, next, err := abi.ReadHead(d.b, off)
		switch {
		case err != nil:
			d.wrong(off, err.(*abi.SyntaxError).Reason)
			return off, false
		case h.Break() && n == 0 && major == abi.MajorText:
			d.write(`""_`)
			return next, !d.full()
		case h.Break() && n == 0:
			d.write("''_")
			return next, !d.full()
		case h.Break():
			d.write(")")
			return next, !d.full()
		case h.Major != major || h.Indefinite():
			d.wrong(off, abi.ReasonChunk)
			return off, false
		}
		if n == 0 {
			d.write("(_ ")
		} else {
			d.write(", ")
		}
		if off, ok = d.str(off, next, h); !ok {
			return off, false
		}
	}
}

// container writes the array or map whose head h ends at off.
func (d *diagnosis) container(off int, h abi.Head, depth int) (end int, ok bool) {
	opening, closing := "[", "]"
	if h.Major == abi.MajorMap {
		opening, closing = "{", "}"
	}
	d.write(opening)
	if h.Indefinite() {
		d.write("_ ")
	}
	for i := uint64(0); h.Indefinite() || i < h.Arg; i++ {
		if h.Indefinite() && off < len(d.b) && d.b[off] == 0xff {
			off++
			break
		}
		if i > 0 {
			d.write(", ")
		}
		if off, ok = d.item(off, depth+1); !ok {
			return off, false
		}
		if h.Major != abi.MajorMap {
			continue
		}
		d.write(": ")
		if off, ok = d.item(off, depth+1); !ok {
			return off, false
		}
	}
	d.write(closing)
	return off, !d.full()
}

// tag writes the tag at off whose head h ends at next.
func (d *diagnosis) tag(off, next int, h abi.Head, depth int) (end int, ok bool) {
	if c, _, err := abi.ReadHead(d.b, next); err == nil && c.Major == abi.MajorBytes {
		if end, err := abi.Skip(d.b, next); err == nil {
			if out, _, ok := appendBignum(d.out, d.b[:end], h, next); ok {
				d.out = out
				return end, !d.full()
			}
		}
	}
	d.out = strconv.AppendUint(d.out, h.Arg, 10)
	d.write("(")
	if end, ok = d.item(next, depth+1); !ok {
		return end, false
	}
	d.write(")")
	return end, !d.full()
}
