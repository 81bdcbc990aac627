package wasm

import (
	"encoding/binary"
	"math"
)

// Limits bounds what [Decode] reads, each count checked before its items are looked at. Zero means no bound of its own:
// every count is bounded by the bytes of its section all the same.
type Limits struct {
	Types, Imports, Functions, Tables, Memories, Tags, Globals, Exports int
	// Elements and DataSegments are numbers of segments, ElementItems that of the references in one segment.
	Elements, ElementItems, DataSegments int
	// Params and Results are those of one signature.
	Params, Results int
	// NameBytes bounds the names of imports, exports and custom sections.
	NameBytes int
	// Customs is the number of custom sections.
	Customs int
}

// header is the magic number and the version.
const header = "\x00asm\x01\x00\x00\x00"

// Decode reads a module. lim may be nil. The module aliases b. The error is an [*Error], an [*UnsupportedError] or a
// [*LimitError].
//
// Every index outside of function bodies is checked to be in range; inside of bodies nothing is looked at beyond the
// declarations of locals.
func Decode(b []byte, lim *Limits) (*Module, error) {
	if err := checkHeader(b); err != nil {
		return nil, err
	}
	if len(b) > math.MaxInt32 {
		return nil, &Error{Section: SectionNone, What: "file is larger than 2 GiB"}
	}
	if lim == nil {
		lim = &Limits{}
	}
	m := &Module{File: b}
	c := &cursor{b: b, pos: len(header), end: len(b), section: SectionNone, lim: lim}
	rank := byte(0)
	for c.pos < c.end {
		at := c.pos
		id := SectionID(c.byte())
		size := c.u32()
		if c.err != nil {
			return nil, c.err
		}
		if int(id) >= len(sectionRank) {
			return nil, &Error{Offset: at, Section: SectionNone, What: "unknown section"}
		}
		if uint64(size) > uint64(c.left()) {
			return nil, &Error{Offset: at, Section: id, What: "section is longer than the file"}
		}
		if id != SectionCustom {
			if sectionRank[id] <= rank {
				return nil, &Error{Offset: at, Section: id, What: "section is out of order or there twice"}
			}
			rank = sectionRank[id]
		}
		s := cursor{b: b, pos: c.pos, end: c.pos + int(size), section: id, lim: lim}
		c.pos = s.end
		m.Sections = append(m.Sections, Section{ID: id, Start: s.pos, End: s.end})
		m.section(&s)
		if s.err == nil && s.pos != s.end {
			s.fail(s.pos, "bytes are left at the end of the section")
		}
		if s.err != nil {
			return nil, s.err
		}
	}
	return m, m.checkWhole()
}

func checkHeader(b []byte) error {
	if len(b) < len(header) || string(b[:4]) != header[:4] {
		return &Error{Section: SectionNone, What: `not a WebAssembly file: it does not begin with "\0asm"`}
	}
	if string(b[:8]) == header {
		return nil
	}
	if binary.LittleEndian.Uint16(b[6:]) == 1 {
		return &UnsupportedError{Proposal: "component-model", Offset: 4}
	}
	return &Error{Offset: 4, Section: SectionNone, What: "unknown version of the format"}
}

func (m *Module) section(c *cursor) {
	switch c.section {
	case SectionCustom:
		m.customSection(c)
	case SectionType:
		m.typeSection(c)
	case SectionImport:
		m.importSection(c)
	case SectionFunction:
		m.functionSection(c)
	case SectionTable:
		m.tableSection(c)
	case SectionMemory:
		m.memorySection(c)
	case SectionTag:
		m.tagSection(c)
	case SectionGlobal:
		m.globalSection(c)
	case SectionExport:
		m.exportSection(c)
	case SectionStart:
		m.startSection(c)
	case SectionElement:
		m.elementSection(c)
	case SectionDataCount:
		m.HasDataCount, m.DataCount = true, c.u32()
	case SectionCode:
		m.codeSection(c)
	case SectionData:
		m.dataSection(c)
	}
}

func (m *Module) startSection(c *cursor) {
	at := c.pos
	m.HasStart, m.Start = true, m.index(c, "function", m.NumFuncs())
	if t, ok := m.FuncTypeIndex(m.Start); ok && c.err == nil && len(m.Types[t].Params)+len(m.Types[t].Results) > 0 {
		c.fail(at, "start function has parameters or results")
	}
}

// checkWhole looks at what only the whole module shows.
func (m *Module) checkWhole() error {
	if len(m.Code) != len(m.Funcs) {
		return &Error{Offset: len(m.File), Section: SectionCode, What: "not as many bodies as functions"}
	}
	if m.HasDataCount && int(m.DataCount) != len(m.Data) {
		return &Error{Offset: len(m.File), Section: SectionDataCount, What: "not as many segments as the data count says"}
	}
	return nil
}

// index reads an index that must be below n.
func (m *Module) index(c *cursor, what string, n int) uint32 {
	at := c.pos
	v := c.u32()
	if c.err == nil && uint64(v) >= uint64(n) {
		c.fail(at, what+" index is out of range")
		return 0
	}
	return v
}
