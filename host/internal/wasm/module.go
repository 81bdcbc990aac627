package wasm

// Module is a decoded module. Byte slices and names alias the file. Index spaces are the format's: imports first, then
// what the module defines.
type Module struct {
	// File is the whole file.
	File []byte
	// Sections lists the sections in the order of the file, custom ones included.
	Sections []Section

	Types   []FuncType
	Imports []Import
	// Funcs holds the type index of each defined function; Code has as many bodies.
	Funcs    []uint32
	Tables   []TableType
	Memories []Limit
	// Tags holds the type index of each defined tag.
	Tags    []uint32
	Globals []Global
	Exports []Export
	// Start is the function that the start section names, if HasStart.
	Start    uint32
	HasStart bool
	Elements []Element
	// DataCount is what the data count section says, if HasDataCount.
	DataCount    uint32
	HasDataCount bool
	Code         []Body
	Data         []Data
	Customs      []Custom

	// How many imports there are of each kind.
	ImportedFuncs, ImportedTables, ImportedMemories, ImportedGlobals, ImportedTags int
}

// Section is a section as it lies in the file.
type Section struct {
	ID SectionID
	// Start and End bound the contents, without the id and the size.
	Start, End int
}

// Limit is the size of a memory (in pages of 64 KiB) or a table (in elements).
type Limit struct {
	Min    uint32
	Max    uint32 // meaningful if HasMax
	HasMax bool
}

// TableType is the type of a table.
type TableType struct {
	Elem ValueType // Funcref or Externref
	Limit
}

// GlobalType is the type of a global.
type GlobalType struct {
	Type    ValueType
	Mutable bool
}

// Import is one import. The field that Kind names is meaningful.
type Import struct {
	Module, Name string
	Kind         ExternKind
	Func         uint32 // type index, of a function or a tag
	Table        TableType
	Memory       Limit
	Global       GlobalType
	Offset       int
}

// Global is a defined global.
type Global struct {
	GlobalType
	Init ConstExpr
}

// Export is one export.
type Export struct {
	Name  string
	Kind  ExternKind
	Index uint32
}

// SegmentMode says what becomes of a segment at instantiation.
type SegmentMode byte

// The modes of segments.
const (
	Active      SegmentMode = iota // copied into its memory or table
	Passive                        // kept for memory.init or table.init
	Declarative                    // element segments only: declares references, then is dropped
)

// Element is an element segment: either function indices (Exprs false) or constant expressions.
type Element struct {
	Mode SegmentMode
	// Flags is the number that the segment was encoded with, 0 to 7.
	Flags  uint32
	Table  uint32
	Offset ConstExpr // Active only
	Type   ValueType
	Exprs  bool
	// Funcs are the function indices, when Exprs is false.
	Funcs []uint32
	// Inits are the expressions, when Exprs is true.
	Inits []ConstExpr
}

// Len is the number of references in the segment.
func (e *Element) Len() int { return len(e.Funcs) + len(e.Inits) }

// Data is a data segment.
type Data struct {
	Mode SegmentMode // Active or Passive
	// Flags is the number that the segment was encoded with, 0 to 2.
	Flags  uint32
	Memory uint32
	Offset ConstExpr // Active only
	Init   []byte
}

// Body is a function body: ranges of the file.
type Body struct {
	// Start is where the body begins (at its locals, after its size), End where it ends, after the final end.
	Start, End int
	// CodeStart is where the first instruction begins.
	CodeStart int
	// NumLocals is the number of declared locals, parameters not counted. The sum may be as large as 2^32-1.
	NumLocals uint64
}

// Custom is a custom section.
type Custom struct {
	Name string
	// Start and End bound the contents after the name.
	Start, End int
	// Section is the index of this section in Module.Sections.
	Section int
}

// NumFuncs is the size of the function index space. NumTables, NumMemories, NumGlobals and NumTags are alike.
func (m *Module) NumFuncs() int { return m.ImportedFuncs + len(m.Funcs) }

// NumTables is the size of the table index space.
func (m *Module) NumTables() int { return m.ImportedTables + len(m.Tables) }

// NumMemories is the size of the memory index space, 0 or 1.
func (m *Module) NumMemories() int { return m.ImportedMemories + len(m.Memories) }

// NumGlobals is the size of the global index space.
func (m *Module) NumGlobals() int { return m.ImportedGlobals + len(m.Globals) }

// NumTags is the size of the tag index space.
func (m *Module) NumTags() int { return m.ImportedTags + len(m.Tags) }

// FuncTypeIndex gives the type index of a function by its index; ok is false out of range. It looks through the imports
// for an imported function.
func (m *Module) FuncTypeIndex(index uint32) (typ uint32, ok bool) {
	if n := uint64(index); n >= uint64(m.ImportedFuncs) {
		if n -= uint64(m.ImportedFuncs); n < uint64(len(m.Funcs)) {
			return m.Funcs[n], true
		}
		return 0, false
	}
	im := m.imported(KindFunc, index)
	return im.Func, true
}

// GlobalType gives the type of a global by its index; ok is false out of range.
func (m *Module) GlobalType(index uint32) (typ GlobalType, ok bool) {
	if n := uint64(index); n >= uint64(m.ImportedGlobals) {
		if n -= uint64(m.ImportedGlobals); n < uint64(len(m.Globals)) {
			return m.Globals[n].GlobalType, true
		}
		return GlobalType{}, false
	}
	return m.imported(KindGlobal, index).Global, true
}

// TableType gives the type of a table by its index; ok is false out of range.
func (m *Module) TableType(index uint32) (typ TableType, ok bool) {
	if n := uint64(index); n >= uint64(m.ImportedTables) {
		if n -= uint64(m.ImportedTables); n < uint64(len(m.Tables)) {
			return m.Tables[n], true
		}
		return TableType{}, false
	}
	return m.imported(KindTable, index).Table, true
}

// Memory gives the size of the module's memory, imported or defined; ok is false when it has none.
func (m *Module) Memory() (lim Limit, ok bool) {
	if m.ImportedMemories > 0 {
		return m.imported(KindMemory, 0).Memory, true
	}
	if len(m.Memories) > 0 {
		return m.Memories[0], true
	}
	return Limit{}, false
}

// imported finds the nth import of a kind, which must exist.
func (m *Module) imported(kind ExternKind, n uint32) *Import {
	for i := range m.Imports {
		if m.Imports[i].Kind != kind {
			continue
		}
		if n == 0 {
			return &m.Imports[i]
		}
		n--
	}
	return &Import{}
}
