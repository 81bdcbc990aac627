package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/host/internal/linmem"
	"github.com/pledge-wasm/pledge/host/internal/wasm"
	wt "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// bootWith boots a module under options and in a world of its own.
func bootWith(t testing.TB, module []byte, opts Options, world World) *Program {
	t.Helper()
	e, err := New(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close(t.Context())) })
	return bootIn(t, e, module, world)
}

func bootIn(t testing.TB, e *Engine, module []byte, world World) *Program {
	t.Helper()
	m, err := wasm.Decode(module, nil)
	require.NoError(t, err)
	code, err := e.Compile(t.Context(), m)
	require.NoError(t, err)
	p, _, err := code.Boot(t.Context(), world, patient, nil)
	require.NoError(t, err)
	t.Cleanup(p.Close)
	return p
}

// patient is limits without a deadline.
func patient() *Run {
	r := testRun()
	r.Deadline = time.Time{}
	return r
}

// do runs a task in an instance and gives the code of its fault.
func do(i *Instance, task string) abi.Code {
	r := patient()
	r.Task, r.Args = task, abi.AppendNull(nil)
	defer r.Finish()
	if _, _, f := i.Call(r); f != nil {
		return f.Code
	}
	return ""
}

func acquire(t testing.TB, p *Program) *Instance {
	t.Helper()
	i, err := p.Acquire(t.Context(), patient)
	require.NoError(t, err)
	return i
}

// pools is the state of a pool.
func (p *Program) counts() (idle, spare, made int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.idle), len(p.spare), p.made
}

// Whatever a task did, what the pool gives next is the image, byte for byte, in
// the same instance or in a new one.
func TestPoolGivesTheImageBack(t *testing.T) {
	tests := []struct {
		name string
		task string
		code abi.Code
		kept bool // the instance; else only its memory
	}{
		{name: "keeps an instance that answered", task: "echo", kept: true},
		{name: "keeps an instance whose guest returned an error", task: "fail", kept: true},
		{name: "keeps an instance that logged", task: "log", kept: true},
		{name: "throws away an instance that trapped", task: "trap", code: abi.CodeTrap},
		{name: "throws away an instance that aborted", task: "abort", code: abi.CodeUnreachable},
		{name: "throws away an instance that recursed too deep", task: "recurse", code: abi.CodeStackOverflow},
		{name: "throws away an instance that exited", task: "exit", code: abi.CodeExit},
		{name: "throws away an instance that grew", task: "grow"},
		{name: "throws away an instance that grew and trapped", task: "growtrap", code: abi.CodeMemoryLimit},
	}
	for _, method := range linmem.Methods() {
		for _, tt := range tests {
			t.Run(fmt.Sprintf("it %s (%s)", tt.name, method), func(t *testing.T) {
				budget := linmem.NewBudget(1 << 30)
				p := bootWith(t, wt.Tasks(), Options{Method: method, Budget: budget}, World{Memory: 1 << 20})
				want := string(acquireBytes(t, p))
				resting := func() uint64 {
					p.Trim(time.Now().Add(time.Hour), time.Time{})
					return budget.Used()
				}
				charged := resting()
				for range 3 {
					i := acquire(t, p)
					mem := i.mem.Memory
					scribble(i)
					require.Equal(t, tt.code, do(i, tt.task))
					p.Release(i)
					again := acquire(t, p)
					require.Equal(t, tt.kept, i == again)
					require.Same(t, mem, again.mem.Memory, "the memory is used again")
					require.Equal(t, want, string(again.mem.Bytes()))
					require.Equal(t, p.globals, globalsOf(again))
					require.False(t, again.isDirty() || again.spoiled)
					p.Release(again)
					require.Equal(t, charged, resting(), "what grew is given back")
				}
			})
		}
	}
}

func acquireBytes(t *testing.T, p *Program) []byte {
	i := acquire(t, p)
	defer p.Release(i)
	return append([]byte(nil), i.mem.Bytes()...)
}

func globalsOf(i *Instance) (values []uint64) {
	values = make([]uint64, len(i.globals))
	for n, g := range i.globals {
		values[n] = g.Get()
	}
	return values
}

// scribble writes where tasks do not look.
func scribble(i *Instance) {
	mem := i.mem.Bytes()
	for range 20 {
		mem[len(mem)/2+rand.IntN(len(mem)/2)]++
	}
}

func TestPoolKeepsFewSpareMemories(t *testing.T) {
	p := bootWith(t, wt.Tasks(), Options{}, World{Memory: 1 << 20})
	var out []*Instance
	for range 3 * maxSpare {
		out = append(out, acquire(t, p))
	}
	for _, i := range out {
		require.Equal(t, abi.CodeTrap, do(i, "trap"))
		p.Release(i)
	}
	idle, spare, _ := p.counts()
	require.Zero(t, idle)
	require.Equal(t, maxSpare, spare)
	p.Trim(time.Now(), time.Time{})
	_, spare, _ = p.counts()
	require.Zero(t, spare)
}

