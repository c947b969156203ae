package report

import (
	"cmp"
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A PathFigure is the picture of a regularization path: each coefficient and the
// number of non-zeros against lambda, on a log scale that decreases to the right.
type PathFigure struct {
	Title    string // what was solved
	Subtitle string // how

	Lambdas []float64   // finite, > 0, in any order
	Coef    [][]float64 // the coefficients at each lambda, all of one length
	Names   []string    // of the coefficients; nil means x[0], x[1] ...
	Marks   []Mark      // vertical lines
}

// A Mark is a lambda to point out.
type Mark struct {
	Lambda float64 // finite, > 0
	Label  string
}

const (
	mostCurves = 40 // drawn, those that are largest somewhere on the path
	mostNames  = 16 // named, those that are largest at the right end
)

// hues are dark enough for text on white; neighbours in the list differ most.
var hues = []color.Color{
	blue, orange, green, color.RGBA{0x8e, 0x44, 0xad, 0xff}, color.RGBA{0xb2, 0x18, 0x2b, 0xff},
	color.RGBA{0x01, 0x85, 0x8a, 0xff}, color.RGBA{0x8c, 0x51, 0x0a, 0xff}, color.RGBA{0xc5, 0x1b, 0x7d, 0xff}, color.RGBA{0x5f, 0x70, 0x00, 0xff},
	color.RGBA{0x2f, 0x3e, 0x9e, 0xff},
}

var gray = color.RGBA{0x99, 0x99, 0x99, 0xff}

// Save writes the figure to a file in the format of its extension, .svg or .png.
func (f PathFigure) Save(path string) error { return save(path, f.Encode) }

// Encode writes the figure as "svg" or "png". Equal figures give equal bytes.
func (f PathFigure) Encode(w io.Writer, format string) error {
	if err := f.check(); err != nil {
		return err
	}
	return encode(w, format, 26*vg.Centimeter, 16*vg.Centimeter, f.draw)
}

func (f PathFigure) check() error {
	if err := checkLambdas(f.Lambdas); err != nil {
		return err
	}
	if len(f.Coef) != len(f.Lambdas) {
		return fmt.Errorf("path figure: %d vectors of coefficients for %d lambdas: want one for each", len(f.Coef), len(f.Lambdas))
	}
	for k, c := range f.Coef {
		if len(c) != len(f.Coef[0]) {
			return fmt.Errorf("path figure: %d coefficients at lambda %v, %d at lambda %v: want as many", len(c), f.Lambdas[k], len(f.Coef[0]), f.Lambdas[0])
		}
	}
	if f.Names != nil && len(f.Names) != len(f.Coef[0]) {
		return fmt.Errorf("path figure: %d names for %d coefficients: want one for each, or nil", len(f.Names), len(f.Coef[0]))
	}
	for _, m := range f.Marks {
		if err := checkLambdas([]float64{m.Lambda}); err != nil {
			return fmt.Errorf("mark %q: %w", m.Label, err)
		}
	}
	return nil
}

func checkLambdas(lambdas []float64) error {
	for k, l := range lambdas {
		if !(l > 0) || math.IsInf(l, 1) {
			return fmt.Errorf("figure over lambda: lambda[%d] is %v: want a finite number > 0, as the axis is logarithmic", k, l)
		}
	}
	if len(lambdas) == 0 {
		return fmt.Errorf("figure over lambda: there are no lambdas: want at least one")
	}
	return nil
}

// descending returns the indices of the lambdas, the largest first.
func descending(lambdas []float64) []int {
	order := make([]int, len(lambdas))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(lambdas[b], lambdas[a]) })
	return order
}

// A curve is a coefficient j on the path.
type curve struct {
	j           int
	most, final float64 // the largest absolute value, the value at the smallest lambda
	color       color.Color
}

// curves returns the coefficients that are ever non-zero, the largest first; what is
// not finite counts as 0, and is not drawn.
func (f PathFigure) curves(order []int) []curve {
	var out []curve
	for j := range f.Coef[0] {
		c := curve{j: j, color: gray}
		for _, k := range order {
			if v := f.Coef[k][j]; finite(v) {
				c.most, c.final = max(c.most, math.Abs(v)), v
			}
		}
		if c.most > 0 {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b curve) int { return cmp.Compare(b.most, a.most) })
	return out
}

