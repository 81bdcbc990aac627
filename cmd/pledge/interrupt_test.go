package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/host"
	"github.com/pledge-wasm/pledge/internal/wasmtest"
)

// endless is a standard input that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	p[0] = ' '
	return len(p), nil
}

func TestInterruptedEarly(t *testing.T) {
	file := writeGuest(t, wasmtest.Tasks())
	for name, args := range map[string][]string{
		"it ends a run":                 {"run", file, "echo"},
		"it ends a run for its outcome": {"run", file, "echo", "--output", "outcome"},
		"it ends a repetition":          {"run", file, "echo", "--repeat", "1000000000", "--concurrency", "2"},
		"it ends an inspection":         {"inspect", file},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			var stdout, stderr bytes.Buffer
			require.Equal(t, exitCancelled, run(ctx, append(args, "--cache", "off"), strings.NewReader(""), &stdout, &stderr), stderr.String())
			require.Regexp(t, `cancelled`, stderr.String())
			if strings.Contains(name, "outcome") {
				require.Regexp(t, `"state":"Cancelled","code":"cancelled"`, stdout.String())
			} else {
				require.Empty(t, stdout.String())
			}
		})
	}
}

// TestEndlessArguments gives the command more than a guest could hold.
func TestEndlessArguments(t *testing.T) {
	var stdout, stderr bytes.Buffer
	args := []string{"run", writeGuest(t, wasmtest.Echo()), "any", "--args", "-", "--memory", "64KiB", "--cache", "off"}
	code := run(t.Context(), args, endless{}, &stdout, &stderr)
	require.Equal(t, exitUsage, code)
	require.Regexp(t, `^pledge: standard input has more than the \d+ bytes`, stderr.String())
}

// TestTooManyArguments gives a list of more items than a payload may have.
func TestTooManyArguments(t *testing.T) {
	var stdout, stderr bytes.Buffer
	list := "[" + strings.Repeat("0,", 17<<20) + "0]"
	args := []string{"run", writeGuest(t, wasmtest.Echo()), "any", "--args", "-", "--cache", "off"}
	code := run(t.Context(), args, strings.NewReader(list), &stdout, &stderr)
	require.Equal(t, exitUsage, code)
	require.Regexp(t, "^pledge: standard input cannot be arguments: .*too many items\nhint: ", stderr.String())
}

// TestEndlessModule inspects a file that is longer than any module.
func TestEndlessModule(t *testing.T) {
	path := writeGuest(t, nil)
	require.NoError(t, os.Truncate(path, 1<<30))
	var stdout, stderr bytes.Buffer
	require.Equal(t, exitCrashed, run(t.Context(), []string{"inspect", path, "--cache", "off"}, strings.NewReader(""), &stdout, &stderr))
	require.Empty(t, stdout.String(), "it gives no digest of a part")
	require.Regexp(t, `was refused: it has more than 128 MiB \[module_rejected\]\nhint: `, stderr.String())
}

// broken is an output that cannot be written to.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("the disk is full") }

func TestOutputThatFails(t *testing.T) {
	file := writeGuest(t, wasmtest.Tasks())
	for _, args := range [][]string{{"run", file, "echo"}, {"inspect", file}, {"version"}} {
		var stderr bytes.Buffer
		require.Equal(t, exitCrashed, run(t.Context(), args, strings.NewReader(""), broken{}, &stderr))
		require.Regexp(t, `^pledge: cannot write the result: the disk is full\nhint: `, stderr.String())
	}
}

// silence is a standard input on which nothing comes, as at a terminal where
// nobody types. It interrupts the command once it is read.
type silence struct{ cancel context.CancelFunc }

func (s silence) Read([]byte) (int, error) {
	s.cancel()
	select {}
}

func TestInterruptedWhileItReads(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var stdout, stderr bytes.Buffer
	code := run(ctx, []string{"run", writeGuest(t, wasmtest.Echo()), "any", "--args", "-", "--cache", "off"}, silence{cancel}, &stdout, &stderr)
	require.Equal(t, exitCancelled, code)
	require.Empty(t, stdout.String())
	require.Regexp(t, "^pledge: waiting for the arguments was cancelled", stderr.String())
}

// TestInterruptedRepetition interrupts a repetition in its middle.
func TestInterruptedRepetition(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var runs atomic.Int64
	h, err := host.New(ctx, host.Config{Report: func(host.Report) {
		if runs.Add(1) == 5 {
			cancel()
		}
	}})
	require.NoError(t, err)
	defer h.Close(ctx)
	m, err := h.Load(ctx, wasmtest.Tasks())
	require.NoError(t, err)

	var stderr bytes.Buffer
	r := &repetition{
		streams: &streams{err: &stderr}, task: host.Bind[abi.Raw, abi.Raw](m, "echo"),
		args: abi.Raw{0xf6}, times: 1_000_000_000, workers: 2,
	}
	o := r.run(ctx)
	require.Equal(t, futures.Cancelled, o.state, "it tells of the interruption")
	require.Less(t, runs.Load(), int64(20), "it begins no more runs")
	require.Regexp(t, `(?m)^\d+ runs in .*\nlatency p50 .*\n\d+ Cancelled \[cancelled\]\n\d+ Completed\n$`, stderr.String(), "it says how fast it was until then")
}

func writeGuest(t *testing.T, wasm []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "guest.wasm")
	require.NoError(t, os.WriteFile(path, wasm, 0o600))
	return path
}
