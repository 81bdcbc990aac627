package own

import (
	"fmt"
	"image/color"
	"maps"
	"slices"

	"github.com/pledge-wasm/pledge/bench/internal/plots"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Pictures draws the curves of docs/performance.md.
func (f *Figures) Pictures(dir string) error {
	p, legend := logarithmic("A task that writes pages, in a memory of 64 MiB"), plots.NewLegend()
	p.X.Label.Text = "pages written"
	p.X.Tick.Marker = plots.Decades{Print: func(v float64) string { return fmt.Sprintf("%.0f", v) }}
	if err := curve(p, legend, f.PagesCurve, "whole task", 0, draw.CircleGlyph{}); err != nil {
		return err
	}
	p.X.Min, p.X.Max = 0.9, 12000
	if err := plots.Save(p, nil, dir, "reset-pages.png", 7*vg.Inch, 4.5*vg.Inch); err != nil {
		return err
	}

	p, legend = logarithmic("A task that writes pages, by the size of its memory"), plots.NewLegend()
	p.X.Label.Text = "size of the memory"
	var ticks plot.ConstantTicks
	shapes := []draw.GlyphDrawer{draw.CircleGlyph{}, draw.PyramidGlyph{}, draw.BoxGlyph{}}
	for i, n := range slices.Sorted(maps.Keys(f.SizeCurves)) {
		name := "pages written: " + fmt.Sprint(n)
		if err := curve(p, legend, f.SizeCurves[n], name, i, shapes[i%len(shapes)]); err != nil {
			return err
		}
		ticks = nil
		for _, point := range f.SizeCurves[n] {
			ticks = append(ticks, plot.Tick{Value: point.X, Label: fmt.Sprintf("%.0f MiB", point.X/(1<<20))})
		}
	}
	p.X.Tick.Marker = ticks
	p.X.Min, p.X.Max = 0.9*(1<<20), 1.1*(1<<30)
	return plots.Save(p, legend, dir, "reset-size.png", 9*vg.Inch, 4.5*vg.Inch)
}

func logarithmic(title string) *plot.Plot {
	p := plots.New(title)
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.Y.Tick.Marker = plots.Decades{Print: plots.Nanoseconds}
	p.Y.Label.Text = "time, Submit to result"
	p.Y.Min, p.Y.Max = 1e18, 1
	plots.Grid(p)
	return p
}

var shades = []color.Color{
	color.RGBA{0x00, 0x5a, 0xb5, 0xff}, color.RGBA{0xdc, 0x8a, 0x00, 0xff}, color.RGBA{0x66, 0x4a, 0xc8, 0xff},
}

// curve adds one, widening the vertical axis to whole decades.
func curve(p *plot.Plot, legend *plot.Legend, points []Point, name string, i int, shape draw.GlyphDrawer) error {
	var xys plotter.XYs
	low, high := p.Y.Min, p.Y.Max
	for _, point := range points {
		t := float64(point.Time)
		xys = append(xys, plotter.XY{X: point.X, Y: t})
		low, high = min(low, t), max(high, t)
	}
	line, marks, err := plotter.NewLinePoints(xys)
	if err != nil {
		return err
	}
	line.Color, line.Width = shades[i%len(shades)], vg.Points(1.8)
	marks.GlyphStyle = draw.GlyphStyle{Color: shades[i%len(shades)], Radius: vg.Points(4), Shape: shape}
	p.Add(line, marks)
	legend.Add(name, line, marks)
	p.Y.Min, p.Y.Max = plots.Bounds(low, high)
	return nil
}
