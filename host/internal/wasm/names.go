package wasm

import (
	"iter"
	"unicode/utf8"
)

// Names is the name section: what the author called the module and its functions, for error messages only.
type Names struct {
	// Module is the module's own name, if HasModule.
	Module    string
	HasModule bool
	// Funcs is the map of function names as bytes of the file (a count, then index and name in turn), checked and with
	// rising indices; nil if there is none.
	Funcs []byte
	// Others are the other subsections, as bytes of the file with their ids and sizes.
	Others [][]byte
}

// Names reads the name section. Without one it gives an empty Names. A malformed one is an error here, though the
// module is as good without it.
func (m *Module) Names() (*Names, error) {
	n := &Names{}
	for _, s := range m.Customs {
		if s.Name != "name" {
			continue
		}
		c := &cursor{b: m.File, pos: s.Start, end: s.End, section: SectionCustom, lim: &Limits{}}
		last := -1
		for c.pos < c.end {
			at := c.pos
			id := int(c.byte())
			body := c.bytes(c.u32())
			if c.err == nil && id <= last {
				c.fail(at, "subsection of names is out of order or there twice")
			}
			last = id
			if c.err != nil {
				break
			}
			sub := &cursor{b: m.File, pos: c.pos - len(body), end: c.pos, section: SectionCustom, lim: &Limits{}}
			switch id {
			case 0:
				n.Module, n.HasModule = sub.name(), true
			case 1:
				sub.nameMap()
				n.Funcs = body
			default:
				n.Others = append(n.Others, m.File[at:c.pos])
				continue
			}
			if sub.err == nil && sub.pos != sub.end {
				sub.fail(sub.pos, "bytes are left at the end of the names")
			}
			if sub.err != nil {
				return nil, sub.err
			}
		}
		return n, c.err
	}
	return n, nil
}

// nameMap checks a map from indices to names.
func (c *cursor) nameMap() {
	n := c.count("names", 0, 2)
	next := uint64(0)
	for range n {
		at := c.pos
		index := c.u32()
		if c.err == nil && uint64(index) < next {
			c.fail(at, "indices of names do not rise")
		}
		next = uint64(index) + 1
		at = c.pos
		if s := c.bytes(c.u32()); !utf8.Valid(s) {
			c.fail(at, "name is not valid UTF-8")
		}
		if c.err != nil {
			return
		}
	}
}

// EachFunc walks the function names in the order of their indices. Names alias the file.
func (n *Names) EachFunc() iter.Seq2[uint32, []byte] {
	return func(yield func(uint32, []byte) bool) {
		b := n.Funcs
		_, w := Uvarint32(b)
		for b = b[w:]; len(b) > 0; {
			index, w := Uvarint32(b)
			b = b[w:]
			size, w := Uvarint32(b)
			b = b[w:]
			if !yield(index, b[:size:size]) {
				return
			}
			b = b[size:]
		}
	}
}

// FuncName gives the name of one function, walking the map; ok is false if it has none.
func (n *Names) FuncName(index uint32) (name string, ok bool) {
	for i, s := range n.EachFunc() {
		if i == index {
			return string(s), true
		}
		if i > index {
			break
		}
	}
	return "", false
}
