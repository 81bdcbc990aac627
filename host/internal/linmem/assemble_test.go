package linmem

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// An assembled image is the one that would be captured from such a memory, with a
// sealed file and without.
func TestAssembleIsCapture(t *testing.T) {
	heap := *native()
	heap.seal = nil
	rng := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		size := rng.IntN(40*pageSize) + 1
		mem := make([]byte, size)
		var pieces []Piece
		for at := rng.IntN(2 * pageSize); at < size; at += rng.IntN(3 * pageSize) {
			n := min(rng.IntN(2*pageSize), size-at)
			for i := at; i < at+n; i++ {
				mem[i] = byte(rng.IntN(255) + 1)
			}
			pieces = append(pieces, Piece{uint64(at), bytes.Clone(mem[at : at+n])})
			at += n
		}
		for _, sys := range []*platform{native(), &heap} {
			want, err := capture(sys, mem, nil)
			require.NoError(t, err)
			budget := NewBudget(1 << 30)
			got, err := assembled(sys, uint64(size), pieces, budget)
			require.NoError(t, err)
			require.Equal(t, want.Size(), got.Size())
			require.Equal(t, want.Stored(), got.Stored())
			require.Equal(t, want.runs, got.runs)
			require.True(t, bytes.Equal(want.data, got.data))
			require.Equal(t, got.Stored(), budget.Used())

			m, err := reserve(sys, Config{Max: uint64(size), Image: got})
			require.NoError(t, err)
			require.True(t, bytes.Equal(mem, m.Bytes()))
			m.Bytes()[size-1]++
			_, err = m.Reset()
			require.NoError(t, err)
			require.True(t, bytes.Equal(mem, m.Bytes()))
			m.Free()
			want.Close()
			got.Close()
			require.Zero(t, budget.Used())
		}
	}
}

func TestAssembleRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		size   uint64
		pieces []Piece
	}{
		"pieces that overlap":           {100, []Piece{{0, make([]byte, 10)}, {9, make([]byte, 1)}}},
		"pieces out of order":           {100, []Piece{{50, make([]byte, 10)}, {0, make([]byte, 1)}}},
		"a piece past the end":          {100, []Piece{{91, make([]byte, 10)}}},
		"a piece that begins past it":   {100, []Piece{{101, nil}}},
		"a piece at the end of numbers": {100, []Piece{{1<<64 - 1, make([]byte, 2)}}},
	} {
		t.Run("it refuses "+name, func(t *testing.T) {
			budget := NewBudget(1 << 20)
			_, err := Assemble(tt.size, tt.pieces, budget)
			require.ErrorIs(t, err, ErrPieces)
			require.Zero(t, budget.Used())
		})
	}
	var refused *BudgetError
	_, err := Assemble(1<<20, []Piece{{0, make([]byte, 1<<20)}}, NewBudget(1<<19))
	require.ErrorAs(t, err, &refused)
	img, err := Assemble(1<<20, nil, NewBudget(1))
	require.NoError(t, err, "zeros take no room")
	img.Close()
}
