package own

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
)

// Benchmark is a line of go test -bench.
type Benchmark struct {
	Room, Name string
	// Figures are the values with their units, as go test prints them.
	Figures []string
}

// rooms are the packages of pledge whose own benchmarks are shown, and which of
// them.
var rooms = []struct{ pkg, bench string }{
	{"./futures", "^Benchmark(Future|FutureWaited|Resolve100k|Splice|Encode)$"},
	{"./abi", "^Benchmark(Check|Futures|ParseResponse)$"},
	{"./host/internal/admit", "^BenchmarkCheck$"},
	{"./host/internal/meter", "^BenchmarkRewrite$"},
	{"./host/internal/linmem", "^BenchmarkReset$/^(auto|scan)$/^(small|go)$"},
}

// rooms runs benchmarks that only a package itself can run.
func (r *run) rooms(ctx context.Context) error {
	for _, room := range rooms {
		cmd := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", room.bench, "-benchtime", "100ms", "-benchmem", room.pkg)
		cmd.Dir = r.Root
		out, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s: %w\n%s", room.pkg, err, out)
		}
		r.out.Benchmarks = append(r.out.Benchmarks, parse(strings.TrimPrefix(room.pkg, "./"), out)...)
	}
	return nil
}

func parse(room string, out []byte) []Benchmark {
	var all []Benchmark
	for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
		fields := strings.Fields(s.Text())
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		b := Benchmark{Room: room, Name: strings.TrimPrefix(fields[0], "Benchmark")}
		for i := 2; i+1 < len(fields); i += 2 {
			b.Figures = append(b.Figures, fields[i]+" "+fields[i+1])
		}
		all = append(all, b)
	}
	return all
}
