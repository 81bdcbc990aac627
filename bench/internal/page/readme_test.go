package page_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pledge-wasm/pledge/bench/internal/page"
	"github.com/stretchr/testify/require"
)

func TestReplace(t *testing.T) {
	for _, test := range []struct {
		name, before, after string
		replaced            bool
	}{
		{"it puts figures between the marks", "a\n" + page.Begin + "\nold\n" + page.End + "\nb\n", "a\n" + page.Begin + "\n\nnew\n\n" + page.End + "\nb\n", true},
		{"it changes nothing without the marks", "a\nb\n", "a\nb\n", false},
		{"it changes nothing without the second mark", "a\n" + page.Begin + "\nb\n", "a\n" + page.Begin + "\nb\n", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "README.md")
			require.NoError(t, os.WriteFile(path, []byte(test.before), 0o600))
			for range 2 { // a second run overwrites the first
				replaced, err := page.Replace(path, []byte("\nnew\n\n"))
				require.NoError(t, err)
				require.Equal(t, test.replaced, replaced)
				got, err := os.ReadFile(path)
				require.NoError(t, err)
				require.Equal(t, test.after, string(got))
			}
		})
	}
}

func TestReplaceWithoutFile(t *testing.T) {
	replaced, err := page.Replace(filepath.Join(t.TempDir(), "README.md"), nil)
	require.NoError(t, err)
	require.False(t, replaced)
}
