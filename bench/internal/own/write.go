package own

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pledge-wasm/pledge/bench/internal/text"
)

func (f *Figures) curveRows() [][]string {
	rows := [][]string{{"pages written, of 64 MiB", "task"}}
	for _, p := range f.PagesCurve {
		rows = append(rows, []string{text.Count(p.X), text.Duration(p.Time)})
	}
	return rows
}

func (f *Figures) sizeRows() [][]string {
	few := slices.Sorted(maps.Keys(f.SizeCurves))
	head := []string{"memory"}
	for _, n := range few {
		head = append(head, fmt.Sprintf("pages written: %d", n))
	}
	rows := [][]string{head}
	if len(few) == 0 {
		return rows
	}
	for i, p := range f.SizeCurves[few[0]] {
		row := []string{text.Size(p.X)}
		for _, n := range few {
			row = append(row, text.Duration(f.SizeCurves[n][i].Time))
		}
		rows = append(rows, row)
	}
	return rows
}

func (f *Figures) roomRows() [][]string {
	rows := [][]string{{"room", "benchmark", "figures"}}
	for _, b := range f.Benchmarks {
		rows = append(rows, []string{b.Room, b.Name, b.text()})
	}
	return rows
}

func (f *Figures) machine() string {
	m := f.Machine
	return fmt.Sprintf("Machine: %s, %d cores, %s, kernel %s, %s. pledge runs on %s and resets by %s. The Go guest has %s.",
		m.CPU, m.Cores, m.System, m.Kernel, m.Go, m.Engine, m.Reset, text.Size(float64(f.GuestSize)))
}

// Print is all figures as plain text.
func (f *Figures) Print() string {
	var b strings.Builder
	fmt.Fprintln(&b, f.machine())
	for _, rows := range [][][]string{f.table(), f.curveRows(), f.sizeRows(), f.roomRows()} {
		fmt.Fprintln(&b)
		align(&b, rows)
	}
	return b.String()
}

func align(b *strings.Builder, rows [][]string) {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], len([]rune(cell)))
		}
	}
	for _, row := range rows {
		for i, cell := range row {
			if i == len(row)-1 {
				b.WriteString(strings.Trim(cell, "*"))
				continue
			}
			b.WriteString(cell + strings.Repeat(" ", width[i]-len([]rune(cell))+2))
		}
		b.WriteByte('\n')
	}
}

const intro = `# Performance

What pledge costs, through its public API from Submit to the decoded result. Everything on this page is written by

    make performance

and ` + "`make bench`" + ` prints the same without writing. How it compares with what one would take in its place is in
[benchmarks.md](benchmarks.md).

`

const curvesText = `## What a reset follows

Between two tasks an instance is put back: its memory, its globals, and what else a task can change. What that costs
follows the pages that the task wrote. A task here writes one byte in each of so many pages; the time is the whole task,
from Submit to the result, writing included.

![Time by pages written](img/reset-pages.png)

`

const sizeText = `The size of the memory makes little of it. What there is comes from the processor: pages that lie far apart miss its
caches.

![Time by size of the memory](img/reset-size.png)

`

// Page is docs/performance.md.
func (f *Figures) Page() []byte {
	var b strings.Builder
	b.WriteString(intro)
	b.WriteString(f.machine() + "\n\n")
	text.Table(&b, f.table())
	b.WriteString("A pristine call allocates:\n\n")
	rows := [][]string{{"guest", "allocations", "bytes", "99th percentile", "medians of the rounds"}}
	for _, c := range f.Calls {
		rows = append(rows, []string{c.Guest, text.Count(c.Pledge.Allocs), text.Size(c.Pledge.Bytes), text.Duration(c.Pledge.P99),
			text.Duration(c.Pledge.Low) + " … " + text.Duration(c.Pledge.High)})
	}
	text.Table(&b, rows)
	b.WriteString(curvesText)
	text.Table(&b, f.curveRows())
	b.WriteString(sizeText)
	text.Table(&b, f.sizeRows())
	b.WriteString("## Metering\n\nSeven workloads in Go, over the same code on plain wazero:\n\n")
	rows = [][]string{{"workload", "over plain"}}
	for _, name := range slices.Sorted(maps.Keys(f.Slowdown)) {
		rows = append(rows, []string{name, text.Times(f.Slowdown[name])})
	}
	text.Table(&b, rows)
	b.WriteString("## Room by room\n\nWhat the packages' own benchmarks say:\n\n")
	text.Table(&b, f.roomRows())
	return []byte(b.String())
}
