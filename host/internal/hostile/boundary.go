package hostile

import (
	"bytes"

	"github.com/pledge-wasm/pledge/abi"
	. "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// boundary is numbers 45 to 58: what crosses between guest and host.
func boundary() []Case {
	var all []Case
	add := func(number int, name string, wasm func() []byte, codes ...abi.Code) *Case {
		all = append(all, runs('D', number, name, wasm, codes...))
		return &all[len(all)-1]
	}
	const page = 64 << 10
	for _, s := range []struct {
		name        string
		ptr, length uint32
	}{
		{"at the last byte, of two", huge, 2},
		{"whose end wraps to 0", huge - 9, 10},
		{"of 4 GiB", 0, huge},
		{"one byte past the end", 2*page - 2, 3},
		{"behind the end", 2 * page, 3},
		{"of no bytes at the end", 2 * page, 0},
		{"of no bytes", 64, 0},
	} {
		number := 45
		if s.length == huge {
			number = 51
		}
		add(number, "answers with a span "+s.name, func() []byte {
			return withMemory(2, func(g *Guest) uint32 { return g.RespondSpan(s.ptr, s.length) })
		}, abi.CodeBadResult)
	}
	for _, p := range []struct {
		name        string
		ptr, length int32
	}{
		{"at the last byte, of two", -1, 2}, {"of 4 GiB", 0, -1}, {"one byte past the end", 2*page - 1, 2}, {"whose end wraps", -16, 32},
	} {
		add(45, "logs a message "+p.name, func() []byte {
			return withMemory(2, func(g *Guest) uint32 {
				log := g.Host("log")
				return g.Body(nil, I32Const(1), I32Const(p.ptr), I32Const(p.length), Call(log))
			})
		}, abi.CodeTrap)
		add(45, "calls with a request "+p.name, func() []byte {
			return withMemory(2, func(g *Guest) uint32 {
				call := g.Host("call")
				return g.Body(nil, I32Const(p.ptr), I32Const(p.length), Call(call), Drop)
			})
		}, abi.CodeTrap)
		add(62, "asks for random bytes "+p.name, func() []byte {
			return withMemory(2, func(g *Guest) uint32 {
				random := g.WASI("random_get", In(I32, I32).Out(I32))
				return g.Body(nil, efault.want(I32Const(p.ptr), I32Const(p.length), Call(random)))
			})
		}, Completed).Family = 'E'
		add(63, "writes to stdout "+p.name, func() []byte {
			return withMemory(2, func(g *Guest) uint32 {
				write := g.WASI("fd_write", In(I32, I32, I32, I32).Out(I32))
				return g.Body(nil, I32Const(64), I32Const(p.ptr), Store32(0), I32Const(64), I32Const(p.length), Store32(4),
					efault.want(I32Const(1), I32Const(64), I32Const(1), I32Const(80), Call(write)))
			})
		}, Completed).Family = 'E'
	}
	add(45, "logs no bytes at the end of memory", func() []byte {
		return withMemory(2, func(g *Guest) uint32 {
			log := g.Host("log")
			return g.Body(nil, I32Const(1), I32Const(2*page), I32Const(0), Call(log))
		})
	}, Completed)
	add(46, "answers inside its input", Echo, Completed)
	add(46, "takes a response over its request", func() []byte {
		g := NewGuest()
		call, take := g.Host("call"), g.Host("take")
		at := int32(g.Const([]byte("\x82\x68progress\xf6")))
		g.Only(g.Body(nil, I32Const(at), I32Const(11), Call(call), I64Const(32), I64ShrU, I32WrapI64, I32Const(at), Call(take)))
		return g.Bytes()
	}, Completed)
	add(47, "answers with the request itself", func() []byte {
		return Single(func(g *Guest) uint32 { return g.Func(CallSig, nil, Span(LocalGet(0), LocalGet(1))) })
	}, abi.CodeBadResult)
	add(48, "allocates at 3", func() []byte { return allocator(I32Const(3)) }, Completed)
	add(48, "allocates in the same place always", func() []byte { return allocator(I32Const(4096)) }, Completed)
	refusing := add(48, "allocates nothing when the input is large", func() []byte {
		return allocator(LocalGet(0), I32Const(page), I32GtU, If(Empty, I32Const(0), Return), I32Const(4096))
	}, abi.CodeMemoryLimit)
	refusing.Args = large(200 << 10)
	outside := add(48, "allocates outside of memory when the input is large", func() []byte {
		return allocator(LocalGet(0), I32Const(page), I32GtU, If(Empty, I32Const(-16), Return), I32Const(4096))
	}, abi.CodeBadResult)
	outside.Args = large(200 << 10)
	for _, p := range []struct {
		name string
		at   int32
	}{{"allocates outside of memory", -16}, {"allocates at the end of memory", 4 * page}, {"allocates nothing", 0}} {
		all = append(all, Case{Number: 48, Family: 'D', Name: p.name, Wasm: func() []byte { return allocator(I32Const(p.at)) }, Phase: LoadFails,
			Codes: []abi.Code{abi.CodeModuleRejected}, Says: "pledge_v1_alloc"})
	}
	add(49, "calls the host from its allocator", func() []byte {
		m := New()
		call := m.Import("pledge_v1", "call", In(I32, I32).Out(I64))
		log := m.Import("pledge_v1", "log", In(I32, I32, I32))
		m.Memory(AtLeast(4))
		m.ExportMemory("memory")
		m.Data(0, []byte("\x82\x00\xf6"))
		m.Data(16, []byte("\x82\x6btask.submit\xf6"))
		m.Export("pledge_v1_alloc", m.Func(In(I32).Out(I32), nil,
			I32Const(1), I32Const(0), I32Const(3), Call(log), I32Const(16), I32Const(14), Call(call), Drop, I32Const(4096)))
		m.Export("pledge_v1_call", m.Func(CallSig, nil, I64Const(3)))
		return m.Bytes()
	}, Completed)
	for _, p := range []struct {
		name   string
		handle int32
	}{{"takes handle 0 without a call", 0}, {"takes handle 2^32-1", -1}, {"takes a handle that it never had", 12345}} {
		add(53, p.name, func() []byte {
			return Single(func(g *Guest) uint32 {
				take := g.Host("take")
				return g.Body(nil, I32Const(p.handle), I32Const(64), Call(take))
			})
		}, abi.CodeTrap)
	}
	add(52, "writes the count over the list of what it writes", func() []byte {
		g := NewGuest()
		write := g.WASI("fd_write", In(I32, I32, I32, I32).Out(I32))
		at := int32(g.Const([]byte("\x40\x00\x00\x00\x08\x00\x00\x00")))
		g.Only(g.Body(nil, esuccess.want(I32Const(1), I32Const(at), I32Const(1), I32Const(at), Call(write))))
		return g.Bytes()
	}, Completed)
	add(52, "has events written over the subscriptions that are still to be read", func() []byte {
		return withMemory(2, func(g *Guest) uint32 {
			poll := g.WASI("poll_oneoff", In(I32, I32, I32, I32).Out(I32))
			return g.Body(nil, esuccess.want(I32Const(8192), I32Const(8192+40), I32Const(1000), I32Const(8192+20), Call(poll)))
		})
	}, Completed)
	add(53, "takes a response twice", func() []byte {
		g := NewGuest()
		call, take := g.Host("call"), g.Host("take")
		at := int32(g.Const([]byte("\x82\x61x\xf6")))
		again := LocalGet(2) + I64Const(32) + I64ShrU + I32WrapI64 + I32Const(64) + Call(take)
		g.Only(g.Body(Locals(1, I64), I32Const(at), I32Const(4), Call(call), LocalSet(2), again, again))
		return g.Bytes()
	}, abi.CodeTrap)
	add(53, "awaits a future that it was not given", func() []byte {
		return asked(append([]byte("\x82\x6atask.await"), abi.AppendFuture(nil, abi.ID{1, 2, 3})...))
	}, abi.CodeGuest)
	add(55, "asks for a function that was not granted", func() []byte { return asked([]byte("\x82\x6btask.submit\xf6")) }, abi.CodeGuest)
	add(55, "asks for a function that does not exist", func() []byte { return asked([]byte("\x82\x66system\xf6")) }, abi.CodeGuest)
	add(55, "asks with a request that is not one", func() []byte { return asked([]byte("\x82\x61\xff\xf6")) }, abi.CodeGuest)
	add(54, "keeps responses for ever", func() []byte {
		g := NewGuest()
		call := g.Host("call")
		at := int32(g.Const([]byte("\x82\x68progress\xf6")))
		g.Only(g.Body(nil, Loop(Empty, I32Const(at), I32Const(11), Call(call), Drop, Br(0))))
		return g.Bytes()
	}, abi.CodeOutputLimit)
	add(54, "logs 100,000 lines", func() []byte {
		return Single(func(g *Guest) uint32 {
			log := g.Host("log")
			return g.Body(Locals(1, I32), Loop(Empty, I32Const(1), I32Const(0), I32Const(60), Call(log),
				LocalGet(2), I32Const(1), I32Add, LocalTee(2), I32Const(100_000), I32LtU, BrIf(0)))
		})
	}, Completed, abi.CodeDeadline)
	add(54, "sends requests of 16 MB of keys in falling order for ever", func() []byte {
		return requesting(requestOf(falling(1_600_000)))
	}, abi.CodeDeadline)
	add(54, "sends requests of 16 MB of keys in no order for ever", func() []byte {
		return requesting(requestOf(shuffled(2_700_000)))
	}, abi.CodeDeadline)
	add(54, "sends requests of 16 MB of empty arrays for ever", func() []byte {
		return requesting(requestOf(append([]byte{0x9a, 0, 0xf0, 0, 0}, bytes.Repeat([]byte{0x80}, 0xf00000)...)))
	}, abi.CodeDeadline)
	add(56, "calls the host from its start function", func() []byte {
		return Single(func(g *Guest) uint32 {
			call := g.Host("call")
			at := int32(g.Const([]byte("\x82\x61x\xf6")))
			g.Start(g.Func(In(), nil, I32Const(at), I32Const(4), Call(call), Drop))
			return g.Echo()
		})
	}, Completed)
	add(57, "exits", func() []byte { return Exit(0) }, abi.CodeExit)
	return append(all, links()...)
}

// requestOf is a request of a function that does not exist.
func requestOf(args []byte) []byte { return append([]byte("\x82\x61x"), args...) }

// requesting is a guest that sends one request for ever.
func requesting(request []byte) []byte {
	g := NewGuest()
	call, take := g.Host("call"), g.Host("take")
	at := int32(g.Const(request))
	g.Only(g.Body(Locals(1, I64), Loop(Empty,
		I32Const(at), I32Const(int32(len(request))), Call(call), LocalSet(2),
		LocalGet(2), I64Const(32), I64ShrU, I32WrapI64, I32Const(64), Call(take), Br(0))))
	return g.Bytes()
}

// asked is a guest that sends one request and answers with the response.
func asked(request []byte) []byte {
	g := NewGuest()
	call, take := g.Host("call"), g.Host("take")
	at := int32(g.Const(request))
	g.Only(g.Func(CallSig, Locals(1, I64),
		I32Const(at), I32Const(int32(len(request))), Call(call), LocalSet(2),
		LocalGet(2), I64Const(32), I64ShrU, I32WrapI64, I32Const(256), Call(take),
		Span(I32Const(256), LocalGet(2)+I32WrapI64)))
	return g.Bytes()
}

// links is numbers 55 and 58: imports and exports that are not what they seem.
func links() []Case {
	var all []Case
	add := func(number int, name, says string, code abi.Code, wasm func() []byte) {
		all = append(all, Case{Number: number, Family: 'D', Name: name, Says: says, Wasm: wasm, Phase: Refused, Codes: []abi.Code{code}})
	}
	with := func(module, name string, s Sig) func() []byte {
		return func() []byte {
			g := NewGuest()
			g.Import(module, name, s)
			g.Only(g.Echo())
			return g.Bytes()
		}
	}
	denied, rejected := abi.CodeImportDenied, abi.CodeModuleRejected
	add(55, "imports log with another signature", "(i32, i32, i32)", denied, with("pledge_v1", "log", In(I64)))
	add(55, "imports fd_write with a 64-bit pointer", "fd_write", denied, with("wasi_snapshot_preview1", "fd_write", In(I32, I64, I32, I32).Out(I32)))
	add(55, "imports the clock of the rewriting", "pledge_v1_rt.slice", denied, with("pledge_v1_rt", "slice", In()))
	add(55, "imports from a module of no name", ".x", denied, with("", "x", In()))
	add(55, "imports env", "env.abort", denied, with("env", "abort", In(I32, I32, I32, I32)))
	add(55, "imports another guest's export", "echo.pledge_v1_call", denied, with("echo", "pledge_v1_call", In(I32, I32).Out(I64)))
	add(55, "imports another guest's memory", "memory", denied, func() []byte {
		m := New()
		m.ImportMemory("echo", "memory", AtLeast(1))
		return m.Bytes()
	})
	add(55, "imports a global", "env.__stack_pointer", denied, func() []byte {
		return spoiled(func(g *Guest) { g.ImportGlobal("env", "__stack_pointer", I32, true) })
	})
	add(55, "imports a name full of control characters", "\ufffd", denied, with("\x1b[2J", "\r\n", In()))
	add(58, "exports the names of the rewriting", "reserved", rejected, func() []byte {
		return spoiled(func(g *Guest) { g.ExportGlobal("pledge_v1_budget", g.Global(I64, true, I64Const(0))) })
	})
	add(58, "exports a global of the snapshot's", "reserved", rejected, func() []byte {
		return spoiled(func(g *Guest) { g.ExportGlobal("pledge_v1_g0", g.Global(I64, true, I64Const(0))) })
	})
	add(58, "exports nothing", "memory", rejected, func() []byte { return New().Bytes() })
	add(58, "exports a call of another type", "pledge_v1_call", rejected, func() []byte {
		return module(func(m *Module) { m.Export("pledge_v1_call", m.Func(In(I64).Out(I64), nil, I64Const(0))) })
	})
	add(58, "exports a memory as its call", "pledge_v1_call", rejected, func() []byte { return module(func(m *Module) { m.ExportMemory("pledge_v1_call") }) })
	add(58, "exports a function as its memory", "memory", rejected, func() []byte {
		m := New()
		m.Memory(AtLeast(1))
		m.Export("memory", m.Func(In(), nil))
		return m.Bytes()
	})
	return append(all, runs('D', 58, "exports an import as its call", func() []byte {
		g := NewGuest()
		g.Only(g.Host("call"))
		return g.Bytes()
	}, abi.CodeBadResult))
}

// module is a module with memory and allocator, and what add adds.
func module(add func(m *Module)) []byte {
	m := New()
	m.Memory(AtLeast(2))
	m.ExportMemory("memory")
	m.Export("pledge_v1_alloc", m.Func(In(I32).Out(I32), nil, I32Const(4096)))
	add(m)
	return m.Bytes()
}

// withMemory is a guest whose memory has exactly so many pages.
func withMemory(pages uint32, build func(g *Guest) uint32) []byte {
	g := NewGuest()
	g.MemoryLimits = Between(pages, pages)
	g.Only(build(g))
	return g.Bytes()
}
