// Package small makes the hand-made guests of the comparison: the same few
// functions, a few hundred bytes, behind each peer's own boundary.
package small

import (
	w "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// Addresses in a guest's memory. Below scratchAt is nothing; the input buffer
// is last, so that it can grow.
const (
	scratchAt = 64   // answers are written here
	inputAt   = 4096 // what the host sends
)

// core are the functions that all guests share.
type core struct {
	number uint32 // (ptr) -> i64, the argument of a CBOR head; sets cursor
	cursor uint32 // global: the address behind that head
	sum    uint32 // (a, b i64, out) -> length: writes {"sum": a+b}
	pair   uint32 // (ptr, out) -> length: reads {"a", "b"}, then sum
	words  uint32 // (ptr, length) -> i32: how many words
	total  uint32 // (n, out i32) -> length: writes n in CBOR
}

func addCore(m *w.Module) core {
	c := core{cursor: m.Global(w.I32, true, w.I32Const(0))}
	c.number = numberFunc(m, c.cursor)
	c.total = totalFunc(m)
	c.sum = sumFunc(m, c.total)
	c.pair = pairFunc(m, c)
	c.words = wordsFunc(m)
	return c
}

func add(local uint32, n int32) w.Code {
	return w.Seq(w.LocalGet(local), w.I32Const(n), w.I32Add, w.LocalSet(local))
}

func numberFunc(m *w.Module, cursor uint32) uint32 {
	const ptr, n, v = 0, 1, 2
	return m.Func(w.In(w.I32).Out(w.I64), []w.Local{{N: 1, Type: w.I32}, {N: 1, Type: w.I64}},
		w.LocalGet(ptr), w.Load8(0), w.I32Const(31), w.I32And, w.LocalSet(n), add(ptr, 1),
		w.LocalGet(n), w.I32Const(24), w.I32LtU,
		w.If(w.Empty, w.LocalGet(ptr), w.GlobalSet(cursor), w.LocalGet(n), w.I64ExtendI32U, w.Return),
		w.I32Const(1), w.LocalGet(n), w.I32Const(24), w.I32Sub, w.I32Shl, w.LocalSet(n),
		w.Loop(w.Empty,
			w.LocalGet(v), w.I64Const(8), w.I64Shl, w.LocalGet(ptr), w.Load8(0), w.I64ExtendI32U, w.I64Or, w.LocalSet(v),
			add(ptr, 1), add(n, -1), w.LocalGet(n), w.BrIf(0)),
		w.LocalGet(ptr), w.GlobalSet(cursor), w.LocalGet(v))
}

func sumFunc(m *w.Module, total uint32) uint32 {
	const a, b, out, n = 0, 1, 2, 3
	return m.Func(w.In(w.I64, w.I64, w.I32).Out(w.I32), w.Locals(1, w.I32),
		w.LocalGet(out), w.I32Const(0x757363a1), w.Store32(0),
		w.LocalGet(out), w.I32Const('m'), w.Store8(4),
		w.LocalGet(a), w.LocalGet(b), w.I64Add, w.I32WrapI64, w.LocalSet(n),
		w.LocalGet(n), w.LocalGet(out), w.I32Const(5), w.I32Add, w.Call(total), w.I32Const(5), w.I32Add)
}

// totalFunc writes an unsigned integer in the shortest form up to 255, else in
// five bytes.
func totalFunc(m *w.Module) uint32 {
	const n, out = 0, 1
	byteOf := func(shift int32, at uint32) w.Code {
		return w.Seq(w.LocalGet(out), w.LocalGet(n), w.I32Const(shift), w.I32ShrU, w.Store8(at))
	}
	return m.Func(w.In(w.I32, w.I32).Out(w.I32), nil,
		w.LocalGet(n), w.I32Const(24), w.I32LtU,
		w.If(w.Empty, w.LocalGet(out), w.LocalGet(n), w.Store8(0), w.I32Const(1), w.Return),
		w.LocalGet(n), w.I32Const(256), w.I32LtU,
		w.If(w.Empty, w.LocalGet(out), w.I32Const(0x18), w.Store8(0), byteOf(0, 1), w.I32Const(2), w.Return),
		w.LocalGet(out), w.I32Const(0x1a), w.Store8(0), byteOf(24, 1), byteOf(16, 2), byteOf(8, 3), byteOf(0, 4),
		w.I32Const(5))
}

// pairFunc takes {"a": n, "b": n} in that order, as deterministic CBOR has it.
func pairFunc(m *w.Module, c core) uint32 {
	const ptr, out, a = 0, 1, 2
	return m.Func(w.In(w.I32, w.I32).Out(w.I32), w.Locals(1, w.I64),
		w.LocalGet(ptr), w.I32Const(3), w.I32Add, w.Call(c.number), w.LocalSet(a),
		w.LocalGet(a), w.GlobalGet(c.cursor), w.I32Const(2), w.I32Add, w.Call(c.number),
		w.LocalGet(out), w.Call(c.sum))
}

// wordsFunc counts runs of ASCII letters.
func wordsFunc(m *w.Module) uint32 {
	const ptr, length, n, inside, letter = 0, 1, 2, 3, 4
	return m.Func(w.In(w.I32, w.I32).Out(w.I32), w.Locals(3, w.I32),
		w.Block(w.Empty, w.Loop(w.Empty,
			w.LocalGet(length), w.I32Eqz, w.BrIf(1),
			w.LocalGet(ptr), w.Load8(0), w.I32Const(0x20), w.I32Or, w.I32Const('a'), w.I32Sub,
			w.I32Const(26), w.I32LtU, w.LocalTee(letter),
			// a word begins where a letter follows what is none
			w.LocalGet(inside), w.I32Eqz, w.I32And, w.LocalGet(n), w.I32Add, w.LocalSet(n),
			w.LocalGet(letter), w.LocalSet(inside),
			add(ptr, 1), add(length, -1), w.Br(0))),
		w.LocalGet(n))
}

// span packs a pointer and a length.
func span(ptr, length w.Code) w.Code { return w.Span(ptr, length) }
