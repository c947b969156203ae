// Package report draws what came of a run: how the objective and the certificate
// fell, and the largest coefficients; a regularization path; and a cross-validation.
// Figures are SVG or PNG, by file extension.
package report

import (
	"bufio"
	"cmp"
	"fmt"
	"image/color"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/godescent/descent"
)

// A Figure is the picture of one run.
type Figure struct {
	Title    string // what was solved
	Subtitle string // how, and how it ended
	Result   *descent.Result

	// The bars: the largest of Values by absolute value, with their names.
	BarTitle string // "coefficient", say
	Names    []string
	Values   []float64 // nil for no bars
}

// mostBars is how many bars are drawn.
const mostBars = 16

var (
	ink    = color.RGBA{0x33, 0x33, 0x33, 0xff}
	faint  = color.RGBA{0xdd, 0xdd, 0xdd, 0xff}
	blue   = color.RGBA{0x1f, 0x6f, 0xb4, 0xff}
	orange = color.RGBA{0xd9, 0x5f, 0x02, 0xff}
	green  = color.RGBA{0x1b, 0x84, 0x5a, 0xff}
)

// CheckPath returns an error unless the path's extension is that of a format.
func CheckPath(path string) error {
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".svg", ".png":
		return nil
	default:
		return fmt.Errorf("figure %s: extension %q: want .svg or .png", path, ext)
	}
}

// Save writes the figure to a file in the format of its extension.
func (f Figure) Save(path string) error { return save(path, f.Encode) }

// Encode writes the figure as "svg" or "png". Equal results give equal bytes.
func (f Figure) Encode(w io.Writer, format string) error {
	width := 24 * vg.Centimeter
	if f.Values != nil {
		width += 11 * vg.Centimeter
	}
	return encode(w, format, width, 15*vg.Centimeter, f.draw)
}

func save(path string, encode func(w io.Writer, format string) error) (err error) {
	if err := CheckPath(path); err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, file.Close()) }()
	w := bufio.NewWriter(file)
	if err := encode(w, strings.ToLower(filepath.Ext(path))[1:]); err != nil {
		return err
	}
	return w.Flush()
}

func encode(w io.Writer, format string, width, height vg.Length, drawOn func(draw.Canvas) error) error {
	var c vg.CanvasWriterTo
	switch format {
	case "svg":
		c = vgsvg.New(width, height)
	case "png":
		c = vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(110), vgimg.UseBackgroundColor(color.White))}
	default:
		return fmt.Errorf("figure format %q: want svg or png", format)
	}
	if err := drawOn(draw.New(c)); err != nil {
		return err
	}
	_, err := c.WriteTo(w)
	return err
}

// margin is the space around what is drawn.
const margin = 12

// header writes both lines on top and returns the space below.
func header(c draw.Canvas, title, subtitle string) draw.Canvas {
	c.SetColor(color.White)
	c.Fill(c.Rectangle.Path())
	c.FillText(style(15), vg.Point{X: c.Min.X + margin, Y: c.Max.Y - 24}, title)
	c.FillText(style(11), vg.Point{X: c.Min.X + margin, Y: c.Max.Y - 42}, subtitle)
	return draw.Crop(c, margin, -margin, margin, -56)
}

func (f Figure) draw(c draw.Canvas) error {
	body := header(c, f.Title, f.Subtitle)
	if f.Values != nil {
		split := body.Max.X - 11*vg.Centimeter
		bars := draw.Crop(body, split-body.Min.X+margin, 0, 0, 0)
		p, err := f.bars()
		if err != nil {
			return err
		}
		p.Draw(bars)
		body.Max.X = split
	}
	var grid [][]*plot.Plot
	for _, what := range []series{f.objective(), f.certificate()} {
		var row []*plot.Plot
		for _, against := range []axis{iterations, f.time()} {
			p, err := f.panel(what, against)
			if err != nil {
				return err
			}
			row = append(row, p)
		}
		grid = append(grid, row)
	}
	tiles := draw.Tiles{Rows: 2, Cols: 2, PadX: 18, PadY: 14}
	for j := range 2 {
		drawColumn(grid[0][j], grid[1][j], tiles.At(body, j, 0), tiles.At(body, j, 1))
	}
	return nil
}

