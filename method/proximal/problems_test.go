package proximal

import (
	"context"
	"math"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

// squares is f(x) = |Ax - b|^2 / (2m).
type squares struct {
	a [][]float64
	b []float64
}

func (f squares) Value(x []float64) float64 {
	s := 0.0
	for i, row := range f.a {
		r := vec.Dot(row, x) - f.b[i]
		s += r * r
	}
	return s / float64(2*len(f.a))
}

func (f squares) Gradient(g, x []float64) float64 {
	clear(g)
	s := 0.0
	for i, row := range f.a {
		r := vec.Dot(row, x) - f.b[i]
		s += r * r
		for j, v := range row {
			g[j] += r * v / float64(len(f.a))
		}
	}
	return s / float64(2*len(f.a))
}

// logistic is f(x) = (1/m) sum log(1 + exp(-a_i.x)), the labels being in the rows.
type logistic struct{ a [][]float64 }

func (f logistic) Value(x []float64) float64 {
	s := 0.0
	for _, row := range f.a {
		z := vec.Dot(row, x)
		s += max(0, -z) + math.Log1p(math.Exp(-math.Abs(z)))
	}
	return s / float64(len(f.a))
}

func (f logistic) Gradient(g, x []float64) float64 {
	clear(g)
	s, m := 0.0, float64(len(f.a))
	for _, row := range f.a {
		z := vec.Dot(row, x)
		s += max(0, -z) + math.Log1p(math.Exp(-math.Abs(z)))
		c := 1 / (1 + math.Exp(z))
		for j, v := range row {
			g[j] -= c * v / m
		}
	}
	return s / m
}

// known adds the oracle Lipschitz.
type known struct {
	descent.Objective
	l float64
}

func (f known) Gradient(g, x []float64) float64 { return f.Objective.(descent.Smooth).Gradient(g, x) }
func (f known) Lipschitz() float64              { return f.l }

// random returns an m x n matrix of normal numbers whose columns have scales from 1
// down to 1/spread.
func random(seed uint64, m, n int, spread float64) [][]float64 {
	r := rng.New(seed, "proximal test")
	a := make([][]float64, m)
	for i := range a {
		a[i] = make([]float64, n)
		for j := range a[i] {
			a[i][j] = r.Norm() * math.Pow(spread, -float64(j)/float64(n))
		}
	}
	return a
}

// largest returns the largest eigenvalue of A^T A / m, by 2000 power iterations.
func largest(a [][]float64) float64 {
	f := squares{a, make([]float64, len(a))}
	x, g := make([]float64, len(a[0])), make([]float64, len(a[0]))
	for i := range x {
		x[i] = 1
	}
	l := 0.0
	for range 2000 {
		f.Gradient(g, x)
		l = math.Sqrt(vec.Dot(g, g))
		for i := range x {
			x[i] = g[i] / l
		}
	}
	return l
}

// planted returns least squares whose target is A x plus noise for a sparse x.
func planted(seed uint64, m, n int, spread float64) squares {
	a := random(seed, m, n, spread)
	r := rng.New(seed, "proximal target")
	x := make([]float64, n)
	for j := 0; j < n; j += 3 {
		x[j] = r.Norm()
	}
	b := make([]float64, m)
	for i := range b {
		b[i] = vec.Dot(a[i], x) + 0.1*r.Norm()
	}
	return squares{a, b}
}

func problem(f descent.Objective, h descent.Regularizer, n int) func() *descent.Problem {
	return func() *descent.Problem { return &descent.Problem{Name: "test", Dim: n, Objective: f, Regularizer: h} }
}

func solve(t *testing.T, p *descent.Problem, m descent.Method, opt descent.Options) *descent.Result {
	t.Helper()
	r, err := descent.Solve(context.Background(), p, m, make([]float64, p.Dim), opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
