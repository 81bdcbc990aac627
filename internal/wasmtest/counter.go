package wasmtest

// Where is a place in which an instance can remember something.
type Where int

// The places. All but InData and InElem count the calls of an instance; those
// two trap on the second call, because the first one dropped the segment.
const (
	InMemory   Where = iota // a word of linear memory
	InGlobal                // a mutable global
	InTable                 // how many elements of a table are set
	InSize                  // the size of the memory
	InTableEnd              // the size of a table
	InData                  // a passive data segment
	InElem                  // a passive element segment
)

// Places is every [Where] with its name, for table tests.
var Places = map[string]Where{
	"memory": InMemory, "global": InGlobal, "table": InTable, "memory size": InSize,
	"table size": InTableEnd, "data segment": InData, "element segment": InElem,
}

// Counter answers how often it was called in this instance: always 1 when every
// call finds the instance pristine.
func (g *Guest) Counter(where Where) uint32 {
	number := g.Number()
	switch where {
	case InMemory:
		return g.Func(CallSig, nil,
			I32Const(64), I32Const(64), Load64(0), I64Const(1), I64Add, Store64(0),
			I32Const(64), Load64(0), Call(number))
	case InGlobal:
		n := g.Global(I64, true, I64Const(0))
		return g.Func(CallSig, nil,
			GlobalGet(n), I64Const(1), I64Add, GlobalSet(n), GlobalGet(n), Call(number))
	case InTable:
		t := g.Table(FuncRef, AtLeast(64))
		g.DeclaredElem(number)
		return g.Func(CallSig, Locals(1, I32),
			Loop(Empty,
				LocalGet(2), TableGet(t), "\xd1", I32Eqz, // ref.is_null
				If(Empty, LocalGet(2), I32Const(1), I32Add, LocalSet(2), Br(1))),
			LocalGet(2), RefFunc(number), TableSet(t),
			LocalGet(2), I32Const(1), I32Add, I64ExtendI32U, Call(number))
	case InSize:
		limits := AtLeast(2)
		g.MemoryLimits = limits
		return g.Func(CallSig, nil,
			I32Const(1), MemoryGrow, I32Const(int32(limits.Min)-1), I32Sub, I64ExtendI32U, Call(number))
	case InTableEnd:
		t := g.Table(FuncRef, AtLeast(1))
		return g.Func(CallSig, nil,
			RefNullFunc, I32Const(1), TableGrow(t), I64ExtendI32U, Call(number))
	case InData:
		d := g.PassiveData([]byte{1})
		// The constants become segment 1.
		return g.Func(CallSig, nil,
			I32Const(64), I32Const(0), I32Const(1), MemoryInit(d), DataDrop(d), I64Const(1), Call(number))
	case InElem:
		t := g.Table(FuncRef, AtLeast(1))
		e := g.PassiveElem(number)
		return g.Func(CallSig, nil,
			I32Const(0), I32Const(0), I32Const(1), TableInit(e, t), ElemDrop(e), I64Const(1), Call(number))
	}
	panic("wasmtest: no such place")
}
