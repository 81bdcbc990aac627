package host_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/abi"
	"github.com/pledge-wasm/pledge/futures"
	"github.com/pledge-wasm/pledge/host"
	"github.com/pledge-wasm/pledge/host/internal/hostile"
)

// hostileTable is the file that lists what became of every case:
//
//	go test ./host -run TestHostile -hostile docs/hostile.md
var hostileTable = flag.String("hostile", "", "write the table of hostile cases to this file, relative to the module's root")

// The rules that every case must pass. Times are for a machine that has nothing
// else to do: where it has, they grow with the crowd, and a case may try thrice.
const (
	hostileTimeout = 200 * time.Millisecond
	hostileMemory  = 64 << 20
	overTime       = 100 * time.Millisecond // past the limit, until the answer is there
	overMemory     = 32 << 20
	longestGC      = 50 * time.Millisecond
	slowestEcho    = 30 * time.Millisecond // the neighbour's p99; alone it is below 1 ms
	bootTime       = 3 * hostileTimeout    // start, _initialize, alloc and describe share the limits
)

// verdict is what became of one case.
type verdict struct {
	Number  int
	Family  string
	Name    string
	Outcome string // the state or "refused", and the code
	Says    string
	Took    time.Duration
	Seen    seen
	Broken  string // the rule that was broken
}

// TestHostile runs the corpus through the public API. Cases that would take the
// process with them, were the defence gone, run in a process per number.
func TestHostile(t *testing.T) {
	var all []verdict
	groups := map[string][]hostile.Case{}
	var order []string
	for _, c := range hostile.All() {
		key := fmt.Sprintf("%c%d", c.Family, c.Number)
		if c.Child {
			key += " in a process of its own"
		}
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], c)
	}
	for _, key := range order {
		t.Run(key, func(t *testing.T) {
			cases := groups[key]
			var verdicts []verdict
			if cases[0].Child {
				verdicts = inChild(t, cases)
			} else {
				verdicts = judgeAll(t, cases, func(verdict) {})
			}
			all = append(all, verdicts...)
			for _, v := range verdicts {
				t.Run("it survives what "+v.Name, func(t *testing.T) {
					require.Empty(t, v.Broken, "%s: %s", v.Outcome, v.Says)
				})
			}
		})
	}
	if *hostileTable != "" {
		require.NoError(t, os.WriteFile("../"+*hostileTable, table(all), 0o644))
	}
}

// childCases is how a process learns which cases are its own.
const childCases = "PLEDGE_HOSTILE_CASES"

