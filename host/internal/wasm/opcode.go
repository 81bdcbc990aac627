package wasm

import "strconv"

// Opcode is the number of an instruction. One with a prefix is prefix<<8 | number: memory.copy is 0xfc0a.
type Opcode uint16

// The instructions that this module's code names. [Opcode.String] knows all of them.
const (
	OpUnreachable        Opcode = 0x00
	OpNop                Opcode = 0x01
	OpBlock              Opcode = 0x02
	OpLoop               Opcode = 0x03
	OpIf                 Opcode = 0x04
	OpElse               Opcode = 0x05
	OpThrow              Opcode = 0x08
	OpThrowRef           Opcode = 0x0a
	OpEnd                Opcode = 0x0b
	OpBr                 Opcode = 0x0c
	OpBrIf               Opcode = 0x0d
	OpBrTable            Opcode = 0x0e
	OpReturn             Opcode = 0x0f
	OpCall               Opcode = 0x10
	OpCallIndirect       Opcode = 0x11
	OpReturnCall         Opcode = 0x12
	OpReturnCallIndirect Opcode = 0x13
	OpDrop               Opcode = 0x1a
	OpSelect             Opcode = 0x1b
	OpSelectT            Opcode = 0x1c
	OpTryTable           Opcode = 0x1f
	OpLocalGet           Opcode = 0x20
	OpLocalSet           Opcode = 0x21
	OpLocalTee           Opcode = 0x22
	OpGlobalGet          Opcode = 0x23
	OpGlobalSet          Opcode = 0x24
	OpTableGet           Opcode = 0x25
	OpTableSet           Opcode = 0x26
	OpI32Load            Opcode = 0x28
	OpI64Store32         Opcode = 0x3e
	OpMemorySize         Opcode = 0x3f
	OpMemoryGrow         Opcode = 0x40
	OpI32Const           Opcode = 0x41
	OpI64Const           Opcode = 0x42
	OpF32Const           Opcode = 0x43
	OpF64Const           Opcode = 0x44
	OpI32Eqz             Opcode = 0x45
	OpI32LtS             Opcode = 0x48
	OpI32LtU             Opcode = 0x49
	OpI32GtU             Opcode = 0x4b
	OpI32GeS             Opcode = 0x4e
	OpI64Eqz             Opcode = 0x50
	OpI64LtS             Opcode = 0x53
	OpI64GtU             Opcode = 0x56
	OpI32Add             Opcode = 0x6a
	OpI32Sub             Opcode = 0x6b
	OpI32Mul             Opcode = 0x6c
	OpI32And             Opcode = 0x71
	OpI32Or              Opcode = 0x72
	OpI32ShrU            Opcode = 0x76
	OpI64Add             Opcode = 0x7c
	OpI64Sub             Opcode = 0x7d
	OpI64Mul             Opcode = 0x7e
	OpI64And             Opcode = 0x83
	OpI64Shl             Opcode = 0x86
	OpI32WrapI64         Opcode = 0xa7
	OpI64ExtendI32U      Opcode = 0xad
	OpRefNull            Opcode = 0xd0
	OpRefIsNull          Opcode = 0xd1
	OpRefFunc            Opcode = 0xd2
	OpMemoryInit         Opcode = 0xfc08
	OpDataDrop           Opcode = 0xfc09
	OpMemoryCopy         Opcode = 0xfc0a
	OpMemoryFill         Opcode = 0xfc0b
	OpTableInit          Opcode = 0xfc0c
	OpElemDrop           Opcode = 0xfc0d
	OpTableCopy          Opcode = 0xfc0e
	OpTableGrow          Opcode = 0xfc0f
	OpTableSize          Opcode = 0xfc10
	OpTableFill          Opcode = 0xfc11
	OpV128Load           Opcode = 0xfd00
	OpV128Store          Opcode = 0xfd0b
	OpV128Const          Opcode = 0xfd0c
)

// String gives the instruction's name in the text format.
func (op Opcode) String() string {
	if in := infoOf(op); in != nil && in.name != "" {
		return in.name
	}
	return "opcode(0x" + strconv.FormatUint(uint64(op), 16) + ")"
}

// Stack says how many operands the instruction takes and gives; ok is false where that depends on immediates and types
// (blocks, branches, calls, return, throw) or the instruction is not known.
func (op Opcode) Stack() (pops, pushes int, ok bool) {
	in := infoOf(op)
	if in == nil || in.pops < 0 || in.name == "" {
		return 0, 0, false
	}
	return int(in.pops), int(in.pushes), true
}

// IsLoad reports whether the instruction reads linear memory at an address, IsStore whether it writes it. Bulk
// instructions are neither.
func (op Opcode) IsLoad() bool {
	in := infoOf(op)
	return in != nil && (in.kind == immMemArg || in.kind == immMemArgLane) && in.pushes == 1
}

// IsStore reports whether the instruction writes linear memory at an address.
func (op Opcode) IsStore() bool {
	in := infoOf(op)
	return in != nil && (in.kind == immMemArg || in.kind == immMemArgLane) && in.pushes == 0
}

func infoOf(op Opcode) *opInfo {
	switch n := int(op & 0xff); op >> 8 {
	case 0:
		return &plainOps[n]
	case 0xfc:
		if n < len(miscOps) {
			return &miscOps[n]
		}
	case 0xfd:
		return &simdOps[n]
	}
	return nil
}
