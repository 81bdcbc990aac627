package meter_test

import (
	"testing"

	wt "github.com/pledge-wasm/pledge/internal/wasmtest"
	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

func withTailCalls(config func() wazero.RuntimeConfig) func() wazero.RuntimeConfig {
	return func() wazero.RuntimeConfig {
		return config().WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesTailCall)
	}
}

// deep are guests that recurse without end, counting the calls in memory at 0.
var deep = map[string]func() []byte{
	"itself": func() []byte {
		m := counting()
		f := m.Declare(wt.In())
		m.Define(f, nil, turn, wt.Call(f))
		m.Export("run", f)
		return m.Bytes()
	},
	"each other": func() []byte {
		m := counting()
		var fs []uint32
		for range 5 {
			fs = append(fs, m.Declare(wt.In()))
		}
		for i, f := range fs {
			m.Define(f, nil, turn, wt.Call(fs[(i+1)%5]), wt.Call(fs[(i+2)%5]))
		}
		m.Export("run", fs[0])
		return m.Bytes()
	},
	"through a table": func() []byte {
		m := counting()
		m.Table(wt.FuncRef, wt.AtLeast(1))
		f := m.Declare(wt.In())
		m.Define(f, nil, turn, wt.I32Const(0), wt.CallIndirect(m.Type(wt.In()), 0))
		m.Elem(0, f)
		m.Export("run", f)
		return m.Bytes()
	},
	"through a table and others between": func() []byte {
		m := counting()
		m.Table(wt.FuncRef, wt.AtLeast(1))
		f := m.Declare(wt.In())
		a := m.Declare(wt.In())
		b := m.Declare(wt.In())
		m.Define(f, wt.Locals(20, wt.I64), turn, wt.Call(a))
		m.Define(a, wt.Locals(50, wt.I64), wt.Call(b))
		m.Define(b, nil, wt.I32Const(0), wt.CallIndirect(m.Type(wt.In()), 0))
		m.Elem(0, f)
		m.Export("run", f)
		return m.Bytes()
	},
	"with 1000 locals": func() []byte {
		m := counting()
		f := m.Declare(wt.In(wt.I64).Out(wt.I64))
		var read wt.Code
		for i := range uint32(999) {
			read += wt.LocalGet(i+1) + wt.I64Add
		}
		m.Define(f, wt.Locals(1000, wt.I64), turn, wt.LocalGet(0), wt.LocalTee(5), wt.Call(f), read)
		m.Export("go", f)
		m.Export("run", m.Func(wt.In(), nil, wt.I64Const(1), wt.Call(f), wt.Drop))
		return m.Bytes()
	},
}

// TestStackStops runs guests that recurse without end: the budget ends them, at the same depth on both engines, and
// before the compiler's own limit.
func TestStackStops(t *testing.T) {
	for name, guest := range deep {
		t.Run("it stops calls of "+name, func(t *testing.T) {
			file := guest()
			depths := map[uint32]bool{}
			for _, config := range engines {
				r := &run{stack: 100_000} // the interpreter itself ends at 2000 calls
				r.start(t, config(), file)
				_, err := r.call("run")
				require.ErrorIs(t, err, errStack)
				n, _ := r.mod.Memory().ReadUint32Le(0)
				depths[n] = true
			}
			require.Len(t, depths, 1, "depths %v", depths)
			r := &run{stack: stackBudget}
			r.start(t, engines["compiler"](), file)
			_, err := r.call("run")
			require.ErrorIs(t, err, errStack, "the compiler's limit came first")
		})
	}
}

