package admit

import "github.com/pledge-wasm/pledge/host/internal/wasm"

// scanner measures function bodies; one serves a whole module, so that its
// slices are allocated once.
type scanner struct {
	m       *wasm.Module
	lim     *Limits
	funcs   []uint32 // type index of every function
	globals int64    // mutable ones: every call reloads them

	frames  []frame
	merges  []merge
	locals  []local
	carried [][]uint32 // by depth of loops, the locals that the header has for parameters
	bulk    map[bulk]struct{}

	clock  int64 // instructions so far
	height int64
	steps  int64 // blocks since the last merge point on this path
	depth  int64 // blocks that dominate this place
	next   int64 // when the price is to be looked at again, in blocks and pairs
	shape  shape
	used   features
}

// body measures one function body. It checks that blocks match, that labels and
// locals exist, and the limits on nesting, operands and branch tables; types
// are left to the engine's validation.
func (s *scanner) body(b wasm.Body, sig wasm.FuncType) error {
	s.begin(b, sig)
	r := s.m.Read(b)
	var in wasm.Instr
	for r.Next(&in) {
		if len(s.frames) == 0 {
			return malformed(in.Offset, "instructions follow the end of the function")
		}
		s.clock++
		if err := s.step(&r, &in); err != nil {
			return err
		}
		if s.shape.blocks+s.shape.pairs > s.next && s.costly() {
			return nil
		}
	}
	if err := r.Err(); err != nil {
		return err
	}
	if len(s.frames) != 0 {
		return malformed(b.End, "the function ends inside a block")
	}
	return nil
}

// costly says whether the price is over the budget already, so that measuring
// costs no more than a small part of what is measured.
func (s *scanner) costly() bool {
	s.next = s.shape.blocks + s.shape.pairs + 1000
	first, _ := s.shape.price()
	return first > s.lim.FunctionCost
}

func (s *scanner) begin(b wasm.Body, sig wasm.FuncType) {
	n := len(sig.Params) + int(b.NumLocals)
	if n > cap(s.locals) {
		s.locals = make([]local, n)
	}
	s.locals = s.locals[:n]
	clear(s.locals)
	s.shape = shape{blocks: 1, work: meterEntry}
	s.clock, s.height, s.steps, s.depth, s.next = 1, 0, 0, 0, 1000
	s.merges = s.merges[:0]
	s.frames = append(s.frames[:0], frame{op: wasm.OpBlock, results: int64(len(sig.Results)), outer: -1})
}

func (s *scanner) step(r *wasm.Reader, in *wasm.Instr) error {
	switch in.Op {
	case wasm.OpBlock, wasm.OpLoop, wasm.OpIf:
		return s.open(in)
	case wasm.OpTryTable, wasm.OpThrow, wasm.OpThrowRef:
		return unsupported("exception-handling", in.Offset)
	case wasm.OpReturnCall, wasm.OpReturnCallIndirect:
		return unsupported("tail-call", in.Offset)
	case wasm.OpElse:
		return s.otherwise(in)
	case wasm.OpEnd:
		s.close()
		return nil
	}
	if err := s.seeBulk(in); err != nil {
		return err
	}
	top := &s.frames[len(s.frames)-1]
	if top.dead {
		return s.unreached(r, in)
	}
	switch in.Op {
	case wasm.OpLocalGet, wasm.OpLocalSet, wasm.OpLocalTee:
		if in.Imm >= uint64(len(s.locals)) {
			return malformed(in.Offset, "no such local")
		}
		switch in.Op {
		case wasm.OpLocalGet:
			s.read(uint32(in.Imm))
			s.push(1)
		case wasm.OpLocalSet:
			s.pop(top, 1)
			fallthrough
		default:
			s.see(&s.locals[in.Imm])
		}
	case wasm.OpBr, wasm.OpBrIf:
		return s.jump(top, in)
	case wasm.OpBrTable:
		return s.table(r, top, in)
	case wasm.OpReturn, wasm.OpUnreachable:
		s.shape.edges += s.frames[0].results
		s.shape.work += workBranch
		top.dead = true
	case wasm.OpCall:
		if in.Imm >= uint64(len(s.funcs)) {
			return malformed(in.Offset, "no such function")
		}
		s.call(top, &s.m.Types[s.funcs[in.Imm]], workCall)
	case wasm.OpCallIndirect:
		if in.Imm >= uint64(len(s.m.Types)) {
			return malformed(in.Offset, "no such type")
		}
		s.pop(top, 1)
		s.call(top, &s.m.Types[in.Imm], workCallIndirect)
	case wasm.OpSelectT:
		s.pop(top, 3)
		s.push(1)
		s.shape.work += workSelect
	default:
		return s.plain(top, in)
	}
	if s.height > s.lim.Operands {
		return tooMany("operands on the stack", s.height, s.lim.Operands, in.Offset)
	}
	return nil
}

