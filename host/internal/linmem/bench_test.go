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

// BenchmarkResetAfterReading resets a memory of which a task has read everything
// and written one page: the kernel's walk over pages that are there.
func BenchmarkResetAfterReading(b *testing.B) {
	for _, mib := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("%dMiB", mib), func(b *testing.B) {
			size := mib << 20
			img := capture(b, pattern(size, size))
			m := reserve(b, linmem.Config{Max: img.Size(), Image: img, Method: linmem.Best()})
			sum := byte(0)
			for i := 0; i < size; i += os.Getpagesize() {
				sum += m.Bytes()[i]
			}
			for b.Loop() {
				m.Bytes()[0] += sum | 1
				if _, err := m.Reset(); err != nil {
					require.NoError(b, err)
				}
			}
		})
	}
}

// BenchmarkResetParallel resets on all cores, each its own memory of one image.
func BenchmarkResetParallel(b *testing.B) {
	img := capture(b, pattern(37*wasmPage, 30*wasmPage))
	at := spread(37*wasmPage, 15)
	b.RunParallel(func(pb *testing.PB) {
		m := reserve(b, linmem.Config{Max: img.Size(), Image: img, Method: linmem.Best()})
		for pb.Next() {
			for _, i := range at {
				m.Bytes()[i]++
			}
			if _, err := m.Reset(); err != nil {
				b.Error(err)
			}
		}
	})
}

// BenchmarkMake makes and frees a memory of a Go guest, and recycles one that has
// grown, with 15 pages written each time.
func BenchmarkMake(b *testing.B) {
	img := capture(b, pattern(37*wasmPage, 30*wasmPage))
	at := spread(37*wasmPage, 15)
	b.Run("free", func(b *testing.B) {
		for b.Loop() {
			m, err := linmem.Reserve(linmem.Config{Max: 1 << 30, Image: img})
			require.NoError(b, err)
			for _, i := range at {
				m.Bytes()[i]++
			}
			m.Free()
		}
	})
	b.Run("recycle", func(b *testing.B) {
		m := reserve(b, linmem.Config{Max: 1 << 30, Image: img})
		for b.Loop() {
			m.Grow(40 * wasmPage)[39*wasmPage]++
			for _, i := range at {
				m.Bytes()[i]++
			}
			require.NoError(b, m.Recycle())
		}
	})
	b.Run("empty", func(b *testing.B) {
		for b.Loop() {
			m, err := linmem.Reserve(linmem.Config{Max: 1 << 30, Image: img})
			require.NoError(b, err)
			m.Free()
		}
	})
}

// BenchmarkCapture captures a Go guest.
func BenchmarkCapture(b *testing.B) {
	mem := pattern(37*wasmPage, 30*wasmPage)
	for b.Loop() {
		img, err := linmem.Capture(mem, nil)
		require.NoError(b, err)
		img.Close()
	}
}
