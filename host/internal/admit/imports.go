package admit

import (
	"fmt"
	"strings"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/host/internal/wasm"
)

const (
	codeRejected = abi.CodeModuleRejected
	codeDenied   = abi.CodeImportDenied
)

// wasiModule is where the functions of WASI preview 1 come from.
const wasiModule = "wasi_snapshot_preview1"

// Allow lists the functions that a module may import: their signatures by
// module, then name. An import of anything else, or with another signature, is
// refused.
type Allow map[string]map[string]wasm.FuncType

// Native is the imports of ABI v1. The map is the caller's, to add to.
func Native() Allow {
	a := Allow{}
	i32, i64 := wasm.I32, wasm.I64
	a.Add(abi.ImportModule, abi.ImportCall, []wasm.ValueType{i32, i32}, []wasm.ValueType{i64})
	a.Add(abi.ImportModule, abi.ImportTake, []wasm.ValueType{i32, i32}, nil)
	a.Add(abi.ImportModule, abi.ImportLog, []wasm.ValueType{i32, i32, i32}, nil)
	return a
}

// Add allows one function.
func (a Allow) Add(module, name string, params, results []wasm.ValueType) {
	if a[module] == nil {
		a[module] = map[string]wasm.FuncType{}
	}
	a[module][name] = wasm.FuncType{Params: params, Results: results}
}

// Import is one import of a module.
type Import struct {
	Module, Name string
	// Kind is func, table, memory, global or tag.
	Kind string
	// Type is the signature of a function, such as "(i32, i32) -> i64".
	Type string
	// Allowed says that the host has it, with that signature.
	Allowed bool
	// Cure says what to do when it is not, if there is a usual cause.
	Cure string
}

// String is module.name and, for a function, its signature.
func (i Import) String() string {
	if i.Kind != "func" {
		return i.Module + "." + i.Name + " (a " + i.Kind + ")"
	}
	return i.Module + "." + i.Name + i.Type
}

// maxListed bounds the imports that one error lists by name.
const maxListed = 20

// imports holds every import against the list, and names all that are missing.
func (c *checker) imports() error {
	var missing []Import
	offset := -1
	for i, im := range c.report.Imports {
		if im.Allowed {
			continue
		}
		if offset < 0 {
			offset = c.m.Imports[i].Offset
		}
		missing = append(missing, im)
	}
	if missing == nil {
		return nil
	}
	var names, cures []string
	for _, im := range missing {
		if len(names) < maxListed {
			names = append(names, im.String())
		}
		if im.Cure != "" && !contains(cures, im.Cure) {
			cures = append(cures, im.Cure)
		}
	}
	what := "the host does not have these imports: "
	if len(missing) == 1 {
		what = "the host does not have this import: "
	}
	what += strings.Join(names, ", ")
	if n := len(missing) - len(names); n > 0 {
		what += fmt.Sprintf(" and %d more", n)
	}
	hint := strings.Join(cures, "; ")
	if hint == "" {
		hint = "a module may import " + abi.ImportModule + " (call, take, log) and " + wasiModule + "; build without the others"
	}
	return &Error{Code: codeDenied, What: what, Hint: hint, Offset: offset, Missing: missing}
}

// describeImport fills in what is known of an import.
func (c *checker) describeImport(im *wasm.Import) Import {
	d := Import{Module: printable(im.Module), Name: printable(im.Name), Kind: im.Kind.String()}
	if im.Kind != wasm.KindFunc {
		d.Cure = cureKind(im)
		return d
	}
	have := c.m.Types[im.Func]
	d.Type = signature(have)
	want, known := c.allow[im.Module][im.Name]
	switch {
	case known && want.Equal(have):
		d.Allowed = true
	case known:
		d.Cure = fmt.Sprintf("%s.%s has the signature %s", im.Module, im.Name, signature(want))
	default:
		d.Cure = cure(im)
	}
	return d
}

func cureKind(im *wasm.Import) string {
	switch {
	case im.Module == "GOT.func" || im.Module == "GOT.mem" || im.Name == "__memory_base" || im.Name == "__table_base" || im.Name == "__indirect_function_table":
		return "the module is built for dynamic linking; link a static module (Emscripten: -sSTANDALONE_WASM, without -sMAIN_MODULE and -sSIDE_MODULE)"
	case im.Kind == wasm.KindMemory:
		return "the module must define its memory itself (wasm-ld: no --import-memory; AssemblyScript: no --importMemory; Emscripten: no -sIMPORTED_MEMORY)"
	case im.Kind == wasm.KindTable:
		return "the module must define its tables itself (wasm-ld: no --import-table; AssemblyScript: no --importTable)"
	}
	return "the module must define its globals itself"
}

