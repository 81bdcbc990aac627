package meter

import "github.com/pledge-wasm/pledge/host/internal/wasm"

// callCost is the weight of a call, with the whole of a folded callee.
func (w *rewriter) callCost(in *wasm.Instr) uint32 {
	switch in.Op {
	case wasm.OpCallIndirect, wasm.OpReturnCallIndirect:
		return costIndirect + w.foldOfType[w.types[in.Imm].canon]
	}
	if in.Imm < uint64(w.imported) {
		return costImport
	}
	if g := &w.fns[uint32(in.Imm)-w.imported]; g.folded {
		return costCall + g.cost
	}
	return costCall
}

// callWork is what a call may run before somebody looks at the budget, beyond its cost.
func (w *rewriter) callWork(in *wasm.Instr) uint32 {
	switch in.Op {
	case wasm.OpCallIndirect, wasm.OpReturnCallIndirect:
		return w.workOfType[w.types[in.Imm].canon]
	}
	if in.Imm < uint64(w.imported) {
		return 0
	}
	if g := &w.fns[uint32(in.Imm)-w.imported]; g.unchecked {
		return g.work
	}
	return 0
}

// replace writes an instruction that names a function or dirties state, or the call of a helper instead of it.
func (e *emitter) replace(in *wasm.Instr, kind class) {
	w := e.w
	e.flush(in.Offset)
	switch kind {
	case classBulk:
		e.out = wasm.AppendU32(append(e.out, byte(wasm.OpCall)), w.helperBase+w.helperAt[helperOf(in)])
	case classDirt:
		if w.dirties(in) {
			e.out = append(e.out, w.code.dirty...)
		}
		return
	case classIndex:
		e.out = w.appendReference(e.out, uint32(in.Imm))
	default:
		e.call(in)
	}
	e.copied = in.End
}

// dirties says whether an instruction changes what is outside of memory and numeric globals.
func (w *rewriter) dirties(in *wasm.Instr) bool {
	switch in.Op {
	case wasm.OpGlobalSet:
		g, _ := w.m.GlobalType(uint32(in.Imm))
		return !numeric(g.Type)
	case wasm.OpDataDrop:
		return w.m.Data[in.Imm].Mode == wasm.Passive
	case wasm.OpElemDrop:
		return w.m.Elements[in.Imm].Mode == wasm.Passive
	}
	return true
}

// call writes a call. A tail call gives the stack charge back first; one whose arguments do not fit into registers is no
// tail call for the compiler, and so not for the account either.
func (e *emitter) call(in *wasm.Instr) {
	w := e.w
	indirect := in.Op == wasm.OpCallIndirect || in.Op == wasm.OpReturnCallIndirect
	typ := uint32(in.Imm)
	if !indirect {
		typ = w.funcType[in.Imm]
	}
	tail := in.Op == wasm.OpReturnCall || in.Op == wasm.OpReturnCallIndirect
	op := byte(in.Op)
	if tail && e.f.counted {
		if w.types[typ].tail {
			e.leave()
		} else {
			op -= byte(wasm.OpReturnCall - wasm.OpCall)
		}
	}
	e.out = append(e.out, op)
	if indirect {
		e.out = wasm.AppendU32(wasm.AppendU32(e.out, typ), in.Imm2)
	} else {
		e.out = wasm.AppendU32(e.out, w.shift(uint32(in.Imm)))
	}
	if tail {
		if op != byte(in.Op) {
			e.exit()
		}
		e.dead = true
	}
}

// class says what the emitter does with an instruction.
type class uint8

const (
	classPlain   class = iota
	classControl       // blocks and branches
	classCall          // calls
	classIndex         // makes a reference to a function
	classBulk          // becomes the call of a helper
	classDirt          // may set the dirty flag
	classConst         // i32.const, which may say where a jump goes
)

var plainClass, miscClass [256]class

func init() {
	for _, op := range []wasm.Opcode{wasm.OpBlock, wasm.OpLoop, wasm.OpIf, wasm.OpElse, wasm.OpEnd, wasm.OpBr, wasm.OpBrIf,
		wasm.OpBrTable, wasm.OpReturn, wasm.OpUnreachable} {
		plainClass[op] = classControl
	}
	for _, op := range []wasm.Opcode{wasm.OpCall, wasm.OpCallIndirect, wasm.OpReturnCall, wasm.OpReturnCallIndirect} {
		plainClass[op] = classCall
	}
	plainClass[wasm.OpRefFunc] = classIndex
	plainClass[wasm.OpI32Const] = classConst
	plainClass[wasm.OpMemoryGrow] = classBulk
	plainClass[wasm.OpGlobalSet] = classDirt
	plainClass[wasm.OpTableSet] = classDirt
	for op := wasm.OpMemoryInit; op <= wasm.OpTableFill; op++ {
		miscClass[byte(op)] = classBulk
	}
	miscClass[byte(wasm.OpTableSize&0xff)] = classPlain
	miscClass[byte(wasm.OpDataDrop&0xff)] = classDirt
	miscClass[byte(wasm.OpElemDrop&0xff)] = classDirt
}

func classOf(op wasm.Opcode) class {
	switch op >> 8 {
	case 0:
		return plainClass[byte(op)]
	case 0xfc:
		return miscClass[byte(op)]
	}
	return classPlain
}