// What rests costs the budget nothing, and works when it is needed again.
func TestIdleInstancesRest(t *testing.T) {
	budget := linmem.NewBudget(1 << 30)
	p := bootWith(t, wt.Tasks(), Options{Budget: budget}, World{Memory: 1 << 20})
	alone := budget.Used()
	var out []*Instance
	for range 10 {
		out = append(out, acquire(t, p))
	}
	for _, i := range out {
		scribble(i)
		require.Empty(t, do(i, "echo"))
		p.Release(i)
	}
	require.Greater(t, budget.Used(), alone)
	p.Trim(time.Now(), time.Time{})
	idle, _, made := p.counts()
	require.Equal(t, 10, idle)
	require.LessOrEqual(t, budget.Used(), alone, "what rests is charged for nothing")
	for n := range out {
		out[n] = acquire(t, p)
		require.Empty(t, do(out[n], "echo"))
	}
	for _, i := range out {
		p.Release(i)
	}
	_, _, now := p.counts()
	require.Equal(t, made, now, "no instance was made anew")

	p.Trim(time.Time{}, time.Now())
	idle, _, _ = p.counts()
	require.Zero(t, idle, "the old ones are gone")
	require.LessOrEqual(t, budget.Used(), alone, "what rests is charged for nothing")
}

// What runs goes before what is idle: a full budget is no reason to refuse as
// long as idle instances hold some of it.
func TestIdleInstancesMakeRoom(t *testing.T) {
	budget := linmem.NewBudget(2 << 20)
	e, err := New(t.Context(), Options{Budget: budget})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, e.Close(t.Context())) })
	crowd := bootIn(t, e, wt.Tasks(), World{Memory: 1 << 20})
	var out []*Instance
	for {
		i, err := crowd.Acquire(t.Context(), patient)
		if err != nil {
			require.True(t, IsMemory(err))
			break
		}
		out = append(out, i)
	}
	require.Greater(t, len(out), 5)
	for _, i := range out {
		crowd.Release(i)
	}
	require.Greater(t, budget.Used(), uint64(3<<19), "the budget is full of idle instances")

	other := bootIn(t, e, wt.Grow(), World{Memory: 1 << 20})
	i := acquire(t, other)
	require.Empty(t, do(i, "grow"))
	require.Equal(t, uint64(1<<20), i.mem.Size(), "it may grow to its limit")
	other.Release(i)
	for range len(out) {
		i := acquire(t, crowd)
		require.Empty(t, do(i, "echo"))
		crowd.Release(i)
	}
}

func TestAnInstanceHasOneUser(t *testing.T) {
	p := bootWith(t, wt.Echo(), Options{}, World{Memory: 1 << 20})
	i := acquire(t, p)
	require.Panics(t, i.own)
	p.Release(i)
	require.Panics(t, func() { p.Release(i) })
}

// A deep stack does not stay with an instance that is idle.
func TestStacksShrink(t *testing.T) {
	g := wt.NewGuest()
	deep := g.Declare(wt.In(wt.I64).Out(wt.I64))
	g.Define(deep, nil, wt.LocalGet(0), wt.I64Eqz, wt.If(wt.Empty, wt.I64Const(0), wt.Return),
		wt.LocalGet(0), wt.I64Const(1), wt.I64Sub, wt.Call(deep), wt.I64Const(1), wt.I64Add)
	g.Call(nil, wt.I64Const(25_000), wt.Call(deep), wt.Call(g.Number()))
	p := bootWith(t, g.Bytes(), Options{}, World{Memory: 1 << 20})
	i := acquire(t, p)
	require.Empty(t, do(i, "deep"))
	if Kind() == "compiler" {
		require.Greater(t, stackSize(i.call), keptStack, "the engine's stack is where it was")
	}
	p.Release(i)
	require.Nil(t, i.call)
	again := acquire(t, p)
	require.Same(t, i, again)
	require.Empty(t, do(i, "deep"))
	p.Release(i)
}

// What only describing wrote is not put back after every task.
func TestDescribingIsForgotten(t *testing.T) {
	g := wt.NewGuest()
	g.MemoryLimits = wt.AtLeast(8)
	g.Only(g.Echo())
	manifest := []byte("\xa3\x63abi\x01\x64name\x61g\x65tasks\x81\xa1\x64name\x61t")
	g.Export(abi.ExportDescribe, g.Func(wt.In().Out(wt.I64), nil,
		wt.I32Const(3<<16), wt.I32Const(7), wt.I32Const(4<<16), wt.MemoryFill, g.SpanOf(manifest)))
	module := g.Bytes()
	for _, method := range linmem.Methods() {
		if method > linmem.MethodPagemap {
			continue // they look at every page anyway
		}
		t.Run("it is not put back by "+method.String(), func(t *testing.T) {
			p := bootWith(t, module, Options{Method: method}, World{Memory: 1 << 20})
			require.NotEmpty(t, p.Manifest())
			i := acquire(t, p)
			require.Empty(t, do(i, "t"))
			pages, err := i.mem.Reset()
			require.NoError(t, err)
			require.Less(t, pages, 8)
			p.Release(i)
		})
	}
}
