package meter_test

import (
	"math"
	"runtime"
	"testing"
	"time"

	wt "github.com/pledge-wasm/pledge/internal/wasmtest"
	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
)

// mixes are loops over one kind of instruction each, such as take the longest for their weight. Local 0 is the number of
// turns, 1 and 2 are i32 and 3 and 4 i64.
var mixes = map[string]wt.Code{
	"add":           wt.Repeat(20, wt.LocalGet(3), wt.LocalGet(4), wt.I64Add, wt.LocalSet(3)),
	"mul":           wt.Repeat(20, wt.LocalGet(3), wt.LocalGet(4), wt.I64Mul, wt.LocalSet(3)),
	"i32.div_u":     wt.Repeat(20, wt.LocalGet(1), wt.I32Const(-1), wt.I32Or, wt.LocalGet(1), wt.I32Const(1), wt.I32Or, wt.I32DivU, wt.LocalSet(1)),
	"i64.rem_u":     wt.Repeat(20, wt.I64Const(-5), wt.LocalGet(3), wt.I64Const(3), wt.I64Or, wt.Op(0x82), wt.LocalSet(3)),
	"f64.sqrt":      wt.Repeat(20, wt.LocalGet(3), wt.F64ReinterpretI64, wt.F64Sqrt, wt.F64Sqrt, wt.F64Sqrt, wt.I64ReinterpretF64, wt.LocalSet(3)),
	"f64.div":       wt.Repeat(20, wt.LocalGet(3), wt.F64ReinterpretI64, wt.F64Const(0x3ff8000000000000), wt.F64Div, wt.I64ReinterpretF64, wt.LocalSet(3)),
	"f64.max":       wt.Repeat(20, wt.LocalGet(3), wt.F64ReinterpretI64, wt.F64Const(0x3ff8000000000000), wt.Op(0xa5), wt.I64ReinterpretF64, wt.LocalSet(3)),
	"f64.nearest":   wt.Repeat(20, wt.LocalGet(3), wt.F64ReinterpretI64, wt.Op(0x9e), wt.Op(0x9b), wt.I64ReinterpretF64, wt.LocalSet(3)),
	"trunc_sat":     wt.Repeat(20, wt.LocalGet(3), wt.F64ReinterpretI64, wt.Prefixed(0xfc, 7), wt.LocalSet(3)),
	"convert_i64_u": wt.Repeat(20, wt.LocalGet(3), wt.Op(0xba), wt.I64ReinterpretF64, wt.LocalSet(3)),
	"popcnt":        wt.Repeat(20, wt.LocalGet(3), wt.Op(0x7b), wt.LocalSet(3)),
	"load":          wt.Repeat(20, wt.LocalGet(1), wt.Load32(0), wt.LocalSet(1)),
	// The next address depends on what was read: each is a miss of every cache.
	"load, far apart": wt.Repeat(20, wt.LocalGet(1), wt.I32Const(1103515245), wt.I32Mul, wt.I32Const(12345), wt.I32Add, wt.LocalTee(1),
		wt.I32Const(0x3fffff8), wt.I32And, wt.Load32(0), wt.LocalGet(1), wt.I32Add, wt.LocalSet(1)),
	"store":         wt.Repeat(20, wt.LocalGet(1), wt.LocalGet(1), wt.Store32(0)),
	"call":          wt.Repeat(20, wt.LocalGet(3), wt.Call(0), wt.LocalSet(3)),
	"call_indirect": wt.Repeat(20, wt.LocalGet(3), wt.I32Const(0), wt.CallIndirect(0, 0), wt.LocalSet(3)),
	"br_table":      wt.Repeat(20, wt.Block(wt.Empty, wt.Block(wt.Empty, wt.Block(wt.Empty, wt.LocalGet(2), wt.LocalGet(1), wt.I32Mul, wt.I32Const(12345), wt.I32Add, wt.LocalTee(2), wt.I32Const(13), wt.I32ShrU, wt.I32Const(3), wt.I32And, wt.BrTable(0, 1, 2, 2)), wt.LocalGet(3), wt.I64Const(3), wt.I64Mul, wt.LocalSet(3)))),
	"memory.fill 1": wt.Repeat(20, wt.I32Const(64), wt.I32Const(1), wt.I32Const(1), wt.MemoryFill),
	"memory.fill":   wt.Seq(wt.I32Const(64), wt.I32Const(1), wt.I32Const(1<<22), wt.MemoryFill),
	"memory.copy":   wt.Seq(wt.I32Const(1<<24), wt.I32Const(64), wt.I32Const(1<<22), wt.MemoryCopy),
	"memory.grow 0": wt.Repeat(20, wt.I32Const(0), wt.MemoryGrow, wt.Drop),
	"table.fill":    wt.Seq(wt.I32Const(0), wt.RefNullFunc, wt.I32Const(50_000), wt.TableFill(0)),
	"table.get":     wt.Repeat(20, wt.I32Const(1), wt.TableGet(0), wt.Drop),
	"ref.func":      wt.Repeat(20, wt.RefFunc(0), wt.Drop),
	"i64x2.mul":     wt.Repeat(20, wt.LocalGet(5), wt.LocalGet(5), wt.Prefixed(0xfd, 0xd5), wt.LocalSet(5)),
	"f64x2.sqrt":    wt.Repeat(20, wt.LocalGet(5), wt.Prefixed(0xfd, 0xef), wt.LocalSet(5)),
	"f32x4.div":     wt.Repeat(20, wt.LocalGet(5), wt.LocalGet(5), wt.Prefixed(0xfd, 0xe7), wt.LocalSet(5)),
	"i8x16.shl":     wt.Repeat(20, wt.LocalGet(5), wt.LocalGet(1), wt.Prefixed(0xfd, 107), wt.LocalSet(5)),
	"i8x16.popcnt":  wt.Repeat(20, wt.LocalGet(5), wt.Prefixed(0xfd, 98), wt.LocalSet(5)),
	"trunc_sat x4":  wt.Repeat(20, wt.LocalGet(5), wt.Prefixed(0xfd, 0xf9), wt.LocalSet(5)),
}

