package wasm

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAppendLong(t *testing.T) {
	long := make([]byte, 3*longPiece+7)
	for i := range long {
		long[i] = byte(i) ^ byte(i>>8) ^ byte(i>>16)
	}
	for _, have := range []int{0, 1, longPiece, longPiece + 1, len(long)} {
		for _, room := range []int{0, 100, 4 * longPiece} {
			for _, more := range []int{0, 1, longPiece, longPiece + 1, len(long)} {
				dst := append(make([]byte, 0, have+room), long[:have]...)
				got := AppendLong(dst, long[:more])
				require.True(t, bytes.Equal(append(bytes.Clone(long[:have]), long[:more]...), got))
			}
		}
	}
}
