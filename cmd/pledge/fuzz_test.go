package main

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzPrintable holds that no text can do anything to a terminal but be read.
func FuzzPrintable(f *testing.F) {
	for _, text := range []string{"plain", "\x1b[2J", "\u009b31m", "\u202eabc", "\xff\xfe", "a\r\nb", "\U000e0041", "\u200d"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := printable(text)
		require.True(t, utf8.ValidString(got))
		for _, r := range got {
			require.False(t, r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r >= 0x2028 && r <= 0x202e || r >= 0x2066 && r <= 0x2069, "%q", got)
		}
		require.Equal(t, got, printable(got), "it leaves alone what is printable")
		for _, line := range strings.Split(indent(text), "\n")[1:] {
			require.True(t, strings.HasPrefix(line, "    "), "%q", line)
		}
	})
}

// FuzzSize holds that a size that was accepted is written and read back the same.
func FuzzSize(f *testing.F) {
	for _, text := range []string{"0", "1", "64MiB", "10 MB", "8589934591GiB", "64M", "-1", "1e3"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var s, again size
		if s.Set(text) != nil {
			return
		}
		require.GreaterOrEqual(t, int64(s), int64(0))
		require.NoError(t, again.Set(s.String()))
		require.Equal(t, s, again)
	})
}
