package linmem

import (
	"bytes"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

// errInjected is what a faulty system answers.
var errInjected = errors.New("injected")

// faulty returns the native platform with changes made to it.
func faulty(change func(*platform)) *platform {
	p := *native()
	change(&p)
	return &p
}

// filled returns four pages, the first two of which are not zero.
func filled() []byte {
	b := make([]byte, 4*pageSize)
	for i := range b[:2*pageSize] {
		b[i] = byte(i | 1)
	}
	return b
}

func TestFaultsWhenMaking(t *testing.T) {
	tests := []struct {
		name   string
		op     string
		change func(*platform)
	}{
		{"it names a reservation that was refused", "reserve", func(p *platform) {
			p.reserve = func(int) ([]byte, error) { return nil, errInjected }
		}},
		{"it names a commit that was refused", "commit", func(p *platform) {
			p.commit = func([]byte) error { return errInjected }
		}},
		{"it names a mapping that was refused", "map", func(p *platform) {
			p.share = func([]byte, int) error { return errInjected }
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := faulty(tt.change)
			if tt.op == "map" && native().share == nil {
				// A system that shares nothing cannot be refused it.
				return
			}
			budget := NewBudget(1 << 20)
			img, err := capture(p, filled(), budget)
			require.NoError(t, err)
			_, err = reserve(p, Config{Max: 1 << 20, Image: img, Budget: budget})
			var refused *Error
			require.ErrorAs(t, err, &refused)
			require.Equal(t, tt.op, refused.Op)
			require.NotEmpty(t, remedies[refused.Op])
			require.ErrorIs(t, err, errInjected)
			img.Close()
			require.Zero(t, budget.Used(), "nothing stays charged")
		})
	}
}

func TestFaultWhenGrowing(t *testing.T) {
	p := faulty(func(p *platform) { p.commit = func([]byte) error { return errInjected } })
	budget := NewBudget(1 << 20)
	m, err := reserve(p, Config{Max: 1 << 20, Budget: budget})
	require.NoError(t, err)
	defer m.Free()
	require.Nil(t, m.Grow(1<<16))
	require.ErrorIs(t, m.Refused(), errInjected)
	require.EqualError(t, m.Refused(), "linmem: commit 64 KiB: injected; run fewer tasks at once or give the machine more memory")
	require.Zero(t, budget.Used())
}

func TestFaultWhenRecycling(t *testing.T) {
	p := faulty(func(p *platform) { p.decommit = func([]byte) error { return errInjected } })
	img, err := capture(p, filled(), nil)
	require.NoError(t, err)
	defer img.Close()
	m, err := reserve(p, Config{Max: 2 * keepMax, Image: img})
	require.NoError(t, err)
	defer m.Free()
	require.NotNil(t, m.Grow(2*keepMax))
	require.ErrorIs(t, m.Recycle(), errInjected)
}

// TestFaultWhenKeeping wants nothing to be kept where what was written is not
// known.
func TestFaultWhenKeeping(t *testing.T) {
	p := faulty(func(p *platform) {
		p.scan = func([]byte, bool, []region) (int, int, error) { return 0, 0, errInjected }
		p.entries = func([]byte, []uint64) (int, error) { return 0, errInjected }
	})
	img, err := capture(p, filled(), nil)
	require.NoError(t, err)
	defer img.Close()
	m, err := reserve(p, Config{Max: 1 << 20, Image: img})
	require.NoError(t, err)
	defer m.Free()
	m.Grow(1 << 20)[1<<20-1] = 1
	require.NoError(t, m.Recycle())
	require.Equal(t, m.granted(), m.charged)
	require.Zero(t, m.Grow(1 << 20)[1<<20-1])
}

func TestFaultWhenSealing(t *testing.T) {
	p := faulty(func(p *platform) {
		p.seal = func(int, []Piece) (int, []byte, error) { return -1, nil, errInjected }
	})
	img, err := capture(p, filled(), nil)
	require.NoError(t, err, "the image is kept on the heap instead")
	require.False(t, img.Shared())
	exercise(t, p, img)
	img.Close()
}

func TestFaultsWhenResetting(t *testing.T) {
	noScan := func(p *platform) {
		p.scan = func([]byte, bool, []region) (int, int, error) { return 0, 0, errInjected }
	}
	halfScan := func(p *platform) {
		scan, calls := p.scan, 0
		p.scan = func(b []byte, shared bool, vec []region) (int, int, error) {
			if calls++; calls%2 == 0 || scan == nil {
				return 0, 0, errInjected
			}
			return scan(b, shared, vec[:1])
		}
	}
	noList := func(p *platform) {
		p.entries = func([]byte, []uint64) (int, error) { return 0, errInjected }
	}
	noDiscard := func(p *platform) {
		p.discard = func([]byte) error { return errInjected }
	}
	tests := []struct {
		name    string
		changes []func(*platform)
	}{
		{"it lists when the scan is refused", []func(*platform){noScan}},
		{"it finishes what a scan has begun", []func(*platform){halfScan}},
		{"it gives back when neither is allowed", []func(*platform){noScan, noList}},
		{"it compares when nothing is allowed", []func(*platform){noScan, noList, noDiscard}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := faulty(func(p *platform) {
				for _, change := range tt.changes {
					change(p)
				}
			})
			for _, mem := range [][]byte{filled(), make([]byte, 1<<16)} {
				img, err := capture(p, mem, nil)
				require.NoError(t, err)
				exercise(t, p, img)
				img.Close()
			}
		})
	}
}

