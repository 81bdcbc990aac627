package meter

import "github.com/pledge-wasm/pledge/host/internal/wasm"

const (
	// mergeCost is how much a path may be charged for code that it branches around, so that short arms share a charge.
	mergeCost = 32
	// rangeCost is the most that is charged at once; longer straight lines are charged in parts.
	rangeCost = 8192
	// lookCost is how much may run on any path before the budget is looked at again, with the work of functions that do not
	// look themselves.
	lookCost = 8192
	// dispatchCost is the weight of the instructions at the head of a dispatch loop.
	dispatchCost = 4
)

// emitter writes function bodies. See the package comment for what a range is.
type emitter struct {
	w    *rewriter
	out  []byte
	open []open // scratch of scan

	f       *fn
	metered bool
	dead    bool // no path comes here
	quiet   bool // at the head of a dispatch loop, which its sources pay for
	next    bool // a new range begins at the next instruction that costs something
	copied  int  // what lies before this offset of the file has been written
	// look is the most that can have run, on any path to this place, since this function last looked at the budget; most is
	// how much that may be.
	look, most uint32

	frames []frame
	ranges []rng
	cur    int32 // the range that pays for what comes now; its acc and stop are in the next two
	acc    uint32
	stop   uint32

	dispatch
}

// rng is a range: code that is paid for by one charge, or by the sources of the jumps to it.
type rng struct {
	peak  uint32 // cost on the dearest path that has ended
	stop  uint32 // the cost at which it ends, for being too inexact or too long
	split bool   // some path has left
	width uint8  // size of the number at patch
	patch int32  // where in out the cost is to be written; 0: nowhere
	jump  int32  // the target that it also pays for; -1: none
}

// frame is an open block.
type frame struct {
	loop  bool
	slow  bool // a loop whose slow path comes after its end
	cond  bool // an if without else so far
	dead  bool // it began in dead code
	mixed bool // its end must begin a new range
	// from is the range in which an if began, and fromAcc its cost then.
	from     int32
	fromAcc  uint32
	fromLook uint32
	// source is the range from which all ways to the end come, -1 if there is none yet; acc the dearest of them.
	source int32
	acc    uint32
	look   uint32 // the most on any way to the end
	// loops counts the loops among the open blocks, this one included.
	loops int32
	// extra counts the blocks that were put around the open loops.
	extra int32
	// target and disp are the place in dispatch of a block that is a target, and of a dispatch loop; -1: none.
	target, disp int32
}

