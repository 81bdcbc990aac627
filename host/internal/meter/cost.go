package meter

import "github.com/pledge-wasm/pledge/host/internal/wasm"

// The weights of instructions in fuel. One unit stands for about a nanosecond of a slow machine at worst, and for the
// third of one on average: see the package comment.
const (
	costCall     = 5  // a direct call, and the return from it
	costIndirect = 10 // a call through a table
	costImport   = 60 // a call into the host, apart from what the host charges itself
	costGrow     = 500
	costGrowPage = 1000
	costGrowElem = 4  // an element of a table that grows
	costBulk     = 20 // a bulk operation, apart from its length
)

var (
	plainCost [256]uint8
	miscCost  [32]uint8
	simdCost  [256]uint8
)

// costOf is the weight of an instruction apart from what it calls.
func costOf(op wasm.Opcode) uint32 {
	switch op >> 8 {
	case 0:
		return uint32(plainCost[byte(op)])
	case 0xfc:
		return uint32(miscCost[byte(op)&31])
	default:
		return uint32(simdCost[byte(op)])
	}
}

// span gives the opcodes from to to the weight w.
type span struct {
	from, to, w uint8
}

func init() {
	fill := func(t []uint8, first uint8, spans []span) {
		for i := range t {
			t[i] = first
		}
		for _, s := range spans {
			for i := int(s.from); i <= int(s.to); i++ {
				t[i] = s.w
			}
		}
	}
	fill(plainCost[:], 1, []span{
		{0x01, 0x03, 0},   // nop, block, loop
		{0x05, 0x05, 0},   // else
		{0x0b, 0x0b, 0},   // end
		{0x0e, 0x0e, 3},   // br_table
		{0x1a, 0x1a, 0},   // drop
		{0x25, 0x26, 3},   // table.get, table.set
		{0x28, 0x3e, 2},   // loads, stores
		{0x6d, 0x70, 8},   // i32 div, rem
		{0x7f, 0x82, 12},  // i64 div, rem
		{0x8d, 0x90, 2},   // f32 ceil to nearest
		{0x91, 0x91, 6},   // f32.sqrt
		{0x92, 0x94, 2},   // f32 add, sub, mul
		{0x95, 0x95, 5},   // f32.div
		{0x96, 0x98, 3},   // f32 min, max, copysign
		{0x9b, 0x9e, 3},   // f64 ceil to nearest
		{0x9f, 0x9f, 8},   // f64.sqrt
		{0xa0, 0xa2, 2},   // f64 add, sub, mul
		{0xa3, 0xa3, 6},   // f64.div
		{0xa4, 0xa6, 3},   // f64 min, max, copysign
		{0xa8, 0xab, 4},   // i32.trunc
		{0xae, 0xb1, 4},   // i64.trunc
		{0xb2, 0xbb, 3},   // convert, demote, promote
		{0xd2, 0xd2, 40},  // ref.func
		{0xd0, 0xd1, 1},   // ref.null, ref.is_null
		{0x08, 0x0a, 255}, // throw, throw_ref
		{0x1f, 0x1f, 100}, // try_table
		{0x40, 0x40, 0},   // memory.grow: by its helper
		{0x10, 0x13, 0},   // calls: by what is called
		{0x20, 0x21, 1},   // local.get, local.set
		{0xa7, 0xa7, 1},   // i32.wrap_i64
		{0xac, 0xad, 1},   // i64.extend
		{0xbc, 0xc4, 1},   // reinterpret, sign extension
	})
	fill(miscCost[:], 4, []span{{8, 15, 0}, {9, 9, 5}, {13, 13, 5}, {16, 16, 2}, {17, 17, 0}})
	fill(simdCost[:], 3, []span{
		{0, 11, 3}, {35, 76, 3}, {84, 93, 4}, {0x5e, 0x5f, 4}, {98, 98, 6}, {103, 106, 4}, {107, 109, 8}, {116, 117, 4},
		{122, 122, 4}, {148, 148, 4}, {0xd5, 0xd5, 8}, {0xe3, 0xe3, 12}, {0xe7, 0xe7, 10}, {0xe8, 0xeb, 8}, {0xef, 0xef, 16},
		{0xf3, 0xf3, 12}, {0xf4, 0xf7, 8}, {0xf8, 0xff, 10},
	})
}
