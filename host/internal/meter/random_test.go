package meter_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/pledge-wasm/pledge/host/internal/meter"
	wt "github.com/pledge-wasm/pledge/internal/wasmtest"
	"github.com/stretchr/testify/require"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// TestRandomPrograms compares random programs plain, metered and charged instruction by instruction.
func TestRandomPrograms(t *testing.T) {
	charged, worth, traps, back := int64(0), int64(0), 0, int64(0)
	for seed := range uint64(150) {
		file := randomProgram(seed)
		p := plain(t, wazero.NewRuntimeConfigInterpreter(), file)
		r, short := &run{}, &run{slice: 40}
		exact := &run{opt: meter.Options{Exact: true}}
		for _, x := range []*run{r, exact, short} {
			x.start(t, wazero.NewRuntimeConfigInterpreter(), file)
		}
		back += int64(r.res.Facts.Counted)
		for arg := range uint64(4) {
			want, wantErr := p.ExportedFunction("run").Call(t.Context(), arg)
			for _, x := range []*run{r, exact, short} {
				got, err := x.call("run", arg)
				require.Equal(t, reason(wantErr), reason(err), "seed %d arg %d", seed, arg)
				require.Equal(t, want, got, "seed %d arg %d", seed, arg)
				require.Equal(t, memory(p), memory(x.mod), "seed %d arg %d", seed, arg)
				if err == nil {
					require.EqualValues(t, stackBudget, x.left().Stack(), "seed %d: the stack charge is not given back", seed)
				} else {
					traps++
				}
			}
			require.GreaterOrEqual(t, r.used(), exact.used(), "seed %d arg %d: less fuel than the instructions are worth", seed, arg)
			require.Equal(t, r.used(), short.used(), "seed %d arg %d: the fuel depends on the slice", seed, arg)
			charged += r.used()
			worth += exact.used()
		}
	}
	t.Logf("charged %d for %d, %d traps", charged, worth, traps)
	require.Less(t, float64(charged), 1.6*float64(worth))
	require.NotZero(t, traps)
	require.NotZero(t, back)
}

// reason is the first line of an error.
func reason(err error) string {
	if err == nil {
		return ""
	}
	s, _, _ := strings.Cut(err.Error(), "\n")
	return s
}

func memory(m api.Module) []byte {
	b, _ := m.Memory().Read(0, m.Memory().Size())
	return b
}

// program makes up code that ends: loops have counters, and calls go to functions of higher index.
type program struct {
	*rand.Rand
	m      *wt.Module
	funcs  []uint32
	self   int
	labels []label // innermost last
	locals uint32  // how many are used; 0 is the parameter
	work   int
	nest   int // open loops
}

// label is an open block, or a loop that random branches must not go to.
type label struct{ loop bool }

const (
	programFuncs  = 5
	programLocals = 40
	freeLocals    = 5 // the first locals, which anything may write
)

func randomProgram(seed uint64) []byte {
	p := &program{Rand: rand.New(rand.NewPCG(seed, 1)), m: wt.New()}
	p.m.Memory(wt.Between(1, 3))
	sig := wt.In(wt.I32).Out(wt.I32)
	for range programFuncs {
		p.funcs = append(p.funcs, p.m.Declare(sig))
	}
	p.m.Table(wt.FuncRef, wt.AtLeast(programFuncs+2))
	p.m.Elem(0, p.funcs...)
	for i, f := range p.funcs {
		p.self, p.labels, p.locals, p.work = i, nil, freeLocals, 60
		body := p.block(3)
		p.m.Define(f, wt.Locals(programLocals, wt.I32), body, p.expr(2))
	}
	p.m.Export("run", p.funcs[0])
	return p.m.Bytes()
}

// block is a row of statements.
func (p *program) block(depth int) wt.Code {
	var c wt.Code
	for range 1 + p.IntN(5) {
		c += p.statement(depth)
	}
	return c
}

func (p *program) statement(depth int) wt.Code {
	if p.work--; p.work < 0 || depth == 0 {
		return p.simple()
	}
	switch p.IntN(12) {
	case 0:
		return p.in(false, func() wt.Code { return p.block(depth-1) + p.leave() + p.block(depth-1) }, wt.Block)
	case 1:
		return p.in(false, func() wt.Code { return p.block(depth-1) + p.leave() }, wt.Block)
	case 2, 3:
		cond := p.expr(2)
		then := p.in(false, func() wt.Code { return p.block(depth-1) + p.leave() }, raw)
		if p.IntN(2) == 0 {
			return cond + wt.Op(0x04, 0x40) + then + wt.End
		}
		other := p.in(false, func() wt.Code { return p.block(depth-1) + p.leave() }, raw)
		return cond + wt.Op(0x04, 0x40) + then + wt.Else + other + wt.End
	case 4, 5:
		return p.counted(depth)
	case 6, 7:
		return p.dispatch(depth)
	case 8:
		return p.call()
	}
	return p.simple()
}

func raw(_ wt.Type, code ...wt.Code) wt.Code { return wt.Seq(code...) }

// in opens a label around what f gives.
func (p *program) in(loop bool, f func() wt.Code, wrap func(wt.Type, ...wt.Code) wt.Code) wt.Code {
	p.labels = append(p.labels, label{loop})
	c := f()
	p.labels = p.labels[:len(p.labels)-1]
	return wrap(wt.Empty, c)
}

