package coordinate

import (
	"fmt"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

// DualTerms is the oracle of dual methods for f = (1/n) sum_i c_i phi_i(a_i.w + b) +
// (l2/2)|w|^2 with x = (w, b), or x = w without an intercept.
type DualTerms interface {
	// Terms returns n.
	Terms() int
	// DualRows returns the rows a_i as the matrix that the problem has, sparse or dense;
	// neither if a phi_i has no DualStep.
	DualRows() (*linalg.CSR, *linalg.Dense)
	// DualShift returns s where the rows are a_i + s, nil for none: the intercept of x is
	// that of these rows plus s.w.
	DualShift() []float64
	// DualWeights returns the c_i, with mean 1; nil means ones.
	DualWeights() []float64
	// Ridge returns l2 and the length of w.
	Ridge() (l2 float64, d int)
	// DualStep returns argmin_s phi_i*(s) - z s + (q/2)(s-t)^2, q > 0.
	DualStep(i int, t, z, q float64) float64
}

// rows are the rows a_i of a linear model.
type rows struct {
	sparse  *linalg.CSR
	dense   *linalg.Dense
	weights []float64
	square  []float64 // |a_i|^2
}

func (r *rows) weight(i int) float64 {
	if r.weights == nil {
		return 1
	}
	return r.weights[i]
}

func (r *rows) dot(i int, x []float64) float64 {
	if r.sparse != nil {
		return r.sparse.RowDot(i, x)
	}
	return vec.Dot(r.dense.Row(i), x[:r.dense.Cols])
}

func (r *rows) axpy(a float64, i int, x []float64) {
	if r.sparse != nil {
		r.sparse.RowAxpy(a, i, x)
		return
	}
	vec.Axpy(a, r.dense.Row(i), x[:r.dense.Cols])
}

type dualCDRun struct {
	rows
	p     *descent.Problem
	f     DualTerms
	l2    float64
	rest  int
	end   *finisher // nil where the dual is no quadratic program
	head  int       // columns; X[head] is the intercept, if there is one
	bias  float64   // B^2, 0 without an intercept
	shift []float64

	X        []float64 // w, then b
	T        []float64 // slopes
	B        float64   // intercept for the rows as they are
	Order    []int
	Idle     []int // visits in a row that left t_i alone
	Wait     []int // epochs that sample i still rests
	Epoch    int
	Next     int // epoch of the next finish
	Rng      rng.Stream
	Ascent   float64 // sum_i c_i q_i (change of t_i)^2 / n of the last epoch
	Previous float64 // that of the epoch before
	Visited  int     // samples that the last epoch visited
	Finished int     // epoch of the last finish
}

// Start implements [descent.Method].
func (m DualCD) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	s, err := startDual("dual-cd", p)
	if err != nil {
		return nil, err
	}
	s.rest = m.Rest
	if m.Rest == 0 {
		s.rest = 100
	}
	s.X = slices.Clone(x0)
	clear(s.X) // w follows from t = 0
	n := s.f.Terms()
	s.T, s.Order, s.Idle, s.Wait = make([]float64, n), make([]int, n), make([]int, n), make([]int, n)
	for i := range s.Order {
		s.Order[i] = i
	}
	s.Rng = rng.New(m.Seed, "dual-cd")
	return s, nil
}

// startDual checks that p has a dual that coordinates can climb.
func startDual(method string, p *descent.Problem) (*dualCDRun, error) {
	f, err := descent.Require[DualTerms](p)
	if err != nil {
		return nil, err
	}
	if err := p.Unregularized(method); err != nil {
		return nil, err
	}
	l2, d := f.Ridge()
	if !(l2 > 0) {
		return nil, fmt.Errorf("%s: problem %s has l2 = %v: want a ridge penalty l2 > 0", method, p.Name, l2)
	}
	s := &dualCDRun{p: p, f: f, l2: l2, head: d}
	if s.sparse, s.dense = f.DualRows(); s.sparse == nil && s.dense == nil {
		return nil, fmt.Errorf("%s: problem %s has a loss without dual steps: want hinge, squared hinge, logistic, squared, Huber or quantile", method, p.Name)
	}
	s.weights, s.shift = f.DualWeights(), f.DualShift()
	n := f.Terms()
	s.square = make([]float64, n)
	mean := 0.0
	for i := range n {
		if s.sparse != nil {
			s.square[i] = s.sparse.RowNrm2Sq(i)
		} else {
			s.square[i] = s.dense.RowNrm2Sq(i)
		}
		mean += s.square[i] / float64(n)
	}
	if p.Dim > d {
		s.bias = max(0.05*mean, 10*l2)
	}
	s.end, s.Next = newFinisher(f, &s.rows), early
	return s, nil
}
