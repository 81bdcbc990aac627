package admit

import (
	"time"

	"github.com/pledge-wasm/pledge/host/internal/wasm"
)

// Limits bounds a module. A zero field stands for its default, which suits any
// module that a compiler makes; [DefaultLimits] lists them.
type Limits struct {
	// Module is the size of the file, in bytes. Default 64 MiB.
	Module int64
	// MemoryPages is the most that a memory may have at its start, in pages of
	// 64 KiB. Default 65,535, one less than the format has it: the engine cannot
	// use the last. The task's memory limit belongs here.
	MemoryPages int64

	// Counts over the whole module. Defaults: 10,000 types, 1,000 imports,
	// 200,000 functions, 100 tables, 10,000 globals, 20,000 exports, 10,000
	// element segments, 100,000 data segments, 1,000 custom sections.
	Types, Imports, Functions, Tables, Globals, Exports, Elements, Data, Customs int64
	// FunctionExports is the number of functions times that of exports, those of
	// mutable globals that the rewriting adds included: the engine compares all
	// with all when it first names a function in a stack trace. Default
	// 20,000,000.
	FunctionExports int64
	// TableItems is the sum of the sizes that tables begin with, and that of
	// the items of element segments. Default 1,000,000 each.
	TableItems int64
	// Names is the number of entries in the name section, Names of locals
	// included. Default 1,000,000.
	Names int64
	// NameBytes bounds each name. Default 10,000 bytes; names of functions in
	// the name section may be 100,000.
	NameBytes int64
	// Values is the number of parameters, or of results, of a function type.
	// Default 1,000.
	Values int64

	// Body is the size of a function body, in bytes. Default 4 MiB.
	Body int64
	// Locals is those of one function, parameters included; LocalsTotal those
	// of all functions, parameters not. Defaults 50,000 and 5,000,000.
	Locals, LocalsTotal int64
	// Nesting is the depth of blocks in a function. Default 5,000.
	Nesting int64
	// Operands is the height of the operand stack. Default 20,000.
	Operands int64
	// BranchTable is the number of targets of one br_table. Default 65,520.
	BranchTable int64
	// Bulk is the number of bulk instructions that differ in a table or segment:
	// the rewriting adds a function for each. Default 1,000.
	Bulk int64

	// FunctionCost bounds the estimated cost of compiling one function.
	// Default 3 s.
	FunctionCost time.Duration
	// ModuleCost bounds that of the module. A small module gets less: 1.5 s, and
	// 1.25 s for each MB of the file. Default 30 s.
	ModuleCost time.Duration
}

// DefaultLimits is what the zero Limits stands for.
func DefaultLimits() Limits {
	return Limits{
		Module: 64 << 20, MemoryPages: 65_535,
		Types: 10_000, Imports: 1000, Functions: 200_000, Tables: 100, Globals: 10_000,
		Exports: 20_000, Elements: 10_000, Data: 100_000, Customs: 1000,
		FunctionExports: 20_000_000, TableItems: 1_000_000, Names: 1_000_000, NameBytes: 10_000, Values: 1000,
		Body: 4 << 20, Locals: 50_000, LocalsTotal: 5_000_000,
		Nesting: 5000, Operands: 20_000, BranchTable: 65_520, Bulk: 1000,
		FunctionCost: 3 * time.Second, ModuleCost: 30 * time.Second,
	}
}

// moduleCost is the budget of a file of so many bytes.
func (l *Limits) moduleCost(bytes int) time.Duration {
	return min(l.ModuleCost, 1500*time.Millisecond+time.Duration(bytes)*1250*time.Nanosecond)
}

// withDefaults fills in the fields that are zero.
func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	for _, f := range []struct{ have, want *int64 }{
		{&l.Module, &d.Module}, {&l.MemoryPages, &d.MemoryPages}, {&l.Types, &d.Types}, {&l.Imports, &d.Imports},
		{&l.Functions, &d.Functions}, {&l.Tables, &d.Tables}, {&l.Globals, &d.Globals}, {&l.Exports, &d.Exports},
		{&l.Elements, &d.Elements}, {&l.Data, &d.Data}, {&l.Customs, &d.Customs}, {&l.TableItems, &d.TableItems},
		{&l.Names, &d.Names}, {&l.NameBytes, &d.NameBytes}, {&l.Values, &d.Values}, {&l.Body, &d.Body},
		{&l.Locals, &d.Locals}, {&l.LocalsTotal, &d.LocalsTotal}, {&l.Nesting, &d.Nesting}, {&l.Operands, &d.Operands},
		{&l.BranchTable, &d.BranchTable}, {&l.Bulk, &d.Bulk}, {&l.FunctionExports, &d.FunctionExports},
		{(*int64)(&l.FunctionCost), (*int64)(&d.FunctionCost)}, {(*int64)(&l.ModuleCost), (*int64)(&d.ModuleCost)},
	} {
		if *f.have == 0 {
			*f.have = *f.want
		}
	}
	return l
}

func (l *Limits) decode() *wasm.Limits {
	return &wasm.Limits{
		Types: int(l.Types), Imports: int(l.Imports), Functions: int(l.Functions), Tables: int(l.Tables),
		Globals: int(l.Globals), Exports: int(l.Exports), Elements: int(l.Elements), ElementItems: int(l.TableItems),
		DataSegments: int(l.Data), Params: int(l.Values), Results: int(l.Values), NameBytes: int(l.NameBytes),
		Customs: int(l.Customs),
	}
}

// sections bounds the size of the sections whose items take more room in memory
// than in the file, in bytes. The largest seen in real modules is a tenth of it.
var sections = map[wasm.SectionID]int64{
	wasm.SectionType:     1 << 20,
	wasm.SectionImport:   2 << 20,
	wasm.SectionFunction: 1 << 20,
	wasm.SectionTable:    64 << 10,
	wasm.SectionMemory:   1 << 10,
	wasm.SectionGlobal:   1 << 20,
	wasm.SectionExport:   4 << 20,
	wasm.SectionElement:  2 << 20,
	wasm.SectionTag:      64 << 10,
}
