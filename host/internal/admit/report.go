package admit

import (
	"time"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/host/internal/wasm"
)

// Report is what admission found in a module, for `pledge inspect` and for the
// rooms that come after. When the module was refused, what had not been looked
// at by then is zero.
type Report struct {
	// Module is the module as it was read. It aliases the file.
	Module *wasm.Module
	// Name is the module's own name, from its name section.
	Name string
	// Bytes is the size of the file; Code that of its function bodies.
	Bytes, Code int64
	// Functions counts those that the module defines, MutableGlobals those of
	// its globals that can change.
	Functions, Types, Tables, Globals, MutableGlobals, Exports, Elements, Data int64
	// DataBytes is what the data segments hold.
	DataBytes int64
	// MemoryMin and MemoryMax are pages of 64 KiB; the module has no maximum
	// of its own when HasMemoryMax is false.
	MemoryMin, MemoryMax int64
	HasMemory            bool
	HasMemoryMax         bool
	// HasStart, HasInitialize and HasDescribe say which optional code the
	// module brings.
	HasStart, HasInitialize, HasDescribe bool
	// Imports lists every import, in the order of the file.
	Imports []Import
	// Features are the parts of core 2.0 beyond the first version that function
	// bodies use, and extended-const; in a fixed order.
	Features []string
	// Costliest is the function that takes the compiler longest.
	Costliest Function
	// Cost is an upper bound for the time that compiling takes on the machine
	// that the formula was measured on.
	Cost time.Duration
}

// Function is one function of a module.
type Function struct {
	// Index counts imported functions first. Name is from the name section, and
	// may be empty.
	Index int
	Name  string
	// Bytes is the size of its body.
	Bytes int
	// Cost is an upper bound for the time that compiling it takes.
	Cost time.Duration
}

// facts fills the report with all that needs no pass over the bodies.
func (c *checker) facts() *Report {
	m := c.m
	r := &Report{
		Module: m, Bytes: int64(len(m.File)),
		Functions: int64(len(m.Funcs)), Types: int64(len(m.Types)), Tables: int64(len(m.Tables)), Globals: int64(len(m.Globals)),
		Exports: int64(len(m.Exports)), Elements: int64(len(m.Elements)), Data: int64(len(m.Data)), HasStart: m.HasStart,
	}
	c.report = r
	for i := range m.Code {
		r.Code += int64(m.Code[i].End - m.Code[i].Start)
	}
	extended := false
	for i := range m.Globals {
		if m.Globals[i].Mutable {
			r.MutableGlobals++
		}
		extended = extended || m.Globals[i].Init.Op == wasm.OpEnd
	}
	for i := range m.Data {
		r.DataBytes += int64(len(m.Data[i].Init))
		extended = extended || m.Data[i].Mode == wasm.Active && m.Data[i].Offset.Op == wasm.OpEnd
	}
	if extended {
		r.Features = append(r.Features, "extended-const")
	}
	if mem, ok := m.Memory(); ok {
		r.HasMemory, r.HasMemoryMax = true, mem.HasMax
		r.MemoryMin, r.MemoryMax = int64(mem.Min), int64(mem.Max)
	}
	for _, e := range m.Exports {
		switch e.Name {
		case abi.ExportInitialize:
			r.HasInitialize = true
		case abi.ExportDescribe:
			r.HasDescribe = true
		}
	}
	r.Imports = make([]Import, 0, len(m.Imports))
	for i := range m.Imports {
		r.Imports = append(r.Imports, c.describeImport(&m.Imports[i]))
	}
	return r
}
