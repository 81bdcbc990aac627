//go:build unix

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/internal/wasmtest"
)

// TestSignals sends signals to the real command while its task spins.
func TestSignals(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run("it ends at "+signal.String(), func(t *testing.T) { endBy(t, signal) })
	}
}

func endBy(t *testing.T, signal os.Signal) {
	t.Helper()
	cmd := exec.Command("pledge", "run", writeGuest(t, wasmtest.Spin()), "any", "--timeout", "10m", "--args", "-", "--cache", "off")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	// What does not fit into a pipe is only taken by a command that reads, and
	// by then it listens to signals.
	_, err = stdin.Write([]byte(strings.Repeat(" ", 1<<20) + "1"))
	require.NoError(t, err)
	require.NoError(t, stdin.Close())
	require.NoError(t, cmd.Process.Signal(signal))

	exit, ok := errors.AsType[*exec.ExitError](cmd.Wait())
	require.True(t, ok, stderr.String())
	require.Equal(t, exitCancelled, exit.ExitCode(), stderr.String())
	require.Empty(t, stdout.String())
	require.Regexp(t, `cancelled.* \[cancelled\]\nhint: `, stderr.String())
}
