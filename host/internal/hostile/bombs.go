package hostile

import (
	. "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// Bomb is a family of modules that grow in one of the quantities that a
// compiler's work grows with. Package admit measures its formula with them at
// sizes that are still admitted.
type Bomb struct {
	// Number is the catalogue's, Name what the member does that has Sizes.
	Number int
	Name   string
	Wasm   func(sizes ...int) []byte
	// Sizes is a member that must be refused, Small one that is admitted and
	// takes a measurable time.
	Sizes, Small []int
}

// Bombs lists the families.
var Bombs = []Bomb{
	{12, "changes 2,000 locals in 2,000 ifs of a loop", phi, []int{2000, 2000}, []int{400, 400}},
	{12, "reads 1,500 locals behind 1,500 ifs of a loop", phiUse, []int{1500, 1500}, []int{500, 500}},
	{12, "reads 500 locals inside 500 nested loops", phiNest, []int{500, 500}, []int{100, 100}},
	{12, "reads 2,000 locals inside 30 nested loops", phiNest, []int{2000, 30}, []int{400, 20}},
	{12, "changes 1,000 locals in each of 200 loops", phiRow, []int{1000, 200}, []int{200, 100}},
	{12, "goes round a loop of 500 locals from 1,000 places", phiBack, []int{500, 1000}, []int{100, 400}},
	{12, "holds 1,500 operands over 2,000 loops", heldLoops, []int{1500, 2000}, []int{300, 400}},
	{12, "holds 5,000 operands over 5,000 ifs", heldIfs, []int{5000, 5000}, []int{500, 500}},
	{12, "reads 3,000 locals at the end of 8,000 branches", farReads, []int{3000, 8000}, []int{200, 1000}},
	{12, "has a bomb in each of 200 functions", phiMany, []int{150, 150, 200}, []int{30, 30, 40}},
	{13, "has 200 br_tables of 10,000 targets", tables, []int{10_000, 200}, []int{2000, 5}},
	{13, "has a br_table of 2,000 targets with 1,000 values", tableValues, []int{1000, 2000}, []int{100, 500}},
	{11, "has 30,000 ifs in a row", ifs, []int{30_000}, []int{2500}},
	{11, "leaves a block from 30,000 places", branches, []int{30_000}, []int{2500}},
	{11, "leaves 4,000 nested loops half way", loopsOut, []int{4000}, []int{500}},
	{14, "calls 20,000 times with 1,000 mutable globals", globalCalls, []int{1000, 20_000}, []int{500, 500}},
	{14, "has 9,000 globals and 150,000 functions", globalFunctions, []int{9000, 150_000}, []int{2000, 20_000}},
	{14, "has 9,000 types and 150,000 functions", typeFunctions, []int{9000, 150_000}, []int{2000, 20_000}},
	{15, "calls a million times with 1,000 values where nothing comes", deadCalls, []int{1000, 1_000_000}, []int{1000, 20_000}},
	{15, "opens a million blocks of 1,000 values where nothing comes", deadBlocks, []int{1000, 1_000_000}, []int{1000, 20_000}},
	{15, "branches to 60,000 labels of 1,000 values where nothing comes", deadTables, []int{1000, 60_000, 20}, []int{1000, 10_000, 3}},
	{15, "passes 1,000 values through 3,000 calls", wide, []int{1000, 3000}, []int{100, 1000}},
	{15, "carries 1,000 values round a loop from 2,000 places", wideLoop, []int{1000, 2000}, []int{200, 200}},
	{15, "carries 1,000 values through 1,000 ifs", wideIfs, []int{1000, 1000}, []int{100, 200}},
	{15, "makes 300,000 indirect calls in a row", indirectCalls, []int{300_000}, []int{5000}},
	{15, "truncates 300,000 floats in a row", truncations, []int{300_000}, []int{10_000}},
	{15, "divides 500,000 times in a row", divisions, []int{500_000}, []int{10_000}},
	{15, "shifts vectors 300,000 times in a row", vectors("\xfd\x6c", true), []int{300_000}, []int{10_000}},
	{15, "counts bits of vectors 300,000 times in a row", vectors("\xfd\x62", false), []int{300_000}, []int{10_000}},
	{15, "truncates vectors 300,000 times in a row", vectors("\xfd\xfd\x01", false), []int{300_000}, []int{10_000}},
	{15, "makes the rewriting look at the budget 400,000 times in a row", looks, []int{400_000}, []int{10_000}},
	{15, "makes the rewriting charge for 400,000 branches one by one", charges, []int{400_000}, []int{2000}},
	{15, "gets 400,000 elements of a table in a row", tableGets, []int{400_000}, []int{10_000}},
}

func phi(n ...int) []byte {
	locals, count := n[0], n[1]
	var body []Code
	for i := range count {
		k := uint32(1 + i%locals)
		body = append(body, LocalGet(0), If(Empty, LocalGet(k), I32Const(1), I32Add, LocalSet(k)))
	}
	return function(In(I32), Locals(uint32(locals), I32), Loop(Empty, Seq(body...), LocalGet(0), BrIf(0)))
}

// reads reads every local but the first.
func reads(locals int) Code {
	var list []Code
	for i := range locals {
		list = append(list, LocalGet(uint32(1+i))+LocalSet(0))
	}
	return Seq(list...)
}

func phiUse(n ...int) []byte {
	return function(In(I32), Locals(uint32(n[0]), I32), Loop(Empty, reads(n[0]),
		Repeat(n[1], LocalGet(0), If(Empty, LocalGet(1), I32Const(1), I32Add, LocalSet(1))), LocalGet(0), BrIf(0)))
}

func phiNest(n ...int) []byte {
	return function(In(I32), Locals(uint32(n[0]), I32), Repeat(n[1], "\x03\x40"), reads(n[0]), Repeat(n[1], LocalGet(0)+BrIf(0)+End))
}

func phiRow(n ...int) []byte {
	var change []Code
	for i := range n[0] {
		k := uint32(1 + i)
		change = append(change, LocalGet(k)+I32Const(1)+I32Add+LocalSet(k))
	}
	return function(In(I32), Locals(uint32(n[0]), I32), Repeat(n[1], Loop(Empty, Seq(change...), LocalGet(0), BrIf(0))))
}

func phiBack(n ...int) []byte {
	var rotate []Code
	for i := range n[0] {
		rotate = append(rotate, LocalGet(uint32(1+(i+1)%n[0]))+LocalSet(uint32(1+i)))
	}
	return function(In(I32), Locals(uint32(n[0]), I32), Loop(Empty, Seq(rotate...), Repeat(n[1], LocalGet(0)+BrIf(0))))
}

// held keeps n operands over code, and uses them.
func held(n int, code ...Code) []byte {
	return function(In(I32), nil, Repeat(n, LocalGet(0)+I32Const(3)+I32Mul), Seq(code...),
		Repeat(n-1, I32Add), LocalSet(0), I32Const(0), LocalGet(0), Store32(0))
}

func heldLoops(n ...int) []byte { return held(n[0], Repeat(n[1], Loop(Empty, LocalGet(0), BrIf(0)))) }

func heldIfs(n ...int) []byte { return held(n[0], Repeat(n[1], LocalGet(0)+If(Empty))) }

func farReads(n ...int) []byte {
	return function(In(I32), Locals(uint32(n[0]), I32), Repeat(n[1], LocalGet(0)+BrIf(0)), Repeat(10, reads(n[0])))
}

func phiMany(n ...int) []byte {
	return spoiled(func(g *Guest) {
		for range n[2] {
			g.Func(In(I32), Locals(uint32(n[0]), I32), Repeat(n[1], "\x03\x40"), reads(n[0]), Repeat(n[1], LocalGet(0)+BrIf(0)+End))
		}
	})
}

// BranchTables is a row of br_tables, all of whose targets are one block.
func BranchTables(targets, count int) []byte {
	return function(In(I32), nil, Repeat(count, Block(Empty, LocalGet(0), BrTable(make([]uint32, targets+1)...))))
}

func tables(n ...int) []byte { return BranchTables(n[0], n[1]) }

func tableValues(n ...int) []byte {
	return spoiled(func(g *Guest) {
		give := g.Func(In().Out(many(n[0])...), nil, Unreachable)
		take := g.Func(In(many(n[0])...), nil)
		block := "\x02" + Code(S64(int64(g.Type(In().Out(many(n[0])...)))))
		g.Func(In(I32), nil, block, Call(give), LocalGet(0), BrTable(make([]uint32, n[1])...), End, Call(take))
	})
}

func ifs(n ...int) []byte { return function(In(I32), nil, Repeat(n[0], LocalGet(0)+If(Empty))) }

func branches(n ...int) []byte {
	return function(In(I32), nil, Block(Empty, Repeat(n[0], LocalGet(0)+BrIf(0))))
}

func loopsOut(n ...int) []byte {
	code := []Code{Repeat(n[0], "\x03\x40")}
	for i := range n[0] {
		code = append(code, LocalGet(0)+BrIf(uint32((n[0]-i-1)/2))+End)
	}
	return function(In(I32), nil, code...)
}

func globalCalls(n ...int) []byte {
	return spoiled(func(g *Guest) {
		for range n[0] {
			g.Global(I32, true, I32Const(0))
		}
		f := g.Func(In(), nil)
		g.Func(In(), nil, Repeat(n[1], Call(f)))
	})
}

func globalFunctions(n ...int) []byte {
	return spoiled(func(g *Guest) {
		for range n[0] {
			g.Global(I32, false, I32Const(0))
		}
		empty(g, n[1])
	})
}

func typeFunctions(n ...int) []byte {
	return spoiled(func(g *Guest) {
		f := g.Type(In())
		manyTypes(g, n[0])
		_ = f
		empty(g, n[1])
	})
}

// unreached is a function with n parameters and results, and one that never
// reaches what inside makes of the first and of a block type like it.
func unreached(n int, inside func(f uint32, typ Code) Code) []byte {
	return spoiled(func(g *Guest) {
		s := In(many(n)...).Out(many(n)...)
		f := g.Func(s, nil, Unreachable)
		g.Func(s, nil, Unreachable, inside(f, Code(S64(int64(g.Type(s))))))
	})
}

func deadCalls(n ...int) []byte {
	return unreached(n[0], func(f uint32, _ Code) Code { return Repeat(n[1], Call(f)) })
}

func deadBlocks(n ...int) []byte {
	return unreached(n[0], func(_ uint32, typ Code) Code { return Repeat(n[1], "\x02"+typ, End) })
}

func deadTables(n ...int) []byte {
	return unreached(n[0], func(uint32, Code) Code { return Repeat(n[2], BrTable(make([]uint32, n[1])...)) })
}

func wide(n ...int) []byte {
	return spoiled(func(g *Guest) {
		give := g.Func(In().Out(many(n[0])...), nil, Unreachable)
		take := g.Func(In(many(n[0])...), nil)
		g.Func(In(), nil, Repeat(n[1], Call(give)+Call(take)))
	})
}

// wideBlocks builds a function that carries n values through the code that
// inside makes of the block type.
func wideBlocks(n int, inside func(typ Code) Code) []byte {
	return spoiled(func(g *Guest) {
		typ := Code(S64(int64(g.Type(In(many(n)...).Out(many(n)...)))))
		give := g.Func(In().Out(many(n)...), nil, Unreachable)
		take := g.Func(In(many(n)...), nil)
		g.Func(In(I32), nil, Call(give), inside(typ), Call(take))
	})
}

func wideLoop(n ...int) []byte {
	return wideBlocks(n[0], func(typ Code) Code { return "\x03" + typ + Repeat(n[1], LocalGet(0)+BrIf(0)) + End })
}

func wideIfs(n ...int) []byte {
	return wideBlocks(n[0], func(typ Code) Code { return Repeat(n[1], LocalGet(0)+"\x04"+typ+End) })
}

func indirectCalls(n ...int) []byte {
	return spoiled(func(g *Guest) {
		g.Table(FuncRef, AtLeast(1))
		g.Func(In(), nil, Repeat(n[0], I32Const(0), CallIndirect(g.Type(In()), 0)))
	})
}

func truncations(n ...int) []byte {
	return function(In(F64, I32), nil, Repeat(n[0], LocalGet(0), Op(0xaa), LocalSet(1)))
}

// vectors is a row of one instruction on a vector, and on an i32 behind it if
// there is one.
func vectors(op Code, shift bool) func(n ...int) []byte {
	return func(n ...int) []byte {
		args := LocalGet(1)
		if shift {
			args += LocalGet(0)
		}
		return function(In(I32, V128), nil, Repeat(n[0], args, op, LocalSet(1)), I32Const(0), LocalGet(1), "\xfd\x0b\x04\x00")
	}
}

// looks is a function that recursion leads through, with a row of calls that do
// much for their size.
func looks(n ...int) []byte {
	return spoiled(func(g *Guest) {
		part := g.Func(In(), Locals(1, I32), Repeat(70, LocalGet(0), I32Const(1), I32Add, LocalSet(0)))
		work := g.Func(In(), nil, Repeat(6, Call(part)))
		f := g.Declare(In())
		g.Define(f, nil, Call(f), Repeat(n[0], Call(work)))
	})
}

// charges leaves a block after each of a row of calls that callers pay for.
func charges(n ...int) []byte {
	return spoiled(func(g *Guest) {
		small := g.Func(In(), Locals(1, I32), Repeat(10, LocalGet(0), I32Const(1), I32Add, LocalSet(0)))
		g.Func(In(I32), nil, Block(Empty, Repeat(n[0], LocalGet(0), BrIf(0), Call(small))))
	})
}

func divisions(n ...int) []byte {
	return function(In(I32), nil, Repeat(n[0], LocalGet(0), LocalGet(0), I32DivS, LocalSet(0)))
}

func tableGets(n ...int) []byte {
	return spoiled(func(g *Guest) {
		g.Table(FuncRef, AtLeast(1))
		g.Func(In(), nil, Repeat(n[0], I32Const(0), TableGet(0), Drop))
	})
}
