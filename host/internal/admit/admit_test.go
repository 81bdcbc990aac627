package admit_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/host/internal/admit"
	"github.com/pledge-wasm/pledge/host/internal/wasi"
	"github.com/pledge-wasm/pledge/host/internal/wasm"
	. "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// allow is what the host allows: ABI v1 and WASI.
func allow() admit.Allow {
	a := admit.Native()
	for _, f := range wasi.Functions() {
		a.Add(wasi.Module, f.Name, valueTypes(f.Params), valueTypes(f.Results))
	}
	return a
}

func valueTypes(b []byte) []wasm.ValueType {
	var list []wasm.ValueType
	for _, t := range b {
		list = append(list, wasm.ValueType(t))
	}
	return list
}

// refused gives the error of a module that must be refused.
func refused(t *testing.T, file []byte, lim admit.Limits) *admit.Error {
	t.Helper()
	_, err := admit.Check(file, lim, allow())
	var e *admit.Error
	require.ErrorAs(t, err, &e)
	require.NotEmpty(t, e.What)
	return e
}

// guest is a valid guest that a test may spoil before it is finished.
func guest(spoil func(g *Guest)) []byte {
	g := NewGuest()
	spoil(g)
	return g.Bytes()
}

func TestItAdmitsTheGuestsOfTheTests(t *testing.T) {
	guests := map[string][]byte{
		"echo": Echo(), "sum": Sum(), "tasks": Tasks(), "forward": Forward(), "log": Log(1, "x"),
		"write": Write(1, "x"), "recurse": Recurse(), "grow": Grow(), "exit": Exit(0), "spin": Spin(),
	}
	for place, where := range Places {
		guests["count in "+place] = Counter(where)
	}
	for name, file := range guests {
		t.Run("it admits "+name, func(t *testing.T) {
			r, err := admit.Check(file, admit.Limits{}, allow())
			require.NoError(t, err)
			require.True(t, r.HasMemory)
			require.Positive(t, r.Cost)
			require.EqualValues(t, len(file), r.Bytes)
		})
	}
}

func TestReport(t *testing.T) {
	file := guest(func(g *Guest) {
		g.Name("shapes")
		g.Host("log")
		f := g.Func(In(I32), Locals(1, I32), Repeat(100, LocalGet(0), Load32(0), LocalSet(1)), Prefixed(0xfd, 12, make([]byte, 16)...), Drop)
		g.NameFunc(f, "busy")
		g.Global(I32, true, I32Const(0))
		g.Only(g.Echo())
		g.Init(nil)
		g.Describe([]byte{0xa0})
		g.MemoryLimits = Between(3, 9)
	})
	r, err := admit.Check(file, admit.Limits{}, allow())
	require.NoError(t, err)
	require.Equal(t, "shapes", r.Name)
	require.Equal(t, "busy", r.Costliest.Name)
	require.Equal(t, 1, r.Costliest.Index)
	require.Less(t, r.Costliest.Cost, r.Cost)
	require.Equal(t, []string{"simd"}, r.Features)
	require.EqualValues(t, 3, r.MemoryMin)
	require.EqualValues(t, 9, r.MemoryMax)
	require.EqualValues(t, 1, r.MutableGlobals)
	require.True(t, r.HasInitialize && r.HasDescribe && !r.HasStart)
	require.Equal(t, []admit.Import{{Module: "pledge_v1", Name: "log", Kind: "func", Type: "(i32, i32, i32)", Allowed: true}}, r.Imports)
}

func TestFilesThatAreNotModules(t *testing.T) {
	tests := []struct{ name, file, what string }{
		{"it knows an empty file", "", "empty"},
		{"it knows a cut magic number", "\x00as", "ends inside its magic number"},
		{"it knows a cut header", "\x00asm\x01", "ends inside its header"},
		{"it knows gzip", "\x1f\x8b\x08\x00", "gzip"},
		{"it knows zip", "PK\x03\x04....", "zip"},
		{"it knows zstd", "\x28\xb5\x2f\xfd....", "zstd"},
		{"it knows ELF", "\x7fELF\x02\x01", "native Linux"},
		{"it knows WAT", "\n  (module)", "text format"},
		{"it knows WAT behind a comment", ";; hello\n(module)", "text format"},
		{"it knows HTML", "<!doctype html>", "HTML"},
		{"it knows text", "package main\n", "is text"},
		{"it knows a component", "\x00asm\x0d\x00\x01\x00", "component"},
		{"it knows another version", "\x00asm\x02\x00\x00\x00", "another version"},
		{"it admits that it does not know", "\xff\xfe\x00\x00", "does not begin with"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := refused(t, []byte(tt.file), admit.Limits{})
			require.Contains(t, e.What, tt.what)
			require.NotEmpty(t, e.Hint)
			require.Equal(t, abi.CodeModuleRejected, e.Code)
		})
	}
}

