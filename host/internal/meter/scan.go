package meter

import (
	"slices"

	"github.com/pledge-wasm/pledge/host/internal/wasm"
)

// fn is what is known of a defined function.
type fn struct {
	typ   uint32
	calls span32 // direct calls of defined functions, in rewriter.calls
	// cost is the sum of the weights of all reachable instructions, folded callees included once they are known; it
	// saturates.
	cost      uint32
	instrs    uint32
	slots     uint32 // parameters and locals, in 8-byte slots
	height    uint32 // most operands at one time
	spill     uint32 // most slots that one call needs for arguments and results beyond registers
	branches  uint32 // labels of branches, and returns
	values    uint32 // results of calls and parameters and results of blocks, where there is more than one
	frame     uint32 // estimate of the native frame in bytes
	charge    uint32 // stack charge in bytes, if counted
	work      uint32 // the most that it runs before somebody looks at the budget, if it is unchecked
	firstLoop uint32 // its first loop in rewriter.loops
	loops, indirect, helper, host, exported, simd,
	folded, counted, unchecked bool
	deep bool // it calls functions that look at the budget, or that call such
}

type span32 struct{ from, to uint32 }

// prepare reads the index spaces.
func (w *rewriter) prepare() {
	m := w.m
	w.imported = uint32(m.ImportedFuncs)
	w.budget = uint32(m.NumGlobals())
	w.dirty = w.budget + 1
	w.types = make([]arity, len(m.Types))
	seen := make(map[string]uint32, len(m.Types))
	w.typeAt = seen
	var key []byte
	for i, t := range m.Types {
		key = wasm.AppendFuncType(key[:0], t)
		canon, ok := seen[string(key)]
		if !ok {
			canon = uint32(i)
			seen[string(key)] = canon
		}
		w.types[i] = arity{params: len(t.Params), results: len(t.Results), canon: canon, tail: fitsRegisters(t), vector: hasVector(t)}
	}
	w.funcType = make([]uint32, 0, m.NumFuncs())
	for i := range m.Imports {
		if m.Imports[i].Kind == wasm.KindFunc {
			w.funcType = append(w.funcType, m.Imports[i].Func)
		}
	}
	w.funcType = append(w.funcType, m.Funcs...)
	w.fns = make([]fn, len(m.Funcs))
	w.declare()
}

// fitsRegisters says whether all parameters and results of a type travel in registers, on amd64 and on arm64.
func fitsRegisters(t wasm.FuncType) bool {
	return overflow(t.Params, 6) == 0 && overflow(t.Results, 8) == 0
}

// hasVector says whether a type has a v128.
func hasVector(t wasm.FuncType) bool {
	return slices.Contains(t.Params, wasm.V128) || slices.Contains(t.Results, wasm.V128)
}

// overflow is the number of 8-byte slots beyond ints integer registers and 8 others.
func overflow(types []wasm.ValueType, ints int) uint32 {
	n, v, slots := 0, 0, uint32(0)
	for _, t := range types {
		switch t {
		case wasm.F32, wasm.F64, wasm.V128:
			if v++; v > 8 {
				slots++
				if t == wasm.V128 {
					slots++
				}
			}
		default:
			if n++; n > ints {
				slots++
			}
		}
	}
	return slots
}

// scan reads every body once: it checks every index, and gathers what classify needs.
func (w *rewriter) scan() error {
	for i := range w.fns {
		s := scanner{w: w, f: &w.fns[i], index: i}
		if err := s.function(w.m.Code[i]); err != nil {
			return err
		}
	}
	return nil
}

type scanner struct {
	w     *rewriter
	f     *fn
	index int
	at    int
	dead  bool
	// height is the number of operands now; ctrl the open blocks.
	height int32
	ctrl   []open
	dispatchScan
}

// open is a block that has not ended.
type open struct {
	kind            byte // its opcode
	dead            bool // it began in dead code
	base            int32
	params, results int32
	loop            int32 // place in rewriter.loops of a dispatch loop; -1: it is none
	place           int32 // place in rewriter.loops of any loop
	calls           bool  // a call or another loop is inside
}

func (s *scanner) fail(what string) error {
	return &Error{Func: s.index + int(s.w.imported), Offset: s.at, What: what}
}

