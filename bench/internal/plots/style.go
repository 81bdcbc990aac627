// Package plots is how the pictures look: colours, marks, scales, and a legend
// beside them.
package plots

import (
	"image/color"
	"os"
	"path/filepath"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Colours of the families, told apart by people who do not see red and green,
// too.
var Colours = map[string]color.Color{
	"pledge":    color.RGBA{0x00, 0x5a, 0xb5, 0xff},
	"wazero":    color.RGBA{0xdc, 0x8a, 0x00, 0xff},
	"Extism":    color.RGBA{0xb0, 0x2a, 0x70, 0xff},
	"go-plugin": color.RGBA{0x5a, 0x8f, 0x29, 0xff},
	"wasmtime":  color.RGBA{0x66, 0x4a, 0xc8, 0xff},
	"floor":     color.RGBA{0x70, 0x70, 0x70, 0xff},
}

// Glyph tells isolation: isolation: filled is a world of one's own.
func Glyph(isolation string) draw.GlyphDrawer {
	switch isolation {
	case "pristine", "fresh":
		return draw.CircleGlyph{}
	case "reused":
		return draw.RingGlyph{}
	}
	return draw.CrossGlyph{}
}

// New is an empty picture.
func New(title string) *plot.Plot {
	p := plot.New()
	p.Title.Text = title
	p.Title.TextStyle.Font.Size = vg.Points(13)
	p.Title.Padding = vg.Points(8)
	p.X.Label.TextStyle.Font.Size, p.Y.Label.TextStyle.Font.Size = vg.Points(11), vg.Points(11)
	p.X.Tick.Label.Font.Size, p.Y.Tick.Label.Font.Size = vg.Points(10), vg.Points(10)
	p.Legend.TextStyle.Font.Size = vg.Points(10)
	p.BackgroundColor = color.White
	return p
}

// Grid draws thin lines behind what is added later.
func Grid(p *plot.Plot) {
	g := plotter.NewGrid()
	g.Horizontal.Color, g.Vertical.Color = color.Gray{0xdd}, color.Gray{0xdd}
	p.Add(g)
}

// Decades are ticks at powers of ten, in words, with unlabelled ones between.
type Decades struct{ Print func(float64) string }

func (t Decades) Ticks(low, high float64) []plot.Tick {
	var all []plot.Tick
	for v := 1e-3; v <= high*1.0001; v *= 10 {
		for m := 1.0; m < 10; m++ {
			at := v * m
			if at < low*0.9999 || at > high*1.0001 {
				continue
			}
			label := ""
			if m == 1 {
				label = t.Print(at)
			}
			all = append(all, plot.Tick{Value: at, Label: label})
		}
	}
	return all
}

// Nanoseconds prints a time that is a power of ten.
func Nanoseconds(v float64) string {
	switch {
	case v >= 1e9:
		return trim(v/1e9) + " s"
	case v >= 1e6:
		return trim(v/1e6) + " ms"
	case v >= 1e3:
		return trim(v/1e3) + " µs"
	}
	return trim(v) + " ns"
}

// Ratio prints a ratio that is a power of ten.
func Ratio(v float64) string { return trim(v) + "×" }

func trim(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }

// Bounds rounds a range outwards to powers of ten, or halves of them when that
// would leave most of the picture empty.
func Bounds(low, high float64) (float64, float64) {
	a, b := 1e-6, 1e12
	for a*10 <= low {
		a *= 10
	}
	for b/10 >= high {
		b /= 10
	}
	return a, b
}

// Save draws the plot, and the legend, if there is one, to its right.
func Save(p *plot.Plot, legend *plot.Legend, dir, name string, width, height vg.Length) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	img := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(120))
	page := draw.New(img)
	page.SetColor(color.White)
	page.Fill(page.Rectangle.Path())
	margin := vg.Points(10)
	right := margin
	if legend != nil {
		right += legendWidth
		legend.Draw(draw.Crop(page, width-right+vg.Points(8), -margin, margin, -vg.Points(30)))
	}
	p.Draw(draw.Crop(page, margin, -right, margin, -margin))
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	if _, err := (vgimg.PngCanvas{Canvas: img}).WriteTo(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// legendWidth is the space for a legend.
const legendWidth = vg.Length(165)

// NewLegend is an empty legend, for Save.
func NewLegend() *plot.Legend {
	l := plot.NewLegend()
	l.Top, l.Left = true, true
	l.TextStyle.Font.Size = vg.Points(10)
	l.Padding = vg.Points(4)
	return &l
}

// Rows names the integers of the vertical axis.
func Rows(names []string) plot.ConstantTicks {
	var ticks plot.ConstantTicks
	for i, name := range names {
		ticks = append(ticks, plot.Tick{Value: float64(i), Label: name})
	}
	return ticks
}
