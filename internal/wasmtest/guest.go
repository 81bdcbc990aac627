package wasmtest

import "slices"

// Names of ABI v1 (the abi room has them as constants; this room imports
// nothing, so that every other room's tests may import it).
const (
	exportMemory   = "memory"
	exportInit     = "_initialize"
	exportAlloc    = "pledge_v1_alloc"
	exportCall     = "pledge_v1_call"
	exportDescribe = "pledge_v1_describe"
	hostModule     = "pledge_v1"
	wasiModule     = "wasi_snapshot_preview1"
)

// Guest builds a guest of ABI v1: a [Module] that gets its memory and its
// allocator when [Guest.Bytes] is called, and its call export from
// [Guest.Call], [Guest.Only] or [Guest.Task].
//
// Memory: bytes 0 to 1023 are scratch of the functions here (a guest of your
// own may use 64 to 1023), constants begin at 1024, the input buffer is behind
// them. Every alloc gives the same buffer and grows the memory when it must; 0
// means that growing was refused.
type Guest struct {
	*Module
	// Memory is the limits of the memory; zero means what the constants and a
	// 64 KiB input need, without a maximum.
	MemoryLimits Limits

	constants []byte
	heap      uint32 // global: where the input buffer begins
	called    bool
	tasks     []task
	imported  map[string]uint32
	shared    map[string]uint32
	manifest  []byte
}

type task struct {
	name string
	f    uint32
}

const constantsAt = 1024

// NewGuest starts a guest.
func NewGuest() *Guest {
	g := &Guest{Module: New(), imported: map[string]uint32{}, shared: map[string]uint32{}}
	return g
}

// Const puts bytes into memory and returns their address.
func (g *Guest) Const(b []byte) uint32 {
	at := uint32(constantsAt + len(g.constants))
	g.constants = append(g.constants, b...)
	return at
}

// SpanOf pushes the span of these bytes, kept as a constant.
func (g *Guest) SpanOf(b []byte) Code {
	return I64Const(int64(g.Const(b))<<32 | int64(len(b)))
}

// Span packs a pointer and a length, both code that pushes an i32.
func Span(ptr, length Code) Code {
	return Seq(ptr, I64ExtendI32U, I64Const(32), I64Shl, length, I64ExtendI32U, I64Or)
}

// CallSig is the signature of pledge_v1_call and of every task here: local 0
// is the pointer to the request, local 1 its length, the result a span.
var CallSig = In(I32, I32).Out(I64)

// Call gives the guest its pledge_v1_call.
func (g *Guest) Call(locals []Local, code ...Code) {
	g.Only(g.Func(CallSig, locals, code...))
}

// Only makes f, a function of [CallSig], the pledge_v1_call: it gets every
// request, whatever task it names.
func (g *Guest) Only(f uint32) {
	g.Export(exportCall, f)
	g.called = true
}

// Task makes f the task of that name. Guests with tasks get a manifest and
// answer unknown_task to other names.
func (g *Guest) Task(name string, f uint32) { g.tasks = append(g.tasks, task{name, f}) }

// Init gives the guest its _initialize.
func (g *Guest) Init(locals []Local, code ...Code) {
	g.Export(exportInit, g.Func(In(), locals, code...))
}

// Describe gives the guest a manifest, any bytes.
func (g *Guest) Describe(manifest []byte) { g.manifest = manifest }

// Host is the index of an import from pledge_v1 ("call", "take", "log"),
// imported on first use.
func (g *Guest) Host(name string) uint32 {
	sigs := map[string]Sig{
		"call": In(I32, I32).Out(I64),
		"take": In(I32, I32),
		"log":  In(I32, I32, I32),
	}
	s, ok := sigs[name]
	if !ok {
		panic("wasmtest: pledge_v1 has no " + name)
	}
	return g.importOnce(hostModule, name, s)
}

// WASI is the index of an import from wasi_snapshot_preview1.
func (g *Guest) WASI(name string, s Sig) uint32 { return g.importOnce(wasiModule, name, s) }

func (g *Guest) importOnce(module, name string, s Sig) uint32 {
	key := module + "." + name
	if i, ok := g.imported[key]; ok {
		return i
	}
	g.imported[key] = g.Import(module, name, s)
	return g.imported[key]
}

