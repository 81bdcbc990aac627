package wasm

import "strings"

// immKind is the shape of an instruction's immediates.
type immKind uint8

const (
	immUnknown immKind = iota
	immNone
	immIndex    // one index: a local, a global, a function, a label ...
	immTwo      // two indices
	immBlock    // block type
	immBrTable  // vector of labels and a default label
	immTryTable // block type and a vector of catch clauses
	immMemArg   // alignment and offset
	immMemArgLane
	immLane
	immI32
	immI64
	immF32
	immF64
	imm16      // 16 bytes
	immRefType // heap type of ref.null
	immTypes   // vector of value types
	immMemory  // the byte 0
	immMemInit // data index and the byte 0
	immMemCopy // two bytes 0
)

type opInfo struct {
	name         string
	kind         immKind
	pops, pushes int8 // -1: depends
}

var (
	plainOps [256]opInfo
	miscOps  [18]opInfo
	simdOps  [256]opInfo

	plainKinds [256]immKind // the kinds of plainOps
)

// Names by number; "-" where there is no instruction that is read here.
const (
	plainNames = `unreachable nop block loop if else - - throw - throw_ref end br br_if br_table return
call call_indirect return_call return_call_indirect - - - - - - drop select select - - try_table
local.get local.set local.tee global.get global.set table.get table.set -
i32.load i64.load f32.load f64.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u
i64.load8_s i64.load8_u i64.load16_s i64.load16_u i64.load32_s i64.load32_u
i32.store i64.store f32.store f64.store i32.store8 i32.store16 i64.store8 i64.store16 i64.store32
memory.size memory.grow i32.const i64.const f32.const f64.const
i32.eqz i32.eq i32.ne i32.lt_s i32.lt_u i32.gt_s i32.gt_u i32.le_s i32.le_u i32.ge_s i32.ge_u
i64.eqz i64.eq i64.ne i64.lt_s i64.lt_u i64.gt_s i64.gt_u i64.le_s i64.le_u i64.ge_s i64.ge_u
f32.eq f32.ne f32.lt f32.gt f32.le f32.ge f64.eq f64.ne f64.lt f64.gt f64.le f64.ge
i32.clz i32.ctz i32.popcnt i32.add i32.sub i32.mul i32.div_s i32.div_u i32.rem_s i32.rem_u
i32.and i32.or i32.xor i32.shl i32.shr_s i32.shr_u i32.rotl i32.rotr
i64.clz i64.ctz i64.popcnt i64.add i64.sub i64.mul i64.div_s i64.div_u i64.rem_s i64.rem_u
i64.and i64.or i64.xor i64.shl i64.shr_s i64.shr_u i64.rotl i64.rotr
f32.abs f32.neg f32.ceil f32.floor f32.trunc f32.nearest f32.sqrt
f32.add f32.sub f32.mul f32.div f32.min f32.max f32.copysign
f64.abs f64.neg f64.ceil f64.floor f64.trunc f64.nearest f64.sqrt
f64.add f64.sub f64.mul f64.div f64.min f64.max f64.copysign
i32.wrap_i64 i32.trunc_f32_s i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u
i64.extend_i32_s i64.extend_i32_u i64.trunc_f32_s i64.trunc_f32_u i64.trunc_f64_s i64.trunc_f64_u
f32.convert_i32_s f32.convert_i32_u f32.convert_i64_s f32.convert_i64_u f32.demote_f64
f64.convert_i32_s f64.convert_i32_u f64.convert_i64_s f64.convert_i64_u f64.promote_f32
i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64
i32.extend8_s i32.extend16_s i64.extend8_s i64.extend16_s i64.extend32_s - - - - - - - - - - -
ref.null ref.is_null ref.func`
	miscNames = `i32.trunc_sat_f32_s i32.trunc_sat_f32_u i32.trunc_sat_f64_s i32.trunc_sat_f64_u
i64.trunc_sat_f32_s i64.trunc_sat_f32_u i64.trunc_sat_f64_s i64.trunc_sat_f64_u
memory.init data.drop memory.copy memory.fill table.init elem.drop table.copy table.grow table.size table.fill`
	simdNames = `v128.load v128.load8x8_s v128.load8x8_u v128.load16x4_s v128.load16x4_u v128.load32x2_s v128.load32x2_u
v128.load8_splat v128.load16_splat v128.load32_splat v128.load64_splat v128.store v128.const i8x16.shuffle i8x16.swizzle
i8x16.splat i16x8.splat i32x4.splat i64x2.splat f32x4.splat f64x2.splat
i8x16.extract_lane_s i8x16.extract_lane_u i8x16.replace_lane i16x8.extract_lane_s i16x8.extract_lane_u i16x8.replace_lane
i32x4.extract_lane i32x4.replace_lane i64x2.extract_lane i64x2.replace_lane
f32x4.extract_lane f32x4.replace_lane f64x2.extract_lane f64x2.replace_lane
i8x16.eq i8x16.ne i8x16.lt_s i8x16.lt_u i8x16.gt_s i8x16.gt_u i8x16.le_s i8x16.le_u i8x16.ge_s i8x16.ge_u
i16x8.eq i16x8.ne i16x8.lt_s i16x8.lt_u i16x8.gt_s i16x8.gt_u i16x8.le_s i16x8.le_u i16x8.ge_s i16x8.ge_u
i32x4.eq i32x4.ne i32x4.lt_s i32x4.lt_u i32x4.gt_s i32x4.gt_u i32x4.le_s i32x4.le_u i32x4.ge_s i32x4.ge_u
f32x4.eq f32x4.ne f32x4.lt f32x4.gt f32x4.le f32x4.ge f64x2.eq f64x2.ne f64x2.lt f64x2.gt f64x2.le f64x2.ge
v128.not v128.and v128.andnot v128.or v128.xor v128.bitselect v128.any_true
v128.load8_lane v128.load16_lane v128.load32_lane v128.load64_lane
v128.store8_lane v128.store16_lane v128.store32_lane v128.store64_lane v128.load32_zero v128.load64_zero
f32x4.demote_f64x2_zero f64x2.promote_low_f32x4
i8x16.abs i8x16.neg i8x16.popcnt i8x16.all_true i8x16.bitmask i8x16.narrow_i16x8_s i8x16.narrow_i16x8_u
f32x4.ceil f32x4.floor f32x4.trunc f32x4.nearest i8x16.shl i8x16.shr_s i8x16.shr_u
i8x16.add i8x16.add_sat_s i8x16.add_sat_u i8x16.sub i8x16.sub_sat_s i8x16.sub_sat_u f64x2.ceil f64x2.floor
i8x16.min_s i8x16.min_u i8x16.max_s i8x16.max_u f64x2.trunc i8x16.avgr_u
i16x8.extadd_pairwise_i8x16_s i16x8.extadd_pairwise_i8x16_u i32x4.extadd_pairwise_i16x8_s i32x4.extadd_pairwise_i16x8_u
i16x8.abs i16x8.neg i16x8.q15mulr_sat_s i16x8.all_true i16x8.bitmask i16x8.narrow_i32x4_s i16x8.narrow_i32x4_u
i16x8.extend_low_i8x16_s i16x8.extend_high_i8x16_s i16x8.extend_low_i8x16_u i16x8.extend_high_i8x16_u
i16x8.shl i16x8.shr_s i16x8.shr_u i16x8.add i16x8.add_sat_s i16x8.add_sat_u i16x8.sub i16x8.sub_sat_s i16x8.sub_sat_u
f64x2.nearest i16x8.mul i16x8.min_s i16x8.min_u i16x8.max_s i16x8.max_u - i16x8.avgr_u
i16x8.extmul_low_i8x16_s i16x8.extmul_high_i8x16_s i16x8.extmul_low_i8x16_u i16x8.extmul_high_i8x16_u
i32x4.abs i32x4.neg - i32x4.all_true i32x4.bitmask - -
i32x4.extend_low_i16x8_s i32x4.extend_high_i16x8_s i32x4.extend_low_i16x8_u i32x4.extend_high_i16x8_u
i32x4.shl i32x4.shr_s i32x4.shr_u i32x4.add - - i32x4.sub - - - i32x4.mul
i32x4.min_s i32x4.min_u i32x4.max_s i32x4.max_u i32x4.dot_i16x8_s -
i32x4.extmul_low_i16x8_s i32x4.extmul_high_i16x8_s i32x4.extmul_low_i16x8_u i32x4.extmul_high_i16x8_u
i64x2.abs i64x2.neg - i64x2.all_true i64x2.bitmask - -
i64x2.extend_low_i32x4_s i64x2.extend_high_i32x4_s i64x2.extend_low_i32x4_u i64x2.extend_high_i32x4_u
i64x2.shl i64x2.shr_s i64x2.shr_u i64x2.add - - i64x2.sub - - - i64x2.mul
i64x2.eq i64x2.ne i64x2.lt_s i64x2.gt_s i64x2.le_s i64x2.ge_s
i64x2.extmul_low_i32x4_s i64x2.extmul_high_i32x4_s i64x2.extmul_low_i32x4_u i64x2.extmul_high_i32x4_u
f32x4.abs f32x4.neg - f32x4.sqrt f32x4.add f32x4.sub f32x4.mul f32x4.div f32x4.min f32x4.max f32x4.pmin f32x4.pmax
f64x2.abs f64x2.neg - f64x2.sqrt f64x2.add f64x2.sub f64x2.mul f64x2.div f64x2.min f64x2.max f64x2.pmin f64x2.pmax
i32x4.trunc_sat_f32x4_s i32x4.trunc_sat_f32x4_u f32x4.convert_i32x4_s f32x4.convert_i32x4_u
i32x4.trunc_sat_f64x2_s_zero i32x4.trunc_sat_f64x2_u_zero f64x2.convert_low_i32x4_s f64x2.convert_low_i32x4_u`
)

