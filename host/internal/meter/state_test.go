package meter_test

import (
	"strings"
	"testing"

	"github.com/pledge-wasm/pledge/host/internal/meter"
	"github.com/pledge-wasm/pledge/host/internal/wasm"
	wt "github.com/pledge-wasm/pledge/internal/wasmtest"
	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
)

// TestDirty runs instructions that change state outside of memory and numeric globals, and some that do not.
func TestDirty(t *testing.T) {
	null := wt.RefNullFunc
	for _, c := range []struct {
		name  string
		code  wt.Code
		dirty bool
	}{
		{"nothing", wt.Nop, false},
		{"memory.grow", wt.I32Const(1) + wt.MemoryGrow + wt.Drop, false},
		{"memory.fill", wt.I32Const(1) + wt.I32Const(1) + wt.I32Const(1) + wt.MemoryFill, false},
		{"memory.init", wt.I32Const(1) + wt.I32Const(0) + wt.I32Const(1) + wt.MemoryInit(0), false},
		{"global.set i32", wt.I32Const(1) + wt.GlobalSet(0), false},
		{"global.set v128", wt.Prefixed(0xfd, 12, make([]byte, 16)...) + wt.GlobalSet(1), true},
		{"global.set funcref", null + wt.GlobalSet(2), true},
		{"table.get", wt.I32Const(0) + wt.TableGet(0) + wt.Drop, false},
		{"table.set", wt.I32Const(0) + null + wt.TableSet(0), true},
		{"table.fill", wt.I32Const(0) + null + wt.I32Const(1) + wt.TableFill(0), true},
		{"table.copy", wt.I32Const(0) + wt.I32Const(1) + wt.I32Const(1) + wt.TableCopy(0, 0), true},
		{"table.init", wt.I32Const(0) + wt.I32Const(0) + wt.I32Const(1) + wt.TableInit(1, 0), true},
		{"table.grow", null + wt.I32Const(1) + wt.TableGrow(0) + wt.Drop, true},
		{"elem.drop passive", wt.ElemDrop(1), true},
		{"elem.drop active", wt.ElemDrop(0), false},
		{"data.drop passive", wt.DataDrop(0), true},
		{"data.drop active", wt.DataDrop(1), false},
	} {
		m := wt.New()
		m.Memory(wt.Between(1, 3))
		m.Global(wt.I32, true, wt.I32Const(0))
		m.Global(wt.V128, true, wt.Prefixed(0xfd, 12, make([]byte, 16)...))
		m.Global(wt.FuncRef, true, null)
		m.Table(wt.FuncRef, wt.AtLeast(4))
		m.PassiveData([]byte("passive"))
		m.Data(0, []byte("active"))
		f := m.Func(wt.In(), nil, c.code)
		m.Elem(0, f)
		m.PassiveElem(f)
		m.Export("run", f)
		r := &run{}
		r.start(t, wazero.NewRuntimeConfigInterpreter(), m.Bytes())
		require.Equal(t, c.dirty, r.res.Facts.CanDirty, c.name)
		flag := r.mod.ExportedGlobal(meter.ExportDirty)
		require.Zero(t, flag.Get(), c.name)
		_, err := r.call("run")
		require.NoError(t, err, c.name)
		require.Equal(t, c.dirty, flag.Get() != 0, "it marks %s", c.name)
	}
}

// TestResult looks at what the host is told.
func TestResult(t *testing.T) {
	m := wt.New()
	imported := m.Import("pledge_v1", "log", wt.In(wt.I32, wt.I32, wt.I32))
	m.Memory(wt.Between(2, 5))
	m.Global(wt.I64, false, wt.I64Const(1))
	m.Global(wt.I64, true, wt.I64Const(2))
	m.Global(wt.F32, true, wt.Op(0x43, 0, 0, 0x80, 0x3f))
	m.Global(wt.FuncRef, true, wt.RefNullFunc)
	m.Data(70_000, []byte("first"))
	m.PassiveData([]byte("second"))
	m.Data(3, []byte("third"))
	start := m.Func(wt.In(), nil, wt.I64Const(9), wt.GlobalSet(1))
	m.Start(start)
	m.Export("run", m.Func(wt.In(), nil, wt.I32Const(0), wt.I32Const(0), wt.I32Const(0), wt.Call(imported)))
	file := m.Bytes()
	mod, err := wasm.Decode(file, nil)
	require.NoError(t, err)
	res, err := meter.Rewrite(mod, meter.Options{})
	require.NoError(t, err)
	require.Equal(t, []meter.Segment{{Offset: 70_000, Bytes: []byte("first")}, {Offset: 3, Bytes: []byte("third")}}, res.Data)
	require.Equal(t, []meter.Global{{Export: "pledge_v1_g1", Type: wasm.I64}, {Export: "pledge_v1_g2", Type: wasm.F32}}, res.Globals)
	require.True(t, res.HasStart)
	require.Equal(t, wasm.Limit{Min: 2, Max: 5, HasMax: true}, res.Facts.Memory)
	out, err := wasm.Decode(res.Module, nil)
	require.NoError(t, err)
	require.False(t, out.HasStart)
	require.Len(t, out.Data, 3)
	for i, d := range out.Data {
		require.Equal(t, wasm.Passive, d.Mode)
		require.Equal(t, i == 1, len(d.Init) > 0)
	}
}