// TestFramesThatAreLeft recurses into functions that do much after their call: what all of them do then is bounded, since
// it has been paid for before and nobody looks at the budget while it is done.
func TestFramesThatAreLeft(t *testing.T) {
	for name, code := range map[string]func(m *wt.Module) wt.Code{
		"divisions": func(*wt.Module) wt.Code {
			return wt.Repeat(500, wt.LocalGet(0), wt.I32Const(3), wt.Op(0x70), wt.Drop)
		},
		"functions that callers pay for": func(m *wt.Module) wt.Code {
			return wt.Repeat(150, wt.Call(m.Func(wt.In(), wt.Locals(1, wt.I32), straight(40))))
		},
		"small functions": func(m *wt.Module) wt.Code {
			return wt.Call(quiet(m))
		},
	} {
		m := counting()
		after := code(m)
		f := m.Declare(wt.In(wt.I32))
		m.Define(f, nil, turn, wt.LocalGet(0), wt.Call(f), after)
		m.Export("run", f)
		m.Export("after", m.Func(wt.In(wt.I32), nil, after))
		r := &run{stack: 4 << 20}
		r.start(t, engines["compiler"](), m.Bytes())
		_, err := r.call("run", 1)
		require.ErrorIs(t, err, errStack, name)
		depth, _ := r.mod.Memory().ReadUint32Le(0)
		_, err = r.call("after", 1)
		require.NoError(t, err)
		require.Less(t, int64(depth)*r.used(), int64(10<<20), "%s: %d frames of %d", name, depth, r.used())
	}
}

// TestStackIsGivenBack leaves functions in every way.
func TestStackIsGivenBack(t *testing.T) {
	m := counting()
	pair := wt.In(wt.I32).Out(wt.I32, wt.I64)
	m.Table(wt.FuncRef, wt.AtLeast(1))
	typ := m.Type(pair)
	end := wt.Seq(wt.I32Const(1), wt.I64Const(2))
	recurse := func(f uint32) wt.Code {
		return wt.LocalGet(0) + wt.Op(0x04, 0x40) + wt.LocalGet(0) + wt.I32Const(1) + wt.I32Sub + wt.Call(f) + wt.Drop + wt.Drop + wt.End
	}
	ways := map[string]func(f uint32) wt.Code{
		"end":      func(f uint32) wt.Code { return end },
		"return":   func(f uint32) wt.Code { return end + wt.Return },
		"br":       func(f uint32) wt.Code { return wt.Block(wt.Empty, end, wt.Br(1)) + end },
		"br_if":    func(f uint32) wt.Code { return end + wt.I32Const(1) + wt.BrIf(0) },
		"br_table": func(f uint32) wt.Code { return wt.Block(wt.Empty, end, wt.LocalGet(0), wt.BrTable(1, 1, 1)) + end },
		"in loop":  func(f uint32) wt.Code { return wt.Loop(wt.Empty, end, wt.Return) + end },
		"tail call": func(f uint32) wt.Code {
			return wt.LocalGet(0) + wt.Op(0x04, 0x40) + wt.I32Const(0) + wt.ReturnCall(f) + wt.End + end
		},
		"tail call through a table": func(f uint32) wt.Code {
			return wt.LocalGet(0) + wt.Op(0x04, 0x40) + wt.I32Const(0) + wt.I32Const(0) + wt.Op(0x13, byte(typ), 0) + wt.End + end
		},
	}
	for name, code := range ways {
		f := m.Declare(pair)
		m.Define(f, nil, recurse(f), code(f))
		m.Elem(0, f)
		m.Export(name, f)
	}
	for _, config := range engines {
		r := &run{}
		r.start(t, withTailCalls(config)(), m.Bytes())
		for name := range ways {
			out, err := r.call(name, 6)
			require.NoError(t, err, name)
			require.Equal(t, []uint64{1, 2}, out, name)
			require.EqualValues(t, stackBudget, r.left().Stack(), name)
		}
	}
}

// TestTailCallsOfMany has tail calls whose arguments do not fit into registers, which a compiler may turn into calls: they
// count as such.
func TestTailCallsOfMany(t *testing.T) {
	m := counting()
	many := make([]wt.Type, 20)
	var args wt.Code
	for i := range many {
		many[i] = wt.I64
		args += wt.I64Const(int64(i))
	}
	f := m.Declare(wt.In(many...))
	m.Define(f, nil, turn, args, wt.ReturnCall(f))
	m.Export("run", m.Func(wt.In(), nil, args, wt.Call(f)))
	r := &run{stack: 1 << 20}
	r.start(t, withTailCalls(engines["compiler"])(), m.Bytes())
	_, err := r.call("run")
	require.ErrorIs(t, err, errStack)
}
