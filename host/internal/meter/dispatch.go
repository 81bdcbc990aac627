package meter

import (
	"slices"

	"github.com/pledge-wasm/pledge/host/internal/wasm"
)

// dispatch is what the emitter knows of dispatch loops: loops that begin with blocks, a local.get and a br_table to the
// ends of those blocks, and to which all branches come right after a const was put into that local. Go's compiler makes
// each function such a loop, and each jump a branch to it. Where a jump goes is known, so it pays for what it goes to,
// and only jumps back look at the budget.
type dispatch struct {
	nextLoop  uint32 // the place in rewriter.loops of the next loop
	lastConst uint32 // the value of the last i32.const
	loops     []dispatchLoop
	targets   []target
	table     []int32 // tables of all loops: indices of targets
	order     []int32 // targets in the order of the text
}

// dispatchMost is the largest cost of a function whose dispatch loops are seen as such: it keeps what one jump pays for
// below the room for it.
const dispatchMost = 1 << 20

// dispatchLoop is one dispatch loop.
type dispatchLoop struct {
	from, to int32 // its part of table; the last entry is the default
	local    uint32
	entry    int32 // the range that pays for the way in
	extra    int32 // where in out the extra cost of a way in with the local not 0 is written
}

// target is a place that jumps go to.
type target struct {
	open   bool   // it lies ahead
	rng    int32  // the range that it lies in; -1: a range begins there
	prefix uint32 // the cost of that range up to it
	suffix uint64 // what a jump to it pays for
	look   uint32 // see emitter: the most on any jump to it from before
}

func (d *dispatch) reset(firstLoop uint32) {
	d.nextLoop = firstLoop
	d.loops, d.targets, d.table, d.order = d.loops[:0], d.targets[:0], d.table[:0], d.order[:0]
}

// beginDispatch writes what comes before a dispatch loop, and gives its index.
func (e *emitter) beginDispatch(in *wasm.Instr, local uint32) int32 {
	if e.next || e.ranges[e.cur].split {
		e.begin(in.Offset)
	}
	e.acc += dispatchCost
	e.flush(in.Offset)
	l := dispatchLoop{local: local, entry: e.cur}
	s := &e.w.code
	e.out = append(wasm.AppendU32(append(e.out, byte(wasm.OpLocalGet)), l.local), byte(wasm.OpIf), 0x40)
	e.out = append(append(e.out, s.get...), byte(wasm.OpI64Const))
	l.extra = int32(len(e.out))
	e.out = append(append(append(e.out, zeros[:4]...), s.less...), byte(wasm.OpEnd))
	e.loops = append(e.loops, l)
	e.quiet = true
	return int32(len(e.loops) - 1)
}

// dispatchTable reads the table of the loop at whose head the emitter is.
func (e *emitter) dispatchTable(labels *wasm.Labels) {
	e.quiet = false
	l := &e.loops[len(e.loops)-1]
	l.from = int32(len(e.table))
	for label, ok := labels.Next(); ok; label, ok = labels.Next() {
		f := &e.frames[len(e.frames)-1-int(label)]
		if f.target < 0 {
			f.target = int32(len(e.targets))
			e.targets = append(e.targets, target{open: true, rng: -1, look: e.look + dispatchCost})
		}
		e.table = append(e.table, f.target)
	}
	l.to = int32(len(e.table))
	e.ranges[l.entry].jump = e.table[l.from]
}

// at gives the target for a value of the local.
func (e *emitter) at(l *dispatchLoop, v uint32) int32 {
	return e.table[l.from+int32(min(v, uint32(l.to-l.from-1)))]
}

// dispatchJump pays for a jump: in the range that it ends if all of that range comes here, and otherwise in its own.
func (e *emitter) dispatchJump(in *wasm.Instr, disp int32) {
	t := e.at(&e.loops[disp], e.lastConst)
	back := !e.targets[t].open
	if r := &e.ranges[e.cur]; back || r.split || r.jump >= 0 {
		e.begin(in.Offset)
		if back {
			e.check()
		}
	}
	e.acc += dispatchCost
	if !back {
		e.targets[t].look = max(e.targets[t].look, e.look+dispatchCost)
	}
	e.ranges[e.cur].jump = t
}

// arriveTarget fixes where a target lies: here.
func (e *emitter) arriveTarget(i int32) {
	t := &e.targets[i]
	t.open = false
	e.look = max(e.look, t.look)
	e.order = append(e.order, i)
	if !e.next {
		t.rng, t.prefix = e.cur, e.acc
	}
}

// suffixes computes what each target costs, from the last to the first: the range of a target ends in a jump ahead, or
// in none.
func (e *emitter) suffixes() {
	for _, k := range slices.Backward(e.order) {
		if t := &e.targets[k]; t.rng >= 0 {
			t.suffix = e.total(&e.ranges[t.rng]) - uint64(t.prefix)
		}
	}
	for i := range e.loops {
		l := &e.loops[i]
		var most uint64
		for _, t := range e.table[l.from:l.to] {
			most = max(most, e.targets[t].suffix)
		}
		e.write(int(l.extra), 4, most-e.targets[e.table[l.from]].suffix)
	}
}
