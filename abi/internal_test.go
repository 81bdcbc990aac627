package abi

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

func piecesOf[T any](list []T) *pieces[T] {
	var p pieces[T]
	for _, v := range list {
		p.push(v)
	}
	return &p
}

// A list in pieces is a list, whatever is pushed and cut.
func TestPieces(t *testing.T) {
	var p pieces[int]
	var want []int
	rng := rand.New(rand.NewPCG(1, 2))
	for next := range 2000 {
		if n := rng.IntN(pieceLen); rng.IntN(3) > 0 {
			for range n {
				p.push(next)
				want = append(want, next)
			}
		} else {
			at := max(0, min(len(want), len(want)-n+rng.IntN(3)-1))
			if rng.IntN(2) == 0 {
				at &^= pieceMask // on a border
			}
			p.cut(at)
			want = want[:at]
		}
		require.Equal(t, len(want), p.n)
		for i := len(want) - 1; i >= 0; i -= 1 + rng.IntN(100) {
			require.Equal(t, want[i], *p.at(i))
		}
	}
}

// Going to and fro over the border of a piece costs no memory.
func TestPiecesAtABorder(t *testing.T) {
	p := piecesOf(make([]int, pieceLen-1))
	allocs := testing.AllocsPerRun(1000, func() {
		p.push(1)
		p.push(2)
		p.cut(pieceLen - 1)
	})
	require.Less(t, allocs, 0.1)
}

// A map whose keys lie in several pieces is looked through like any other.
func TestDuplicatesInPieces(t *testing.T) {
	for _, n := range []int{pieceLen - 1, pieceLen, pieceLen + 5, 3*pieceLen + 1} {
		for _, dup := range []bool{false, true} {
			for _, irregular := range []bool{false, true} {
				b := AppendHead(nil, MajorArray, 2)
				b = AppendHead(b, MajorMap, uint64(n))
				last := 0
				for i := range n {
					k := n - i
					if dup && i == n-1 {
						k = n - 1 // the second one
					}
					last = len(b)
					if irregular && i == 0 {
						b = append(b, 0x1b, 0, 0, 0, 0, 0, 0, byte(k>>8), byte(k)) // not the shortest
					} else {
						b = AppendUint(b, uint64(k))
					}
					b = AppendUint(b, 0)
				}
				b = AppendUint(b, 0)
				err := Check(b, Limits{})
				if !dup {
					require.NoError(t, err)
					continue
				}
				require.Equal(t, &SyntaxError{Offset: last, Reason: ReasonDuplicateKey}, err)
			}
		}
	}
}

func TestHeapSort(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for n := range 40 {
		for range 20 {
			var list []digested
			for i := range uint32(n) {
				list = append(list, digested{digest{uint64(rng.IntN(3)), uint64(rng.IntN(5))}, i})
			}
			rng.Shuffle(n, func(i, j int) { list[i], list[j] = list[j], list[i] })
			p := piecesOf(list)
			heapSort(&digestRing{p, 0}, new(stopper))
			slices.SortFunc(list, func(a, b digested) int {
				return cmp.Or(cmp.Compare(a.hi, b.hi), cmp.Compare(a.lo, b.lo), cmp.Compare(a.off, b.off))
			})
			for i := range list {
				require.Equal(t, list[i], *p.at(i))
			}
		}
	}
}

// Keys that all fall into one place of the table must neither take long nor hide
// a duplicate.
func TestCollidingKeysAreSorted(t *testing.T) {
	const n = 2000
	var b []byte
	var keys []key
	add := func(s string) {
		off := len(b)
		b = AppendText(b, s)
		keys = append(keys, key{uint32(off), uint32(len(b))})
	}
	for i := 0; len(keys) < n; i++ {
		s := strconv.Itoa(i)
		if hash(AppendText(nil, s))&0xfff < 4 {
			add(s)
		}
	}
	steps := 0
	for i, k := range keys {
		if hash(k.of(b))&0xfff < 4 {
			steps += i
		}
	}
	require.Greater(t, steps, 100*n, "the keys must collide")
	_, reason := duplicate(b, nil, piecesOf(keys), 0, false, nil)
	require.Empty(t, reason)
	add(string(b[keys[n/2].off+1 : keys[n/2].end]))
	at, reason := duplicate(b, nil, piecesOf(keys), 0, false, nil)
	require.Equal(t, ReasonDuplicateKey, reason)
	require.Equal(t, int(keys[n].off), at)
}

func TestCollidingDigestsAreSorted(t *testing.T) {
	const n = 2000
	var keys []digested
	for i := range uint32(n) {
		keys = append(keys, digested{digest{hi: uint64(i * 7919 % n), lo: uint64(i) << 20}, i})
	}
	require.Equal(t, -1, duplicateDigest(piecesOf(keys), 0, new(stopper)))
	for _, late := range []int{n - 1, 100, 50} { // the earliest is the last to be put in
		keys[late].digest = keys[late/2].digest
		require.Equal(t, late, duplicateDigest(piecesOf(keys), 0, new(stopper)))
	}
}
