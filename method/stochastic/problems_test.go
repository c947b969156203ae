package stochastic

import (
	"context"
	"math"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/rng"
)

// model is f(x) = (1/N) sum_i phi(y_i, a_i.x) + (ridge/2)|x[:head]|^2 with sparse rows
// and, where head < dim, an intercept.
type model struct {
	idx       [][]int32
	val       [][]float64
	y         []float64
	logistic  bool // else squares
	ridge     float64
	head, dim int
	dense     bool // do not tell the support of rows
}

// newModel makes a model with about nnz entries a row, a few of them empty.
func newModel(seed uint64, n, head, nnz int, logistic, intercept bool, ridge float64) *model {
	r := rng.New(seed, "stochastic test")
	m := &model{logistic: logistic, ridge: ridge, head: head, dim: head}
	if intercept {
		m.dim++
	}
	x := make([]float64, m.dim)
	for j := range x {
		x[j] = r.Norm()
	}
	for i := range n {
		idx, val := []int32{}, []float64{}
		for j := range head {
			if r.Float64() < float64(nnz)/float64(head) && i%17 != 3 {
				idx, val = append(idx, int32(j)), append(val, r.Norm())
			}
		}
		m.idx, m.val = append(m.idx, idx), append(m.val, val)
		y := m.TermDot(i, x) + 0.5*r.Norm()
		if logistic {
			y = math.Copysign(1, y)
		}
		m.y = append(m.y, y)
	}
	return m
}

func (m *model) Terms() int { return len(m.y) }

func (m *model) TermDot(i int, x []float64) float64 {
	z := 0.0
	for k, j := range m.idx[i] {
		z += m.val[i][k] * x[j]
	}
	for _, v := range x[m.head:] {
		z += v
	}
	return z
}

func (m *model) loss(i int, z float64) (v, slope float64) {
	y := m.y[i]
	if !m.logistic {
		return (z - y) * (z - y) / 2, z - y
	}
	return max(0, -y*z) + math.Log1p(math.Exp(-math.Abs(z))), -y / (1 + math.Exp(y*z))
}

func (m *model) TermSlope(i int, z float64) float64 {
	_, u := m.loss(i, z)
	return u
}

func (m *model) TermAxpy(a float64, i int, g []float64) {
	for k, j := range m.idx[i] {
		g[j] += a * m.val[i][k]
	}
	for j := m.head; j < m.dim; j++ {
		g[j] += a
	}
}

func (m *model) Ridge() (float64, int) { return m.ridge, m.head }

func (m *model) TermSupport(i int) []int32 {
	if m.dense {
		return nil
	}
	return m.idx[i]
}

func (m *model) TermLipschitz() float64 {
	top := 0.0
	for i := range m.y {
		s := float64(m.dim - m.head)
		for _, v := range m.val[i] {
			s += v * v
		}
		top = max(top, s)
	}
	if m.logistic {
		top /= 4
	}
	return top + m.ridge
}

func (m *model) TermGradient(g, x []float64, idx []int) float64 {
	clear(g)
	s, inv := 0.0, 1/float64(len(idx))
	for _, i := range idx {
		v, u := m.loss(i, m.TermDot(i, x))
		s += v * inv
		m.TermAxpy(u*inv, i, g)
	}
	for j, v := range x[:m.head] {
		g[j] += m.ridge * v
		s += m.ridge / 2 * v * v
	}
	return s
}

func (m *model) Gradient(g, x []float64) float64 {
	clear(g)
	s, inv := 0.0, 1/float64(len(m.y))
	for i := range m.y {
		v, u := m.loss(i, m.TermDot(i, x))
		s += v * inv
		m.TermAxpy(u*inv, i, g)
	}
	for j, v := range x[:m.head] {
		g[j] += m.ridge * v
		s += m.ridge / 2 * v * v
	}
	return s
}

func (m *model) Value(x []float64) float64 {
	s, inv := 0.0, 1/float64(len(m.y))
	for i := range m.y {
		v, _ := m.loss(i, m.TermDot(i, x))
		s += v * inv
	}
	for _, v := range x[:m.head] {
		s += m.ridge / 2 * v * v
	}
	return s
}

// Lipschitz bounds the largest eigenvalue by the trace.
func (m *model) Lipschitz() float64 {
	s := 0.0
	for i := range m.y {
		for _, v := range m.val[i] {
			s += v * v
		}
	}
	s = s/float64(len(m.y)) + float64(m.dim-m.head)
	if m.logistic {
		s /= 4
	}
	return s + m.ridge
}

// sumOnly hides that the terms are linear.
type sumOnly struct{ m *model }

func (s sumOnly) Value(x []float64) float64       { return s.m.Value(x) }
func (s sumOnly) Gradient(g, x []float64) float64 { return s.m.Gradient(g, x) }
func (s sumOnly) Terms() int                      { return s.m.Terms() }
func (s sumOnly) Lipschitz() float64              { return s.m.Lipschitz() }
func (s sumOnly) TermLipschitz() float64          { return s.m.TermLipschitz() }
func (s sumOnly) TermGradient(g, x []float64, idx []int) float64 {
	return s.m.TermGradient(g, x, idx)
}

// notLinear has the methods of LinearTerms but says that they do not apply.
type notLinear struct{ *model }

func (notLinear) SingleOutput() bool { return false }

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

// iterates returns copies of the first n iterates from 0.
func iterates(t *testing.T, p *descent.Problem, m descent.Method, n int) [][]float64 {
	t.Helper()
	run, err := m.Start(p, make([]float64, p.Dim))
	if err != nil {
		t.Fatal(err)
	}
	var xs [][]float64
	for x := range run.Iterates {
		if xs = append(xs, append([]float64{}, x...)); len(xs) == n {
			break
		}
	}
	return xs
}

// sameIterates compares up to rounding, and asserts that the iterates move.
func sameIterates(t *testing.T, what string, a, b [][]float64, tol float64) {
	t.Helper()
	if len(a) != len(b) || len(a) < 2 || distance2(a[0], a[len(a)-1]) == 0 {
		t.Fatalf("%s: %d and %d iterates, or they do not move", what, len(a), len(b))
	}
	for k := range a {
		if d := math.Sqrt(distance2(a[k], b[k])); !(d <= tol) {
			t.Fatalf("%s: iterate %d differs by %g: %v and %v", what, k, d, a[k], b[k])
		}
	}
}

func distance2(x, y []float64) float64 {
	s := 0.0
	for i, v := range x {
		s += (v - y[i]) * (v - y[i])
	}
	return s
}
