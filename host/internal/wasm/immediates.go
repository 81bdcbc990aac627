package wasm

import "math/bits"

func (r *Reader) index(p int, v *uint64) int {
	if r.end-p >= 8 {
		if w, n := packed(le64(r.b[p:])); n <= 5 && w < 1<<32 {
			*v = w
			return p + n
		}
	}
	n, w := Uvarint32(r.b[p:r.end])
	if w <= 0 {
		r.fail(p, "bad unsigned number")
		return p
	}
	*v = uint64(n)
	return p + w
}

func (r *Reader) signed(p int, v *uint64, bits int) int {
	if r.end-p >= 8 {
		if w, n := packed(le64(r.b[p:])); n <= 8 {
			s := int64(w) << (64 - 7*n) >> (64 - 7*n)
			if bits == 64 || n <= 5 && s == int64(int32(s)) {
				*v = uint64(s)
				return p + n
			}
		}
	}
	n, w := varint(r.b[p:r.end], bits)
	if w <= 0 {
		r.fail(p, "bad signed number")
		return p
	}
	*v = uint64(n)
	return p + w
}

// packed takes the LEB128 number at the start of eight bytes, without its sign; n is its length, 9 if it is longer.
func packed(x uint64) (v uint64, n int) {
	ends := ^x & 0x8080808080808080
	if ends == 0 {
		return 0, 9
	}
	n = bits.TrailingZeros64(ends)>>3 + 1
	x &= (ends ^ (ends - 1)) & 0x7f7f7f7f7f7f7f7f
	x = x&0x007f007f007f007f | x&0x7f007f007f007f00>>1
	x = x&0x00003fff00003fff | x&0x3fff00003fff0000>>2
	return x&0x0fffffff | x&0x0fffffff00000000>>4, n
}

func (r *Reader) memArg(p int, in *Instr) int {
	at := p
	var align uint64
	p = r.index(p, &align)
	if align >= 0x40 && align < 0x80 && r.err == nil {
		r.err = &UnsupportedError{Proposal: "multi-memory", Offset: at}
		return p
	}
	if align >= 0x20 {
		r.fail(at, "alignment is too large")
		return p
	}
	in.Imm2 = uint32(align)
	if r.err != nil {
		return p
	}
	return r.index(p, &in.Imm)
}

func (r *Reader) lane(p int, in *Instr) int {
	if p >= r.end {
		r.fail(p, "unexpected end")
		return p
	}
	in.Lane = r.b[p]
	return p + 1
}

// memory reads the byte 0 that stands for the only memory.
func (r *Reader) memory(p int) int {
	if p >= r.end {
		r.fail(p, "unexpected end")
		return p
	}
	if r.b[p] != 0 {
		// A longer encoding of 0 is malformed without the proposal, and another index needs it.
		if r.err == nil {
			r.err = &UnsupportedError{Proposal: "multi-memory", Offset: p}
		}
	}
	return p + 1
}

// rare reads the immediates that few instructions have.
func (r *Reader) rare(p int, in *Instr, kind immKind) int {
	switch kind {
	case immMemArg:
		p = r.memArg(p, in)
	case immMemArgLane:
		if p = r.memArg(p, in); r.err == nil {
			p = r.lane(p, in)
		}
	case immIndex:
		p = r.index(p, &in.Imm)
	case immTwo:
		var second uint64
		p = r.index(p, &in.Imm)
		if r.err == nil {
			p = r.index(p, &second)
		}
		in.Imm2 = uint32(second)
	case immBlock:
		p = r.blockType(p, in)
	case immBrTable:
		p = r.brTable(p, in)
	case immTryTable:
		p = r.tryTable(p, in)
	case immLane:
		p = r.lane(p, in)
	case immF32:
		if r.need(p, 4) {
			in.Imm = uint64(le32(r.b[p:]))
			p += 4
		}
	case immF64:
		if r.need(p, 8) {
			in.Imm = le64(r.b[p:])
			p += 8
		}
	case imm16:
		if r.need(p, 16) {
			in.list = p
			p += 16
		}
	case immRefType:
		p = r.refType(p, in)
	case immTypes:
		p = r.types(p, in)
	case immMemory:
		p = r.memory(p)
	case immMemInit:
		if p = r.index(p, &in.Imm); r.err == nil {
			p = r.memory(p)
		}
	case immMemCopy:
		if p = r.memory(p); r.err == nil {
			p = r.memory(p)
		}
	}
	return p
}

func (r *Reader) need(p, n int) bool {
	if r.end-p < n {
		r.fail(p, "unexpected end of an immediate")
		return false
	}
	return true
}

func (r *Reader) blockType(p int, in *Instr) int {
	if !r.need(p, 1) {
		return p
	}
	if b := r.b[p]; b >= 0x40 && b < 0x80 {
		if b != 0x40 && !r.okType(p) {
			return p
		}
		in.Imm = uint64(int64(int8(b<<1) >> 1))
		return p + 1
	}
	v, w := Varint33(r.b[p:r.end])
	if w <= 0 || v < 0 {
		r.fail(p, "bad block type")
		return p
	}
	in.Imm = uint64(v)
	return p + w
}

func (r *Reader) okType(p int) bool {
	proposal, ok := valueTypeStatus(r.b[p])
	switch {
	case ok:
	case proposal != "":
		if r.err == nil {
			r.err = &UnsupportedError{Proposal: proposal, Offset: p}
		}
	default:
		r.fail(p, "unknown value type")
	}
	return ok
}

func (r *Reader) refType(p int, in *Instr) int {
	if !r.need(p, 1) {
		return p
	}
	if b := r.b[p]; b < 0x40 || b >= 0x80 {
		r.err = &UnsupportedError{Proposal: "function-references", Offset: p}
		return p
	}
	if !r.okType(p) {
		return p
	}
	if !ValueType(r.b[p]).IsRef() {
		r.fail(p, "not a reference type")
	}
	in.Imm = uint64(r.b[p])
	return p + 1
}

func (r *Reader) types(p int, in *Instr) int {
	if p = r.index(p, &in.Imm); r.err != nil {
		return p
	}
	if in.Imm > uint64(r.end-p) {
		r.fail(p, "more types than bytes")
		return p
	}
	in.list = p
	for range int(in.Imm) {
		if !r.okType(p) {
			return p
		}
		p++
	}
	return p
}

func (r *Reader) brTable(p int, in *Instr) int {
	if p = r.index(p, &in.Imm); r.err != nil {
		return p
	}
	if in.Imm >= uint64(r.end-p) {
		r.fail(p, "more labels than bytes")
		return p
	}
	in.list = p
	b, end := r.b, r.end
	for range int(in.Imm) + 1 {
		if p < end && b[p] < 0x80 {
			p++
			continue
		}
		var v uint64
		if p = r.index(p, &v); r.err != nil {
			return p
		}
	}
	return p
}

func (r *Reader) tryTable(p int, in *Instr) int {
	p = r.blockType(p, in)
	var n uint64
	if r.err == nil {
		p = r.index(p, &n)
	}
	if n > uint64(r.end-p)/2 {
		r.fail(p, "more catch clauses than bytes")
	}
	in.Imm2, in.list = uint32(n), p
	for range int(n) {
		if r.err != nil || !r.need(p, 1) {
			return p
		}
		kind := r.b[p]
		if kind > 3 {
			r.fail(p, "unknown kind of catch clause")
			return p
		}
		p++
		var v uint64
		if kind < 2 {
			p = r.index(p, &v)
		}
		if r.err == nil {
			p = r.index(p, &v)
		}
	}
	return p
}
