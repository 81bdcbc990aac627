package wasm

// Instr is one instruction with its immediates.
type Instr struct {
	Op Opcode
	// Lane is the lane of a SIMD instruction that has one.
	Lane byte
	// Imm2 is the second immediate: the table of call_indirect, table.init (then Imm is the segment) and table.copy (then
	// Imm is the destination), the exponent of the alignment of a memory access, the number of catch clauses of try_table.
	Imm2 uint32
	// Imm is the first immediate: an index or label, the offset of a memory access, the value of a const (sign-extended
	// for integers, the bits for floats, unused for v128), a block type (see [BlockType]), the number of labels of
	// br_table without the default one, the type of ref.null.
	Imm uint64
	// Offset and End bound the instruction in the file.
	Offset, End int
	list        int // where labels, clauses, types or 16 bytes begin
}

// BlockType is the immediate of block, loop, if and try_table.
func (in *Instr) BlockType() BlockType { return BlockType(in.Imm) }

// BlockType is a block type: an index of a function type if not negative, otherwise nothing or one result.
type BlockType int64

// BlockEmpty is the type of a block without parameters and results.
const BlockEmpty BlockType = -64

// Counts gives the number of parameters and results; ok is false if the type index is out of range.
func (t BlockType) Counts(types []FuncType) (params, results int, ok bool) {
	switch {
	case t == BlockEmpty:
		return 0, 0, true
	case t < 0:
		return 0, 1, true
	case int64(t) < int64(len(types)):
		return len(types[t].Params), len(types[t].Results), true
	}
	return 0, 0, false
}

// Reader walks the instructions of a body or an expression. The zero value is at its end.
type Reader struct {
	b        []byte
	pos, end int
	section  SectionID
	err      error
}

// Read begins at the first instruction of a body of the module.
func (m *Module) Read(b Body) Reader {
	return Reader{b: m.File, pos: b.CodeStart, end: b.End, section: SectionCode}
}

// ReadExpr begins at the first instruction of a constant expression of the module.
func (m *Module) ReadExpr(e ConstExpr) Reader {
	return Reader{b: m.File, pos: e.Start, end: e.End, section: SectionGlobal}
}

// Err is the error that ended the walk, nil after the last instruction.
func (r *Reader) Err() error { return r.err }

// Offset is the position of the next instruction in the file.
func (r *Reader) Offset() int { return r.pos }

// Next reads the next instruction into in and reports whether there was one. Blocks are not matched: whoever walks
// counts them. It allocates nothing unless it fails.
func (r *Reader) Next(in *Instr) bool {
	p := r.pos
	b := r.b[:r.end]
	if p >= len(b) {
		return false
	}
	in.Offset = p
	op := b[p]
	p++
	in.Op = Opcode(op)
	switch plainKinds[op] {
	case immNone:
	case immIndex:
		if p < len(b) && b[p] < 0x80 {
			in.Imm = uint64(b[p])
			p++
		} else {
			p = r.index(p, &in.Imm)
		}
	case immI32:
		if p < len(b) && b[p] < 0x80 {
			in.Imm = uint64(int64(int8(b[p]<<1) >> 1))
			p++
		} else {
			p = r.signed(p, &in.Imm, 32)
		}
	case immI64:
		if p < len(b) && b[p] < 0x80 {
			in.Imm = uint64(int64(int8(b[p]<<1) >> 1))
			p++
		} else {
			p = r.signed(p, &in.Imm, 64)
		}
	case immMemArg:
		if p+1 < len(b) && b[p] < 0x20 && b[p+1] < 0x80 {
			in.Imm2, in.Imm = uint32(b[p]), uint64(b[p+1])
			p += 2
		} else {
			p = r.memArg(p, in)
		}
	case immBlock:
		if p < len(b) && b[p] == 0x40 {
			in.Imm = 1<<64 - 64
			p++
		} else {
			p = r.blockType(p, in)
		}
	case immUnknown:
		var info *opInfo
		if p, info = r.prefixed(in, p); info != nil {
			p = r.rare(p, in, info.kind)
		}
	default:
		p = r.rare(p, in, plainKinds[op])
	}
	if r.err != nil {
		r.pos = r.end
		return false
	}
	in.End, r.pos = p, p
	return true
}

// prefixed reads the number after a prefix; info is nil after an error.
//
// The number of a SIMD instruction must be in its shortest form, though the format allows longer ones. wazero takes the
// first byte for the number, and for those above 0x7f the second, 0x01, for a nop: it would read a longer form as another
// instruction, and what are immediates here as instructions that nobody has looked at.
func (r *Reader) prefixed(in *Instr, p int) (int, *opInfo) {
	prefix := byte(in.Op)
	if prefix != 0xfc && prefix != 0xfd {
		r.unknown(in.Offset, uint32(prefix), 0)
		return p, nil
	}
	n, w := Uvarint32(r.b[p:r.end])
	if w <= 0 {
		r.fail(p, "bad number of an instruction")
		return p, nil
	}
	if prefix == 0xfd && n <= 0xff && w != 1+int(n>>7) {
		r.fail(p, "the number of a SIMD instruction is not in its shortest form")
		return p, nil
	}
	if n <= 0xff {
		in.Op = Opcode(prefix)<<8 | Opcode(n)
		if info := infoOf(in.Op); info != nil && info.name != "" {
			return p + w, info
		}
	}
	r.unknown(in.Offset, uint32(prefix), n)
	return p, nil
}

func (r *Reader) fail(at int, what string) {
	if r.err == nil {
		r.err = &Error{Offset: at, Section: r.section, What: what}
	}
}

// unknown reports an opcode that is not read here, by the proposal that owns it if one does.
func (r *Reader) unknown(at int, op, sub uint32) {
	proposal := ""
	switch {
	case op == 0x06 || op == 0x07 || op == 0x09 || op == 0x18 || op == 0x19:
		proposal = "legacy-exceptions"
	case op == 0x14 || op == 0x15 || op >= 0xd4 && op <= 0xd6:
		proposal = "function-references"
	case op == 0xfb || op == 0xd3:
		proposal = "gc"
	case op == 0xfe:
		proposal = "threads"
	case op >= 0xe0 && op <= 0xe6:
		proposal = "stack-switching"
	case op == 0xfc && sub == 18:
		proposal = "memory-control"
	case op == 0xfc && sub >= 19 && sub <= 22:
		proposal = "wide-arithmetic"
	case op == 0xfd && sub >= 0x100 && sub <= 0x12f:
		proposal = "relaxed-simd"
	}
	if proposal == "" {
		r.fail(at, "unknown instruction")
	} else if r.err == nil {
		r.err = &UnsupportedError{Proposal: proposal, Offset: at}
	}
}
