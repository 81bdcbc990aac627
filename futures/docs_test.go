package futures_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// behaviours are the numbers of the list of what prefect.futures does.
const behaviours = `
1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 18 19 20 21 22 23 25 26 27 28 30 31 32 34 35 36 37 38 39 41 42 43 44 46 47 48 49
50 54 55 56 57 58 59 61 62 63 64 65 66 67 68 69 70 71 72 73 74 76 77 78 79 80 82 83 84 85 86 87 88 89 93 94 95 96 97 98
99 100 101 103 105 106 109 110 111 114 115 116 117 118 119 120 121 122 123 124 125 127 128 129 130 131 132 135 136 137
138 139 140 141 142 143 144 145 146 147 148 149 150`

// The tables in docs/futures.md are true: each number is there once, and each
// row names tests that exist, or says why it does not apply.
func TestDocumentedBehaviours(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "futures.md"))
	require.NoError(t, err)
	_, table, found := strings.Cut(string(text), "## Where each behaviour went")
	require.True(t, found)
	tests := testNames(t, "..")
	require.Greater(t, len(tests), 50, "the tests were not found")

	var numbers []string
	complaints := 0
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) < 3 || strings.HasPrefix(cells[0], "---") || strings.TrimSpace(cells[len(cells)-1]) == "held by" {
			continue
		}
		first, heldBy := strings.TrimSpace(cells[0]), strings.TrimSpace(cells[len(cells)-1])
		if _, err := strconv.Atoi(first); err == nil && len(cells) == 4 {
			numbers = append(numbers, first)
		} else {
			require.Len(t, cells, 3, line)
			complaints++
		}
		checkHeldBy(t, first, heldBy, tests)
	}
	require.Equal(t, strings.Fields(behaviours), numbers)
	require.Greater(t, complaints, 20)
}

var (
	testName = regexp.MustCompile("`([^`]+)`")
	reason   = regexp.MustCompile(`^does not apply: .{20}`)
)

func checkHeldBy(t *testing.T, row, heldBy string, tests map[string]bool) {
	t.Helper()
	names := testName.FindAllStringSubmatch(heldBy, -1)
	if len(names) == 0 {
		require.Regexp(t, reason, heldBy, "row %s", row)
	}
	for _, m := range names {
		name := m[1]
		if !strings.Contains(name, ".") {
			name = "futures." + name
		}
		require.True(t, tests[name], "row %s: there is no %s", row, name)
	}
}

// testNames returns the top-level tests under root as "folder.TestName".
func testNames(t *testing.T, root string) map[string]bool {
	t.Helper()
	names := make(map[string]bool)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() != ".." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil // somebody else's test will say so
		}
		folder, err := filepath.Abs(filepath.Dir(path))
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") {
				names[filepath.Base(folder)+"."+f.Name.Name] = true
			}
		}
		return nil
	})
	require.NoError(t, err)
	return names
}
