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
	code := blocks(document(t, "README.md"), "go")
	require.Len(t, code, 2, "a guest and a host")
	guest, program := inside(t), inside(t)
	write(t, guest, "main.go", code[0].text)
	write(t, program, "main.go", strings.Replace(around, "BODY", code[1].text, 1))

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
	docs, err := filepath.Glob("../../docs/*.md")
	require.NoError(t, err)
	require.NotEmpty(t, docs)
	for _, doc := range append(docs, "../../README.md", "../../DESIGN.md", "../../RATIONALE.md", "../../CHANGELOG.md", "../../abi/SPEC.md") {
		text, err := os.ReadFile(doc)
		require.NoError(t, err)
		prose := fence.ReplaceAllString(string(text), "")
		for _, m := range link.FindAllStringSubmatch(prose, -1) {
			_, err := os.Stat(filepath.Join(filepath.Dir(doc), m[1]))
			require.NoError(t, err, "%s links to %s", doc, m[1])
		}
	}
}
