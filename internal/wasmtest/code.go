package wasmtest

import "encoding/binary"

// Code is a run of encoded instructions. It is a string so that the constants
// below cannot be changed; put runs together with + or [Seq].
type Code string

// Seq puts runs of instructions one after another.
func Seq(parts ...Code) Code {
	n := 0
	for _, p := range parts {
		n += len(p)
	}
	b := make([]byte, 0, n)
	for _, p := range parts {
		b = append(b, p...)
	}
	return Code(b)
}

// Repeat is code, n times.
func Repeat(n int, code ...Code) Code {
	one := Seq(code...)
	b := make([]byte, 0, n*len(one))
	for range n {
		b = append(b, one...)
	}
	return Code(b)
}

// Op is one opcode byte, with immediates as they are.
func Op(opcode byte, immediates ...byte) Code {
	return Code(append([]byte{opcode}, immediates...))
}

// Prefixed is an opcode behind a prefix byte (0xFC bulk and saturating, 0xFD
// SIMD, 0xFE atomics, 0xFB GC), with immediates as they are.
func Prefixed(prefix byte, opcode uint32, immediates ...byte) Code {
	b := append([]byte{prefix}, U32(opcode)...)
	return Code(append(b, immediates...))
}

// Type is the byte of a value type, or [Empty] for a block without result.
type Type byte

// The value types of core 2.0.
const (
	I32       Type = 0x7f
	I64       Type = 0x7e
	F32       Type = 0x7d
	F64       Type = 0x7c
	V128      Type = 0x7b
	FuncRef   Type = 0x70
	ExternRef Type = 0x6f
	Empty     Type = 0x40
)

// Instructions without immediates.
const (
	Unreachable Code = "\x00"
	Nop         Code = "\x01"
	Else        Code = "\x05"
	End         Code = "\x0b"
	Return      Code = "\x0f"
	Drop        Code = "\x1a"
	Select      Code = "\x1b"
	MemorySize  Code = "\x3f\x00"
	MemoryGrow  Code = "\x40\x00"

	I32Eqz Code = "\x45"
	I32Eq  Code = "\x46"
	I32Ne  Code = "\x47"
	I32LtS Code = "\x48"
	I32LtU Code = "\x49"
	I32GtS Code = "\x4a"
	I32GtU Code = "\x4b"
	I32LeS Code = "\x4c"
	I32LeU Code = "\x4d"
	I32GeS Code = "\x4e"
	I32GeU Code = "\x4f"
	I64Eqz Code = "\x50"
	I64Eq  Code = "\x51"
	I64Ne  Code = "\x52"
	I64LtS Code = "\x53"
	I64LtU Code = "\x54"

	I32Add  Code = "\x6a"
	I32Sub  Code = "\x6b"
	I32Mul  Code = "\x6c"
	I32DivS Code = "\x6d"
	I32DivU Code = "\x6e"
	I32RemU Code = "\x70"
	I32And  Code = "\x71"
	I32Or   Code = "\x72"
	I32Xor  Code = "\x73"
	I32Shl  Code = "\x74"
	I32ShrU Code = "\x76"
	I64Add  Code = "\x7c"
	I64Sub  Code = "\x7d"
	I64Mul  Code = "\x7e"
	I64And  Code = "\x83"
	I64Or   Code = "\x84"
	I64Xor  Code = "\x85"
	I64Shl  Code = "\x86"
	I64ShrU Code = "\x88"

	F64Sqrt Code = "\x9f"
	F64Add  Code = "\xa0"
	F64Mul  Code = "\xa2"
	F64Div  Code = "\xa3"

	I32WrapI64        Code = "\xa7"
	I64ExtendI32S     Code = "\xac"
	I64ExtendI32U     Code = "\xad"
	F64ReinterpretI64 Code = "\xbf"
	I64ReinterpretF64 Code = "\xbd"

	RefNullFunc Code = "\xd0\x70"
	MemoryCopy  Code = "\xfc\x0a\x00\x00"
	MemoryFill  Code = "\xfc\x0b\x00"
)

// I32Const pushes v.
func I32Const(v int32) Code { return Op(0x41) + Code(S64(int64(v))) }

// I64Const pushes v.
func I64Const(v int64) Code { return Op(0x42) + Code(S64(v)) }

// F64Const pushes the number with these bits.
func F64Const(bits uint64) Code {
	return Op(0x44) + Code(binary.LittleEndian.AppendUint64(nil, bits))
}

// LocalGet pushes local i.
func LocalGet(i uint32) Code { return indexed(0x20, i) }

