package meter_test

import (
	"testing"

	wt "github.com/pledge-wasm/pledge/internal/wasmtest"
	"github.com/stretchr/testify/require"
)

// endless are guests that run for ever unless they are stopped; each counts its turns in memory at 0.
var endless = map[string]func() []byte{
	"a loop": func() []byte {
		m := counting()
		m.Export("run", m.Func(wt.In(), nil, wt.Loop(wt.Empty, turn, wt.Br(0))))
		return m.Bytes()
	},
	"a loop that is left and entered again": func() []byte {
		m := counting()
		m.Export("run", m.Func(wt.In(), nil, wt.Loop(wt.Empty, wt.Block(wt.Empty, wt.Loop(wt.Empty, turn, wt.Br(1))), wt.Br(0))))
		return m.Bytes()
	},
	"a dispatch loop": func() []byte {
		m := counting()
		m.Export("run", m.Func(wt.In(wt.I32), nil, wt.Op(0x03, 0x40),
			wt.Block(wt.Empty, wt.Block(wt.Empty, wt.LocalGet(0), wt.BrTable(0, 1)), turn,
				wt.I32Const(1), wt.LocalSet(0), wt.Br(1)),
			turn, wt.I32Const(0), wt.LocalSet(0), wt.Br(0), wt.End))
		return m.Bytes()
	},
	"a loop by br_table": func() []byte {
		m := counting()
		m.Export("run", m.Func(wt.In(), nil, wt.Loop(wt.Empty, turn, wt.I32Const(7), wt.BrTable(0, 0))))
		return m.Bytes()
	},
	"tail calls": func() []byte {
		m := counting()
		f := m.Declare(wt.In())
		m.Define(f, nil, turn, wt.ReturnCall(f))
		m.Export("run", f)
		return m.Bytes()
	},
	"a doubling tree of calls": func() []byte {
		m := counting()
		f := m.Func(wt.In(), nil, turn)
		for range 60 {
			f = m.Func(wt.In(), nil, wt.Call(f), wt.Call(f))
		}
		m.Export("run", f)
		return m.Bytes()
	},
	"small functions in a row, past arms that nobody takes": func() []byte {
		m := counting()
		work, small := quiet(m), m.Func(wt.In(), wt.Locals(1, wt.I32), straight(40))
		arm := wt.I32Const(0) + wt.If(wt.Empty, wt.Repeat(200, wt.Call(small)))
		block := wt.Block(wt.Empty, wt.I32Const(1), wt.BrIf(0), wt.Repeat(200, wt.Call(small)))
		m.Export("run", m.Func(wt.In(), nil, wt.Loop(wt.Empty, turn, wt.Repeat(10, wt.Repeat(100, wt.Call(work)), arm, wt.Repeat(100, wt.Call(work)), block), wt.Br(0))))
		return m.Bytes()
	},
	"small functions in a row, in the parts of a dispatch loop": func() []byte {
		m := counting()
		work := quiet(m)
		var body wt.Code
		const parts = 20
		targets := make([]uint32, parts)
		for i := range uint32(parts) {
			targets[i] = i
			next, left := int32(i+1), parts-1-i
			if left == 0 {
				next = 0
			}
			body += wt.End + wt.Repeat(50, wt.Call(work)) + wt.I32Const(next) + wt.LocalSet(0) + wt.Br(left)
		}
		m.Export("run", m.Func(wt.In(), wt.Locals(1, wt.I32), turn, wt.Op(0x03, 0x40), wt.Repeat(parts, "\x02\x40"),
			wt.LocalGet(0), wt.BrTable(targets...), body, wt.End))
		return m.Bytes()
	},
	"small functions in a row through a table": func() []byte {
		m := counting()
		m.Table(wt.FuncRef, wt.AtLeast(1))
		work := quiet(m)
		m.Elem(0, work)
		m.Export("run", m.Func(wt.In(), nil, wt.Loop(wt.Empty, turn, wt.Repeat(500, wt.I32Const(0), wt.CallIndirect(m.Type(wt.In()), 0)), wt.Br(0))))
		return m.Bytes()
	},
	"work in frames that are left one after the other": func() []byte {
		m := counting()
		work := quiet(m)
		f := m.Declare(wt.In(wt.I32))
		m.Define(f, nil, wt.LocalGet(0), wt.If(wt.Empty, wt.LocalGet(0), wt.I32Const(1), wt.I32Sub, wt.Call(f)), wt.Repeat(4, wt.Call(work)))
		m.Export("run", m.Func(wt.In(), nil, wt.Loop(wt.Empty, turn, wt.I32Const(500), wt.Call(f), wt.Br(0))))
		return m.Bytes()
	},
	"a row of memory.fill in a loop": func() []byte {
		m := counting()
		fill := wt.Seq(wt.I32Const(64), wt.I32Const(1), wt.I32Const(1<<20), wt.MemoryFill)
		m.Export("run", m.Func(wt.In(), nil, wt.Loop(wt.Empty, turn, wt.Repeat(10, fill), wt.Br(0))))
		return m.Bytes()
	},
	"growth that fails": func() []byte {
		m := counting()
		m.Export("run", m.Func(wt.In(), nil, wt.Loop(wt.Empty, turn, wt.I32Const(1), wt.MemoryGrow, wt.Drop, wt.Br(0))))
		return m.Bytes()
	},
}

// quiet defines a function of type () -> () that costs 1,700 with what it calls, and is too small to look at the budget.
func quiet(m *wt.Module) uint32 {
	return m.Func(wt.In(), nil, wt.Repeat(6, wt.Call(m.Func(wt.In(), wt.Locals(1, wt.I32), straight(280)))))
}

// straight is code without branches that costs n fuel.
func straight(n int) wt.Code {
	return wt.Repeat(n/4, wt.LocalGet(0), wt.I32Const(1), wt.I32Add, wt.LocalSet(0))
}

// turn adds one to the counter.
var turn = wt.Seq(wt.I32Const(0), wt.I32Const(0), wt.Load32(0), wt.I32Const(1), wt.I32Add, wt.Store32(0))

func counting() *wt.Module {
	m := wt.New()
	m.Memory(wt.Between(17, 20))
	m.ExportMemory("memory")
	return m
}

// TestFuelStops runs endless guests: each stops when its fuel is used up, at the same turn whatever the slice and the
// engine, and runs past the end of a slice by no more than what is done between two looks at the budget.
func TestFuelStops(t *testing.T) {
	for name, guest := range endless {
		t.Run("it stops "+name, func(t *testing.T) {
			file := guest()
			turns := map[uint32]bool{}
			used := map[int64]bool{}
			for engine, config := range engines {
				for _, slice := range []int32{1000, 1 << 14, 1 << 20} {
					if name == "tail calls" {
						config = withTailCalls(config)
					}
					r := &run{slice: slice, limit: 300_000}
					r.start(t, config(), file)
					var args []uint64
					if name == "a dispatch loop" {
						args = []uint64{0}
					}
					_, err := r.call("run", args...)
					require.ErrorIs(t, err, errFuel, engine)
					n, _ := r.mod.Memory().ReadUint32Le(0)
					turns[n] = true
					used[r.used()] = true
					require.Less(t, -r.lowest, int32(20_000), "fuel below zero")
					if slice == 1000 {
						require.Greater(t, r.slices, 10)
					}
				}
			}
			require.Len(t, turns, 1, "it stops at different turns: %v", turns)
			require.Len(t, used, 1, "it uses different fuel: %v", used)
		})
	}
}

// TestStraightLine runs a body of a megabyte: the budget is looked at within it.
func TestStraightLine(t *testing.T) {
	m := counting()
	m.Export("run", m.Func(wt.In(), nil, wt.Repeat(60_000, turn)))
	r := &run{slice: 1000, limit: 200_000}
	r.start(t, engines["interpreter"](), m.Bytes())
	_, err := r.call("run")
	require.ErrorIs(t, err, errFuel)
	require.Less(t, -r.lowest, int32(2*8192+100))
}