// inChild judges cases in a process of their own.
func inChild(t *testing.T, cases []hostile.Case) []verdict {
	var names []string
	for _, c := range cases {
		names = append(names, c.Name)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestHostileChild$", "-test.timeout=3m")
	child.Env = append(os.Environ(), childCases+"="+strings.Join(names, "\n"))
	var out, trouble bytes.Buffer
	child.Stdout, child.Stderr = &out, &trouble
	err := child.Run()
	var verdicts []verdict
	for line := range strings.Lines(out.String()) {
		var v verdict
		if rest, ok := strings.CutPrefix(line, "verdict "); ok {
			require.NoError(t, json.Unmarshal([]byte(rest), &v))
			verdicts = append(verdicts, v)
		}
	}
	if len(verdicts) < len(cases) {
		lost := cases[len(verdicts)].Name
		require.NoError(t, err, "the process died of what %s\n%s", lost, tail(trouble.String(), 4000))
		t.Fatalf("the process stopped at what %s\n%s", lost, tail(out.String(), 4000))
	}
	require.NoError(t, err, tail(out.String(), 4000))
	return verdicts
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }

// TestHostileChild is the process that inChild starts; elsewhere it has nothing
// to do.
func TestHostileChild(t *testing.T) {
	names := os.Getenv(childCases)
	if names == "" {
		return
	}
	var cases []hostile.Case
	for _, c := range hostile.All() {
		if slices.Contains(strings.Split(names, "\n"), c.Name) {
			cases = append(cases, c)
		}
	}
	judgeAll(t, cases, func(v verdict) {
		line, err := json.Marshal(v)
		require.NoError(t, err)
		fmt.Printf("verdict %s\n", line)
	})
}

// judgeAll judges cases on one host, beside one neighbour.
func judgeAll(t *testing.T, cases []hostile.Case, report func(verdict)) []verdict {
	h := newHost(t, host.Config{Limits: host.Limits{Memory: hostileMemory, Timeout: hostileTimeout}})
	neighbour := canary(t, h)
	var verdicts []verdict
	for _, c := range cases {
		file := c.Wasm()
		var v verdict
		for range 3 {
			if v = judge(h, neighbour, c, file); v.Broken == "" {
				break
			}
		}
		report(v)
		verdicts = append(verdicts, v)
	}
	return verdicts
}

// judge runs one case and holds it against the rules.
func judge(h *host.Host, neighbour host.Task[string, string], c hostile.Case, file []byte) verdict {
	debug.FreeOSMemory()
	w := begin(neighbour)
	v := verdict{Number: c.Number, Family: string(c.Family), Name: c.Name}
	v.Broken = try(h, c, file, &v)
	v.Seen = w.end()
	debug.FreeOSMemory()
	left := resident() - w.base
	// The instance of the task before is put back, or thrown away, while the
	// next one begins in another.
	budget := int64(2*hostileMemory + overMemory + 2*len(file))
	switch {
	case v.Broken != "":
	case v.Seen.Err != nil:
		v.Broken = "the neighbour failed: " + v.Seen.Err.Error()
	case late(c, v.Seen.GC, 0, longestGC):
		v.Broken = fmt.Sprintf("a garbage collection took %v", v.Seen.GC)
	case late(c, v.Seen.Echo, 0, slowestEcho):
		v.Broken = fmt.Sprintf("the neighbour's p99 was %v", v.Seen.Echo)
	case v.Seen.RSS > budget*slower:
		v.Broken = fmt.Sprintf("resident memory rose by %d MiB", v.Seen.RSS>>20)
	case left > overMemory*slower:
		v.Broken = fmt.Sprintf("%d MiB of resident memory were not given back", left>>20)
	}
	v.Seen.Err = nil
	return v
}

// late reports whether something took longer than a limit and what is allowed
// beyond it, on a machine as busy as this one is.
func late(c hostile.Case, took, limit, beyond time.Duration) bool {
	if took <= limit+beyond {
		return false
	}
	busy := crowd()
	if busy < 1.2 {
		busy = 1
	} else {
		busy *= 4 // a crowd comes in waves
	}
	return float64(took) > float64(limit)+float64(beyond)*busy*slower
}

// try loads and runs a case, and says what was wrong with how that ended.
func try(h *host.Host, c hostile.Case, file []byte, v *verdict) string {
	ctx := context.Background()
	limits := host.Limits{Timeout: c.Timeout, Fuel: c.Fuel, Memory: c.Memory}
	start := time.Now()
	m, err := h.Load(ctx, file, host.WithLimits(limits))
	v.Took = time.Since(start)
	if err != nil {
		var load *host.LoadError
		if !errors.As(err, &load) {
			return "the error is not a LoadError: " + err.Error()
		}
		v.Outcome, v.Says = "refused, "+string(load.Code), load.Message+" - "+load.Hint
		most := time.Duration(0)
		if c.Phase == hostile.LoadFails {
			most = bootTime
		}
		switch {
		case c.Phase == hostile.Runs:
			return "it was not loaded"
		case !slices.Contains(c.Codes, load.Code):
			return "the code is not one of those that are right"
		case !strings.Contains(v.Says, c.Says):
			return "the error does not say " + c.Says
		case late(c, v.Took, most, overTime):
			return fmt.Sprintf("refusing took %v", v.Took)
		}
		return ""
	}
	defer m.Close(ctx)
	if c.Phase != hostile.Runs {
		return "it was loaded"
	}
	args := abi.Raw(c.Args)
	if args == nil {
		args = abi.Raw{0xf6}
	}
	task := host.Bind[abi.Raw, abi.Raw](m, "task")
	for range 2 { // the next task on the same module ends the same way
		start := time.Now()
		f := task.Submit(ctx, args)
		_, err := f.Result(ctx)
		v.Took = time.Since(start)
		var run *futures.RunError
		code := hostile.Completed
		v.Outcome, v.Says = f.State().String(), ""
		if err != nil {
			if !errors.As(err, &run) {
				return "the error is not a RunError: " + err.Error()
			}
			code, v.Says = run.Code, err.Error()
			if _, after, ok := strings.Cut(v.Says, "): "); ok {
				v.Says = after // without the run's id
			}
			v.Outcome += ", " + string(code)
		}
		switch {
		case !slices.Contains(c.Codes, code):
			return "the code is not one of those that are right"
		case err != nil && !strings.Contains(v.Says, c.Says):
			return "the error does not say " + c.Says
		case late(c, v.Took, hostileTimeout, overTime):
			return fmt.Sprintf("the answer took %v", v.Took)
		}
	}
	return ""
}
