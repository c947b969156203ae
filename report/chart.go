package report

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot/vg"

	"github.com/godescent/descent/study"
)

// A chart is what a page draws with zoom: curves over one of its axes X, of one of its heights Y.
type chart struct {
	X      []chartAxis  `json:"x"` // the first is shown first
	Y      []chartAxis  `json:"y"`
	Curves []chartCurve `json:"curves"`
	Best   bool         `json:"best,omitempty"` // show the least so far at first
}

// A chartAxis names a column of the curves.
type chartAxis struct {
	Key    string   `json:"key"`
	Label  string   `json:"label"`
	Log    bool     `json:"log"`
	Target *float64 `json:"target,omitempty"` // a line across the chart; nil for none
	Range  numbers  `json:"range,omitempty"`  // to show at first; nil for that of the curves
}

// A chartCurve is a line of a chart. Curves of one group are switched on and off together.
type chartCurve struct {
	Group string             `json:"group"`
	Name  string             `json:"name"` // within the group
	Color string             `json:"color"`
	Dash  []float64          `json:"dash,omitempty"`
	Data  map[string]numbers `json:"data"` // by the keys of axes; all of one length
}

// pagePoints is how many points all curves of a page have together, but a curve has at least fewestPoints
// and at most mostPoints. A point has six numbers of about eight bytes.
const (
	pagePoints   = 22000
	fewestPoints = 100
	mostPoints   = 1000
)

// pointsEach returns how many points each of n curves may have.
func pointsEach(n int) int { return min(mostPoints, max(fewestPoints, pagePoints/max(1, n))) }

// numbers are floats in JSON: whole numbers with all their digits up to 1e9, others with five, and null for what is
// not finite.
type numbers []float64

func (v numbers) MarshalJSON() ([]byte, error) {
	b := []byte{'['}
	for i, x := range v {
		if i > 0 {
			b = append(b, ',')
		}
		switch {
		case x-x != 0:
			b = append(b, "null"...)
		case x == math.Trunc(x) && math.Abs(x) < 1e9:
			b = strconv.AppendInt(b, int64(x), 10)
		default:
			b = strconv.AppendFloat(b, x, 'g', 5, 64)
		}
	}
	return append(b, ']'), nil
}

var _ json.Marshaler = numbers(nil)

// The columns of a run's curve that are no measures.
const (
	certificateKey = "certificate"
	gapKey         = "gap"
	valueKey       = "value" // where the target is one
)

// runCurve is the trace of a run at no more than most points. Measures are the axes that the run counts.
func runCurve(r *study.Record, measures []study.Measure, values bool, least float64, most int) map[string]numbers {
	n := len(r.Trace)
	certificates, gaps := make([]float64, n), make([]float64, n)
	for i, t := range r.Trace {
		certificates[i], gaps[i] = t.Certificate, t.Value-least
	}
	data := map[string]numbers{}
	for _, i := range thin(n, most, certificates, gaps) {
		t := r.Trace[i]
		for _, m := range measures {
			x := m.At(r, t)
			switch m {
			case study.Iterations:
				x = float64(t.Iteration)
			case study.Seconds:
				x = t.Seconds
			}
			data[string(m)] = append(data[string(m)], x)
		}
		data[certificateKey] = append(data[certificateKey], certificates[i])
		data[gapKey] = append(data[gapKey], gaps[i])
		if values {
			data[valueKey] = append(data[valueKey], t.Value)
		}
	}
	return data
}

// thin chooses at most most of n points, most > 2, so that curves look as with all of them: the first and the last, and of
// each range of points the least and the greatest of every height. Half of the ranges are of
// equal length and half grow geometrically, since axes are linear or logarithmic. O(n) time.
func thin(n, most int, heights ...[]float64) []int {
	if n <= most {
		all := make([]int, n)
		for i := range all {
			all[i] = i
		}
		return all
	}
	chosen := []int{0, n - 1}
	edges := ranges(n, max(1, (most-2)/(2*len(heights))))
	for k := 1; k < len(edges); k++ {
		for _, h := range heights {
			if low, high, ok := extremes(h, edges[k-1], edges[k]); ok {
				chosen = append(chosen, low, high)
			}
		}
	}
	slices.Sort(chosen)
	return slices.Compact(chosen)
}

// ranges cuts 0 to n into at most parts ranges and returns their ends.
func ranges(n, parts int) []int {
	edges := []int{0, n}
	half := parts / 2
	for k := 1; k < parts-half; k++ {
		edges = append(edges, n*k/(parts-half))
	}
	for k := 1; k <= half; k++ {
		edges = append(edges, int(math.Pow(float64(n), float64(k)/float64(half+1))))
	}
	slices.Sort(edges)
	return slices.Compact(edges)
}

// extremes returns the places of the least and the greatest finite number of v between two places.
func extremes(v []float64, from, to int) (low, high int, ok bool) {
	for i := from; i < to; i++ {
		if v[i]-v[i] != 0 {
			continue
		}
		if !ok {
			low, high, ok = i, i, true
		}
		if v[i] < v[low] {
			low = i
		}
		if v[i] > v[high] {
			high = i
		}
	}
	return low, high, ok
}

// look sets color and dashes of the i-th group, as figures have them.
func (c *chartCurve) look(i int) {
	style := lineStyle(i)
	r, g, b, _ := style.Color.RGBA()
	c.Color = fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, b>>8)
	for _, d := range style.Dashes {
		c.Dash = append(c.Dash, float64(d/vg.Points(1)))
	}
}

// axesOf are measures as axes of charts.
func axesOf(measures []study.Measure) []chartAxis {
	var out []chartAxis
	for _, m := range measures {
		out = append(out, chartAxis{Key: string(m), Label: axisLabels[m], Log: true})
	}
	return out
}

// chart is the figure as one that zooms.
func (l Lines) chart() chart {
	c := chart{X: []chartAxis{{Key: "x", Label: l.XLabel, Log: l.LogX}}, Y: []chartAxis{{Key: "y", Label: l.YLabel, Log: l.LogY}}}
	if l.MaxY > l.MinY {
		room := 0.03 * (l.MaxY - l.MinY)
		c.Y[0].Range = numbers{l.MinY - room, l.MaxY + room}
	}
	for i, line := range l.Lines {
		curve := chartCurve{Group: line.Name, Data: map[string]numbers{}}
		for _, k := range thin(len(line.X), mostPoints, line.Y) {
			curve.Data["x"], curve.Data["y"] = append(curve.Data["x"], line.X[k]), append(curve.Data["y"], line.Y[k])
		}
		curve.look(i)
		c.Curves = append(c.Curves, curve)
	}
	return c
}