func TestImports(t *testing.T) {
	with := func(module, name string, s Sig) []byte {
		return guest(func(g *Guest) {
			g.Import(module, name, s)
			g.Only(g.Echo())
		})
	}
	tests := []struct {
		name, what, hint string
		file             []byte
	}{
		{"it cures AssemblyScript", "env.abort(i32, i32, i32, i32)", "--use abort=", with("env", "abort", In(I32, I32, I32, I32))},
		{"it cures Emscripten", "env.emscripten_resize_heap", "STANDALONE_WASM", with("env", "emscripten_resize_heap", In(I32).Out(I32))},
		{"it cures early WASI", "wasi_unstable.fd_write", "wasip1", with("wasi_unstable", "fd_write", In())},
		{"it cures wasm-bindgen", "wbg.__wbindgen_throw", "wasm-bindgen", with("wbg", "__wbindgen_throw", In(I32, I32))},
		{"it cures GOOS=js", "gojs.runtime.wasmExit", "wasip1", with("gojs", "runtime.wasmExit", In(I32))},
		{"it cures components", "wasi:cli/environment@0.2.0.get-environment", "component", with("wasi:cli/environment@0.2.0", "get-environment", In(I32))},
		{"it knows Extism", "extism:host/env.input_length", "Extism", with("extism:host/env", "input_length", In().Out(I64))},
		{"it shows the right signature", "pledge_v1.log(i32)", "(i32, i32, i32)", with("pledge_v1", "log", In(I32))},
		{"it denies what the rewriting imports", "pledge_v1_rt.slice()", "", with("pledge_v1_rt", "slice", In())},
		{"it denies a WASI function that does not exist", "wasi_snapshot_preview1.fd_dup", "no such", with("wasi_snapshot_preview1", "fd_dup", In())},
		{"it denies an imported memory", "env.memory (a memory)", "define its memory", guest(func(g *Guest) {
			g.ImportMemory("env", "memory", AtLeast(1))
			g.Only(g.Respond(nil))
		})},
		{"it denies an imported table", "env.table (a table)", "define its tables", guest(func(g *Guest) {
			g.ImportTable("env", "table", FuncRef, AtLeast(1))
			g.Only(g.Echo())
		})},
		{"it denies an imported global", "env.g (a global)", "define its globals", guest(func(g *Guest) {
			g.ImportGlobal("env", "g", I32, true)
			g.Only(g.Echo())
		})},
		{"it makes hostile names harmless", "\ufffd[31mred\ufffd", "", with("\x1b[31mred\x00", "x", In())},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := admit.Check(tt.file, admit.Limits{}, allow())
			var e *admit.Error
			require.ErrorAs(t, err, &e)
			if strings.Contains(tt.what, "memory)") && e.Code == abi.CodeModuleRejected {
				require.Contains(t, e.What, "multi-memory")
				return
			}
			require.Equal(t, abi.CodeImportDenied, e.Code, e.What)
			require.Contains(t, e.What, tt.what)
			require.Contains(t, e.Hint, tt.hint)
			require.Len(t, e.Missing, 1)
		})
	}
}

func TestItListsAllMissingImports(t *testing.T) {
	file := guest(func(g *Guest) {
		g.Import("env", "abort", In(I32, I32, I32, I32))
		g.Host("call")
		g.Import("env", "seed", In().Out(F64))
		for i := range 50 {
			g.Import("mine", strings.Repeat("x", i+1), In())
		}
		g.Only(g.Echo())
	})
	e := refused(t, file, admit.Limits{})
	require.Equal(t, abi.CodeImportDenied, e.Code)
	require.Len(t, e.Missing, 52)
	require.Contains(t, e.What, "env.abort(i32, i32, i32, i32), env.seed() -> f64, mine.x()")
	require.Contains(t, e.What, "and 32 more")
	require.Contains(t, e.Hint, "--use abort=")
	require.Contains(t, e.Hint, "--use seed=")
	require.Less(t, len(e.What), 2000)
}

