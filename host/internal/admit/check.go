package admit

import (
	"fmt"

	"github.com/pledge-wasm/pledge/host/internal/wasm"
)

// Check decides whether a module may come in. The report is not nil when the
// file could be read as a module, admitted or not. The error is an [*Error].
// The module in the report aliases the file, which must not change.
func Check(file []byte, limits Limits, allow Allow) (*Report, error) {
	lim := limits.withDefaults()
	if n := int64(len(file)); n > lim.Module {
		return nil, tooMany("bytes of the file", n, lim.Module, -1)
	}
	if err := preamble(file); err != nil {
		return nil, err
	}
	if err := sectionSizes(file); err != nil {
		return nil, err
	}
	m, err := wasm.Decode(file, lim.decode())
	if err != nil {
		return nil, decodeError(err)
	}
	c := &checker{m: m, lim: &lim, allow: allow}
	report := c.facts()
	for _, step := range []func() error{
		c.proposals, c.imports, c.exports, c.memory, c.tables, c.elements, c.data, c.names, c.counts, c.bodies,
	} {
		if err := step(); err != nil {
			return report, err
		}
	}
	return report, nil
}

// sectionSizes walks over the sections, so that those whose items grow when
// they are read are small before they are read.
func sectionSizes(file []byte) error {
	for p := 8; p < len(file); {
		id := wasm.SectionID(file[p])
		size, n := wasm.Uvarint32(file[p+1:])
		if n <= 0 || int64(size) > int64(len(file)-p-1-n) {
			return nil // Decode says it with all that is to be said
		}
		if limit, ok := sections[id]; ok && int64(size) > limit {
			return tooMany("bytes of the "+id.String()+" section", int64(size), limit, p)
		}
		p += 1 + n + int(size)
	}
	return nil
}

// checker is one check under way.
type checker struct {
	m      *wasm.Module
	lim    *Limits
	allow  Allow
	report *Report
	funcs  []uint32    // type index of every function, imported ones first
	named  *wasm.Names // nil when the name section is malformed
}

// proposals refuses what the reader understands and the engine has switched off.
func (c *checker) proposals() error {
	m := c.m
	if m.NumTags() > 0 {
		return unsupported("exception-handling", c.section(wasm.SectionTag))
	}
	for _, t := range m.Types {
		for _, list := range [2][]wasm.ValueType{t.Params, t.Results} {
			for _, v := range list {
				if v == wasm.Exnref {
					return unsupported("exception-handling", c.section(wasm.SectionType))
				}
			}
		}
	}
	for _, g := range m.Globals {
		if g.Type == wasm.Exnref {
			return unsupported("exception-handling", g.Init.Start)
		}
	}
	for _, t := range m.Tables {
		if t.Elem == wasm.Exnref {
			return unsupported("exception-handling", c.section(wasm.SectionTable))
		}
	}
	for i := range m.Elements {
		if m.Elements[i].Type == wasm.Exnref {
			return unsupported("exception-handling", c.section(wasm.SectionElement))
		}
	}
	return nil
}

// section is where a section begins, -1 if there is none.
func (c *checker) section(id wasm.SectionID) int {
	for _, s := range c.m.Sections {
		if s.ID == id {
			return s.Start
		}
	}
	return -1
}

// memory holds the memory against the limit.
func (c *checker) memory() error {
	mem, ok := c.m.Memory()
	if !ok {
		return nil
	}
	if n := int64(mem.Min); n > c.lim.MemoryPages {
		return &Error{
			Code: codeRejected, Offset: c.section(wasm.SectionMemory), Count: n << 16, Limit: c.lim.MemoryPages << 16,
			What: fmt.Sprintf("the memory begins with %s, the limit is %s", size(n<<16), size(c.lim.MemoryPages<<16)),
			Hint: "raise the memory limit, or build with a smaller initial memory and stack",
		}
	}
	return nil
}

// tables bounds what the engine allocates for tables when it makes an instance.
func (c *checker) tables() error {
	sum := int64(0)
	for _, t := range c.m.Tables {
		sum += int64(t.Min)
	}
	if sum > c.lim.TableItems {
		return tooMany("elements of the tables at their start", sum, c.lim.TableItems, c.section(wasm.SectionTable))
	}
	return nil
}

