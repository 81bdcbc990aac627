package meter

import "github.com/pledge-wasm/pledge/host/internal/wasm"

// loop begins a loop: each turn looks at the budget.
//
// A call of slice inside of a loop would make the compiler keep all that lives across it in memory, on the fast path
// too. So in innermost loops without calls the slow path lies outside, and comes back in:
//
//	block
//	  loop
//	    block
//	      loop (the author's) ... (if the fuel is negative) br 1 ... end
//	      br 2
//	    end
//	    call slice
//	    br 0
//	  end
//	end
func (e *emitter) loop(in *wasm.Instr) {
	info := e.w.loops[e.nextLoop]
	e.nextLoop++
	f := frame{loop: true, disp: -1}
	if e.dead || !e.metered {
		e.push(f)
		return
	}
	if info.local != plainLoop && e.f.cost <= dispatchMost && !e.w.opt.Exact {
		f.disp = e.beginDispatch(in, info.local)
		e.push(f)
		return
	}
	params, _, _ := in.BlockType().Counts(e.w.m.Types)
	f.slow = info.leaf && params == 0
	if f.slow {
		f.extra = 3
		e.flush(in.Offset)
		typ := e.w.m.File[in.Offset+1 : in.End]
		e.out = append(append(e.out, byte(wasm.OpBlock)), typ...)
		e.out = append(append(e.out, byte(wasm.OpLoop)), typ...)
		e.out = append(e.out, byte(wasm.OpBlock), 0x40)
	}
	e.flush(in.End)
	e.leaveRange()
	if f.slow {
		s := &e.w.code
		e.out = append(append(e.out, s.get...), byte(wasm.OpI32WrapI64), byte(wasm.OpI32Const), 0, byte(wasm.OpI32LtS),
			byte(wasm.OpBrIf), 1)
		e.charge(4)
	} else {
		e.charge(4)
		e.check()
	}
	e.look = 0
	e.push(f)
}

// endSlow writes the slow path after the end of a loop.
func (e *emitter) endSlow(in *wasm.Instr) {
	e.flush(in.End)
	e.out = append(e.out, byte(wasm.OpBr), 2, byte(wasm.OpEnd))
	e.out = wasm.AppendU32(append(e.out, byte(wasm.OpCall)), e.w.imported)
	e.out = append(e.out, byte(wasm.OpBr), 0, byte(wasm.OpEnd), byte(wasm.OpEnd))
}