// TestNames traps in a named function: the trace must carry the author's names.
func TestNames(t *testing.T) {
	m := counting()
	f := m.Func(wt.In(), nil, turn, wt.Unreachable)
	g := m.Func(wt.In(), nil, turn, wt.Call(f))
	m.Export("run", g)
	m.Name("module")
	m.NameFunc(f, "authors_trap")
	m.NameFunc(g, "authors_caller")
	for _, config := range engines {
		r := &run{}
		r.start(t, config(), m.Bytes())
		_, err := r.call("run")
		require.ErrorContains(t, err, "authors_trap()")
		require.ErrorContains(t, err, "authors_caller()")
	}
}

// TestRefuses has modules that are not rewritten.
func TestRefuses(t *testing.T) {
	body := func(code ...wt.Code) func(m *wt.Module) {
		return func(m *wt.Module) { m.Export("run", m.Func(wt.In(), nil, code...)) }
	}
	for want, build := range map[string]func(m *wt.Module){
		`exports the reserved name "pledge_v1_budget"`: func(m *wt.Module) { m.Export(meter.ExportBudget, m.Func(wt.In(), nil)) },
		`exports the reserved name "pledge_v1_g7"`:     func(m *wt.Module) { m.Export("pledge_v1_g7", m.Func(wt.In(), nil)) },
		"reserved module pledge_v1_rt":                 func(m *wt.Module) { m.Import(meter.ImportModule, "slice", wt.In()) },
		"depends on an import": func(m *wt.Module) {
			m.ImportGlobal("env", "base", wt.I32, false)
			m.DataAt(wt.GlobalGet(0), []byte("x"))
		},
		"local index is out of range":        body(wt.LocalGet(0), wt.Drop),
		"global index is out of range":       body(wt.GlobalGet(0), wt.Drop),
		"function index is out of range":     body(wt.Call(1)),
		"label is out of range":              body(wt.Br(1)),
		"type index is out of range":         body(wt.I32Const(0), wt.CallIndirect(9, 0)),
		"table index is out of range":        body(wt.I32Const(0), wt.CallIndirect(0, 0)),
		"data segment index is out of range": body(wt.DataDrop(0)),
		"element segment index is out":       body(wt.ElemDrop(0)),
		"named nowhere":                      func(m *wt.Module) { m.Func(wt.In(), nil, wt.RefFunc(0), wt.Drop) },
		"else without if":                    body(wt.Block(wt.Empty, wt.Else)),
		"after the end":                      body(wt.End),
		"a block does not end":               body(wt.Op(0x02, 0x40)),
		"more than 50000 locals":             func(m *wt.Module) { m.Func(wt.In(), wt.Locals(50_001, wt.I32)) },
		"grows too much":                     body(wt.Repeat(200_000, wt.Loop(wt.Empty))),
		"exception handling is not metered": func(m *wt.Module) {
			m.Tag(wt.In())
			m.Func(wt.In(), nil, wt.Op(0x08, 0))
		},
	} {
		m := counting()
		build(m)
		mod, err := wasm.Decode(m.Bytes(), nil)
		require.NoError(t, err, want)
		_, err = meter.Rewrite(mod, meter.Options{})
		var e *meter.Error
		require.ErrorAs(t, err, &e, want)
		require.ErrorContains(t, err, want)
		require.True(t, strings.HasPrefix(err.Error(), "meter: "))
	}
}

// TestBudget has the worked examples.
func TestBudget(t *testing.T) {
	require.EqualValues(t, 0x0000_0001_0000_0005, meter.MakeBudget(1, 5))
	require.EqualValues(t, 0x0000_0000_ffff_ffff, meter.MakeBudget(1, -1))
	for _, c := range [][2]int32{{0, 0}, {1, 5}, {1, -1}, {-7, 3}, {-7, -3}, {1<<31 - 1, 1<<31 - 1}, {1 << 20, -1 << 31}} {
		b := meter.MakeBudget(c[0], c[1])
		require.Equal(t, c, [2]int32{b.Stack(), b.Fuel()})
	}
}
