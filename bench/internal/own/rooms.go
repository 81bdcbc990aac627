package own

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pledge-wasm/pledge/bench/internal/contest"
	"github.com/pledge-wasm/pledge/bench/internal/text"
)

// Benchmark is what a benchmark of a package says: medians by unit.
type Benchmark struct {
	Room, Name string
	Figures    []Figure
}

// Figure is a value in a unit of go test.
type Figure struct {
	Unit  string
	Value float64
}

// rooms are the packages of pledge whose own benchmarks are run, which of them,
// and how often.
var rooms = []struct {
	pkg, bench string
	count      int
}{
	{"./futures", "^Benchmark(Splice|Encode)$", 3},
	{"./abi", "^Benchmark(Check|Futures|ParseResponse)$", 3},
	{"./host/internal/admit", "^Benchmark(Check|Corpus)$", 3},
	{"./host/internal/meter", "^BenchmarkRewrite$", 5},
	{"./host/internal/linmem", "^BenchmarkReset$/^(auto|scan)$/^(small|go)$", 3},
	{"./host", "^BenchmarkCorpus$", 1},
}

// rooms runs benchmarks that only a package itself can run.
func (r *run) rooms(ctx context.Context) error {
	for _, room := range rooms {
		cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", room.bench, "-benchtime", "100ms", "-benchmem",
			"-count", strconv.Itoa(room.count), room.pkg)
		cmd.Dir = r.Root
		out, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s: %w\n%s", room.pkg, err, out)
		}
		r.out.Benchmarks = append(r.out.Benchmarks, parse(strings.TrimPrefix(room.pkg, "./"), out)...)
	}
	return nil
}

// procs is the number of processors that go test puts behind a name.
var procs = regexp.MustCompile(`-[0-9]+$`)

// parse reads what go test printed, sorted by name: some benchmarks come in the
// order of a map.
func parse(room string, out []byte) []Benchmark {
	values := map[string]map[string][]float64{} // by name, by unit
	units := map[string][]string{}
	for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
		fields := strings.Fields(s.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := procs.ReplaceAllString(strings.TrimPrefix(fields[0], "Benchmark"), "")
		if values[name] == nil {
			values[name] = map[string][]float64{}
		}
		for i := 2; i+1 < len(fields); i += 2 {
			v, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				continue
			}
			unit := fields[i+1]
			if values[name][unit] == nil {
				units[name] = append(units[name], unit)
			}
			values[name][unit] = append(values[name][unit], v)
		}
	}
	var all []Benchmark
	for name, by := range values {
		b := Benchmark{Room: room, Name: name}
		for _, unit := range units[name] {
			b.Figures = append(b.Figures, Figure{unit, contest.Median(by[unit])})
		}
		all = append(all, b)
	}
	slices.SortFunc(all, func(a, b Benchmark) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// figure is a value that a benchmark reported; ok is false when it did not.
func (f *Figures) figure(room, name, unit string) (v float64, ok bool) {
	for _, b := range f.Benchmarks {
		for _, figure := range b.Figures {
			if b.Room == room && b.Name == name && figure.Unit == unit {
				return figure.Value, true
			}
		}
	}
	return 0, false
}

func (b Benchmark) text() string {
	var all []string
	for _, f := range b.Figures {
		all = append(all, text.Count(f.Value)+" "+f.Unit)
	}
	return strings.Join(all, ", ")
}
