package linmem_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/host/internal/linmem"
)

// BenchmarkReset writes one byte in each of so many host pages, spread at random,
// and resets; one operation is both.
func BenchmarkReset(b *testing.B) {
	shapes := []struct {
		name         string
		size, filled int
		written      []int
	}{
		{"64KiB", wasmPage, wasmPage, []int{1, 3}},
		{"small", 2 * wasmPage, 20000, []int{0, 1, 3}},
		{"256KiB", 4 * wasmPage, 2 * wasmPage, []int{3}},
		{"go", 37 * wasmPage, 30 * wasmPage, []int{0, 15, 64, 150}},
		{"16MiB", 16 << 20, 8 << 20, []int{15, 150}},
		{"256MiB", 256 << 20, 16 << 20, []int{1, 15, 1000}},
		{"1GiB", 1 << 30, 16 << 20, []int{1, 15, 100, 1000, 10000}},
	}
	for _, method := range append(linmem.Methods(), linmem.MethodAuto) {
		for _, s := range shapes {
			if s.size > 16<<20 && method == linmem.MethodCopy {
				continue
			}
			for _, n := range s.written {
				b.Run(fmt.Sprintf("%v/%s/%d", method, s.name, n), func(b *testing.B) {
					img := capture(b, pattern(s.size, s.filled))
					benchmarkReset(b, method, img, spread(s.size, n))
				})
			}
		}
	}
}

// spread returns n offsets in different host pages.
func spread(size, n int) []int {
	r := rand.New(rand.NewPCG(7, 8))
	all := size / os.Getpagesize()
	var at []int
	for _, p := range r.Perm(all)[:n] {
		at = append(at, p*os.Getpagesize())
	}
	return at
}

func benchmarkReset(b *testing.B, method linmem.Method, img *linmem.Image, at []int) {
	m := reserve(b, linmem.Config{Max: img.Size(), Image: img, Method: method})
	mem := m.Bytes()
	b.ReportAllocs()
	pages := 0
	round := func() {
		for _, i := range at {
			mem[i]++
		}
		n, err := m.Reset()
		if err != nil {
			require.NoError(b, err)
		}
		pages += n
	}
	round()
	pages = 0
	for b.Loop() {
		round()
	}
	b.ReportMetric(float64(pages)/float64(b.N), "pages/op")
}
