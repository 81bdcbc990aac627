package linmem

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPrefault(t *testing.T) {
	m, err := Reserve(Config{Max: 4 << 20})
	require.NoError(t, err)
	defer m.Free()
	b := m.Grow(4 << 20)
	b[5000] = 7
	for name, piece := range map[string][]byte{
		"it leaves contents alone":       b,
		"it takes any start and end":     b[1 : len(b)-1],
		"it takes less than a page":      b[10:20],
		"it takes a page not whole":      b[100 : pageSize+50],
		"it takes nothing":               nil,
		"it takes memory of the Go heap": make([]byte, 100_000),
	} {
		t.Run(name, func(t *testing.T) {
			Prefault(piece)
			require.Equal(t, byte(7), b[5000])
			require.Zero(t, b[5001])
		})
	}
}

// What is filled from the front while it is readied from the end is all there.
func TestPrefaultWhile(t *testing.T) {
	for _, size := range []int{0, 1, pageSize, 3*pageSize + 5, 9<<20 + 7} {
		m, err := Reserve(Config{Max: 16 << 20})
		require.NoError(t, err)
		b := m.Grow(16 << 20)[pageSize/2:][:size]
		PrefaultWhile(b, func() {
			for i := range b {
				b[i] = byte(i%251 + 1)
			}
		})
		for i := range b {
			if b[i] != byte(i%251+1) {
				t.Fatalf("byte %d of %d is %d", i, size, b[i])
			}
		}
		m.Free()
	}
}
