package wasm

func (m *Module) globalSection(c *cursor) {
	n := c.count("globals", c.lim.Globals, 4)
	m.Globals = make([]Global, 0, n)
	for range n {
		g := Global{GlobalType: c.globalType()}
		g.Init = m.constExpr(c)
		if c.err != nil {
			return
		}
		m.Globals = append(m.Globals, g)
	}
}

func (m *Module) exportSection(c *cursor) {
	n := c.count("exports", c.lim.Exports, 3)
	m.Exports = make([]Export, 0, n)
	seen := make(map[string]struct{}, n)
	for range n {
		at := c.pos
		e := Export{Name: c.name()}
		if _, twice := seen[e.Name]; twice && c.err == nil {
			c.fail(at, "two exports have the same name")
		}
		seen[e.Name] = struct{}{}
		at = c.pos
		e.Kind = ExternKind(c.byte())
		switch e.Kind {
		case KindFunc:
			e.Index = m.index(c, "function", m.NumFuncs())
		case KindTable:
			e.Index = m.index(c, "table", m.NumTables())
		case KindMemory:
			e.Index = m.index(c, "memory", m.NumMemories())
		case KindGlobal:
			e.Index = m.index(c, "global", m.NumGlobals())
		case KindTag:
			e.Index = m.index(c, "tag", m.NumTags())
		default:
			c.fail(at, "unknown kind of export")
		}
		if c.err != nil {
			return
		}
		m.Exports = append(m.Exports, e)
	}
}

func (m *Module) elementSection(c *cursor) {
	n := c.count("element segments", c.lim.Elements, 2)
	m.Elements = make([]Element, 0, n)
	for range n {
		e := m.element(c)
		if c.err != nil {
			return
		}
		m.Elements = append(m.Elements, e)
	}
}

func (m *Module) element(c *cursor) (e Element) {
	at := c.pos
	e.Flags = c.u32()
	if e.Flags > 7 {
		c.fail(at, "unknown flags of an element segment")
		return e
	}
	e.Type, e.Exprs = Funcref, e.Flags&4 != 0
	switch e.Flags & 3 {
	case 0, 2:
		if e.Flags&2 != 0 {
			e.Table = m.index(c, "table", m.NumTables())
		} else if c.err == nil && m.NumTables() == 0 {
			c.fail(at, "table index is out of range")
		}
		e.Offset = m.constExpr(c)
	case 1:
		e.Mode = Passive
	case 3:
		e.Mode = Declarative
	}
	if e.Flags&3 != 0 {
		at = c.pos
		if e.Exprs {
			e.Type = c.refType()
		} else if c.byte() != 0 {
			c.fail(at, "unknown kind of element segment")
		}
	}
	n := c.count("items of an element segment", c.lim.ElementItems, 1)
	if e.Exprs {
		e.Inits = make([]ConstExpr, 0, n/2)
	} else {
		e.Funcs = make([]uint32, 0, n)
	}
	for i := 0; i < n && c.err == nil; i++ {
		if e.Exprs {
			e.Inits = append(e.Inits, m.constExpr(c))
		} else {
			e.Funcs = append(e.Funcs, m.index(c, "function", m.NumFuncs()))
		}
	}
	return e
}

func (m *Module) codeSection(c *cursor) {
	n := c.count("bodies", c.lim.Functions, 3)
	if c.err == nil && n != len(m.Funcs) {
		c.fail(c.pos, "not as many bodies as functions")
		return
	}
	m.Code = make([]Body, 0, n)
	for range n {
		at := c.pos
		size := c.u32()
		if c.err == nil && uint64(size) > uint64(c.left()) {
			c.fail(at, "body is longer than the section")
		}
		if c.err != nil {
			return
		}
		in := *c
		in.end = c.pos + int(size)
		b := Body{Start: in.pos, End: in.end}
		b.NumLocals = in.locals()
		b.CodeStart = in.pos
		if in.err == nil && (b.CodeStart >= b.End || in.b[b.End-1] != 0x0b) {
			in.fail(b.End, "body does not finish with an end")
		}
		if in.err != nil {
			c.failWith(in.err)
			return
		}
		c.pos = in.end
		m.Code = append(m.Code, b)
	}
}

// locals reads the declarations of locals and gives their number.
func (c *cursor) locals() (sum uint64) {
	n := c.count("declarations of locals", 0, 2)
	for range n {
		at := c.pos
		sum += uint64(c.u32())
		c.valueType()
		if c.err == nil && sum > 1<<32-1 {
			c.fail(at, "more than 2^32-1 locals")
		}
		if c.err != nil {
			return 0
		}
	}
	return sum
}

func (m *Module) dataSection(c *cursor) {
	n := c.count("data segments", c.lim.DataSegments, 2)
	if c.err == nil && m.HasDataCount && int(m.DataCount) != n {
		c.fail(c.pos, "not as many segments as the data count says")
		return
	}
	m.Data = make([]Data, 0, n)
	for range n {
		at := c.pos
		d := Data{Flags: c.u32()}
		switch d.Flags {
		case 0, 2:
			if d.Flags == 2 {
				d.Memory = c.u32()
			}
			if c.err == nil && int64(d.Memory) >= int64(m.NumMemories()) {
				c.fail(at, "memory index is out of range")
			}
			d.Offset = m.constExpr(c)
		case 1:
			d.Mode = Passive
		default:
			c.fail(at, "unknown flags of a data segment")
		}
		d.Init = c.bytes(c.u32())
		if c.err != nil {
			return
		}
		m.Data = append(m.Data, d)
	}
}
