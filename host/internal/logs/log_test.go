package logs_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/host/internal/logs"
)

// out and errs are what a guest may do to a log, for tables.
func out(s string) func(*logs.Log)  { return func(l *logs.Log) { l.Write(logs.Stdout, []byte(s)) } }
func errs(s string) func(*logs.Log) { return func(l *logs.Log) { l.Write(logs.Stderr, []byte(s)) } }
func add(level abi.Level, s string) func(*logs.Log) {
	return func(l *logs.Log) { l.Add(level, []byte(s)) }
}

func TestLog(t *testing.T) {
	tests := []struct {
		name string
		do   []func(*logs.Log)
		want []string
	}{
		{"it has nothing to say of a silent guest", nil, nil},
		{"it keeps a message with its newlines as one entry",
			[]func(*logs.Log){add(abi.LevelError, "a\nb\n")}, []string{"error:a\nb\n"}},
		{"it keeps an empty message",
			[]func(*logs.Log){add(abi.LevelDebug, "")}, []string{"debug:"}},
		{"it splits lines within a write",
			[]func(*logs.Log){out("a\nb\n\nc\n")}, []string{"info:a", "info:b", "info:", "info:c"}},
		{"it joins lines across writes",
			[]func(*logs.Log){out("a"), out("b"), out("\nc\n")}, []string{"info:ab", "info:c"}},
		{"it joins a character across writes",
			[]func(*logs.Log){out("\xe2\x82"), out("\xac\n")}, []string{"info:€"}},
		{"it takes CRLF for one line end, also across writes",
			[]func(*logs.Log){out("a\r\nb\r"), out("\n\r"), out("\n")}, []string{"info:a", "info:b", "info:"}},
		{"it ignores an empty write",
			[]func(*logs.Log){out(""), out("\n"), out("")}, []string{"info:"}},
		{"it keeps one order for streams and messages",
			[]func(*logs.Log){out("1\n"), add(abi.LevelDebug, "2"), errs("3\n"), out("4\n")},
			[]string{"info:1", "debug:2", "warn:3", "info:4"}},
		{"it places a line where it ends",
			[]func(*logs.Log){out("out"), errs("err\n"), add(abi.LevelInfo, "log"), out("\n")},
			[]string{"warn:err", "info:log", "info:out"}},
		{"it flushes unfinished lines in the order in which they began",
			[]func(*logs.Log){errs("e"), out("o"), errs("e"), add(abi.LevelInfo, "l")},
			[]string{"info:l", "warn:ee", "info:o"}},
		{"it flushes stdout first when that began first",
			[]func(*logs.Log){out("x\no"), errs("e"), out("o")},
			[]string{"info:x", "info:oo", "warn:e"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var l logs.Log
			for _, do := range tt.do {
				do(&l)
			}
			require.Equal(t, tt.want, show(l.Finish()))
			require.Nil(t, l.Finish(), "the log is empty afterwards")
		})
	}
}

