package linmem_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/host/internal/linmem"
)

func TestBudget(t *testing.T) {
	b := linmem.NewBudget(100)
	require.NoError(t, b.Reserve(60))
	require.NoError(t, b.Reserve(40), "the last byte may be had")
	err := b.Reserve(1)
	var full *linmem.BudgetError
	require.ErrorAs(t, err, &full)
	require.Equal(t, linmem.BudgetError{Requested: 1, Used: 100, Limit: 100}, *full)
	b.Release(60)
	require.Error(t, b.Reserve(^uint64(0)), "a sum that overflows is refused")
	require.EqualValues(t, 40, b.Used())
	require.EqualValues(t, 100, b.Limit())
	require.PanicsWithValue(t, "linmem: budget released 1 bytes more than it held", func() { b.Release(41) })
}

func TestNilBudget(t *testing.T) {
	var b *linmem.Budget
	require.NoError(t, b.Reserve(1<<60))
	b.Release(1 << 61)
	require.Zero(t, b.Used())
	require.Zero(t, b.Limit())
}

func TestBudgetIsNeverExceeded(t *testing.T) {
	b := linmem.NewBudget(10)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 2000 {
				if b.Reserve(3) == nil {
					if used := b.Used(); used > 10 {
						t.Errorf("%d bytes of 10 in use", used)
					}
					b.Release(3)
				}
			}
		})
	}
	wg.Wait()
	require.Zero(t, b.Used())
}

func TestBudgetOfMemories(t *testing.T) {
	each(t, func(t *testing.T, method linmem.Method) {
		budget := linmem.NewBudget(5 * wasmPage)
		m := reserve(t, linmem.Config{Max: 1 << 30, Budget: budget, Method: method})
		require.Zero(t, budget.Used(), "address space is free")
		require.NotNil(t, m.Grow(3*wasmPage))
		require.Nil(t, m.Grow(6*wasmPage))
		var full *linmem.BudgetError
		require.ErrorAs(t, m.Refused(), &full)
		require.EqualValues(t, 3*wasmPage, budget.Used())
		require.NotNil(t, m.Grow(5*wasmPage), "a refusal changes nothing")

		img := capture(t, pattern(wasmPage, wasmPage))
		_, err := linmem.Reserve(linmem.Config{Max: wasmPage, Image: img, Budget: budget, Method: method})
		require.ErrorAs(t, err, &full)
		_, err = linmem.Capture(pattern(wasmPage, 1), budget)
		require.ErrorAs(t, err, &full)
		require.EqualError(t, full, "linmem: budget of 320 KiB refuses 4 KiB: 320 KiB in use; raise the memory budget of the host or run fewer tasks at once")
		require.NoError(t, m.Adopt(img), "an image smaller than the memory needs no more room")
		require.EqualValues(t, wasmPage, budget.Used())
		m.Free()
		require.Zero(t, budget.Used())
	})
}

func TestRest(t *testing.T) {
	each(t, func(t *testing.T, method linmem.Method) {
		want := pattern(4*wasmPage, 2*wasmPage)
		img := capture(t, want)
		budget := linmem.NewBudget(6 * wasmPage)
		m := reserve(t, linmem.Config{Max: 5 * wasmPage, Image: img, Budget: budget, Method: method})
		require.NoError(t, m.Wake(), "what is awake stays so")
		m.Bytes()[7]++
		require.NoError(t, m.Rest())
		require.NoError(t, m.Rest(), "twice is harmless")
		same(t, want, m.Bytes())
		if budget.Used() != 0 {
			require.False(t, img.Shared() && linmem.Best() != linmem.MethodCopy, "only what keeps its pages stays charged")
			return
		}
		other := reserve(t, linmem.Config{Max: 3 * wasmPage, Budget: budget, Method: method})
		require.NotNil(t, other.Grow(3*wasmPage))
		var full *linmem.BudgetError
		require.ErrorAs(t, m.Wake(), &full)
		require.Nil(t, m.Grow(5*wasmPage))
		require.ErrorAs(t, m.Recycle(), &full)
		other.Free()
		require.NoError(t, m.Wake())
		require.NoError(t, m.Wake())
		require.EqualValues(t, 4*wasmPage, budget.Used())
		m.Bytes()[7]++
		_, err := m.Reset()
		require.NoError(t, err)
		same(t, want, m.Bytes())
		require.NoError(t, m.Rest())
		require.NotNil(t, m.Grow(5*wasmPage), "growth wakes")
		require.EqualValues(t, 5*wasmPage, budget.Used())
		require.NoError(t, m.Recycle())
		require.NoError(t, m.Rest())
		m.Free()
		require.Zero(t, budget.Used())
	})
}
