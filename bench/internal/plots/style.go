// Package plots is how the pictures look: colours, marks, scales, and a legend
// beside them.
package plots

import (
	"image/color"
	"math"
	"os"
	"path/filepath"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// look is how a family is drawn: a colour, of a set that people tell apart who
// do not see all colours, and a shape of its own.
type look struct {
	colour  color.Color
	corners int
	turn    float64 // of the first corner, in radians from the right
}

var looks = map[string]look{
	"pledge":    {color.RGBA{0x00, 0x72, 0xb2, 0xff}, 32, 0},
	"wazero":    {color.RGBA{0xe6, 0x9f, 0x00, 0xff}, 4, math.Pi / 4},
	"Extism":    {color.RGBA{0xcc, 0x79, 0xa7, 0xff}, 3, math.Pi / 2},
	"go-plugin": {color.RGBA{0x00, 0x9e, 0x73, 0xff}, 4, 0},
	"wasmtime":  {color.RGBA{0xd5, 0x5e, 0x00, 0xff}, 3, -math.Pi / 2},
	"floor":     {color.RGBA{0x59, 0x59, 0x59, 0xff}, 5, math.Pi / 2},
}

// Colour is the colour of a family.
func Colour(family string) color.Color { return looks[family].colour }

// Mark is the mark of a family, filled or hollow.
func Mark(family string, filled bool) draw.GlyphStyle {
	l := looks[family]
	return draw.GlyphStyle{Color: l.colour, Radius: vg.Points(4.5), Shape: polygon{l.corners, l.turn, filled}}
}

// polygon is a regular one; with many corners it is round.
type polygon struct {
	corners int
	turn    float64
	filled  bool
}

// DrawGlyph implements [draw.GlyphDrawer].
func (g polygon) DrawGlyph(c *draw.Canvas, style draw.GlyphStyle, at vg.Point) {
	var path vg.Path
	for i := range g.corners {
		sin, cos := math.Sincos(g.turn + 2*math.Pi*float64(i)/float64(g.corners))
		corner := vg.Point{X: at.X + style.Radius*vg.Length(cos), Y: at.Y + style.Radius*vg.Length(sin)}
		if i == 0 {
			path.Move(corner)
		} else {
			path.Line(corner)
		}
	}
	path.Close()
	c.SetColor(color.White)
	if g.filled {
		c.SetColor(style.Color)
	}
	c.Fill(path)
	c.SetLineStyle(draw.LineStyle{Color: style.Color, Width: vg.Points(1.2)})
	c.Stroke(path)
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

// Decades are ticks at powers of ten, in words, with unlabelled ones between;
// where there are few powers, twice and five times them have labels, too.
type Decades struct{ Print func(float64) string }

// Ticks implements [plot.Ticker].
func (t Decades) Ticks(low, high float64) []plot.Tick {
	var all []plot.Tick
	for v := 1e-3; v <= high*1.0001; v *= 10 {
		for m := 1.0; m < 10; m++ {
			at := v * m
			if at < low*0.9999 || at > high*1.0001 {
				continue
			}
			label := ""
			if m == 1 || high < 500*low && (m == 2 || m == 5) {
				label = t.Print(at)
			}
			all = append(all, plot.Tick{Value: at, Label: label})
		}
	}
	return all
}

// Nanoseconds prints a time of few digits.
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

// Ratio prints a ratio of few digits.
func Ratio(v float64) string { return trim(v) + "×" }

func trim(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }

// Bounds rounds a range outwards to powers of ten, twice or five times them.
func Bounds(low, high float64) (float64, float64) {
	round := func(v float64, up bool) float64 {
		power := math.Pow(10, math.Floor(math.Log10(v)))
		steps := []float64{1, 2, 5, 10}
		for i, step := range steps {
			if v/power <= step*1.0001 {
				if !up && v/power < step*0.9999 {
					step = steps[i-1]
				}
				return step * power
			}
		}
		return 10 * power
	}
	return round(low, false), round(high, true)
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
