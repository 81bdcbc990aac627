package wasm

// Encode writes a module: its sections in the order of m.Sections, each from the decoded form, with all numbers outside
// of bodies, expressions and custom sections in the shortest form. Offsets in m refer to m.File, so bodies, expressions
// and custom sections are copied from there.
func Encode(m *Module) []byte {
	dst := make([]byte, 0, len(m.File))
	dst = append(dst, header...)
	var scratch []byte
	custom := 0
	for _, s := range m.Sections {
		scratch = scratch[:0]
		if s.ID == SectionCustom {
			scratch = AppendName(scratch, m.Customs[custom].Name)
			scratch = AppendLong(scratch, m.File[m.Customs[custom].Start:m.Customs[custom].End])
			custom++
		} else {
			scratch = m.appendSection(scratch, s.ID)
		}
		dst = AppendSection(dst, s.ID, scratch)
	}
	return dst
}

// AppendHeader appends the magic number and the version.
func AppendHeader(dst []byte) []byte { return append(dst, header...) }

// AppendSection appends a section with its id and size.
func AppendSection(dst []byte, id SectionID, contents []byte) []byte {
	return AppendBytes(append(dst, byte(id)), contents)
}

func (m *Module) appendSection(dst []byte, id SectionID) []byte {
	switch id {
	case SectionType:
		return appendEach(dst, m.Types, AppendFuncType)
	case SectionImport:
		return appendEach(dst, m.Imports, AppendImport)
	case SectionFunction:
		return appendEach(dst, m.Funcs, AppendU32)
	case SectionTable:
		return appendEach(dst, m.Tables, AppendTableType)
	case SectionMemory:
		return appendEach(dst, m.Memories, AppendLimit)
	case SectionTag:
		return appendEach(dst, m.Tags, func(dst []byte, t uint32) []byte { return AppendU32(append(dst, 0), t) })
	case SectionGlobal:
		return appendEach(dst, m.Globals, m.appendGlobal)
	case SectionExport:
		return appendEach(dst, m.Exports, AppendExport)
	case SectionStart:
		return AppendU32(dst, m.Start)
	case SectionElement:
		return appendEach(dst, m.Elements, m.appendElement)
	case SectionDataCount:
		return AppendU32(dst, m.DataCount)
	case SectionCode:
		return appendEach(dst, m.Code, func(dst []byte, b Body) []byte { return AppendBytes(dst, m.File[b.Start:b.End]) })
	default:
		return appendEach(dst, m.Data, m.appendData)
	}
}

func appendEach[T any](dst []byte, items []T, item func([]byte, T) []byte) []byte {
	dst = AppendU32(dst, uint32(len(items)))
	for _, it := range items {
		dst = item(dst, it)
	}
	return dst
}

// AppendFuncType appends a function type with its form.
func AppendFuncType(dst []byte, t FuncType) []byte {
	return appendTypes(appendTypes(append(dst, 0x60), t.Params), t.Results)
}

func appendTypes(dst []byte, types []ValueType) []byte {
	dst = AppendU32(dst, uint32(len(types)))
	for _, t := range types {
		dst = append(dst, byte(t))
	}
	return dst
}

// AppendImport appends one import.
func AppendImport(dst []byte, im Import) []byte {
	dst = append(AppendName(AppendName(dst, im.Module), im.Name), byte(im.Kind))
	switch im.Kind {
	case KindFunc:
		return AppendU32(dst, im.Func)
	case KindTable:
		return AppendTableType(dst, im.Table)
	case KindMemory:
		return AppendLimit(dst, im.Memory)
	case KindGlobal:
		return AppendGlobalType(dst, im.Global)
	default:
		return AppendU32(append(dst, 0), im.Func)
	}
}

// AppendExport appends one export.
func AppendExport(dst []byte, e Export) []byte {
	return AppendU32(append(AppendName(dst, e.Name), byte(e.Kind)), e.Index)
}

// AppendLimit appends the limits of a memory or table.
func AppendLimit(dst []byte, l Limit) []byte {
	if !l.HasMax {
		return AppendU32(append(dst, 0), l.Min)
	}
	return AppendU32(AppendU32(append(dst, 1), l.Min), l.Max)
}

// AppendTableType appends the type of a table.
func AppendTableType(dst []byte, t TableType) []byte {
	return AppendLimit(append(dst, byte(t.Elem)), t.Limit)
}

// AppendGlobalType appends the type of a global.
func AppendGlobalType(dst []byte, t GlobalType) []byte {
	if t.Mutable {
		return append(dst, byte(t.Type), 1)
	}
	return append(dst, byte(t.Type), 0)
}

func (m *Module) appendExpr(dst []byte, e ConstExpr) []byte {
	return AppendLong(dst, m.File[e.Start:e.End])
}

func (m *Module) appendGlobal(dst []byte, g Global) []byte {
	return m.appendExpr(AppendGlobalType(dst, g.GlobalType), g.Init)
}

func (m *Module) appendElement(dst []byte, e Element) []byte {
	dst = AppendU32(dst, e.Flags)
	if e.Mode == Active {
		if e.Flags&2 != 0 {
			dst = AppendU32(dst, e.Table)
		}
		dst = m.appendExpr(dst, e.Offset)
	}
	if e.Flags&3 != 0 {
		if e.Exprs {
			dst = append(dst, byte(e.Type))
		} else {
			dst = append(dst, 0)
		}
	}
	if e.Exprs {
		return appendEach(dst, e.Inits, m.appendExpr)
	}
	return appendEach(dst, e.Funcs, AppendU32)
}

func (m *Module) appendData(dst []byte, d Data) []byte {
	dst = AppendU32(dst, d.Flags)
	if d.Flags == 2 {
		dst = AppendU32(dst, d.Memory)
	}
	if d.Mode == Active {
		dst = m.appendExpr(dst, d.Offset)
	}
	return AppendBytes(dst, d.Init)
}
