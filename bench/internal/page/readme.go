package page

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/pledge-wasm/pledge/bench/internal/compare"
	"github.com/pledge-wasm/pledge/bench/internal/text"
)

// Begin and End stand around the figures in README.md.
const (
	Begin = "<!-- bench:begin -->"
	End   = "<!-- bench:end -->"
)

// shown are the contestants of the summary: those that give every task a world
// of its own.
var shown = []string{"wazero, new instance", "Extism, new instance", "wasmtime, new instance"}

// Summary is the table of README.md. A test of the pledge module reads the
// ratios of its rows back, so rows are found by their first cell and columns by
// their head.
func Summary(r *compare.Results) []byte {
	var b strings.Builder
	head := []string{"one task, in a world of its own", subject}
	var names []string
	for _, name := range shown {
		if _, ok := r.Small.Sample["sum"][name]; ok {
			names = append(names, name)
			head = append(head, name)
		}
	}
	rows := [][]string{head}
	line := func(what string, of func(name string) float64, print func(float64) string) {
		ours := of(subject)
		if ours == 0 { // some systems do not tell what memory a process holds
			return
		}
		row := []string{what, print(ours)}
		for _, name := range names {
			if v := of(name); v > 0 {
				row = append(row, fmt.Sprintf("%s (%s)", print(v), text.Times(v/ours)))
			} else {
				row = append(row, "–")
			}
		}
		rows = append(rows, row)
	}
	asTime := func(v float64) string { return text.Duration(time.Duration(v)) }
	line("sum, small guest", func(n string) float64 { return float64(r.Small.Sample["sum"][n].P50) }, asTime)
	line("sum, Go guest", func(n string) float64 { return float64(r.Go.Sample["sum"][n].P50) }, asTime)
	line("word count of 3 KB, Go guest", func(n string) float64 { return float64(r.Go.Sample["word count"][n].P50) }, asTime)
	line("first result, Go guest, warm cache", func(n string) float64 { return float64(r.First[n].Warm) }, asTime)
	line("idle instance, Go guest", func(n string) float64 {
		return r.Idle[strings.Replace(n, "new instance", "reused", 1)].Go
	}, text.Size)
	text.Table(&b, rows)
	if compare.Slowdown(r, compare.Base) > 0 {
		fmt.Fprintf(&b, "Being able to stop any guest costs pledge %.2f times plain wazero (geometric mean of seven workloads); "+
			"wazero's own switch, which stops loops only, costs %.2f times.\n\n",
			compare.Slowdown(r, subject), compare.Slowdown(r, "wazero, reused + switch"))
	}
	return []byte(b.String())
}

// Replace puts figures between the marks of a file. It tells whether the marks are
// there; a file that is not there has none.
func Replace(path string, figures []byte) (bool, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	before, rest, ok := bytes.Cut(b, []byte(Begin))
	if !ok {
		return false, nil
	}
	_, after, ok := bytes.Cut(rest, []byte(End))
	if !ok {
		return false, nil
	}
	var out bytes.Buffer
	for _, part := range [][]byte{before, []byte(Begin + "\n\n"), bytes.TrimSpace(figures), []byte("\n\n" + End), after} {
		out.Write(part)
	}
	return true, os.WriteFile(path, out.Bytes(), 0o644)
}
