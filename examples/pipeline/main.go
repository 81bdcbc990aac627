// Pipeline reads a book from a source that fails now and then, and shows what
// futures are for: pages are fetched with retries, handed on as futures nested
// in arguments, measured by sub-tasks that a guest submits, and not measured
// twice.
//
//	make bin/pipeline.wasm && go run ./examples/pipeline bin/pipeline.wasm
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/futures/memo"
	"github.com/pledge-wasm/pledge/futures/retry"
	"github.com/pledge-wasm/pledge/host"
)

func main() {
	book := flag.String("book", "", "text file to read (default: Newton's Opticks, which comes with Go)")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: pipeline [-book FILE] GUEST.wasm (build it with: make bin/pipeline.wasm)")
		os.Exit(2)
	}
	if err := run(context.Background(), flag.Arg(0), *book, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// source gives the pages of a book, and fails the first time that it is asked
// for one of every seven.
type source struct {
	pages []string

	mu    sync.Mutex
	asked map[int]int // guarded by mu
}

func (s *source) page(_ context.Context, n int) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n < 0 || n >= len(s.pages) {
		return "", &host.GuestError{Code: "no_page", Message: fmt.Sprintf("the book has no page %d", n)}
	}
	if s.asked[n]++; s.asked[n] == 1 && n%7 == 0 {
		return "", &host.GuestError{Code: "busy", Message: "the source is busy", Retry: true}
	}
	return s.pages[n], nil
}

type stats struct {
	Words   int    `cbor:"words"`
	Longest string `cbor:"longest"`
}

type report struct {
	Pages int   `cbor:"pages"`
	First stats `cbor:"first"`
	Total stats `cbor:"total"`
}

func run(ctx context.Context, guest, book string, out io.Writer) error {
	text, err := readBook(ctx, book)
	if err != nil {
		return err
	}
	src := &source{pages: pages(text, 24), asked: make(map[int]int)}
	h, err := host.New(ctx, host.Config{Functions: map[string]host.Function{"page": host.Func(src.page)}})
	if err != nil {
		return err
	}
	defer h.Close(ctx)

	// The same bytes, with different grants: compiled once.
	fetcher, err := h.LoadFile(ctx, guest, host.WithGrants(host.Grants{Functions: []string{"page"}}))
	if err != nil {
		return err
	}
	parent, err := h.LoadFile(ctx, guest, host.WithGrants(host.Grants{Tasks: true}))
	if err != nil {
		return err
	}
	pure, err := h.LoadFile(ctx, guest)
	if err != nil {
		return err
	}

	// Fetching fails now and then, and is tried again when the source says that
	// this may help.
	policy := retry.Exponential(3, time.Millisecond)
	policy.If = retry.Hinted
	fetch := host.Bind[int, string](fetcher, "fetch", host.Retry(policy))
	var fetched []*futures.Future[string]
	for n := range src.pages {
		fetched = append(fetched, fetch.Submit(ctx, n))
	}

	// Nobody waits here: the pages are futures, nested in the arguments.
	chapter := host.Bind[[]*futures.Future[string], report](parent, "chapter").Submit(ctx, fetched)
	r, err := chapter.Result(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d pages, %d words; the longest: %s\n", r.Pages, r.Total.Words, r.Total.Longest)
	fmt.Fprintf(out, "the first page has %d words\n", r.First.Words)
	retried := 0
	for _, f := range fetched {
		history := f.History()
		retried += history[len(history)-1].Attempt - 1
	}
	_, reports := chapter.Progress()
	fmt.Fprintf(out, "%d fetches were tried again; progress was reported %d times\n", retried, reports)

	// A task without grants is a function: the second time its result is known.
	measure := host.Bind[string, stats](pure, "stats", host.Memoize(memo.Options{}))
	for range 2 {
		f := measure.Submit(ctx, src.pages[0])
		s, err := f.Result(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "page 0: %d words, known already: %t\n", s.Words, f.Cached())
	}
	return nil
}

// pages cuts a text at line ends into pieces of at most the nth part of it.
func pages(text string, n int) []string {
	size := len(text)/n + 1
	var out []string
	for len(text) > size {
		end := strings.LastIndexByte(text[:size], '\n') + 1
		if end == 0 {
			end = size
		}
		out, text = append(out, text[:end]), text[end:]
	}
	return append(out, text)
}

func readBook(ctx context.Context, path string) (string, error) {
	if path == "" {
		root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
		if err != nil {
			return "", fmt.Errorf("pipeline: where is Go's source tree? %w; or name a text with -book", err)
		}
		path = filepath.Join(strings.TrimSpace(string(root)), "src", "testdata", "Isaac.Newton-Opticks.txt")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("pipeline: %w; name a text with -book", err)
	}
	return string(text), nil
}
