package host_test

import (
	wt "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// traces is a guest with one task to dirty every place that a task can reach,
// and one to look at every place for a trace of that. Tasks that dirty are
// named "dirty ...", those that look "look ...".
type traces struct {
	*wt.Guest
	names []string

	// Globals and tables by index.
	i32, i64, f32, f64, vec, fun, ext uint32
	calls, ends, externs              uint32
	// Segments and functions.
	data, elem uint32
	fs         [3]uint32
	// Imports.
	take, ask, log                                          uint32
	fdstat, setflags, closeFD, renumber, now, random, write uint32
}

// The words in memory that functions use: behind what the builder's own do.
const (
	scratch = 64
	answer  = 512
)

func newTraces() *traces {
	g := wt.NewGuest()
	s := &traces{Guest: g}
	g.MemoryLimits = wt.AtLeast(5)
	s.ask, s.take, s.log = g.Host("call"), g.Host("take"), g.Host("log")
	i32s := func(n int) wt.Sig {
		p := make([]wt.Type, n)
		for i := range p {
			p[i] = wt.I32
		}
		return wt.In(p...).Out(wt.I32)
	}
	s.fdstat, s.setflags = g.WASI("fd_fdstat_get", i32s(2)), g.WASI("fd_fdstat_set_flags", i32s(2))
	s.closeFD, s.renumber = g.WASI("fd_close", i32s(1)), g.WASI("fd_renumber", i32s(2))
	s.now = g.WASI("clock_time_get", wt.In(wt.I32, wt.I64, wt.I32).Out(wt.I32))
	s.random, s.write = g.WASI("random_get", i32s(2)), g.WASI("fd_write", i32s(4))

	s.i32, s.i64 = g.Global(wt.I32, true, wt.I32Const(11)), g.Global(wt.I64, true, wt.I64Const(12))
	s.f32 = g.Global(wt.F32, true, wt.Op(0x43, 0, 0, 0x80, 0x3f)) // 1
	s.f64 = g.Global(wt.F64, true, wt.F64Const(0x3ff0000000000000))
	s.vec = g.Global(wt.V128, true, v128(7, 8))
	s.ext = g.Global(wt.ExternRef, true, wt.Op(0xd0, byte(wt.ExternRef)))
	for i := range s.fs {
		s.fs[i] = g.Func(wt.In().Out(wt.I64), nil, wt.I64Const(int64(100+i)))
	}
	s.fun = g.Global(wt.FuncRef, true, wt.RefFunc(s.fs[0]))
	s.calls = g.Table(wt.FuncRef, wt.AtLeast(8))
	s.ends = g.Table(wt.FuncRef, wt.AtLeast(4))
	s.externs = g.Table(wt.ExternRef, wt.AtLeast(4))
	g.Elem(0, s.fs[0], s.fs[1])
	s.data = g.PassiveData([]byte("passive data that was not dropped"))
	s.elem = g.PassiveElem(s.fs[2], s.fs[1])

	s.dirtiers()
	s.lookers()
	return s
}

// v128 pushes a vector of two numbers.
func v128(lo, hi byte) wt.Code {
	return wt.Prefixed(0xfd, 12, lo, 0, 0, 0, 0, 0, 0, 0, hi, 0, 0, 0, 0, 0, 0, 0)
}

// null pushes the span of [0, null], written anew because the constants may be
// gone.
func null() wt.Code {
	return wt.Seq(wt.I32Const(answer), wt.I32Const(0xf60082), wt.Store32(0), wt.I64Const(answer<<32|3))
}

func (s *traces) task(name string, locals []wt.Local, code ...wt.Code) {
	s.names = append(s.names, name)
	s.Task(name, s.Func(wt.CallSig, locals, code...))
}

// dirty adds a task that runs code, which leaves nothing, and answers null.
func (s *traces) dirty(name string, code ...wt.Code) {
	s.task("dirty "+name, nil, wt.Seq(code...), null())
}

func (s *traces) dirtiers() {
	i32 := wt.I32Const
	all := wt.Seq(i32(0), i32(0xa5), wt.MemorySize, i32(16), wt.I32Shl, wt.MemoryFill)
	s.dirty("all memory", all)
	s.task("dirty all memory and trap", nil, all, wt.Unreachable)
	s.dirty("the last byte", wt.MemorySize, i32(16), wt.I32Shl, i32(1), wt.I32Sub, i32(1), wt.Store8(0))
	s.dirty("a byte of every page",
		wt.I32Const(0), wt.GlobalSet(s.i32),
		wt.Loop(wt.Empty,
			wt.GlobalGet(s.i32), i32(0xee), wt.Store8(1000),
			wt.GlobalGet(s.i32), i32(4096), wt.I32Add, wt.GlobalSet(s.i32),
			wt.GlobalGet(s.i32), wt.MemorySize, i32(16), wt.I32Shl, wt.I32LtU, wt.BrIf(0)))
	s.dirty("the constants and the buffer", i32(1024), i32(0), i32(128<<10), wt.MemoryCopy)
	s.dirty("memory size", i32(1), wt.MemoryGrow, wt.Drop)
	s.dirty("memory size and contents", i32(3), wt.MemoryGrow, wt.Drop, all)
	s.dirty("an i32 global", i32(-1), wt.GlobalSet(s.i32))
	s.dirty("an i64 global", wt.I64Const(-1), wt.GlobalSet(s.i64))
	s.dirty("an f32 global", wt.Op(0x43, 1, 0, 0xc0, 0x7f), wt.GlobalSet(s.f32)) // a NaN with a payload
	s.dirty("an f64 global", wt.F64Const(0x7ff8000000000001), wt.GlobalSet(s.f64))
	s.dirty("a v128 global", v128(9, 10), wt.GlobalSet(s.vec))
	s.dirty("a funcref global", wt.RefNullFunc, wt.GlobalSet(s.fun))
	s.dirty("an externref global", wt.Op(0xd0, byte(wt.ExternRef)), wt.GlobalSet(s.ext))
	s.dirty("table.set", i32(5), wt.RefFunc(s.fs[2]), wt.TableSet(s.calls))
	s.dirty("table.set of null", i32(0), wt.RefNullFunc, wt.TableSet(s.calls))
	s.dirty("table.fill", i32(0), wt.RefFunc(s.fs[2]), i32(8), wt.TableFill(s.calls))
	s.dirty("table.copy", i32(2), i32(0), i32(2), wt.TableCopy(s.calls, s.calls))
	s.dirty("table.copy to another table", i32(0), i32(0), i32(2), wt.TableCopy(s.ends, s.calls))
	s.dirty("table.init", i32(6), i32(0), i32(2), wt.TableInit(s.elem, s.calls))
	s.dirty("table.grow", wt.RefNullFunc, i32(1), wt.TableGrow(s.ends), wt.Drop)
	s.dirty("table.grow of externs", wt.Op(0xd0, byte(wt.ExternRef)), i32(1), wt.TableGrow(s.externs), wt.Drop)
	s.dirty("data.drop", wt.DataDrop(s.data))
	s.dirty("elem.drop", wt.ElemDrop(s.elem))
	s.dirty("a closed descriptor", i32(1), wt.Call(s.closeFD), wt.Drop)
	s.dirty("a renumbered descriptor", i32(3), i32(2), wt.Call(s.renumber), wt.Drop)
	s.dirty("descriptor flags", i32(1), i32(1), wt.Call(s.setflags), wt.Drop)
	s.dirty("the clock", wt.Repeat(9, i32(0), wt.I64Const(1), i32(scratch), wt.Call(s.now), wt.Drop))
	s.dirty("randomness", i32(scratch), i32(64), wt.Call(s.random), wt.Drop)
	s.dirty("half a line of output", i32(0), s.print("half a line"), wt.Drop, wt.Drop)
	s.dirty("a log", i32(2), i32(int32(s.Const([]byte("warning")))), i32(7), wt.Call(s.log))
	ask := s.Const([]byte("\x82\x68progress\xf6"))
	s.dirty("responses not taken", wt.Repeat(3, i32(int32(ask)), i32(11), wt.Call(s.ask), wt.Drop))
	s.task("dirty deep stack", nil, wt.I64Const(20_000), wt.Call(s.deep()), wt.Drop, null())
	s.task("dirty endless stack", nil, wt.I64Const(1<<40), wt.Call(s.deep()), wt.Drop, null())
}

// deep is a function (n) that calls itself n times.
func (s *traces) deep() uint32 {
	f := s.Declare(wt.In(wt.I64).Out(wt.I64))
	s.Define(f, nil, wt.LocalGet(0), wt.I64Eqz, wt.If(wt.Empty, wt.I64Const(0), wt.Return),
		wt.LocalGet(0), wt.I64Const(1), wt.I64Sub, wt.Call(f), wt.I64Const(1), wt.I64Add)
	return f
}

// print writes text to stdout and pushes the errno.
func (s *traces) print(text string) wt.Code {
	at := s.Const([]byte(text))
	return wt.Seq(
		wt.I32Const(scratch), wt.I32Const(int32(at)), wt.Store32(0),
		wt.I32Const(scratch), wt.I32Const(int32(len(text))), wt.Store32(4),
		wt.I32Const(1), wt.I32Const(scratch), wt.I32Const(1), wt.I32Const(scratch+8), wt.Call(s.write))
}

func (s *traces) lookers() {
	i32 := wt.I32Const
	number := s.Number()
	look := func(name string, locals []wt.Local, code ...wt.Code) {
		s.task("look at "+name, locals, wt.Seq(code...), wt.Call(number))
	}
	const at, end, sum = 2, 3, 4
	mix := func(value wt.Code) wt.Code { // one more value into the sum
		return wt.Seq(wt.LocalGet(sum), wt.I64Const(1099511628211), wt.I64Mul, value, wt.I64Xor, wt.LocalSet(sum))
	}
	locals := []wt.Local{{N: 2, Type: wt.I32}, {N: 1, Type: wt.I64}}
	memory := wt.Seq(
		wt.MemorySize, i32(16), wt.I32Shl, wt.LocalSet(end),
		wt.Loop(wt.Empty,
			mix(wt.Seq(wt.LocalGet(at), wt.Load64(0))),
			wt.LocalGet(at), i32(8), wt.I32Add, wt.LocalTee(at), wt.LocalGet(end), wt.I32LtU, wt.BrIf(0)))
	look("all memory", locals, memory, wt.LocalGet(sum))
	look("memory size", nil, wt.MemorySize, wt.I64ExtendI32U)
	isNull := wt.Seq("\xd1", wt.I64ExtendI32U)
	lane := func(n byte) wt.Code { return wt.Seq(wt.GlobalGet(s.vec), wt.Prefixed(0xfd, 29, n)) }
	look("globals", locals,
		mix(wt.Seq(wt.GlobalGet(s.i32), wt.I64ExtendI32U)), mix(wt.GlobalGet(s.i64)),
		mix(wt.Seq(wt.GlobalGet(s.f32), wt.Op(0xbc), wt.I64ExtendI32U)), // i32.reinterpret_f32
		mix(wt.Seq(wt.GlobalGet(s.f64), wt.I64ReinterpretF64)),
		mix(lane(0)), mix(lane(1)),
		mix(wt.Seq(wt.GlobalGet(s.fun), isNull)), mix(wt.Seq(wt.GlobalGet(s.ext), isNull)),
		wt.LocalGet(sum))

	// What is called tells which function it is.
	typ := s.Type(wt.In().Out(wt.I64))
	element := func(table uint32) wt.Code {
		return wt.Seq(
			wt.LocalGet(at), wt.TableGet(table), "\xd1",
			wt.If(wt.I64, wt.I64Const(1), wt.Else, wt.LocalGet(at), wt.CallIndirect(typ, table)))
	}
	tableOf := func(table uint32, element wt.Code) wt.Code {
		return wt.Seq(i32(0), wt.LocalSet(at), mix(wt.Seq(wt.TableSize(table), wt.I64ExtendI32U)),
			wt.Loop(wt.Empty, mix(element),
				wt.LocalGet(at), i32(1), wt.I32Add, wt.LocalTee(at), wt.TableSize(table), wt.I32LtU, wt.BrIf(0)))
	}
	look("tables", locals,
		tableOf(s.calls, element(s.calls)), tableOf(s.ends, element(s.ends)),
		tableOf(s.externs, wt.Seq(wt.LocalGet(at), wt.TableGet(s.externs), isNull)),
		wt.LocalGet(sum))
	look("the data segment", nil,
		i32(scratch), i32(0), i32(33), wt.MemoryInit(s.data), i32(scratch), wt.Load64(20))
	look("the element segment", nil,
		i32(3), i32(0), i32(2), wt.TableInit(s.elem, s.calls), i32(3), wt.CallIndirect(typ, s.calls))

	look("descriptors", locals,
		wt.Loop(wt.Empty,
			i32(scratch), i32(0), i32(24), wt.MemoryFill,
			mix(wt.Seq(wt.LocalGet(at), i32(scratch), wt.Call(s.fdstat), wt.I64ExtendI32U)),
			mix(wt.Seq(i32(scratch), wt.Load64(0))), mix(wt.Seq(i32(scratch), wt.Load64(8))),
			wt.LocalGet(at), i32(1), wt.I32Add, wt.LocalTee(at), i32(10), wt.I32LtU, wt.BrIf(0)),
		wt.LocalGet(sum))
	clock := func(id int32) wt.Code {
		return wt.Seq(i32(id), wt.I64Const(1), i32(scratch), wt.Call(s.now), wt.Drop, i32(scratch), wt.Load64(0))
	}
	look("the clocks", locals, mix(clock(0)), mix(clock(1)), wt.LocalGet(sum))
	look("randomness", nil, i32(scratch), i32(8), wt.Call(s.random), wt.Drop, i32(scratch), wt.Load64(0))
	look("the log", nil, s.print(" a whole line\n"), wt.I64ExtendI32U)
	for _, handle := range []int32{1, 3} {
		look("response "+string(rune('0'+handle)), nil, i32(handle), i32(scratch), wt.Call(s.take), wt.I64Const(1))
	}
	ask := s.Const([]byte("\x82\x68progress\xf6"))
	look("the next handle", nil, i32(int32(ask)), i32(11), wt.Call(s.ask))
	look("the depth of the stack", nil, wt.I64Const(30_000), wt.Call(s.deep()))
}
