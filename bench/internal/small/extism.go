package small

import (
	w "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// extism holds the imports of extism:host/env that the guests use.
type extism struct {
	inputLength, inputOffset, inputLoad64, inputLoad8 uint32
	alloc, store64, store8, outputSet                 uint32
}

func importExtism(m *w.Module) extism {
	env := func(name string, s w.Sig) uint32 { return m.Import("extism:host/env", name, s) }
	return extism{
		inputLength: env("input_length", w.In().Out(w.I64)),
		inputOffset: env("input_offset", w.In().Out(w.I64)),
		inputLoad64: env("input_load_u64", w.In(w.I64).Out(w.I64)),
		inputLoad8:  env("input_load_u8", w.In(w.I64).Out(w.I32)),
		alloc:       env("alloc", w.In(w.I64).Out(w.I64)),
		store64:     env("store_u64", w.In(w.I64, w.I64)),
		store8:      env("store_u8", w.In(w.I64, w.I32)),
		outputSet:   env("output_set", w.In(w.I64, w.I64)),
	}
}

func extismWork() []byte {
	m := w.New()
	x := importExtism(m)
	c := addCore(m)
	m.Memory(w.AtLeast(2))
	m.ExportMemory("memory")
	read, write := x.readFunc(m), x.writeFunc(m)
	sig := w.In().Out(w.I32)
	// The input lies in Extism's memory, and may be the output without a copy.
	m.Export("echo", m.Func(sig, nil, w.Call(x.inputOffset), w.Call(x.inputLength), w.Call(x.outputSet), w.I32Const(0)))
	m.Export("sum", m.Func(sig, nil,
		w.Call(read), w.Drop,
		w.I32Const(inputAt), w.I32Const(scratchAt), w.Call(c.pair), w.Call(write), w.I32Const(0)))
	m.Export("count", m.Func(sig, w.Locals(1, w.I32),
		w.Call(read), w.LocalSet(0),
		w.I32Const(inputAt), w.LocalGet(0), w.Call(c.words), w.I32Const(scratchAt), w.Call(c.total), w.Call(write),
		w.I32Const(0)))
	return m.Bytes()
}

// readFunc is () -> length: copies the input to inputAt, eight bytes a call.
func (x extism) readFunc(m *w.Module) uint32 {
	const n, i = 0, 1
	return m.Func(w.In().Out(w.I32), w.Locals(2, w.I32),
		w.Call(x.inputLength), w.I32WrapI64, w.LocalSet(n),
		w.Block(w.Empty, w.Loop(w.Empty,
			w.LocalGet(i), w.I32Const(8), w.I32Add, w.LocalGet(n), w.I32GtU, w.BrIf(1),
			w.LocalGet(i), w.LocalGet(i), w.I64ExtendI32U, w.Call(x.inputLoad64), w.Store64(inputAt),
			add(i, 8), w.Br(0))),
		w.Block(w.Empty, w.Loop(w.Empty,
			w.LocalGet(i), w.LocalGet(n), w.I32GeU, w.BrIf(1),
			w.LocalGet(i), w.LocalGet(i), w.I64ExtendI32U, w.Call(x.inputLoad8), w.Store8(inputAt),
			add(i, 1), w.Br(0))),
		w.LocalGet(n))
}

// writeFunc is (length): makes an output of what is at scratchAt, of up to
// 16 bytes.
func (x extism) writeFunc(m *w.Module) uint32 {
	const n, at, i = 0, 1, 2
	return m.Func(w.In(w.I32), []w.Local{{N: 1, Type: w.I64}, {N: 1, Type: w.I32}},
		w.LocalGet(n), w.I64ExtendI32U, w.Call(x.alloc), w.LocalSet(at),
		w.Block(w.Empty, w.Loop(w.Empty,
			w.LocalGet(i), w.LocalGet(n), w.I32GeU, w.BrIf(1),
			w.LocalGet(at), w.LocalGet(i), w.I64ExtendI32U, w.I64Add, w.LocalGet(i), w.Load8(scratchAt), w.Call(x.store8),
			add(i, 1), w.Br(0))),
		w.LocalGet(at), w.LocalGet(n), w.I64ExtendI32U, w.Call(x.outputSet))
}
