package wasm_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/pledge-wasm/pledge/host/internal/wasm"
	wt "github.com/pledge-wasm/pledge/internal/wasmtest"
	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// everything is a module with every section.
func everything() []byte {
	m := wt.New()
	m.Import("env", "f", wt.In(wt.I32).Out(wt.I64))
	m.ImportGlobal("env", "g", wt.I32, false)
	m.Memory(wt.Between(1, 2))
	m.Table(wt.FuncRef, wt.AtLeast(3))
	m.Table(wt.ExternRef, wt.Between(1, 5))
	m.Global(wt.I32, true, wt.I32Const(-5))
	m.Global(wt.F64, false, wt.F64Const(0x3ff0000000000000))
	m.Tag(wt.In(wt.I32))
	start := m.Func(wt.In(), wt.Locals(3, wt.V128), wt.Block(wt.I32, wt.I32Const(300), wt.I32Const(1), wt.BrTable(0, 0, 1)), wt.Drop)
	m.Func(wt.In(wt.I32, wt.F32).Out(wt.I32, wt.I32), nil, wt.LocalGet(0), wt.LocalGet(0), wt.Load64(70_000), wt.I32WrapI64)
	m.Start(start)
	m.Elem(0, start, start)
	m.PassiveElem(start)
	m.DeclaredElem(start)
	m.Data(10, []byte("active"))
	m.PassiveData([]byte("passive"))
	m.Export("start", start)
	m.ExportMemory("memory")
	m.ExportGlobal("global", 1)
	m.ExportTable("table", 1)
	m.Name("every")
	m.NameFunc(start, "start")
	m.Custom("producers", []byte{1, 2, 3})
	return m.Bytes()
}

func TestDecode(t *testing.T) {
	b := everything()
	m, err := wasm.Decode(b, nil)
	require.NoError(t, err)
	require.Equal(t, b, wasm.Encode(m))
	require.Equal(t, 3, m.NumFuncs())
	require.Equal(t, 3, m.NumGlobals())
	require.Equal(t, []wasm.FuncType{{Params: []wasm.ValueType{wasm.I32}, Results: []wasm.ValueType{wasm.I64}}}[0].Equal(m.Types[m.Imports[0].Func]), true)
	g, ok := m.GlobalType(0)
	require.True(t, ok)
	require.Equal(t, wasm.GlobalType{Type: wasm.I32}, g)
	g, ok = m.GlobalType(1)
	require.True(t, ok)
	require.Equal(t, wasm.GlobalType{Type: wasm.I32, Mutable: true}, g)
	_, ok = m.GlobalType(3)
	require.False(t, ok)
	require.Equal(t, int32(-5), int32(m.Globals[0].Init.Imm))
	require.Equal(t, 1.0, m.Globals[1].Init.F64())
	table, ok := m.TableType(1)
	require.True(t, ok)
	require.Equal(t, wasm.TableType{Elem: wasm.Externref, Limit: wasm.Limit{Min: 1, Max: 5, HasMax: true}}, table)
	mem, ok := m.Memory()
	require.True(t, ok)
	require.Equal(t, wasm.Limit{Min: 1, Max: 2, HasMax: true}, mem)
	at, ok := m.EvalI32(m.Data[0].Offset)
	require.True(t, ok)
	require.EqualValues(t, 10, at)
	require.EqualValues(t, 3, m.Code[0].NumLocals)
	names, err := m.Names()
	require.NoError(t, err)
	require.Equal(t, "every", names.Module)
	name, ok := names.FuncName(1)
	require.True(t, ok)
	require.Equal(t, "start", name)
	var ops []string
	var in wasm.Instr
	r := m.Read(m.Code[0])
	for r.Next(&in) {
		ops = append(ops, in.Op.String())
		if in.Op == wasm.OpBrTable {
			labels := r.Labels(&in)
			var all []uint32
			for l, ok := labels.Next(); ok; l, ok = labels.Next() {
				all = append(all, l)
			}
			require.Equal(t, []uint32{0, 0, 1}, all)
		}
	}
	require.NoError(t, r.Err())
	require.Equal(t, []string{"block", "i32.const", "i32.const", "br_table", "end", "drop", "end"}, ops)
}

// TestPrefixes cuts a module everywhere: every prefix is a module of fewer sections, or is refused.
func TestPrefixes(t *testing.T) {
	b := everything()
	accepted := 0
	for n := range b {
		m, err := wasm.Decode(b[:n], nil)
		if err == nil {
			require.Equal(t, b[:n], wasm.Encode(m))
			accepted++
		}
	}
	require.Greater(t, accepted, 3)
	require.Less(t, accepted, 16)
}

