package hostile

import (
	"slices"

	"github.com/pledge-wasm/pledge/abi"
	. "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// state is numbers 83 to 86: guests that leave something behind. The host runs
// every case more than once, and each time the guest must find itself pristine;
// these trap when they do not.
func state() []Case {
	var all []Case
	names := make([]string, 0, len(Places))
	for place := range Places {
		names = append(names, place)
	}
	slices.Sort(names)
	for _, place := range names {
		number := map[string]int{"memory size": 84, "table size": 84, "data segment": 85, "element segment": 85}[place]
		if number == 0 {
			number = 83
		}
		all = append(all, runs('G', number, "remembers in its "+place, func() []byte { return pristine(Places[place]) }, Completed))
	}
	all = append(all,
		runs('G', 83, "looks for a secret in all of its memory", secret, Completed),
		runs('G', 83, "remembers in a global of 128 bits", func() []byte { return remembering(V128, Prefixed(0xfd, 12, make([]byte, 16)...)) }, Completed),
		runs('G', 83, "remembers in a reference", func() []byte { return remembering(FuncRef, RefNullFunc) }, Completed),
		runs('G', 86, "traps inside a host call", func() []byte {
			return Single(func(g *Guest) uint32 {
				take := g.Host("take")
				return g.Body(nil, I32Const(0), I32Const(0), Call(take))
			})
		}, abi.CodeTrap),
		runs('G', 86, "changes everything and traps", func() []byte {
			return Single(func(g *Guest) uint32 {
				n := g.Global(I64, true, I64Const(5))
				return g.Body(nil, GlobalGet(n), I64Const(5), I64Ne, If(Empty, Loop(Empty, Br(0))), I64Const(6), GlobalSet(n),
					I32Const(1), MemoryGrow, Drop, I32Const(0), I32Const(7), I32Const(60_000), MemoryFill, Unreachable)
			})
		}, abi.CodeUnreachable))
	return all
}

// pristine is a counter that traps unless it answers 1.
func pristine(where Where) []byte {
	g := NewGuest()
	count := g.Counter(where)
	// The response is [0, 1b 0000000000000001] at address 0.
	g.Only(g.Func(CallSig, Locals(1, I64),
		LocalGet(0), LocalGet(1), Call(count), LocalSet(2),
		I32Const(0), Load8(10), I32Const(1), I32Ne, If(Empty, Unreachable), LocalGet(2)))
	return g.Bytes()
}

// secret scans its memory behind the input for a mark, traps when it finds one,
// and then leaves one in every page.
func secret() []byte {
	g := NewGuest()
	g.MemoryLimits = AtLeast(64)
	const at = 2
	step := LocalGet(at) + I32Const(4096) + I32Add + LocalTee(at) + I32Const(64<<16) + I32LtU + BrIf(0)
	g.Only(g.Body(Locals(1, I32),
		I32Const(80<<10), LocalSet(at),
		Loop(Empty, LocalGet(at), Load64(0), I64Eqz, I32Eqz, If(Empty, Unreachable), step),
		I32Const(80<<10), LocalSet(at),
		Loop(Empty, LocalGet(at), I64Const(0x5ec4e7), Store64(0), step)))
	return g.Bytes()
}

// remembering keeps a value in a global that is not a number, and beside it a
// numeric one that says so: a host that restores only one of them is found out.
func remembering(t Type, zero Code) []byte {
	g := NewGuest()
	odd := g.Global(t, true, zero)
	changed := g.Global(I32, true, I32Const(0))
	f := g.Func(In(), nil)
	set, test := RefFunc(f)+GlobalSet(odd), GlobalGet(odd)+"\xd1"+I32Eqz
	if t == V128 {
		set = I32Const(-1) + Prefixed(0xfd, 17) + GlobalSet(odd) // i32x4.splat
		test = GlobalGet(odd) + Prefixed(0xfd, 83)               // v128.any_true
	} else {
		g.DeclaredElem(f)
	}
	g.Only(g.Body(nil, test, GlobalGet(changed), I32Or, If(Empty, Unreachable), set, I32Const(1), GlobalSet(changed)))
	return g.Bytes()
}
