package linmem

import (
	"bytes"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestSealed wants that nobody can change an image through its descriptor.
func TestSealed(t *testing.T) {
	img, err := Capture(filled(), nil)
	require.NoError(t, err)
	defer img.Close()
	require.True(t, img.Shared())
	_, err = unix.Pwrite(img.fd, []byte{1}, 0)
	require.ErrorIs(t, err, unix.EPERM)
	require.ErrorIs(t, unix.Ftruncate(img.fd, 0), unix.EPERM)
	require.ErrorIs(t, unix.Ftruncate(img.fd, 1<<20), unix.EPERM)
	_, err = unix.FcntlInt(uintptr(img.fd), unix.F_ADD_SEALS, unix.F_SEAL_FUTURE_WRITE)
	require.ErrorIs(t, err, unix.EPERM)
	_, err = unix.Mmap(img.fd, 0, pageSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	require.ErrorIs(t, err, unix.EPERM)
	flags, err := unix.FcntlInt(uintptr(img.fd), unix.F_GETFD, 0)
	require.NoError(t, err)
	require.NotZero(t, flags&unix.FD_CLOEXEC)
}

// faults reports whether reading b[i] does.
func faults(b []byte, i int) (faulted bool) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() { faulted = recover() != nil }()
	sink = b[i]
	return false
}

// sink keeps a read from being left out.
var sink byte

func TestGuard(t *testing.T) {
	img, err := Capture(filled(), nil)
	require.NoError(t, err)
	defer img.Close()
	for _, c := range []Config{{Max: 1 << 20}, {Max: 1 << 20, Image: img}, {Max: img.Size(), Image: img}} {
		m, err := Reserve(c)
		require.NoError(t, err)
		require.True(t, faults(m.space, m.size), "it stops at the end")
		require.True(t, faults(m.space, len(m.space)-1), "it stops behind the maximum")
		size := m.size
		if m.Grow(c.Max) != nil && m.size > 0 {
			require.False(t, faults(m.space, m.size-1))
		}
		require.True(t, faults(m.space, m.size), "it stops at the end after growth")
		if c.Image != nil {
			require.NoError(t, m.Recycle())
			require.NoError(t, m.Trim())
			require.True(t, faults(m.space, size), "it takes back what was granted")
		}
		m.Free()
	}
	view := img.data
	require.False(t, faults(view, 0))
}

// TestKeep wants what was grown to be there for the next growth, cleared, and no
// more of it than is worth keeping.
func TestKeep(t *testing.T) {
	img, err := Capture(filled(), nil)
	require.NoError(t, err)
	defer img.Close()
	budget := NewBudget(1 << 30)
	m, err := Reserve(Config{Max: 4 * keepMax, Image: img, Budget: budget})
	require.NoError(t, err)
	defer m.Free()
	private := func() (n int) {
		var found extents
		require.NoError(t, m.private(MethodPagemap, pages(img.size), m.charged, &found))
		for _, e := range found {
			n += e.to - e.from
		}
		return n
	}
	for _, size := range []uint64{1 << 20, 3 << 20, 1 << 20, 4 * keepMax, 1 << 20} {
		b := m.Grow(size)
		for i := img.size; i < len(b); i += pageSize {
			require.Zero(t, b[i])
			b[i] = 0xEE
		}
		require.NoError(t, m.Recycle())
		require.EqualValues(t, m.charged, budget.Used())
		require.LessOrEqual(t, m.charged, pages(img.size)+keepMax)
		require.GreaterOrEqual(t, m.charged, min(int(size), keepMax), "it stays")
		require.GreaterOrEqual(t, private(), min(int(size), keepMax)-img.size, "with its pages")
		require.True(t, faults(m.space, m.charged), "and nothing else")
	}
	require.NoError(t, m.Rest())
	require.Zero(t, budget.Used())
	require.Equal(t, m.granted(), m.charged, "a memory that rests keeps nothing")
	require.NoError(t, m.Wake())
	require.Zero(t, m.Grow(2 << 20)[2<<20-1])
}

// TestSwapped resets pages that the kernel was asked to move out, which machines
// without swap do with pages of the image only.
func TestSwapped(t *testing.T) {
	for _, method := range Methods() {
		img, err := Capture(filled(), nil)
		require.NoError(t, err)
		m, err := Reserve(Config{Max: img.Size(), Image: img, Method: method})
		require.NoError(t, err)
		for range 3 {
			m.Bytes()[pageSize]++
			m.Bytes()[3*pageSize]++
			_ = unix.Madvise(m.Bytes(), unix.MADV_PAGEOUT)
			_ = unix.Madvise(img.data, unix.MADV_PAGEOUT)
			_, err = m.Reset()
			require.NoError(t, err)
			require.True(t, bytes.Equal(filled(), m.Bytes()), method)
		}
		m.Free()
		img.Close()
	}
}

// TestSwapEntries wants pages that are swapped out to count as private.
func TestSwapEntries(t *testing.T) {
	require.True(t, private(entrySwapped))
	require.True(t, private(entryPresent))
	require.False(t, private(entryPresent|entryFile))
	require.False(t, private(entrySwapped|entryFile))
	require.False(t, private(0))
}

// holdings is what a process can leak.
type holdings struct{ files, mappings, resident int }

func measure(t *testing.T) holdings {
	t.Helper()
	runtime.GC()
	debug.FreeOSMemory()
	fds, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	maps, err := os.ReadFile("/proc/self/maps")
	require.NoError(t, err)
	statm, err := os.ReadFile("/proc/self/statm")
	require.NoError(t, err)
	resident, err := strconv.Atoi(strings.Fields(string(statm))[1])
	require.NoError(t, err)
	return holdings{len(fds), bytes.Count(maps, []byte("\n")), resident * pageSize}
}

// TestNothingIsLeft runs 100,000 cycles of each method, every hundredth with an
// image and a memory of its own; fewer where each costs page faults.
func TestNothingIsLeft(t *testing.T) {
	for _, method := range Methods() {
		t.Run(method.String(), func(t *testing.T) {
			img, err := Capture(filled(), nil)
			require.NoError(t, err)
			defer img.Close()
			m, err := Reserve(Config{Max: 1 << 30, Image: img, Method: method})
			require.NoError(t, err)
			defer m.Free()
			cycles := 100_000
			if method == MethodMadvise {
				cycles = 10_000
			}
			var before holdings
			for i := range cycles {
				if i == cycles/10 {
					before = measure(t)
				}
				m.Bytes()[(i%4)*pageSize]++
				if _, err := m.Reset(); err != nil {
					require.NoError(t, err)
				}
				if i%100 == 0 {
					passing(t, method)
				}
			}
			after := measure(t)
			require.LessOrEqual(t, after.files, before.files)
			require.LessOrEqual(t, after.mappings, before.mappings+8, "the Go heap may add a few")
			require.LessOrEqual(t, after.resident, before.resident+4<<20)
		})
	}
}

// passing makes and frees an image and a memory that grows.
func passing(t *testing.T, method Method) {
	img, err := Capture(filled(), nil)
	require.NoError(t, err)
	m, err := Reserve(Config{Max: 1 << 20, Image: img, Method: method})
	require.NoError(t, err)
	m.Grow(1 << 18)[1<<17]++
	require.NoError(t, m.Recycle())
	img.Close()
	m.Free()
}

// TestFarApart resets single pages strewn over a gigabyte, more than one answer of
// the kernel holds.
func TestFarApart(t *testing.T) {
	first, err := Reserve(Config{Max: 1 << 30})
	require.NoError(t, err)
	defer first.Free()
	first.Grow(1 << 20)[1<<19] = 1
	small, err := Capture(first.Bytes(), nil)
	require.NoError(t, err)
	defer small.Close()
	for _, method := range Methods() {
		if method == MethodCopy {
			continue // reads the gigabyte
		}
		m, err := Reserve(Config{Max: 1 << 30, Image: &Image{sys: small.sys, size: 1 << 30, data: small.data, fd: small.fd}, Method: method})
		require.ErrorIs(t, err, ErrFreed, "an image without a maker makes nothing")
		require.Nil(t, m)
		wide := &Image{sys: small.sys, size: 1 << 30, data: small.data, fd: small.fd}
		wide.refs.Store(math.MaxInt32)
		m, err = Reserve(Config{Max: 1 << 30, Image: wide, Method: method})
		require.NoError(t, err)
		const step = 1 << 21
		for round := range 2 {
			for at := round * pageSize; at < 1<<30; at += step {
				m.Bytes()[at] = 0xAA
			}
			n, err := m.Reset()
			require.NoError(t, err)
			require.GreaterOrEqual(t, n, 1<<30/step)
			for at := round * pageSize; at < 1<<30; at += step {
				require.Zero(t, m.Bytes()[at])
			}
			require.EqualValues(t, 1, m.Bytes()[1<<19])
		}
		m.Free()
	}
}

// TestCaptureTouchesLittle captures a gigabyte with two bytes in it, and again with
// a third.
func TestCaptureTouchesLittle(t *testing.T) {
	noScan := faulty(func(p *platform) { p.scan, p.methods = nil, []Method{MethodPagemap} })
	failing := faulty(func(p *platform) {
		p.scan = func([]byte, bool, []region) (int, int, error) { return 0, 0, errInjected }
	})
	for _, p := range []*platform{native(), noScan, failing} {
		m, err := reserve(p, Config{Max: 1 << 30})
		require.NoError(t, err)
		b := m.Grow(1 << 30)
		b[5], b[1<<29] = 1, 2
		first, err := m.Capture(nil)
		require.NoError(t, err)
		require.EqualValues(t, 1<<29+pageSize, first.Stored())
		var private extents
		require.NoError(t, m.private(MethodPagemap, 0, m.granted(), &private))
		touched := 0
		for _, e := range private {
			touched += e.to - e.from
		}
		require.LessOrEqual(t, touched, 2*hugePage, "what was never touched is not touched")
		require.NoError(t, m.Adopt(first))
		b[1<<29+7*pageSize] = 3
		second, err := m.Capture(nil)
		require.NoError(t, err)
		require.EqualValues(t, 1<<29+8*pageSize, second.Stored())
		require.NoError(t, m.Adopt(second))
		first.Close()
		require.EqualValues(t, []byte{1, 2, 3}, []byte{b[5], b[1<<29], b[1<<29+7*pageSize]})
		second.Close()
		m.Free()
		_, err = m.Capture(nil)
		require.ErrorIs(t, err, ErrFreed)
	}
}

// TestUnread wants a memory that one task has read in full to forget that.
func TestUnread(t *testing.T) {
	full := make([]byte, 4*readsMin*pageSize)
	for i := 0; i < len(full); i += pageSize {
		full[i] = 1
	}
	img, err := Capture(full, nil)
	require.NoError(t, err)
	defer img.Close()
	m, err := Reserve(Config{Max: img.Size(), Image: img, Method: Best()})
	require.NoError(t, err)
	defer m.Free()
	require.True(t, bytes.Equal(full, m.Bytes()))
	there := func() (n int) {
		entries := make([]uint64, 4*readsMin)
		_, err := m.sys.entries(m.Bytes(), entries)
		require.NoError(t, err)
		for _, e := range entries {
			n += int(e >> 63)
		}
		return n
	}
	require.Greater(t, there(), 2*readsMin)
	for range readsEvery {
		m.Bytes()[9]++
		_, err := m.Reset()
		require.NoError(t, err)
	}
	require.Less(t, there(), readsMin)
	require.True(t, bytes.Equal(full, m.Bytes()))
}

// TestMethodsOfThisKernel wants every method to be offered that the kernel's
// version has, and each to do its work without falling back.
func TestMethodsOfThisKernel(t *testing.T) {
	require.Subset(t, Methods(), []Method{MethodMadvise, MethodCopy})
	var name unix.Utsname
	require.NoError(t, unix.Uname(&name))
	parts := strings.SplitN(unix.ByteSliceToString(name.Release[:]), ".", 3)
	major, err := strconv.Atoi(parts[0])
	require.NoError(t, err)
	minor, err := strconv.Atoi(parts[1])
	require.NoError(t, err)
	if _, err := os.Stat("/proc/self/pagemap"); err == nil {
		require.Contains(t, Methods(), MethodPagemap)
		if major > 6 || major == 6 && minor >= 7 {
			require.Equal(t, MethodScan, Best())
		}
	}
	img, err := Capture(filled(), nil)
	require.NoError(t, err)
	defer img.Close()
	for _, method := range Methods() {
		m, err := Reserve(Config{Max: img.Size(), Image: img, Method: method})
		require.NoError(t, err)
		for range 3 {
			m.Bytes()[9]++
			m.Bytes()[3*pageSize]++
			_, err = m.put(method)
			require.NoError(t, err)
			require.True(t, bytes.Equal(filled(), m.Bytes()), method)
		}
		m.Free()
	}
}

// TestHugePages resets memory in which the kernel was asked for huge pages.
func TestHugePages(t *testing.T) {
	p := faulty(func(p *platform) {
		p.reserve = func(n int) ([]byte, error) {
			b, err := reserveSpace(n)
			if err == nil {
				_ = unix.Madvise(b, unix.MADV_HUGEPAGE)
			}
			return b, err
		}
	})
	mem := make([]byte, 8<<20)
	copy(mem, filled())
	img, err := capture(p, mem, nil)
	require.NoError(t, err)
	defer img.Close()
	for _, method := range Methods() {
		m, err := reserve(p, Config{Max: 8 << 20, Image: img, Method: method})
		require.NoError(t, err)
		for range 3 {
			m.Bytes()[9]++
			for at := 1 << 20; at < 8<<20; at += 1<<20 + pageSize {
				m.Bytes()[at]++
			}
			_, err = m.put(method)
			require.NoError(t, err)
			require.True(t, bytes.Equal(mem, m.Bytes()), method)
		}
		m.Free()
	}
}