// leave is a way out, sometimes.
func (p *program) leave() wt.Code {
	var ways []uint32
	for i := range p.labels {
		if l := p.labels[len(p.labels)-1-i]; !l.loop {
			ways = append(ways, uint32(i))
		}
	}
	if len(ways) == 0 {
		return ""
	}
	pick := func() uint32 { return ways[p.IntN(len(ways))] }
	switch p.IntN(9) {
	case 0, 1:
		return p.expr(2) + wt.BrIf(pick())
	case 2:
		return wt.Br(pick()) + p.simple()
	case 3:
		return p.expr(1) + wt.BrTable(pick(), pick(), pick()) + p.simple()
	case 4:
		return p.expr(1) + wt.Return
	case 5:
		if p.IntN(6) == 0 {
			return wt.Unreachable
		}
	}
	return ""
}

// counted is a loop with a counter.
func (p *program) counted(depth int) wt.Code {
	if p.locals >= programLocals {
		return p.simple()
	}
	n := p.locals
	p.locals++
	p.nest++
	defer func() { p.nest-- }()
	return wt.I32Const(int32(1+p.IntN(4))) + wt.LocalSet(n) + p.in(true, func() wt.Code {
		return p.block(depth-1) + wt.LocalGet(n) + wt.I32Const(1) + wt.I32Sub + wt.LocalTee(n) + wt.BrIf(0)
	}, wt.Loop)
}

// dispatch is a loop such as Go's compiler makes: segments, and jumps to them by a constant in a local.
func (p *program) dispatch(depth int) wt.Code {
	if p.locals+2 > programLocals {
		return p.simple()
	}
	to, n := p.locals, p.locals+1
	p.locals += 2
	p.nest++
	defer func() { p.nest-- }()
	segments := 2 + p.IntN(5)
	jump := func(k, labels int) wt.Code {
		return wt.I32Const(int32(k)) + wt.LocalSet(to) + wt.Br(uint32(labels))
	}
	var code wt.Code
	body := p.in(true, func() wt.Code {
		for range segments {
			p.labels = append(p.labels, label{loop: true}) // not for random branches
		}
		targets := []uint32{0}
		for i := range segments {
			targets = append(targets, uint32(i))
		}
		code = wt.LocalGet(to) + wt.BrTable(append(targets, uint32(segments-1))...) + wt.End
		for i := range segments {
			p.labels = p.labels[:len(p.labels)-1]
			open := segments - 1 - i // blocks around, and then the loop
			code += p.block(depth - 1)
			switch way := p.IntN(5); {
			case way == 0 && i < segments-1: // ahead, perhaps beyond the table
				code += jump(i+2+p.IntN(segments-i+2), open)
			case way == 1 && i < segments-1: // ahead, maybe
				code += p.expr(2) + wt.If(wt.Empty, jump(i+2+p.IntN(segments-i+2), open+1))
			case way < 4: // back, while the counter lasts
				code += wt.LocalGet(n) + wt.I32Const(1) + wt.I32Sub + wt.LocalTee(n) + wt.I32Const(0) + wt.Op(0x4a) +
					wt.If(wt.Empty, p.inner(), jump(p.IntN(i+2), open+1))
			}
			if i < segments-1 {
				code += wt.End
			}
		}
		return wt.Code(strings.Repeat("\x02\x40", segments)) + code
	}, raw)
	return wt.I32Const(int32(2+p.IntN(5))) + wt.LocalSet(n) + p.expr(1) + wt.I32Const(7) + wt.I32And + wt.LocalSet(to) +
		wt.Op(0x03, 0x40) + body + wt.End
}

// inner is a statement inside of an if that adds a label.
func (p *program) inner() wt.Code {
	p.labels = append(p.labels, label{loop: true})
	defer func() { p.labels = p.labels[:len(p.labels)-1] }()
	return p.simple()
}

func (p *program) call() wt.Code {
	if p.self == programFuncs-1 || p.nest > 1 {
		return p.simple()
	}
	next := p.self + 1 + p.IntN(programFuncs-1-p.self)
	if p.IntN(3) > 0 {
		return p.expr(1) + wt.Call(p.funcs[next]) + p.set()
	}
	// Through the table, and now and then to where there is nothing.
	index := int32(next)
	if p.IntN(20) == 0 {
		index = programFuncs
	}
	return p.expr(1) + wt.I32Const(index) + wt.CallIndirect(p.m.Type(wt.In(wt.I32).Out(wt.I32)), 0) + p.set()
}

func (p *program) set() wt.Code { return wt.LocalSet(uint32(p.IntN(freeLocals))) }

func (p *program) simple() wt.Code {
	switch p.IntN(8) {
	case 0, 1, 2:
		return p.address() + p.expr(2) + wt.Store32(0)
	case 3:
		return wt.I32Const(int32(p.IntN(2))) + wt.MemoryGrow + p.set()
	case 4:
		return p.address() + p.address() + p.address() + wt.MemoryCopy
	case 5:
		if p.IntN(30) == 0 {
			return p.expr(1) + p.expr(1) + wt.Op(0x6d) + p.set() // i32.div_s
		}
	}
	return p.expr(3) + p.set()
}

func (p *program) address() wt.Code { return p.expr(1) + wt.I32Const(0xfff) + wt.I32And }

func (p *program) expr(depth int) wt.Code {
	switch n := p.IntN(6); {
	case n < 2 || depth == 0:
		return wt.LocalGet(uint32(p.IntN(freeLocals)))
	case n == 2:
		return wt.I32Const(int32(p.IntN(200) - 20))
	case n == 3:
		return p.address() + wt.Load32(0)
	}
	ops := []byte{0x6a, 0x6b, 0x6c, 0x71, 0x72, 0x73, 0x46, 0x48, 0x4d}
	return p.expr(depth-1) + p.expr(depth-1) + wt.Op(ops[p.IntN(len(ops))])
}
