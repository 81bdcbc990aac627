package page

import (
	"fmt"
	"strings"
	"time"

	"github.com/pledge-wasm/pledge/bench/internal/compare"
	"github.com/pledge-wasm/pledge/bench/internal/small"
	"github.com/pledge-wasm/pledge/bench/internal/text"
)

// costs writes allocations per task and memory of idle instances.
func costs(b *strings.Builder, r *compare.Results) {
	b.WriteString("## Memory\n\nAllocations of the host per task (sum; the linear memories of pledge and wasmtime are no part of the " +
		"Go heap), and what one idle instance takes after one task: the growth of the process, over so many instances, " +
		"garbage collected. It is the proportional set size with the page tables, so Go heap, linear memory and code all count, and " +
		"what instances share counts once. Contestants with an instance per call have none that is idle.\n\n")
	rows := [][]string{{"", "small: allocations", "bytes", "Go: allocations", "bytes", "idle instance, small", "Go", "of"}}
	for _, who := range r.Contestants {
		s, g := r.Small.Sample["sum"][who.Name], r.Go.Sample["sum"][who.Name]
		row := []string{who.Name, text.Count(s.Allocs), text.Size(s.Bytes), text.Count(g.Allocs), text.Size(g.Bytes), "", "", ""}
		if idle, ok := r.Idle[who.Name]; ok {
			row[5], row[6], row[7] = measured(idle.Small), measured(idle.Go), text.Count(float64(idle.Count))
		}
		rows = append(rows, row)
	}
	text.Table(b, rows)
}

// measured prints bytes, or a dash where none were measured.
func measured(v float64) string {
	if v == 0 {
		return "–"
	}
	return text.Size(v)
}

func starts(b *strings.Builder, r *compare.Results) {
	b.WriteString("## The first result\n\nFrom the beginning of `main` in a new process to the first sum of the Go guest; " +
		"cold with an empty cache of compiled code on disk, warm with the code in it. Medians.\n\n")
	rows := [][]string{{"", "cold", "warm"}}
	for _, who := range r.Contestants {
		if f, ok := r.First[who.Name]; ok {
			rows = append(rows, []string{who.Name, text.Duration(f.Cold), text.Duration(f.Warm)})
		}
	}
	text.Table(b, rows)
}

// overshoot writes how far past the deadline the guests ran that are about it.
func overshoot(b *strings.Builder, r *compare.Results) {
	fmt.Fprintf(b, "## Past the deadline\n\nEach guest runs in a process of its own, with a deadline of %s, and is ended by force %s "+
		"after that. Overshoot is how much later than its deadline it ended; `runtime.GC()` is called meanwhile and timed: the whole "+
		"process stands still while it waits for guests that cannot be interrupted. Of those that end, each figure is the worst of %d tries.\n\n",
		text.Duration(r.Deadline), text.Duration(r.Patience), r.Tries)
	head := []string{""}
	for _, c := range compare.Overshoot {
		head = append(head, c+": overshoot", "GC")
	}
	rows := [][]string{head}
	for _, who := range r.Contestants {
		if _, ok := r.Hostile[compare.Overshoot[0]][who.Name]; !ok {
			continue
		}
		row := []string{who.Name}
		for _, c := range compare.Overshoot {
			v := r.Hostile[c][who.Name]
			over := text.Duration(max(v.Took-r.Deadline, time.Microsecond))
			switch {
			case v.How == "never":
				over = "over " + text.Duration(r.Patience)
			case v.How == "dead":
				over = "dead"
			}
			row = append(row, over, pause(v, r.Patience))
		}
		rows = append(rows, row)
	}
	text.Table(b, rows)
}

func pause(v compare.Verdict, patience time.Duration) string {
	if v.GCNever {
		return "over " + text.Duration(patience)
	}
	return text.Duration(v.GC)
}

const verdicts = `## Hostile guests

Each case in a process of its own with at most 4 GiB of memory, under a limit of 64 MiB for the guest and the deadline
above, each contestant with what it has of switches and limits (wasmtime's tables: 1,000,000 elements) turned on. *stopped*: an error in time, with the limit that a
program can read from it, or *text only*. *answered*: no error, in time. *late*: more than 0.1 s past the deadline.
*never*: still at it when it was ended by force. *dead*: the process itself was gone. "next fails": the same subject does
not answer the next, harmless task.

`

func hostile(b *strings.Builder, r *compare.Results) {
	b.WriteString(verdicts)
	head := []string{"case"}
	var names []string
	for _, who := range r.Contestants {
		if _, ok := r.Hostile["start"][who.Name]; ok {
			names = append(names, who.Name)
			head = append(head, who.Name)
		}
	}
	rows := [][]string{head}
	for _, h := range small.Hostiles {
		row := []string{"**" + h.Name + "**: " + h.Note}
		for _, name := range names {
			row = append(row, verdict(h, r.Hostile[h.Name][name]))
		}
		rows = append(rows, row)
	}
	text.Table(b, rows)
}

func verdict(h small.Hostile, v compare.Verdict) string {
	next := ""
	if !v.Next && !h.Loading && v.How != "dead" && v.How != "never" {
		next = ", next fails"
	}
	switch v.How {
	case "never", "dead", "unclear":
		return "**" + v.How + "**"
	case "late":
		return "**late**: " + text.Duration(v.Took) + next
	case "answered":
		if h.Name == "remember" {
			if v.Next {
				return "clean"
			}
			return "**found**"
		}
		return "answered" + next
	}
	typed := v.Typed
	if typed == "" {
		typed = "text only"
	}
	return typed + next
}
