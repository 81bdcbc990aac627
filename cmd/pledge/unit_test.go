package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures"
)

func TestSizeSet(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "1": 1, "65536": 65536, "12B": 12, "1KiB": 1024, "64MiB": 64 << 20, "64 MiB": 64 << 20,
		"4GiB": 4 << 30, "1KB": 1000, "10MB": 10_000_000, "2GB": 2_000_000_000, "64mib": 64 << 20,
		"9223372036854775807": 1<<63 - 1, "8589934591GiB": 8589934591 << 30,
	} {
		var s size
		require.NoError(t, s.Set(text), text)
		require.Equal(t, want, int64(s), text)
	}
	for _, text := range []string{
		"", " ", "MiB", "64M", "64K", "-1", "1.5GiB", "0x10", "1e3", "64MiBs", "9223372036854775808", "8589934592GiB", "99999999999999999999GB",
	} {
		s := size(7)
		require.Error(t, s.Set(text), text)
		require.Equal(t, size(7), s, "it leaves the size alone: %q", text)
	}
}

func TestSizeString(t *testing.T) {
	for want, n := range map[string]size{
		"0": 0, "1": 1, "1000": 1000, "1KiB": 1024, "64MiB": 64 << 20, "1GiB": 1 << 30, "1025": 1025, "1536KiB": 1536 << 10,
	} {
		require.Equal(t, want, n.String())
		var again size
		require.NoError(t, again.Set(want))
		require.Equal(t, n, again, "it can be read back")
	}
}

func TestAllow(t *testing.T) {
	var a allow
	require.True(t, a.None(), "it grants nothing to begin with")
	for _, text := range []string{"clock", "random", "tasks", "env=A=1", "env=B=", "env=A=x=y"} {
		require.NoError(t, a.Set(text))
	}
	require.True(t, a.Clock && a.Entropy && a.Tasks)
	require.Equal(t, map[string]string{"A": "x=y", "B": ""}, a.Env)
	require.Equal(t, "clock env=A=x=y env=B= random tasks", a.String())
	for _, text := range []string{"", "Clock", "clock=1", "env", "env=", "env==1", "env=A", "env=A=\x00", "network"} {
		require.Error(t, new(allow).Set(text), text)
	}
}

func TestQuantile(t *testing.T) {
	var hundred []time.Duration
	for i := range 100 {
		hundred = append(hundred, time.Duration(i+1))
	}
	for _, c := range []struct {
		of   []time.Duration
		q    float64
		want time.Duration
	}{
		{hundred, 0.5, 50}, {hundred, 0.9, 90}, {hundred, 0.99, 99}, {hundred, 1, 100}, {hundred, 0, 1},
		{hundred[:1], 0.5, 1}, {hundred[:2], 0.5, 1}, {hundred[:2], 0.99, 2}, {hundred[:3], 0.5, 2},
	} {
		require.Equal(t, c.want, quantile(c.of, c.q), "%d values, %v", len(c.of), c.q)
	}
}

func TestRounded(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0s": 0, "999ns": 999, "1.23µs": 1234, "12.3µs": 12345, "1.23s": 1234567890, "2m3s": 123456 * time.Millisecond,
	} {
		require.Equal(t, want, rounded(d).String())
	}
}

func TestPerSecond(t *testing.T) {
	require.Equal(t, "1000", perSecond(1000, time.Second))
	require.Equal(t, "12.3", perSecond(123, 10*time.Second))
	require.Equal(t, "0.5", perSecond(1, 2*time.Second))
	require.Equal(t, "1000000000", perSecond(1, 0), "it does not divide by zero")
}

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"plain text, grüße, 漢字 \U0001f469\u200d\U0001f680\n\tnext": "plain text, grüße, 漢字 \U0001f469\u200d\U0001f680\n\tnext",
		"\x1b[2J\r\x00\x7f":                     `\u001b[2J\u000d\u0000\u007f`,
		"\u009b\u202e\u2028\ufeff\U000e0041":    `\u009b\u202e\u2028\ufeff\U000e0041`,
		"bad \xff\xfe utf":                      "bad \ufffd\ufffd utf",
		"line\npledge: not the command's words": "line\npledge: not the command's words",
	} {
		require.Equal(t, want, printable(text))
	}
	require.Equal(t, "a\n    pledge: b", indent("a\npledge: b\n\n"), "it sets further lines in")
}

func TestNearest(t *testing.T) {
	m := &abi.Manifest{Tasks: []abi.TaskInfo{{Name: "greet"}, {Name: "count"}, {Name: "x"}, {Name: strings.Repeat("g", 1000)}}}
	for typed, want := range map[string]string{
		"greet": "greet", "Greet": "greet", "gret": "greet", "counts": "count", "coutn": "count", "merge": "", "y": "", "": "",
		strings.Repeat("g", 999): "",
	} {
		require.Equal(t, want, nearest(typed, m), typed)
	}
}

// TestAdvice holds that whatever ends a run, the user is told what to do.
func TestAdvice(t *testing.T) {
	for _, code := range abi.Codes() {
		o := outcome{task: "x", code: code, state: futures.StateOf(code), err: futures.ErrFailed}
		p := o.problem("x.wasm", &sandbox{}, nil)
		require.NotEmpty(t, p.hint, code)
		require.Contains(t, p.what, "["+string(code)+"]")
		require.NotZero(t, p.exit)
		require.NotEqual(t, exitUsage, p.exit)
	}
}

func TestExitCodes(t *testing.T) {
	for state, want := range map[futures.State]int{
		futures.Completed: 0, futures.Failed: 1, futures.Crashed: 3, futures.TimedOut: 4, futures.Cancelled: 5,
	} {
		require.Equal(t, want, exitOf(state), state)
	}
}

// TestDocumented holds that each command and each flag has its place in
// docs/cli.md, and a sentence of its own in the help.
func TestDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../docs/cli.md")
	require.NoError(t, err)
	for _, c := range newRoot(&streams{}).Commands() {
		if !strings.HasPrefix(c.CommandPath(), "pledge ") || c.Name() == "help" || c.Name() == "completion" {
			continue
		}
		requireDocumented(t, string(doc), c)
	}
}

func requireDocumented(t *testing.T, doc string, c *cobra.Command) {
	t.Helper()
	require.Contains(t, doc, "pledge "+c.Name())
	require.NotEmpty(t, c.Short)
	require.NotEmpty(t, c.Long)
	require.NotEmpty(t, c.Example)
	c.Flags().VisitAll(func(f *pflag.Flag) {
		require.Contains(t, doc, "`--"+f.Name, "docs/cli.md and pledge %s", c.Name())
		require.NotEmpty(t, f.Usage)
		_, completes := c.GetFlagCompletionFunc(f.Name)
		require.True(t, completes || f.Name == "cache", "it completes --%s", f.Name)
	})
}

func TestAdviceOnAModuleWithoutTasks(t *testing.T) {
	require.Contains(t, adviceOnTask("x", &abi.Manifest{}), "no tasks at all")
	require.Contains(t, adviceOnTask("x", nil), "no manifest")
}
