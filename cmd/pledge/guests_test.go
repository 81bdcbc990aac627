package main

import (
	"strings"

	"github.com/pledge-wasm/pledge/abi"
	. "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// guests are the modules that scripts ask for by name: guest NAME FILE.
var guests = map[string]func() []byte{
	"tasks":       Tasks,
	"echo":        Echo,
	"sum":         func() []byte { return one("sum", (*Guest).Sum) },
	"truncated":   func() []byte { b := Tasks(); return b[:len(b)/2] },
	"not-cbor":    func() []byte { return Respond([]byte{0x82, 0x00, 0xff}) },
	"trailing":    func() []byte { return Respond([]byte{0x82, 0x00, 0x01, 0x01}) },
	"no-response": func() []byte { return Respond([]byte{0xa0}) },
	"bad-span":    func() []byte { return RespondSpan(0xffff0000, 64) },
	"component":   func() []byte { return []byte("\x00asm\x0d\x00\x01\x00") },
	"command":     command,
	"extism":      importing("extism:host/env", "input_length", In().Out(I64)),
	"abort":       importing("env", "abort", In(I32, I32, I32, I32)),
	"socket":      importing("wasi_snapshot_preview1", "sock_accept_all", In(I32).Out(I32)),
	"bytes":       func() []byte { return Const([]byte{0x42, 1, 2}) },
	"long":        func() []byte { return Const(abi.AppendText(nil, strings.Repeat("x", 2000))) },
	"digits":      func() []byte { return Const([]byte{0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}) },
	"nasty":       nasty,
	"clock":       clock,
	"random":      random,
	"environment": environment,
	"boot-log":    bootLog,
	"boot-spin":   func() []byte { return booting(Loop(Empty, Br(0))) },
	"boot-trap":   func() []byte { return booting(Unreachable) },
	"large":       func() []byte { g := NewGuest(); g.MemoryLimits = AtLeast(40); g.Only(g.Echo()); return g.Bytes() },
	"spoils":      func() []byte { return Counter(InTable) },
	"named":       named,
	"taskless":    taskless,
	"documented":  documented,
}

// one is a guest with a single task and a manifest.
func one(name string, build func(*Guest) uint32) []byte {
	g := NewGuest()
	g.Task(name, build(g))
	return g.Bytes()
}

// importing makes a guest that needs a function.
func importing(module, name string, s Sig) func() []byte {
	return func() []byte {
		g := NewGuest()
		g.Import(module, name, s)
		g.Only(g.Echo())
		return g.Bytes()
	}
}

// command is a program of WASI, with a main and no tasks.
func command() []byte {
	m := New()
	start := m.Func(In(), nil)
	m.Memory(AtLeast(1))
	m.ExportMemory("memory")
	m.Export("_start", start)
	return m.Bytes()
}

// booting runs code when the module is initialised.
func booting(code Code) []byte {
	g := NewGuest()
	g.Init(nil, code)
	g.Only(g.Echo())
	return g.Bytes()
}

func bootLog() []byte {
	g := NewGuest()
	log := g.Host("log")
	text := "booting\x1b[31m"
	g.Init(nil, I32Const(2), I32Const(int32(g.Const([]byte(text)))), I32Const(int32(len(text))), Call(log))
	g.Task("echo", g.Echo())
	return g.Bytes()
}

// nasty has texts with which a guest may try to speak in the command's voice.
func nasty() []byte {
	g := NewGuest()
	g.Host("log")
	g.Task("log", g.Log(3, "x\npledge: all is well\x1b]0;title\x07"))
	failure := abi.AppendError(nil, &abi.GuestError{Code: "no\x1b[2J", Message: "one\npledge: two\u202e"})
	g.Task("fail", g.Respond(failure))
	g.Task("value", g.Respond(append([]byte{0x82, 0x00}, abi.AppendText(nil, "\x1b[31m\u009b")...)))
	return g.Bytes()
}

// number answers with the i64 at address 64 after code.
func number(g *Guest, code ...Code) []byte {
	n := g.Number()
	g.Only(g.Func(CallSig, nil, Seq(code...), I32Const(64), Load64(0), Call(n)))
	return g.Bytes()
}

// clock answers with the nanoseconds of the real-time clock.
func clock() []byte {
	g := NewGuest()
	get := g.WASI("clock_time_get", In(I32, I64, I32).Out(I32))
	return number(g, I32Const(0), I64Const(1), I32Const(64), Call(get), Drop)
}

// random answers with seven random bytes, as a number.
func random() []byte {
	g := NewGuest()
	get := g.WASI("random_get", In(I32, I32).Out(I32))
	return number(g, I32Const(64), I32Const(7), Call(get), Drop)
}

// environment answers with its first variable, NAME=VALUE, or null without one.
func environment() []byte {
	g := NewGuest()
	sizes := g.WASI("environ_sizes_get", In(I32, I32).Out(I32))
	get := g.WASI("environ_get", In(I32, I32).Out(I32))
	g.Only(g.Func(CallSig, nil,
		I32Const(64), I32Const(68), Call(sizes), Drop,
		I32Const(64), Load32(0), I32Eqz, If(Empty, g.SpanOf([]byte{0x82, 0x00, 0xf6}), Return),
		I32Const(72), I32Const(200), Call(get), Drop,
		// The response is put before the text, which ends in a zero: [0, text].
		I32Const(196), I32Const(0x780082), Store32(0),
		I32Const(199), I32Const(68), Load32(0), I32Const(1), I32Sub, Store8(0),
		Span(I32Const(196), Seq(I32Const(68), Load32(0), I32Const(3), I32Add))))
	return g.Bytes()
}

// named traps in a function that has a name.
func named() []byte {
	g := NewGuest()
	f := g.Func(In(), nil, Unreachable)
	g.NameFunc(f, "parse_the_input")
	g.Only(g.Body(nil, Call(f)))
	return g.Bytes()
}

// taskless has a manifest that lists no tasks.
func taskless() []byte {
	g := NewGuest()
	g.Describe(abi.AppendManifest(nil, &abi.Manifest{Name: "empty", Tasks: []abi.TaskInfo{}}))
	g.Only(g.Echo())
	return g.Bytes()
}

// documented has a manifest with everything in it.
func documented() []byte {
	g := NewGuest()
	schema := abi.AppendHead(nil, abi.MajorMap, 1)
	schema = abi.AppendText(abi.AppendText(schema, "type"), "integer")
	g.Describe(abi.AppendManifest(nil, &abi.Manifest{Name: "sums", Version: "1.2.3", SDK: "hand/1", Tasks: []abi.TaskInfo{
		{Name: "double", Doc: "Doubles a number.\nSlowly.", Input: schema, Output: schema},
		{Name: "--odd name"},
	}}))
	g.Only(g.Respond(abi.AppendError(nil, &abi.GuestError{Code: "bad_args", Message: "want an integer"})))
	return g.Bytes()
}
