package wasmtest

// Export exports function f.
func (m *Module) Export(name string, f uint32) { m.export(name, 0, f) }

// ExportTable exports a table.
func (m *Module) ExportTable(name string, table uint32) { m.export(name, 1, table) }

// ExportMemory exports memory 0.
func (m *Module) ExportMemory(name string) { m.export(name, 2, 0) }

// ExportGlobal exports a global.
func (m *Module) ExportGlobal(name string, global uint32) { m.export(name, 3, global) }

func (m *Module) export(name string, kind byte, index uint32) {
	m.exports = append(m.exports, Join(Str(name), []byte{kind}, U32(index)))
}

// Elem fills table 0 with functions from a constant offset when the module is
// instantiated.
func (m *Module) Elem(offset int32, funcs ...uint32) {
	m.RawElem(Join([]byte{0}, []byte(I32Const(offset)+End), indices(funcs)))
}

// PassiveElem adds a segment for table.init and returns its index.
func (m *Module) PassiveElem(funcs ...uint32) uint32 {
	return m.RawElem(Join([]byte{1, 0}, indices(funcs)))
}

// DeclaredElem makes functions known to ref.func.
func (m *Module) DeclaredElem(funcs ...uint32) uint32 {
	return m.RawElem(Join([]byte{3, 0}, indices(funcs)))
}

// RawElem adds an entry of the element section as it is.
func (m *Module) RawElem(entry []byte) uint32 {
	m.elems = append(m.elems, entry)
	return uint32(len(m.elems) - 1)
}

// Data fills memory from a constant offset when the module is instantiated.
func (m *Module) Data(offset uint32, content []byte) {
	m.DataAt(I32Const(int32(offset)), content)
}

// DataAt is [Module.Data] with a constant expression for the offset; its end
// is added.
func (m *Module) DataAt(offset Code, content []byte) {
	m.RawData(Join([]byte{0}, []byte(offset+End), U32(uint32(len(content))), content))
}

// PassiveData adds a segment for memory.init and returns its index. A data
// count section is written too.
func (m *Module) PassiveData(content []byte) uint32 {
	m.count = true
	return m.RawData(Join([]byte{1}, U32(uint32(len(content))), content))
}

// RawData adds an entry of the data section as it is.
func (m *Module) RawData(entry []byte) uint32 {
	m.data = append(m.data, entry)
	return uint32(len(m.data) - 1)
}

// Custom adds a custom section behind all others.
func (m *Module) Custom(name string, content []byte) {
	m.customs = append(m.customs, Section(SectionCustom, Str(name), content))
}

// Name gives the module its name in the name section.
func (m *Module) Name(name string) { m.moduleName = name }

// NameFunc gives function f its name in the name section. Functions are named
// in rising order of index.
func (m *Module) NameFunc(f uint32, name string) { m.names = append(m.names, funcName{f, name}) }

// Bytes is the module in the binary format.
func (m *Module) Bytes() []byte {
	out := []byte(Header)
	vector := func(id byte, entries [][]byte) {
		if len(entries) > 0 {
			out = append(out, Section(id, U32(uint32(len(entries))), Join(entries...))...)
		}
	}
	var types, bodies [][]byte
	for _, f := range m.funcs {
		types = append(types, U32(f.typ))
		bodies = append(bodies, Join(U32(uint32(len(f.body))), f.body))
	}
	vector(SectionType, m.types)
	vector(SectionImport, m.imports)
	vector(SectionFunction, types)
	vector(SectionTable, m.tables)
	vector(SectionMemory, m.memories)
	vector(SectionTag, m.tags)
	vector(SectionGlobal, m.globals)
	vector(SectionExport, m.exports)
	if m.start != nil {
		out = append(out, Section(SectionStart, U32(*m.start))...)
	}
	vector(SectionElement, m.elems)
	if m.count {
		out = append(out, Section(SectionDataCount, U32(uint32(len(m.data))))...)
	}
	vector(SectionCode, bodies)
	vector(SectionData, m.data)
	out = append(out, m.nameSection()...)
	return append(out, Join(m.customs...)...)
}

func (m *Module) nameSection() []byte {
	var content []byte
	if m.moduleName != "" {
		content = append(content, Section(0, Str(m.moduleName))...)
	}
	if len(m.names) > 0 {
		b := U32(uint32(len(m.names)))
		for _, n := range m.names {
			b = append(append(b, U32(n.index)...), Str(n.name)...)
		}
		content = append(content, Section(1, b)...)
	}
	if content == nil {
		return nil
	}
	return Section(SectionCustom, Str("name"), content)
}

func indices(funcs []uint32) []byte {
	b := U32(uint32(len(funcs)))
	for _, f := range funcs {
		b = append(b, U32(f)...)
	}
	return b
}
