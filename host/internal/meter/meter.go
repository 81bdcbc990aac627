package meter

import (
	"github.com/pledge-wasm/pledge/host/internal/wasm"
)

// The names that the rewriting adds to a module.
const (
	// ImportModule is the module of the imports that it adds; ImportSlice, of type () -> (), is called when the budget
	// has a negative half. It returns to go on and panics to stop.
	ImportModule = "pledge_v1_rt"
	ImportSlice  = "slice"
	// ExportBudget is a mutable i64 global, see [Budget].
	ExportBudget = "pledge_v1_budget"
	// ExportDirty is a mutable i32 global: not 0 once the guest has changed state that lies outside of its memory and of
	// the globals in Result.Globals.
	ExportDirty = "pledge_v1_dirty"
	// ExportStart is the author's start function.
	ExportStart = "pledge_v1_start"
	// ExportGlobal and a number is the author's mutable global of that index.
	ExportGlobal = "pledge_v1_g"
)

// Options are the choices of [Rewrite]. The zero value is what the engine uses.
type Options struct {
	// KeepData leaves active data segments where they are. Without it, an offset that depends on an import is an error.
	KeepData bool
	// MaxTable is the largest number of elements to which table.grow lets all tables together grow. 0 means 1<<20.
	MaxTable uint32
	// Exact charges each instruction by itself right before it runs, and shares nothing. It is slow: it tells what the fuel
	// of ordinary rewriting is to be compared with. Never less is charged there than here.
	Exact bool
}

// Version is raised whenever Rewrite gives other bytes or other facts for the same module, so that stores of rewritten or
// compiled modules can tell.
const Version = 4

// Result is a rewritten module and what the host needs to know of it.
type Result struct {
	// Module is the file to compile. It aliases nothing.
	Module []byte
	// Data are the active data segments in their order, for the host to check and copy before anything runs. In Module
	// each is an empty passive segment, so that indices keep their meaning. Bytes alias the author's file.
	Data []Segment
	// HasStart says that ExportStart is there: the host calls it after it has applied Data.
	HasStart bool
	// Globals are the author's mutable numeric globals, exported for saving and putting back.
	Globals []Global
	Facts   Facts
}

// Segment is a piece of initial memory.
type Segment struct {
	Offset uint32
	Bytes  []byte
}

// Global is an exported mutable global.
type Global struct {
	Export string
	Type   wasm.ValueType // I32, I64, F32 or F64
}

// Facts are what the rewriting saw.
type Facts struct {
	// Memory is the size of the module's memory in pages, if HasMemory.
	Memory    wasm.Limit
	HasMemory bool
	// CanDirty says that some instruction can set ExportDirty; if not, memory and Globals are all of the state.
	CanDirty bool
	// Functions counts the author's functions; Folded those that their callers pay for, Counted those that keep account of
	// the stack.
	Functions, Folded, Counted int
	// Helpers is the number of functions that were appended.
	Helpers int
	// MaxFrame is the largest stack charge of a function in bytes.
	MaxFrame uint32
}

// Rewrite gives the metered form of a module. The module must have been decoded from its file by [wasm.Decode]; its
// bodies may hold anything. The error is an [*Error], or an error of the package wasm for bodies that cannot be read.
func Rewrite(m *wasm.Module, opt Options) (*Result, error) {
	if opt.MaxTable == 0 {
		opt.MaxTable = 1 << 20
	}
	w := &rewriter{m: m, opt: opt}
	if err := w.checkNames(); err != nil {
		return nil, err
	}
	w.prepare()
	if err := w.scan(); err != nil {
		return nil, err
	}
	w.classify()
	w.layout()
	return w.write()
}

// rewriter is the state of one rewriting.
type rewriter struct {
	m   *wasm.Module
	opt Options

	// The index spaces.
	imported uint32            // functions that the author imports; slice gets this index
	types    []arity           // of each type
	funcType []uint32          // type of each function, imports first
	declared []bool            // by function: it is named outside of bodies
	budget   uint32            // global
	dirty    uint32            // global
	typeAt   map[string]uint32 // index of each type, by its encoding
	newTypes []wasm.FuncType

	sliceType  uint32
	helperBase uint32   // index of the first helper
	helperType []uint32 // type of each
	helperAt   map[helper]uint32

	fns     []fn       // of each defined function
	calls   []uint32   // arena of direct calls between defined functions
	loops   []loopInfo // of each loop in the text
	helpers []helper
	canDirt bool
	refs    references

	foldOfType []uint32 // by type, the most that a folded function of that type costs
	workOfType []uint32 // by type, the most work of an unchecked function of that type

	code seqs
	body emitter
}

// arity is the shape of a function type.
type arity struct {
	params, results int
	// canon is the first type that is equal.
	canon uint32
	// tail says that a tail call of this type needs no stack for arguments and results on any machine.
	tail bool
	// vector says that it has a v128.
	vector bool
	// block is the type () -> results, if there is more than one and a counted function needs it.
	block uint32
}