// LocalSet pops into local i.
func LocalSet(i uint32) Code { return indexed(0x21, i) }

// LocalTee copies the top of the stack into local i.
func LocalTee(i uint32) Code { return indexed(0x22, i) }

// GlobalGet pushes global i.
func GlobalGet(i uint32) Code { return indexed(0x23, i) }

// GlobalSet pops into global i.
func GlobalSet(i uint32) Code { return indexed(0x24, i) }

// TableGet pops an index and pushes that element of a table.
func TableGet(table uint32) Code { return indexed(0x25, table) }

// TableSet pops a reference and an index.
func TableSet(table uint32) Code { return indexed(0x26, table) }

// Call calls function f, imports counted first.
func Call(f uint32) Code { return indexed(0x10, f) }

// CallIndirect calls through a table, with the signature of type index typ.
func CallIndirect(typ, table uint32) Code { return indexed(0x11, typ) + Code(U32(table)) }

// ReturnCall is the tail call of function f (a proposal).
func ReturnCall(f uint32) Code { return indexed(0x12, f) }

// RefFunc pushes a reference to function f.
func RefFunc(f uint32) Code { return indexed(0xd2, f) }

// Br leaves depth+1 blocks, or goes on with a loop.
func Br(depth uint32) Code { return indexed(0x0c, depth) }

// BrIf is [Br] when the top of the stack is not 0.
func BrIf(depth uint32) Code { return indexed(0x0d, depth) }

// BrTable branches by index; the last target is the default.
func BrTable(targets ...uint32) Code {
	b := append([]byte{0x0e}, U32(uint32(len(targets)-1))...)
	for _, t := range targets {
		b = append(b, U32(t)...)
	}
	return Code(b)
}

// Block wraps code; its end is added.
func Block(result Type, code ...Code) Code { return Op(0x02, byte(result)) + Seq(code...) + End }

// Loop wraps code; its end is added. Br(0) inside goes round again.
func Loop(result Type, code ...Code) Code { return Op(0x03, byte(result)) + Seq(code...) + End }

// If wraps code; its end is added. An [Else] may stand inside.
func If(result Type, code ...Code) Code { return Op(0x04, byte(result)) + Seq(code...) + End }

// Load8 pops an address and pushes the byte at address+offset, as i32.
func Load8(offset uint32) Code { return access(0x2d, 0, offset) }

// Load32 pops an address and pushes the i32 at address+offset.
func Load32(offset uint32) Code { return access(0x28, 0, offset) }

// Load64 pops an address and pushes the i64 at address+offset.
func Load64(offset uint32) Code { return access(0x29, 0, offset) }

// Store8 pops an i32 and an address.
func Store8(offset uint32) Code { return access(0x3a, 0, offset) }

// Store16 pops an i32 and an address.
func Store16(offset uint32) Code { return access(0x3b, 0, offset) }

// Store32 pops an i32 and an address.
func Store32(offset uint32) Code { return access(0x36, 0, offset) }

// Store64 pops an i64 and an address.
func Store64(offset uint32) Code { return access(0x37, 0, offset) }

// MemoryInit copies from passive data segment seg.
func MemoryInit(seg uint32) Code { return Prefixed(0xfc, 8, append(U32(seg), 0)...) }

// DataDrop drops data segment seg.
func DataDrop(seg uint32) Code { return Prefixed(0xfc, 9, U32(seg)...) }

// TableInit copies from element segment seg into table.
func TableInit(seg, table uint32) Code {
	return Prefixed(0xfc, 12, append(U32(seg), U32(table)...)...)
}

// ElemDrop drops element segment seg.
func ElemDrop(seg uint32) Code { return Prefixed(0xfc, 13, U32(seg)...) }

// TableCopy copies between tables.
func TableCopy(dst, src uint32) Code {
	return Prefixed(0xfc, 14, append(U32(dst), U32(src)...)...)
}

// TableGrow pops a count and a reference, and pushes the old size or -1.
func TableGrow(table uint32) Code { return Prefixed(0xfc, 15, U32(table)...) }

// TableSize pushes the size of a table.
func TableSize(table uint32) Code { return Prefixed(0xfc, 16, U32(table)...) }

// TableFill pops a count, a reference and an index.
func TableFill(table uint32) Code { return Prefixed(0xfc, 17, U32(table)...) }

func indexed(opcode byte, i uint32) Code { return Op(opcode) + Code(U32(i)) }

func access(opcode byte, align, offset uint32) Code {
	return indexed(opcode, align) + Code(U32(offset))
}