// Bytes finishes the guest; call it once.
func (g *Guest) Bytes() []byte {
	if len(g.tasks) > 0 {
		g.dispatch()
	}
	if g.manifest != nil {
		g.Export(exportDescribe, g.Func(In().Out(I64), nil, g.SpanOf(g.manifest)))
	}
	heap := uint32(constantsAt+len(g.constants)+15) &^ 15
	g.heap = g.Global(I32, false, I32Const(int32(heap)))
	limits := g.MemoryLimits
	if limits == (Limits{}) {
		limits = AtLeast((heap + 64<<10 + 0xffff) >> 16)
	}
	g.Memory(limits)
	g.ExportMemory(exportMemory)
	g.Export(exportAlloc, g.allocator())
	if len(g.constants) > 0 {
		g.Data(constantsAt, g.constants)
	}
	return g.Module.Bytes()
}

func (g *Guest) allocator() uint32 {
	const length, need, have = 0, 1, 2
	return g.Func(In(I32).Out(I32), Locals(2, I64),
		GlobalGet(g.heap), I64ExtendI32U, LocalGet(length), I64ExtendI32U, I64Add, LocalSet(need),
		MemorySize, I64ExtendI32U, I64Const(16), I64Shl, LocalTee(have),
		LocalGet(need), I64LtU,
		If(Empty,
			LocalGet(need), LocalGet(have), I64Sub, I64Const(0xffff), I64Add, I64Const(16), I64ShrU, I32WrapI64,
			MemoryGrow, I32Const(-1), I32Eq,
			If(Empty, I32Const(0), Return),
		),
		GlobalGet(g.heap),
	)
}

// dispatch defines pledge_v1_call and the manifest of a guest with tasks.
func (g *Guest) dispatch() {
	var code []Code
	var listed [][]byte
	for _, t := range g.tasks {
		prefix := append([]byte{0x82}, text(t.name)...)
		code = append(code,
			LocalGet(0), LocalGet(1), I32Const(int32(g.Const(prefix))), I32Const(int32(len(prefix))), Call(g.matcher()),
			If(Empty, LocalGet(0), LocalGet(1), Call(t.f), Return))
		listed = append(listed, dict(text("name"), text(t.name)))
	}
	code = append(code, g.SpanOf(failure("unknown_task", "the guest has no such task")))
	g.Call(nil, code...)
	if g.manifest == nil {
		g.manifest = dict(
			text("abi"), head(0, 1),
			text("name"), text("wasmtest"),
			text("tasks"), array(listed...))
	}
}

// matcher is a function (ptr, len, want, n) -> i32: do the first n bytes at ptr
// equal those at want, with more behind them?
func (g *Guest) matcher() uint32 {
	return g.once("match", func() uint32 {
		const ptr, length, want, n = 0, 1, 2, 3
		next := func(i uint32) Code { return Seq(LocalGet(i), I32Const(1), I32Add, LocalSet(i)) }
		return g.Func(In(I32, I32, I32, I32).Out(I32), nil,
			LocalGet(length), LocalGet(n), I32LeU, If(Empty, I32Const(0), Return),
			Loop(Empty,
				LocalGet(n), I32Eqz, If(Empty, I32Const(1), Return),
				LocalGet(ptr), Load8(0), LocalGet(want), Load8(0), I32Ne, If(Empty, I32Const(0), Return),
				next(ptr), next(want), LocalGet(n), I32Const(1), I32Sub, LocalSet(n),
				Br(0)),
			Unreachable)
	})
}

// once builds a function the first time that it is asked for.
func (g *Guest) once(name string, build func() uint32) uint32 {
	if f, ok := g.shared[name]; ok {
		return f
	}
	g.shared[name] = build()
	return g.shared[name]
}

// head, text, array and dict write CBOR; dict takes keys and values in turn.
func head(major byte, n int) []byte {
	switch {
	case n < 24:
		return []byte{major<<5 | byte(n)}
	case n < 1<<8:
		return []byte{major<<5 | 24, byte(n)}
	case n < 1<<16:
		return []byte{major<<5 | 25, byte(n >> 8), byte(n)}
	}
	return []byte{major<<5 | 26, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
}

func text(s string) []byte { return append(head(3, len(s)), s...) }

func array(items ...[]byte) []byte { return slices.Concat(head(4, len(items)), Join(items...)) }

func dict(kv ...[]byte) []byte { return slices.Concat(head(5, len(kv)/2), Join(kv...)) }

// success and failure are whole responses.
func success(value []byte) []byte { return append([]byte{0x82, 0x00}, value...) }

func failure(code, message string) []byte {
	return append([]byte{0x82, 0x01}, dict(text("code"), text(code), text("message"), text(message))...)
}
