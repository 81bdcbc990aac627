package codec

import (
	"github.com/pledge-wasm/pledge/abi"
)

// FromJSON turns one JSON text (RFC 8259) into one item.
//
// Numbers without a fraction and an exponent become integers with all their
// digits, bignums where 64 bits do not do (at most 39,457 digits); others become
// floats of 64 bits, shortened where that loses nothing, and -0 is the float.
// Objects keep the order of their keys. Lengths are definite and shortest.
//
// The error is a [*JSONError]. Refused are, next to what is not JSON: a key that
// an object has twice, text that is not UTF-8 or has half a surrogate pair,
// numbers beyond a float, nesting over [abi.MaxDepth].
func FromJSON(b []byte) (abi.Raw, error) {
	p := jsonReader{b: b, out: make([]byte, 0, len(b)+9)}
	p.space()
	p.value(0)
	p.space()
	if p.err == nil && p.off < len(b) {
		p.fail(p.off, "more text after the value")
	}
	if p.err != nil {
		return nil, p.err
	}
	return p.out, nil
}

// jsonReader reads b from off and writes out. After an error it stands still.
type jsonReader struct {
	b   []byte
	off int
	out []byte
	err error
}

func (p *jsonReader) fail(off int, message string) {
	if p.err == nil {
		p.err = jsonError(p.b, off, message)
	}
}

// peek is the next byte, 0 at the end and after an error.
func (p *jsonReader) peek() byte {
	if p.err != nil || p.off >= len(p.b) {
		return 0
	}
	return p.b[p.off]
}

func (p *jsonReader) space() {
	for p.off < len(p.b) {
		switch p.b[p.off] {
		case ' ', '\t', '\r', '\n':
			p.off++
		default:
			return
		}
	}
}

// value reads one value, which stands depth containers deep.
func (p *jsonReader) value(depth int) {
	switch c := p.peek(); c {
	case '{', '[':
		if depth == abi.MaxDepth {
			p.fail(p.off, "nested over 256 deep")
			return
		}
		if p.off++; c == '{' {
			p.object(depth + 1)
		} else {
			p.array(depth + 1)
		}
	case '"':
		p.text()
	case 't':
		p.word("true", abi.MajorSimple<<5|abi.SimpleTrue)
	case 'f':
		p.word("false", abi.MajorSimple<<5|abi.SimpleFalse)
	case 'n':
		p.word("null", abi.MajorSimple<<5|abi.SimpleNull)
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		p.number(depth)
	default:
		if p.off >= len(p.b) {
			p.fail(p.off, "the text ends where a value should be")
		}
		p.fail(p.off, "want a value")
	}
}

// word reads one of the three literal names.
func (p *jsonReader) word(name string, item byte) {
	if len(p.b)-p.off < len(name) || string(p.b[p.off:p.off+len(name)]) != name {
		p.fail(p.off, "want a value")
		return
	}
	p.off += len(name)
	p.out = append(p.out, item)
}

// array reads what follows a bracket.
func (p *jsonReader) array(depth int) {
	begin := len(p.out)
	n := p.list(']', func() { p.value(depth) })
	p.head(begin, abi.MajorArray, n)
}

// object reads what follows a brace.
func (p *jsonReader) object(depth int) {
	begin := len(p.out)
	var keys keySet
	n := p.list('}', func() {
		at := p.off
		if p.peek() != '"' {
			p.fail(at, "want a key in double quotes")
			return
		}
		key := len(p.out)
		p.text()
		if p.err == nil && !keys.add(p.out, key) {
			p.fail(at, "the object has the key "+string(p.b[at:p.off])+" already")
		}
		if p.space(); p.peek() != ':' {
			p.fail(p.off, "want a colon after the key")
			return
		}
		p.off++
		p.space()
		p.value(depth)
	})
	p.head(begin, abi.MajorMap, n)
}

// list reads elements up to the closing byte and counts them.
func (p *jsonReader) list(closing byte, element func()) (n uint64) {
	if p.space(); p.peek() == closing {
		p.off++
		return 0
	}
	for p.err == nil {
		p.space()
		element()
		n++
		p.space()
		switch p.peek() {
		case ',':
			p.off++
		case closing:
			p.off++
			return n
		default:
			p.fail(p.off, "want a comma or "+string(rune(closing)))
		}
	}
	return n
}

// head puts a container's head before its elements, which begin at begin.
func (p *jsonReader) head(begin int, major byte, n uint64) {
	var buf [9]byte
	head := abi.AppendHead(buf[:0], major, n)
	p.out = append(p.out, head...)
	copy(p.out[begin+len(head):], p.out[begin:len(p.out)-len(head)])
	copy(p.out[begin:], head)
}

// keySet is the keys of one object, as they stand in the output.
type keySet struct {
	few  [8]struct{ off, end int }
	n    int
	many map[string]struct{} // nil while few is enough
}

// add adds the key that begins at off and ends out. It is false when the set has
// it already.
func (k *keySet) add(out []byte, off int) bool {
	name := out[off:]
	if k.many != nil {
		_, taken := k.many[string(name)]
		k.many[string(name)] = struct{}{}
		return !taken
	}
	for _, f := range k.few[:k.n] {
		if string(out[f.off:f.end]) == string(name) {
			return false
		}
	}
	if k.n < len(k.few) {
		k.few[k.n].off, k.few[k.n].end = off, len(out)
		k.n++
		return true
	}
	k.many = map[string]struct{}{string(name): {}}
	for _, f := range k.few {
		k.many[string(out[f.off:f.end])] = struct{}{}
	}
	return true
}
