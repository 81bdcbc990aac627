package hostile

import (
	"bytes"
	"compress/gzip"
	"slices"

	"github.com/pledge-wasm/pledge/abi"
	. "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// formats is numbers 16, 17 and 19: bytes that lie about themselves.
func formats() []Case {
	typed := Section(SectionType, U32(1), []byte{0x60, 0, 0})
	custom := func(name string, content []byte) []byte {
		return Join(Echo(), Section(SectionCustom, Str(name), content))
	}
	all := []Case{
		refused(16, "has a custom section of 65 MB", "bytes of the file", func() []byte { return custom("x", make([]byte, 65<<20)) }),
		refused(16, "has 2,000 custom sections", "custom sections", func() []byte {
			return Join(Echo(), bytes.Repeat(Section(SectionCustom, Str("x")), 2000))
		}),
		refused(16, "names a custom section in bad UTF-8", "UTF-8", func() []byte { return custom("\xff\xfe", nil) }),
		refused(16, "exports in bad UTF-8", "UTF-8", func() []byte {
			return spoiled(func(g *Guest) { g.Export("\xc3\x28", g.Func(In(), nil)) })
		}),
		refused(16, "imports in bad UTF-8", "UTF-8", func() []byte {
			return Raw(typed, Section(SectionImport, U32(1), Str("\xed\xa0\x80"), Str("x"), []byte{0, 0}))
		}),
		refused(16, "has a section twice", "out of order or there twice", func() []byte { return Raw(typed, typed) }),
		refused(16, "has sections out of order", "out of order", func() []byte { return Raw(Section(SectionFunction, U32(0)), typed) }),
		refused(16, "has an unknown section", "unknown section", func() []byte { return Join(Echo(), Section(77)) }),
		refused(16, "says that a section is a byte longer", "", func() []byte { return Raw(SectionClaiming(SectionType, 5, U32(1), []byte{0x60, 0, 0})) }),
		refused(16, "says that a section is a byte shorter", "", func() []byte { return Raw(SectionClaiming(SectionType, 3, U32(1), []byte{0x60, 0, 0})) }),
		refused(16, "writes a number in six bytes", "number", func() []byte { return Raw(Section(SectionType, U32Long(0, 6))) }),
		refused(16, "writes a number with bits beyond the 32nd", "number", func() []byte {
			return Raw(Section(SectionType, []byte{0xff, 0xff, 0xff, 0xff, 0x7f}))
		}),
		refused(16, "hides a loop in a vector's constant behind a long number", "shortest form", func() []byte {
			// To who takes the second byte alone for the number, this is no constant, and its 16 bytes are the end of the
			// block, a loop, and the beginning of another block.
			return Run(nil, Block(Empty, Br(0), "\xfd\x8c\x00", End, Loop(Empty, Br(0)), "\x02\x40", Repeat(8, Nop)))
		}),
		refused(16, "has more bodies than functions", "bodies", func() []byte {
			return Raw(typed, Section(SectionFunction, U32(1), U32(0)), Section(SectionCode, U32(2), []byte{2, 0, 0x0b, 2, 0, 0x0b}))
		}),
		refused(16, "exports one name twice", "same name", func() []byte {
			return spoiled(func(g *Guest) { f := g.Func(In(), nil); g.Export("x", f); g.Export("x", f) })
		}),
		refused(19, "is a gzip bomb", "gzip", gzipBomb),
		refused(19, "is a zip file", "zip", func() []byte { return append([]byte("PK\x03\x04"), make([]byte, 1000)...) }),
		refused(19, "is a component", "component", func() []byte { return []byte("\x00asm\x0d\x00\x01\x00\x00") }),
	}
	ok := []Case{
		runs('A', 16, "writes numbers in five bytes, as it may", func() []byte {
			return Join(Echo(), []byte{0}, U32Long(2, 5), Str("x"))
		}, Completed),
		runs('A', 16, "claims 2^32-1 names of functions", func() []byte { return custom("name", Section(1, U32(huge))) }, Completed),
		runs('A', 16, "claims 2^32-1 names of locals", func() []byte { return custom("name", Section(2, U32(huge))) }, Completed),
		runs('A', 16, "claims 2^32-1 names of locals of a function", func() []byte { return custom("name", Section(2, U32(1), U32(0), U32(huge))) }, Completed),
		runs('A', 16, "nests name sections", func() []byte {
			b := []byte{}
			for range 200 {
				b = Section(1, b)
			}
			return custom("name", b)
		}, Completed),
		runs('A', 16, "has two name sections", func() []byte {
			return Join(custom("name", Section(0, Str("a"))), Section(SectionCustom, Str("name"), Section(0, Str("b"))))
		}, Completed),
		runs('A', 16, "names a function in 1 MB and traps", func() []byte {
			return spoiledBody(Unreachable, func(g *Guest, f uint32) { g.NameFunc(f, string(bytes.Repeat([]byte("x"), 1<<20))) })
		}, abi.CodeUnreachable),
		runs('A', 16, "names a function in control characters and traps", func() []byte {
			return spoiledBody(Unreachable, func(g *Guest, f uint32) { g.NameFunc(f, "\x1b]0;owned\x07\x00\n") })
		}, abi.CodeUnreachable),
		runs('A', 17, "brings DWARF that loops and traps", func() []byte {
			return spoiledBody(Unreachable, func(g *Guest, _ uint32) {
				// An abbreviation that has itself for a child, and a line table of 2^32 rows.
				g.Custom(".debug_abbrev", []byte{1, 0x11, 1, 0x49, 0x13, 0, 0, 0})
				g.Custom(".debug_info", slices.Concat([]byte{0xff, 0xff, 0xff, 0x7f, 4, 0, 0, 0, 0, 0, 8}, bytes.Repeat([]byte{1, 11, 0, 0, 0}, 1000)))
				g.Custom(".debug_line", bytes.Repeat([]byte{0xff}, 1<<16))
				g.Custom(".debug_str", []byte{0})
			})
		}, abi.CodeUnreachable),
	}
	ok = append(ok, Case{
		Number: 16, Family: 'A', Name: "refers to a function that it declares nowhere", Says: "cannot be rewritten", Phase: LoadFails,
		Codes: []abi.Code{abi.CodeModuleRejected}, Wasm: func() []byte { return function(In(), nil, RefFunc(0), Drop) },
	})
	for i := range ok {
		ok[i].Child = true
	}
	return append(all, ok...)
}

// spoiledBody is a guest whose task runs code; spoil gets the task's function.
func spoiledBody(code Code, spoil func(g *Guest, f uint32)) []byte {
	g := NewGuest()
	f := g.Body(nil, code)
	spoil(g, f)
	g.Only(f)
	return g.Bytes()
}

func gzipBomb() []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(make([]byte, 64<<20))
	_ = w.Close()
	return b.Bytes()
}

