package linmem

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCopy(t *testing.T) {
	for _, n := range []int{0, 1, 100, copyPiece - 1, copyPiece, copyPiece + 1, 3*copyPiece + 7} {
		src := make([]byte, n)
		for i := range src {
			src[i] = byte(i*7 + i>>8)
		}
		asked := 0
		got, ok := Copy(src, func() bool { asked++; return false })
		require.True(t, ok)
		require.Equal(t, string(src), string(got))
		require.Equal(t, max(0, (n-1)/copyPiece), asked)
		for i := range got {
			got[i]++
		}
		if n > 0 {
			require.NotEqual(t, src[0], got[0], "it is a copy")
			require.NotEqual(t, src[n-1], got[n-1])
		}
		again, ok := Copy(src, nil)
		require.True(t, ok)
		require.Equal(t, string(src), string(again))
	}
}

func TestCopyStops(t *testing.T) {
	asked := 0
	got, ok := Copy(make([]byte, 8*copyPiece), func() bool { asked++; return asked == 3 })
	require.False(t, ok)
	require.Nil(t, got)
	require.Equal(t, 3, asked)
}
