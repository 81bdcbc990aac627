package admit

import (
	"time"

	"github.com/pledge-wasm/pledge/host/internal/wasm"
)

// The coefficients, in nanoseconds. Each is the worst that was measured with
// families of modules that grow in one quantity only (package hostile has them,
// TestEstimateIsAnUpperBound repeats the measurement). Compiling something for
// the first time costs more than compiling its like again, since the compiler
// keeps and reuses what it allocated: the first column is for the function that
// is the largest so far, the second for those that follow.
var coefficients = struct{ work, blocks, depth, live, pairs, phis, edges, chain, dead [2]int64 }{
	work:   [2]int64{1000, 220},   // per unit of work: 5 units are one addition
	blocks: [2]int64{10000, 2500}, // per block
	depth:  [2]int64{15, 12},      // per block and block that dominates it
	live:   [2]int64{200, 60},     // per block and live value
	pairs:  [2]int64{1000, 300},   // per merge point and local
	phis:   [2]int64{3, 3},        // per pair of parameters of a merge point, and loop around it
	edges:  [2]int64{4500, 1100},
	chain:  [2]int64{8, 8},
	dead:   [2]int64{15, 15},
}

// Costs that do not depend on the body.
const (
	perFunction       = 6000 // ns
	perFunctionType   = 9    // ns, for each function and type: the compiler walks over all types for each function
	perFunctionGlobal = 9    // ns, for each function and global
	perElement        = 500  // ns, for each item of an element segment
)

// saturated is more than any budget; sums of prices cannot overflow.
const saturated = int64(1) << 50

// price estimates how long the function takes to compile, as the largest of its
// module and as one of many.
func (s *shape) price() (first, again time.Duration) {
	for _, t := range s.terms() {
		first += t.first
		again += t.again
	}
	return first, again
}

type term struct {
	what         string
	first, again time.Duration
}

func (s *shape) terms() [9]term {
	of := func(what string, quantity int64, c [2]int64) term {
		return term{what, time.Duration(times(quantity, c[0])), time.Duration(times(quantity, c[1]))}
	}
	k := &coefficients
	return [9]term{
		of("straight-line code", s.work, k.work),
		of("blocks", s.blocks, k.blocks),
		of("blocks behind one another", s.depth, k.depth),
		of("values alive across blocks", s.live, k.live),
		of("locals looked up through points where branches meet", s.pairs, k.pairs),
		of("locals that differ where branches meet", s.phis, k.phis),
		of("locals that branches carry", s.edges, k.edges),
		of("locals looked up through many blocks", s.chain, k.chain),
		of("code that is never reached", s.dead, k.dead),
	}
}

// dominant names the part of the price that is the largest.
func (s *shape) dominant() string {
	best := term{}
	for _, t := range s.terms() {
		if t.first >= best.first {
			best = t
		}
	}
	return "mostly " + best.what
}

// moduleCost is the part that all functions share.
func moduleCost(m *wasm.Module) time.Duration {
	n, elements := int64(len(m.Funcs)), int64(0)
	for i := range m.Elements {
		elements += int64(m.Elements[i].Len())
	}
	return time.Duration(n*perFunction + n*int64(len(m.Types))*perFunctionType + n*int64(len(m.Globals))*perFunctionGlobal + elements*perElement)
}

// sum adds two quantities that are not negative, up to saturated.
func sum(a, b int64) int64 { return min(a+b, saturated) }

// times multiplies two quantities that are not negative, up to saturated.
func times(a, b int64) int64 {
	if a == 0 || b == 0 {
		return 0
	}
	if a > saturated/b {
		return saturated
	}
	return a * b
}

// weights is the work of each instruction with a one-byte opcode, in units of
// which five are an addition.
var weights = func() (w [256]int64) {
	for op := range w {
		w[op] = 5
	}
	set := func(from, to int, weight int64) {
		for op := from; op <= to; op++ {
			w[op] = weight
		}
	}
	set(0x01, 0x01, 0)  // nop
	set(0x1a, 0x1a, 0)  // drop
	set(0x20, 0x22, 0)  // locals are names, not code
	set(0x24, 0x24, 5)  // global.set
	set(0x25, 0x26, 25) // table.get, table.set
	set(0x28, 0x3e, 25) // loads and stores, with their checks
	set(0x40, 0x40, 15) // memory.grow
	set(0x41, 0x44, 2)  // constants
	set(0x6d, 0x70, 25) // integer division
	set(0x7f, 0x82, 25) // the same, 64 bits
	set(0xa8, 0xab, 38) // truncation of floats that traps
	set(0xae, 0xb1, 38) // the same, 64 bits
	set(0xd2, 0xd2, 15) // ref.func
	return w
}()

const (
	workBranch       = 2
	workSelect       = 7
	workCall         = 8
	workCallIndirect = 75
	workArgument     = 2
	workReload       = 1
	workSaturating   = 38
	workBulk         = 15
	workSIMD         = 20
)

// metering is what the rewriting adds: a charge at the entry of a function and
// at each loop, with a call of the host behind it.
const (
	meterEntry  = 5
	meterWork   = 60
	meterBlocks = 3
)

// deadCost is what an instruction that is never reached costs beside the values
// that it takes and gives.
const deadCost = 3

// weigh gives the work of an instruction. Bulk operations are calls once the
// module has been rewritten.
func weigh(op wasm.Opcode) int64 {
	switch {
	case op < 0x100:
		return weights[op]
	case op >= 0xfd00:
		return workSIMD
	case op >= 0xfc08:
		return workBulk
	}
	return workSaturating
}
