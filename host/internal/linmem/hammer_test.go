package linmem_test

import (
	"bytes"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/pledge-wasm/pledge/host/internal/linmem"
)

// TestHammer lets instances of one image come, work, grow and go at once, while
// the image's maker leaves early.
func TestHammer(t *testing.T) {
	each(t, func(t *testing.T, method linmem.Method) {
		want := pattern(6*wasmPage, 4*wasmPage)
		budget := linmem.NewBudget(1 << 30)
		img, err := linmem.Capture(want, budget)
		if err != nil {
			t.Fatal(err)
		}
		var wg, ready sync.WaitGroup
		for worker := range 8 {
			ready.Add(1)
			wg.Go(func() {
				r := rand.New(rand.NewPCG(9, uint64(worker)))
				m, err := linmem.Reserve(linmem.Config{Max: 8 * wasmPage, Image: img, Budget: budget, Method: method})
				ready.Done()
				if err != nil {
					t.Error(err)
					return
				}
				defer m.Free()
				for round := range 30 {
					if round%10 == 9 {
						clear(m.Grow(8 * wasmPage))
						err = m.Recycle()
					} else {
						dirty(r, m.Bytes(), round)
						_, err = m.Reset()
					}
					if err != nil || !bytes.Equal(want, m.Bytes()) {
						t.Errorf("worker %d, round %d: not the image, error %v", worker, round, err)
						return
					}
				}
			})
		}
		ready.Wait()
		img.Close()
		wg.Wait()
		if used := budget.Used(); used != 0 {
			t.Errorf("%d bytes are still charged", used)
		}
	})
}