func TestLogLimits(t *testing.T) {
	const marker = "warn:pledge: log limit of %d bytes and %d entries reached; %d bytes dropped"
	tests := []struct {
		name   string
		limits logs.Limits
		do     []func(*logs.Log)
		want   []string
	}{
		{"it keeps exactly the limit without a word", logs.Limits{Bytes: 4},
			[]func(*logs.Log){out("ab\n"), add(1, "cd")}, []string{"info:ab", "info:cd"}},
		{"it cuts the message that crosses the limit", logs.Limits{Bytes: 4},
			[]func(*logs.Log){out("ab\n"), add(1, "cde")},
			[]string{"info:ab", "info:cd", fmt.Sprintf(marker, 4, 1024, 1)}},
		{"it drops everything after the first loss", logs.Limits{Bytes: 4},
			[]func(*logs.Log){add(1, "abc\x1b"), add(1, "d"), out("e\n")},
			[]string{"info:abc", fmt.Sprintf(marker, 4, 1024, 4)}},
		{"it never cuts a character in two", logs.Limits{Bytes: 4},
			[]func(*logs.Log){add(1, "ab€")},
			[]string{"info:ab", fmt.Sprintf(marker, 4, 1024, 3)}},
		{"it cuts an unfinished line", logs.Limits{Bytes: 4},
			[]func(*logs.Log){out("abc"), out("def"), out("ghi")},
			[]string{"info:abcd", fmt.Sprintf(marker, 4, 1024, 5)}},
		{"it never cuts a character of an unfinished line in two", logs.Limits{Bytes: 4},
			[]func(*logs.Log){out("a"), out("\U0001f389x\n")},
			[]string{"info:a", fmt.Sprintf(marker, 4, 1024, 5)}},
		{"it makes no empty line of one that is lost", logs.Limits{Bytes: 2},
			[]func(*logs.Log){out("ab\n"), out("c"), out("d\n"), errs("e"), out("f")},
			[]string{"info:ab", fmt.Sprintf(marker, 2, 1024, 4)}},
		{"it takes no carriage return for a line end that is lost", logs.Limits{Bytes: 8},
			[]func(*logs.Log){out("abc"), out("\rdefghijk\n")},
			[]string{`info:abc\x0dd`, fmt.Sprintf(marker, 8, 1024, 7)}},
		{"it leaves no room twice for two unfinished lines", logs.Limits{Bytes: 4},
			[]func(*logs.Log){out("abc"), errs("def")},
			[]string{"info:abc", "warn:d", fmt.Sprintf(marker, 4, 1024, 2)}},
		{"it stops at the entry limit", logs.Limits{Entries: 2},
			[]func(*logs.Log){out("a\nb\nc\nd\n")},
			[]string{"info:a", "info:b", fmt.Sprintf(marker, 65536, 2, 3)}},
		{"it counts empty entries", logs.Limits{Entries: 1},
			[]func(*logs.Log){out("\n\n")},
			[]string{"info:", fmt.Sprintf(marker, 65536, 1, 0)}},
		{"it keeps nothing when told so", logs.Limits{Bytes: -1},
			[]func(*logs.Log){out("a\n")},
			[]string{fmt.Sprintf(marker, 0, 1024, 1)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var l logs.Log
			l.Reset(tt.limits)
			for _, do := range tt.do {
				do(&l)
			}
			require.Equal(t, tt.want, show(l.Finish()))
		})
	}
}

func TestLogFlood(t *testing.T) {
	chunk := bytes.Repeat([]byte("x"), 1<<20)
	for _, stream := range []logs.Stream{logs.Stdout, logs.Stderr} {
		var l logs.Log
		for range 10 << 10 { // 10 GiB, no newline
			l.Write(stream, chunk)
		}
		entries := l.Finish()
		require.Len(t, entries, 2, "it keeps one line and the marker")
		require.Len(t, entries[0].Message, logs.DefaultBytes)
		require.Contains(t, entries[1].Message, fmt.Sprint(10<<30-logs.DefaultBytes))
	}
}

func TestLogReset(t *testing.T) {
	var l logs.Log
	l.Reset(logs.Limits{Bytes: 3})
	l.Add(abi.LevelInfo, []byte("secret of one tenant"))
	l.Write(logs.Stdout, []byte("half a line"))
	l.Write(logs.Stderr, []byte("half"))
	l.Reset(logs.Limits{})
	require.Zero(t, l.Dropped())
	l.Write(logs.Stdout, []byte("next\n"))
	require.Equal(t, []string{"info:next"}, show(l.Finish()), "it starts the next task empty")
}

func TestLogAllocations(t *testing.T) {
	var l logs.Log
	line := []byte("one line like many others\n")
	l.Write(logs.Stdout, line)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		l.Reset(logs.Limits{})
		l.Write(logs.Stdout, line)
	}), "it reuses its buffers")
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() {
		l.Write(logs.Stdout, line)
		l.Finish()
	}), 2.0, "it hands all entries over in two allocations")
}

func show(entries []logs.Entry) []string {
	var lines []string
	for _, e := range entries {
		lines = append(lines, e.Level.String()+":"+e.Message)
	}
	return lines
}

func BenchmarkWriteLine(b *testing.B) {
	var l logs.Log
	line := []byte(strings.Repeat("a", 79) + "\n")
	b.ReportAllocs()
	for b.Loop() {
		l.Reset(logs.Limits{})
		l.Write(logs.Stdout, line)
	}
}
