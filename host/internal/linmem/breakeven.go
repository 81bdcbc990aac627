package linmem

import (
	"bytes"
	"time"
)

// tinyMax bounds what breakEven may answer: a memory that is compared is read in
// full, so its untouched pages become present.
const tinyMax = 4 << 16

// breakEven measures up to how many bytes comparing a memory is faster than the
// best method's question to the kernel: none where a system call takes a tenth of
// a microsecond, two wasm pages where it takes one. It takes about 20 us. A bad
// measurement costs time in later resets, never exactness.
func (p *platform) breakEven() int {
	best := p.methods[0]
	if best == MethodMadvise || best == MethodCopy {
		return tinyMax
	}
	const few = 2 // wasm pages, what a small guest has
	img, err := capture(p, make([]byte, few<<16), nil)
	if err != nil {
		return 0
	}
	defer img.Close()
	m, err := reserve(p, Config{Max: few << 16, Image: img, Method: best})
	if err != nil {
		return 0
	}
	defer m.Free()
	mem, still := m.Bytes(), make([]byte, few<<16)
	ask := fastest(func() { m.put(best) })
	look := fastest(func() { bytes.Equal(mem, still) })
	return min(tinyMax, int(int64(few<<16)*int64(ask)/max(int64(look), 1)))
}

// fastest returns the shortest of a few runs.
func fastest(f func()) time.Duration {
	least := time.Hour
	for range 6 {
		start := time.Now()
		f()
		least = min(least, time.Since(start))
	}
	return least
}
