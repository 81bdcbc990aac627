package meter

import "github.com/pledge-wasm/pledge/host/internal/wasm"

// helper is an appended function that does the work of a bulk instruction, by its immediates, or [lookHelper].
type helper struct {
	op   wasm.Opcode
	a, b uint32
}

// lookHelper looks at the budget. Every module has it.
var lookHelper = helper{op: wasm.OpNop}

func helperOf(in *wasm.Instr) helper {
	switch in.Op {
	case wasm.OpMemoryGrow, wasm.OpMemoryCopy, wasm.OpMemoryFill:
		return helper{op: in.Op}
	case wasm.OpMemoryInit, wasm.OpTableFill, wasm.OpTableGrow:
		return helper{op: in.Op, a: uint32(in.Imm)}
	}
	return helper{op: in.Op, a: uint32(in.Imm), b: in.Imm2}
}

func (w *rewriter) addHelper(h helper) {
	if w.helperAt == nil {
		w.helperAt = make(map[helper]uint32)
	}
	if _, ok := w.helperAt[h]; !ok {
		w.helperAt[h] = uint32(len(w.helpers))
		w.helpers = append(w.helpers, h)
	}
}

// name is what the helper is called in stack traces.
func (h helper) name() string {
	if h == lookHelper {
		return "pledge.look"
	}
	return "pledge." + h.op.String()
}

// signature is the type of the helper: that of the instruction.
func (w *rewriter) signature(h helper) wasm.FuncType {
	if h == lookHelper {
		return wasm.FuncType{}
	}
	three := []wasm.ValueType{wasm.I32, wasm.I32, wasm.I32}
	switch h.op {
	case wasm.OpMemoryGrow:
		return wasm.FuncType{Params: three[:1], Results: three[:1]}
	case wasm.OpTableGrow:
		t, _ := w.m.TableType(h.a)
		return wasm.FuncType{Params: []wasm.ValueType{t.Elem, wasm.I32}, Results: three[:1]}
	case wasm.OpTableFill:
		t, _ := w.m.TableType(h.a)
		return wasm.FuncType{Params: []wasm.ValueType{wasm.I32, t.Elem, wasm.I32}}
	}
	return wasm.FuncType{Params: three}
}

// piece is how much a helper does between two looks at the budget: bytes of memory, or elements of a table.
const (
	pieceBytes = 1 << 16
	pieceElems = 1 << 13
)

// write appends the body of the helper, locals included.
func (h helper) write(a *asm, w *rewriter) {
	switch h.op {
	case lookHelper.op:
		a.raw(0).raw(a.s.check...).end()
	case wasm.OpMemoryGrow:
		a.raw(0).charge(costGrow, 0, costGrowPage, mostPages).get(0).raw(0x40, 0).end()
	case wasm.OpTableGrow:
		h.tableGrow(a, w)
	case wasm.OpMemoryFill, wasm.OpMemoryCopy, wasm.OpMemoryInit:
		h.pieces(a, w, pieceBytes, 8)
	default:
		h.pieces(a, w, pieceElems, 1)
	}
}

// mostPages is the largest memory in pages: to grow by more fails, and costs no more.
const mostPages = 1 << 16

// tableGrow answers -1 above the limit, whatever the machine could give.
func (h helper) tableGrow(a *asm, w *rewriter) {
	a.raw(0).dirty()
	// n + the sizes of all tables > max, in 64 bits: return -1
	a.get(1).op(wasm.OpI64ExtendI32U)
	for t := range uint32(w.m.NumTables()) {
		a.tableSize(t).op(wasm.OpI64Add)
	}
	a.i64(int64(w.opt.MaxTable)).op(wasm.OpI64GtU).raw(0x04, 0x40).i32(-1).op(wasm.OpReturn).end()
	a.charge(costGrow, 1, costGrowElem, w.opt.MaxTable).get(0).get(1).raw(0xfc, 15).u32(h.a).end()
}

