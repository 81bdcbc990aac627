package codec

import (
	"fmt"
	"strconv"

	"github.com/pledge-wasm/pledge/abi"
)

// ToJSON appends an item as JSON on one line.
//
// Integers, bignums of up to 16 KiB too, keep all their digits, floats always have a fraction or an
// exponent, keys keep the order of the item. Tag 55799 (self-described CBOR) is
// left out. What JSON cannot carry is a string in diagnostic notation: byte
// strings ("h'0102'"), undefined, other simple values, NaN and the infinities,
// any other tag with all of its content ("0(\"2013-03-21T20:04:00Z\")"), and keys
// that are not texts. Should such a key meet another in the same map, it gets an
// apostrophe and, if that is taken too, a number from 2 on behind it.
//
// The error is an [*abi.SyntaxError]: r did not pass [abi.Check]. dst is then
// returned as it was.
func ToJSON(dst []byte, r abi.Raw) ([]byte, error) {
	if err := abi.Check(r, abi.Limits{}); err != nil {
		return dst, fmt.Errorf("codec: to JSON: %w", err)
	}
	w := jsonWriter{r: r, out: dst}
	if hasOddKeys(r) {
		w.keys = textKeys(r)
		w.next = map[mapKey]int{}
	}
	w.item(0)
	return w.out, nil
}

// mapKey is a name in the map that begins at an offset.
type mapKey struct {
	at   int
	name string
}

// textKeys collects the texts that are keys in r.
func textKeys(r abi.Raw) map[mapKey]struct{} {
	keys := map[mapKey]struct{}{}
	walk(r, func(at int, h abi.Head, body int) bool {
		if h.Major == abi.MajorText {
			s, _ := joined(r, h, body)
			keys[mapKey{at, string(s)}] = struct{}{}
		}
		return true
	})
	return keys
}

// jsonWriter writes an item that has passed abi.Check, which bounds its depth.
type jsonWriter struct {
	r    []byte
	out  []byte
	keys map[mapKey]struct{} // names that are taken; nil if all keys are texts
	next map[mapKey]int      // for a name that was taken, the number to try next
}

// item writes the item at off and returns the offset behind it.
func (w *jsonWriter) item(off int) int {
	h, next, _ := abi.ReadHead(w.r, off)
	switch h.Major {
	case abi.MajorUint, abi.MajorNegInt:
		w.out = appendInteger(w.out, h)
		return next
	case abi.MajorText:
		s, end := joined(w.r, h, next)
		w.out = appendQuoted(w.out, s)
		return end
	case abi.MajorArray:
		return w.array(next, h)
	case abi.MajorMap:
		return w.object(off, next, h)
	case abi.MajorTag:
		if h.Arg == 55799 {
			return w.item(next)
		}
		if out, end, ok := appendBignum(w.out, w.r, h, next); ok {
			w.out = out
			return end
		}
	case abi.MajorSimple:
		if h.Float() {
			begin := len(w.out)
			out, ok := appendFloat(w.out, h.Float64())
			if w.out = out; !ok {
				w.out = strconv.AppendQuote(out[:begin], string(out[begin:]))
			}
			return next
		}
		if h.Arg >= abi.SimpleFalse && h.Arg <= abi.SimpleNull {
			w.out = AppendDiagnostic(w.out, w.r[off:next])
			return next
		}
	}
	end, _ := abi.Skip(w.r, off)
	w.out = appendQuoted(w.out, AppendDiagnostic(nil, w.r[off:end]))
	return end
}

// array writes the array whose head h ends at off.
func (w *jsonWriter) array(off int, h abi.Head) int {
	w.out = append(w.out, '[')
	for i := uint64(0); h.Indefinite() || i < h.Arg; i++ {
		if h.Indefinite() && w.r[off] == 0xff {
			off++
			break
		}
		if i > 0 {
			w.out = append(w.out, ',')
		}
		off = w.item(off)
	}
	w.out = append(w.out, ']')
	return off
}

// object writes the map at off whose head h ends at next.
func (w *jsonWriter) object(at, off int, h abi.Head) int {
	w.out = append(w.out, '{')
	for i := uint64(0); h.Indefinite() || i < h.Arg; i++ {
		if h.Indefinite() && w.r[off] == 0xff {
			off++
			break
		}
		if i > 0 {
			w.out = append(w.out, ',')
		}
		off = w.key(at, off)
		w.out = append(w.out, ':')
		off = w.item(off)
	}
	w.out = append(w.out, '}')
	return off
}

// key writes the key at off of the map at at.
func (w *jsonWriter) key(at, off int) int {
	h, next, _ := abi.ReadHead(w.r, off)
	if h.Major == abi.MajorText {
		s, end := joined(w.r, h, next)
		w.out = appendQuoted(w.out, s)
		return end
	}
	end, _ := abi.Skip(w.r, off)
	name := w.unique(at, string(AppendDiagnostic(nil, w.r[off:end])))
	w.out = appendQuoted(w.out, []byte(name))
	return end
}

// unique takes a name in the map at at: the given one, or the first that differs
// from those that are taken. No name is tried twice.
func (w *jsonWriter) unique(at int, name string) string {
	k := mapKey{at, name}
	for n := w.next[k]; ; n++ {
		try := name
		switch {
		case n == 1:
			try += "'"
		case n > 1:
			try += "'" + strconv.Itoa(n)
		}
		if _, taken := w.keys[mapKey{at, try}]; !taken {
			w.keys[mapKey{at, try}] = struct{}{}
			w.next[k] = n + 1
			return try
		}
	}
}
