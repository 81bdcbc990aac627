package slots

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// Tags without a limit, of which there may be one for each run, are not kept.
func TestTagsAreForgotten(t *testing.T) {
	var l Limiter
	l.SetLimit("limited", 1)
	for i := range 100 {
		release, err := l.Acquire(context.Background(), Need{Tag: fmt.Sprint(i)}, Need{Tag: "limited"})
		require.NoError(t, err)
		waiting, err := l.Claim(func(*Claim) {}, Need{Tag: fmt.Sprint(i)}, Need{Tag: "limited"}, Need{Tag: fmt.Sprint("other ", i)})
		require.NoError(t, err)
		l.Used(fmt.Sprint("unknown ", i))
		release()
		waiting.Release()
		waiting.Release()
	}
	require.Len(t, l.tags, 1)
	l.SetLimit("limited", -1)
	require.Empty(t, l.tags)
}