// drawColumn draws two panels that begin where the wider labels end, and returns
// where their data are.
func drawColumn(p, q *plot.Plot, top, bottom draw.Canvas) (upper, lower draw.Canvas) {
	shift := p.DataCanvas(top).Min.X - q.DataCanvas(bottom).Min.X
	top, bottom = draw.Crop(top, max(0, -shift), 0, 0, 0), draw.Crop(bottom, max(0, shift), 0, 0, 0)
	p.Draw(top)
	q.Draw(bottom)
	return p.DataCanvas(top), q.DataCanvas(bottom)
}

// A series is a curve over the trace; values that are not positive cannot be on its
// log axis.
type series struct {
	label     string
	value     func(descent.TracePoint) float64
	color     color.Color
	tolerance float64 // no line where it is not positive
}

type axis struct {
	label string
	value func(descent.TracePoint) float64
}

var iterations = axis{"iterations", func(t descent.TracePoint) float64 { return float64(t.Iteration) }}

// time is the axis of seconds, in a unit that suits the run.
func (f Figure) time() axis {
	last := 0.0
	if n := len(f.Result.Trace); n > 0 {
		last = f.Result.Trace[n-1].Seconds
	}
	unit, label := 1.0, "time [s]"
	switch {
	case last < 1e-3:
		unit, label = 1e6, "time [µs]"
	case last < 1:
		unit, label = 1e3, "time [ms]"
	}
	return axis{label, func(t descent.TracePoint) float64 { return unit * t.Seconds }}
}

func (f Figure) objective() series {
	best := f.Result.Value
	for _, t := range f.Result.Trace {
		if t.Value < best {
			best = t.Value
		}
	}
	return series{label: "F − best F seen", color: blue, value: func(t descent.TracePoint) float64 { return t.Value - best }}
}

func (f Figure) certificate() series {
	c := f.Result.Certificate
	return series{label: c.Kind, color: green, tolerance: c.Tolerance, value: func(t descent.TracePoint) float64 { return t.Certificate }}
}

// panel draws one series on a log axis.
func (f Figure) panel(s series, against axis) (*plot.Plot, error) {
	p := newPlot()
	p.Title.Text = s.label // above, where it reads without turning the head
	p.X.Label.Text = against.label
	var pts plotter.XYs
	right := 0.0
	for _, t := range f.Result.Trace {
		x, y := against.value(t), s.value(t)
		right = max(right, x)
		if positive(y) {
			pts = append(pts, plotter.XY{X: x, Y: y})
		}
	}
	if right == 0 {
		right = 1
	}
	p.X.Min, p.X.Max = 0, right
	p.X.Tick.Marker = plot.TickerFunc(linearTicks)
	if len(pts) == 0 {
		p.X.Tick.Marker = plot.ConstantTicks{}
		return p, note(p, right, "nothing above zero to show")
	}
	line, dots, err := plotter.NewLinePoints(pts)
	if err != nil {
		return nil, err
	}
	line.Color, line.Width = s.color, vg.Points(1.5)
	dots.Color, dots.Radius, dots.Shape = s.color, vg.Points(1.6), draw.CircleGlyph{}
	p.Add(newGrid(), line, dots)
	lo, hi := pts[0].Y, pts[0].Y
	for _, q := range pts {
		lo, hi = min(lo, q.Y), max(hi, q.Y)
	}
	if positive(s.tolerance) {
		lo, hi = min(lo, s.tolerance), max(hi, s.tolerance)
		tol, err := plotter.NewLine(plotter.XYs{{X: 0, Y: s.tolerance}, {X: right, Y: s.tolerance}})
		if err != nil {
			return nil, err
		}
		tol.Color, tol.Width, tol.Dashes = orange, vg.Points(1), []vg.Length{vg.Points(5), vg.Points(3)}
		label, err := labels(plotter.XYLabels{XYs: plotter.XYs{{X: 0, Y: s.tolerance}}, Labels: []string{fmt.Sprintf("tolerance %.3g", s.tolerance)}}, orange, draw.XLeft, draw.YBottom)
		if err != nil {
			return nil, err
		}
		label.Offset = vg.Point{X: 4, Y: 2}
		p.Add(tol, label)
	}
	// Whole decades, with room for the label of the tolerance.
	p.Y.Scale = plot.LogScale{}
	p.Y.Tick.Marker = plot.TickerFunc(logTicks)
	p.Y.Min, p.Y.Max = math.Pow(10, math.Floor(math.Log10(lo))), math.Pow(10, math.Ceil(math.Log10(hi)))
	if p.Y.Min == p.Y.Max {
		p.Y.Max *= 10
	}
	return p, nil
}

