package meter

import "github.com/pledge-wasm/pledge/host/internal/wasm"

const (
	// mergeCost is how much a path may be charged for code that it branches around, so that short arms share a charge.
	mergeCost = 24
	// rangeCost is the most that is charged at once; longer straight lines are charged in parts.
	rangeCost = 8192
	// lookCost is how much may be charged in the order of the text before the budget is looked at again.
	lookCost = 8192
)

// emitter writes function bodies. The code of a function is cut into ranges, contiguous in the text, each charged where
// it begins with the sum of its weights: nothing enters a range but through its charge. A range ends where a path from
// an earlier range comes in (else, end), at a loop's header, and where too much would be charged for code that is
// branched around.
type emitter struct {
	w    *rewriter
	out  []byte
	open []open // scratch of scan

	frames  []frame
	f       *fn
	metered bool
	dead    bool
	copied  int // what lies before this offset of the file has been written

	id     int32  // number of the range
	acc    uint32 // its cost so far
	stop   uint32 // the cost at which it ends for being too inexact or too long
	split  bool   // some path has left the range
	next   bool   // a new range begins at the next instruction that costs something
	look   uint32 // cost since the budget was looked at, in the order of the text
	patch  int    // where in out the cost is to be written
	width  int    // in so many bytes
	shadow uint64 // what is added to it: the stack charge, for the first range of a counted function
}

// frame is an open block.
type frame struct {
	loop, cond bool  // cond: an if without else so far
	dead       bool  // it began in dead code
	from       int32 // the range in which an if began
	source     int32 // the first range with a way to its end; -1: none yet
}

// function appends a body with its size.
func (e *emitter) function(dst []byte, i int) ([]byte, error) {
	w := e.w
	b := w.m.Code[i]
	e.f = &w.fns[i]
	e.out = append(e.out[:0], w.m.File[b.Start:b.CodeStart]...)
	e.copied = b.CodeStart
	e.metered = !e.f.folded
	e.dead, e.next = false, false
	e.id, e.acc, e.look = 0, 0, 0
	e.frames = append(e.frames[:0], frame{source: -1})
	if e.metered {
		e.entry()
	}
	var in wasm.Instr
	r := w.m.Read(b)
	for r.Next(&in) {
		kind := classOf(in.Op)
		if e.metered && !e.dead {
			cost := costOf(in.Op)
			if kind == classCall {
				cost = w.callCost(&in)
			}
			if cost > 0 {
				if e.next || e.acc+cost > e.stop {
					e.begin(in.Offset)
				}
				e.acc += cost
			}
		}
		switch kind {
		case classPlain:
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
	e.shadow = 0
	if !f.counted {
		e.charge(3)
		if !f.unchecked {
			e.out = append(e.out, s.check...)
		}
		return
	}
	e.out = e.w.appendBlock(e.out, f.typ)
	e.shadow = uint64(f.charge) << 32
	e.charge(10)
	e.out = append(e.out, s.checkAll...)
}

// charge writes the start of a range, with room for its cost.
func (e *emitter) charge(width int) {
	s := &e.w.code
	e.out = append(append(e.out, s.get...), byte(wasm.OpI64Const))
	e.patch, e.width = len(e.out), width
	e.out = append(e.out, zeros[:width]...)
	e.out = append(e.out, s.less...)
	e.acc, e.stop, e.split, e.next = 0, rangeCost, false, false
}

var zeros [10]byte

// begin ends the range and starts the next one before the instruction at an offset of the file.
func (e *emitter) begin(at int) {
	e.flush(at)
	e.close()
	e.charge(3)
	if e.look >= lookCost {
		e.out = append(e.out, e.w.code.check...)
		e.look = 0
	}
}

// header starts a range that looks at the budget, at the beginning of a loop.
func (e *emitter) header(at int) {
	e.flush(at)
	e.close()
	e.charge(3)
	e.out = append(e.out, e.w.code.check...)
	e.look = 0
}

// close writes the cost of the range where it was charged.
func (e *emitter) close() {
	v := e.shadow + uint64(e.acc)
	p := e.out[e.patch : e.patch+e.width]
	last := len(p) - 1
	for i := range last {
		p[i] = byte(v)&0x7f | 0x80
		v >>= 7
	}
	p[last] = byte(v) & 0x7f
	e.look += e.acc
	e.id++
	e.shadow = 0
}

// flush copies the file up to an offset.
func (e *emitter) flush(to int) {
	e.out = append(e.out, e.w.m.File[e.copied:to]...)
	e.copied = to
}

// finish appends the body, with its size, to dst.
func (e *emitter) finish(dst []byte, b wasm.Body) []byte {
	if e.metered {
		e.close()
	}
	e.flush(b.End)
	if e.f.counted {
		e.leave()
		e.out = append(e.out, byte(wasm.OpEnd))
	}
	return wasm.AppendBytes(dst, e.out)
}

// leave gives the stack charge back.
func (e *emitter) leave() {
	s := &e.w.code
	e.out = wasm.AppendS64(append(append(e.out, s.get...), byte(wasm.OpI64Const)), int64(e.f.charge)<<32)
	e.out = append(append(e.out, byte(wasm.OpI64Add)), s.set...)
}
