package report

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// across is the place of lambda on the axis of both figures.
func across(lambda float64) float64 { return -math.Log10(lambda) }

// lambdaAxis spans all lambdas and marks.
func lambdaAxis(p *plot.Plot, lambdas []float64, marks []Mark) {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, l := range lambdas {
		lo, hi = min(lo, across(l)), max(hi, across(l))
	}
	for _, m := range marks {
		lo, hi = min(lo, across(m.Lambda)), max(hi, across(m.Lambda))
	}
	if lo == hi {
		lo, hi = lo-0.2, hi+0.2
	}
	p.X.Min, p.X.Max = lo, hi
	p.X.Label.Text = "λ (log scale, decreasing)"
	p.X.Tick.Marker = plot.TickerFunc(lambdaTicks)
}

// lambdaTicks labels the decades; within few decades also 2 and 5 times them, or
// steps of lambda itself; and it marks the rest of up to six decades.
func lambdaTicks(lo, hi float64) []plot.Tick {
	decades := hi - lo
	if decades < 0.7 {
		var ticks []plot.Tick
		for _, t := range linearTicks(math.Pow(10, -hi), math.Pow(10, -lo)) {
			if t.Value > 0 {
				ticks = append(ticks, plot.Tick{Value: across(t.Value), Label: t.Label})
			}
		}
		return ticks
	}
	every := 1 + int(decades/9)
	var ticks []plot.Tick
	for e := int(math.Floor(-hi)); float64(e) <= -lo; e++ {
		for m := 1; m <= 9; m++ {
			at := -float64(e) - math.Log10(float64(m))
			if at < lo-1e-9 || at > hi+1e-9 {
				continue
			}
			t := plot.Tick{Value: at}
			if m == 1 && e%every == 0 || (m == 2 || m == 5) && decades < 2.5 {
				t.Label = fmt.Sprintf("%de%d", m, e)
				if -4 < e && e < 4 {
					t.Label = fmt.Sprintf("%.4g", math.Pow(10, float64(e))*float64(m))
				}
			}
			if t.Label != "" || m == 1 || decades < 6 {
				ticks = append(ticks, t)
			}
		}
	}
	return ticks
}

// stack draws the title, flags for the marks, a small panel with the numbers of
// non-zeros, and the main panel, over the axis of the latter; right is free beside them.
// It returns where the data of the main panel are.
func stack(c draw.Canvas, title, subtitle string, main *plot.Plot, lambdas []float64, nnz []int, marks []Mark, right vg.Length) (draw.Canvas, error) {
	body := header(c, title, subtitle)
	count, err := countPanel(lambdas, nnz, marks)
	if err != nil {
		return body, err
	}
	count.X.Min, count.X.Max = main.X.Min, main.X.Max
	area := draw.Crop(body, 0, -right, 0, -16)
	// Flags need rows, whose number depends on where the data begin.
	const row, small = 13, 2.9 * vg.Centimeter
	panels := func(rows int) (top, bottom draw.Canvas) {
		rest := area.Size().Y - vg.Length(rows)*row - small
		return draw.Crop(area, 0, 0, rest, -vg.Length(rows)*row), draw.Crop(area, 0, 0, 0, rest-area.Size().Y-6)
	}
	top, bottom := panels(0)
	probe := count.DataCanvas(top)
	probe.Min.X = max(probe.Min.X, main.DataCanvas(bottom).Min.X)
	rows := 0
	for _, f := range flags(count, probe, marks, body.Max.X) {
		rows = max(rows, f.row+1)
	}
	top, bottom = panels(rows)
	upper, lower := drawColumn(count, main, top, bottom)
	heading := count.Title.TextStyle
	heading.XAlign, heading.YAlign = draw.XCenter, draw.YBottom
	body.FillText(heading, vg.Point{X: (upper.Min.X + upper.Max.X) / 2, Y: area.Max.Y + 4}, "number of non-zeros")
	all := flags(count, upper, marks, body.Max.X)
	base := func(f flag) vg.Length { return top.Max.Y + 2 + vg.Length(f.row)*row }
	for _, f := range all {
		body.StrokeLine2(draw.LineStyle{Color: ink, Width: 0.8, Dashes: dashes}, f.x, upper.Max.Y, f.x, base(f)+row-3)
	}
	body.SetColor(color.White) // behind a label, which a line may have to cross
	for _, f := range all {
		body.Fill(vg.Rectangle{Min: vg.Point{X: f.from - 1, Y: base(f) - 1}, Max: vg.Point{X: f.to + 1, Y: base(f) + row - 3}}.Path())
	}
	for _, f := range all {
		body.FillText(markText(), vg.Point{X: f.from, Y: base(f)}, f.label)
	}
	return lower, nil
}

var dashes = []vg.Length{vg.Points(4), vg.Points(3)}

