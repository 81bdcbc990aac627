package admit

import "github.com/pledge-wasm/pledge/host/internal/wasm"

// shape is what a function body looks like to the compiler: the quantities that
// its time and memory grow with.
//
// The compiler turns locals into values, block by block. A read looks for the
// last value that was written: up through blocks with one predecessor, until it
// meets a point where branches meet. There it asks all predecessors, and if
// they differ, the local becomes a parameter of that point, which every branch
// to it then carries. A loop's header cannot know what comes back to it, so
// each local that is read inside, or behind, becomes its parameter at first;
// those that never change are taken away again by comparing all with all.
// Scanning bodies in the order of the file finds the same parameters, because
// control flow is structured: what matters is which blocks were opened and
// closed since the local was last seen.
type shape struct {
	work   int64 // straight-line code: the sum of a weight per instruction
	blocks int64 // basic blocks
	depth  int64 // over blocks and branches, the blocks that dominate them
	live   int64 // over blocks, the values that are alive in them
	pairs  int64 // over merge points, the locals that are looked up through them
	phis   int64 // over merge points, parameters² times loop depth
	edges  int64 // over branches, the parameters that they carry
	chain  int64 // steps of lookups through blocks with one predecessor
	dead   int64 // values that validation follows through code that is never reached

	height, nesting int64 // the largest of each
}

// frame is an open block.
type frame struct {
	op       wasm.Opcode
	dead     bool // what follows in this block cannot be reached
	deadAtIn bool // it could not be reached where it began
	joined   bool // the then branch of an if reached its end
	looped   bool // it has a loop inside
	start    int64
	base     int64 // height of the operand stack below its parameters
	params   int64
	results  int64
	branches int64 // branches to its label
	climb    int64 // the steps before each of them, summed
	loops    int64 // loops around its inside
	steps    int64 // steps where it began
	depth    int64 // depth where it began
	lowest   int64 // the lowest depth of the branches to its label
	blocks   int64 // blocks where it began
	outer    int   // index of the loop around it among the frames, -1 if none
}

// merge is a point where branches meet, of a block that was closed.
type merge struct {
	start  int64 // when its block began
	params int64
	preds  int64
	climb  int64 // steps before each of its branches, summed
	loops  int64
	loop   bool
	looped bool // there is a loop inside its block
}

// local is what is known of a local.
type local struct {
	seen   int64 // when it was last read or written
	blocks int64 // how many blocks there were then
	merges int   // how many merges there were then
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
	if top.dead {
		s.shape.dead += deadCost + int64(p) + int64(n)
	}
	f := frame{
		op: in.Op, dead: top.dead, deadAtIn: top.dead, start: s.clock, params: int64(p), results: int64(n),
		loops: top.loops, outer: top.outer, blocks: s.shape.blocks,
	}
	if top.op == wasm.OpLoop {
		f.outer = len(s.frames) - 1
	}
	if !f.dead {
		if in.Op == wasm.OpIf {
			s.pop(top, 1)
		}
		switch in.Op {
		case wasm.OpBlock:
			s.addBlocks(1)
		case wasm.OpLoop:
			s.addBlocks(4 + meterBlocks)
			s.shape.work += meterWork
			if f.loops == int64(len(s.carried)) {
				s.carried = append(s.carried, nil)
			}
			s.carried[f.loops] = s.carried[f.loops][:0]
			f.loops++
			s.steps = 0
			s.depth++
		case wasm.OpIf:
			s.addBlocks(3)
			s.shape.work += workBranch
			s.steps++
		}
		s.pop(top, f.params)
		f.steps, f.depth, f.lowest = s.steps, s.depth, s.depth+saturated
		if in.Op == wasm.OpIf {
			s.depth++
		}
	}
	f.base = s.height
	s.push(f.params)
	s.frames = append(s.frames, f)
	s.shape.nesting = max(s.shape.nesting, int64(len(s.frames)))
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
		top.climb += s.steps
		top.lowest = min(top.lowest, s.depth)
	}
	top.dead = top.deadAtIn
	s.height, s.steps, s.depth = top.base, top.steps, top.depth+1
	s.push(top.params)
	return nil
}

