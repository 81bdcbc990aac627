package meter

import (
	"math/bits"

	"github.com/pledge-wasm/pledge/host/internal/wasm"
)

// seqs are the sequences that the rewriting inserts, made once per module.
type seqs struct {
	get, set []byte // of the budget
	less     []byte // i64.sub and set
	check    []byte // calls slice if the fuel is below zero
	checkAll []byte // calls slice if either half is below zero
	dirty    []byte
}

func (w *rewriter) sequences() {
	s := &w.code
	s.get = wasm.AppendU32([]byte{byte(wasm.OpGlobalGet)}, w.budget)
	s.set = wasm.AppendU32([]byte{byte(wasm.OpGlobalSet)}, w.budget)
	s.less = append([]byte{byte(wasm.OpI64Sub)}, s.set...)
	call := wasm.AppendU32([]byte{byte(wasm.OpIf), 0x40, byte(wasm.OpElse), byte(wasm.OpCall)}, w.imported)
	call = append(call, byte(wasm.OpEnd))
	s.check = append(s.check, s.get...)
	s.check = append(s.check, byte(wasm.OpI32WrapI64), byte(wasm.OpI32Const), 0, byte(wasm.OpI32GeS))
	s.check = append(s.check, call...)
	s.checkAll = append(s.checkAll, s.get...)
	s.checkAll = wasm.AppendS64(append(s.checkAll, byte(wasm.OpI64Const)), -1<<63|1<<31)
	s.checkAll = append(s.checkAll, byte(wasm.OpI64And), byte(wasm.OpI64Eqz))
	s.checkAll = append(s.checkAll, call...)
	s.dirty = wasm.AppendU32([]byte{byte(wasm.OpI32Const), 1, byte(wasm.OpGlobalSet)}, w.dirty)
}

// asm writes the code of helpers.
type asm struct {
	b []byte
	s *seqs
}

func (a *asm) raw(b ...byte) *asm { a.b = append(a.b, b...); return a }

func (a *asm) op(op wasm.Opcode) *asm { return a.raw(byte(op)) }

func (a *asm) end() *asm { return a.op(wasm.OpEnd) }

func (a *asm) u32(v uint32) *asm { a.b = wasm.AppendU32(a.b, v); return a }

func (a *asm) i32(v int32) *asm {
	a.b = wasm.AppendS32(append(a.b, byte(wasm.OpI32Const)), v)
	return a
}

func (a *asm) i64(v int64) *asm {
	a.b = wasm.AppendS64(append(a.b, byte(wasm.OpI64Const)), v)
	return a
}

func (a *asm) get(local byte) *asm { return a.raw(byte(wasm.OpLocalGet), local) }

// add adds a number to a local.
func (a *asm) add(local byte, v int32) *asm {
	return a.get(local).i32(v).op(wasm.OpI32Add).raw(byte(wasm.OpLocalSet), local)
}

func (a *asm) dirty() *asm { return a.raw(a.s.dirty...) }

// tableSize pushes the size of a table as an i64.
func (a *asm) tableSize(table uint32) *asm {
	return a.raw(0xfc, 16).u32(table).op(wasm.OpI64ExtendI32U)
}

// charge takes base + local * factor from the budget and looks at the fuel. The local counts up to most, and the product
// stays below 2^30.
func (a *asm) charge(base int64, local byte, factor int64, most uint32) *asm {
	bound := int32(min(int64(most), (1<<30)/factor-1))
	a.raw(a.s.get...).get(local).i32(bound).get(local).i32(bound).op(wasm.OpI32LtU).op(wasm.OpSelect)
	a.op(wasm.OpI64ExtendI32U).i64(factor).op(wasm.OpI64Mul).i64(base).op(wasm.OpI64Add)
	return a.raw(a.s.less...).raw(a.s.check...)
}

// chargeConst takes a fixed cost.
func (a *asm) chargeConst(v int64) *asm {
	return a.raw(a.s.get...).i64(v).raw(a.s.less...).raw(a.s.check...)
}

// chargeShift takes base + local / per, where per is a power of two.
func (a *asm) chargeShift(base int64, local byte, per int64) *asm {
	a.raw(a.s.get...).get(local).i32(int32(bits.TrailingZeros64(uint64(per)))).op(wasm.OpI32ShrU)
	a.op(wasm.OpI64ExtendI32U).i64(base).op(wasm.OpI64Add)
	return a.raw(a.s.less...).raw(a.s.check...)
}