// TestMutations changes bytes: no panic, and every error has a text.
func TestMutations(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	good := everything()
	for range 20_000 {
		b := bytes.Clone(good)
		for range 1 + rnd.IntN(3) {
			b[8+rnd.IntN(len(b)-8)] = byte(rnd.Uint32())
		}
		if m, err := wasm.Decode(b, nil); err != nil {
			require.Contains(t, err.Error(), "wasm: ")
		} else {
			wasm.Encode(m)
			for _, body := range m.Code {
				_ = walk(m, body)
			}
		}
	}
}

// section is a file of one section.
func section(id byte, content ...byte) []byte {
	return append([]byte(wt.Header), wt.Section(id, content)...)
}

func TestRefused(t *testing.T) {
	big := []byte{0xff, 0xff, 0xff, 0xff, 0x0f}
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"no file", nil, "not a WebAssembly file"},
		{"another version", []byte("\x00asm\x02\x00\x00\x00"), "unknown version"},
		{"a component", []byte("\x00asm\x0d\x00\x01\x00"), "component-model"},
		{"2^32-1 types", section(1, big...), "more types are declared"},
		{"2^32-1 imports", section(2, big...), "more imports are declared"},
		{"2^32-1 functions", section(3, big...), "more functions are declared"},
		{"2^32-1 tables", section(4, big...), "more tables are declared"},
		{"2^32-1 globals", section(6, big...), "more globals are declared"},
		{"2^32-1 exports", section(7, big...), "more exports are declared"},
		{"2^32-1 elements", section(9, big...), "more element segments are declared"},
		{"2^32-1 bodies", section(10, big...), "more bodies are declared"},
		{"2^32-1 data", section(11, big...), "more data segments are declared"},
		{"a count that is too long", section(1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00), "number too long"},
		{"a count above 32 bits", section(1, 0xff, 0xff, 0xff, 0xff, 0x1f), "number too long"},
		{"bytes behind the types", section(1, 0, 0), "bytes are left"},
		{"a section beyond the file", append([]byte(wt.Header), 1, 5, 0), "longer than the file"},
		{"a section twice", append(section(1, 0), 1, 1, 0), "out of order or there twice"},
		{"sections out of order", append(section(3, 0), 1, 1, 0), "out of order"},
		{"an unknown section", section(14, 0), "unknown section"},
		{"a name that is no UTF-8", section(0, 1, 0xff), "not valid UTF-8"},
		{"functions without bodies", append(section(1, 1, 0x60, 0, 0), 3, 2, 1, 0), "not as many bodies"},
		{"a minimum above the maximum", section(5, 1, 1, 2, 1), "maximum is smaller"},
		{"too many pages", section(5, 1, 0, 0x81, 0x80, 0x04), "larger than 65536 pages"},
		{"a shared memory", section(5, 1, 3, 1, 1), "threads"},
		{"a 64-bit memory", section(5, 1, 4, 1), "memory64"},
		{"two memories", section(5, 2, 0, 1, 0, 1), "multi-memory"},
		{"a struct type", section(1, 1, 0x5f, 0, 0), "gc"},
		{"a typed reference", section(1, 1, 0x60, 1, 0x63, 0, 0), "function-references"},
		{"a type index out of range", section(3, 1, 0), "type index is out of range"},
		{"an export out of range", section(7, 1, 1, 'a', 0, 0), "function index is out of range"},
		{"an expression that calls", section(6, 1, 0x7f, 0, 0x10, 0, 0x0b), "not allowed in a constant expression"},
		{"an expression without end", section(6, 1, 0x7f, 0, 0x41, 0), "does not end"},
		{"a segment without memory", section(11, 1, 0, 0x41, 0, 0x0b, 0), "memory index is out of range"},
	} {
		_, err := wasm.Decode(c.file, nil)
		require.ErrorContains(t, err, c.want, "it refuses %s", c.name)
	}
}

// TestSmallFilesStaySmall decodes hostile counts: what is allocated is bounded by the bytes that are there.
func TestSmallFilesStaySmall(t *testing.T) {
	var before, after runtime.MemStats
	for id := byte(1); id <= 13; id++ {
		file := section(id, append([]byte{0xff, 0xff, 0xff, 0xff, 0x0f}, make([]byte, 1000)...)...)
		runtime.ReadMemStats(&before)
		_, _ = wasm.Decode(file, nil)
		runtime.ReadMemStats(&after)
		require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(200_000), "section %d", id)
	}
}