func (s *scanner) function(b wasm.Body) error {
	w, f := s.w, s.f
	f.typ = w.m.Funcs[s.index]
	t := w.m.Types[f.typ]
	if b.NumLocals > maxLocals {
		s.at = b.Start
		return s.fail("more than 50000 locals")
	}
	locals := uint64(len(t.Params)) + b.NumLocals
	f.slots = uint32(locals)
	f.simd = w.types[f.typ].vector
	f.calls.from = uint32(len(w.calls))
	f.firstLoop = uint32(len(w.loops))
	s.dispatchScan = dispatchScan{}
	s.ctrl = append(w.body.open[:0], open{kind: byte(wasm.OpBlock), results: int32(len(t.Results)), loop: -1})
	var in wasm.Instr
	r := w.m.Read(b)
	for r.Next(&in) {
		s.at = in.Offset
		if len(s.ctrl) == 0 {
			return s.fail("instructions after the end of the body")
		}
		f.instrs++
		if !s.dead {
			f.cost = satAdd(f.cost, costOf(in.Op))
		}
		f.simd = f.simd || in.Op>>8 == 0xfd
		s.head(&in, &r)
		if pops, pushes, ok := in.Op.Stack(); ok {
			s.height += int32(pushes) - int32(pops)
			if s.height > int32(f.height) {
				f.height = uint32(s.height)
			}
			if err := s.operand(&in, locals); err != nil {
				return err
			}
			continue
		}
		if err := s.control(&in, &r); err != nil {
			return err
		}
		if s.height > int32(f.height) {
			f.height = uint32(s.height)
		}
	}
	if err := r.Err(); err != nil {
		return err
	}
	w.body.open = s.ctrl
	if len(s.ctrl) != 0 {
		s.at = b.End
		return s.fail("a block does not end")
	}
	f.calls.to = uint32(len(w.calls))
	return nil
}

// operand looks at an instruction with a fixed effect on the stack.
func (s *scanner) operand(in *wasm.Instr, locals uint64) error {
	w, m := s.w, s.w.m
	switch in.Op {
	case wasm.OpLocalGet, wasm.OpLocalSet, wasm.OpLocalTee:
		if in.Imm >= locals {
			return s.fail("local index is out of range")
		}
	case wasm.OpGlobalGet, wasm.OpGlobalSet:
		g, ok := m.GlobalType(uint32(in.Imm))
		if !ok {
			return s.fail("global index is out of range")
		}
		if in.Op == wasm.OpGlobalSet && !numeric(g.Type) {
			w.canDirt = true
		}
		s.f.simd = s.f.simd || g.Type == wasm.V128
	case wasm.OpRefFunc:
		if in.Imm >= uint64(m.NumFuncs()) {
			return s.fail("function index is out of range")
		}
		if !w.declared[in.Imm] {
			return s.fail("reference to a function that is named nowhere outside of bodies")
		}
		w.refs.refer(uint32(in.Imm))
	case wasm.OpTableGet, wasm.OpTableSet, wasm.OpTableSize:
		if err := s.table(in.Imm); err != nil {
			return err
		}
		w.canDirt = w.canDirt || in.Op == wasm.OpTableSet
	case wasm.OpDataDrop:
		if in.Imm >= uint64(len(m.Data)) {
			return s.fail("data segment index is out of range")
		}
		w.canDirt = w.canDirt || m.Data[in.Imm].Mode == wasm.Passive
	case wasm.OpElemDrop:
		if in.Imm >= uint64(len(m.Elements)) {
			return s.fail("element segment index is out of range")
		}
		w.canDirt = w.canDirt || m.Elements[in.Imm].Mode == wasm.Passive
	case wasm.OpMemoryGrow, wasm.OpMemoryCopy, wasm.OpMemoryFill, wasm.OpMemoryInit,
		wasm.OpTableCopy, wasm.OpTableFill, wasm.OpTableGrow, wasm.OpTableInit:
		return s.bulk(in)
	}
	return nil
}

func (s *scanner) table(index uint64) error {
	if index >= uint64(s.w.m.NumTables()) {
		return s.fail("table index is out of range")
	}
	return nil
}

// bulk notes the helper that an instruction is replaced by.
func (s *scanner) bulk(in *wasm.Instr) error {
	w, m := s.w, s.w.m
	switch in.Op {
	case wasm.OpTableCopy:
		if err := s.table(uint64(in.Imm2)); err != nil {
			return err
		}
		fallthrough
	case wasm.OpTableFill, wasm.OpTableGrow:
		if err := s.table(in.Imm); err != nil {
			return err
		}
		w.canDirt = true
	case wasm.OpTableInit:
		if in.Imm >= uint64(len(m.Elements)) {
			return s.fail("element segment index is out of range")
		}
		if err := s.table(uint64(in.Imm2)); err != nil {
			return err
		}
		w.canDirt = true
	default:
		if m.NumMemories() == 0 {
			return s.fail("memory index is out of range")
		}
		if in.Op == wasm.OpMemoryInit && in.Imm >= uint64(len(m.Data)) {
			return s.fail("data segment index is out of range")
		}
	}
	s.f.helper = true
	s.ctrl[len(s.ctrl)-1].calls = true
	if w.addHelper(helperOf(in)); len(w.helpers) > maxHelpers {
		return s.fail("more than 1010 different bulk instructions")
	}
	return nil
}

const (
	maxLocals = 50_000
	// maxHelpers bounds what the rewriting appends: one function for each bulk instruction with other immediates. It is a
	// little more than admission lets in.
	maxHelpers = 1010
	maxCost    = 1 << 30
)

// satAdd adds costs up to maxCost.
func satAdd(a, b uint32) uint32 { return min(a+min(b, maxCost), maxCost) }

func numeric(t wasm.ValueType) bool {
	return t == wasm.I32 || t == wasm.I64 || t == wasm.F32 || t == wasm.F64
}
