package linmem_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/host/internal/linmem"
)

// wasmPage is the unit in which guests grow.
const wasmPage = 1 << 16

// each runs f once for every method that this machine has.
func each(t *testing.T, f func(t *testing.T, method linmem.Method)) {
	t.Helper()
	for _, m := range linmem.Methods() {
		t.Run(m.String(), func(t *testing.T) { f(t, m) })
	}
}

// pattern returns size bytes of which the first filled are not zero, with a hole
// of zeros in the middle when there is room for one.
func pattern(size, filled int) []byte {
	b := make([]byte, size)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range b[:filled] {
		b[i] = byte(1 + r.IntN(255))
	}
	if hole := filled / 3 &^ 4095; hole > 0 {
		clear(b[hole : 2*hole])
	}
	return b
}

// capture makes an image that the test closes.
func capture(t testing.TB, mem []byte) *linmem.Image {
	t.Helper()
	img, err := linmem.Capture(mem, nil)
	require.NoError(t, err)
	t.Cleanup(img.Close)
	return img
}

// reserve makes a memory that the test frees.
func reserve(t testing.TB, c linmem.Config) *linmem.Memory {
	t.Helper()
	m, err := linmem.Reserve(c)
	require.NoError(t, err)
	t.Cleanup(m.Free)
	return m
}

// same fails with the first offset at which the memory is not what it should be;
// require.Equal would print megabytes.
func same(t testing.TB, want, got []byte) {
	t.Helper()
	require.Len(t, got, len(want))
	if bytes.Equal(want, got) {
		return
	}
	for i := range want {
		if want[i] != got[i] {
			require.FailNow(t, "memory differs", "at %#x (host page %d): want %#x, got %#x", i, i/os.Getpagesize(), want[i], got[i])
		}
	}
}

func TestReset(t *testing.T) {
	shapes := []struct {
		name         string
		size, filled int
	}{
		{"it restores one full page", wasmPage, wasmPage},
		{"it restores a small memory with a tail of zeros", 2 * wasmPage, 5000},
		{"it restores a memory that is all zeros", 3 * wasmPage, 0},
		{"it restores a memory of a Go guest's size", 37 * wasmPage, 30*wasmPage + 17},
		{"it restores a memory with a long tail of zeros", 160 * wasmPage, 3 * wasmPage},
		{"it restores a memory that is no whole number of pages", wasmPage + 4097, wasmPage + 4097},
		{"it restores a memory of a few bytes", 3, 2},
		{"it restores an empty memory", 0, 0},
	}
	each(t, func(t *testing.T, method linmem.Method) {
		for _, s := range shapes {
			t.Run(s.name, func(t *testing.T) {
				want := pattern(s.size, s.filled)
				m := reserve(t, linmem.Config{Max: uint64(s.size) + wasmPage, Image: capture(t, want), Method: method})
				same(t, want, m.Bytes())
				r := rand.New(rand.NewPCG(3, uint64(s.size)))
				for round := range 40 {
					dirty(r, m.Bytes(), round)
					_, err := m.Reset()
					require.NoError(t, err)
					same(t, want, m.Bytes())
				}
			})
		}
	})
}

// dirty writes and reads at random: single bytes, runs, and now and then all.
func dirty(r *rand.Rand, b []byte, round int) {
	if len(b) == 0 {
		return
	}
	sum := byte(0)
	for range r.IntN(40) {
		sum += b[r.IntN(len(b))]
	}
	for range r.IntN(30) {
		b[r.IntN(len(b))] ^= 0x55 | sum
	}
	if round%5 == 1 {
		from := r.IntN(len(b))
		clear(b[from : from+r.IntN(len(b)-from)])
	}
	if round%10 == 3 {
		for i := range b {
			b[i]++
		}
	}
}