// bulk is a bulk instruction with its tables and segments.
type bulk struct {
	op   wasm.Opcode
	a, b uint32
}

// seeBulk counts the bulk instructions that differ.
func (s *scanner) seeBulk(in *wasm.Instr) error {
	b := bulk{op: in.Op, a: uint32(in.Imm)}
	switch in.Op {
	case wasm.OpTableInit, wasm.OpTableCopy:
		b.b = in.Imm2
	case wasm.OpMemoryInit, wasm.OpTableGrow, wasm.OpTableFill:
	default:
		return nil
	}
	if s.bulk == nil {
		s.bulk = make(map[bulk]struct{})
	}
	if s.bulk[b] = struct{}{}; int64(len(s.bulk)) > s.lim.Bulk {
		return tooMany("different bulk instructions", int64(len(s.bulk)), s.lim.Bulk, in.Offset)
	}
	return nil
}

// unreached measures an instruction that is never reached: it is validated and
// not compiled.
func (s *scanner) unreached(r *wasm.Reader, in *wasm.Instr) error {
	values := int64(0)
	switch in.Op {
	case wasm.OpBr, wasm.OpBrIf:
		values = s.arity(in.Imm)
	case wasm.OpBrTable:
		if int64(in.Imm) > s.lim.BranchTable {
			return tooMany("targets of a br_table", int64(in.Imm), s.lim.BranchTable, in.Offset)
		}
		labels := r.Labels(in)
		for l, ok := labels.Next(); ok; l, ok = labels.Next() {
			values += 1 + s.arity(uint64(l))
		}
	case wasm.OpReturn:
		values = s.frames[0].results
	case wasm.OpCall:
		if in.Imm < uint64(len(s.funcs)) {
			values = width(&s.m.Types[s.funcs[in.Imm]])
		}
	case wasm.OpCallIndirect:
		if in.Imm < uint64(len(s.m.Types)) {
			values = width(&s.m.Types[in.Imm])
		}
	}
	s.shape.dead = sum(s.shape.dead, deadCost+values)
	return nil
}

// arity is the number of values that a branch to a label carries, or more.
func (s *scanner) arity(label uint64) int64 {
	if label >= uint64(len(s.frames)) {
		return 0
	}
	f := &s.frames[len(s.frames)-1-int(label)]
	return f.params + f.results
}

func width(t *wasm.FuncType) int64 { return int64(len(t.Params) + len(t.Results)) }

func (s *scanner) jump(top *frame, in *wasm.Instr) error {
	s.shape.work += workBranch
	if in.Op == wasm.OpBrIf {
		s.pop(top, 1)
		s.addBlocks(2)
	}
	if err := s.branch(in.Imm, in.Offset); err != nil {
		return err
	}
	if in.Op == wasm.OpBr {
		top.dead = true
	}
	s.steps++
	s.depth++
	return nil
}

func (s *scanner) table(r *wasm.Reader, top *frame, in *wasm.Instr) error {
	if int64(in.Imm) > s.lim.BranchTable {
		return tooMany("targets of a br_table", int64(in.Imm), s.lim.BranchTable, in.Offset)
	}
	s.pop(top, 1)
	labels := r.Labels(in)
	for l, ok := labels.Next(); ok; l, ok = labels.Next() {
		s.addBlocks(1)
		if err := s.branch(uint64(l), in.Offset); err != nil {
			return err
		}
	}
	top.dead = true
	return nil
}

func (s *scanner) call(top *frame, t *wasm.FuncType, weight int64) {
	args, results := int64(len(t.Params)), int64(len(t.Results))
	s.pop(top, args)
	s.push(results)
	s.shape.work += weight + (args+results)*workArgument + s.globals*workReload
}

func (s *scanner) plain(top *frame, in *wasm.Instr) error {
	pops, pushes, ok := in.Op.Stack()
	if !ok {
		return malformed(in.Offset, "unexpected instruction "+in.Op.String())
	}
	s.pop(top, int64(pops))
	s.push(int64(pushes))
	s.shape.work += weigh(in.Op)
	if op := in.Op; op >= wasm.OpI32Load && op <= wasm.OpI64Store32 || op > 0xff {
		s.shape.chain += 2 * s.steps // the base and the length of the memory
	}
	s.used.see(in.Op)
	return nil
}
