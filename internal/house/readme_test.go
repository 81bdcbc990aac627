package house

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var fenced = regexp.MustCompile("(?s)```.*?```")

var goBlock = regexp.MustCompile("(?s)```go\n(.*?)```")

// around makes a program of README's host code, which is the body of a function.
const around = `package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/pledge-wasm/pledge/host"
)

func total(ctx context.Context, wasm []byte, pages []string) (map[string]int, error) {
	BODY
}

func main() {
	wasm, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	words, err := total(context.Background(), wasm, []string{"to be or", "not to be"})
	if err != nil {
		panic(err)
	}
	fmt.Println(words)
}
`

// README's code is what a newcomer copies first, so it is built and run here as
// it stands there.
func TestTheCodeOfTheReadmeRuns(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	blocks := goBlock.FindAllStringSubmatch(string(readme), -1)
	require.Len(t, blocks, 2, "a guest and a host")

	require.NoError(t, os.MkdirAll("testdata", 0o755))
	dir, err := os.MkdirTemp("testdata", "readme")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir); os.Remove("testdata") })
	write := func(name, text string) string {
		path := filepath.Join(dir, name, "main.go")
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return "./" + filepath.ToSlash(filepath.Dir(path))
	}
	guest := write("guest", blocks[0][1])
	program := write("program", strings.Replace(around, "BODY", blocks[1][1], 1))

	wasm := filepath.Join(t.TempDir(), "count.wasm")
	build := exec.Command("go", "build", "-buildmode=c-shared", "-o", wasm, guest)
	build.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	out, err = exec.Command("go", "run", program, wasm).CombinedOutput()
	require.NoError(t, err, string(out))
	require.Equal(t, "map[be:2 not:1 or:1 to:2]\n", string(out))
}

// Links in the documents lead somewhere.
func TestTheLinksOfTheDocumentsLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
	for _, doc := range []string{"README.md", "DESIGN.md", "RATIONALE.md", "CHANGELOG.md"} {
		text, err := os.ReadFile(filepath.Join("../..", doc))
		require.NoError(t, err)
		prose := fenced.ReplaceAllString(string(text), "")
		for _, m := range link.FindAllStringSubmatch(prose, -1) {
			_, err := os.Stat(filepath.Join("../..", m[1]))
			require.NoError(t, err, "%s links to %s", doc, m[1])
		}
	}
}
