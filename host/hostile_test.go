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
// else to do: where it has, they grow with the crowd, and a case that broke a rule
// about time or about memory of the process may try thrice.
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
	Busy    bool   // whether a busy machine may have been what broke it
}

// breaks says which rule was broken, by this case or by a busy machine.
func (v *verdict) breaks(busy bool, format string, args ...any) {
	if v.Broken == "" {
		v.Broken, v.Busy = fmt.Sprintf(format, args...), busy
	}
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
			if v = judge(h, neighbour, c, file); !v.Busy {
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
	findMemory(4 * hostileMemory)
	w := begin(neighbour)
	v := verdict{Number: c.Number, Family: string(c.Family), Name: c.Name}
	try(h, c, file, &v)
	v.Seen = w.end()
	debug.FreeOSMemory()
	left := resident() - w.base
	// The instance of the task before is put back, or thrown away, while the
	// next one begins in another.
	budget := int64(2*hostileMemory + overMemory + 2*len(file))
	if v.Seen.Err != nil {
		v.breaks(false, "the neighbour failed: %v", v.Seen.Err)
	}
	if late(v.Seen.GC, 0, longestGC) {
		v.breaks(true, "a garbage collection took %v", v.Seen.GC)
	}
	if late(v.Seen.Echo, 0, slowestEcho) {
		v.breaks(true, "the neighbour's p99 was %v", v.Seen.Echo)
	}
	if v.Seen.RSS > budget*slower {
		v.breaks(true, "resident memory rose by %d MiB", v.Seen.RSS>>20)
	}
	if left > overMemory*slower {
		v.breaks(true, "%d MiB of resident memory were not given back", left>>20)
	}
	v.Seen.Err = nil
	return v
}

// late reports whether something took longer than a limit and what is allowed
// beyond it, on a machine as busy as this one is.
func late(took, limit, beyond time.Duration) bool {
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

// try loads and runs a case, and tells v how that ended and what was wrong.
func try(h *host.Host, c hostile.Case, file []byte, v *verdict) {
	ctx := context.Background()
	start := time.Now()
	m, err := h.Load(ctx, file, host.WithLimits(host.Limits{Timeout: c.Timeout, Fuel: c.Fuel}))
	v.Took = time.Since(start)
	if err != nil {
		v.refused(c, err)
		return
	}
	defer m.Close(ctx)
	if c.Phase != hostile.Runs {
		v.breaks(false, "it was loaded")
		return
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
		v.Outcome = f.State().String()
		v.ran(c, err)
	}
}

// refused holds an error of loading against the rules.
func (v *verdict) refused(c hostile.Case, err error) {
	var load *host.LoadError
	if !errors.As(err, &load) {
		v.breaks(false, "the error is not a LoadError: %v", err)
		return
	}
	v.Outcome, v.Says = "refused, "+string(load.Code), load.Message+" - "+load.Hint
	most := time.Duration(0)
	if c.Phase == hostile.LoadFails {
		most = bootTime
	}
	switch {
	case c.Phase == hostile.Runs:
		v.breaks(strings.Contains(load.Message, "time limit"), "it was not loaded")
	case !slices.Contains(c.Codes, load.Code):
		v.breaks(false, "the code is not one of those that are right")
	case !strings.Contains(v.Says, c.Says):
		v.breaks(false, "the error does not say %s", c.Says)
	case late(v.Took, most, overTime):
		v.breaks(true, "refusing took %v", v.Took)
	}
}

// ran holds the end of a task against the rules.
func (v *verdict) ran(c hostile.Case, err error) {
	code := hostile.Completed
	v.Says = ""
	if err != nil {
		var run *futures.RunError
		if !errors.As(err, &run) {
			v.breaks(false, "the error is not a RunError: %v", err)
			return
		}
		code, v.Says = run.Code, err.Error()
		if _, after, ok := strings.Cut(v.Says, "): "); ok {
			v.Says = after // without the run's id
		}
		v.Outcome += ", " + string(code)
	}
	switch limit := max(c.Timeout, hostileTimeout); {
	case !slices.Contains(c.Codes, code):
		v.breaks(code == abi.CodeDeadline, "the code is not one of those that are right")
	case err != nil && !strings.Contains(v.Says, c.Says):
		v.breaks(false, "the error does not say %s", c.Says)
	case late(v.Took, limit, overTime):
		v.breaks(true, "the answer took %v", v.Took)
	}
}