// shape gives a run of opcodes, from to to, their immediates and their effect on the operand stack.
type shape struct {
	from, to     int
	kind         immKind
	pops, pushes int8
}

var plainShapes = []shape{
	{0x00, 0x00, immNone, -1, 0}, {0x01, 0x01, immNone, 0, 0}, {0x02, 0x04, immBlock, -1, 0}, {0x05, 0x05, immNone, -1, 0},
	{0x08, 0x08, immIndex, -1, 0}, {0x0a, 0x0b, immNone, -1, 0}, {0x0c, 0x0d, immIndex, -1, 0}, {0x0e, 0x0e, immBrTable, -1, 0},
	{0x0f, 0x0f, immNone, -1, 0}, {0x10, 0x10, immIndex, -1, 0}, {0x11, 0x11, immTwo, -1, 0}, {0x12, 0x12, immIndex, -1, 0},
	{0x13, 0x13, immTwo, -1, 0}, {0x1a, 0x1a, immNone, 1, 0}, {0x1b, 0x1b, immNone, 3, 1}, {0x1c, 0x1c, immTypes, 3, 1},
	{0x1f, 0x1f, immTryTable, -1, 0}, {0x20, 0x20, immIndex, 0, 1}, {0x21, 0x21, immIndex, 1, 0}, {0x22, 0x22, immIndex, 1, 1},
	{0x23, 0x23, immIndex, 0, 1}, {0x24, 0x24, immIndex, 1, 0}, {0x25, 0x25, immIndex, 1, 1}, {0x26, 0x26, immIndex, 2, 0},
	{0x28, 0x35, immMemArg, 1, 1}, {0x36, 0x3e, immMemArg, 2, 0}, {0x3f, 0x3f, immMemory, 0, 1}, {0x40, 0x40, immMemory, 1, 1},
	{0x41, 0x41, immI32, 0, 1}, {0x42, 0x42, immI64, 0, 1}, {0x43, 0x43, immF32, 0, 1}, {0x44, 0x44, immF64, 0, 1},
	{0x45, 0x45, immNone, 1, 1}, {0x46, 0x4f, immNone, 2, 1}, {0x50, 0x50, immNone, 1, 1}, {0x51, 0x66, immNone, 2, 1},
	{0x67, 0x69, immNone, 1, 1}, {0x6a, 0x78, immNone, 2, 1}, {0x79, 0x7b, immNone, 1, 1}, {0x7c, 0x8a, immNone, 2, 1},
	{0x8b, 0x91, immNone, 1, 1}, {0x92, 0x98, immNone, 2, 1}, {0x99, 0x9f, immNone, 1, 1}, {0xa0, 0xa6, immNone, 2, 1},
	{0xa7, 0xc4, immNone, 1, 1}, {0xd0, 0xd0, immRefType, 0, 1}, {0xd1, 0xd1, immNone, 1, 1}, {0xd2, 0xd2, immIndex, 0, 1},
}

