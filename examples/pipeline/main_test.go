package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/internal/buildguest"
)

func TestPipeline(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), buildguest.File(t, "guest"), "", &out))
	text, err := readBook(t.Context(), "")
	require.NoError(t, err)
	words := len(strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 5)
	var got, count int
	var longest string
	_, err = fmt.Sscanf(lines[0], "%d pages, %d words; the longest: %s", &got, &count, &longest)
	require.NoError(t, err)
	require.Equal(t, words, count, "no word is lost between the pages")
	require.Equal(t, fmt.Sprintf("4 fetches were tried again; progress was reported %d times", got), lines[2])
	require.Contains(t, lines[3], "known already: false")
	require.Contains(t, lines[4], "known already: true")
}