// proposals is number 18, and 31: every proposal that is off, by name.
func proposals() []Case {
	body := func(code ...Code) func() []byte { return func() []byte { return Run(Locals(1, I32), code...) } }
	type proposal struct {
		name string
		what string
		wasm func() []byte
	}
	var all []Case
	for _, p := range []proposal{
		{"tail-call", "a tail call", body(I32Const(0), I32Const(0), ReturnCall(0))},
		{"tail-call", "an indirect tail call", body(I32Const(0), Op(0x13, 0, 0))},
		{"threads", "an atomic load", body(I32Const(0), Prefixed(0xfe, 0x10, 2, 0), Drop)},
		{"threads", "a fence", body(Prefixed(0xfe, 3, 0))},
		{"gc", "a struct", body(Prefixed(0xfb, 0, 0))},
		{"gc", "a type of a struct", func() []byte { return spoiled(func(g *Guest) { g.RawType([]byte{0x5f, 0}) }) }},
		{"gc", "a recursive group of types", func() []byte { return spoiled(func(g *Guest) { g.RawType([]byte{0x4e, 1, 0x60, 0, 0}) }) }},
		{"function-references", "a call of a reference", body(Op(0x14, 0))},
		{"function-references", "a parameter of a typed reference", func() []byte { return spoiled(func(g *Guest) { g.RawType([]byte{0x60, 1, 0x64, 0, 0}) }) }},
		{"exception-handling", "a try_table", body("\x1f\x40\x00" + End)},
		{"exception-handling", "a throw", body(Op(0x08, 0))},
		{"exception-handling", "a tag", func() []byte { return spoiled(func(g *Guest) { g.Tag(In()) }) }},
		{"exception-handling", "a parameter of an exception", func() []byte { return spoiled(func(g *Guest) { g.RawType([]byte{0x60, 1, 0x69, 0}) }) }},
		{"legacy-exceptions", "a try", body("\x06\x40" + End)},
		{"multi-memory", "a load of a second memory", body(I32Const(0), Op(0x28, 0x42, 1, 0), Drop)},
		{"relaxed-simd", "a relaxed swizzle", body(Prefixed(0xfd, 0x100))},
		{"memory64", "a 64-bit table", func() []byte { return spoiled(func(g *Guest) { g.Table(FuncRef, Limits{Min: 1, Flags: 4}) }) }},
	} {
		all = append(all, refused(18, "uses "+p.what, p.name, p.wasm))
	}
	wait := refused(31, "waits for ever on an atomic", "threads", body(I32Const(0), I32Const(0), I64Const(-1), Prefixed(0xfe, 1, 2, 0), Drop))
	wait.Family = 'B'
	return append(all, wait)
}
