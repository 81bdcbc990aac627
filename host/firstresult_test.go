package host_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/host"
	"github.com/pledge-wasm/pledge/internal/buildguest"
)

// firstResultEnv turns the test binary into a program that loads the guest and
// prints the result of one task: cache directory and module file, one a line.
const firstResultEnv = "PLEDGE_TEST_FIRST_RESULT"

func init() {
	arg := os.Getenv(firstResultEnv)
	if arg == "" {
		return
	}
	if err := firstResult(arg); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// firstResult prints, beside the result, how long each step took.
func firstResult(arg string) error {
	start := time.Now()
	var steps []string
	step := func(name string) {
		now := time.Now()
		steps = append(steps, fmt.Sprintf("%s=%dus", name, now.Sub(start).Microseconds()))
		start = now
	}
	ctx := context.Background()
	dir, file, _ := strings.Cut(arg, "\n")
	h, err := host.New(ctx, host.Config{CacheDir: dir})
	if err != nil {
		return err
	}
	defer h.Close(ctx)
	step("new")
	m, err := h.LoadFile(ctx, file)
	if err != nil {
		return err
	}
	step("load")
	text, err := host.Bind[string, string](m, "greet").Submit(ctx, "world").Result(ctx)
	if err != nil {
		return err
	}
	step("task")
	fmt.Println(text, strings.Join(steps, " "))
	return nil
}

// timeToFirstResult runs a new process and gives the time from before its start
// to its first result, the processor time that it took in all, and what it says
// of its steps.
func timeToFirstResult(t testing.TB, dir, file string) (wall, cpu time.Duration, said string) {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), firstResultEnv+"="+dir+"\n"+file)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	start := time.Now()
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	wall = time.Since(start)
	require.NoError(t, err)
	require.NoError(t, cmd.Wait())
	require.Contains(t, line, "Hello, world!")
	return wall, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), strings.TrimSpace(line)
}

// BenchmarkFirstResult is the time from the start of a process to the first
// result of a Go guest that it loads: cold, when the module must be compiled,
// and warm, when its code is in the cache directory. The metric is the median in
// milliseconds; on a busy machine the least and the processor time say more.
func BenchmarkFirstResult(b *testing.B) {
	file := filepath.Join(b.TempDir(), "hello.wasm")
	require.NoError(b, os.WriteFile(file, buildguest.Go(b, "../examples/hello/guest"), 0o600))
	measure := func(b *testing.B, dir func() string) {
		var walls, cpus []time.Duration
		var last string
		for b.Loop() {
			wall, cpu, said := timeToFirstResult(b, dir(), file)
			walls, cpus, last = append(walls, wall), append(cpus, cpu), said
		}
		slices.Sort(walls)
		slices.Sort(cpus)
		b.ReportMetric(float64(walls[len(walls)/2].Microseconds())/1000, "ms")
		b.ReportMetric(float64(walls[0].Microseconds())/1000, "min-ms")
		b.ReportMetric(float64(cpus[len(cpus)/2].Microseconds())/1000, "cpu-ms")
		b.Log(last)
	}
	b.Run("cold", func(b *testing.B) { measure(b, func() string { return filepath.Join(b.TempDir(), "cache") }) })
	b.Run("warm", func(b *testing.B) {
		dir := filepath.Join(b.TempDir(), "cache")
		timeToFirstResult(b, dir, file)
		measure(b, func() string { return dir })
	})
}