// pieces does an instruction on three operands, the last of them a length, in pieces. The bounds are looked at first, so
// that it traps as the whole would and nothing is written before. Parameters: 0 destination, 1 source or value, 2 length.
func (h helper) pieces(a *asm, w *rewriter, piece int32, perUnit int64) {
	moves := h.op != wasm.OpMemoryFill && h.op != wasm.OpTableFill // parameter 1 is a position
	a.raw(0)
	if h.op>>8 == 0xfc && h.op >= wasm.OpTableInit {
		a.dirty()
	}
	whole := func() { a.get(0).get(1).get(2); h.instr(a) }
	a.get(2).i32(piece).op(wasm.OpI32GtU).raw(0x04, 0x40) // if length > piece
	{
		copies := h.op == wasm.OpMemoryCopy || h.op == wasm.OpTableCopy
		inits := h.op == wasm.OpMemoryInit || h.op == wasm.OpTableInit
		h.beyond(a, 0, h.destination())
		switch {
		case copies:
			h.beyond(a, 1, h.b)
			a.op(wasm.OpI32Or)
		case inits: // a segment is far shorter than 4 GiB: a position that wraps around lies outside
			a.get(1).get(2).op(wasm.OpI32Add).get(1).op(wasm.OpI32LtU).op(wasm.OpI32Or)
		}
		a.raw(0x04, 0x40)
		whole() // it traps
		a.op(wasm.OpUnreachable).end()
		switch {
		case copies:
			h.backwards(a, piece, perUnit)
		case inits: // nothing from the segment's far end traps where the whole would
			a.i32(0).get(1).get(2).op(wasm.OpI32Add).i32(0)
			h.instr(a)
		}
		a.raw(0x03, 0x40) // loop
		a.chargeConst(costBulk + int64(piece)/perUnit)
		a.get(0).get(1).i32(piece)
		h.instr(a)
		a.add(0, piece)
		if moves {
			a.add(1, piece)
		}
		a.add(2, -piece)
		a.get(2).i32(piece).op(wasm.OpI32GtU).raw(0x0d, 0).end().end() // br_if loop, end loop, end if
	}
	a.chargeShift(costBulk, 2, perUnit)
	whole()
	a.end()
}

// destination is the table that is written to, if one is.
func (h helper) destination() uint32 {
	if h.op == wasm.OpTableInit {
		return h.b
	}
	return h.a
}

// beyond pushes whether a position and the length end beyond the memory, or beyond a table.
func (h helper) beyond(a *asm, local byte, table uint32) {
	a.get(local).op(wasm.OpI64ExtendI32U).get(2).op(wasm.OpI64ExtendI32U).op(wasm.OpI64Add)
	if h.op < wasm.OpTableInit {
		a.op(wasm.OpMemorySize).raw(0).op(wasm.OpI64ExtendI32U).i64(16).op(wasm.OpI64Shl)
	} else {
		a.tableSize(table)
	}
	a.op(wasm.OpI64GtU)
}

// backwards copies from the far end when the destination lies above the source, so that no piece is overwritten before
// it is read; what is left is done by the caller's tail.
func (h helper) backwards(a *asm, piece int32, perUnit int64) {
	a.get(0).get(1).op(wasm.OpI32GtU).raw(0x04, 0x40).raw(0x03, 0x40) // if d > s, loop
	a.chargeConst(costBulk + int64(piece)/perUnit)
	a.add(2, -piece)
	a.get(0).get(2).op(wasm.OpI32Add).get(1).get(2).op(wasm.OpI32Add).i32(piece)
	h.instr(a)
	a.get(2).i32(piece).op(wasm.OpI32GtU).raw(0x0d, 0).end()
	a.chargeShift(costBulk, 2, perUnit).get(0).get(1).get(2)
	h.instr(a)
	a.op(wasm.OpReturn).end()
}

// instr appends the instruction itself.
func (h helper) instr(a *asm) {
	a.raw(0xfc, byte(h.op))
	switch h.op {
	case wasm.OpMemoryFill:
		a.raw(0)
	case wasm.OpMemoryCopy:
		a.raw(0, 0)
	case wasm.OpMemoryInit:
		a.u32(h.a).raw(0)
	case wasm.OpTableFill:
		a.u32(h.a)
	default:
		a.u32(h.a).u32(h.b)
	}
}
