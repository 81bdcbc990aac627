package meter

import "github.com/pledge-wasm/pledge/host/internal/wasm"

const (
	// foldCost is the most that a function may cost to be paid for by its callers.
	foldCost = 48
	// uncheckedCost is the most that a function and what it calls may cost to be charged without looking at the budget.
	// What it calls does not count where that looks itself.
	uncheckedCost = 2000
	// slackStack is the most stack in bytes that a chain of functions may use without account.
	slackStack = 512
)

// classify decides which functions are paid for by their callers (folded), which keep account of the stack (counted),
// and which need not look at the budget at their entry (unchecked).
//
// Every cycle of calls goes through a counted function: those with an indirect call all are, and of the cycles of direct
// calls one function each at least. A counted function pays for its own frame and for the longest chain of frames of
// others between it and the next counted function, so only the chain on top of the stack, slackStack at most, is not
// paid for.
func (w *rewriter) classify() {
	for i := range w.fns {
		f := &w.fns[i]
		f.frame = frameOf(f)
		f.counted = f.indirect
	}
	order := w.breakCycles()
	state := make([]chain, len(w.fns))
	var rest []uint32
	for _, i := range order {
		if w.fns[i].counted {
			rest = append(rest, i)
			continue
		}
		w.settle(i, state)
	}
	// A table may lead to any function that is named outside of bodies.
	var table uint32
	for i := range w.fns {
		if f := &w.fns[i]; !f.counted && w.declared[i+int(w.imported)] {
			table = max(table, state[i].mid)
		}
	}
	for _, i := range rest {
		w.settle(i, state)
		if f := &w.fns[i]; f.indirect {
			f.charge = f.frame + max(table, f.charge-f.frame)
		}
	}
	w.foldOfType = make([]uint32, len(w.types))
	w.workOfType = make([]uint32, len(w.types))
	for i := range w.fns {
		f := &w.fns[i]
		if !w.declared[i+int(w.imported)] {
			continue
		}
		switch t := w.types[f.typ].canon; {
		case f.folded:
			w.foldOfType[t] = max(w.foldOfType[t], f.cost)
		case f.unchecked:
			w.workOfType[t] = max(w.workOfType[t], f.work)
		}
	}
}

// chain is what a caller must know of a function that is not counted.
type chain struct {
	below uint32 // the longest chain of uncounted frames that begins with it, in bytes
	mid   uint32 // the same for chains that lead to a counted function; 0 if there is none
	work  uint32 // the most that it can cost before some function looks at the budget
}

// settle decides about one function, after those that it calls and that are not counted.
func (w *rewriter) settle(i uint32, state []chain) {
	f := &w.fns[i]
	var below, mid uint32
	work, fold := f.cost, !f.loops && !f.indirect && !f.helper && !f.host
	reaches := f.indirect
	f.deep = f.indirect
	for _, c := range w.calls[f.calls.from:f.calls.to] {
		g := &w.fns[c]
		if g.counted {
			reaches, f.deep = true, true
			fold = false
			continue
		}
		f.deep = f.deep || g.deep || !g.folded && !g.unchecked
		below = max(below, state[c].below)
		mid = max(mid, state[c].mid)
		work = satAdd(work, state[c].work)
		if g.folded {
			f.cost = satAdd(f.cost, g.cost)
		} else {
			fold = false
		}
	}
	if f.deep {
		f.frame = max(f.frame, afterCalls(f.cost, work))
	}
	if below+f.frame > slackStack {
		f.counted = true
	}
	f.folded = fold && !f.counted && !f.exported && f.cost <= foldCost && !w.opt.Exact
	f.unchecked = !f.folded && !f.counted && !f.loops && work <= uncheckedCost
	if f.counted {
		f.charge = f.frame + mid
		return
	}
	s := &state[i]
	s.below = below + f.frame
	if mid > 0 || reaches {
		s.mid = mid + f.frame
	}
	if f.folded || f.unchecked {
		s.work, f.work = work, work
	}
}

// afterCalls is the least frame of a function that recursion may lead through: what each of many frames does after its
// call has been paid for before, so nobody looks at the budget while they are left one after the other. With this, the
// bound for the stack bounds that, too.
func afterCalls(cost, work uint32) uint32 {
	if work <= uncheckedCost {
		cost = max(cost, work)
	}
	return min(cost/2, 1<<24)
}

// declare notes the functions that are named outside of bodies: these can be called in other ways than by a direct call,
// and only these may be named by ref.func.
func (w *rewriter) declare() {
	w.declared = make([]bool, w.m.NumFuncs())
	expr := func(e wasm.ConstExpr) {
		if e.Op == wasm.OpRefFunc {
			w.declared[e.Imm] = true
		}
	}
	for i := range w.m.Elements {
		e := &w.m.Elements[i]
		for _, f := range e.Funcs {
			w.declared[f] = true
		}
		for _, x := range e.Inits {
			expr(x)
		}
	}
	for i := range w.m.Globals {
		expr(w.m.Globals[i].Init)
	}
	for _, e := range w.m.Exports {
		if e.Kind == wasm.KindFunc {
			w.declared[e.Index] = true
			if e.Index >= w.imported {
				w.fns[e.Index-w.imported].exported = true
			}
		}
	}
}

// frameOf estimates the native frame of a function in bytes, from above: see the package comment.
func frameOf(f *fn) uint32 {
	n := 8*(uint64(f.slots)+uint64(f.height)+uint64(f.branches)+uint64(f.values)) + uint64(f.instrs)
	if f.simd {
		n *= 2
	}
	return uint32(min(64+n+8*uint64(f.spill), 1<<24))
}
