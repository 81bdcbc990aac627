package small

import (
	"github.com/pledge-wasm/pledge/bench/internal/contest"
	w "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// Hostile is a guest that means harm when the first byte of what it is to echo
// is Trigger, and echoes otherwise; or one that means harm as soon as it is
// loaded.
type Hostile struct {
	// Name is for tables, Note says what it does.
	Name, Note string
	// Loading says that it strikes while it is loaded.
	Loading bool

	whole   []byte                                      // the same file for every boundary
	imports func(m *w.Module) []uint32                  // what it needs of WASI
	body    func(m *w.Module, imported []uint32) w.Code // the harm; of no result
	start   bool                                        // runs it in the start section
	pages   uint32                                      // of memory, at least
}

// Trigger is the byte that sets a hostile guest off.
const Trigger = 'X'

func wasi(name string, s w.Sig) func(m *w.Module) []uint32 {
	return func(m *w.Module) []uint32 {
		return []uint32{m.Import("wasi_snapshot_preview1", name, s)}
	}
}

func spin(*w.Module, []uint32) w.Code { return w.Loop(w.Empty, w.Br(0)) }

func tree(m *w.Module, _ []uint32) w.Code {
	f := m.Declare(w.In(w.I64).Out(w.I64))
	m.Define(f, nil,
		w.LocalGet(0), w.I64Const(2), w.I64LtU, w.If(w.Empty, w.LocalGet(0), w.Return),
		w.LocalGet(0), w.I64Const(1), w.I64Sub, w.Call(f),
		w.LocalGet(0), w.I64Const(2), w.I64Sub, w.Call(f), w.I64Add)
	return w.Seq(w.I64Const(60), w.Call(f), w.Drop)
}

const fillBytes = 32 << 20

func fills(*w.Module, []uint32) w.Code {
	return w.Repeat(12000, w.I32Const(inputAt*2), w.I32Const(1), w.I32Const(fillBytes), w.MemoryFill)
}

func endless(m *w.Module, _ []uint32) w.Code {
	f := m.Declare(w.In(w.I64).Out(w.I64))
	m.Define(f, nil, w.LocalGet(0), w.I64Const(1), w.I64Add, w.Call(f), w.I64Const(1), w.I64Add)
	return w.Seq(w.I64Const(0), w.Call(f), w.Drop)
}

func grow(*w.Module, []uint32) w.Code {
	return w.Seq(w.Loop(w.Empty, w.I32Const(16), w.MemoryGrow, w.I32Const(-1), w.I32Ne, w.BrIf(0)), w.Unreachable)
}

func remember(m *w.Module, _ []uint32) w.Code {
	seen := m.Global(w.I32, true, w.I32Const(0))
	return w.Seq(w.GlobalGet(seen), w.If(w.Empty, w.Unreachable), w.I32Const(1), w.GlobalSet(seen))
}

func exit(_ *w.Module, imported []uint32) w.Code {
	return w.Seq(w.I32Const(0), w.Call(imported[0]))
}

// sleep asks poll_oneoff for an hour on the monotonic clock.
func sleep(_ *w.Module, imported []uint32) w.Code {
	const at = 512
	return w.Seq(
		w.I32Const(at), w.I64Const(0), w.Store64(0), w.I32Const(at), w.I64Const(0), w.Store64(8),
		w.I32Const(at), w.I32Const(1), w.Store32(16), // clock id
		w.I32Const(at), w.I64Const(3600e9), w.Store64(24), // time-out
		w.I32Const(at), w.I64Const(0), w.Store64(32), w.I32Const(at), w.I64Const(0), w.Store64(40),
		w.I32Const(at), w.I32Const(at+64), w.I32Const(1), w.I32Const(at+128), w.Call(imported[0]), w.Drop)
}

func nested(*w.Module, []uint32) w.Code {
	const depth = 100_000
	var open, close w.Code
	open, close = w.Repeat(depth, w.Op(0x02, 0x40)), w.Repeat(depth, w.End)
	return w.Seq(open, close)
}

func locals(m *w.Module, _ []uint32) w.Code {
	f := m.Declare(w.In())
	m.RawBody(f, w.Join(w.U32(1), w.U32(0xffffffff), []byte{0x7f, 0x0b}))
	return w.Call(f)
}

func tables(m *w.Module, _ []uint32) w.Code {
	for range 20 {
		m.Table(w.FuncRef, w.AtLeast(1<<27))
	}
	return ""
}

// growTable grows a table by 2^24 elements at a time until that is refused.
func growTable(m *w.Module, _ []uint32) w.Code {
	t := m.Table(w.FuncRef, w.AtLeast(1))
	return w.Seq(w.Loop(w.Empty, w.RefNullFunc, w.I32Const(1<<24), w.TableGrow(t), w.I32Const(-1), w.I32Ne, w.BrIf(0)), w.Unreachable)
}

// costly adds a function that is short and slow to compile.
func costly(m *w.Module, _ []uint32) w.Code {
	const n = 2000
	var ifs []w.Code
	for k := range uint32(n) {
		ifs = append(ifs, w.LocalGet(0), w.If(w.Empty, w.LocalGet(k+1), w.I32Const(1), w.I32Add, w.LocalSet(k+1)))
	}
	f := m.Declare(w.In(w.I32))
	m.Define(f, w.Locals(n, w.I32), w.Loop(w.Empty, w.Seq(ifs...), w.LocalGet(0), w.BrIf(0)))
	return ""
}

// Hostiles are the cases of the comparison: members of the families that a host
// of strangers' code has to survive.
var Hostiles = []Hostile{
	{Name: "loop", Note: "a loop without end", body: spin},
	{Name: "call tree", Note: "fib(60) by recursion, no loop anywhere", body: tree},
	{Name: "memory.fill", Note: "12,000 times 32 MiB in a row, no loop, no call", body: fills, pages: fillBytes>>16 + 1},
	{Name: "recursion", Note: "calls itself until the stack gives", body: endless},
	{Name: "start", Note: "a loop without end in the start section", Loading: true, body: spin, start: true},
	{Name: "memory.grow", Note: "grows to its limit of 64 MiB, then traps", body: grow},
	{Name: "table.grow", Note: "grows a table by 2^24 elements until that is refused, then traps", body: growTable},
	{Name: "sleep", Note: "asks WASI to sleep for an hour", imports: wasi("poll_oneoff", w.In(w.I32, w.I32, w.I32, w.I32).Out(w.I32)), body: sleep},
	{Name: "exit", Note: "proc_exit(0) in the middle of a task", imports: wasi("proc_exit", w.In(w.I32)), body: exit},
	{Name: "remember", Note: "leaves a mark for the next task to find", body: remember},
	{Name: "15 bytes", Note: "a file of 15 bytes that claims 2^32-1 imports", Loading: true,
		whole: w.Join([]byte(w.Header), []byte{2, 5}, w.U32(0xffffffff))},
	{Name: "locals", Note: "one function with 2^32-1 locals", Loading: true, body: locals},
	{Name: "nesting", Note: "100,000 nested blocks", Loading: true, body: nested},
	{Name: "compiler", Note: "28 KB of code that changes 2,000 locals in 2,000 branches of a loop", Loading: true, body: costly},
	{Name: "tables", Note: "twenty tables of 2^27 elements", Loading: true, body: tables},
}

// Find is the case of that name.
func Find(name string) (Hostile, bool) {
	for _, h := range Hostiles {
		if h.Name == name {
			return h, true
		}
	}
	return Hostile{}, false
}

// Wasm is the guest behind a boundary.
func (h Hostile) Wasm(abi contest.ABI) []byte {
	if h.whole != nil {
		return h.whole
	}
	switch abi {
	case contest.ABIPledge:
		return h.pledge()
	case contest.ABIExtism:
		return h.extism()
	case contest.ABIGoPlugin:
		return h.plugin()
	}
	return h.raw()
}

// harm adds the function () that does it.
func (h Hostile) harm(m *w.Module, imported []uint32) uint32 {
	f := m.Declare(w.In())
	m.Define(f, nil, h.body(m, imported))
	if h.start {
		m.Start(f)
	}
	return f
}

func (h Hostile) imported(m *w.Module) []uint32 {
	if h.imports == nil {
		return nil
	}
	return h.imports(m)
}

// when is code that calls f if the byte at an address is the trigger.
func when(at w.Code, f uint32) w.Code {
	return w.Seq(at, w.I32Const(Trigger), w.I32Eq, w.If(w.Empty, w.Call(f)))
}

func (h Hostile) pledge() []byte {
	g := w.NewGuest()
	f := h.harm(g.Module, h.imported(g.Module))
	echo := g.Echo()
	if h.pages > 0 {
		g.MemoryLimits = w.AtLeast(h.pages)
	}
	// 0x82, "echo" with its head, and the head of a short byte string
	g.Call(nil, when(w.Seq(w.LocalGet(0), w.Load8(7)), f), w.LocalGet(0), w.LocalGet(1), w.Call(echo))
	return g.Bytes()
}

func (h Hostile) raw() []byte {
	m := w.New()
	f := h.harm(m, h.imported(m))
	m.Export("alloc", memory(m, max(2, h.pages)))
	m.Export("echo", m.Func(w.CallSig, nil, when(w.Seq(w.LocalGet(0), w.Load8(0)), f), span(w.LocalGet(0), w.LocalGet(1))))
	return m.Bytes()
}

func (h Hostile) extism() []byte {
	m := w.New()
	x := importExtism(m)
	f := h.harm(m, h.imported(m))
	m.Memory(w.AtLeast(max(2, h.pages)))
	m.ExportMemory("memory")
	m.Export("echo", m.Func(w.In().Out(w.I32), nil,
		when(w.Seq(w.I64Const(0), w.Call(x.inputLoad8)), f),
		w.Call(x.inputOffset), w.Call(x.inputLength), w.Call(x.outputSet), w.I32Const(0)))
	return m.Bytes()
}

func (h Hostile) plugin() []byte {
	m := w.New()
	f := h.harm(m, h.imported(m))
	// field 1 and its length come before the bytes
	echo := m.Func(w.CallSig, nil, when(w.Seq(w.LocalGet(0), w.Load8(2)), f), span(w.LocalGet(0), w.LocalGet(1)))
	no := m.Func(w.CallSig, nil, w.Unreachable)
	pluginExports(m, echo, no, no, memory(m, max(2, h.pages)))
	return m.Bytes()
}