// Axes reach to 1e300 and, if they are logarithmic, from 1e-300: there neither a width nor a decade overflows.
// What lies beyond is left out, as infinities are.
func finite(v float64) bool   { return math.Abs(v) <= 1e300 }
func positive(v float64) bool { return finite(v) && v >= 1e-300 }

func note(p *plot.Plot, right float64, msg string) error {
	p.Y.Min, p.Y.Max = 0, 1
	p.Y.Tick.Marker = plot.ConstantTicks{}
	label, err := labels(plotter.XYLabels{XYs: plotter.XYs{{X: right / 2, Y: 0.5}}, Labels: []string{msg}}, ink, draw.XCenter, draw.YCenter)
	if err != nil {
		return err
	}
	p.Add(label)
	return nil
}

// bars draws the largest values, largest on top.
func (f Figure) bars() (*plot.Plot, error) {
	p := newPlot()
	order := make([]int, 0, len(f.Values))
	for i, v := range f.Values {
		if v != 0 && finite(v) {
			order = append(order, i)
		}
	}
	nonzero := len(order)
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(math.Abs(f.Values[b]), math.Abs(f.Values[a])) })
	order = order[:min(mostBars, nonzero)]
	p.Title.Text = fmt.Sprintf("%s (all %d)", f.BarTitle, len(order))
	if len(order) < len(f.Values) {
		p.Title.Text = fmt.Sprintf("%s (%d of %d not zero)", f.BarTitle, nonzero, len(f.Values))
	}
	if len(order) < nonzero {
		p.Title.Text = fmt.Sprintf("%s (%d largest of %d)", f.BarTitle, len(order), len(f.Values))
	}
	if nonzero == 0 {
		p.Title.Text = f.BarTitle
		p.X.Tick.Marker = plot.ConstantTicks{}
		return p, note(p, 1, "all are zero")
	}
	slices.Reverse(order)
	plus, minus := make(plotter.Values, len(order)), make(plotter.Values, len(order))
	var left, right plotter.XYLabels
	var ticks []plot.Tick
	lo, hi := 0.0, 0.0
	rows := max(len(order), 8)
	bottom := float64(rows - len(order)) // a few bars stand at the top
	for row, i := range order {
		v, y := f.Values[i], bottom+float64(row)
		text := fmt.Sprintf("%.3g", v)
		if v > 0 {
			plus[row] = v
			right.XYs, right.Labels = append(right.XYs, plotter.XY{X: v, Y: y}), append(right.Labels, text)
		} else {
			minus[row] = v
			left.XYs, left.Labels = append(left.XYs, plotter.XY{X: v, Y: y}), append(left.Labels, text)
		}
		lo, hi = min(lo, v), max(hi, v)
		ticks = append(ticks, plot.Tick{Value: y, Label: shorten(f.Names[i], 24)})
	}
	for _, side := range []struct {
		values plotter.Values
		labels plotter.XYLabels
		color  color.Color
		align  text.XAlignment
		shift  vg.Length
	}{{plus, right, blue, draw.XLeft, 3}, {minus, left, orange, draw.XRight, -3}} {
		if len(side.labels.Labels) == 0 {
			continue
		}
		bar, err := plotter.NewBarChart(side.values, 9)
		if err != nil {
			return nil, err
		}
		bar.Horizontal, bar.XMin, bar.Color, bar.LineStyle.Width = true, bottom, side.color, 0
		label, err := labels(side.labels, ink, side.align, draw.YCenter)
		if err != nil {
			return nil, err
		}
		label.Offset = vg.Point{X: side.shift}
		p.Add(bar, label)
	}
	// Room for the numbers at the ends of the bars.
	room := 0.28 * (hi - lo)
	p.X.Min, p.X.Max = lo, hi
	if lo < 0 {
		p.X.Min -= room
	}
	if hi > 0 {
		p.X.Max += room
	}
	p.X.Tick.Marker = plot.TickerFunc(linearTicks)
	p.Y.Tick.Marker = plot.ConstantTicks(ticks)
	p.Y.Min, p.Y.Max = -0.7, float64(rows)-0.3
	zero, err := plotter.NewLine(plotter.XYs{{X: 0, Y: p.Y.Min}, {X: 0, Y: p.Y.Max}})
	if err != nil {
		return nil, err
	}
	zero.Color, zero.Width = ink, vg.Points(0.5)
	p.Add(zero)
	return p, nil
}