// close ends a block: the place where its branches meet.
func (s *scanner) close() {
	f := s.frames[len(s.frames)-1]
	s.frames = s.frames[:len(s.frames)-1]
	s.height = f.base
	if len(s.frames) == 0 {
		s.shape.edges = sum(s.shape.edges, times(f.branches, f.results))
		return
	}
	s.push(f.results)
	up := &s.frames[len(s.frames)-1]
	if f.deadAtIn {
		return
	}
	up.looped = up.looped || f.looped || f.op == wasm.OpLoop
	if f.op == wasm.OpLoop {
		// Its header is the merge point; behind it there is only the way out.
		// Now that all branches to it are known, each looks up what it carries.
		carried := s.carried[f.loops-1]
		for _, i := range carried {
			s.cross(&s.locals[i])
		}
		m := merge{start: f.start, preds: f.branches + 1, climb: f.climb, loops: f.loops, loop: true, params: int64(len(carried))}
		s.shape.edges = sum(s.shape.edges, times(m.params+f.params, m.preds))
		s.shape.phis = sum(s.shape.phis, times(times(m.params+f.params, m.params+f.params), 1+m.loops))
		s.shape.chain = sum(s.shape.chain, times(m.params, m.climb))
		s.shape.live = sum(s.shape.live, times(m.params, s.shape.blocks-f.blocks))
		s.merges = append(s.merges, m)
		s.steps++
		s.depth++
		up.dead = f.dead
		return
	}
	preds, climb, lowest := f.branches, f.climb, f.lowest
	if !f.dead {
		preds++
		climb += s.steps
		lowest = min(lowest, s.depth)
	}
	if f.op == wasm.OpIf || f.joined { // the way around the then branch, or out of it
		preds++
		climb += f.steps
		lowest = min(lowest, f.depth)
	}
	if preds > 0 {
		s.depth = lowest + 1
		s.shape.depth += s.depth
	}
	if preds > 1 {
		m := merge{start: f.start, preds: preds, climb: climb, loops: f.loops, looped: f.looped}
		s.shape.edges = sum(s.shape.edges, times(f.results, preds))
		s.shape.phis = sum(s.shape.phis, times(f.results, f.results))
		s.merges = append(s.merges, m)
		s.steps = 0
	} else {
		s.steps++
	}
	up.dead = preds == 0
}

// branch records a branch to a label.
func (s *scanner) branch(label uint64, offset int) error {
	if label >= uint64(len(s.frames)) {
		return malformed(offset, "no such label")
	}
	f := &s.frames[len(s.frames)-1-int(label)]
	f.branches++
	f.climb += s.steps
	f.lowest = min(f.lowest, s.depth)
	s.shape.depth += s.depth
	return nil
}

// read looks a local up: in the headers of the loops that began since it was
// last seen and are still open, and through the merge points since then.
func (s *scanner) read(i uint32) {
	l := &s.locals[i]
	s.shape.chain += s.steps
	top := &s.frames[len(s.frames)-1]
	n := top.outer
	if top.op == wasm.OpLoop {
		n = len(s.frames) - 1
	}
	for n >= 0 && s.frames[n].start > l.seen {
		f := &s.frames[n]
		s.carried[f.loops-1] = append(s.carried[f.loops-1], i)
		s.shape.pairs++
		n = f.outer
	}
	s.cross(l)
}

// cross takes a lookup through the merge points since the local was last seen.
func (s *scanner) cross(l *local) {
	s.shape.live = sum(s.shape.live, s.shape.blocks-l.blocks)
	for k := l.merges; k < len(s.merges); k++ {
		m := &s.merges[k]
		s.shape.pairs++
		s.shape.chain = sum(s.shape.chain, m.climb)
		if m.loop == (m.start < l.seen) && !m.looped {
			continue // nothing was written inside, or the loop lies behind the write
		}
		s.shape.phis = sum(s.shape.phis, times(2*m.params+1, 1+m.loops))
		s.shape.edges = sum(s.shape.edges, m.preds)
		m.params++
	}
	s.see(l)
}

// see remembers that a local was read or written here.
func (s *scanner) see(l *local) {
	l.seen, l.blocks, l.merges = s.clock, s.shape.blocks, len(s.merges)
}

// addBlocks counts basic blocks; the operands on the stack live through them.
func (s *scanner) addBlocks(n int64) {
	s.shape.blocks += n
	s.shape.depth += n * s.depth
	s.shape.live += n * s.height
}

func (s *scanner) push(n int64) {
	s.height += n
	s.shape.height = max(s.shape.height, s.height)
}

// pop takes operands, never below the block's own: a module that does is
// invalid, which the engine says better.
func (s *scanner) pop(top *frame, n int64) {
	s.height = max(s.height-n, top.base)
}
