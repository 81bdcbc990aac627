package wasmtest

import "bytes"

// Module builds a module, section by section, in any order save one: imported
// functions, tables, memories and globals come before defined ones, because
// their indices do.
type Module struct {
	types    [][]byte
	imports  [][]byte
	funcs    []function
	tables   [][]byte
	memories [][]byte
	globals  [][]byte
	tags     [][]byte
	exports  [][]byte
	elems    [][]byte
	data     [][]byte
	customs  [][]byte
	start    *uint32
	count    bool // write a data count section

	importedFuncs, importedTables, importedGlobals uint32

	moduleName string
	names      []funcName
}

type function struct {
	typ  uint32
	body []byte
}

type funcName struct {
	index uint32
	name  string
}

// New starts an empty module.
func New() *Module { return &Module{} }

// Sig is the signature of a function; start one with [In].
type Sig struct{ Params, Results []Type }

// In is a signature with these parameters and no result.
func In(params ...Type) Sig { return Sig{Params: params} }

// Out is the same signature with these results.
func (s Sig) Out(results ...Type) Sig { return Sig{Params: s.Params, Results: results} }

func (s Sig) encode() []byte {
	b := append([]byte{0x60}, U32(uint32(len(s.Params)))...)
	for _, t := range s.Params {
		b = append(b, byte(t))
	}
	b = append(b, U32(uint32(len(s.Results)))...)
	for _, t := range s.Results {
		b = append(b, byte(t))
	}
	return b
}

// Type is the index of a signature, the same one for the same signature.
func (m *Module) Type(s Sig) uint32 {
	want := s.encode()
	for i, t := range m.types {
		if bytes.Equal(t, want) {
			return uint32(i)
		}
	}
	return m.RawType(want)
}

// RawType adds an entry of the type section as it is.
func (m *Module) RawType(entry []byte) uint32 {
	m.types = append(m.types, entry)
	return uint32(len(m.types) - 1)
}

// Import adds an imported function and returns its index.
func (m *Module) Import(module, name string, s Sig) uint32 {
	if len(m.funcs) > 0 {
		panic("wasmtest: imports come before functions")
	}
	m.imports = append(m.imports, Join(Str(module), Str(name), []byte{0}, U32(m.Type(s))))
	m.importedFuncs++
	return m.importedFuncs - 1
}

// ImportTable imports a table of references and returns its index.
func (m *Module) ImportTable(module, name string, ref Type, l Limits) uint32 {
	m.imports = append(m.imports, Join(Str(module), Str(name), []byte{1, byte(ref)}, l.encode()))
	m.importedTables++
	return m.importedTables - 1
}

// ImportMemory imports a memory.
func (m *Module) ImportMemory(module, name string, l Limits) {
	m.imports = append(m.imports, Join(Str(module), Str(name), []byte{2}, l.encode()))
}

// ImportGlobal imports a global and returns its index.
func (m *Module) ImportGlobal(module, name string, t Type, mutable bool) uint32 {
	m.imports = append(m.imports, Join(Str(module), Str(name), []byte{3, byte(t), flag(mutable)}))
	m.importedGlobals++
	return m.importedGlobals - 1
}

// RawImport adds an entry of the import section as it is; indices that it
// takes are not counted.
func (m *Module) RawImport(entry []byte) { m.imports = append(m.imports, entry) }

// Local is a run of locals of one type.
type Local struct {
	N    uint32
	Type Type
}

// Locals is n locals of one type, the usual case.
func Locals(n uint32, t Type) []Local { return []Local{{n, t}} }

// Func adds a function and returns its index, imports counted. The end of the
// body is added.
func (m *Module) Func(s Sig, locals []Local, code ...Code) uint32 {
	f := m.Declare(s)
	m.Define(f, locals, code...)
	return f
}

// Declare gives a function its index before its body is known, for recursion.
func (m *Module) Declare(s Sig) uint32 {
	m.funcs = append(m.funcs, function{typ: m.Type(s)})
	return m.importedFuncs + uint32(len(m.funcs)-1)
}

// Define gives a declared function its body. The end is added.
func (m *Module) Define(f uint32, locals []Local, code ...Code) {
	b := U32(uint32(len(locals)))
	for _, l := range locals {
		b = append(append(b, U32(l.N)...), byte(l.Type))
	}
	m.RawBody(f, append(append(b, Seq(code...)...), 0x0b))
}

// RawBody gives a declared function an entry of the code section, locals and
// end included, as it is; only its size is put in front.
func (m *Module) RawBody(f uint32, body []byte) {
	m.funcs[f-m.importedFuncs].body = body
}

// Limits are those of a memory (64 KiB pages) or of a table (elements).
type Limits struct {
	Min, Max uint32
	HasMax   bool
	Flags    byte // or-ed into the flag byte: 2 shared, 4 64-bit
}

// AtLeast is limits without a maximum.
func AtLeast(min uint32) Limits { return Limits{Min: min} }

// Between is limits with a maximum.
func Between(min, max uint32) Limits { return Limits{Min: min, Max: max, HasMax: true} }

func (l Limits) encode() []byte {
	b := append([]byte{l.Flags | flag(l.HasMax)}, U32(l.Min)...)
	if l.HasMax {
		b = append(b, U32(l.Max)...)
	}
	return b
}

// Memory adds a memory.
func (m *Module) Memory(l Limits) { m.memories = append(m.memories, l.encode()) }

// Table adds a table and returns its index.
func (m *Module) Table(ref Type, l Limits) uint32 {
	m.tables = append(m.tables, append([]byte{byte(ref)}, l.encode()...))
	return m.importedTables + uint32(len(m.tables)-1)
}

// Global adds a global with an initial value and returns its index.
func (m *Module) Global(t Type, mutable bool, init Code) uint32 {
	m.globals = append(m.globals, Join([]byte{byte(t), flag(mutable)}, []byte(init+End)))
	return m.importedGlobals + uint32(len(m.globals)-1)
}

// Tag adds an exception tag (a proposal) and returns its index.
func (m *Module) Tag(s Sig) uint32 {
	m.tags = append(m.tags, append([]byte{0}, U32(m.Type(s))...))
	return uint32(len(m.tags) - 1)
}

// Start names the start function.
func (m *Module) Start(f uint32) { m.start = &f }

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}
