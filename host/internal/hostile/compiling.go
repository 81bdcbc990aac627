package hostile

import (
	"strconv"

	. "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// compiling is numbers 10 to 15: small files that keep a compiler busy.
func compiling() []Case {
	var all []Case
	add := func(number int, name, says string, wasm func() []byte) {
		all = append(all, refused(number, name, says, wasm))
	}
	const depth, costly = "depth of nested blocks", "too costly to compile"
	for _, n := range []int{20_000, 100_000, 1_000_000} {
		name := map[int]string{20_000: "20,000", 100_000: "100,000", 1_000_000: "1,000,000"}[n]
		add(10, "nests "+name+" blocks", depth, func() []byte { return Nest("\x02\x40", n) })
		add(11, "nests "+name+" loops", depth, func() []byte { return Nest("\x03\x40", n) })
		add(11, "nests "+name+" ifs", "limit", func() []byte { return Nest(I32Const(1)+"\x04\x40", n) })
	}
	add(11, "nests 5,000 blocks, loops and ifs in turn", "", func() []byte { return Nest("\x02\x40\x03\x40"+I32Const(1)+"\x04\x40", 5000) })
	for _, b := range Bombs {
		add(b.Number, b.Name, costly, func() []byte { return b.Wasm(b.Sizes...) })
	}
	add(13, "has a br_table of 65,521 targets", "targets of a br_table", func() []byte { return BranchTables(65_521, 1) })
	add(13, "has a br_table of 1,000,000 targets", "targets of a br_table", func() []byte { return BranchTables(1_000_000, 1) })
	add(14, "has 1,000,000 types", "bytes of the type section", func() []byte { return spoiled(func(g *Guest) { manyTypes(g, 1_000_000) }) })
	add(14, "has 10,001 types", "types: 10003", func() []byte { return spoiled(func(g *Guest) { manyTypes(g, 10_001) }) })
	add(14, "has 300,000 functions", "functions", func() []byte { return spoiled(func(g *Guest) { empty(g, 300_000) }) })
	add(14, "has 30,000 exports", "exports: 30003", func() []byte {
		return spoiled(func(g *Guest) {
			f := g.Func(In(), nil)
			for i := range 30_000 {
				g.Export(strconv.Itoa(i), f)
			}
		})
	})
	add(14, "has 100,000 exports of long names", "bytes of the export section", func() []byte {
		return spoiled(func(g *Guest) {
			f := g.Func(In(), nil)
			long := make([]byte, 300)
			for i := range 100_000 {
				for j := range long {
					long[j] = 'a' + byte(i>>(j%20)&1)
				}
				g.Export(string(long[:20+i%280])+string(rune('a'+i%26)), f)
			}
		})
	})
	add(14, "exports under a name of 1 MB", "", func() []byte {
		return spoiled(func(g *Guest) { g.Export(string(make([]byte, 1<<20)), g.Func(In(), nil)) })
	})
	add(14, "exports 19,000 of 190,000 functions", "functions times exports", func() []byte {
		return spoiled(func(g *Guest) {
			empty(g, 190_000)
			for i := range 19_000 {
				g.Export("f"+strconv.Itoa(i), uint32(i))
			}
		})
	})
	add(14, "imports one function 1,001 times", "imports", func() []byte {
		return spoiled(func(g *Guest) {
			for range 1001 {
				g.Import("pledge_v1", "log", In(I32, I32, I32))
			}
		})
	})
	add(14, "copies from each of 20,000 data segments", "different bulk instructions", func() []byte {
		return spoiled(func(g *Guest) {
			var code Code
			for range 20_000 {
				code += I32Const(0) + I32Const(0) + I32Const(0) + MemoryInit(g.PassiveData(nil))
			}
			g.Func(In(), nil, code)
		})
	})
	add(15, "has one straight-line function of 50 MB", "bytes of a function body", func() []byte {
		return function(In(I32), nil, Repeat(50<<20/7, LocalGet(0), LocalGet(0), I32Add, LocalSet(0)))
	})
	add(15, "has one straight-line function of 3 MB of loads", costly, func() []byte {
		return function(In(I32), nil, Repeat(3<<20/7, LocalGet(0), Load32(4), LocalSet(0)))
	})
	add(15, "pushes 2^20 operands", "operands on the stack", func() []byte {
		return function(In(I32), nil, Repeat(1<<20, LocalGet(0)), Repeat(1<<20, Drop))
	})
	add(15, "pushes 2^24 operands by calls of 1,000 results", "operands on the stack", func() []byte {
		return spoiled(func(g *Guest) {
			f := g.Func(In().Out(many(1000)...), nil, Unreachable)
			g.Func(In(), nil, Repeat(1<<14, Call(f)), Unreachable)
		})
	})
	return all
}

// function is a guest with one more function.
func function(s Sig, locals []Local, code ...Code) []byte {
	return spoiled(func(g *Guest) { g.Func(s, locals, code...) })
}

// Nest is n times the opening of a block, and their ends.
func Nest(open Code, n int) []byte {
	blocks := 0
	for i := 0; i+1 < len(open); i++ { // block, loop and if are followed by 0x40
		if open[i] >= 2 && open[i] <= 4 && open[i+1] == 0x40 {
			blocks++
		}
	}
	return function(In(), nil, Repeat(n, open), Repeat(n*blocks, End))
}

func empty(g *Guest, n int) {
	for range n {
		g.Func(In(), nil)
	}
}

func many(n int) []Type {
	list := make([]Type, n)
	for i := range list {
		list[i] = I32
	}
	return list
}
