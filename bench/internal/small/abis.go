package small

import (
	"github.com/pledge-wasm/pledge/bench/internal/contest"
	w "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// Work is the guest that echoes, sums and counts, behind a boundary.
func Work(abi contest.ABI) []byte {
	switch abi {
	case contest.ABIPledge:
		return pledgeWork()
	case contest.ABIRaw:
		return rawWork()
	case contest.ABIExtism:
		return extismWork()
	case contest.ABIGoPlugin:
		return pluginWork()
	}
	return nil
}

// pledgeWork has its tasks behind names; the arguments begin behind the name,
// whose length each task knows.
func pledgeWork() []byte {
	g := w.NewGuest()
	call := g.Host("call") // imports come first
	c := addCore(g.Module)
	const ptr, length = 0, 1
	args := func(name string) w.Code {
		return w.Seq(w.LocalGet(ptr), w.I32Const(int32(2+len(name))), w.I32Add)
	}
	head := w.Seq(w.I32Const(scratchAt), w.I32Const(0x0082), w.Store16(0)) // [0, …
	answer := func(n w.Code) w.Code {
		return span(w.I32Const(scratchAt), w.Seq(n, w.I32Const(2), w.I32Add))
	}
	body := w.I32Const(scratchAt + 2)
	g.Task("echo", g.Echo())
	g.Task("sum", g.Func(w.CallSig, nil, head, answer(w.Seq(args("sum"), body, w.Call(c.pair)))))
	g.Task("count", g.Func(w.CallSig, w.Locals(1, w.I32), head,
		args("count"), w.Call(c.number), w.I32WrapI64, w.LocalSet(2),
		answer(w.Seq(w.GlobalGet(c.cursor), w.LocalGet(2), w.Call(c.words), body, w.Call(c.total)))))
	// wait calls the host and answers null when that does.
	ask := []byte("\x82\x67barrier\xf6")
	g.Task("wait", g.Func(w.CallSig, nil,
		w.I32Const(int32(g.Const(ask))), w.I32Const(int32(len(ask))), w.Call(call), w.Drop,
		w.I32Const(scratchAt), w.I32Const(0xf60082), w.Store32(0), span(w.I32Const(scratchAt), w.I32Const(3))))
	return g.Bytes()
}

// memory gives a module its memory and a function that makes room for an input
// of so many bytes and tells where.
func memory(m *w.Module, pages uint32) (alloc uint32) {
	m.Memory(w.AtLeast(pages))
	m.ExportMemory("memory")
	const length, need, have = 0, 1, 2
	return m.Func(w.In(w.I32).Out(w.I32), w.Locals(2, w.I32),
		w.LocalGet(length), w.I32Const(inputAt+0xffff), w.I32Add, w.I32Const(16), w.I32ShrU, w.LocalSet(need),
		w.MemorySize, w.LocalSet(have),
		w.LocalGet(need), w.LocalGet(have), w.I32GtU,
		w.If(w.Empty,
			w.LocalGet(need), w.LocalGet(have), w.I32Sub, w.MemoryGrow, w.I32Const(-1), w.I32Eq,
			w.If(w.Empty, w.I32Const(0), w.Return)),
		w.I32Const(inputAt))
}

func rawWork() []byte {
	m := w.New()
	c := addCore(m)
	const ptr, length = 0, 1
	out := w.I32Const(scratchAt)
	m.Export("alloc", memory(m, 2))
	m.Export("echo", m.Func(w.CallSig, nil, span(w.LocalGet(ptr), w.LocalGet(length))))
	m.Export("sum", m.Func(w.CallSig, nil, span(out, w.Seq(w.LocalGet(ptr), out, w.Call(c.pair)))))
	m.Export("count", m.Func(w.CallSig, nil,
		span(out, w.Seq(w.LocalGet(ptr), w.LocalGet(length), w.Call(c.words), out, w.Call(c.total)))))
	return m.Bytes()
}

// pluginWork speaks protocol buffers: an echoed message is its own answer.
func pluginWork() []byte {
	m := w.New()
	c := addCore(m)
	const ptr, length, n, at = 0, 1, 2, 3
	varint := varintFunc(m, c.cursor)
	answer := func(n w.Code) w.Code { // field 1, a varint of up to three bytes
		part := func(shift int32, more int32, at uint32) w.Code {
			return w.Seq(w.I32Const(scratchAt), w.LocalGet(2), w.I32Const(shift), w.I32ShrU, w.I32Const(127), w.I32And,
				w.I32Const(more), w.I32Or, w.Store8(at))
		}
		return w.Seq(n, w.LocalSet(2), w.I32Const(scratchAt), w.I32Const(8), w.Store8(0),
			part(0, 128, 1), part(7, 128, 2), part(14, 0, 3), span(w.I32Const(scratchAt), w.I32Const(4)))
	}
	// {1: a, 2: b} with both there, as the host writes them
	sum := m.Func(w.CallSig, w.Locals(1, w.I32), answer(w.Seq(
		w.LocalGet(ptr), w.I32Const(1), w.I32Add, w.Call(varint),
		w.GlobalGet(c.cursor), w.I32Const(1), w.I32Add, w.Call(varint), w.I32Add)))
	words := m.Func(w.CallSig, w.Locals(2, w.I32),
		w.LocalGet(ptr), w.I32Const(1), w.I32Add, w.Call(varint), w.LocalSet(at),
		answer(w.Seq(w.GlobalGet(c.cursor), w.LocalGet(at), w.Call(c.words))))
	pluginExports(m, m.Func(w.CallSig, nil, span(w.LocalGet(ptr), w.LocalGet(length))), sum, words, memory(m, 2))
	return m.Bytes()
}

// pluginExports exports what the generated host code looks for.
func pluginExports(m *w.Module, echo, sum, words, alloc uint32) {
	no := m.Func(w.CallSig, nil, w.Unreachable)
	m.Export("work_api_version", m.Func(w.In().Out(w.I64), nil, w.I64Const(1)))
	m.Export("work_echo", echo)
	m.Export("work_sum", sum)
	m.Export("work_words", words)
	m.Export("work_count", no)
	m.Export("work_compute", no)
	m.Export("malloc", alloc)
	m.Export("free", m.Func(w.In(w.I32), nil))
}

// varintFunc is (ptr) -> i32 and sets cursor.
func varintFunc(m *w.Module, cursor uint32) uint32 {
	const ptr, b, shift, v = 0, 1, 2, 3
	return m.Func(w.In(w.I32).Out(w.I32), w.Locals(3, w.I32),
		w.Loop(w.Empty,
			w.LocalGet(ptr), w.Load8(0), w.LocalSet(b), add(ptr, 1),
			w.LocalGet(b), w.I32Const(127), w.I32And, w.LocalGet(shift), w.I32Shl, w.LocalGet(v), w.I32Or, w.LocalSet(v),
			add(shift, 7), w.LocalGet(b), w.I32Const(128), w.I32GeU, w.BrIf(0)),
		w.LocalGet(ptr), w.GlobalSet(cursor), w.LocalGet(v))
}
