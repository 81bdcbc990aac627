package admit

import (
	"fmt"
	"strings"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/host/internal/wasm"
)

var (
	i32      = []wasm.ValueType{wasm.I32}
	i32i32   = []wasm.ValueType{wasm.I32, wasm.I32}
	i64      = []wasm.ValueType{wasm.I64}
	nullary  = wasm.FuncType{}
	required = []struct {
		name     string
		typ      wasm.FuncType
		optional bool
	}{
		{abi.ExportAlloc, wasm.FuncType{Params: i32, Results: i32}, false},
		{abi.ExportCall, wasm.FuncType{Params: i32i32, Results: i64}, false},
		{abi.ExportInitialize, nullary, true},
		{abi.ExportDescribe, wasm.FuncType{Results: i64}, true},
	}
)

// exports holds the exports against ABI v1. (The reader has looked at the
// signature of the start function.)
func (c *checker) exports() error {
	byName := make(map[string]*wasm.Export, len(c.m.Exports))
	for i := range c.m.Exports {
		e := &c.m.Exports[i]
		byName[e.Name] = e
		if strings.HasPrefix(e.Name, abi.ReservedPrefix) && e.Name != abi.ExportAlloc && e.Name != abi.ExportCall && e.Name != abi.ExportDescribe {
			return c.export("the export %q has a reserved name", e.Name,
				"names that begin with "+abi.ReservedPrefix+" belong to pledge; rename it, or build for the ABI of this version")
		}
	}
	if err := c.exportedMemory(byName[abi.ExportMemory]); err != nil {
		return err
	}
	for _, want := range required {
		e := byName[want.name]
		switch {
		case e == nil && want.optional:
		case e == nil:
			return c.missing(want.name, byName)
		case e.Kind != wasm.KindFunc:
			return c.export("the export %q is a "+e.Kind.String()+", it must be a function", want.name, "see abi/SPEC.md, Exports")
		default:
			if t := c.typeOf(e.Index); !t.Equal(want.typ) {
				return c.export("the export %q has the signature "+signature(t)+", it must have "+signature(want.typ), want.name, "see abi/SPEC.md, Exports")
			}
		}
	}
	return nil
}

func (c *checker) exportedMemory(e *wasm.Export) error {
	switch {
	case e == nil && c.m.NumMemories() == 0:
		return c.export("the module has no memory, and must export one as %q", abi.ExportMemory, "see abi/SPEC.md, Exports")
	case e == nil:
		return c.export("the module does not export its memory as %q", abi.ExportMemory, `export it (wasm-ld and clang: --export-memory; WAT: (export "memory" (memory 0)))`)
	case e.Kind != wasm.KindMemory:
		return c.export("the export %q is a "+e.Kind.String()+", it must be the memory", abi.ExportMemory, "see abi/SPEC.md, Exports")
	}
	return nil
}

// missing tells an author whose module lacks an export what kind of module it
// seems to be.
func (c *checker) missing(name string, byName map[string]*wasm.Export) error {
	hint := "export it (see abi/SPEC.md, Exports), or use the SDK of your language"
	if byName["_start"] != nil && byName[abi.ExportCall] == nil && byName[abi.ExportAlloc] == nil {
		return c.export("the module is a command (it exports _start) and does not export %q", name,
			"commands do not run here yet: build a library (Go: -buildmode=c-shared; Rust: crate-type cdylib; C: -mexec-model=reactor) that exports tasks")
	}
	return c.export("the module does not export the function %q", name, hint)
}

func (c *checker) export(format, name, hint string) error {
	return rejected(c.section(wasm.SectionExport), fmt.Sprintf(format, printable(name)), hint)
}

// typeOf is the signature of a function whose index is in range.
func (c *checker) typeOf(f uint32) wasm.FuncType {
	t, _ := c.m.FuncTypeIndex(f)
	return c.m.Types[t]
}
