package page

import (
	"fmt"
	"slices"

	"github.com/pledge-wasm/pledge/bench/internal/compare"
	"github.com/pledge-wasm/pledge/bench/internal/plots"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// Pictures draws the pictures of docs/benchmarks.md.
func Pictures(dir string, r *compare.Results) error {
	if err := latencies(dir, "latency-small.png", "One sum, small guest: median to 99th percentile", r, r.Small); err != nil {
		return err
	}
	if err := latencies(dir, "latency-go.png", "One sum, Go guest: median to 99th percentile", r, r.Go); err != nil {
		return err
	}
	if err := echo(dir, r); err != nil {
		return err
	}
	return speeds(dir, r)
}

// latencies has a row for each contestant: a mark at the median and a line to the
// 99th percentile.
func latencies(dir, name, title string, r *compare.Results, l compare.Latency) error {
	p := plots.New(title + "\n(filled: a world of its own, hollow: reused, or no sandbox)")
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, plots.Decades{Print: plots.Nanoseconds}
	p.X.Label.Text = "time per task"
	plots.Grid(p)
	var names []string
	low, high := 1e18, 0.0
	for _, who := range slices.Backward(r.Contestants) {
		s, ok := l.Sample["sum"][who.Name]
		if !ok {
			continue
		}
		y := float64(len(names))
		names = append(names, who.Name)
		p50, p99 := float64(s.P50), float64(max(s.P99, s.P50))
		low, high = min(low, p50), max(high, p99)
		line, err := plotter.NewLine(plotter.XYs{{X: p50, Y: y}, {X: p99, Y: y}})
		if err != nil {
			return err
		}
		line.Color, line.Width = plots.Colour(who.Family), vg.Points(2)
		mark, err := plotter.NewScatter(plotter.XYs{{X: p50, Y: y}})
		if err != nil {
			return err
		}
		mark.GlyphStyle = plots.Mark(who.Family, alone(who))
		p.Add(line, mark)
	}
	p.Y.Tick.Marker = plots.Rows(names)
	p.Y.Tick.Length, p.Y.LineStyle.Width = 0, 0
	p.X.Min, p.X.Max = plots.Bounds(low, high)
	p.Y.Min, p.Y.Max = -0.6, float64(len(names))-0.4
	return plots.Save(p, nil, dir, name, 8*vg.Inch, 5*vg.Inch)
}

// charted are the contestants of the pictures with many lines.
var charted = []string{
	"pledge", "wazero, new instance", "wazero, reused", "wazero, reused + switch", "Extism, new instance", "Extism, reused",
	"go-plugin", "wasmtime, new instance", "wasmtime, reused", "Go closure",
}

func chartedOf(r *compare.Results) []compare.Who {
	var all []compare.Who
	for _, who := range r.Contestants {
		if slices.Contains(charted, who.Name) {
			all = append(all, who)
		}
	}
	return all
}

// echo draws time over size, both on log scales.
func echo(dir string, r *compare.Results) error {
	p := plots.New("Echo by size, Go guest, median")
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.Y.Tick.Marker = plots.Decades{Print: plots.Nanoseconds}
	p.X.Label.Text, p.Y.Label.Text = "bytes", "time per task"
	sizes := []struct {
		work, label string
		bytes       float64
	}{{"echo 16 B", "16 B", 16}, {"echo 1 KiB", "1 KiB", 1 << 10}, {"echo 64 KiB", "64 KiB", 1 << 16}, {"echo 1 MiB", "1 MiB", 1 << 20}}
	var ticks plot.ConstantTicks
	for _, s := range sizes {
		ticks = append(ticks, plot.Tick{Value: s.bytes, Label: s.label})
	}
	p.X.Tick.Marker = ticks
	plots.Grid(p)
	low, high := 1e18, 0.0
	legend := plots.NewLegend()
	for _, who := range chartedOf(r) {
		var points plotter.XYs
		for _, s := range sizes {
			if sample, ok := r.Go.Sample[s.work][who.Name]; ok {
				points = append(points, plotter.XY{X: s.bytes, Y: float64(sample.P50)})
				low, high = min(low, float64(sample.P50)), max(high, float64(sample.P50))
			}
		}
		if len(points) == 0 {
			continue
		}
		line, marks, err := plotter.NewLinePoints(points)
		if err != nil {
			return err
		}
		dress(line, marks, who)
		p.Add(line, marks)
		legend.Add(who.Name, line, marks)
	}
	p.X.Min, p.X.Max = 10, 2<<20
	p.Y.Min, p.Y.Max = plots.Bounds(low, high)
	return plots.Save(p, legend, dir, "echo.png", 9*vg.Inch, 5*vg.Inch)
}

// dress draws contestants with a world for each task in full, and the others
// dashed, or dotted where they can be stopped.
func dress(line *plotter.Line, marks *plotter.Scatter, who compare.Who) {
	line.Color, line.Width = plots.Colour(who.Family), vg.Points(1.5)
	switch {
	case alone(who):
	case who.Stops == "nothing":
		line.Dashes = []vg.Length{vg.Points(5), vg.Points(3)}
	default:
		line.Dashes = []vg.Length{vg.Points(1.5), vg.Points(2)}
	}
	marks.GlyphStyle = plots.Mark(who.Family, alone(who))
}

// alone says whether a task has a world of its own.
func alone(who compare.Who) bool { return who.Isolation == "pristine" || who.Isolation == "fresh" }

// speeds draws each contestant's time over that of plain wazero.
func speeds(dir string, r *compare.Results) error {
	p := plots.New("The guest's own speed: time over plain wazero\n(filled: can be stopped, hollow: cannot)")
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, plots.Decades{Print: plots.Ratio}
	p.Y.Label.Text = "times plain wazero"
	plots.Grid(p)
	low, high := 1.0, 1.0
	legend := plots.NewLegend()
	var taking []compare.Who
	for _, who := range r.Contestants {
		if compare.Slowdown(r, who.Name) > 0 && who.Name != compare.Base && who.Name != "pledge, stateful" {
			taking = append(taking, who)
		}
	}
	for i, who := range taking {
		var points plotter.XYs
		for x, work := range r.Compute.Works {
			v := float64(r.Compute.Sample[work][who.Name].P50) / float64(r.Compute.Sample[work][compare.Base].P50)
			shift := (float64(i) - float64(len(taking)-1)/2) * 0.09
			points = append(points, plotter.XY{X: float64(x) + shift, Y: v})
			low, high = min(low, v), max(high, v)
		}
		marks, err := plotter.NewScatter(points)
		if err != nil {
			return err
		}
		marks.GlyphStyle = plots.Mark(who.Family, who.Stops != "nothing")
		p.Add(marks)
		legend.Add(fmt.Sprintf("%s: %.2f×", who.Name, compare.Slowdown(r, who.Name)), marks)
	}
	p.X.Tick.Marker = plots.Rows(r.Compute.Works)
	p.X.Tick.Length = 0
	p.X.Min, p.X.Max = -0.6, float64(len(r.Compute.Works))-0.4
	p.Y.Min, p.Y.Max = plots.Bounds(low, high)
	return plots.Save(p, legend, dir, "workloads.png", 10*vg.Inch, 5.5*vg.Inch)
}