// function appends a body with its size to dst.
func (e *emitter) function(dst []byte, i int) ([]byte, error) {
	w := e.w
	b := w.m.Code[i]
	e.f = &w.fns[i]
	e.out = append(e.out[:0], w.m.File[b.Start:b.CodeStart]...)
	e.copied = b.CodeStart
	e.metered = !e.f.folded
	e.dead, e.quiet, e.next = false, false, false
	e.look, e.most = 0, lookCost
	switch {
	case e.f.unchecked:
		e.most = maxCost
	case e.f.deep:
		// As with afterCalls: many frames may be left one after the other.
		e.most = min(lookCost, e.f.frame)
	}
	e.ranges = e.ranges[:0]
	e.frames = append(e.frames[:0], frame{source: -1, target: -1, disp: -1})
	e.dispatch.reset(e.f.firstLoop)
	if e.metered {
		e.entry()
	}
	var in wasm.Instr
	r := w.m.Read(b)
	for r.Next(&in) {
		kind := classOf(in.Op)
		if e.metered && !e.dead && !e.quiet {
			cost, work := costOf(in.Op), uint32(0)
			if kind == classCall {
				cost, work = w.callCost(&in), w.callWork(&in)
			}
			if cost > 0 {
				if e.next || e.acc+cost > e.stop {
					e.begin(in.Offset)
				}
				e.acc += cost
				e.run(in.Offset, cost+work)
			}
		}
		switch kind {
		case classPlain:
		case classConst:
			e.lastConst = uint32(in.Imm)
		case classCall, classBulk, classIndex, classDirt:
			e.replace(&in, kind)
		default:
			e.control(&in, &r)
		}
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return e.finish(dst, b), nil
}

// entry begins the first range.
func (e *emitter) entry() {
	f, s := e.f, &e.w.code
	if !f.counted {
		e.charge(4)
		if !f.unchecked {
			e.out = append(e.out, s.check...)
		}
		return
	}
	e.out = e.w.appendBlock(e.out, f.typ)
	e.charge(10)
	e.out = append(e.out, s.checkAll...)
}

// charge begins a range here, with room for its cost in so many bytes.
func (e *emitter) charge(width uint8) {
	s := &e.w.code
	e.out = append(append(e.out, s.get...), byte(wasm.OpI64Const))
	e.free(width)
	e.out = append(e.out, zeros[:width]...)
	e.out = append(e.out, s.less...)
}

// free begins a range that is charged at the end of out, or by others if width is 0.
func (e *emitter) free(width uint8) {
	r := rng{stop: rangeCost, width: width, jump: -1}
	if width > 0 {
		r.patch = int32(len(e.out))
	}
	if e.w.opt.Exact {
		r.stop = 0
	}
	e.ranges = append(e.ranges, r)
	e.cur = int32(len(e.ranges) - 1)
	e.acc, e.stop, e.next = 0, r.stop, false
}

var zeros [10]byte

// leaveRange puts the cost of the current range away.
func (e *emitter) leaveRange() {
	r := &e.ranges[e.cur]
	r.peak = max(r.peak, e.acc)
}

// resume goes on in a range at a cost.
func (e *emitter) resume(id int32, acc uint32) {
	e.leaveRange()
	e.cur, e.stop, e.acc = id, e.ranges[id].stop, acc
	e.next = false
}

// begin ends the range and begins the next one before the instruction at an offset of the file.
func (e *emitter) begin(at int) {
	e.flush(at)
	e.leaveRange()
	e.charge(4)
}

// run counts what the instruction at an offset of the file runs, and looks at the budget before it when too much would
// have run by then.
func (e *emitter) run(at int, cost uint32) {
	if e.look > 0 && e.look+cost > e.most {
		e.flush(at)
		// By a call: the branches of a check would cost the compiler too much, were there one after each instruction.
		e.out = wasm.AppendU32(append(e.out, byte(wasm.OpCall)), e.w.helperBase+e.w.helperAt[lookHelper])
		e.look = 0
	}
	e.look += cost
}

// check looks at the fuel here.
func (e *emitter) check() {
	e.out = append(e.out, e.w.code.check...)
	e.look = 0
}

// flush copies the file up to an offset.
func (e *emitter) flush(to int) {
	e.out = wasm.AppendLong(e.out, e.w.m.File[e.copied:to])
	e.copied = to
}

// finish writes the costs into the body, and appends it with its size to dst.
func (e *emitter) finish(dst []byte, b wasm.Body) []byte {
	e.flush(b.End)
	if e.metered {
		e.leaveRange()
		e.settle()
	}
	if e.f.counted {
		e.leave()
		e.out = append(e.out, byte(wasm.OpEnd))
	}
	return wasm.AppendBytes(dst, e.out)
}

// settle writes the cost of every range to where it is charged.
func (e *emitter) settle() {
	e.suffixes()
	for i := range e.ranges {
		r := &e.ranges[i]
		if r.patch > 0 {
			e.write(int(r.patch), int(r.width), e.total(r))
		}
	}
	if e.f.counted {
		r := &e.ranges[0]
		e.write(int(r.patch), int(r.width), uint64(e.f.charge)<<32+e.total(r))
	}
}

// total is the cost of a range with that of the target that it pays for.
func (e *emitter) total(r *rng) uint64 {
	v := uint64(r.peak)
	if r.jump >= 0 {
		v += e.targets[r.jump].suffix
	}
	return v
}

// write writes a number of which it knows that it fits.
func (e *emitter) write(at, width int, v uint64) {
	p := e.out[at : at+width]
	for i := range p[:width-1] {
		p[i] = byte(v)&0x7f | 0x80
		v >>= 7
	}
	p[width-1] = byte(v) & 0x7f
}

// leave gives the stack charge back.
func (e *emitter) leave() {
	s := &e.w.code
	e.out = wasm.AppendS64(append(append(e.out, s.get...), byte(wasm.OpI64Const)), int64(e.f.charge)<<32)
	e.out = append(append(e.out, byte(wasm.OpI64Add)), s.set...)
}