func TestLimits(t *testing.T) {
	b := everything()
	for want, lim := range map[string]wasm.Limits{
		"types": {Types: 1}, "functions": {Functions: 1}, "tables": {Tables: 1}, "globals": {Globals: 1}, "exports": {Exports: 2},
		"element segments": {Elements: 1}, "items of an element segment": {ElementItems: 1}, "data segments": {DataSegments: 1},
		"parameters of a type": {Params: 1}, "results of a type": {Results: 1}, "bytes of a name": {NameBytes: 2},
		"custom sections": {Customs: 1},
	} {
		_, err := wasm.Decode(b, &lim)
		var e *wasm.LimitError
		require.ErrorAs(t, err, &e, want)
		require.Equal(t, want, e.What)
		require.Greater(t, e.Count, e.Limit)
	}
}

func TestInstructions(t *testing.T) {
	for want, code := range map[string]string{
		"threads": "\xfe\x10\x02\x00", "gc": "\xfb\x00\x00", "legacy-exceptions": "\x06\x40", "relaxed-simd": "\xfd\x80\x02",
		"function-references": "\x14\x00", "wide-arithmetic": "\xfc\x13", "multi-memory": "\x28\x42\x00\x00", "memory-control": "\xfc\x12\x00",
		"stack-switching": "\xe0\x00",
	} {
		m := wt.New()
		m.Memory(wt.AtLeast(1))
		m.Func(wt.In(), nil, wt.Code(code))
		mod, err := wasm.Decode(m.Bytes(), nil)
		require.NoError(t, err)
		var e *wasm.UnsupportedError
		require.ErrorAs(t, walk(mod, mod.Code[0]), &e, want)
		require.Equal(t, want, e.Proposal)
	}
	for _, code := range []string{"\x27", "\xff", "\xc5", "\xfc\x80\x80\x80\x80\x80\x00", "\x41\x80\x80\x80\x80\x80\x00", "\x0e\xff\xff\xff\xff\x0f\x00",
		"\x1c\xff\xff\xff\x0f", "\x44\x00\x00", "\x02\x80\x40\x7f", "\x2a\x80"} {
		m := wt.New()
		m.Func(wt.In(), nil, wt.Code(code))
		mod, err := wasm.Decode(m.Bytes(), nil)
		require.NoError(t, err)
		var e *wasm.Error
		require.ErrorAs(t, walk(mod, mod.Code[0]), &e, "%x", code)
	}
}

// TestSpecAgreement holds the suites of core 2.0 against the engine: what it accepts is read.
// TestNumbersOfVectorInstructions has them in the shortest form only: wazero reads the others as other instructions.
func TestNumbersOfVectorInstructions(t *testing.T) {
	for code, ok := range map[string]bool{
		"\x0c": true, "\x8c\x00": false, "\x8c\x80\x00": false, "\x8c\x80\x80\x80\x00": false,
		"\xe4\x01": true, "\xe4\x81\x00": false, "\xff\x01": true, "\x80\x01": true, "\x4d": true, "\xcd\x00": false,
	} {
		file := append([]byte("\xfd"+code), make([]byte, 16)...)
		m := &wasm.Module{File: file}
		r := m.ReadExpr(wasm.ConstExpr{End: len(file)})
		var in wasm.Instr
		require.Equal(t, ok, r.Next(&in), "%x", code)
		if !ok {
			require.ErrorContains(t, r.Err(), "shortest form", "%x", code)
		}
	}
}

func TestSpecAgreement(t *testing.T) {
	ctx := context.Background()
	rt := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfigInterpreter().WithCoreFeatures(api.CoreFeaturesV2))
	defer rt.Close(ctx)
	accepted := 0
	for i, f := range specFiles(t) {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		if i%3 != 0 || len(b) > 10_000 || strings.Contains(f, "typed-function-references") {
			continue
		}
		c, err := rt.CompileModule(ctx, b)
		if err != nil {
			continue
		}
		require.NoError(t, c.Close(ctx))
		accepted++
		m, err := wasm.Decode(b, nil)
		require.NoError(t, err, f)
		for _, body := range m.Code {
			require.NoError(t, walk(m, body), f)
		}
	}
	require.Greater(t, accepted, 500)
}
