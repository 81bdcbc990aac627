package wasmtest

// The functions of this file add one function of [CallSig] to a guest and
// return its index, for [Guest.Only] or [Guest.Task]. Those that need imports
// come before any function: ask for [Guest.Host] or [Guest.WASI] first.

// Echo answers [0, args].
func (g *Guest) Echo() uint32 {
	const ptr, length, args = 0, 1, 2
	return g.Func(CallSig, Locals(1, I32),
		LocalGet(ptr), Call(g.args()), LocalSet(args),
		// The request's head is at least two bytes, so [0, args] fits in place.
		LocalGet(args), I32Const(2), I32Sub, I32Const(0x0082), Store16(0),
		Span(Seq(LocalGet(args), I32Const(2), I32Sub),
			Seq(LocalGet(length), LocalGet(args), LocalGet(ptr), I32Sub, I32Sub, I32Const(2), I32Add)))
}

// args is a function (ptr) -> i32: where the arguments of the request begin.
func (g *Guest) args() uint32 {
	return g.once("args", func() uint32 {
		const ptr, first, n = 0, 1, 2
		return g.Func(In(I32).Out(I32), Locals(2, I32),
			LocalGet(ptr), Load8(1), I32Const(0x60), I32Sub, LocalTee(first),
			I32Const(24), I32LtU, If(Empty, LocalGet(ptr), I32Const(2), I32Add, LocalGet(first), I32Add, Return),
			LocalGet(first), I32Const(24), I32Eq,
			If(Empty, LocalGet(ptr), I32Const(3), I32Add, LocalGet(ptr), Load8(2), I32Add, Return),
			LocalGet(ptr), Load8(2), I32Const(8), I32Shl, LocalGet(ptr), Load8(3), I32Or, LocalSet(n),
			LocalGet(ptr), I32Const(4), I32Add, LocalGet(n), I32Add)
	})
}

// integer is a function (ptr) -> i64 that reads a CBOR integer and leaves the
// address behind it in the global that is returned too.
func (g *Guest) integer() (f, cursor uint32) {
	cursor = g.once("cursor", func() uint32 { return g.Global(I32, true, I32Const(0)) })
	return g.once("integer", func() uint32 {
		const ptr, first, n, v = 0, 1, 2, 3
		step := func(i uint32, by int32) Code { return Seq(LocalGet(i), I32Const(by), I32Add, LocalSet(i)) }
		return g.Func(In(I32).Out(I64), []Local{{2, I32}, {1, I64}},
			LocalGet(ptr), Load8(0), LocalTee(first), I32Const(0x40), I32GeU, If(Empty, Unreachable),
			step(ptr, 1),
			LocalGet(first), I32Const(31), I32And, LocalTee(n), I32Const(24), I32LtU,
			If(Empty, LocalGet(n), I64ExtendI32U, LocalSet(v)),
			LocalGet(n), I32Const(24), I32GeU,
			If(Empty,
				I32Const(1), LocalGet(n), I32Const(24), I32Sub, I32Shl, LocalSet(n),
				Loop(Empty,
					LocalGet(v), I64Const(8), I64Shl, LocalGet(ptr), Load8(0), I64ExtendI32U, I64Or, LocalSet(v),
					step(ptr, 1), step(n, -1), LocalGet(n), BrIf(0))),
			LocalGet(first), I32Const(0x20), I32GeU,
			If(Empty, LocalGet(v), I64Const(-1), I64Xor, LocalSet(v)),
			LocalGet(ptr), GlobalSet(cursor),
			LocalGet(v))
	}), cursor
}

// Number is a function (n i64) -> i64: the span of the response [0, n].
func (g *Guest) Number() uint32 {
	return g.once("number", func() uint32 {
		const n = 0
		code := []Code{
			I32Const(0), I32Const(0x1b0082), Store32(0),
			LocalGet(n), I64Const(0), I64LtS,
			If(Empty, I32Const(0), I32Const(0x3b), Store8(2), LocalGet(n), I64Const(-1), I64Xor, LocalSet(n)),
		}
		for i := range 8 {
			code = append(code, I32Const(0), LocalGet(n), I64Const(int64(56-8*i)), I64ShrU, I32WrapI64, Store8(uint32(3+i)))
		}
		code = append(code, I64Const(11))
		return g.Func(In(I64).Out(I64), nil, code...)
	})
}

// Sum takes {"a": int, "b": int} and answers the sum; other arguments are the
// guest's own error bad_args.
func (g *Guest) Sum() uint32 {
	const ptr, at = 0, 2
	number := g.Number()
	integer, cursor := g.integer()
	return g.Func(CallSig, Locals(1, I32),
		LocalGet(ptr), Call(g.args()), LocalTee(at), Load8(0), I32Const(0xa2), I32Ne,
		If(Empty, g.SpanOf(failure("bad_args", "sum wants {a, b}")), Return),
		LocalGet(at), I32Const(3), I32Add, Call(integer),
		GlobalGet(cursor), I32Const(2), I32Add, Call(integer),
		I64Add, Call(number))
}

