package wasmtest

// Single is the guest whose every request goes to the function that build adds.
func Single(build func(g *Guest) uint32) []byte {
	g := NewGuest()
	g.Only(build(g))
	return g.Bytes()
}

// Echo is a guest that answers [0, args].
func Echo() []byte { return Single((*Guest).Echo) }

// Sum is a guest that takes {"a": int, "b": int} and answers the sum.
func Sum() []byte { return Single((*Guest).Sum) }

// Const is a guest that answers [0, value], value being one CBOR item.
func Const(value []byte) []byte { return Respond(success(value)) }

// Fail is a guest that answers with an error of its own.
func Fail(code, message string) []byte { return Respond(failure(code, message)) }

// Respond is a guest that answers with these bytes, well formed or not.
func Respond(response []byte) []byte {
	return Single(func(g *Guest) uint32 { return g.Respond(response) })
}

// RespondSpan is a guest that answers with this span, in memory or not.
func RespondSpan(ptr, length uint32) []byte {
	return Single(func(g *Guest) uint32 { return g.RespondSpan(ptr, length) })
}

// Run is a guest that runs code, of no result, and answers null.
func Run(locals []Local, code ...Code) []byte {
	return Single(func(g *Guest) uint32 { return g.Body(locals, code...) })
}

// Trap is a guest that divides by zero.
func Trap() []byte { return Run(nil, I32Const(1), I32Const(0), I32DivU, Drop) }

// Abort is a guest that executes unreachable.
func Abort() []byte { return Run(nil, Unreachable) }

// OutOfBounds is a guest that reads past the end of its memory.
func OutOfBounds() []byte { return Run(nil, I32Const(-1), Load64(0), Drop) }

// Spin is a guest that never returns.
func Spin() []byte { return Single((*Guest).Spin) }

// Recurse is a guest that calls itself until something gives.
func Recurse() []byte { return Single(func(g *Guest) uint32 { return g.Recurse(0) }) }

// Fib is a guest that answers fib(n), by doubling recursion.
func Fib(n int64) []byte { return Single(func(g *Guest) uint32 { return g.Fib(n) }) }

// Grow is a guest that grows its memory until that is refused and answers the
// number of pages reached.
func Grow() []byte { return Single((*Guest).Grow) }

// GrowAndTrap is a guest that grows its memory until that is refused and traps.
func GrowAndTrap() []byte { return Single((*Guest).GrowAndTrap) }

// Counter is a guest that answers how often its instance was called.
func Counter(where Where) []byte {
	return Single(func(g *Guest) uint32 { return g.Counter(where) })
}

// Log is a guest that logs one line and answers null.
func Log(level int32, text string) []byte {
	return Single(func(g *Guest) uint32 { return g.Log(level, text) })
}

// Write is a guest that writes text to stdout (1) or stderr (2).
func Write(fd int32, text string) []byte {
	return Single(func(g *Guest) uint32 { return g.Write(fd, text) })
}

// Exit is a guest that calls proc_exit.
func Exit(code int32) []byte {
	return Single(func(g *Guest) uint32 { return g.Exit(code) })
}

// Forward is a guest that sends its arguments to the host as a request of
// pledge_v1.call and answers with the host's response as it is.
func Forward() []byte { return Single((*Guest).Forward) }

// Tasks is one guest with named tasks and a manifest: echo, sum, null, fail,
// trap, abort, spin, recurse, grow, growtrap, count, log, write, exit, forward.
func Tasks() []byte {
	g := NewGuest()
	for _, name := range []string{"call", "take", "log"} {
		g.Host(name)
	}
	g.WASI("proc_exit", In(I32))
	g.WASI("fd_write", In(I32, I32, I32, I32).Out(I32))

	g.Task("echo", g.Echo())
	g.Task("sum", g.Sum())
	g.Task("null", g.Respond(success([]byte{0xf6})))
	g.Task("fail", g.Respond(failure("no_luck", "the guest says no")))
	g.Task("trap", g.Body(nil, I32Const(1), I32Const(0), I32DivU, Drop))
	g.Task("abort", g.Body(nil, Unreachable))
	g.Task("spin", g.Spin())
	g.Task("recurse", g.Recurse(0))
	g.Task("grow", g.Grow())
	g.Task("growtrap", g.GrowAndTrap())
	g.Task("count", g.Counter(InMemory))
	g.Task("log", g.Log(1, "hello from the guest"))
	g.Task("write", g.Write(1, "hello from stdout\n"))
	g.Task("exit", g.Exit(3))
	g.Task("forward", g.Forward())
	return g.Bytes()
}
