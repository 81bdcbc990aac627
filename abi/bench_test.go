package abi_test

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"github.com/pledge-wasm/pledge/abi"
)

// samples are the shapes of data that the speed claims speak of, about 1 MiB
// each unless their name says otherwise.
func samples() map[string][]byte {
	array := func(n int, item func(dst []byte, i int) []byte) []byte {
		out := abi.AppendHead(nil, abi.MajorArray, uint64(n))
		for i := range n {
			out = item(out, i)
		}
		return out
	}
	names := []string{"zeta", "id", "name", "email", "active", "score", "tags", "address"}
	record := func(dst []byte, i int) []byte {
		dst = abi.AppendHead(dst, abi.MajorMap, uint64(len(names)))
		for j, n := range names {
			dst = abi.AppendText(dst, n)
			dst = abi.AppendUint(dst, uint64(i*j))
		}
		return dst
	}
	words := func(order func(i int) int) []byte {
		out := abi.AppendHead(nil, abi.MajorMap, 100_000)
		for i := range 100_000 {
			out = abi.AppendText(out, "word"+strconv.Itoa(order(i)+100_000))
			out = abi.AppendUint(out, uint64(i))
		}
		return out
	}
	return map[string][]byte{
		"byte strings of 4 KiB": array(256, func(dst []byte, _ int) []byte { return abi.AppendBytes(dst, make([]byte, 4096)) }),
		"texts of 1 KiB":        array(1024, func(dst []byte, _ int) []byte { return abi.AppendText(dst, strings.Repeat("text ", 205)) }),
		"texts of 10 bytes":     array(95_000, func(dst []byte, i int) []byte { return abi.AppendText(dst, strconv.Itoa(1_000_000_000+i)) }),
		"one-byte integers":     array(1<<20, func(dst []byte, i int) []byte { return abi.AppendUint(dst, uint64(i%24)) }),
		"integers":              array(300_000, func(dst []byte, i int) []byte { return abi.AppendInt(dst, int64(i*(i%3-1))) }),
		"floats":                array(116_000, func(dst []byte, i int) []byte { return abi.AppendFloat(dst, float64(i)+0.1) }),
		"small maps, unordered": array(16_000, record),
		"one map, ordered":      words(func(i int) int { return i }),
		"one map, unordered":    words(func(i int) int { return i * 7919 % 100_000 }),
		"nested arrays": array(100_000, func(dst []byte, i int) []byte {
			return append(dst, 0x82, 0x81, 0x82, 0x01, 0x02, 0xc1, 0x03, 0x81, 0x80)[:len(dst)+7]
		}),
	}
}

func BenchmarkCheck(b *testing.B) {
	for name, in := range samples() {
		b.Run(strings.ReplaceAll(name, " ", "_"), func(b *testing.B) {
			if err := abi.Check(in, abi.Limits{}); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				_ = abi.Check(in, abi.Limits{})
			}
		})
	}
}

func BenchmarkSkip(b *testing.B) {
	for _, name := range []string{"byte strings of 4 KiB", "one-byte integers", "small maps, unordered"} {
		in := samples()[name]
		b.Run(strings.ReplaceAll(name, " ", "_"), func(b *testing.B) {
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				_, _ = abi.Skip(in, 0)
			}
		})
	}
}

func BenchmarkFutures(b *testing.B) {
	for _, name := range []string{"byte strings of 4 KiB", "one-byte integers", "small maps, unordered"} {
		none := samples()[name]
		one := append([]byte{0x82}, none...)
		one = abi.AppendFuture(one, abi.ID{1})
		for kind, in := range map[string][]byte{"none": none, "one": one} {
			b.Run(strings.ReplaceAll(name, " ", "_")+"/"+kind, func(b *testing.B) {
				b.SetBytes(int64(len(in)))
				b.ReportAllocs()
				for b.Loop() {
					for range abi.Futures(in) {
					}
				}
			})
		}
	}
}

func BenchmarkParseResponse(b *testing.B) {
	small := abi.AppendValue(nil, abi.Raw("\xa1\x63sum\x18\x2a"))
	large := abi.AppendValue(nil, samples()["byte strings of 4 KiB"])
	failed := abi.AppendError(nil, &abi.GuestError{Code: "bad", Message: "no such page"})
	for name, in := range map[string][]byte{"small": small, "1MiB": large, "error": failed} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := abi.ParseResponse(in, abi.Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCheckHostile is what an attacker gets for 1 MiB.
func BenchmarkCheckHostile(b *testing.B) {
	// Keys inside of keys, each level out of order around all that is deeper.
	nested := []byte{0x40}
	big := abi.AppendBytes(nil, make([]byte, 1<<20))
	nested = append(append([]byte{0x82}, nested...), big...)
	for range 253 {
		nested = append(append([]byte{0xa2}, nested...), 0x00, 0x00, 0x00)
	}
	nested = append(append([]byte{0xa1}, nested...), 0x00)
	// Long keys that differ at the very end, in the worst order.
	long := abi.AppendHead(nil, abi.MajorMap, 1024)
	for i := range 1024 {
		k := append(bytes.Repeat([]byte{'a'}, 1020), strconv.Itoa(9999-i*7%1024)...)
		long = append(abi.AppendText(long, string(k)), 0)
	}
	for name, in := range map[string][]byte{"nested_keys": nested, "long_keys": long} {
		b.Run(name, func(b *testing.B) {
			if err := abi.Check(in, abi.Limits{}); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				_ = abi.Check(in, abi.Limits{})
			}
		})
	}
}