func newPlot() *plot.Plot {
	p := plot.New()
	p.BackgroundColor = color.White
	p.Title.TextStyle.Color, p.Title.TextStyle.Font.Size, p.Title.TextStyle.Font.Variant = ink, 11, "Sans"
	p.Title.Padding = 4
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Color, a.Tick.Color = ink, ink
		a.Label.TextStyle.Color, a.Tick.Label.Color = ink, ink
		a.Label.TextStyle.Font.Size, a.Tick.Label.Font.Size = 11, 10
		a.Label.TextStyle.Font.Variant, a.Tick.Label.Font.Variant = "Sans", "Sans"
		a.Label.Padding = 4
		a.Padding = 4
	}
	return p
}

func newGrid() *plotter.Grid {
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = faint, faint
	grid.Vertical.Width, grid.Horizontal.Width = vg.Points(0.5), vg.Points(0.5)
	return grid
}

func style(size vg.Length) text.Style {
	s := plot.New().Title.TextStyle
	s.Color, s.Font.Size, s.Font.Variant, s.XAlign, s.YAlign = ink, size, "Sans", draw.XLeft, draw.YBottom
	return s
}

func labels(l plotter.XYLabels, c color.Color, x text.XAlignment, y text.YAlignment) (*plotter.Labels, error) {
	out, err := plotter.NewLabels(l)
	if err != nil {
		return nil, err
	}
	for i := range out.TextStyle {
		s := &out.TextStyle[i]
		s.Color, s.Font.Size, s.Font.Variant, s.XAlign, s.YAlign = c, 9, "Sans", x, y
	}
	return out, nil
}

// shorten cuts a name in its middle.
func shorten(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most/2]) + "…" + string(r[len(r)-most/2+1:])
}

// linearTicks gives about five labels at 1, 2 or 5 times a power of ten, with the digits that tell them apart.
func linearTicks(lo, hi float64) []plot.Tick {
	step := math.Pow(10, math.Floor(math.Log10((hi-lo)/5)))
	for _, m := range []float64{2, 2.5, 2} {
		if (hi-lo)/step > 6 {
			step *= m
		}
	}
	var ticks []plot.Tick
	digits := min(17, max(4, 2+int(math.Log10(max(-lo, hi)/step))))
	first := math.Ceil(lo/step - 1e-9)
	for k := 0.0; k < 9; k++ { // first+k may be first, where the axis is as short as the last bits
		v := (first+k)*step + 0 // no -0
		if n := len(ticks); !(v <= hi+1e-9*step) || n > 0 && v == ticks[n-1].Value {
			break
		}
		ticks = append(ticks, plot.Tick{Value: v, Label: fmt.Sprintf("%.*g", digits, v)})
	}
	return ticks
}

// logTicks labels decades, at most about seven, and marks the others if they are not too many to be told apart.
func logTicks(lo, hi float64) []plot.Tick {
	a, b := int(math.Round(math.Log10(lo))), int(math.Round(math.Log10(hi)))
	every := 1 + (b-a)/8
	var ticks []plot.Tick
	for e := a; e <= b; e++ {
		t := plot.Tick{Value: math.Pow(10, float64(e))}
		if e%every == 0 {
			t.Label = fmt.Sprintf("1e%d", e)
			if -2 < e && e < 4 {
				t.Label = fmt.Sprintf("%g", t.Value)
			}
		}
		if t.Label != "" || b-a <= 60 {
			ticks = append(ticks, t)
		}
	}
	return ticks
}
