package wasm

func (m *Module) customSection(c *cursor) {
	if l := c.lim.Customs; l > 0 && len(m.Customs) >= l {
		c.failWith(&LimitError{What: "custom sections", Count: len(m.Customs) + 1, Limit: l, Offset: c.pos})
		return
	}
	name := c.name()
	m.Customs = append(m.Customs, Custom{Name: name, Start: c.pos, End: c.end, Section: len(m.Sections) - 1})
	c.pos = c.end
}

func (m *Module) typeSection(c *cursor) {
	n := c.count("types", c.lim.Types, 3)
	m.Types = make([]FuncType, 0, n)
	arena := make([]ValueType, 0, c.left())
	for range n {
		at := c.pos
		switch c.byte() {
		case 0x60:
		case 0x4e, 0x4f, 0x50, 0x5e, 0x5f:
			c.unsupported(at, "gc")
		case 0x5d:
			c.unsupported(at, "stack-switching")
		default:
			c.fail(at, "unknown form of type")
		}
		var t FuncType
		t.Params, arena = typeVector(c, arena, "parameters of a type", c.lim.Params)
		t.Results, arena = typeVector(c, arena, "results of a type", c.lim.Results)
		if c.err != nil {
			return
		}
		m.Types = append(m.Types, t)
	}
}

// typeVector reads a vector of value types to the end of arena, which is large enough never to move.
func typeVector(c *cursor, arena []ValueType, what string, limit int) (v, rest []ValueType) {
	n := c.count(what, limit, 1)
	from := len(arena)
	for range n {
		arena = append(arena, c.valueType())
		if c.err != nil {
			break
		}
	}
	return arena[from:len(arena):len(arena)], arena
}

func (m *Module) importSection(c *cursor) {
	n := c.count("imports", c.lim.Imports, 4)
	m.Imports = make([]Import, 0, n)
	for range n {
		im := Import{Offset: c.pos, Module: c.name(), Name: c.name()}
		at := c.pos
		im.Kind = ExternKind(c.byte())
		switch im.Kind {
		case KindFunc:
			im.Func = m.index(c, "type", len(m.Types))
			m.ImportedFuncs++
		case KindTable:
			im.Table = c.tableType()
			m.ImportedTables++
		case KindMemory:
			im.Memory = c.limit(true)
			m.ImportedMemories++
		case KindGlobal:
			im.Global = c.globalType()
			m.ImportedGlobals++
		case KindTag:
			im.Func = m.tagType(c)
			m.ImportedTags++
		default:
			c.fail(at, "unknown kind of import")
		}
		if c.err == nil && m.ImportedMemories > 1 {
			c.unsupported(at, "multi-memory")
		}
		if c.err != nil {
			return
		}
		m.Imports = append(m.Imports, im)
	}
}

func (m *Module) tagType(c *cursor) uint32 {
	if at := c.pos; c.byte() != 0 {
		c.fail(at, "unknown attribute of a tag")
	}
	return m.index(c, "type", len(m.Types))
}

func (m *Module) functionSection(c *cursor) {
	n := c.count("functions", c.lim.Functions, 1)
	m.Funcs = make([]uint32, 0, n)
	for range n {
		t := m.index(c, "type", len(m.Types))
		if c.err != nil {
			return
		}
		m.Funcs = append(m.Funcs, t)
	}
}

func (m *Module) tableSection(c *cursor) {
	n := c.count("tables", c.lim.Tables, 3)
	m.Tables = make([]TableType, 0, n)
	for range n {
		t := c.tableType()
		if c.err != nil {
			return
		}
		m.Tables = append(m.Tables, t)
	}
}

func (m *Module) memorySection(c *cursor) {
	at := c.pos
	n := c.count("memories", c.lim.Memories, 2)
	for range n {
		l := c.limit(true)
		if c.err != nil {
			return
		}
		if m.NumMemories() == 1 {
			c.unsupported(at, "multi-memory")
			return
		}
		m.Memories = append(m.Memories, l)
	}
}

func (m *Module) tagSection(c *cursor) {
	n := c.count("tags", c.lim.Tags, 2)
	m.Tags = make([]uint32, 0, n)
	for range n {
		t := m.tagType(c)
		if c.err != nil {
			return
		}
		m.Tags = append(m.Tags, t)
	}
}
