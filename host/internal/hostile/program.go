package hostile

import (
	. "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// Program makes a valid module out of any bytes: functions of nested blocks,
// loops, ifs and branches over many locals, with pieces repeated, so that small
// inputs reach the corners of a compiler. Equal bytes give the equal module.
// The result is below 1 MB.
func Program(script []byte) []byte {
	w := &writer{script: script}
	return spoiled(func(g *Guest) {
		w.helper = g.Func(In(I32).Out(I32), nil, LocalGet(0))
		g.Table(FuncRef, AtLeast(4))
		g.Elem(0, w.helper)
		w.typ = g.Type(In(I32).Out(I32))
		for range 1 + w.take()%3 {
			w.locals = 1 + uint32(w.take())*uint32(1+w.take()%8)
			w.labels, w.room = 0, 300_000
			body := w.sequence(0)
			g.Func(In(I32), Locals(w.locals, I32), body)
		}
	})
}

type writer struct {
	script []byte
	locals uint32
	labels uint32 // open blocks
	room   int    // bytes that the function may still have
	helper uint32
	typ    uint32
}

func (w *writer) take() byte {
	if len(w.script) == 0 {
		return 0
	}
	b := w.script[0]
	w.script = w.script[1:]
	return b
}

func (w *writer) local() uint32 { return (uint32(w.take()) * uint32(1+w.take()%8)) % (w.locals + 1) }

// sequence is a few statements, perhaps many times over.
func (w *writer) sequence(depth int) Code {
	var code Code
	for range 1 + w.take()%6 {
		code += w.statement(depth)
	}
	n := 1
	switch b := w.take(); {
	case b > 250:
		n = 200
	case b > 240:
		n = 20
	case b > 220:
		n = 4
	}
	for n > 1 && n*len(code) > w.room {
		n /= 2
	}
	code = Repeat(max(n, 1), code)
	w.room -= len(code)
	return code
}

func (w *writer) inside(depth int) Code {
	w.labels++
	defer func() { w.labels-- }()
	if depth > 60 || len(w.script) == 0 || w.room < 0 {
		return Nop
	}
	return w.sequence(depth + 1)
}

func (w *writer) statement(depth int) Code {
	x := LocalGet(w.local())
	switch w.take() % 16 {
	case 0, 1:
		return Block(Empty, w.inside(depth))
	case 2, 3:
		return Loop(Empty, w.inside(depth))
	case 4:
		return x + If(Empty, w.inside(depth))
	case 5:
		return x + If(Empty, w.inside(depth), Else, w.inside(depth))
	case 6, 7:
		if w.labels == 0 {
			return Nop
		}
		return x + BrIf(uint32(w.take())%w.labels)
	case 8:
		if w.labels == 0 {
			return Nop
		}
		targets := make([]uint32, 1+w.take()%40)
		for i := range targets {
			targets[i] = uint32(w.take()) % w.labels
		}
		return Block(Empty, x, BrTable(append(targets, 0)...))
	case 9:
		return x + Load32(uint32(w.take())) + LocalSet(w.local())
	case 10:
		return x + LocalGet(w.local()) + Store32(uint32(w.take()))
	case 11:
		return x + Call(w.helper) + LocalSet(w.local())
	case 12:
		return x + I32Const(0) + CallIndirect(w.typ, 0) + LocalSet(w.local())
	case 13: // reads a run of locals
		var code Code
		from := w.local()
		for i := range uint32(w.take()) {
			code += LocalGet((from + i) % (w.locals + 1))
			if i > 0 {
				code += I32Add
			}
		}
		if code == "" {
			return Nop
		}
		return code + LocalSet(w.local())
	case 14: // rotates a run of locals
		var code Code
		from := w.local()
		for i := range uint32(w.take()) {
			code += LocalGet((from+i+1)%(w.locals+1)) + LocalSet((from+i)%(w.locals+1))
		}
		return code + Nop
	}
	return x + I32Const(int32(w.take())) + I32Add + LocalSet(w.local())
}
