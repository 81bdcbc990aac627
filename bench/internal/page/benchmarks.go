// Package page writes the comparison: docs/benchmarks.md, its pictures, and the
// figures in README.md.
package page

import (
	"fmt"
	"strings"
	"time"

	"github.com/pledge-wasm/pledge/bench/internal/compare"
	"github.com/pledge-wasm/pledge/bench/internal/contest"
	"github.com/pledge-wasm/pledge/bench/internal/text"
)

const subject = "pledge"

const intro = `# Side by side

The same work through pledge and through what one would take in its place, all in one run of one program. Everything on
this page, the pictures too, is written by

    make bench-peers

which builds the guests from source and takes some minutes. It needs Go; with a C compiler wasmtime takes part as well.
What pledge costs by itself, against the bars that it sets itself, is in [performance.md](performance.md).

`

const method = `## How it is measured

- Contestants take turns, round by round (A B C A B C), and the garbage of the one before is collected in between, so
  that a slow moment of the machine meets all of them. A time is the median over all rounds; in brackets is the range of
  the medians of the single rounds.
- Every contestant is called in the way that its documentation recommends, across its own natural boundary: CBOR for
  pledge, pointer and length for wazero and wasmtime, ` + "`extism:host/env`" + ` for Extism, generated protocol buffers
  for go-plugin. Encoding arguments and decoding results is part of the time. What can be looked up once, is: a caller
  that keeps an instance keeps its functions, too.
- **Isolation** says what a task finds. *pristine*: all as initialisation left it, restored. *fresh*: a new instance,
  initialised again, thrown away. *reused*: whatever earlier tasks left behind. *none*: no sandbox. Only the first two
  are fit for the tasks of strangers; the others are here so that the price of isolation shows.
- **Stops** says which guests the contestant can end. "loops" are those that stop at a loop's head and nowhere else.
- Small guests are a few hundred bytes, made by hand. Go guests are built with ` + "`-buildmode=c-shared -ldflags='-s -w'`" + `
  from ` + "`bench/guests`" + `, all around the same functions. The guests of wazero, Extism and wasmtime read and write CBOR
  with a few lines written by hand, the cheapest there is; pledge's guest uses its SDK.
- Extism's kit for Go is not used; its imports are declared in the guest, and copy eight bytes a call as the kit does. The
  small guest hands its input back without a copy.
- go-plugin has no instance per call: each load compiles anew. wasmtime's pooling allocator is not among what its Go
  package offers.
- **Bold** is faster than pledge.

`

// Benchmarks is docs/benchmarks.md.
func Benchmarks(r *compare.Results) []byte {
	var b strings.Builder
	b.WriteString(intro)
	machine(&b, r)
	b.WriteString("In short:\n\n")
	b.Write(Summary(r))
	b.WriteString(method)

	b.WriteString("## Small guest\n\n")
	b.WriteString("![Time per task, small guest](img/latency-small.png)\n\n")
	medians(&b, r, r.Small)
	tails(&b, r, r.Small)
	b.WriteString("## Go guest\n\n")
	b.WriteString("![Time per task, Go guest](img/latency-go.png)\n\n")
	medians(&b, r, r.Go)
	tails(&b, r, r.Go)
	b.WriteString("Time by the size of what is echoed, Go guest:\n\n![Echo by size](img/echo.png)\n\n")

	b.WriteString("## The guest's own speed\n\nSeven workloads in Go, each some milliseconds; times over those of plain " +
		"wazero, which has nothing to stop them with. The closure runs the same functions natively, where SHA-256 is an instruction.\n\n![Workloads](img/workloads.png)\n\n")
	workloads(&b, r)
	throughput(&b, r)
	costs(&b, r)
	starts(&b, r)
	overshoot(&b, r)
	hostile(&b, r)
	return []byte(b.String())
}