// countPanel shows how many coefficients are not zero. It has no title, which marks
// would cross.
func countPanel(lambdas []float64, nnz []int, marks []Mark) (*plot.Plot, error) {
	p := newPlot()
	lambdaAxis(p, lambdas, marks)
	p.X.Label.Text = ""
	p.Y.Tick.Marker = plot.TickerFunc(wholeTicks)
	p.Y.Min, p.Y.Max = 0, max(1, 1.08*float64(slices.Max(nnz)))
	p.Add(newGrid())
	addMarks(p, marks)
	var pts plotter.XYs
	for _, k := range descending(lambdas) {
		pts = append(pts, plotter.XY{X: across(lambdas[k]), Y: float64(nnz[k])})
	}
	line, err := plotter.NewLine(pts)
	if err != nil {
		return nil, err
	}
	line.Color, line.Width, line.StepStyle = ink, vg.Points(1.2), plotter.PostStep
	dots, err := plotter.NewScatter(pts)
	if err != nil {
		return nil, err
	}
	dots.Color, dots.Radius, dots.Shape = ink, vg.Points(1), draw.CircleGlyph{}
	p.Add(line, dots)
	return p, nil
}

// wholeTicks gives at most five labels, whole numbers.
func wholeTicks(_, hi float64) []plot.Tick {
	step := 1.0
	for k := 0; hi/step >= 5; k++ {
		step *= []float64{2, 2.5, 2}[k%3]
	}
	var ticks []plot.Tick
	for v := 0.0; v <= hi; v += step {
		ticks = append(ticks, plot.Tick{Value: v, Label: fmt.Sprintf("%.0f", v)})
	}
	return ticks
}

// addMarks draws the marks' lines over the panel's height, before its data.
func addMarks(p *plot.Plot, marks []Mark) {
	for _, m := range marks {
		p.Add(rule(across(m.Lambda)))
	}
}

// A rule is a vertical line over the whole height of a panel.
type rule float64

// Plot draws the line.
func (r rule) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	c.StrokeLine2(draw.LineStyle{Color: ink, Width: 0.8, Dashes: dashes}, x(float64(r)), c.Min.Y, x(float64(r)), c.Max.Y)
}

// addLine draws a line, of one point a dot.
func addLine(p *plot.Plot, pts plotter.XYs, c color.Color, width vg.Length) error {
	if len(pts) == 1 {
		dot, err := plotter.NewScatter(pts)
		if err != nil {
			return err
		}
		dot.Color, dot.Radius, dot.Shape = c, 2*width, draw.CircleGlyph{}
		p.Add(dot)
		return nil
	}
	line, err := plotter.NewLine(pts)
	if err != nil {
		return err
	}
	line.Color, line.Width = c, width
	p.Add(line)
	return nil
}

// A flag is the label of a mark: its text is beside the line at x, in a row above the panels.
type flag struct {
	label       string
	x, from, to vg.Length
	row         int
}

// flags places the labels, right of their lines where there is room; all left if fewer
// lines then cross a label.
func flags(p *plot.Plot, data draw.Canvas, marks []Mark, right vg.Length) []flag {
	natural, crossed := place(p, data, marks, right, false)
	if crossed > 0 {
		if left, fewer := place(p, data, marks, right, true); fewer < crossed {
			return left
		}
	}
	return natural
}

// place gives each label the lowest row in which it overlaps no other and no line
// crosses a label, or else just the former, and counts the latter. Taking labels to
// the right from right to left, then those to the left from left to right, a line
// finds its way where only one kind exists.
func place(p *plot.Plot, data draw.Canvas, marks []Mark, right vg.Length, leftward bool) (out []flag, crossed int) {
	x, _ := p.Transforms(&data)
	for _, m := range marks {
		f := flag{label: shorten(m.Label, 80), x: x(across(m.Lambda))}
		width := markText().Width(f.label)
		f.from = f.x + 3
		if leftward && f.x-3-width > margin || f.from+width > right {
			f.from = f.x - 3 - width
		}
		f.from = max(margin, min(f.from, right-width)) // a label wider than both sides hides its line
		f.to = f.from + width
		out = append(out, f)
	}
	slices.SortStableFunc(out, func(a, b flag) int {
		if l := a.from < a.x; l != (b.from < b.x) {
			if l {
				return 1
			}
			return -1
		} else if l {
			return cmp.Compare(a.x, b.x)
		}
		return cmp.Compare(b.x, a.x)
	})
	for i := range out {
		f := &out[i]
		overlaps := func(o flag) bool { return o.row == f.row && f.from < o.to+8 && o.from < f.to+8 }
		crosses := func(o flag) bool {
			return overlaps(o) || o.row >= f.row && f.over(o.x) || o.row <= f.row && o.over(f.x)
		}
		for f.row <= i && slices.ContainsFunc(out[:i], crosses) {
			f.row++
		}
		if f.row > i {
			crossed++
			for f.row = 0; slices.ContainsFunc(out[:i], overlaps); {
				f.row++
			}
		}
	}
	return out, crossed
}

// over tells whether the label is above or below x.
func (f flag) over(x vg.Length) bool { return f.from-2 < x && x < f.to+2 }

// small is the style of names, markText that of the labels of marks.
func small(c color.Color) text.Style {
	s := style(9)
	s.Color = c
	return s
}

func markText() text.Style { return small(ink) }
