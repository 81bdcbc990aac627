package hostile

import (
	"bytes"

	"github.com/pledge-wasm/pledge/abi"
	. "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// spinning is numbers 21 to 34: guests that do not come back.
func spinning() []Case {
	var all []Case
	late := func(number int, name string, wasm func() []byte) {
		c := runs('B', number, name, wasm, abi.CodeDeadline)
		c.Says = "200ms"
		all = append(all, c)
	}
	loading := func(number int, name, says string, wasm func() []byte) {
		all = append(all, Case{Number: number, Family: 'B', Name: name, Says: says, Wasm: wasm, Phase: LoadFails, Codes: []abi.Code{abi.CodeModuleRejected}})
	}
	run := func(code ...Code) func() []byte { return func() []byte { return Run(Locals(8, I32), code...) } }
	forever := func(code ...Code) func() []byte { return run(Loop(Empty, Seq(code...), Br(0))) }

	late(21, "loops", Spin)
	late(21, "loops by br_if", run(Loop(Empty, I32Const(1), BrIf(0))))
	late(21, "loops by br_table", run(Loop(Empty, I32Const(7), BrTable(0, 0, 0))))
	late(21, "counts to 2^63", run(Loop(Empty, LocalGet(2), I32Const(1), I32Add, LocalSet(2), I64Const(1), I64Eqz, I32Eqz, BrIf(0))))
	late(21, "loops three deep", run(Loop(Empty, Loop(Empty, Loop(Empty, Br(0)), Br(0)), Br(0))))
	late(21, "loops in both arms of an if", run(LocalGet(2), If(Empty, Loop(Empty, Br(0)), Else, Loop(Empty, Br(0)))))
	late(21, "loops from far inside", run(Loop(Empty, Repeat(30, "\x02\x40"), Br(30), Repeat(30, End))))
	late(22, "calls a tree of depth 40", func() []byte { return tree(40, 2, false) })
	late(22, "calls a tree of depth 25 with three branches", func() []byte { return tree(25, 3, false) })
	late(22, "calls a tree of depth 9 with 30 branches", func() []byte { return tree(9, 30, false) })
	late(22, "computes fib(90) by doubling recursion", func() []byte { return Fib(90) })
	late(22, "calls 48,000 functions in a row, past arms in which the budget would be looked at", pastArms)
	late(22, "calls functions in a row through a table", throughTable)
	late(22, "works in each of 10,000 frames that it leaves", unwinding)
	late(23, "calls a tree of depth 40 through a table", func() []byte { return tree(40, 2, true) })
	late(24, "fills 60 MB a thousand times in a row", bulk(Repeat(1000, I32Const(0), I32Const(7), I32Const(60<<20), MemoryFill)))
	late(24, "fills 60 MB for ever", bulk(Loop(Empty, I32Const(0), I32Const(7), I32Const(60<<20), MemoryFill, Br(0))))
	late(24, "copies 30 MB a thousand times in a row", bulk(Repeat(1000, I32Const(0), I32Const(30<<20), I32Const(30<<20), MemoryCopy)))
	late(24, "copies 60 MB onto itself, a byte further, for ever", bulk(Loop(Empty, I32Const(1), I32Const(0), I32Const(60<<20-1), MemoryCopy, Br(0))))
	late(24, "fills a table for ever", tabled(func(t uint32, _ uint32) Code {
		return Loop(Empty, I32Const(0), RefNullFunc, I32Const(500_000), TableFill(t), Br(0))
	}))
	late(24, "fills a table 10,000 times in a row", tabled(func(t uint32, _ uint32) Code {
		return Repeat(10_000, I32Const(0), RefNullFunc, I32Const(500_000), TableFill(t))
	}))
	late(24, "copies a table for ever", tabled(func(t uint32, _ uint32) Code {
		return Loop(Empty, I32Const(1), I32Const(0), I32Const(499_999), TableCopy(t, t), Br(0))
	}))
	late(24, "initialises a table for ever", tabled(func(t uint32, e uint32) Code {
		return Loop(Empty, I32Const(0), I32Const(0), I32Const(50_000), TableInit(e, t), Br(0))
	}))
	late(24, "initialises memory for ever", func() []byte {
		g := NewGuest()
		g.MemoryLimits = AtLeast(64)
		d := g.PassiveData(make([]byte, 1<<20))
		g.Only(g.Body(nil, Loop(Empty, I32Const(1<<20), I32Const(0), I32Const(1<<20), MemoryInit(d), Br(0))))
		return g.Bytes()
	})
	loading(25, "loops in its start function", "start", func() []byte { return spoiled(func(g *Guest) { g.Start(g.Func(In(), nil, Loop(Empty, Br(0)))) }) })
	loading(25, "traps in its start function", "start", func() []byte { return spoiled(func(g *Guest) { g.Start(g.Func(In(), nil, Unreachable)) }) })
	loading(26, "loops in _initialize", "_initialize", func() []byte { return spoiled(func(g *Guest) { g.Init(nil, Loop(Empty, Br(0))) }) })
	loading(26, "recurses in _initialize", "_initialize", func() []byte {
		return spoiled(func(g *Guest) {
			f := g.Declare(In())
			g.Define(f, nil, Call(f))
			g.Init(nil, Call(f))
		})
	})
	loading(27, "loops in its allocator", "pledge_v1_alloc", func() []byte { return allocator(Loop(Empty, Br(0)), I32Const(0)) })
	never := Loop(Empty, Br(0))
	all = append(all, runs('B', 28, "exports free and destructors that loop", func() []byte {
		return spoiled(func(g *Guest) {
			f := g.Func(In(I32), nil, never)
			end := g.Func(In(), nil, never)
			for _, name := range []string{"free", "pledge_free", "deallocate"} {
				g.Export(name, f)
			}
			for _, name := range []string{"_start", "_exit", "__wasm_call_dtors", "_finalize"} {
				g.Export(name, end)
			}
		})
	}, Completed))
	loading(29, "loops when it describes itself", "pledge_v1_describe", func() []byte {
		return spoiled(func(g *Guest) {
			g.Export("pledge_v1_describe", g.Func(In().Out(I64), nil, Loop(Empty, Br(0)), Unreachable))
		})
	})
	loading(29, "describes itself with 4 GiB", "", func() []byte {
		return spoiled(func(g *Guest) { g.Export("pledge_v1_describe", g.Func(In().Out(I64), nil, I64Const(huge))) })
	})
	big := runs('B', 27, "loops in its allocator when the input is large", func() []byte {
		return allocator(LocalGet(0), I32Const(64<<10), I32GtU, If(Empty, Loop(Empty, Br(0))), I32Const(4096))
	}, abi.CodeDeadline)
	big.Args = large(200 << 10)
	all = append(all, big)
	late(30, "takes square roots for ever", func() []byte {
		return Run(Locals(1, F64), Loop(Empty, Repeat(1000, LocalGet(2), F64Sqrt, LocalGet(2), F64Div, LocalSet(2)), Br(0)))
	})
	late(30, "divides for ever", forever(Repeat(1000, I32Const(1000), LocalGet(2), I32Const(3), I32Or, I32DivU, LocalSet(2))))
	late(32, "logs for ever", func() []byte {
		return Single(func(g *Guest) uint32 {
			log := g.Host("log")
			return g.Body(nil, Loop(Empty, I32Const(1), I32Const(0), I32Const(1), Call(log), Br(0)))
		})
	})
	late(32, "asks for the time for ever", called("clock_time_get", In(I32, I64, I32).Out(I32), I32Const(0), I64Const(0), I32Const(64)))
	late(32, "asks for random bytes for ever", called("random_get", In(I32, I32).Out(I32), I32Const(64), I32Const(8)))
	calls := runs('B', 32, "calls the host for ever", func() []byte {
		g := NewGuest()
		call, take := g.Host("call"), g.Host("take")
		request := []byte("\x82\x61x\xf6")
		at := int32(g.Const(request))
		g.Only(g.Body(Locals(1, I64), Loop(Empty,
			I32Const(at), I32Const(int32(len(request))), Call(call), LocalSet(2),
			LocalGet(2), I64Const(32), I64ShrU, I32WrapI64, I32Const(64), Call(take), Br(0))))
		return g.Bytes()
	}, abi.CodeOutputLimit, abi.CodeDeadline)
	calls.Says = "limit"
	all = append(all, calls)
	late(33, "yields for ever", called("sched_yield", In().Out(I32)))
	late(33, "polls for ever", called("poll_oneoff", In(I32, I32, I32, I32).Out(I32), I32Const(64), I32Const(256), I32Const(1), I32Const(512)))
	late(34, "interprets a program that never ends", interpreter)
	late(34, "matches a or aa, many times, and b against 90 a's by going back", func() []byte {
		return Single(func(g *Guest) uint32 {
			at := uint32(g.Const(bytes.Repeat([]byte("a"), 90)))
			match := g.Declare(In(I32).Out(I32))
			g.Define(match, nil,
				LocalGet(0), Load8(at), I32Const('a'), I32Ne, If(Empty, LocalGet(0), Load8(at), I32Const('b'), I32Eq, Return),
				LocalGet(0), I32Const(1), I32Add, Call(match), If(Empty, I32Const(1), Return),
				LocalGet(0), I32Const(2), I32Add, Call(match))
			return g.Body(nil, I32Const(0), Call(match), Drop)
		})
	})
	all = append(all, runs('B', 34, "parses 1,000,000 open brackets by recursion", func() []byte {
		return Single(func(g *Guest) uint32 {
			at := uint32(g.Const(bytes.Repeat([]byte("["), 1_000_000)))
			parse := g.Declare(In(I32).Out(I32))
			g.Define(parse, nil, LocalGet(0), Load8(at), I32Const('['), I32Ne, If(Empty, LocalGet(0), Return),
				LocalGet(0), I32Const(1), I32Add, Call(parse), I32Const(1), I32Add)
			return g.Body(nil, I32Const(0), Call(parse), Drop)
		})
	}, abi.CodeStackOverflow))
	for i := range all {
		all[i].Family = 'B'
	}
	fuel := runs('B', 21, "loops with little fuel", Spin, abi.CodeFuelExhausted)
	fuel.Fuel, fuel.Says = 1_000_000, "fuel"
	return append(all, fuel)
}

// tree calls itself width times, depth deep, without a loop.
func tree(depth int64, width int, indirect bool) []byte {
	return Single(func(g *Guest) uint32 {
		s := In(I64)
		f := g.Declare(s)
		call := Call(f)
		if indirect {
			t := g.Table(FuncRef, AtLeast(1))
			g.Elem(0, f)
			call = I32Const(0) + CallIndirect(g.Type(s), t)
		}
		g.Define(f, nil, LocalGet(0), I64Eqz, If(Empty, Return), Repeat(width, LocalGet(0), I64Const(1), I64Sub, call))
		return g.Body(nil, I64Const(depth), Call(f))
	})
}

// worker defines a function of type (i32) -> i32 that misses the caches 120
// times, one after the other, in parts that are small enough not to look at the
// budget.
func worker(g *Guest) uint32 {
	part := g.Func(In(I32).Out(I32), nil, Repeat(20, LocalGet(0), I32Const(1103515245), I32Mul, I32Const(12345), I32Add, LocalTee(0),
		I32Const(0x3bffff8), I32And, Load32(0), LocalGet(0), I32Add, LocalSet(0)), LocalGet(0))
	return g.Func(In(I32).Out(I32), nil, LocalGet(0), Repeat(6, Call(part)))
}

// wide60 is a guest with 61 MiB of memory, whose task runs the function that
// build gives, of type (i32) -> i32, for ever.
func wide60(build func(g *Guest) uint32) []byte {
	g := NewGuest()
	g.MemoryLimits = AtLeast(61 << 4)
	f := build(g)
	g.Only(g.Body(nil, Loop(Empty, LocalGet(0), Call(f), LocalSet(0), Br(0))))
	return g.Bytes()
}

// pastArms calls small functions all the time; so much code that their callers
// would have to look at the budget stands only in arms that nobody takes.
func pastArms() []byte {
	return wide60(func(g *Guest) uint32 {
		work := worker(g)
		small := g.Func(In(I32).Out(I32), nil, LocalGet(0), Repeat(12, I32Const(1), I32Add, I32Const(1), I32Xor))
		arm := LocalGet(1) + If(Empty, LocalGet(0), Repeat(170, Call(small)), LocalSet(0))
		return g.Func(In(I32).Out(I32), Locals(1, I32), Repeat(30, LocalGet(0), Repeat(1600, Call(work)), LocalSet(0), arm), LocalGet(0))
	})
}

// throughTable calls small functions through a table in straight lines.
func throughTable() []byte {
	return wide60(func(g *Guest) uint32 {
		work := worker(g)
		t := g.Table(FuncRef, AtLeast(1))
		g.Elem(0, work)
		return g.Func(In(I32).Out(I32), nil, LocalGet(0), Repeat(3000, I32Const(0), CallIndirect(g.Type(In(I32).Out(I32)), t)))
	})
}

// unwinding recurses first and works afterwards, so that all of the work is done
// while frames are left.
func unwinding() []byte {
	return wide60(func(g *Guest) uint32 {
		work := worker(g)
		f := g.Declare(In(I32, I32).Out(I32))
		g.Define(f, nil, LocalGet(1), If(Empty, LocalGet(0), LocalGet(1), I32Const(1), I32Sub, Call(f), LocalSet(0)),
			LocalGet(0), Repeat(4, Call(work)))
		return g.Func(In(I32).Out(I32), nil, LocalGet(0), I32Const(10_000), Call(f))
	})
}

// interpreter is a guest that runs a program of three instructions: 0 adds one,
// 1 jumps, 2 ends.
func interpreter() []byte {
	return Single(func(g *Guest) uint32 {
		at := uint32(g.Const([]byte{0, 0, 1, 0, 2}))
		const pc, sum = 2, 3
		next := LocalGet(pc) + I32Const(1) + I32Add + LocalSet(pc)
		return g.Body(Locals(2, I32), Loop(Empty,
			Block(Empty,
				Block(Empty,
					Block(Empty, LocalGet(pc), Load8(at), BrTable(0, 1, 2)),
					LocalGet(sum), I32Const(1), I32Add, LocalSet(sum), next, Br(2)),
				LocalGet(pc), Load8(at+1), LocalSet(pc), Br(1))))
	})
}

// bulk is a guest with 61 MiB of memory whose task runs code.
func bulk(code Code) func() []byte {
	return func() []byte {
		g := NewGuest()
		g.MemoryLimits = AtLeast(61 << 4)
		g.Only(g.Body(nil, code))
		return g.Bytes()
	}
}

// tabled is a guest with a table of 500,000 and an element segment of 50,000.
func tabled(code func(table, segment uint32) Code) func() []byte {
	return func() []byte {
		g := NewGuest()
		t := g.Table(FuncRef, AtLeast(500_000))
		f := g.Func(In(), nil)
		e := g.PassiveElem(make([]uint32, 50_000)...)
		_ = f
		g.Only(g.Body(nil, code(t, e)))
		return g.Bytes()
	}
}

// called is a guest that calls a function of WASI for ever.
func called(name string, s Sig, args ...Code) func() []byte {
	return func() []byte {
		g := NewGuest()
		f := g.WASI(name, s)
		g.Only(g.Body(nil, Loop(Empty, Seq(args...), Call(f), Drop, Br(0))))
		return g.Bytes()
	}
}

// allocator is a module whose allocator runs code, which pushes its answer, and
// whose tasks answer null.
func allocator(code ...Code) []byte {
	m := New()
	m.Memory(AtLeast(4))
	m.ExportMemory("memory")
	m.Export("pledge_v1_alloc", m.Func(In(I32).Out(I32), nil, code...))
	m.Data(0, []byte{0x82, 0, 0xf6})
	m.Export("pledge_v1_call", m.Func(CallSig, nil, I64Const(3)))
	return m.Bytes()
}

// large is a CBOR byte string.
func large(n int) []byte {
	return append([]byte{0x5a, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, make([]byte, n)...)
}
