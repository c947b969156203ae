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

	"github.com/godescent/descent"
)

// A TrainingFigure is the picture of networks that were trained: the losses over the epochs, and the
// score on samples kept apart, if there were some. Of several runs, which differ by their
// seeds, it has the mean and a band of one standard deviation to both sides.
type TrainingFigure struct {
	Title    string
	Subtitle string
	Runs     [][]descent.Series // with the series of stochastic.Train; they may have different lengths
	Score    string             // what the score apart is: "accuracy", "R²"
}

// Save writes the figure to a file in the format of its extension, .svg or .png.
func (f TrainingFigure) Save(path string) error { return save(path, f.Encode) }

// Encode writes the figure as "svg" or "png". Equal runs give equal bytes.
func (f TrainingFigure) Encode(w io.Writer, format string) error {
	return encode(w, format, 24*vg.Centimeter, 11*vg.Centimeter, f.draw)
}

// A band has the mean over runs and its standard deviation at each epoch, from 1.
type band struct {
	name     string
	color    color.Color
	mean, sd []float64
}

// band takes the series of a name out of all runs: as long as the longest, over those that got so far.
func (f TrainingFigure) band(series, name string, c color.Color) band {
	b := band{name: name, color: c}
	for k := 0; ; k++ {
		var at []float64
		for _, run := range f.Runs {
			for _, s := range run {
				if s.Name == series && k < len(s.Values) {
					at = append(at, s.Values[k])
				}
			}
		}
		if len(at) == 0 {
			return b
		}
		mean, square := 0.0, 0.0
		for _, v := range at {
			mean += v / float64(len(at))
		}
		for _, v := range at {
			square += (v - mean) * (v - mean)
		}
		sd := math.Sqrt(square / float64(max(1, len(at)-1)))
		if !finite(sd) {
			mean = math.NaN() // nothing to draw
		}
		b.mean, b.sd = append(b.mean, mean), append(b.sd, sd)
	}
}

func (f TrainingFigure) draw(c draw.Canvas) error {
	body := header(c, f.Title, f.Subtitle)
	losses := []band{f.band("loss", "training, before each step", blue), f.band("loss apart", "kept apart", orange)}
	scores := []band{f.band("score apart", "", orange)}
	left, err := epochs("loss", losses, true)
	if err != nil {
		return err
	}
	if len(scores[0].mean) == 0 {
		left.Draw(body)
		return nil
	}
	right, err := epochs(f.Score+" of the samples kept apart", scores, false)
	if err != nil {
		return err
	}
	tiles := draw.Tiles{Rows: 1, Cols: 2, PadX: 18}
	left.Draw(tiles.At(body, 0, 0))
	right.Draw(tiles.At(body, 1, 0))
	return nil
}