// exercise resets memories of an image by every method that p has functions for.
func exercise(t *testing.T, p *platform, img *Image) {
	t.Helper()
	for method := MethodAuto; method <= MethodCopy; method++ {
		if method != MethodAuto && !method.needs(&p.system) {
			continue
		}
		m, err := reserve(p, Config{Max: 1 << 20, Image: img, Method: method})
		require.NoError(t, err)
		want := bytes.Clone(m.Bytes())
		for range 3 {
			m.Bytes()[0]++
			m.Bytes()[2*pageSize]++
			m.Bytes()[img.size-1]++
			_, err = m.Reset()
			require.NoError(t, err)
			require.True(t, bytes.Equal(want, m.Bytes()), method)
		}
		m.Bytes()[1]++
		require.NoError(t, m.Trim())
		require.True(t, bytes.Equal(want, m.Bytes()), method)
		m.Grow(1 << 20)[1<<19]++
		require.NoError(t, m.Recycle())
		require.True(t, bytes.Equal(want, m.Bytes()), method)
		m.Free()
	}
}

func TestSystemsWithLess(t *testing.T) {
	tests := []struct {
		name string
		less func(*system)
		want []Method
	}{
		{"it lives on the heap where there is no virtual memory", func(s *system) { *s = system{} }, []Method{MethodCopy}},
		{"it compares where only reserving is offered", func(s *system) {
			*s = system{reserve: s.reserve, commit: s.commit, decommit: s.decommit, release: s.release}
		}, []Method{MethodCopy}},
		{"it refuses a scan that lies", func(s *system) {
			*s = system{reserve: s.reserve, commit: s.commit, decommit: s.decommit, release: s.release,
				scan:    func(b []byte, _ bool, _ []region) (int, int, error) { return 0, len(b), nil },
				entries: func(_ []byte, out []uint64) (int, error) { clear(out); return len(out), nil },
				discard: func([]byte) error { return nil }}
		}, []Method{MethodCopy}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := native().system
			tt.less(&s)
			p := try(s)
			require.Equal(t, tt.want, p.methods)
			img, err := capture(p, filled(), nil)
			require.NoError(t, err)
			defer img.Close()
			m, err := reserve(p, Config{Max: 1 << 20, Image: img})
			require.NoError(t, err)
			defer m.Free()
			for range 2 {
				m.Grow(1 << 19)[1<<18]++
				require.NoError(t, m.Recycle())
				m.Bytes()[5]++
				_, err = m.Reset()
				require.NoError(t, err)
				require.True(t, bytes.Equal(filled(), m.Bytes()))
			}
		})
	}
}

