package report

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"regexp"
	"testing"

	"github.com/godescent/descent"
)

// Numbers at the ends of the range, and numbers that are equal but for their last bits, are drawn as all others.
func TestExtremes(t *testing.T) {
	tiny, huge := math.SmallestNonzeroFloat64, math.MaxFloat64
	for _, heights := range [][]float64{
		{1, tiny}, {huge, 1}, {huge, tiny}, {tiny, tiny}, {huge, huge}, {-huge, huge}, {-huge, -huge}, {1, 1}, {math.NaN(), 1},
		{1, math.Nextafter(1, 2)}, {1e17, math.Nextafter(1e17, 1e18)}, {-1, math.Nextafter(-1, 0)}, {1e-300, math.Nextafter(1e-300, 1)},
	} {
		run := &descent.Result{Value: heights[1], Certificate: descent.Certificate{Kind: descent.GapCertificate, Value: heights[1], Tolerance: 1e-6}}
		at := []float64{1, 2}
		for k, y := range heights {
			run.Trace = append(run.Trace, descent.TracePoint{Iteration: k, Value: y, Certificate: y})
		}
		figures := map[string]interface {
			Encode(w io.Writer, format string) error
		}{
			"run":    Figure{Result: run, Values: heights, Names: []string{"a", "b"}},
			"curves": Curves{Curves: []Curve{{Y: heights}}},
			"path":   PathFigure{Lambdas: at, Coef: [][]float64{heights, {heights[1], heights[0]}}},
			"cv":     CVFigure{Lambdas: at, Mean: heights, SE: []float64{0, 0}, NNZ: []int{1, 2}, Best: 0, OneSE: 1},
			"train":  TrainingFigure{Runs: [][]descent.Series{{{Name: "loss", Values: heights}, {Name: "score apart", Values: heights}}}},
			"rates":  RateFigure{Rates: at, Losses: heights},
		}
		for k, log := range []bool{true, false} {
			figures[fmt.Sprintf("lines %d", k)] = Lines{LogX: log, LogY: log, Lines: []Line{{X: at, Y: heights}, {X: heights, Y: at, Low: heights, High: heights}}}
		}
		if heights[0] > 0 && heights[1] > 0 {
			figures["lambdas"] = CVFigure{Lambdas: heights, Mean: at, SE: at, NNZ: []int{1, 2}, Best: 0, OneSE: 1}
		}
		for name, f := range figures {
			var b bytes.Buffer
			if err := f.Encode(&b, "svg"); err != nil {
				t.Errorf("%s of %v: %v", name, heights, err)
			}
			if bad := noNumber.Find(b.Bytes()); bad != nil {
				t.Errorf("%s of %v: coordinates %s", name, heights, bad)
			}
		}
	}
}

// noNumber finds coordinates that are no numbers.
var noNumber = regexp.MustCompile(`[a-z0-9]+="[^"]*(NaN|Inf)[^"]*"`)
