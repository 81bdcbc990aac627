package boundary_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/guest/internal/boundary"
)

type echo struct{ lines *[]string }

func (echo) Call(request []byte) []byte { return append([]byte{0x82, 0}, request...) }

func (e echo) Log(level abi.Level, text string) {
	*e.lines = append(*e.lines, level.String()+" "+text)
}

func TestTheHostOfAContext(t *testing.T) {
	t.Run("it answers calls and takes entries", func(t *testing.T) {
		var lines []string
		ctx := boundary.With(context.Background(), echo{&lines})
		require.Equal(t, []byte{0x82, 0, 7}, boundary.Call(ctx, []byte{7}))
		boundary.Log(ctx, abi.LevelWarn, "careful")
		require.Equal(t, []string{"warn careful"}, lines)
	})
	t.Run("it grants nothing when it is not there", func(t *testing.T) {
		response, err := abi.ParseResponse(boundary.Call(context.Background(), nil), abi.Limits{})
		require.NoError(t, err)
		require.Equal(t, "not_granted", response.Err.Code)
	})
}
