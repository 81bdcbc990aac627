// The guest of the wordcount example: it counts the words of a page, and adds
// counts up.
package main

import (
	"context"
	"strings"
	"unicode"

	"github.com/pledge-wasm/pledge/guest"
)

func init() {
	guest.Handle("count", count, guest.Doc("Counts the words of a page, in lower case."))
	guest.Handle("merge", merge, guest.Doc("Adds up the counts of several pages."))
}

func count(_ context.Context, page string) (map[string]int, error) {
	counts := make(map[string]int)
	for word := range strings.FieldsFuncSeq(page, func(r rune) bool { return !unicode.IsLetter(r) }) {
		counts[strings.ToLower(word)]++
	}
	return counts, nil
}

func merge(_ context.Context, parts []map[string]int) (map[string]int, error) {
	total := make(map[string]int)
	for _, counts := range parts {
		for word, n := range counts {
			total[word] += n
		}
	}
	return total, nil
}

func main() {}