// Respond answers with these bytes, whatever they are.
func (g *Guest) Respond(response []byte) uint32 { return g.Func(CallSig, nil, g.SpanOf(response)) }

// RespondSpan answers with this span, whatever it points to.
func (g *Guest) RespondSpan(ptr, length uint32) uint32 {
	return g.Func(CallSig, nil, I64Const(int64(uint64(ptr)<<32|uint64(length))))
}

// Body runs code, of no result, and answers null. Locals 0 and 1 are the
// request's pointer and length.
func (g *Guest) Body(locals []Local, code ...Code) uint32 {
	return g.Func(CallSig, locals, Seq(code...), g.SpanOf(success([]byte{0xf6})))
}

// Spin never returns.
func (g *Guest) Spin() uint32 { return g.Func(CallSig, nil, Loop(Empty, Br(0)), Unreachable) }

// Recurse calls itself for ever, each frame with as many live i64 locals as
// asked for.
func (g *Guest) Recurse(locals uint32) uint32 {
	f := g.Declare(In(I64).Out(I64))
	var set, use Code
	for i := range locals {
		set += Seq(LocalGet(0), I64Const(int64(i)), I64Mul, LocalSet(1+i))
		use += Seq(LocalGet(1+i), I64Add)
	}
	g.Define(f, Locals(locals, I64), set, LocalGet(0), I64Const(1), I64Add, Call(f), I64Const(1), I64Add, use)
	return g.Func(CallSig, nil, I64Const(0), Call(f))
}

// Fib answers fib(n) by doubling recursion.
func (g *Guest) Fib(n int64) uint32 {
	f := g.Declare(In(I64).Out(I64))
	g.Define(f, nil,
		LocalGet(0), I64Const(2), I64LtU, If(Empty, LocalGet(0), Return),
		LocalGet(0), I64Const(1), I64Sub, Call(f),
		LocalGet(0), I64Const(2), I64Sub, Call(f), I64Add)
	return g.Func(CallSig, nil, I64Const(n), Call(f), Call(g.Number()))
}

// Grow grows the memory page by page until that is refused, and answers the
// number of pages reached.
func (g *Guest) Grow() uint32 {
	return g.Func(CallSig, nil,
		Loop(Empty, I32Const(1), MemoryGrow, I32Const(-1), I32Ne, BrIf(0)),
		MemorySize, I64ExtendI32U, Call(g.Number()))
}

// GrowAndTrap grows the memory until that is refused, then traps, as the
// allocators of most languages do.
func (g *Guest) GrowAndTrap() uint32 {
	return g.Func(CallSig, nil,
		Loop(Empty, I32Const(1), MemoryGrow, I32Const(-1), I32Ne, BrIf(0)),
		Unreachable)
}

// Log logs text and answers null.
func (g *Guest) Log(level int32, text string) uint32 {
	log := g.Host("log")
	return g.Body(nil, I32Const(level), I32Const(int32(g.Const([]byte(text)))), I32Const(int32(len(text))), Call(log))
}

// Forward sends its arguments, which are [function, args], to the host as a
// request and answers with the host's response as it is.
func (g *Guest) Forward() uint32 {
	const ptr, length, at, answer = 0, 1, 2, 3
	call, take := g.Host("call"), g.Host("take")
	return g.Func(CallSig, []Local{{1, I32}, {1, I64}},
		LocalGet(ptr), Call(g.args()), LocalTee(at),
		LocalGet(length), LocalGet(at), LocalGet(ptr), I32Sub, I32Sub,
		Call(call), LocalSet(answer),
		// A fresh buffer as large as the response: the request is not needed any more.
		LocalGet(answer), I32WrapI64, Call(g.grown()), LocalSet(at),
		LocalGet(answer), I64Const(32), I64ShrU, I32WrapI64, LocalGet(at), Call(take),
		Span(LocalGet(at), Seq(LocalGet(answer), I32WrapI64)))
}

// grown is a function (len) -> ptr: memory of that many bytes at the end of the
// linear memory, freshly grown.
func (g *Guest) grown() uint32 {
	return g.once("grown", func() uint32 {
		return g.Func(In(I32).Out(I32), Locals(1, I32),
			LocalGet(0), I32Const(16), I32ShrU, I32Const(1), I32Add, MemoryGrow, LocalTee(1),
			I32Const(-1), I32Eq, If(Empty, Unreachable),
			LocalGet(1), I32Const(16), I32Shl)
	})
}

// Exit ends the task with proc_exit.
func (g *Guest) Exit(code int32) uint32 {
	exit := g.WASI("proc_exit", In(I32))
	return g.Func(CallSig, nil, I32Const(code), Call(exit), Unreachable)
}

// Write writes text to a descriptor (1 stdout, 2 stderr) and answers null.
func (g *Guest) Write(fd int32, text string) uint32 {
	write := g.WASI("fd_write", In(I32, I32, I32, I32).Out(I32))
	return g.Body(nil,
		I32Const(16), I32Const(int32(g.Const([]byte(text)))), Store32(0),
		I32Const(16), I32Const(int32(len(text))), Store32(4),
		I32Const(fd), I32Const(16), I32Const(1), I32Const(24), Call(write), Drop)
}