func (f PathFigure) draw(c draw.Canvas) error {
	order := descending(f.Lambdas)
	all := f.curves(order)
	shown := all[:min(mostCurves, len(all))]
	main := newPlot()
	main.Title.Text = fmt.Sprintf("coefficients (%d of %d ever non-zero)", len(all), len(f.Coef[0]))
	if len(shown) < len(all) {
		main.Title.Text = fmt.Sprintf("coefficients (the %d largest of %d ever non-zero)", len(shown), len(all))
	}
	lambdaAxis(main, f.Lambdas, f.Marks)
	main.Y.Tick.Marker = plot.TickerFunc(linearTicks)
	named := f.color(shown)
	main.Add(newGrid())
	addMarks(main, f.Marks)
	lo, hi := 0.0, 0.0
	// The largest come last, hence on top of the others; the named on top of all.
	for _, pass := range []bool{false, true} {
		for _, curve := range slices.Backward(shown) {
			if (curve.color != gray) != pass {
				continue
			}
			var pts plotter.XYs
			for _, k := range order {
				if v := f.Coef[k][curve.j]; finite(v) {
					pts = append(pts, plotter.XY{X: across(f.Lambdas[k]), Y: v})
					lo, hi = min(lo, v), max(hi, v)
				}
			}
			width := vg.Points(1.5)
			if !pass {
				width = vg.Points(0.8)
			}
			if err := addLine(main, pts, curve.color, width); err != nil {
				return err
			}
		}
	}
	if len(shown) == 0 {
		main.Y.Tick.Marker = plot.ConstantTicks{{Value: 0, Label: "0"}}
		lo, hi = -1, 1
	}
	main.Y.Min, main.Y.Max = lo-0.04*(hi-lo), hi+0.04*(hi-lo)
	if err := addLine(main, plotter.XYs{{X: main.X.Min, Y: 0}, {X: main.X.Max, Y: 0}}, ink, 0.5); err != nil {
		return err
	}
	nnz := make([]int, len(f.Lambdas))
	for k, c := range f.Coef {
		for _, v := range c {
			if v != 0 {
				nnz[k]++
			}
		}
	}
	names, width := make([]string, len(named)), vg.Length(0)
	for i, curve := range named {
		names[i] = fmt.Sprintf("x[%d]", curve.j)
		if f.Names != nil {
			names[i] = shorten(f.Names[curve.j], 24)
		}
		width = max(width, small(ink).Width(names[i]))
	}
	if width > 0 {
		width += leader + 8
	}
	data, err := stack(c, f.Title, f.Subtitle, main, f.Lambdas, nnz, f.Marks, width)
	if err != nil {
		return err
	}
	_, y := main.Transforms(&data)
	at := make([]vg.Length, len(named))
	for i, curve := range named {
		at[i] = y(curve.final)
	}
	place := spread(at, 11, data.Min.Y, data.Max.Y)
	for i, curve := range named {
		x := data.Max.X + 3
		data.StrokeLine2(draw.LineStyle{Color: curve.color, Width: 0.6}, x, at[i], x+leader, place[i])
		s := small(curve.color)
		s.YAlign = draw.YCenter
		data.FillText(s, vg.Point{X: x + leader + 3, Y: place[i] + 1}, names[i])
	}
	return nil
}

// leader is the width of the line from a curve to its name.
const leader = 14

// color gives hues to the curves to be named, and returns them from the bottom up;
// neighbours have different hues.
func (f PathFigure) color(shown []curve) []curve {
	var named []*curve
	for i := range shown {
		if shown[i].final != 0 {
			named = append(named, &shown[i])
		}
	}
	slices.SortStableFunc(named, func(a, b *curve) int { return cmp.Compare(math.Abs(b.final), math.Abs(a.final)) })
	named = named[:min(mostNames, len(named))]
	slices.SortStableFunc(named, func(a, b *curve) int { return cmp.Compare(a.final, b.final) })
	out := make([]curve, len(named))
	for i, c := range named {
		c.color = hues[i%len(hues)]
		out[i] = *c
	}
	return out
}

// spread moves ascending positions by as little as possible, in squares, so that
// neighbours are gap apart and all within [lo, hi], which must have the room.
func spread(at []vg.Length, gap, lo, hi vg.Length) []vg.Length {
	// Without the gaps it is isotonic regression: merge neighbours out of order.
	type block struct {
		sum vg.Length
		n   int
	}
	var blocks []block
	for i, a := range at {
		b := block{a - vg.Length(i)*gap, 1}
		for len(blocks) > 0 {
			last := blocks[len(blocks)-1]
			if last.sum/vg.Length(last.n) <= b.sum/vg.Length(b.n) {
				break
			}
			b.sum, b.n = b.sum+last.sum, b.n+last.n
			blocks = blocks[:len(blocks)-1]
		}
		blocks = append(blocks, b)
	}
	top := hi - vg.Length(len(at)-1)*gap
	out := make([]vg.Length, 0, len(at))
	for _, b := range blocks {
		for range b.n {
			out = append(out, max(lo, min(top, b.sum/vg.Length(b.n)))+vg.Length(len(out))*gap)
		}
	}
	return out
}
