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

// Lines is a picture of named lines, each perhaps with a band, on linear or logarithmic axes, with
// a legend at its right.
type Lines struct {
	Title          string
	XLabel, YLabel string
	LogX, LogY     bool
	Steps          bool // horizontal from each point to the next: of step functions
	MinY, MaxY     float64
	Lines          []Line
}

// A Line is a line of [Lines]. On logarithmic axes points that are not positive are left out,
// and nowhere are those that are not finite.
type Line struct {
	Name      string
	X, Y      []float64
	Low, High []float64 // of the band; nil for none
}

// Save writes the picture to a file in the format of its extension, .svg or .png.
func (l Lines) Save(path string) error { return save(path, l.Encode) }

// Encode writes the picture as "svg" or "png". Equal lines give equal bytes.
func (l Lines) Encode(w io.Writer, format string) error {
	return encode(w, format, 22*vg.Centimeter, 12*vg.Centimeter, func(canvas draw.Canvas) error {
		p, legend, err := l.plot()
		if err != nil {
			return err
		}
		drawBeside(canvas, p, legend)
		return nil
	})
}

// points are the points of a line that can be drawn.
func (l Lines) points(x, y []float64) plotter.XYs {
	var out plotter.XYs
	for k := range x {
		if bad(x[k], l.LogX) || bad(y[k], l.LogY) {
			continue
		}
		if n := len(out); l.Steps && n > 0 {
			out = append(out, plotter.XY{X: x[k], Y: out[n-1].Y})
		}
		out = append(out, plotter.XY{X: x[k], Y: y[k]})
	}
	return out
}

func bad(v float64, log bool) bool { return !finite(v) || log && !positive(v) }

func (l Lines) plot() (*plot.Plot, plot.Legend, error) {
	p := newPlot()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = l.Title, l.XLabel, l.YLabel
	p.Title.TextStyle.Font.Size = 13
	legend := newLegend()
	p.Add(newGrid())
	x, y := span{math.Inf(1), math.Inf(-1)}, span{math.Inf(1), math.Inf(-1)}
	for i, line := range l.Lines {
		style := lineStyle(i)
		pts := l.points(line.X, line.Y)
		for _, q := range pts {
			x.add(q.X)
			y.add(q.Y)
		}
		if err := l.band(p, line, style.Color, &y); err != nil {
			return nil, legend, err
		}
		drawn := &plotter.Line{XYs: pts, LineStyle: style}
		if len(pts) > 0 {
			p.Add(drawn)
		}
		legend.Add(" "+line.Name, drawn)
	}
	if x.lo > x.hi {
		p.X.Tick.Marker = plot.ConstantTicks{}
		return p, legend, note(p, 1, "nothing to show")
	}
	if l.MaxY > l.MinY {
		y = span{l.MinY, l.MaxY}
	}
	x.axis(&p.X, l.LogX)
	y.axis(&p.Y, l.LogY)
	return p, legend, nil
}

// band fills what lies between the ends of a line's band, faintly.
func (l Lines) band(p *plot.Plot, line Line, c color.Color, y *span) error {
	if line.Low == nil {
		return nil
	}
	low, high := l.points(line.X, line.Low), l.points(line.X, line.High)
	if len(low) == 0 || len(high) == 0 {
		return nil
	}
	ring := high
	for k := len(low) - 1; k >= 0; k-- {
		ring = append(ring, low[k])
	}
	for _, q := range ring {
		y.add(q.Y)
	}
	area, err := plotter.NewPolygon(ring)
	if err != nil {
		return err
	}
	r, g, b, _ := c.RGBA()
	area.Color = color.NRGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 0x30}
	area.LineStyle.Width = 0
	p.Add(area)
	return nil
}

// span is the range of an axis.
type span struct{ lo, hi float64 }

func (s *span) add(v float64) { s.lo, s.hi = min(s.lo, v), max(s.hi, v) }

// axis sets the range and the ticks: whole decades on logarithmic axes.
func (s span) axis(a *plot.Axis, log bool) {
	if !log {
		if s.lo == s.hi {
			room := max(0.5, math.Abs(s.lo)/1000)
			s.lo, s.hi = s.lo-room, s.hi+room
		}
		a.Min, a.Max, a.Tick.Marker = s.lo, s.hi, plot.TickerFunc(linearTicks)
		return
	}
	a.Scale, a.Tick.Marker = plot.LogScale{}, plot.TickerFunc(logTicks)
	a.Min, a.Max = math.Pow(10, math.Floor(math.Log10(s.lo)+1e-9)), math.Pow(10, math.Ceil(math.Log10(s.hi)-1e-9))
	if a.Min == a.Max {
		a.Max *= 10
	}
}

// newLegend is an empty legend for drawBeside.
func newLegend() plot.Legend {
	legend := plot.NewLegend()
	legend.Top, legend.Left, legend.Padding, legend.ThumbnailWidth = true, true, 3, 24
	legend.TextStyle.Color, legend.TextStyle.Font.Size, legend.TextStyle.Font.Variant = ink, 10, "Sans"
	return legend
}

// lineStyle tells the i-th line from others.
func lineStyle(i int) draw.LineStyle {
	s := plotter.DefaultLineStyle
	s.Color, s.Width, s.Dashes = curveColors[i%len(curveColors)], vg.Points(1.4), curveDashes[i/len(curveColors)%len(curveDashes)]
	return s
}

// drawBeside draws a plot with its legend at the right.
func drawBeside(canvas draw.Canvas, p *plot.Plot, legend plot.Legend) {
	canvas.SetColor(color.White)
	canvas.Fill(canvas.Rectangle.Path())
	body := draw.Crop(canvas, 10, -10, 10, -10)
	side := legend.Rectangle(body)
	room := side.Max.X - side.Min.X + 12
	p.Draw(draw.Crop(body, 0, -room, 0, 0))
	legend.Draw(draw.Crop(body, body.Max.X-body.Min.X-room+6, 0, 0, -24))
}