func TestChoose(t *testing.T) {
	scan := platform{methods: []Method{MethodScan, MethodCopy}, tiny: 1 << 17}
	list := platform{methods: []Method{MethodPagemap, MethodCopy}}
	require.Equal(t, MethodCopy, scan.choose(1<<17))
	require.Equal(t, MethodScan, scan.choose(1<<17+1))
	require.Equal(t, MethodScan, scan.choose(1<<30))
	require.Equal(t, MethodPagemap, list.choose(listMax))
	require.Equal(t, MethodMadvise, list.choose(listMax+1))
	require.LessOrEqual(t, native().tiny, tinyMax)
}

// TestPageOfZeros wants the kernel's page of zeros to be left alone behind the
// stored part, where it is the image, and to be overwritten within it.
func TestPageOfZeros(t *testing.T) {
	p := faulty(func(p *platform) {
		p.scan = func(b []byte, _ bool, vec []region) (int, int, error) {
			size := uint64(pageSize)
			vec[0] = region{from: size, to: 2 * size, flags: regionZero}
			vec[1] = region{from: 2 * size, to: 3 * size, flags: regionZero}
			vec[2] = region{from: 3 * size, to: 4 * size}
			return 3, len(b), nil
		}
	})
	img, err := capture(p, filled(), nil)
	require.NoError(t, err)
	defer img.Close()
	m := &Memory{sys: p, image: img, charged: img.size, size: img.size, space: make([]byte, img.size)}
	var seen extents
	require.NoError(t, m.private(MethodScan, 0, img.size, &seen))
	require.Equal(t, extents{{pageSize, 2 * pageSize}, {3 * pageSize, 4 * pageSize}}, seen)
}

func TestUnion(t *testing.T) {
	p := pageSize
	tests := []struct {
		name      string
		all, want []extent
	}{
		{"it has nothing of nothing", nil, nil},
		{"it sorts", []extent{{4 * p, 5 * p}, {0, p}}, []extent{{0, p}, {4 * p, 5 * p}}},
		{"it joins what meets", []extent{{0, p}, {p, 2 * p}}, []extent{{0, 2 * p}}},
		{"it joins what overlaps", []extent{{0, 3 * p}, {p, 2 * p}, {2 * p, 4 * p}}, []extent{{0, 4 * p}}},
		{"it widens to pages", []extent{{0, 7}, {2 * p, 2*p + 1}}, []extent{{0, p}, {2 * p, 3 * p}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { require.Equal(t, tt.want, union(tt.all)) })
	}
}

func TestHabit(t *testing.T) {
	if !MethodScan.needs(&native().system) {
		return
	}
	const burst = 4 * fewPages
	img, err := Capture(make([]byte, 2*burst*pageSize), nil)
	require.NoError(t, err)
	defer img.Close()
	m, err := Reserve(Config{Max: img.Size(), Image: img, Method: MethodScan})
	require.NoError(t, err)
	defer m.Free()
	found := func(written int) int {
		for i := range written {
			m.Bytes()[2*i*pageSize]++
		}
		n, err := m.Reset()
		require.NoError(t, err)
		return n
	}
	require.Equal(t, burst, found(burst))
	for range 3 * faultCost {
		require.Equal(t, burst, found(burst), "pages that are written each time stay")
	}
	for i := range 4 * faultCost {
		n := found(3)
		if i%3 == 0 {
			n = found(burst)
		}
		require.Equal(t, burst, n, "pages that are written now and then stay")
	}
	last := burst
	for range 2*faultCost + 2 {
		last = found(3)
	}
	require.Equal(t, 3, last, "pages that are written no more are given back")
}
