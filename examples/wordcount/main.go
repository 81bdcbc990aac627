// Wordcount counts the words of a book, one task a page, and merges the counts
// in tasks whose arguments are the futures of others: map and reduce without a
// line that waits in between.
//
//	make run
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/host"
)

func main() {
	book := flag.String("book", "", "text file to count (default: Newton's Opticks, which comes with Go)")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: wordcount [-book FILE] GUEST.wasm (build it with: make bin/wordcount.wasm)")
		os.Exit(2)
	}
	if err := run(context.Background(), flag.Arg(0), *book, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, guest, book string, out io.Writer) error {
	text, err := readBook(ctx, book)
	if err != nil {
		return err
	}
	h, err := host.New(ctx, host.Config{})
	if err != nil {
		return err
	}
	defer h.Close(ctx)
	mod, err := h.LoadFile(ctx, guest)
	if err != nil {
		return err
	}

	start := time.Now()
	total, tasks := submit(ctx, mod, pages(text, pageSize))
	counts, err := total.Result(ctx)
	if err != nil {
		return err
	}
	elapsed := time.Since(start)

	for _, word := range top(counts, 10) {
		fmt.Fprintf(out, "%6d  %s\n", counts[word], word)
	}
	fmt.Fprintf(out, "%d tasks in %v, %.0f tasks/s\n",
		tasks, elapsed.Round(10*time.Microsecond), float64(tasks)/elapsed.Seconds())
	return nil
}

// fanIn is how many counts one task merges.
const fanIn = 16

// submit hands all tasks to the host at once and tells how many they are. What
// it returns is the future of the last one.
func submit(ctx context.Context, mod *host.Module, pages []string) (*futures.Future[map[string]int], int) {
	count := host.Bind[string, map[string]int](mod, "count")
	merge := host.Bind[[]any, map[string]int](mod, "merge")

	tasks := len(pages)
	var level []*futures.Future[map[string]int]
	for _, page := range pages {
		level = append(level, count.Submit(ctx, page))
	}
	for {
		var next []*futures.Future[map[string]int]
		for group := range slices.Chunk(level, fanIn) {
			var parts []any
			for _, f := range group {
				parts = append(parts, f) // a future, nested in the arguments
			}
			next = append(next, merge.Submit(ctx, parts))
			tasks++
		}
		if level = next; len(level) == 1 {
			return level[0], tasks
		}
	}
}

// pageSize is how much text one task gets, in bytes.
const pageSize = 3000

// pages cuts a text at line ends into pieces of at least size bytes.
func pages(text string, size int) []string {
	var out []string
	for len(text) > size {
		end := strings.IndexByte(text[size:], '\n')
		if end < 0 {
			break
		}
		end += size + 1
		out, text = append(out, text[:end]), text[end:]
	}
	return append(out, text)
}

// top gives the n most frequent words, the most frequent first.
func top(counts map[string]int, n int) []string {
	words := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	return words[:min(n, len(words))]
}

// readBook reads a file, or the book that the Go distribution has in its source
// tree.
func readBook(ctx context.Context, path string) (string, error) {
	if path == "" {
		root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
		if err != nil {
			return "", fmt.Errorf("wordcount: where is Go's source tree? %w; or name a text with -book", err)
		}
		path = filepath.Join(strings.TrimSpace(string(root)), "src", "testdata", "Isaac.Newton-Opticks.txt")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("wordcount: %w; name a text with -book", err)
	}
	return string(text), nil
}
