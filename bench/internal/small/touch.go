package small

import (
	w "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// FirstTouched is the lowest address that Touch's task writes to.
const FirstTouched = 256 << 10

// hostPage is the distance that keeps two writes in different pages.
const hostPage = 4096

// Touch is a guest of pledge with a memory of so many bytes, a multiple of
// 64 KiB, of which it fills up to 16 MiB while it initialises. Its task "touch"
// takes a number and writes one byte in each of so many host pages, evenly
// spread over the memory.
func Touch(size int) []byte {
	const ptr, length, n, at, step = 0, 1, 2, 3, 4
	g := w.NewGuest()
	c := addCore(g.Module)
	g.MemoryLimits = w.AtLeast(uint32(size >> 16))
	g.Init(nil, w.I32Const(FirstTouched), w.I32Const(0x5a), w.I32Const(int32(min(size, 16<<20)-FirstTouched)), w.MemoryFill)
	g.Task("touch", g.Body(w.Locals(3, w.I32),
		w.LocalGet(ptr), w.I32Const(2+int32(len("touch"))), w.I32Add, w.Call(c.number), w.I32WrapI64, w.LocalTee(n),
		w.I32Eqz, w.If(w.Empty, w.Unreachable),
		w.I32Const(int32(size-FirstTouched)), w.LocalGet(n), w.I32DivU, w.I32Const(-hostPage), w.I32And, w.LocalSet(step),
		w.I32Const(FirstTouched), w.LocalSet(at),
		w.Loop(w.Empty,
			w.LocalGet(at), w.I32Const(1), w.Store8(0),
			w.LocalGet(at), w.LocalGet(step), w.I32Add, w.LocalSet(at),
			add(n, -1), w.LocalGet(n), w.BrIf(0))))
	return g.Bytes()
}
