package meter

import "github.com/pledge-wasm/pledge/host/internal/wasm"

// control keeps the blocks, and finds out where ranges end.
func (e *emitter) control(in *wasm.Instr, r *wasm.Reader) {
	switch in.Op {
	case wasm.OpBlock:
		e.push(frame{})
	case wasm.OpLoop:
		e.loop(in)
	case wasm.OpIf:
		e.push(frame{cond: true, from: e.cur, fromAcc: e.acc, fromLook: e.look})
		e.fork()
	case wasm.OpElse:
		f := &e.frames[len(e.frames)-1]
		e.arrive(len(e.frames) - 1)
		f.cond = false
		e.dead, e.look = f.dead, f.fromLook
		if e.metered && !f.dead {
			e.resume(f.from, f.fromAcc)
		}
	case wasm.OpEnd:
		e.end(in)
	case wasm.OpBr:
		if f := &e.frames[len(e.frames)-1-int(in.Imm)]; f.disp >= 0 && !e.dead && e.metered {
			e.dispatchJump(in, f.disp)
		}
		e.relabel(in)
		e.branch(int(in.Imm))
		e.dead = true
	case wasm.OpBrIf:
		e.relabel(in)
		e.branch(int(in.Imm))
		e.fork()
	case wasm.OpBrTable:
		e.brTable(in, r)
	case wasm.OpReturn:
		if e.f.counted {
			e.flush(in.Offset)
			e.exit()
			e.copied = in.End
		}
		e.dead = true
	case wasm.OpUnreachable:
		e.dead = true
	}
}

func (e *emitter) push(f frame) {
	f.dead = e.dead
	f.source, f.target = -1, -1
	up := &e.frames[len(e.frames)-1]
	f.loops, f.extra = up.loops, f.extra+up.extra
	if f.loop {
		f.loops++
	} else {
		f.disp = -1
	}
	e.frames = append(e.frames, f)
}

// relabel writes a branch with the labels that it crosses now.
func (e *emitter) relabel(in *wasm.Instr) {
	if label := e.label(int(in.Imm)); label != uint32(in.Imm) {
		e.flush(in.Offset)
		e.out = wasm.AppendU32(append(e.out, byte(in.Op)), label)
		e.copied = in.End
	}
}

// label is the new label of the author's label here.
func (e *emitter) label(l int) uint32 {
	top := len(e.frames) - 1
	return uint32(l) + uint32(e.frames[top].extra-e.frames[top-l].extra)
}

// exit branches to the end of the body, where the stack charge is given back.
func (e *emitter) exit() {
	e.out = wasm.AppendU32(append(e.out, byte(wasm.OpBr)), e.label(len(e.frames)-1))
}

// brTable notes the ways of a br_table.
func (e *emitter) brTable(in *wasm.Instr, r *wasm.Reader) {
	labels := r.Labels(in)
	if e.quiet {
		e.dispatchTable(&labels)
		e.dead = true
		return
	}
	anew := e.frames[len(e.frames)-1].extra > 0
	if anew {
		e.flush(in.Offset)
		e.out = wasm.AppendU32(append(e.out, byte(wasm.OpBrTable)), uint32(labels.Len()-1))
		e.copied = in.End
	}
	for l, ok := labels.Next(); ok; l, ok = labels.Next() {
		e.branch(int(l))
		if anew {
			e.out = wasm.AppendU32(e.out, e.label(int(l)))
		}
	}
	e.dead = true
}

// branch notes a way from here to a label.
func (e *emitter) branch(label int) {
	i := len(e.frames) - 1 - label
	if !e.frames[i].loop {
		e.arrive(i)
	}
}

// arrive notes a way from here to the end of the block at an index of frames.
func (e *emitter) arrive(i int) {
	if e.dead || !e.metered {
		return
	}
	f := &e.frames[i]
	f.look = max(f.look, e.look)
	if f.mixed {
		return
	}
	if e.next || f.source >= 0 && f.source != e.cur {
		f.source, f.mixed = e.cur, true
		return
	}
	f.source, f.acc = e.cur, max(f.acc, e.acc)
	// What comes after a loop is not to be paid for in each turn.
	f.mixed = e.frames[len(e.frames)-1].loops > f.loops
}

// end closes a block. What follows belongs to the range from which all ways come, or else to a new one.
func (e *emitter) end(in *wasm.Instr) {
	top := len(e.frames) - 1
	if !e.metered {
		e.frames = e.frames[:top]
		return
	}
	e.arrive(top)
	f := e.frames[top]
	e.frames = e.frames[:top]
	if f.slow {
		e.endSlow(in)
	}
	if f.cond {
		f.look = max(f.look, f.fromLook)
	}
	e.look = f.look
	if f.cond && !f.dead && !f.mixed {
		// An if without else: a way leads from its beginning to its end.
		if f.mixed = f.source >= 0 && f.source != f.from; !f.mixed {
			f.source, f.acc = f.from, max(f.acc, f.fromAcc)
		}
	}
	switch {
	case f.dead:
		e.dead = true
	case f.source < 0 && f.target >= 0:
		e.leaveRange()
		e.free(0)
		e.dead = false
	case f.source < 0:
		e.dead = true
	case f.mixed || f.loop:
		e.dead, e.next = false, true
	default:
		e.dead = false
		e.resume(f.source, f.acc)
	}
	if f.target >= 0 && !f.dead {
		e.arriveTarget(f.target)
	}
}

// fork notes that a path leaves the range here: from now on it is charged for what it may not run.
func (e *emitter) fork() {
	if !e.metered || e.dead {
		return
	}
	if r := &e.ranges[e.cur]; !r.split {
		r.split = true
		r.stop = min(e.acc+mergeCost, r.stop)
		e.stop = r.stop
	}
}