func TestResetCountsPages(t *testing.T) {
	page := os.Getpagesize()
	each(t, func(t *testing.T, method linmem.Method) {
		want := pattern(64*page, 32*page)
		m := reserve(t, linmem.Config{Max: uint64(len(want)), Image: capture(t, want), Method: method})
		b := m.Bytes()
		sum := byte(0)
		for i := 0; i < 32*page; i += page {
			sum |= b[i]
		}
		require.NotZero(t, sum)
		for _, p := range []int{1, 2, 31, 32, 63} {
			b[p*page]++
		}
		n, err := m.Reset()
		require.NoError(t, err)
		if method == linmem.MethodMadvise {
			require.Equal(t, 64, n)
		} else {
			require.Equal(t, 5, n, "pages of the image that were only read are not restored")
		}
		same(t, want, b)
	})
}

func TestGrow(t *testing.T) {
	each(t, func(t *testing.T, method linmem.Method) {
		m := reserve(t, linmem.Config{Max: 10 * wasmPage, Method: method})
		require.Empty(t, m.Bytes())
		b := m.Grow(2 * wasmPage)
		require.Len(t, b, 2*wasmPage)
		require.Equal(t, 2*wasmPage, cap(b), "nothing behind the size is offered")
		b[wasmPage] = 7
		c := m.Grow(9 * wasmPage)
		require.Len(t, c, 9*wasmPage)
		require.Same(t, &b[0], &c[0], "the address is stable")
		require.EqualValues(t, 7, c[wasmPage])
		require.EqualValues(t, 0, c[9*wasmPage-1])
		require.Len(t, m.Grow(wasmPage), 9*wasmPage, "a memory never shrinks")
		require.NoError(t, m.Refused())
		require.Nil(t, m.Grow(10*wasmPage+1))
		require.ErrorIs(t, m.Refused(), linmem.ErrMax)
		require.Nil(t, m.Grow(1<<63))
		require.Len(t, m.Bytes(), 9*wasmPage)
	})
}

func TestCaptureAfterGrowth(t *testing.T) {
	each(t, func(t *testing.T, method linmem.Method) {
		first := reserve(t, linmem.Config{Max: 64 * wasmPage, Method: method})
		copy(first.Grow(2*wasmPage), "data segment")
		first.Grow(20 * wasmPage)[15*wasmPage] = 1
		img := capture(t, first.Bytes())
		want := bytes.Clone(first.Bytes())
		require.EqualValues(t, 20*wasmPage, img.Size())
		require.NoError(t, first.Adopt(img), "the first instance joins the others")
		second := reserve(t, linmem.Config{Max: 64 * wasmPage, Image: img, Method: method})
		for _, m := range []*linmem.Memory{first, second} {
			b := m.Grow(2 * wasmPage)
			same(t, want, b)
			r := rand.New(rand.NewPCG(5, 6))
			for round := range 12 {
				dirty(r, b, round)
				_, err := m.Reset()
				require.NoError(t, err)
				same(t, want, b)
			}
		}
	})
}

func TestGrownMemory(t *testing.T) {
	each(t, func(t *testing.T, method linmem.Method) {
		want := pattern(3*wasmPage, 2*wasmPage)
		budget := linmem.NewBudget(64 * wasmPage)
		m := reserve(t, linmem.Config{Max: 32 * wasmPage, Image: capture(t, want), Budget: budget, Method: method})
		for round := range 3 {
			b := m.Grow(30 * wasmPage)
			same(t, make([]byte, 27*wasmPage), b[3*wasmPage:])
			for i := range b {
				b[i] = 0xEE
			}
			_, err := m.Reset()
			require.ErrorIs(t, err, linmem.ErrGrown)
			require.EqualValues(t, 30*wasmPage, budget.Used())
			require.NoError(t, m.Recycle())
			same(t, want, m.Bytes())
			if round == 1 {
				require.NoError(t, m.Trim())
				require.EqualValues(t, 3*wasmPage, budget.Used(), "nothing is kept")
				same(t, want, m.Bytes())
			}
		}
		b := m.Grow(30 * wasmPage)
		same(t, make([]byte, 27*wasmPage), b[3*wasmPage:])
	})
}