func machine(b *strings.Builder, r *compare.Results) {
	m := r.Machine
	fmt.Fprintf(b, "Machine: %s, %d cores, %s, kernel %s, %s. pledge runs on %s and resets by %s. %s. The run took %s.\n\n",
		m.CPU, m.Cores, m.System, m.Kernel, m.Go, m.Engine, m.Reset, strings.Join(m.Versions, ", "), r.Took.Round(time.Second))
	if r.Missing != "" {
		fmt.Fprintf(b, "%s.\n\n", r.Missing)
	}
	var sizes []string
	for _, abi := range []contest.ABI{contest.ABIPledge, contest.ABIRaw, contest.ABIExtism, contest.ABIGoPlugin} {
		sizes = append(sizes, fmt.Sprintf("%s %s and %s", abi, text.Size(float64(r.Sizes[string(abi)+" small"])), text.Size(float64(r.Sizes[string(abi)+" light"]))))
	}
	fmt.Fprintf(b, "Guests, small and Go: %s.\n\n", strings.Join(sizes, "; "))
}

// medians writes a table of medians, each with its ratio to pledge.
func medians(b *strings.Builder, r *compare.Results, l compare.Latency) {
	rows := [][]string{append([]string{"median", "isolation", "stops"}, l.Works...)}
	for _, who := range r.Contestants {
		row := []string{who.Name, who.Isolation, who.Stops}
		for _, work := range l.Works {
			s, ok := l.Sample[work][who.Name]
			ours := l.Sample[work][subject]
			switch {
			case !ok:
				row = append(row, "failed")
			case who.Name == subject:
				row = append(row, text.Duration(s.P50))
			case s.P50 < ours.P50:
				row = append(row, fmt.Sprintf("**%s** (%s)", text.Duration(s.P50), text.Times(float64(s.P50)/float64(ours.P50))))
			default:
				row = append(row, fmt.Sprintf("%s (%s)", text.Duration(s.P50), text.Times(float64(s.P50)/float64(ours.P50))))
			}
		}
		rows = append(rows, row)
	}
	text.Table(b, rows)
}

// tails writes the 99th percentiles and how far the rounds were apart.
func tails(b *strings.Builder, r *compare.Results, l compare.Latency) {
	rows := [][]string{append([]string{"99th percentile [medians of the rounds]"}, l.Works...)}
	for _, who := range r.Contestants {
		row := []string{who.Name}
		for _, work := range l.Works {
			if s, ok := l.Sample[work][who.Name]; ok {
				row = append(row, fmt.Sprintf("%s [%s … %s]", text.Duration(s.P99), text.Duration(s.Low), text.Duration(s.High)))
			} else {
				row = append(row, "failed")
			}
		}
		rows = append(rows, row)
	}
	b.WriteString("<details><summary>Tails and spread</summary>\n\n")
	text.Table(b, rows)
	b.WriteString("</details>\n\n")
}

func workloads(b *strings.Builder, r *compare.Results) {
	rows := [][]string{append(append([]string{"over plain wazero"}, r.Compute.Works...), "geometric mean")}
	for _, who := range r.Contestants {
		row, mean := slowdowns(r, who.Name)
		if row == nil {
			continue
		}
		rows = append(rows, append(append([]string{who.Name}, row...), text.Times(mean)))
	}
	text.Table(b, rows)
}

func slowdowns(r *compare.Results, name string) ([]string, float64) {
	var row []string
	for _, work := range r.Compute.Works {
		s, ok := r.Compute.Sample[work][name]
		if !ok {
			return nil, 0
		}
		row = append(row, text.Times(float64(s.P50)/float64(r.Compute.Sample[work][compare.Base].P50)))
	}
	return row, compare.Slowdown(r, name)
}

func throughput(b *strings.Builder, r *compare.Results) {
	b.WriteString("## Tasks per second\n\nOn one core and on two (GOMAXPROCS), in turn. Peers work on the goroutine of their caller, and get one caller a core; " +
		"where a caller waits while its task runs on another (pledge, the closure), it takes four. A stateful module runs one task at a time.\n\n")
	head := []string{"tasks/s"}
	for _, rate := range r.Rates {
		head = append(head, rate.Work+", 1 core", "2 cores", "gain")
	}
	rows := [][]string{head}
	for _, who := range r.Contestants {
		row := []string{who.Name}
		for _, rate := range r.Rates {
			one, two := rate.One[who.Name], rate.Two[who.Name]
			row = append(row, text.Count(one), text.Count(two), text.Times(two/one))
		}
		rows = append(rows, row)
	}
	text.Table(b, rows)
}
