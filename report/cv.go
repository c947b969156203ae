package report

import (
	"fmt"
	"image/color"
	"io"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A CVFigure is the picture of a cross-validation: the mean loss of each lambda over
// the folds, with bars of one standard error to both sides, and the number of
// non-zeros, on a log scale of lambda that decreases to the right.
type CVFigure struct {
	Title    string // what was solved
	Subtitle string // how
	Loss     string // "mean squared error", say

	Lambdas []float64 // finite, > 0, in any order
	Mean    []float64 // at each lambda; what is not finite is not drawn
	SE      []float64 // standard errors of the means; 0 or NaN for no bar
	NNZ     []int     // non-zeros of the fit to all data

	Best  int // index of the smallest mean, -1 for none
	OneSE int // index of the largest lambda within one standard error of it, -1 for none
}

// Save writes the figure to a file in the format of its extension, .svg or .png.
func (f CVFigure) Save(path string) error { return save(path, f.Encode) }

// Encode writes the figure as "svg" or "png". Equal figures give equal bytes.
func (f CVFigure) Encode(w io.Writer, format string) error {
	if err := f.check(); err != nil {
		return err
	}
	return encode(w, format, 24*vg.Centimeter, 15*vg.Centimeter, f.draw)
}

func (f CVFigure) check() error {
	if err := checkLambdas(f.Lambdas); err != nil {
		return err
	}
	n := len(f.Lambdas)
	if len(f.Mean) != n || len(f.SE) != n || len(f.NNZ) != n {
		return fmt.Errorf("cross-validation figure: %d means, %d standard errors and %d numbers of non-zeros: want %d of each, one for each lambda", len(f.Mean), len(f.SE), len(f.NNZ), n)
	}
	for _, k := range []int{f.Best, f.OneSE} {
		if k < -1 || k >= n {
			return fmt.Errorf("cross-validation figure: choice %d of %d lambdas: want an index, or -1 for none", k, n)
		}
	}
	return nil
}

// A choice is a lambda to mark.
type choice struct {
	k     int
	label string
	color color.Color
}

func (f CVFigure) choices() []choice {
	if f.Best == f.OneSE && f.Best >= 0 {
		return []choice{{f.Best, "minimum and one standard error", orange}}
	}
	var out []choice
	if f.OneSE >= 0 {
		out = append(out, choice{f.OneSE, "one standard error", green})
	}
	if f.Best >= 0 {
		out = append(out, choice{f.Best, "minimum", orange})
	}
	return out
}

func (f CVFigure) draw(c draw.Canvas) error {
	var marks []Mark
	for _, c := range f.choices() {
		l := f.Lambdas[c.k]
		label := fmt.Sprintf("%s: λ = %.3g, %d non-zero", c.label, l, f.NNZ[c.k])
		if m := f.Mean[c.k]; finite(m) {
			label += fmt.Sprintf(", loss %.4g", m)
		}
		marks = append(marks, Mark{l, label})
	}
	p := newPlot()
	p.Title.Text = f.Loss + ", mean over folds ± one standard error"
	lambdaAxis(p, f.Lambdas, marks)
	var pts plotter.XYs
	var bars seBars
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, k := range descending(f.Lambdas) {
		x, m := across(f.Lambdas[k]), f.Mean[k]
		if !finite(m) {
			continue
		}
		pts = append(pts, plotter.XY{X: x, Y: m})
		lo, hi = min(lo, m), max(hi, m)
		if se := f.SE[k]; se > 0 && finite(se) {
			bars = append(bars, seBar{x, m - se, m + se})
			lo, hi = min(lo, m-se), max(hi, m+se)
		}
	}
	if len(pts) == 0 {
		label, err := labels(plotter.XYLabels{XYs: plotter.XYs{{X: (p.X.Min + p.X.Max) / 2, Y: 0.5}}, Labels: []string{"no finite mean to show"}}, ink, draw.XCenter, draw.YCenter)
		if err != nil {
			return err
		}
		p.Y.Tick.Marker = plot.ConstantTicks{}
		p.Add(label)
		lo, hi = 0, 1
	} else if err := f.curve(p, pts, bars); err != nil {
		return err
	} else {
		p.Y.Tick.Marker = plot.TickerFunc(linearTicks)
	}
	if lo == hi {
		lo, hi = lo-math.Max(1, math.Abs(lo))/10, hi+math.Max(1, math.Abs(hi))/10
	}
	p.Y.Min, p.Y.Max = lo-0.04*(hi-lo), hi+0.04*(hi-lo)
	// Room for half of the last mark.
	room := 0.008 * (p.X.Max - p.X.Min)
	p.X.Min, p.X.Max = p.X.Min-room, p.X.Max+room
	_, err := stack(c, f.Title, f.Subtitle, p, f.Lambdas, f.NNZ, marks, 0)
	return err
}

// curve draws the bars, the means, the bound of the one-standard-error rule, and the choices.
func (f CVFigure) curve(p *plot.Plot, pts plotter.XYs, bars seBars) error {
	p.Add(newGrid(), bars)
	line, dots, err := plotter.NewLinePoints(pts)
	if err != nil {
		return err
	}
	line.Color, line.Width = blue, vg.Points(1.2)
	dots.Color, dots.Radius, dots.Shape = blue, vg.Points(2), draw.CircleGlyph{}
	if f.Best >= 0 {
		if bound := f.Mean[f.Best] + f.SE[f.Best]; finite(bound) {
			rule, err := plotter.NewLine(plotter.XYs{{X: p.X.Min, Y: bound}, {X: p.X.Max, Y: bound}})
			if err != nil {
				return err
			}
			rule.Color, rule.Width, rule.Dashes = green, vg.Points(0.8), dashes
			p.Add(rule)
		}
	}
	p.Add(line, dots)
	for _, c := range f.choices() {
		x, y := across(f.Lambdas[c.k]), f.Mean[c.k]
		p.Add(rule(x))
		if !finite(y) {
			continue
		}
		dot, err := plotter.NewScatter(plotter.XYs{{X: x, Y: y}})
		if err != nil {
			return err
		}
		dot.Color, dot.Radius, dot.Shape = c.color, vg.Points(4.5), draw.CircleGlyph{}
		p.Add(dot)
	}
	return nil
}

// A seBar goes from lo to hi at x.
type seBar struct{ x, lo, hi float64 }

type seBars []seBar

// Plot draws the bars with short ends.
func (b seBars) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	line := draw.LineStyle{Color: color.RGBA{0x8f, 0xb7, 0xd9, 0xff}, Width: 1}
	for _, s := range b {
		at, lo, hi := x(s.x), y(s.lo), y(s.hi)
		c.StrokeLine2(line, at, lo, at, hi)
		c.StrokeLine2(line, at-2, lo, at+2, lo)
		c.StrokeLine2(line, at-2, hi, at+2, hi)
	}
}