func TestTrim(t *testing.T) {
	each(t, func(t *testing.T, method linmem.Method) {
		want := pattern(20*wasmPage, 10*wasmPage)
		m := reserve(t, linmem.Config{Max: 20 * wasmPage, Image: capture(t, want), Method: method})
		for i := range m.Bytes() {
			m.Bytes()[i]--
		}
		require.NoError(t, m.Trim())
		same(t, want, m.Bytes())
		n, err := m.Reset()
		require.NoError(t, err)
		if method == linmem.MethodScan {
			// A kernel may back zeros that are read by pages of their own.
			require.LessOrEqual(t, n, 10*wasmPage/os.Getpagesize(), "a trimmed memory has no private page of the image")
		}
	})
}

func TestFree(t *testing.T) {
	budget := linmem.NewBudget(1 << 30)
	img, err := linmem.Capture(pattern(4*wasmPage, 2*wasmPage), budget)
	require.NoError(t, err)
	stored := img.Stored()
	require.EqualValues(t, 2*wasmPage, stored)
	m, err := linmem.Reserve(linmem.Config{Max: 8 * wasmPage, Image: img, Budget: budget})
	require.NoError(t, err)
	require.EqualValues(t, stored+4*wasmPage, budget.Used())
	img.Close()
	img.Close()
	_, err = m.Reset()
	require.NoError(t, err, "a memory keeps its image alive")
	m.Free()
	m.Free()
	require.Zero(t, budget.Used(), "the last memory takes the image along")
	require.Nil(t, m.Bytes())
	require.Nil(t, m.Grow(1))
	require.ErrorIs(t, m.Refused(), linmem.ErrFreed)
	_, err = m.Reset()
	require.ErrorIs(t, err, linmem.ErrFreed)
	require.ErrorIs(t, m.Trim(), linmem.ErrFreed)
	require.ErrorIs(t, m.Recycle(), linmem.ErrFreed)
	require.ErrorIs(t, m.Adopt(img), linmem.ErrFreed)
	_, err = linmem.Reserve(linmem.Config{Max: 8 * wasmPage, Image: img})
	require.ErrorIs(t, err, linmem.ErrFreed, "a closed image makes no more memories")
}

func TestAdoptLetsGo(t *testing.T) {
	budget := linmem.NewBudget(1 << 30)
	m := reserve(t, linmem.Config{Max: 4 * wasmPage})
	m.Grow(4 * wasmPage)[0] = 1
	for range 3 {
		img, err := m.Capture(budget)
		require.NoError(t, err)
		require.NoError(t, m.Adopt(img))
		require.NoError(t, m.Adopt(img), "an image may be adopted again")
		img.Close()
		require.Equal(t, img.Stored(), budget.Used(), "the image before is gone")
	}
	m.Free()
	require.Zero(t, budget.Used())
}

func TestMisuse(t *testing.T) {
	m := reserve(t, linmem.Config{Max: wasmPage})
	_, err := m.Reset()
	require.ErrorIs(t, err, linmem.ErrNoImage)
	require.ErrorIs(t, m.Trim(), linmem.ErrNoImage)
	require.ErrorIs(t, m.Recycle(), linmem.ErrNoImage)
	big := capture(t, make([]byte, 2*wasmPage))
	require.ErrorIs(t, m.Adopt(big), linmem.ErrMax)
	_, err = linmem.Reserve(linmem.Config{Max: wasmPage, Image: big})
	require.ErrorIs(t, err, linmem.ErrMax)
	_, err = linmem.Reserve(linmem.Config{Max: 1 << 63})
	require.ErrorIs(t, err, linmem.ErrMax)
	_, err = linmem.Reserve(linmem.Config{Method: linmem.MethodCopy + 1})
	require.ErrorIs(t, err, linmem.ErrMethod)
}
