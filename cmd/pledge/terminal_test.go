package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/internal/wasmtest"
)

// onTerminal runs the command as it runs with a terminal for its outputs.
func onTerminal(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return on(t, streams{terminal: true, live: true, colour: true}, args...)
}

func on(t *testing.T, s streams, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	s.in, s.out, s.err = strings.NewReader(""), &out, &err
	code = s.execute(t.Context(), append(args, "--cache", "off"))
	return code, out.String(), err.String()
}

func TestTerminal(t *testing.T) {
	file := writeGuest(t, wasmtest.Tasks())

	t.Run("it shows a progress bar that is gone in the end", func(t *testing.T) {
		code, stdout, stderr := onTerminal(t, "run", file, "echo", "--repeat", "500")
		require.Zero(t, code)
		require.Equal(t, "null\n", stdout)
		require.Regexp(t, `running .*0/500`, stderr)
		bar, figures, ok := strings.Cut(stderr, "500 runs in ")
		require.True(t, ok)
		require.True(t, strings.HasSuffix(bar, "\r"), "the line is wiped before the figures: %q", bar)
		require.NotContains(t, figures, "running")
	})
	t.Run("it shows the bar without colours where those are not wanted", func(t *testing.T) {
		_, _, stderr := on(t, streams{terminal: true, live: true}, "run", file, "fail", "--repeat", "500")
		require.Regexp(t, `running .*0/500`, stderr)
		require.NotContains(t, stderr, "\x1b")
	})
	t.Run("it shows no bar for one run", func(t *testing.T) {
		_, _, stderr := onTerminal(t, "run", file, "echo")
		require.Empty(t, stderr)
	})
	t.Run("it dims what the guest logs", func(t *testing.T) {
		_, stdout, stderr := onTerminal(t, "run", file, "log")
		require.Equal(t, "null\n", stdout)
		require.Equal(t, "\x1b[2mguest info  | hello from the guest\x1b[0m\n", stderr)
	})
	t.Run("it colours its own words only", func(t *testing.T) {
		code, _, stderr := onTerminal(t, "run", file, "fail")
		require.Equal(t, exitFailed, code)
		require.True(t, strings.HasPrefix(stderr, "\x1b[31mpledge:\x1b[0m fail failed: "), "%q", stderr)
		require.Contains(t, stderr, "\n\x1b[1mhint:\x1b[0m ")
	})
	t.Run("it keeps binary off the terminal", func(t *testing.T) {
		code, stdout, stderr := onTerminal(t, "run", file, "echo", "--output", "cbor")
		require.Equal(t, exitUsage, code)
		require.Empty(t, stdout)
		require.Contains(t, stderr, "standard output is a terminal")
	})
}

func TestLive(t *testing.T) {
	require.False(t, live(new(bytes.Buffer)), "it draws no bar and no colours on what is no terminal")
}