// cures knows the usual causes of imports that no host of this kind has. The
// first rule that matches counts; an empty name stands for any, one that ends
// in * for those that begin so.
var cures = []struct{ module, name, cure string }{
	{"env", "abort", "AssemblyScript: compile with --use abort=, or give it an abort function of your own"},
	{"env", "seed", "AssemblyScript: compile with --use seed=, or give it a seed function of your own"},
	{"env", "trace", "AssemblyScript: compile with --use trace="},
	{"env", "console.*", "AssemblyScript: log through pledge_v1.log"},
	{"env", "Date.now", "AssemblyScript: take the time from WASI (@assemblyscript/wasi-shim)"},
	{"env", "emscripten_*", emscripten},
	{"env", "_emscripten_*", emscripten},
	{"env", "invoke_*", emscripten},
	{"env", "__cxa_*", emscripten},
	{"env", "__syscall_*", emscripten},
	{"env", "_embind_*", emscripten},
	{"env", "__assert_fail", emscripten},
	{"env", "extism_*", extism},
	{"env", "", "a function was declared and not linked: define it, or link with -Wl,--no-allow-undefined to see where it is used; for Emscripten use -sSTANDALONE_WASM"},
	{"a", "", emscripten},
	{"wasi_unstable", "", "the module is built for the first preview of WASI; build it with a current toolchain for wasip1"},
	{"wasi_snapshot_preview0", "", "the module is built for the first preview of WASI; build it with a current toolchain for wasip1"},
	{"wasi_snapshot_preview1", "", "WASI preview 1 has no such function"},
	{"wasi", "thread-spawn", "build without threads"},
	{"gojs", "", "build Go with GOOS=wasip1 GOARCH=wasm -buildmode=c-shared, not GOOS=js"},
	{"go", "", "build Go with GOOS=wasip1 GOARCH=wasm -buildmode=c-shared, not GOOS=js"},
	{"wbg", "", bindgen},
	{"__wbindgen_placeholder__", "", bindgen},
	{"__wbindgen_externref_xform__", "", bindgen},
	{"wasm:js-string", "", "build without the built-in strings of JavaScript"},
	{"extism:host/env", "", extism},
	{"extism:host/user", "", extism},
	{"pledge_v1", "", "pledge_v1 has call, take and log"},
	{"canonical_abi", "", component},
	{"$root", "", component},
}

const (
	emscripten = "Emscripten: build with -sSTANDALONE_WASM --no-entry, without exceptions, longjmp and embind"
	bindgen    = "wasm-bindgen needs JavaScript: build a cdylib for wasm32-wasip1 without wasm-bindgen and the crates that use it"
	extism     = "the module is an Extism plug-in; those do not run here yet"
	component  = "the module is built for the component model (WASI preview 2); build it for wasip1"
)

func cure(im *wasm.Import) string {
	for _, c := range cures {
		if c.module != im.Module {
			continue
		}
		if prefix, ok := strings.CutSuffix(c.name, "*"); ok && strings.HasPrefix(im.Name, prefix) || c.name == "" || c.name == im.Name {
			return c.cure
		}
	}
	if strings.Contains(im.Module, ":") && strings.Contains(im.Module, "/") || strings.HasPrefix(im.Module, "[export]") {
		return component
	}
	return ""
}

// signature writes a function type the way errors show it.
func signature(t wasm.FuncType) string {
	var b strings.Builder
	list := func(types []wasm.ValueType) {
		for i, v := range types {
			if i == 16 {
				fmt.Fprintf(&b, ", and %d more", len(types)-i)
				break
			}
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(v.String())
		}
	}
	b.WriteByte('(')
	list(t.Params)
	b.WriteByte(')')
	switch len(t.Results) {
	case 0:
	case 1:
		b.WriteString(" -> ")
		list(t.Results)
	default:
		b.WriteString(" -> (")
		list(t.Results)
		b.WriteByte(')')
	}
	return b.String()
}

// printable makes a name of the module's fit an error: short, and without
// characters that a terminal would obey.
func printable(s string) string {
	const longest = 200
	cut := len(s) > longest
	if cut {
		s = strings.ToValidUTF8(s[:longest], "")
	}
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return '\ufffd'
		}
		return r
	}, s)
	if cut {
		s += "..."
	}
	return s
}

func contains(list []string, s string) bool {
	for _, have := range list {
		if have == s {
			return true
		}
	}
	return false
}