func TestExports(t *testing.T) {
	module := func(build func(m *Module)) []byte {
		m := New()
		build(m)
		return m.Bytes()
	}
	alloc := func(m *Module) { m.Export("pledge_v1_alloc", m.Func(In(I32).Out(I32), nil, I32Const(0))) }
	call := func(m *Module) { m.Export("pledge_v1_call", m.Func(In(I32, I32).Out(I64), nil, I64Const(0))) }
	memory := func(m *Module) { m.Memory(AtLeast(1)); m.ExportMemory("memory") }
	tests := []struct {
		name, what, hint string
		file             []byte
	}{
		{"it wants a memory", "has no memory", "", module(func(m *Module) { alloc(m); call(m) })},
		{"it wants the memory exported", "does not export its memory", "--export-memory", module(func(m *Module) { m.Memory(AtLeast(1)); alloc(m); call(m) })},
		{"it wants memory to be one", `"memory" is a func`, "", module(func(m *Module) { m.Export("memory", m.Func(In(), nil)); m.Memory(AtLeast(1)); alloc(m); call(m) })},
		{"it wants alloc", `"pledge_v1_alloc"`, "SDK", module(func(m *Module) { memory(m); call(m) })},
		{"it wants call", `"pledge_v1_call"`, "SDK", module(func(m *Module) { memory(m); alloc(m) })},
		{"it directs commands", "command", "c-shared", module(func(m *Module) { memory(m); m.Export("_start", m.Func(In(), nil)) })},
		{"it wants alloc's signature", "(i64) -> i32, it must have (i32) -> i32", "", module(func(m *Module) {
			memory(m)
			call(m)
			m.Export("pledge_v1_alloc", m.Func(In(I64).Out(I32), nil, I32Const(0)))
		})},
		{"it wants call's signature", "(i32, i32) -> (i32, i32), it must have (i32, i32) -> i64", "", module(func(m *Module) {
			memory(m)
			alloc(m)
			m.Export("pledge_v1_call", m.Func(In(I32, I32).Out(I32, I32), nil, I32Const(0), I32Const(0)))
		})},
		{"it wants call to be a function", `"pledge_v1_call" is a global`, "", module(func(m *Module) {
			memory(m)
			alloc(m)
			m.ExportGlobal("pledge_v1_call", m.Global(I32, false, I32Const(0)))
		})},
		{"it wants _initialize's signature", `"_initialize" has the signature () -> i32`, "", module(func(m *Module) {
			memory(m)
			alloc(m)
			call(m)
			m.Export("_initialize", m.Func(In().Out(I32), nil, I32Const(0)))
		})},
		{"it wants describe's signature", `"pledge_v1_describe"`, "", module(func(m *Module) {
			memory(m)
			alloc(m)
			call(m)
			m.Export("pledge_v1_describe", m.Func(In(), nil))
		})},
		{"it wants start's signature", "start function has parameters or results", "", module(func(m *Module) {
			memory(m)
			alloc(m)
			call(m)
			m.Start(m.Func(In().Out(I32), nil, I32Const(0)))
		})},
		{"it keeps reserved names", `"pledge_v1_budget" has a reserved name`, "", module(func(m *Module) {
			memory(m)
			alloc(m)
			call(m)
			m.ExportGlobal("pledge_v1_budget", m.Global(I64, true, I64Const(0)))
		})},
		{"it keeps the names of another version", `"pledge_v1_call2"`, "", module(func(m *Module) {
			memory(m)
			alloc(m)
			call(m)
			m.Export("pledge_v1_call2", m.Func(In(), nil))
		})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := refused(t, tt.file, admit.Limits{})
			require.Equal(t, abi.CodeModuleRejected, e.Code)
			require.Contains(t, e.What, tt.what)
			require.Contains(t, e.Hint, tt.hint)
		})
	}
}

