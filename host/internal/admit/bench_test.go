package admit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/host/internal/admit"
	"github.com/pledge-wasm/pledge/host/internal/hostile"
	. "github.com/pledge-wasm/pledge/internal/wasmtest"
)

// BenchmarkCheck measures admission of a file that is mostly code, in bytes of
// module. On a 2-core x86-64 machine: 150 MB/s of code; files with data and
// names are read three times as fast.
func BenchmarkCheck(b *testing.B) {
	g := NewGuest()
	for i := range 400 {
		script := make([]byte, 200)
		for j := range script {
			script[j] = byte(i*31 + j*j*7)
		}
		g.Func(In(I32), Locals(20, I32), body(script))
	}
	g.Only(g.Echo())
	file := g.Bytes()
	_, err := admit.Check(file, admit.Limits{}, allow())
	require.NoError(b, err)
	a := allow()
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := admit.Check(file, admit.Limits{}, a); err != nil {
			b.Fatal(err)
		}
	}
}

// body is code such as compilers write: short blocks, few locals alive.
func body(script []byte) Code {
	var code Code
	for _, x := range script {
		i, k := uint32(x%20), uint32(x/13%20)
		code += LocalGet(i) + I32Const(int32(x)) + I32Add + LocalTee(k) + Load32(uint32(x)) + LocalSet(i)
		if x%7 == 0 {
			code += Block(Empty, LocalGet(k), I32Eqz, BrIf(0), LocalGet(i), LocalGet(k), Store32(8))
		}
	}
	return code
}

// BenchmarkRefuse measures how soon the costliest bombs are refused.
func BenchmarkRefuse(b *testing.B) {
	for _, bomb := range hostile.Bombs {
		file := bomb.Wasm(bomb.Sizes...)
		b.Run(bomb.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := admit.Check(file, admit.Limits{}, allow()); err == nil {
					b.Fatal("admitted")
				}
			}
		})
	}
}
