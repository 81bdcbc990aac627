package hostile_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
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

// Every number of the catalogue is a case, or is held by tests that exist, or
// has a reason for being neither.
func TestEveryNumberIsAccountedFor(t *testing.T) {
	known := map[int]byte{}
	count := func(number int, family byte) {
		if other, ok := known[number]; ok {
			require.Equal(t, string(other), string(family), "%d is of one family", number)
		}
		known[number] = family
	}
	for _, c := range hostile.All() {
		count(c.Number, c.Family)
	}
	for _, n := range hostile.Notes {
		count(n.Number, n.Family)
		require.NotEmpty(t, n.What, n.Number)
		require.True(t, len(n.Tests) > 0 || n.Why != "", "%d: no test and no reason", n.Number)
		for _, name := range n.Tests {
			require.True(t, exists(t, name), "%d: there is no test %s", n.Number, name)
		}
	}
	for number := 1; number <= hostile.Last; number++ {
		require.Contains(t, known, number, "nothing is said of number %d", number)
	}
	require.Len(t, known, hostile.Last)
	require.True(t, slices.IsSortedFunc(hostile.Notes, func(a, b hostile.Note) int { return a.Number - b.Number }))
}

// exists tells whether there is a test "folder: name".
func exists(t *testing.T, test string) bool {
	folder, name, ok := strings.Cut(test, ": ")
	require.True(t, ok, test)
	files, err := filepath.Glob(filepath.Join("..", "..", "..", folder, "*_test.go"))
	require.NoError(t, err)
	return slices.ContainsFunc(files, func(file string) bool {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		return strings.Contains(string(source), "\nfunc "+name+"(")
	})
}

// The corpus is the same each time, so that what is written of it is.
func TestOrder(t *testing.T) {
	names := func() (names []string) {
		for _, c := range hostile.All() {
			names = append(names, c.Name)
		}
		return names
	}
	first := names()
	for range 5 {
		require.Equal(t, first, names())
	}
}
