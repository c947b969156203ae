package analytic

import (
	"math"
	"slices"

	"github.com/godescent/descent"
)

// A landscape is a row of the table: a formula with several minima, as a rule.
type landscape struct {
	id, title, src string
	x0             []float64
	fstar          float64
	xstar          []float64
	others         []float64
	lower, upper   float64 // the usual box, which is the same for each variable
	source         string
}

func (p landscape) spec() Spec {
	n := len(p.x0)
	return Spec{
		ID: p.id, Title: p.title, Dim: n,
		Objective: func() descent.Objective { return formula(p.src) },
		X0:        slices.Clone(p.x0), FStar: p.fstar, XStar: slices.Clone(p.xstar), OtherMinima: slices.Clone(p.others),
		Lower: repeat(p.lower, n), Upper: repeat(p.upper, n), Source: p.source,
	}
}

// XStar is the global minimizer here (one of them), which a local method reaches from
// X0 only by luck: from the starts of Rastrigin's and Ackley's functions it does not.
var landscapes = []landscape{
	{"booth", "Booth", "(x1+2*x2-7)^2 + (2*x1+x2-5)^2", []float64{0, 0}, 0, []float64{1, 3}, nil, -10, 10, "Jamil and Yang 2013, arXiv 1308.4008"},
	{"himmelblau", "Himmelblau", "(x1^2+x2-11)^2 + (x1+x2^2-7)^2", []float64{1, 1}, 0, []float64{3, 2}, nil, -5, 5, "Himmelblau 1972"},
	{"six-hump-camel", "Six-hump camel", "(4 - 2.1*x1^2 + x1^4/3)*x1^2 + x1*x2 + (4*x2^2-4)*x2^2", []float64{0.5, -0.5},
		-1.0316284534898774, []float64{0.08984201310031806, -0.7126564030207396}, []float64{-0.215463824384, 2.104250310311}, -3, 3, "Dixon and Szegö 1978"},
	{"branin", "Branin", "(x2 - 5.1*x1^2/(4*pi^2) + 5*x1/pi - 6)^2 + 10*(1-1/(8*pi))*cos(x1) + 10", []float64{2.5, 5},
		10 / (8 * math.Pi), []float64{math.Pi, 2.275}, nil, -5, 15, "Dixon and Szegö 1978, on a square that holds their box"},
	{"goldstein-price", "Goldstein and Price", "(1 + (x1+x2+1)^2*(19-14*x1+3*x1^2-14*x2+6*x1*x2+3*x2^2)) * (30 + (2*x1-3*x2)^2*(18-32*x1+12*x1^2+48*x2-36*x1*x2+27*x2^2))",
		[]float64{0.5, -0.5}, 3, []float64{0, -1}, []float64{30, 84, 840}, -2, 2, "Goldstein and Price 1971"},
	{"styblinski-tang-10", "Styblinski and Tang", "(" + sumFormula(10, "#^4 - 16*#^2 + 5*#") + ")/2", repeat(-1, 10),
		-391.6616570377142, repeat(-2.903534027771177, 10), nil, -5, 5, "Styblinski and Tang 1990"},
	{"rastrigin-10", "Rastrigin", "100 + " + sumFormula(10, "#^2 - 10*cos(2*pi*#)"), repeat(2.2, 10),
		0, repeat(0, 10), nil, -5.12, 5.12, "Rastrigin 1974"},
	{"ackley-10", "Ackley", "20*(1 - exp(-0.2*norm(" + argList(10) + ")/sqrt(10))) + e - exp((" + sumFormula(10, "cos(2*pi*#)") + ")/10)",
		repeat(1.7, 10), 0, repeat(0, 10), nil, -32, 32, "Ackley 1987; not differentiable at its minimizer"},
}
