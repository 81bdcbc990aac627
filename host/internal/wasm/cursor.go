package wasm

import "unicode/utf8"

// cursor reads numbers, names and types of one section. The first error sticks and moves pos to end, so that loops over
// counts end by themselves.
type cursor struct {
	b        []byte
	pos, end int
	section  SectionID
	err      error
	lim      *Limits
}

func (c *cursor) left() int { return c.end - c.pos }

func (c *cursor) fail(offset int, what string) {
	c.failWith(&Error{Offset: offset, Section: c.section, What: what})
}

func (c *cursor) unsupported(offset int, proposal string) {
	c.failWith(&UnsupportedError{Proposal: proposal, Offset: offset})
}

func (c *cursor) failWith(err error) {
	if c.err == nil {
		c.err = err
	}
	c.pos = c.end
}

func (c *cursor) byte() byte {
	if c.pos >= c.end {
		c.fail(c.pos, "unexpected end")
		return 0
	}
	v := c.b[c.pos]
	c.pos++
	return v
}

func (c *cursor) u32() uint32 {
	if c.pos < c.end && c.b[c.pos] < 0x80 {
		c.pos++
		return uint32(c.b[c.pos-1])
	}
	v, n := Uvarint32(c.b[c.pos:c.end])
	if n <= 0 {
		c.badLEB(n)
		return 0
	}
	c.pos += n
	return v
}

func (c *cursor) badLEB(n int) {
	if n == 0 {
		c.fail(c.end, "unexpected end of a number")
		return
	}
	c.fail(c.pos, "number too long or too large")
}

// count reads the number of items of a vector, each of at least min bytes.
func (c *cursor) count(what string, limit, min int) int {
	at := c.pos
	n := c.u32()
	if c.err != nil {
		return 0
	}
	if limit > 0 && uint64(n) > uint64(limit) {
		c.failWith(&LimitError{What: what, Count: int(n), Limit: limit, Offset: at})
		return 0
	}
	if uint64(n)*uint64(min) > uint64(c.left()) {
		c.fail(at, "more "+what+" are declared than the section can hold")
		return 0
	}
	return int(n)
}

func (c *cursor) bytes(n uint32) []byte {
	if uint64(n) > uint64(c.left()) {
		c.fail(c.pos, "length is beyond the end of the section")
		return nil
	}
	s := c.b[c.pos : c.pos+int(n) : c.pos+int(n)]
	c.pos += int(n)
	return s
}

func (c *cursor) name() string {
	at := c.pos
	n := c.u32()
	if l := c.lim.NameBytes; l > 0 && uint64(n) > uint64(l) {
		c.failWith(&LimitError{What: "bytes of a name", Count: int(n), Limit: l, Offset: at})
		return ""
	}
	s := c.bytes(n)
	if !utf8.Valid(s) {
		c.fail(at, "name is not valid UTF-8")
		return ""
	}
	return string(s)
}

func (c *cursor) valueType() ValueType {
	at := c.pos
	b := c.byte()
	if c.err != nil {
		return 0
	}
	if proposal, ok := valueTypeStatus(b); !ok {
		if proposal != "" {
			c.unsupported(at, proposal)
		} else {
			c.fail(at, "unknown value type")
		}
	}
	return ValueType(b)
}

// valueTypeStatus says whether a byte is a value type that is read here, or else which proposal owns it.
func valueTypeStatus(b byte) (proposal string, ok bool) {
	switch b {
	case 0x7f, 0x7e, 0x7d, 0x7c, 0x7b, 0x70, 0x6f, 0x69:
		return "", true
	case 0x63, 0x64:
		return "function-references", false
	case 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x71, 0x72, 0x73, 0x74, 0x77, 0x78:
		return "gc", false
	case 0x68, 0x75:
		return "stack-switching", false
	}
	return "", false
}

func (c *cursor) refType() ValueType {
	at := c.pos
	t := c.valueType()
	if c.err == nil && !t.IsRef() {
		c.fail(at, "not a reference type")
	}
	return t
}

func (c *cursor) limit(memory bool) (l Limit) {
	at := c.pos
	flags := c.byte()
	switch {
	case flags&4 != 0:
		c.unsupported(at, "memory64")
		return l
	case flags&2 != 0:
		c.unsupported(at, "threads")
		return l
	case flags&8 != 0:
		c.unsupported(at, "custom-page-sizes")
		return l
	case flags > 1:
		c.fail(at, "unknown flags of a limit")
		return l
	}
	l.Min = c.u32()
	if flags == 1 {
		l.HasMax, l.Max = true, c.u32()
	}
	if c.err != nil {
		return l
	}
	if l.HasMax && l.Max < l.Min {
		c.fail(at, "maximum is smaller than minimum")
	} else if memory && (l.Min > 65536 || l.Max > 65536) {
		c.fail(at, "memory is larger than 65536 pages")
	}
	return l
}

func (c *cursor) tableType() (t TableType) {
	if c.pos < c.end && c.b[c.pos] == 0x40 {
		c.unsupported(c.pos, "function-references")
		return t
	}
	t.Elem = c.refType()
	t.Limit = c.limit(false)
	return t
}

func (c *cursor) globalType() (t GlobalType) {
	t.Type = c.valueType()
	at := c.pos
	switch c.byte() {
	case 0:
	case 1:
		t.Mutable = true
	case 2, 3:
		c.unsupported(at, "shared-everything-threads")
	default:
		c.fail(at, "unknown mutability of a global")
	}
	return t
}
