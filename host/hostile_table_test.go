package host_test

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pledge-wasm/pledge/host/internal/hostile"
)

// parts are the parts of the catalogue.
var parts = map[string]string{
	"A": "Decoding and compiling", "B": "Processor", "C": "Memory and stack", "D": "The boundary",
	"E": "WASI", "F": "Results", "G": "State", "H": "What differs from run to run",
}

// table writes what became of the corpus as a document.
func table(all []verdict) []byte {
	slices.SortStableFunc(all, func(a, b verdict) int {
		if a.Family != b.Family {
			return strings.Compare(a.Family, b.Family)
		}
		return a.Number - b.Number
	})
	var worst seen
	var over time.Duration
	for _, v := range all {
		worst.GC, worst.Echo = max(worst.GC, v.Seen.GC), max(worst.Echo, v.Seen.Echo)
		worst.RSS = max(worst.RSS, v.Seen.RSS)
		over = max(over, v.Took-hostileTimeout)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `# What becomes of hostile modules

Every line is a module that somebody might send to break the host, and what the host did with it. The table is written by

    go test ./host -run TestHostile -hostile docs/hostile.md

and the same test, without the flag, fails when a line breaks one of the rules: the process lives; the error is typed and
names the limit; the answer comes at most %v after the limit (which is %v here); resident memory rises by no more
than the budgets of two tasks (one is put back while the next begins) and %d MiB, and comes back; a neighbour that calls a task every millisecond keeps its 99th percentile
below %v; no collection of garbage takes longer than %v meanwhile; and the next task on the same module ends as the first
did. What must not come in is refused within %v. A rule about time or about the memory of the process counts as broken
when it is broken three times in a row.

What no file alone can show is listed at the end, with the tests that hold it. Every number of the catalogue is in one of the
tables, or in both; a test checks that.

Written on %s/%s, Go %s, %d processors, where a busy thread took %.1f times its processor time and a page of fresh memory
%.1f us (times are held against the rules with that in mind). Over all %d cases: the longest collection took %v, the slowest 99th percentile of the neighbour was
%v, the latest answer came %v after its limit.
`, overTime, hostileTimeout, overMemory>>20, slowestEcho, longestGC, overTime,
		runtime.GOOS, runtime.GOARCH, strings.TrimPrefix(runtime.Version(), "go"), runtime.NumCPU(), crowd(), faults(), len(all),
		round(worst.GC), round(worst.Echo), round(over))
	family := ""
	for _, v := range all {
		if v.Family != family {
			family = v.Family
			fmt.Fprintf(&b, "\n## %s. %s\n\n| number | a module that | ends as | after | says |\n|---|---|---|---|---|\n", family, parts[family])
		}
		outcome := v.Outcome
		if v.Broken != "" {
			outcome += " (**" + v.Broken + "**)"
		}
		fmt.Fprintf(&b, "%s %s | %v | %s |\n", caseCells(v.Family, v.Number, v.Name), strings.ToLower(outcome), round(v.Took), cell(v.Says))
	}
	b.WriteString("\n## What no file alone can show\n\n| number | somebody who | held by |\n|---|---|---|\n")
	for _, n := range hostile.Notes {
		fmt.Fprintln(&b, noteRow(n))
	}
	return b.Bytes()
}

// caseCells begins the line of a case.
func caseCells(family string, number int, name string) string {
	return fmt.Sprintf("| %s%d | %s |", family, number, name)
}

// noteRow is the line of a note.
func noteRow(n hostile.Note) string {
	var held []string
	for _, test := range n.Tests {
		folder, name, _ := strings.Cut(test, ": ")
		held = append(held, "`"+name+"` in `"+folder+"`")
	}
	text := strings.Join(held, ", ")
	if text != "" && n.Why != "" {
		text += ". "
	}
	return fmt.Sprintf("| %c%d | %s | %s%s |", n.Family, n.Number, n.What, text, n.Why)
}

// The document has every case and every note.
func TestHostileTableIsComplete(t *testing.T) {
	document, err := os.ReadFile("../docs/hostile.md")
	require.NoError(t, err)
	var missing []string
	look := func(line string) {
		if !strings.Contains(string(document), "\n"+line) {
			missing = append(missing, line)
		}
	}
	for _, c := range hostile.All() {
		look(caseCells(string(c.Family), c.Number, c.Name))
	}
	for _, n := range hostile.Notes {
		look(noteRow(n) + "\n")
	}
	require.Empty(t, missing, "write the table anew, or add the lines")
}

// cell makes the text of an error fit a table.
func cell(s string) string {
	if len(s) > 110 {
		s = strings.ToValidUTF8(s[:110], "") + "..."
	}
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;").Replace(s)
}

func round(d time.Duration) time.Duration {
	switch {
	case d > 10*time.Millisecond:
		return d.Round(time.Millisecond)
	case d > time.Millisecond:
		return d.Round(100 * time.Microsecond)
	}
	return d.Round(time.Microsecond)
}
