package meter

// breakRounds bounds how often breakCycles looks for cycles before it counts whatever is left in one.
const breakRounds = 6

// breakCycles marks functions as counted until the direct calls between the others have no cycle, and gives all
// functions in an order in which uncounted callees come before their callers. In each round it takes the functions of
// each cycle through which the most calls go: in a Go guest, where every function can call the one that grows the stack,
// this leaves nearly all of them out of account.
func (w *rewriter) breakCycles() (order []uint32) {
	g := newComponents(w)
	for round := 0; ; round++ {
		g.find()
		if !w.breakEach(g, round == breakRounds) {
			return g.order
		}
	}
}

// breakEach counts functions of every cycle and reports whether there was one.
func (w *rewriter) breakEach(g *components, all bool) bool {
	found := false
	for from := 0; from < len(g.order); {
		to := from + 1
		for to < len(g.order) && g.root[g.order[to]] == g.root[g.order[from]] {
			to++
		}
		members := g.order[from:to]
		from = to
		if len(members) == 1 && !g.self[members[0]] {
			continue
		}
		found = true
		w.breakOne(g, members, all || len(members) <= 2)
	}
	return found
}

// breakOne counts some functions of one strongly connected set: all that call themselves, and the busiest.
func (w *rewriter) breakOne(g *components, members []uint32, all bool) {
	if all {
		for _, i := range members {
			w.fns[i].counted = true
		}
		return
	}
	for _, i := range members {
		g.in[i] = 0
	}
	for _, i := range members {
		for _, c := range w.calls[w.fns[i].calls.from:w.fns[i].calls.to] {
			if g.root[c] == g.root[members[0]] && !w.fns[c].counted {
				g.in[c]++
			}
		}
	}
	var most uint64
	weight := func(i uint32) uint64 {
		return uint64(g.in[i]) * uint64(w.fns[i].calls.to-w.fns[i].calls.from)
	}
	for _, i := range members {
		most = max(most, weight(i))
	}
	for _, i := range members {
		if g.self[i] || weight(i)*2 >= most {
			w.fns[i].counted = true
		}
	}
}

// components finds the strongly connected sets of the direct calls between uncounted functions, without recursion.
type components struct {
	w     *rewriter
	order []uint32 // set by set, callees before callers
	root  []uint32 // a number for the set of each function
	self  []bool   // the function calls itself
	in    []uint32 // scratch of breakOne
	index []uint32 // 0: not seen
	low   []uint32
	stack []uint32
	path  []step
}

type step struct{ fn, next uint32 }

const settled = 1<<32 - 1

func newComponents(w *rewriter) *components {
	n := len(w.fns)
	words := make([]uint32, 4*n)
	return &components{w: w, order: make([]uint32, 0, n), self: make([]bool, n),
		root: words[:n], in: words[n : 2*n], index: words[2*n : 3*n], low: words[3*n:]}
}

func (g *components) find() {
	clear(g.index)
	clear(g.self)
	g.order = g.order[:0]
	next, sets := uint32(1), uint32(0)
	for start := range g.w.fns {
		if g.index[start] != 0 {
			continue
		}
		g.enter(uint32(start), &next)
		for len(g.path) > 0 {
			top := &g.path[len(g.path)-1]
			i := top.fn
			f := &g.w.fns[i]
			if !f.counted && f.calls.from+top.next < f.calls.to {
				c := g.w.calls[f.calls.from+top.next]
				top.next++
				switch {
				case c == i:
					g.self[i] = true
				case g.w.fns[c].counted:
				case g.index[c] == 0:
					g.enter(c, &next)
				case g.index[c] != settled:
					g.low[i] = min(g.low[i], g.index[c])
				}
				continue
			}
			g.path = g.path[:len(g.path)-1]
			if len(g.path) > 0 {
				up := g.path[len(g.path)-1].fn
				g.low[up] = min(g.low[up], g.low[i])
			}
			if g.low[i] == g.index[i] {
				sets++
				g.leave(i, sets)
			}
		}
	}
}

func (g *components) enter(i uint32, next *uint32) {
	g.index[i], g.low[i] = *next, *next
	*next++
	g.stack = append(g.stack, i)
	g.path = append(g.path, step{fn: i})
}

// leave takes the finished set of i off the stack.
func (g *components) leave(i, set uint32) {
	for {
		top := g.stack[len(g.stack)-1]
		g.stack = g.stack[:len(g.stack)-1]
		g.index[top] = settled
		g.root[top] = set
		g.order = append(g.order, top)
		if top == i {
			return
		}
	}
}
