package analytic

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/godescent/descent"
)

// An hsProblem is a row of the table: a formula, from x0, within bounds.
type hsProblem struct {
	number       int
	src          string
	x0           []float64
	lower, upper []float64
	fstar        float64
	xstar        []float64
	others       []float64
}

func (p hsProblem) spec() Spec {
	return Spec{
		ID: fmt.Sprintf("hs-%d", p.number), Title: fmt.Sprintf("Hock and Schittkowski %d", p.number), Dim: len(p.x0),
		Objective: func() descent.Objective { return formula(p.src) },
		X0:        slices.Clone(p.x0), FStar: p.fstar, XStar: slices.Clone(p.xstar), OtherMinima: slices.Clone(p.others),
		Lower: slices.Clone(p.lower), Upper: slices.Clone(p.upper),
		Source: fmt.Sprintf("Hock and Schittkowski 1981, problem %d", p.number),
	}
}

var inf = math.Inf(1)

// The problems whose only constraints are bounds. The starts of 1 and 2 are the
// book's; that of 2 is infeasible. Minima were computed again.
var hs = []hsProblem{
	{1, rosenbrockFormula, []float64{-2, 1}, []float64{-inf, -1.5}, []float64{inf, inf}, 0, []float64{1, 1}, nil},
	{2, rosenbrockFormula, []float64{-2, 1}, []float64{-inf, 1.5}, []float64{inf, inf},
		0.050426187893607075, []float64{1.22437074874, 1.5}, []float64{4.941229}},
	{3, "x2 + 1e-5*(x2-x1)^2", []float64{10, 1}, []float64{-inf, 0}, []float64{inf, inf}, 0, []float64{0, 0}, nil},
	{4, "(x1+1)^3/3 + x2", []float64{1.125, 0.125}, []float64{1, 0}, []float64{inf, inf}, 8.0 / 3, []float64{1, 0}, nil},
	{5, "sin(x1+x2) + (x1-x2)^2 - 1.5*x1 + 2.5*x2 + 1", []float64{0, 0}, []float64{-1.5, -3}, []float64{4, 3},
		-math.Sqrt(3)/2 - math.Pi/3, []float64{0.5 - math.Pi/3, -0.5 - math.Pi/3}, nil},
	{38, "100*(x2-x1^2)^2 + (1-x1)^2 + 90*(x4-x3^2)^2 + (1-x3)^2 + 10.1*((x2-1)^2+(x4-1)^2) + 19.8*(x2-1)*(x4-1)",
		[]float64{-3, -1, -3, -1}, repeat(-10, 4), repeat(10, 4), 0, repeat(1, 4), nil},
	{45, "2 - x1*x2*x3*x4*x5/120", repeat(2, 5), repeat(0, 5), []float64{1, 2, 3, 4, 5}, 1, []float64{1, 2, 3, 4, 5}, nil},
	{110, sumFormula(10, "log(#-2)^2 + log(10-#)^2") + " - prod(" + argList(10) + ")^0.2",
		repeat(9, 10), repeat(2.001, 10), repeat(9.999, 10), -45.7784697074463, repeat(9.35026583307, 10), nil},
}

const rosenbrockFormula = "100*(x2-x1^2)^2 + (1-x1)^2"

// sumFormula writes the sum of term over x1 ... xn, each in place of #.
func sumFormula(n int, term string) string {
	terms := make([]string, n)
	for i := range terms {
		terms[i] = strings.ReplaceAll(term, "#", fmt.Sprintf("x%d", i+1))
	}
	return strings.Join(terms, " + ")
}

// argList writes x1, x2, ..., xn.
func argList(n int) string { return strings.ReplaceAll(sumFormula(n, "#"), " +", ",") }

func repeat(v float64, n int) []float64 { return slices.Repeat([]float64{v}, n) }
