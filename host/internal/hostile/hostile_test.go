package hostile_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/host/internal/hostile"
)

func TestCasesAreTold(t *testing.T) {
	seen := map[string]bool{}
	families := map[byte]int{}
	for _, c := range hostile.All() {
		require.NotEmpty(t, c.Name)
		require.False(t, seen[c.Name], "two cases %q", c.Name)
		seen[c.Name] = true
		families[c.Family]++
		require.NotEmpty(t, c.Codes, c.Name)
		require.NotNil(t, c.Wasm, c.Name)
		require.Positive(t, c.Number, c.Name)
	}
	require.Len(t, families, 7)
	require.Greater(t, len(seen), 200)
}
