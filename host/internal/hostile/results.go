package hostile

import (
	"bytes"
	"slices"
	"time"

	"github.com/pledge-wasm/pledge/abi"
	. "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// results is numbers 71 to 79: what a guest answers.
func results() []Case {
	var all []Case
	value := func(number int, name string, code abi.Code, item ...[]byte) {
		all = append(all, runs('F', number, name, func() []byte { return Const(Join(item...)) }, code))
	}
	raw := func(number int, name string, response []byte) {
		all = append(all, runs('F', number, name, func() []byte { return Respond(response) }, abi.CodeBadResult))
	}
	most := bytes.Repeat([]byte{0xff}, 8)
	bad := abi.CodeBadResult
	value(71, "claims an array of 2^64-1 items", bad, []byte{0x9b}, most)
	value(71, "claims a map of 2^63 pairs", bad, []byte{0xbb, 0x80}, make([]byte, 7))
	value(71, "claims a text of 2^64-1 bytes", bad, []byte{0x7b}, most)
	value(71, "claims bytes of 4 GiB", bad, []byte{0x5b, 0, 0, 0, 1, 0, 0, 0, 0})
	value(71, "claims an array of 2^32 maps", bad, []byte{0x9b, 0, 0, 0, 1, 0, 0, 0, 0}, bytes.Repeat([]byte{0xa0}, 1000))
	value(72, "nests 1,000,000 arrays", bad, bytes.Repeat([]byte{0x81}, 1_000_000), []byte{0xf6})
	value(72, "nests 257 arrays", bad, bytes.Repeat([]byte{0x81}, 257), []byte{0xf6})
	value(72, "nests 256 arrays", Completed, bytes.Repeat([]byte{0x81}, 256), []byte{0xf6})
	value(72, "nests 100,000 maps", bad, bytes.Repeat([]byte{0xa1, 0x61, 'a'}, 100_000), []byte{0xf6})
	value(72, "nests 100,000 arrays without length", bad, bytes.Repeat([]byte{0x9f}, 100_000))
	value(72, "never closes a text without length", bad, []byte{0x7f}, bytes.Repeat([]byte{0x61, 'x'}, 100_000))
	value(72, "puts bytes into a text without length", bad, []byte{0x7f, 0x41, 'x', 0xff})
	value(72, "breaks where nothing is open", bad, []byte{0xff})
	value(73, "wraps a value in 10,000 tags", bad, bytes.Repeat([]byte{0xc1}, 10_000), []byte{0})
	value(73, "wraps CBOR in tag 24, 200 deep", Completed, wrapped(200))
	value(73, "has a bignum of 10 MB", Completed, []byte{0xc2, 0x5a, 0, 0x98, 0x96, 0x80}, make([]byte, 10_000_000))
	value(73, "has a key twice", bad, []byte{0xa2, 0x61, 'a', 1, 0x61, 'a', 2})
	value(73, "has a key twice, written in two ways", bad, []byte{0xa2, 0x01, 1, 0x18, 0x01, 2})
	value(73, "has bad UTF-8", bad, []byte{0x62, 0xc3, 0x28})
	value(73, "has trailing bytes", bad, []byte{0xf6, 0xf6})
	value(73, "has a NaN with a payload", Completed, []byte{0xfb, 0x7f, 0xf8, 0, 0, 0xde, 0xad, 0xbe, 0xef})
	value(73, "has a simple value that is reserved", bad, []byte{0xf8, 0x10})
	value(73, "has an additional information that is reserved", bad, []byte{0x1c})
	value(73, "has a map of 100,000 keys in falling order", Completed, falling(100_000))
	slow := func(name string, item []byte) {
		value(73, name, Completed, item)
		all[len(all)-1].Codes = append(all[len(all)-1].Codes, abi.CodeDeadline)
	}
	slow("has a map of 1,600,000 keys in falling order", falling(1_600_000))
	slow("has a map of 2,700,000 keys in no order, one of them a float", shuffled(2_700_000))
	raw(73, "answers with nothing but a head", []byte{0x82})
	raw(73, "answers with three items", []byte{0x83, 0, 0xf6, 0xf6})
	raw(73, "answers with a map", []byte{0xa1, 0, 0xf6})
	raw(73, "answers with status 2", []byte{0x82, 2, 0xf6})
	raw(73, "answers with an error that is a text", []byte{0x82, 1, 0x61, 'x'})
	raw(73, "answers with an error without a code", []byte{0x82, 1, 0xa1, 0x67, 'm', 'e', 's', 's', 'a', 'g', 'e', 0x60})
	value(76, "answers with a future that it was not given", bad, abi.AppendFuture(nil, abi.ID{9}))
	value(76, "answers with a future of 15 bytes", bad, []byte{0xda, 0x70, 0x6c, 0x64, 0x67, 0x4f}, make([]byte, 15))
	value(76, "answers with a future of text", bad, []byte{0xda, 0x70, 0x6c, 0x64, 0x67, 0x61, 'x'})
	value(76, "hides a future in a key", bad, []byte{0xa1}, abi.AppendFuture(nil, abi.ID{9}), []byte{0})
	all = append(all,
		runs('F', 79, "answers with a byte more than it may", func() []byte { return answerOf(16<<20 + 1) }, abi.CodeOutputLimit),
		runs('F', 79, "answers with exactly what it may", func() []byte { return answerOf(16 << 20) }, Completed))
	all[len(all)-1].Timeout = 5 * time.Second // it is about the size
	value(79, "answers with 100,000 forged futures", bad, []byte{0x9a, 0, 1, 0x86, 0xa0}, bytes.Repeat(abi.AppendFuture(nil, abi.ID{7}), 100_000))
	return all
}

// wrapped is null in n encoded items, each in the next.
func wrapped(n int) []byte {
	item := []byte{0xf6}
	for range n {
		head := []byte{0xd8, 24, 0x59, byte(len(item) >> 8), byte(len(item))}
		item = slices.Concat(head, item)
	}
	return item
}

// falling is a map of n keys of 9 bytes, each smaller than the one before.
func falling(n uint64) []byte {
	b := []byte{0xba, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
	for i := range n {
		v := (n - i) << 32
		b = append(b, 0x1b, byte(v>>56), byte(v>>48), byte(v>>40), byte(v>>32), 0, 0, 0, 0, 0)
	}
	return b
}

// shuffled is a map of n keys in no order, the first of which is a float.
func shuffled(n uint32) []byte {
	b := []byte{0xba, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n), 0xf9, 0, 0, 0}
	for i := range n - 1 {
		v := (i + 1) * 0x9e3779b1
		b = append(b, 0x1a, byte(v>>24), byte(v>>16), byte(v>>8), byte(v), 0)
	}
	return b
}

// answerOf is a guest whose response has exactly n bytes: [0, h'00...'].
func answerOf(n int) []byte {
	g := NewGuest()
	g.MemoryLimits = AtLeast(uint32(n>>16) + 3)
	const at = 64 << 10
	size := n - 7
	head := []byte{0x82, 0, 0x5a, byte(size >> 24), byte(size >> 16), byte(size >> 8), byte(size)}
	var write Code
	for i, b := range head {
		write += I32Const(at) + I32Const(int32(b)) + Store8(uint32(i))
	}
	g.Only(g.Func(CallSig, nil, write, I64Const(at<<32|int64(n))))
	return g.Bytes()
}
