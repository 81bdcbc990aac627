package meter

import "github.com/pledge-wasm/pledge/host/internal/wasm"

// loopInfo is what the scan tells of a loop.
type loopInfo struct {
	// local is the local of a dispatch loop, or plainLoop.
	local uint32
	// leaf says that there is no call and no other loop inside.
	leaf bool
}

// plainLoop stands for a loop that is no dispatch loop.
const plainLoop = 1<<32 - 1

// dispatchScan recognises dispatch loops, see [dispatch].
type dispatchScan struct {
	// The head of a loop: its place in rewriter.ctrl plus one, the number of blocks so far, and the local once it is read.
	loop, blocks int
	local        int64
	// Where the last i32.const, and the last local.set after one, ended.
	constEnd, setEnd int
	setLocal         uint32
}

// head looks at an instruction before scan does.
func (s *scanner) head(in *wasm.Instr, r *wasm.Reader) {
	switch in.Op {
	case wasm.OpI32Const:
		s.constEnd = in.End
	case wasm.OpLocalSet:
		if s.constEnd == in.Offset {
			s.setEnd, s.setLocal = in.End, uint32(in.Imm)
		}
	case wasm.OpLoop:
		s.w.loops = append(s.w.loops, loopInfo{local: plainLoop})
		s.loop, s.blocks, s.local = len(s.ctrl)+1, 0, -1
		return
	}
	if s.loop == 0 {
		return
	}
	switch {
	case in.Op == wasm.OpBlock && s.local < 0:
		s.blocks++
	case in.Op == wasm.OpLocalGet && s.local < 0:
		s.local = int64(in.Imm)
	case in.Op == wasm.OpBrTable && s.local >= 0 && s.blocks > 0:
		s.dispatchTable(r.Labels(in))
		s.loop = 0
	default:
		s.loop = 0
	}
}

// dispatchTable makes the loop a dispatch loop if its table leads to its blocks only.
func (s *scanner) dispatchTable(labels wasm.Labels) {
	if s.dead {
		return
	}
	for l, ok := labels.Next(); ok; l, ok = labels.Next() {
		if int(l) >= s.blocks {
			return
		}
	}
	place := int32(len(s.w.loops) - 1)
	s.w.loops[place].local = uint32(s.local)
	s.ctrl[s.loop-1].loop = place
}

// source looks at a branch: one to a dispatch loop must come right after a const was put into its local.
func (s *scanner) source(in *wasm.Instr, label int) {
	f := &s.ctrl[len(s.ctrl)-1-label]
	if f.loop < 0 || s.dead {
		return
	}
	if in.Op != wasm.OpBr || s.setEnd != in.Offset || s.setLocal != s.w.loops[f.loop].local {
		s.w.loops[f.loop].local = plainLoop
		f.loop = -1
	}
}
