package wasm

import (
	"encoding/binary"
	"math"
)

// ConstExpr is a constant expression: a range of the file, from its first instruction to after its end.
type ConstExpr struct {
	Start, End int
	// Op is the instruction when the expression is only one, with its immediate in Imm: the value of a const (the bits
	// for floats), the index of a global.get or ref.func. A longer expression has Op == OpEnd.
	Op  Opcode
	Imm uint64
}

// constExpr reads a constant expression: a row of const, global.get, ref.null, ref.func, and the additions, subtractions
// and multiplications of integers that the extended form allows. Indices are checked, types are not.
func (m *Module) constExpr(c *cursor) (e ConstExpr) {
	e.Start = c.pos
	r := Reader{b: c.b, pos: c.pos, end: c.end, section: c.section}
	var in Instr
	n := 0
	for r.Next(&in) {
		switch in.Op {
		case OpI32Const, OpI64Const, OpF32Const, OpF64Const, OpV128Const, OpRefNull:
		case OpI32Add, OpI32Sub, OpI32Mul, OpI64Add, OpI64Sub, OpI64Mul:
		case OpGlobalGet:
			if in.Imm >= uint64(m.NumGlobals()) {
				c.fail(in.Offset, "global index is out of range")
				return e
			}
		case OpRefFunc:
			if in.Imm >= uint64(m.NumFuncs()) {
				c.fail(in.Offset, "function index is out of range")
				return e
			}
		case OpEnd:
			e.End, c.pos = in.End, in.End
			if n != 1 {
				e.Op = OpEnd
			}
			return e
		default:
			c.fail(in.Offset, in.Op.String()+" is not allowed in a constant expression")
			return e
		}
		e.Op, e.Imm = in.Op, in.Imm
		n++
	}
	if r.err != nil {
		c.failWith(r.err)
	} else {
		c.fail(c.end, "constant expression does not end")
	}
	return e
}

// EvalI32 computes an expression of type i32 from consts alone, with at most 16 operands at one time. ok is false for
// any other: in particular for one with a global, which can only be an imported one where a segment's offset is concerned.
func (m *Module) EvalI32(e ConstExpr) (v int32, ok bool) {
	if e.Op == OpI32Const {
		return int32(e.Imm), true
	}
	var stack [16]int32
	sp := 0
	r := m.exprReader(e)
	var in Instr
	for r.Next(&in) {
		switch in.Op {
		case OpI32Const:
			if sp == len(stack) {
				return 0, false
			}
			stack[sp] = int32(in.Imm)
			sp++
		case OpI32Add, OpI32Sub, OpI32Mul:
			if sp < 2 {
				return 0, false
			}
			sp--
			a, b := stack[sp-1], stack[sp]
			switch in.Op {
			case OpI32Add:
				a += b
			case OpI32Sub:
				a -= b
			default:
				a *= b
			}
			stack[sp-1] = a
		case OpEnd:
			return stack[0], sp == 1
		default:
			return 0, false
		}
	}
	return 0, false
}

func (m *Module) exprReader(e ConstExpr) Reader { return Reader{b: m.File, pos: e.Start, end: e.End} }

// F32 and F64 give the value of a floating-point const.
func (e ConstExpr) F32() float32 { return math.Float32frombits(uint32(e.Imm)) }

// F64 gives the value of an f64.const.
func (e ConstExpr) F64() float64 { return math.Float64frombits(e.Imm) }

func le64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }
func le32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }
