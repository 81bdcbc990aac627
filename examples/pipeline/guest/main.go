// The guest of the pipeline example: it fetches pages through a function of its
// host, takes their measure, and reports on a whole chapter through sub-tasks.
package main

import (
	"context"
	"strings"
	"unicode"

	"github.com/pledge-wasm/pledge/guest"
)

// Stats are the measure of a text.
type Stats struct {
	Words   int    `cbor:"words"`
	Longest string `cbor:"longest"`
}

// Report is what the chapter task returns. Total is a future when it leaves the
// guest; the host resolves it.
type Report struct {
	Pages int                  `cbor:"pages"`
	First Stats                `cbor:"first"`
	Total *guest.Future[Stats] `cbor:"total"`
}

func init() {
	guest.Module("pipeline", "1.0.0")
	guest.Handle("fetch", fetch, guest.Doc("Fetches a page by number, through the host's function page."))
	guest.Handle("stats", stats, guest.Doc("Takes the measure of a text."))
	guest.Handle("total", total, guest.Doc("Adds measures up."))
	guest.Handle("chapter", chapter, guest.Doc("Reports on a list of pages, through sub-tasks."))
}

func fetch(ctx context.Context, page int) (string, error) {
	return guest.Call[string](ctx, "page", page)
}

func stats(_ context.Context, text string) (Stats, error) {
	var s Stats
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
		s.Words++
		if len(word) > len(s.Longest) {
			s.Longest = word
		}
	}
	return s, nil
}

func total(_ context.Context, parts []Stats) (Stats, error) {
	var sum Stats
	for _, p := range parts {
		sum.Words += p.Words
		if len(p.Longest) > len(sum.Longest) {
			sum.Longest = p.Longest
		}
	}
	return sum, nil
}

func chapter(ctx context.Context, pages []string) (Report, error) {
	parts := make([]*guest.Future[Stats], len(pages))
	for i, page := range pages {
		parts[i] = guest.Submit[Stats](ctx, "stats", page)
		if err := guest.Progress(ctx, float64(i+1)/float64(len(pages))); err != nil {
			return Report{}, err
		}
	}
	first, err := parts[0].Await(ctx) // the guest waits; its slot goes to others
	if err != nil {
		return Report{}, err
	}
	// The sum of futures is a future, and is returned as one.
	return Report{Pages: len(pages), First: first, Total: guest.Submit[Stats](ctx, "total", parts)}, nil
}

func main() {}
