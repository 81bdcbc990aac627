package meter

import "github.com/pledge-wasm/pledge/host/internal/wasm"

// control looks at an instruction of control flow: it keeps the blocks and the height of the operand stack, and notes
// calls.
func (s *scanner) control(in *wasm.Instr, r *wasm.Reader) error {
	switch in.Op {
	case wasm.OpBlock, wasm.OpLoop, wasm.OpIf:
		if in.Op == wasm.OpIf {
			s.height--
		}
		params, results, ok := in.BlockType().Counts(s.w.m.Types)
		if !ok {
			return s.fail("type index is out of range")
		}
		if n := params + results; n > 1 {
			s.f.values = satAdd(s.f.values, uint32(n))
		}
		s.ctrl = append(s.ctrl, open{kind: byte(in.Op), dead: s.dead, base: s.height - int32(params),
			params: int32(params), results: int32(results), loop: -1, place: int32(len(s.w.loops) - 1)})
		s.f.loops = s.f.loops || in.Op == wasm.OpLoop && !s.dead
	case wasm.OpElse:
		top := &s.ctrl[len(s.ctrl)-1]
		if top.kind != byte(wasm.OpIf) {
			return s.fail("else without if")
		}
		top.kind = byte(wasm.OpElse)
		s.dead, s.height = top.dead, top.base+top.params
	case wasm.OpEnd:
		top := s.ctrl[len(s.ctrl)-1]
		s.ctrl = s.ctrl[:len(s.ctrl)-1]
		if len(s.ctrl) > 0 {
			up := &s.ctrl[len(s.ctrl)-1]
			up.calls = up.calls || top.calls || top.kind == byte(wasm.OpLoop)
		}
		if top.kind == byte(wasm.OpLoop) {
			s.w.loops[top.place].leaf = !top.calls
		}
		s.dead, s.height = top.dead, top.base+top.results
	case wasm.OpBr, wasm.OpBrIf:
		if in.Op == wasm.OpBrIf {
			s.height--
		}
		if in.Imm >= uint64(len(s.ctrl)) {
			return s.fail("label is out of range")
		}
		s.f.branches++
		s.source(in, int(in.Imm))
		s.dead = s.dead || in.Op == wasm.OpBr
	case wasm.OpBrTable:
		labels := r.Labels(in)
		s.f.branches += uint32(labels.Len())
		for l, ok := labels.Next(); ok; l, ok = labels.Next() {
			if int64(l) >= int64(len(s.ctrl)) {
				return s.fail("label is out of range")
			}
			s.source(in, int(l))
		}
		s.dead = true
	case wasm.OpReturn, wasm.OpUnreachable:
		s.f.branches++
		s.dead = true
	case wasm.OpCall, wasm.OpReturnCall, wasm.OpCallIndirect, wasm.OpReturnCallIndirect:
		return s.call(in)
	default:
		return s.fail(in.Op.String() + " is not supported: exception handling is not metered")
	}
	return nil
}

func (s *scanner) call(in *wasm.Instr) error {
	w, f := s.w, s.f
	s.ctrl[len(s.ctrl)-1].calls = true
	var typ uint32
	switch in.Op {
	case wasm.OpCallIndirect, wasm.OpReturnCallIndirect:
		if in.Imm >= uint64(len(w.types)) {
			return s.fail("type index is out of range")
		}
		if err := s.table(uint64(in.Imm2)); err != nil {
			return err
		}
		typ = uint32(in.Imm)
		if !s.dead {
			f.indirect = true
			f.cost = satAdd(f.cost, costIndirect)
		}
		s.height--
	default:
		if in.Imm >= uint64(len(w.funcType)) {
			return s.fail("function index is out of range")
		}
		typ = w.funcType[in.Imm]
		switch {
		case s.dead:
		case in.Imm < uint64(w.imported):
			f.host = true
			f.cost = satAdd(f.cost, costImport)
		default:
			f.cost = satAdd(f.cost, costCall)
			w.calls = append(w.calls, uint32(in.Imm)-w.imported)
		}
	}
	t := &w.m.Types[typ]
	s.height += int32(len(t.Results)) - int32(len(t.Params))
	f.simd = f.simd || w.types[typ].vector
	if n := len(t.Results); n > 1 {
		f.values = satAdd(f.values, uint32(n))
	}
	f.spill = max(f.spill, overflow(t.Params, 6)+overflow(t.Results, 8))
	if in.Op == wasm.OpReturnCall || in.Op == wasm.OpReturnCallIndirect {
		s.dead = true
	}
	return nil
}
