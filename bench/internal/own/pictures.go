package own

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pledge-wasm/pledge/bench/internal/plots"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// Pictures draws the curves of docs/performance.md.
func (f *Figures) Pictures(dir string) error {
	p, legend := logarithmic("A task that writes pages, in a memory of 64 MiB"), plots.NewLegend()
	p.X.Label.Text = "pages written"
	p.X.Tick.Marker = plots.Decades{Print: func(v float64) string { return fmt.Sprintf("%.0f", v) }}
	var seen []float64
	if err := curve(p, legend, f.PagesCurve, "whole task", "pledge", &seen); err != nil {
		return err
	}
	p.X.Min, p.X.Max = 0.9, 12000
	if err := plots.Save(p, nil, dir, "reset-pages.png", 7*vg.Inch, 4.5*vg.Inch); err != nil {
		return err
	}

	p, legend = logarithmic("A task that writes pages, by the size of its memory"), plots.NewLegend()
	p.X.Label.Text = "size of the memory"
	var ticks plot.ConstantTicks
	seen = nil
	families := []string{"pledge", "wazero", "wasmtime"} // borrowed for their looks
	for i, n := range slices.Sorted(maps.Keys(f.SizeCurves)) {
		name := "pages written: " + fmt.Sprint(n)
		if err := curve(p, legend, f.SizeCurves[n], name, families[i%len(families)], &seen); err != nil {
			return err
		}
		ticks = nil
		for _, point := range f.SizeCurves[n] {
			ticks = append(ticks, plot.Tick{Value: point.X, Label: sizes(point.X)})
		}
	}
	p.X.Tick.Marker = ticks
	p.X.Min, p.X.Max = 0.9*(1<<20), 1.1*(1<<30)
	return plots.Save(p, legend, dir, "reset-size.png", 9*vg.Inch, 4.5*vg.Inch)
}

// sizes prints a power of two of bytes.
func sizes(v float64) string {
	if v >= 1<<30 {
		return fmt.Sprintf("%.0f GiB", v/(1<<30))
	}
	return fmt.Sprintf("%.0f MiB", v/(1<<20))
}

func logarithmic(title string) *plot.Plot {
	p := plots.New(title)
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.Y.Tick.Marker = plots.Decades{Print: plots.Nanoseconds}
	p.Y.Label.Text = "time, Submit to result"
	plots.Grid(p)
	return p
}

// curve adds one, widening the vertical axis to what it needs.
func curve(p *plot.Plot, legend *plot.Legend, points []Point, name, family string, seen *[]float64) error {
	var xys plotter.XYs
	for _, point := range points {
		xys = append(xys, plotter.XY{X: point.X, Y: float64(point.Time)})
		*seen = append(*seen, float64(point.Time))
	}
	line, marks, err := plotter.NewLinePoints(xys)
	if err != nil {
		return err
	}
	line.Color, line.Width = plots.Colour(family), vg.Points(1.8)
	marks.GlyphStyle = plots.Mark(family, true)
	p.Add(line, marks)
	legend.Add(name, line, marks)
	p.Y.Min, p.Y.Max = plots.Bounds(slices.Min(*seen), slices.Max(*seen))
	return nil
}