// BenchmarkWeights prints how long a million fuel takes for each mix. It fails above what a slice may take at worst.
func BenchmarkWeights(b *testing.B) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	worst, worstName := time.Duration(0), ""
	for name, code := range mixes {
		m := wt.New()
		m.Memory(wt.Between(1025, 1026))
		m.Table(wt.FuncRef, wt.AtLeast(60_000))
		f := m.Func(wt.In(wt.I64).Out(wt.I64), nil, wt.Repeat(40, wt.LocalGet(0), wt.I64Const(5), wt.I64Add, wt.LocalSet(0)), wt.LocalGet(0))
		m.Elem(0, f)
		g := m.Func(wt.In(wt.I32).Out(wt.I64), []wt.Local{{N: 2, Type: wt.I32}, {N: 2, Type: wt.I64}, {N: 1, Type: wt.V128}},
			wt.I64Const(0x4004_5678_9abc_def1), wt.LocalSet(3), wt.I32Const(77), wt.LocalSet(1), wt.I64Const(77), wt.LocalSet(4),
			wt.Loop(wt.Empty, code, wt.LocalGet(0), wt.I32Const(1), wt.I32Sub, wt.LocalTee(0), wt.BrIf(0)), wt.LocalGet(3),
			wt.LocalGet(1), wt.I64ExtendI32U, wt.I64Add, wt.LocalGet(5), wt.Prefixed(0xfd, 29, 0), wt.I64Add)
		m.Export("run", g)
		r := &run{slice: math.MaxInt32 >> 1}
		r.start(b, wazero.NewRuntimeConfigCompiler(), m.Bytes())
		turns := uint64(1)
		for {
			_, err := r.call("run", turns)
			require.NoError(b, err)
			if r.used() > 2_000_000 {
				break
			}
			turns *= 2
		}
		best := time.Duration(math.MaxInt64)
		for range 5 {
			start := threadTime()
			_, err := r.call("run", turns)
			require.NoError(b, err)
			best = min(best, threadTime()-start)
		}
		per := time.Duration(float64(best) * 1e6 / float64(r.used()))
		b.Logf("%-16s %8v for a million fuel", name, per.Round(time.Microsecond))
		if per > worst {
			worst, worstName = per, name
		}
	}
	b.Logf("worst: %s, %v", worstName, worst)
	b.ReportMetric(float64(worst.Microseconds()), "us/Mfuel")
}
