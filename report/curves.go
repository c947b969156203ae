package report

import (
	"image/color"
	"io"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Curves is a picture of named curves over the same counts 0, 1, 2, ... on a log axis,
// with a legend at its right.
type Curves struct {
	Title          string
	XLabel, YLabel string
	Curves         []Curve
}

// A Curve is a line of [Curves]. Points that are not positive and finite, or 1e-16 of the
// largest of the picture and less, are left out: NaN says that a point was not measured.
type Curve struct {
	Name string
	Y    []float64 // at 0, 1, 2, ...
}

// curveColors are told apart by most eyes (after Okabe and Ito 2008); dashes tell lines of the
// same color apart.
var (
	curveColors = []color.Color{
		color.RGBA{0x00, 0x72, 0xb2, 0xff}, color.RGBA{0xd5, 0x5e, 0x00, 0xff}, color.RGBA{0x00, 0x9e, 0x73, 0xff},
		color.RGBA{0xcc, 0x79, 0xa7, 0xff}, color.RGBA{0xe6, 0x9f, 0x00, 0xff}, color.RGBA{0x33, 0x33, 0x33, 0xff},
	}
	curveDashes = [][]vg.Length{nil, {6, 3}, {2, 2}, {8, 3, 2, 3}}
)

// Save writes the picture to a file in the format of its extension, .svg or .png.
func (c Curves) Save(path string) error { return save(path, c.Encode) }

// Encode writes the picture as "svg" or "png". Equal curves give equal bytes.
func (c Curves) Encode(w io.Writer, format string) error {
	return encode(w, format, 22*vg.Centimeter, 12*vg.Centimeter, c.draw)
}

func (c Curves) draw(canvas draw.Canvas) error {
	p, legend, err := c.plot()
	if err != nil {
		return err
	}
	drawBeside(canvas, p, legend)
	return nil
}

func (c Curves) plot() (*plot.Plot, plot.Legend, error) {
	p := newPlot()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = c.Title, c.XLabel, c.YLabel
	p.Title.TextStyle.Font.Size = 13
	legend := newLegend()
	lo, hi, right := math.Inf(1), 0.0, 1.0
	for _, curve := range c.Curves {
		for k, v := range curve.Y {
			if right = max(right, float64(k)); positive(v) {
				hi = max(hi, v)
			}
		}
	}
	p.Add(newGrid())
	for i, curve := range c.Curves {
		var pts plotter.XYs
		for k, v := range curve.Y {
			if positive(v) && v > 1e-16*hi {
				pts = append(pts, plotter.XY{X: float64(k), Y: v})
				lo = min(lo, v)
			}
		}
		line := &plotter.Line{XYs: pts, LineStyle: lineStyle(i)}
		if len(pts) > 0 {
			p.Add(line)
		}
		legend.Add(" "+curve.Name, line)
	}
	p.X.Min, p.X.Max = 0, right
	p.X.Tick.Marker = plot.TickerFunc(linearTicks)
	if hi == 0 {
		p.X.Tick.Marker = plot.ConstantTicks{}
		return p, legend, note(p, right, "nothing above zero to show")
	}
	p.Y.Scale = plot.LogScale{}
	p.Y.Tick.Marker = plot.TickerFunc(logTicks)
	p.Y.Min, p.Y.Max = math.Pow(10, math.Floor(math.Log10(lo))), math.Pow(10, math.Ceil(math.Log10(hi)))
	if hi < 5*lo { // less than a decade: no labels at powers of ten
		p.Y.Min, p.Y.Max = 0.97*lo, 1.03*hi
		p.Y.Tick.Marker = plot.TickerFunc(linearTicks)
	}
	return p, legend, nil
}