// epochs draws bands over the epochs, on a log axis if all is positive and logarithmic.
func epochs(title string, bands []band, logarithmic bool) (*plot.Plot, error) {
	p := newPlot()
	p.Title.Text, p.X.Label.Text = title, "epochs"
	p.X.Tick.Marker = plot.TickerFunc(linearTicks)
	lo, hi, last := math.Inf(1), math.Inf(-1), 1
	for _, b := range bands {
		last = max(last, len(b.mean))
		for k, m := range b.mean {
			if finite(m) {
				lo, hi = min(lo, m-b.sd[k]), max(hi, m+b.sd[k])
			}
		}
	}
	p.X.Min, p.X.Max = 1, float64(max(2, last))
	if lo > hi {
		p.X.Tick.Marker = plot.ConstantTicks{}
		return p, note(p, p.X.Max+1, "no finite number to show")
	}
	floor := math.Inf(-1)
	if logarithmic {
		if least := smallest(bands); positive(least) {
			floor = least / 2
			span{max(lo, floor), hi}.axis(&p.Y, true)
		}
	}
	if math.IsInf(floor, -1) {
		room := 0.05*(hi-lo) + 1e-9*math.Abs(hi)
		if room == 0 {
			room = 1
		}
		p.Y.Min, p.Y.Max = lo-room, hi+room
		p.Y.Tick.Marker = plot.TickerFunc(linearTicks)
	}
	p.Add(newGrid())
	p.Legend.Top, p.Legend.Padding, p.Legend.ThumbnailWidth = true, 3, 20
	p.Legend.TextStyle.Color, p.Legend.TextStyle.Font.Size, p.Legend.TextStyle.Font.Variant = ink, 10, "Sans"
	for _, b := range bands {
		if err := b.add(p, floor); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// smallest returns the least mean of all bands that can be drawn.
func smallest(bands []band) float64 {
	least := math.Inf(1)
	for _, b := range bands {
		for _, m := range b.mean {
			if finite(m) {
				least = min(least, m)
			}
		}
	}
	return least
}

// add draws the band, no part of it below floor, and its mean.
func (b band) add(p *plot.Plot, floor float64) error {
	var mean, upper, lower plotter.XYs
	wide := false
	for k, m := range b.mean {
		if !finite(m) {
			continue
		}
		x := float64(k + 1)
		mean = append(mean, plotter.XY{X: x, Y: m})
		upper = append(upper, plotter.XY{X: x, Y: m + b.sd[k]})
		lower = append(plotter.XYs{{X: x, Y: max(floor, m-b.sd[k])}}, lower...)
		wide = wide || b.sd[k] > 0
	}
	if len(mean) == 0 {
		return nil
	}
	if wide {
		area, err := plotter.NewPolygon(append(upper, lower...))
		if err != nil {
			return err
		}
		r, g, bl, _ := b.color.RGBA()
		area.Color, area.LineStyle.Width = color.NRGBA{uint8(r >> 8), uint8(g >> 8), uint8(bl >> 8), 0x40}, 0
		p.Add(area)
	}
	line, dots, err := plotter.NewLinePoints(mean)
	if err != nil {
		return err
	}
	line.Color, line.Width = b.color, vg.Points(1.5)
	dots.Color, dots.Radius, dots.Shape = b.color, vg.Points(1.8), draw.CircleGlyph{}
	p.Add(line)
	if len(mean) <= 50 {
		p.Add(dots)
	}
	if b.name != "" {
		p.Legend.Add(b.name, line)
	}
	return nil
}

// A RateFigure is the picture of a search for a learning rate.
type RateFigure struct {
	Title, Subtitle string
	Rates, Losses   []float64 // smoothed, at each rate
	Suggestion      float64   // 0 for none
}

// Save writes the figure to a file in the format of its extension, .svg or .png.
func (f RateFigure) Save(path string) error { return save(path, f.Encode) }

// Encode writes the figure as "svg" or "png".
func (f RateFigure) Encode(w io.Writer, format string) error {
	return encode(w, format, 18*vg.Centimeter, 11*vg.Centimeter, f.draw)
}

func (f RateFigure) draw(c draw.Canvas) error {
	body := header(c, f.Title, f.Subtitle)
	p := newPlot()
	p.X.Label.Text, p.Y.Label.Text = "learning rate", "smoothed loss"
	var pts plotter.XYs
	lo, hi := math.Inf(1), math.Inf(-1)
	for i, r := range f.Rates {
		if v := f.Losses[i]; finite(v) {
			pts = append(pts, plotter.XY{X: r, Y: v})
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	if len(pts) == 0 {
		p.X.Tick.Marker = plot.ConstantTicks{}
		if err := note(p, 1, "no finite loss to show"); err != nil {
			return err
		}
		p.Draw(body)
		return nil
	}
	line, err := plotter.NewLine(pts)
	if err != nil {
		return err
	}
	line.Color, line.Width = blue, vg.Points(1.5)
	room := 0.05*(hi-lo) + 1e-9*math.Abs(hi)
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, plot.TickerFunc(logTicks)
	p.X.Min, p.X.Max = pts[0].X, pts[len(pts)-1].X*1.0001
	p.Y.Min, p.Y.Max, p.Y.Tick.Marker = lo-room, hi+room, plot.TickerFunc(linearTicks)
	p.Add(newGrid(), line)
	if f.Suggestion > 0 {
		mark, err := plotter.NewLine(plotter.XYs{{X: f.Suggestion, Y: p.Y.Min}, {X: f.Suggestion, Y: p.Y.Max}})
		if err != nil {
			return err
		}
		mark.Color, mark.Width, mark.Dashes = orange, vg.Points(1), []vg.Length{vg.Points(5), vg.Points(3)}
		text, err := labels(plotter.XYLabels{XYs: plotter.XYs{{X: f.Suggestion, Y: p.Y.Max}}, Labels: []string{fmt.Sprintf("suggested: %.2g", f.Suggestion)}}, orange, draw.XLeft, draw.YTop)
		if err != nil {
			return err
		}
		text.Offset = vg.Point{X: 4, Y: -4}
		p.Add(mark, text)
	}
	p.Draw(body)
	return nil
}
