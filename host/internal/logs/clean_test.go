package logs_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/host/internal/logs"
)

func TestClean(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"it leaves text alone", "Grüße, 世界 🎉 \\x1b", "Grüße, 世界 🎉 \\x1b"},
		{"it leaves tab and newline", "a\tb\nc", "a\tb\nc"},
		{"it leaves joiners", "क्\u200dष 👩\u200d🚀 \u200c", "क्\u200dष 👩\u200d🚀 \u200c"},
		{"it makes CRLF a newline", "a\r\nb\r\n", "a\nb\n"},
		{"it shows a lone carriage return", "safe\rfake", `safe\x0dfake`},
		{"it shows terminal escapes", "\x1b[2J\x1b]0;x\x07", `\x1b[2J\x1b]0;x\x07`},
		{"it shows NUL, backspace and DEL", "\x00\b\x7f", `\x00\x08\x7f`},
		{"it shows C1 controls", "\u009b31m\u0085", `\u009b31m\u0085`},
		{"it shows overrides and isolates", "\u202e\u2066\u061c\u200f", `\u202e\u2066\u061c\u200f`},
		{"it shows separators", "a\u2028b\u2029", `a\u2028b\u2029`},
		{"it shows what is invisible", "\u200b\ufeff\u2060\ufff9", `\u200b\ufeff\u2060\ufff9`},
		{"it shows tags", "\U000e0041", `\U000e0041`},
		{"it replaces what is not UTF-8", "a\xffb\xc0\x80\xed\xa0\x80", "a\ufffdb" + strings.Repeat("\ufffd", 5)},
		{"it replaces a cut character", "\xe2\x82", "\ufffd\ufffd"},
		{"it keeps a replacement character", "\ufffd", "\ufffd"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, taken := logs.Clean([]byte(">"), []byte(tt.in), 1000)
			require.Equal(t, ">"+tt.want, string(got))
			require.Equal(t, len(tt.in), taken)
			for room := range len(tt.want) {
				got, taken := logs.Clean(nil, []byte(tt.in), room)
				require.LessOrEqual(t, len(got), room, "it keeps to the room")
				require.True(t, strings.HasPrefix(tt.want, string(got)), "it keeps a prefix")
				require.Less(t, taken, len(tt.in))
			}
		})
	}
}

func TestCleanWithoutRoom(t *testing.T) {
	got, taken := logs.Clean(nil, []byte("a"), -5)
	require.Empty(t, got, "it writes nothing into negative room")
	require.Zero(t, taken)
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{"plain", "a\r\n\r\x1b[0m\n", "\xff\xe2\x82€", "\u202e\U000e0001"} {
		f.Add([]byte(seed), 100)
		f.Add([]byte(seed), 3)
	}
	f.Fuzz(func(t *testing.T, in []byte, room int) {
		got, taken := logs.Clean(nil, in, room)
		require.LessOrEqual(t, len(got), max(room, 0))
		require.LessOrEqual(t, taken, len(in))
		require.True(t, utf8.Valid(got))
		for _, r := range string(got) {
			require.False(t, unicode.IsControl(r) && r != '\t' && r != '\n', "%q", r)
		}
		again, all := logs.Clean(nil, got, len(got))
		require.Equal(t, len(got), all)
		require.Equal(t, string(got), string(again), "clean text stays as it is")
	})
}

func BenchmarkClean(b *testing.B) {
	text := []byte(strings.Repeat("an ordinary line of a log, as guests write them\n", 100))
	dst := make([]byte, 0, 2*len(text))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		logs.Clean(dst, text, len(text))
	}
}
