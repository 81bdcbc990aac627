package hostile

import (
	"bytes"

	"github.com/pledge-wasm/pledge/abi"
	. "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// growing is numbers 35 to 44: memory and stack.
func growing() []Case {
	var all []Case
	add := func(number int, name string, wasm func() []byte, codes ...abi.Code) *Case {
		all = append(all, runs('C', number, name, wasm, codes...))
		return &all[len(all)-1]
	}
	overflow := []abi.Code{abi.CodeStackOverflow}
	add(35, "recurses", Recurse, overflow...).Says = "stack"
	add(35, "recurses through a table", func() []byte {
		return Single(func(g *Guest) uint32 {
			f := g.Declare(In())
			t := g.Table(FuncRef, AtLeast(1))
			g.Elem(0, f)
			g.Define(f, nil, I32Const(0), CallIndirect(g.Type(In()), t))
			return g.Body(nil, Call(f))
		})
	}, overflow...)
	add(36, "recurses in frames of 200 locals", func() []byte { return Single(func(g *Guest) uint32 { return g.Recurse(200) }) }, overflow...)
	add(36, "recurses in frames of 1,000 operands", func() []byte {
		return Single(func(g *Guest) uint32 {
			f := g.Declare(In(I32).Out(I32))
			g.Define(f, nil, Repeat(1000, LocalGet(0), I32Const(3), I32Mul), LocalGet(0), Call(f), Repeat(1000, I32Add))
			return g.Body(nil, I32Const(1), Call(f), Drop)
		})
	}, overflow...)
	add(36, "recurses with 500 parameters and results", func() []byte {
		return Single(func(g *Guest) uint32 {
			f := g.Declare(In(many(500)...).Out(many(500)...))
			var args Code
			for i := range uint32(500) {
				args += LocalGet(i)
			}
			g.Define(f, nil, args, Call(f))
			return g.Body(nil, Repeat(500, I32Const(1)), Call(f), Repeat(500, Drop))
		})
	}, overflow...)
	add(37, "recurses in a ring of 100 functions", func() []byte {
		return Single(func(g *Guest) uint32 {
			ring := make([]uint32, 100)
			for i := range ring {
				ring[i] = g.Declare(In())
			}
			for i, f := range ring {
				g.Define(f, nil, Call(ring[(i+1)%len(ring)]))
			}
			return g.Body(nil, Call(ring[0]))
		})
	}, overflow...)
	add(38, "grows page by page to the limit", Grow, Completed)
	add(38, "grows page by page, touches all of it, and traps", func() []byte {
		return Run(nil, Loop(Empty, I32Const(1), MemoryGrow, I32Const(-1), I32Ne, If(Empty,
			MemorySize, I32Const(16), I32Shl, I32Const(8), I32Sub, I64Const(-1), Store64(0), Br(1))), Unreachable)
	}, abi.CodeMemoryLimit).Says = "67108864 bytes"
	add(39, "grows to the limit in one jump", func() []byte { return Run(nil, I32Const(1000), MemoryGrow, Drop) }, Completed)
	add(39, "grows by 2^32-1 pages", func() []byte { return Run(nil, I32Const(-1), MemoryGrow, I32Const(-1), I32Ne, If(Empty, Unreachable)) }, Completed)
	add(39, "grows past the limit in one jump and traps", func() []byte {
		return Run(nil, I32Const(1023), MemoryGrow, I32Const(-1), I32Eq, If(Empty, Unreachable))
	},
		abi.CodeMemoryLimit)
	add(36, "recurses in frames of 25,000 results", func() []byte {
		return Single(func(g *Guest) uint32 {
			give := g.Func(In().Out(many(1000)...), nil, Repeat(1000, I32Const(1)))
			take := g.Func(In(many(1000)...), nil)
			f := g.Declare(In())
			g.Define(f, nil, Repeat(12, Call(give), Call(take)), Repeat(13, Call(give), MemorySize, MemoryGrow, Drop, Call(take)), Call(f))
			return g.Body(nil, Call(f))
		})
	}, overflow...)
	add(41, "grows 100 tables to a million functions each", func() []byte {
		return Single(func(g *Guest) uint32 {
			f := g.Func(In(), nil)
			g.DeclaredElem(f)
			var grow Code
			for range 100 {
				grow += RefFunc(f) + I32Const(1_000_000) + TableGrow(g.Table(FuncRef, AtLeast(1))) + Drop
			}
			return g.Body(nil, Loop(Empty, grow, Br(0)))
		})
	}, abi.CodeDeadline)
	add(40, "grows between a call and the take of its response", func() []byte {
		g := NewGuest()
		call, take := g.Host("call"), g.Host("take")
		at := int32(g.Const([]byte("\x82\x68progress\xf6")))
		g.Only(g.Body(append(Locals(1, I64), Locals(1, I32)...), I32Const(at), I32Const(11), Call(call), LocalSet(2),
			I32Const(200), MemoryGrow, I32Const(16), I32Shl, LocalSet(3),
			LocalGet(2), I64Const(32), I64ShrU, I32WrapI64, LocalGet(3), Call(take),
			LocalGet(3), Load8(0), I32Const(0x82), I32Ne, If(Empty, Unreachable)))
		return g.Bytes()
	}, Completed)
	add(40, "grows in its allocator when the input is large", func() []byte {
		return allocator(LocalGet(0), I32Const(64<<10), I32GtU, If(Empty, I32Const(10), MemoryGrow, I32Const(16), I32Shl, Return), I32Const(4096))
	}, Completed).Args = large(200 << 10)
	add(41, "grows a table by 2^27-1 for ever", func() []byte {
		return Single(func(g *Guest) uint32 {
			t := g.Table(FuncRef, AtLeast(1))
			return g.Body(nil, Loop(Empty, RefNullFunc, I32Const(1<<27-1), TableGrow(t), Drop, Br(0)))
		})
	}, abi.CodeDeadline, abi.CodeMemoryLimit)
	add(41, "grows 50 tables by 100,000 for ever", func() []byte {
		return Single(func(g *Guest) uint32 {
			var grow Code
			for range 50 {
				grow += RefNullFunc + I32Const(100_000) + TableGrow(g.Table(FuncRef, AtLeast(1))) + Drop
			}
			return g.Body(nil, Loop(Empty, grow, Br(0)))
		})
	}, abi.CodeDeadline, abi.CodeMemoryLimit)
	add(44, "aborts with a message of 1 MB", func() []byte { return Fail("boom", string(bytes.Repeat([]byte("x"), 1<<20))) }, abi.CodeGuest)
	add(44, "traps 60 calls deep", func() []byte {
		return Single(func(g *Guest) uint32 {
			f := g.Func(In(), nil, Unreachable)
			for range 60 {
				f = g.Func(In(), nil, Call(f))
			}
			return g.Body(nil, Call(f))
		})
	}, abi.CodeUnreachable)
	add(38, "grows in one jump and touches every page", func() []byte {
		return Run(Locals(1, I32), I32Const(1000), MemoryGrow, Drop, Loop(Empty,
			LocalGet(2), I32Const(1), Store8(0), LocalGet(2), I32Const(4096), I32Add, LocalTee(2), I32Const(1000<<16), I32LtU, BrIf(0)))
	}, Completed, abi.CodeDeadline)
	for i := range all {
		n := all[i].Number
		all[i].Child = n == 41 || n <= 37
	}
	return all
}