var miscShapes = []shape{
	{0, 7, immNone, 1, 1}, {8, 8, immMemInit, 3, 0}, {9, 9, immIndex, 0, 0}, {10, 10, immMemCopy, 3, 0}, {11, 11, immMemory, 3, 0},
	{12, 12, immTwo, 3, 0}, {13, 13, immIndex, 0, 0}, {14, 14, immTwo, 3, 0}, {15, 15, immIndex, 2, 1}, {16, 16, immIndex, 0, 1},
	{17, 17, immIndex, 3, 0},
}

var simdShapes = []shape{
	{0, 255, immNone, 2, 1}, // what is not named below
	{0, 10, immMemArg, 1, 1}, {11, 11, immMemArg, 2, 0}, {12, 12, imm16, 0, 1}, {13, 13, imm16, 2, 1}, {15, 20, immNone, 1, 1},
	{21, 22, immLane, 1, 1}, {23, 23, immLane, 2, 1}, {24, 25, immLane, 1, 1}, {26, 26, immLane, 2, 1}, {27, 27, immLane, 1, 1},
	{28, 28, immLane, 2, 1}, {29, 29, immLane, 1, 1}, {30, 30, immLane, 2, 1}, {31, 31, immLane, 1, 1}, {32, 32, immLane, 2, 1},
	{33, 33, immLane, 1, 1}, {34, 34, immLane, 2, 1}, {77, 77, immNone, 1, 1}, {82, 82, immNone, 3, 1}, {83, 83, immNone, 1, 1},
	{84, 87, immMemArgLane, 2, 1}, {88, 91, immMemArgLane, 2, 0}, {92, 93, immMemArg, 1, 1}, {94, 100, immNone, 1, 1},
	{103, 106, immNone, 1, 1}, {116, 117, immNone, 1, 1}, {122, 122, immNone, 1, 1}, {124, 129, immNone, 1, 1},
	{131, 132, immNone, 1, 1}, {135, 138, immNone, 1, 1}, {148, 148, immNone, 1, 1}, {160, 164, immNone, 1, 1},
	{167, 170, immNone, 1, 1}, {192, 196, immNone, 1, 1}, {199, 202, immNone, 1, 1}, {224, 227, immNone, 1, 1},
	{236, 239, immNone, 1, 1}, {248, 255, immNone, 1, 1},
}

func init() {
	fillOps(plainOps[:], plainNames, plainShapes)
	for i := range plainOps {
		plainKinds[i] = plainOps[i].kind
	}
	fillOps(miscOps[:], miscNames, miscShapes)
	fillOps(simdOps[:], simdNames, simdShapes)
}

func fillOps(ops []opInfo, names string, shapes []shape) {
	for _, s := range shapes {
		for i := s.from; i <= s.to; i++ {
			ops[i] = opInfo{kind: s.kind, pops: s.pops, pushes: s.pushes}
		}
	}
	for i, name := range strings.Fields(names) {
		if name == "-" {
			ops[i] = opInfo{}
			continue
		}
		ops[i].name = name
	}
}
