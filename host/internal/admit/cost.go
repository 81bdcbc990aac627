package admit

import "github.com/pledge-wasm/pledge/host/internal/wasm"

// shape is what a function body looks like to the compiler: the quantities that
// its time and memory grow with, each an upper bound found in one pass.
type shape struct {
	work     int64 // straight-line code: the sum of a weight per instruction
	blocks   int64 // basic blocks
	live     int64 // values alive at once: distinct locals in use, operand stack
	phis     int64 // over merge points, parameters² times loop depth
	edges    int64 // over branches, the parameters that they carry
	chain    int64 // steps of variable lookups through blocks with one predecessor
	height   int64 // highest operand stack
	nesting  int64 // deepest nesting of blocks
	distinct int64 // distinct locals in use
}

// frame is an open block.
type frame struct {
	op          wasm.Opcode
	dead        bool // what follows in this block cannot be reached
	deadAtIn    bool // it could not be reached where it began
	joined      bool // the then branch of an if reached the end
	start       int64
	base        int64 // height of the operand stack below its parameters
	params      int64
	results     int64
	touched     int64 // distinct locals touched inside, as a difference to what blocks inside count
	written     int64 // the same for locals written, or touched by a loop inside
	branches    int64 // branches to its label
	branchSteps int64 // their steps, summed
	loops       int64 // loops around its inside
	steps       int64 // steps where it began
}

// open begins a block.
func (s *scanner) open(in *wasm.Instr) error {
	if n := int64(len(s.frames)); n > s.lim.Nesting {
		return tooMany("depth of nested blocks", n, s.lim.Nesting, in.Offset)
	}
	p, n, ok := in.BlockType().Counts(s.m.Types)
	if !ok {
		return malformed(in.Offset, "no such block type")
	}
	if p > 0 || n > 1 {
		s.used |= usesMultiValue
	}
	top := &s.frames[len(s.frames)-1]
	f := frame{op: in.Op, dead: top.dead, deadAtIn: top.dead, start: s.clock, params: int64(p), results: int64(n), loops: top.loops}
	if !f.dead {
		if in.Op == wasm.OpIf {
			s.pop(top, 1)
		}
		switch in.Op {
		case wasm.OpBlock:
			s.shape.blocks++
		case wasm.OpLoop:
			s.shape.blocks += 4 + meterBlocks
			s.shape.work += meterWork
			f.loops++
			s.steps = 0
		case wasm.OpIf:
			s.shape.blocks += 3
			s.shape.work += workBranch
			s.steps++
		}
		s.pop(top, f.params)
		f.base, f.steps = s.height, s.steps
		s.push(f.params)
	} else {
		f.base = s.height
	}
	s.frames = append(s.frames, f)
	if n := int64(len(s.frames)); n > s.shape.nesting {
		s.shape.nesting = n
	}
	return nil
}

// otherwise turns to the else branch of an if.
func (s *scanner) otherwise(in *wasm.Instr) error {
	top := &s.frames[len(s.frames)-1]
	if top.op != wasm.OpIf {
		return malformed(in.Offset, "else without if")
	}
	top.op = wasm.OpElse
	if !top.dead {
		top.joined = true
		top.branchSteps += s.steps
	}
	top.dead = top.deadAtIn
	s.height, s.steps = top.base+top.params, top.steps
	return nil
}

// close ends a block: the place where its branches meet.
func (s *scanner) close() {
	f := s.frames[len(s.frames)-1]
	s.frames = s.frames[:len(s.frames)-1]
	if len(s.frames) == 0 {
		s.shape.edges += f.branches * f.results
		s.shape.distinct = f.touched
		return
	}
	up := &s.frames[len(s.frames)-1]
	up.touched += f.touched
	if f.deadAtIn {
		s.height = f.base
		return
	}
	params, reached := f.written, !f.dead
	preds := f.branches
	steps := f.branchSteps
	if reached {
		preds++
		steps += s.steps
	}
	if f.op == wasm.OpLoop {
		// The header is the merge point; every variable touched inside is its parameter at first.
		params = f.touched
		up.written += f.touched
		s.merge(params+f.params, f.branches+1, f.branchSteps, params, f.loops)
		s.steps++
	} else {
		up.written += f.written
		if f.op == wasm.OpIf || f.joined { // the way around the then branch, or out of it
			preds++
			steps += f.steps
			reached = true
		}
		params = min(params, f.touched)
		reached = reached || f.branches > 0
		if preds > 1 {
			s.merge(params+f.results, preds, steps, params, f.loops)
			s.steps = 0
		} else {
			s.steps++
		}
	}
	up.dead = !reached
	s.height = f.base + f.results
}

// merge records a point where branches meet. None of the products can overflow:
// the limits keep parameters below 2^17, branches and loops below 2^23; the sums
// are cut off at saturated.
func (s *scanner) merge(params, preds, steps, variables, loops int64) {
	s.shape.phis = min(saturated, s.shape.phis+params*params*(1+loops))
	s.shape.edges = min(saturated, s.shape.edges+params*preds)
	s.shape.chain = min(saturated, s.shape.chain+times(variables, steps))
}

// branch records a branch to a label.
func (s *scanner) branch(label uint64, offset int) error {
	if label >= uint64(len(s.frames)) {
		return malformed(offset, "no such label")
	}
	f := &s.frames[len(s.frames)-1-int(label)]
	f.branches++
	f.branchSteps += s.steps
	return nil
}

// touchLocal counts local i in every open block that had not seen it yet. Its
// last sighting says which: blocks that began later. Rather than count it in
// each of them, it is counted in the innermost and taken back in the innermost
// block that had seen it, since a block's count is added to its parent's.
func (s *scanner) touchLocal(i int, write bool) {
	top := &s.frames[len(s.frames)-1]
	last := s.touch[i]
	s.touch[i] = s.clock
	if last < top.start {
		top.touched++
		if f := s.seenBy(last); f != nil {
			f.touched--
		}
	}
	if !write {
		return
	}
	last = s.write[i]
	s.write[i] = s.clock
	if last < top.start {
		top.written++
		if f := s.seenBy(last); f != nil {
			f.written--
		}
	}
}

// seenBy is the innermost open block that began no later than at, if any.
func (s *scanner) seenBy(at int64) *frame {
	lo, hi := 0, len(s.frames)
	for lo < hi {
		mid := (lo + hi) / 2
		if s.frames[mid].start <= at {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == 0 {
		return nil
	}
	return &s.frames[lo-1]
}

func (s *scanner) push(n int64) {
	s.height += n
	if s.height > s.shape.height {
		s.shape.height = s.height
	}
}

// pop takes operands, never below the block's own: a module that does is
// invalid, which the engine says better.
func (s *scanner) pop(top *frame, n int64) {
	if s.height -= n; s.height < top.base {
		s.height = top.base
	}
}