// elements holds active element segments against the tables they fill.
func (c *checker) elements() error {
	sum := int64(0)
	for i := range c.m.Elements {
		e := &c.m.Elements[i]
		sum += int64(e.Len())
		if sum > c.lim.TableItems {
			return tooMany("items of the element segments", sum, c.lim.TableItems, c.section(wasm.SectionElement))
		}
		if e.Mode != wasm.Active {
			continue
		}
		table, ok := c.m.TableType(e.Table)
		if !ok {
			return malformed(e.Offset.Start, "element segment of no table")
		}
		at, known := c.m.EvalI32(e.Offset)
		if !known {
			return offsetUnknown("element segment", i, e.Offset.Start)
		}
		if end := int64(uint32(at)) + int64(e.Len()); end > int64(table.Min) {
			return rejected(e.Offset.Start, fmt.Sprintf("element segment %d fills elements %d to %d of table %d, which has %d", i, uint32(at), end, e.Table, table.Min),
				"the module is linked wrongly; build it again")
		}
	}
	return nil
}

// data holds active data segments against the memory they fill.
func (c *checker) data() error {
	mem, _ := c.m.Memory()
	for i := range c.m.Data {
		d := &c.m.Data[i]
		if d.Mode != wasm.Active {
			continue
		}
		at, known := c.m.EvalI32(d.Offset)
		if !known {
			return offsetUnknown("data segment", i, d.Offset.Start)
		}
		if end := int64(uint32(at)) + int64(len(d.Init)); end > int64(mem.Min)<<16 {
			return rejected(d.Offset.Start, fmt.Sprintf("data segment %d fills bytes %d to %d of the memory, which begins with %d", i, uint32(at), end, int64(mem.Min)<<16),
				"the module is linked wrongly; give it a larger initial memory")
		}
	}
	return nil
}

func offsetUnknown(what string, i, at int) error {
	return rejected(at, fmt.Sprintf("%s %d has an offset that is not a constant", what, i),
		"position-independent modules need a dynamic linker; link a static module")
}

// names bounds the names that the engine keeps. A malformed name section is not
// looked at by anybody and does no harm.
func (c *checker) names() error {
	n, err := c.m.Names()
	if err != nil {
		return nil
	}
	c.named, c.report.Name = n, printable(n.Module)
	if len(n.Funcs) == 0 {
		return nil
	}
	if count, _ := wasm.Uvarint32(n.Funcs); int64(count) > c.lim.Names {
		return tooMany("names in the name section", int64(count), c.lim.Names, -1)
	}
	return nil
}

// counts holds what is summed over all functions.
func (c *checker) counts() error {
	m := c.m
	c.funcs = make([]uint32, 0, m.NumFuncs())
	for i := range m.Imports {
		if m.Imports[i].Kind == wasm.KindFunc {
			c.funcs = append(c.funcs, m.Imports[i].Func)
		}
	}
	c.funcs = append(c.funcs, m.Funcs...)
	if n := int64(m.NumFuncs()) * (int64(len(m.Exports)) + c.report.MutableGlobals); n > c.lim.FunctionExports {
		return tooMany("functions times exports and mutable globals", n, c.lim.FunctionExports, c.section(wasm.SectionExport))
	}
	sum := int64(0)
	for i := range m.Code {
		b := &m.Code[i]
		if n := int64(b.End - b.Start); n > c.lim.Body {
			return c.inFunction(i, tooMany("bytes of a function body", n, c.lim.Body, b.Start))
		}
		if n := int64(b.NumLocals) + int64(len(m.Types[m.Funcs[i]].Params)); n > c.lim.Locals {
			return c.inFunction(i, tooMany("locals of a function", n, c.lim.Locals, b.Start))
		}
		if sum += int64(b.NumLocals); sum > c.lim.LocalsTotal {
			return tooMany("locals of all functions", sum, c.lim.LocalsTotal, b.Start)
		}
	}
	return nil
}

func size(n int64) string {
	if n >= 1<<20 && n%(1<<20) == 0 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}
