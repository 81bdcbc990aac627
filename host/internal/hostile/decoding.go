package hostile

import (
	"slices"

	. "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// huge is a count that no file can back.
const huge = 0xffffffff

// decoding is numbers 1 to 9: files that make a decoder allocate.
func decoding() []Case {
	claim := func(id byte, before ...[]byte) func() []byte {
		return func() []byte { return Raw(append(before, Section(id, U32(huge)))...) }
	}
	typed := Section(SectionType, U32(1), []byte{0x60, 0, 0})
	function := Section(SectionFunction, U32(1), U32(0))
	// body is a guest with one more function of these bytes.
	body := func(parts ...[]byte) func() []byte {
		return func() []byte { return spoiled(func(g *Guest) { g.RawBody(g.Declare(In()), Join(parts...)) }) }
	}
	all := []Case{
		refused(1, "claims 2^32-1 imports", "imports", claim(SectionImport, typed)),
		refused(1, "claims 2^28 imports", "imports", func() []byte { return Raw(typed, Section(SectionImport, U32(1<<28))) }),
		refused(1, "claims 2^32-1 types", "types", claim(SectionType)),
		refused(1, "claims a type of 2^32-1 parameters", "parameters", func() []byte { return Raw(Section(SectionType, U32(1), []byte{0x60}, U32(huge))) }),
		refused(1, "claims a type of 2^32-1 results", "results", func() []byte { return Raw(Section(SectionType, U32(1), []byte{0x60, 0}, U32(huge))) }),
		refused(2, "claims 2^32-1 globals", "globals", claim(SectionGlobal)),
		refused(3, "claims 2^32-1 functions", "functions", claim(SectionFunction, typed)),
		refused(3, "claims 2^32-1 exports", "exports", claim(SectionExport)),
		refused(3, "claims 2^32-1 element segments", "element segments", claim(SectionElement)),
		refused(3, "claims 2^32-1 bodies", "bodies", claim(SectionCode, typed, function)),
		refused(3, "claims 2^32-1 tables", "tables", claim(SectionTable)),
		refused(3, "claims 2^32-1 tags", "tags", claim(SectionTag, typed)),
		refused(3, "claims 2^32-1 data segments", "data segments", claim(SectionData)),
		refused(3, "claims an element segment of 2^32-1 functions", "element segment", func() []byte {
			return Raw(typed, function, Section(SectionElement, U32(1), []byte{1, 0}, U32(huge)))
		}),
		refused(3, "claims an element segment of 2^32-1 expressions", "element segment", func() []byte {
			return Raw(typed, function, Section(SectionElement, U32(1), []byte{5, 0x70}, U32(huge)))
		}),
		refused(3, "claims a br_table of 2^32-1 targets", "labels", body([]byte{0}, []byte(I32Const(0)), []byte{0x0e}, U32(huge), []byte{0, 0x0b})),
		refused(3, "claims a select of 2^32-1 types", "types", body([]byte{0, 0x1c}, U32(huge), []byte{0x0b})),
		refused(3, "claims 2^32-1 declarations of locals", "locals", body(U32(huge), []byte{0x0b})),
		refused(4, "declares 2^32-1 locals", "locals", body(U32(1), U32(huge), []byte{0x7f, 0x0b})),
		refused(4, "declares 2^33 locals in three runs", "locals", body(U32(3), U32(huge), []byte{0x7f}, U32(huge), []byte{0x7e}, U32(2), []byte{0x7d, 0x0b})),
		refused(5, "declares 10^8 locals", "locals", body(U32(1), U32(100_000_000), []byte{0x7e, 0x0b})),
		refused(5, "declares 50,001 locals", "limit is 50000", body(U32(1), U32(50_001), []byte{0x7f, 0x0b})),
		refused(6, "declares 50,000 locals in each of 1,000 functions", "locals of all functions", func() []byte { return manyLocals(1000, 50_000) }),
		refused(6, "declares 5,000 locals in each of 20,000 functions", "locals of all functions", func() []byte { return manyLocals(20_000, 5000) }),
		refused(7, "claims a data segment of 4 GiB", "beyond the end", func() []byte {
			return Raw(Section(SectionMemory, U32(1), []byte{0, 1}), Section(SectionData, U32(1), []byte{1}, U32(huge)))
		}),
		refused(7, "claims a section of 4 GiB", "longer than the file", func() []byte { return Raw(SectionClaiming(SectionData, huge)) }),
		refused(7, "claims a name of 4 GiB", "", func() []byte { return Raw(Section(SectionExport, U32(1), U32(huge))) }),
		refused(7, "claims a body of 4 GiB", "body", func() []byte { return Raw(typed, function, Section(SectionCode, U32(1), U32(huge), []byte{0, 0x0b})) }),
	}
	for _, n := range []int{1, 8, 100, 10_000} {
		all = append(all, refused(8, map[int]string{1: "wants a table of 2^27", 8: "wants 8 tables of 2^27", 100: "wants 100 tables of 2^27", 10_000: "wants 10,000 tables of 2^27"}[n],
			"tables", func() []byte {
				return spoiled(func(g *Guest) {
					for range n {
						g.Table(FuncRef, AtLeast(1<<27))
					}
				})
			}))
	}
	all = append(all,
		refused(8, "wants 100 tables of 20,000", "elements of the tables", func() []byte {
			return spoiled(func(g *Guest) {
				for range 100 {
					g.Table(ExternRef, AtLeast(20_000))
				}
			})
		}),
		refused(9, "wants a memory of 4 GiB", "limit", func() []byte { return spoiled(func(g *Guest) { g.MemoryLimits = AtLeast(65536) }) }),
		refused(9, "wants a memory one page over the limit", "limit", func() []byte { return spoiled(func(g *Guest) { g.MemoryLimits = AtLeast(1025) }) }),
		refused(9, "wants a memory of 65537 pages", "65536", func() []byte { return spoiled(func(g *Guest) { g.MemoryLimits = AtLeast(65537) }) }),
		refused(9, "wants two memories", "multi-memory", func() []byte { return spoiled(func(g *Guest) { g.Memory(AtLeast(1)) }) }),
		refused(9, "wants a shared memory", "threads", func() []byte {
			return spoiled(func(g *Guest) { g.MemoryLimits = Limits{Min: 2, Max: 2, HasMax: true, Flags: 2} })
		}),
		refused(9, "wants a 64-bit memory", "memory64", func() []byte { return spoiled(func(g *Guest) { g.MemoryLimits = Limits{Min: 2, Flags: 4} }) }),
		refused(9, "wants a memory whose maximum is below its minimum", "maximum", func() []byte { return spoiled(func(g *Guest) { g.MemoryLimits = Between(3, 2) }) }),
	)
	return all
}

// spoiled is a guest that echoes, but for what spoil does to it.
func spoiled(spoil func(g *Guest)) []byte {
	g := NewGuest()
	g.MemoryLimits = AtLeast(3)
	spoil(g)
	g.Only(g.Echo())
	return g.Bytes()
}

func manyLocals(functions int, locals uint32) []byte {
	return spoiled(func(g *Guest) {
		for range functions {
			g.Func(In(), Locals(locals, I64))
		}
	})
}

// manyTypes is n types of 16 parameters, all different.
func manyTypes(g *Guest, n int) {
	for i := range n {
		entry := slices.Concat([]byte{0x60, 16}, make([]byte, 16), []byte{0})
		for j := range 16 {
			entry[2+j] = 0x7c + byte(i>>(2*j)&3)
		}
		g.RawType(entry)
	}
}
