package linmem_test

import (
	"fmt"

	"github.com/pledge-wasm/pledge/host/internal/linmem"
)

// A memory is set up once, captured, and from then on returns to what it was.
func Example() {
	budget := linmem.NewBudget(1 << 20)
	m, err := linmem.Reserve(linmem.Config{Max: 4 << 16, Budget: budget})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer m.Free()
	copy(m.Grow(2<<16), "pristine")

	img, err := m.Capture(budget)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer img.Close()
	if err := m.Adopt(img); err != nil {
		fmt.Println(err)
		return
	}

	copy(m.Bytes(), "a task's secret")
	if _, err := m.Reset(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%q\n", m.Bytes()[:16])
	// Output: "pristine\x00\x00\x00\x00\x00\x00\x00\x00"
}
