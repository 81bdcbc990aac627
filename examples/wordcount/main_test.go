package main

import (
	"bytes"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/internal/buildguest"
)

func TestWordcount(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), buildguest.File(t, "guest"), "", &out))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 11, "ten words and one line of figures")

	// The sandbox must find what plain Go finds.
	text, err := readBook(t.Context(), "")
	require.NoError(t, err)
	counts := make(map[string]int)
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
		counts[strings.ToLower(word)]++
	}
	for i, word := range top(counts, 10) {
		require.Equal(t, []string{strconv.Itoa(counts[word]), word}, strings.Fields(lines[i]))
	}
	require.Regexp(t, `^\d+ tasks in \S+, \d+ tasks/s$`, lines[10])
}

func TestPages(t *testing.T) {
	text := strings.Repeat("a line of words\n", 100)
	got := pages(text, 256)
	require.Greater(t, len(got), 4)
	require.Equal(t, text, strings.Join(got, ""), "nothing is lost or doubled")
	require.Equal(t, []string{""}, pages("", 256), "an empty text is one empty page")
}