func TestMemoryAndSegments(t *testing.T) {
	tests := []struct {
		name, what string
		spoil      func(g *Guest)
	}{
		{"it holds the minimum against the limit", "begins with 65 MiB, the limit is 64 MiB", func(g *Guest) { g.MemoryLimits = AtLeast(65 << 4) }},
		{"it refuses shared memory", "threads", func(g *Guest) { g.MemoryLimits = Limits{Min: 2, Max: 3, HasMax: true, Flags: 2} }},
		{"it refuses 64-bit memory", "memory64", func(g *Guest) { g.MemoryLimits = Limits{Min: 2, Flags: 4} }},
		{"it refuses two memories", "multi-memory", func(g *Guest) { g.Memory(AtLeast(1)) }},
		{"it finds data past the end", "data segment 0 fills bytes 131071 to 131073", func(g *Guest) { g.Data(2<<16-1, []byte("xy")) }},
		{"it finds data whose end wraps", "data segment 0", func(g *Guest) { g.Data(0xffffffff, []byte("xy")) }},
		{"it evaluates extended offsets", "fills bytes 131072 to 131073", func(g *Guest) { g.DataAt(I32Const(1<<16)+I32Const(2)+I32Mul, []byte("x")) }},
		{"it wants constant offsets", "not a constant", func(g *Guest) {
			g.DataAt(GlobalGet(g.Global(I32, true, I32Const(0))), []byte("x"))
		}},
		{"it finds elements past the end", "element segment 0 fills elements 1 to 3 of table 0, which has 2", func(g *Guest) {
			g.Table(FuncRef, AtLeast(2))
			g.Elem(1, 0, 0)
		}},
		{"it bounds tables", "elements of the tables", func(g *Guest) { g.Table(FuncRef, AtLeast(1<<20)) }},
		{"it bounds tables together", "elements of the tables", func(g *Guest) {
			for range 3 {
				g.Table(FuncRef, AtLeast(1<<19))
			}
		}},
		{"it bounds the number of tables", "tables: 101", func(g *Guest) {
			for range 101 {
				g.Table(FuncRef, AtLeast(1))
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := guest(func(g *Guest) {
				g.MemoryLimits = AtLeast(2)
				tt.spoil(g)
				g.Only(g.Respond([]byte{0x82, 0, 0}))
			})
			e := refused(t, file, admit.Limits{MemoryPages: 64 << 4})
			require.Contains(t, e.What, tt.what)
		})
	}
}

func TestProposalsAreRefusedByName(t *testing.T) {
	body := func(code ...Code) []byte {
		return guest(func(g *Guest) { g.Only(g.Body(Locals(1, I32), code...)) })
	}
	tests := []struct {
		proposal string
		file     []byte
	}{
		{"tail-call", body(I32Const(0), I32Const(0), ReturnCall(0))},
		{"tail-call", body(Unreachable, ReturnCall(0))},
		{"threads", body(I32Const(0), Prefixed(0xfe, 0x10, 2, 0), Drop)},
		{"gc", body(Prefixed(0xfb, 0, 0))},
		{"function-references", body(Op(0x14, 0))},
		{"relaxed-simd", body(Prefixed(0xfd, 0x100))},
		{"exception-handling", body("\x1f\x40\x00" + End)},
		{"exception-handling", body(Op(0x0a))},
		{"exception-handling", guest(func(g *Guest) { g.Tag(In()); g.Only(g.Echo()) })},
		{"exception-handling", guest(func(g *Guest) { g.Func(In(Type(0x69)), nil); g.Only(g.Echo()) })},
		{"legacy-exceptions", body("\x06\x40" + End)},
		{"multi-memory", body(I32Const(0), Op(0x28, 0x42, 1, 0), Drop)},
		{"gc", guest(func(g *Guest) { g.RawType([]byte{0x5f, 0}); g.Only(g.Echo()) })},
		{"function-references", guest(func(g *Guest) { g.Func(In(Type(0x64)), nil); g.Only(g.Echo()) })},
	}
	for _, tt := range tests {
		t.Run("it refuses "+tt.proposal, func(t *testing.T) {
			e := refused(t, tt.file, admit.Limits{})
			require.Contains(t, e.What, "the proposal "+tt.proposal)
			require.NotEmpty(t, e.Hint)
			require.Positive(t, e.Offset)
		})
	}
}

func TestItNamesTheFunction(t *testing.T) {
	file := guest(func(g *Guest) {
		g.Host("log")
		f := g.Func(In(), nil, Repeat(6000, "\x02\x40"), Repeat(6000, End))
		g.NameFunc(f, "deep")
		g.Only(g.Echo())
	})
	e := refused(t, file, admit.Limits{})
	require.Contains(t, e.What, `function 1 "deep": depth of nested blocks: 5001, the limit is 5000`)
	require.EqualValues(t, 5000, e.Limit)
}

func TestLimitsHaveDefaults(t *testing.T) {
	l := admit.DefaultLimits()
	require.EqualValues(t, 64<<20, l.Module)
	file := Echo()
	_, err := admit.Check(file, admit.Limits{Module: int64(len(file)) - 1}, allow())
	require.ErrorContains(t, err, "bytes of the file")
	_, err = admit.Check(file, admit.Limits{Module: int64(len(file))}, allow())
	require.NoError(t, err)
}

func TestSectionsAreBoundedBeforeTheyAreRead(t *testing.T) {
	payload := binary.AppendUvarint(nil, 1)
	payload = append(payload, make([]byte, 3<<20)...)
	e := refused(t, Raw(Section(SectionElement, payload)), admit.Limits{})
	require.Contains(t, e.What, "bytes of the element section")
}
