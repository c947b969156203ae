package coordinate

import (
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

// DualCD is stochastic dual coordinate ascent for linear models with a ridge penalty,
//
//	F(w, b) = (1/n) sum_i c_i phi_i(a_i.w + b) + (l2/2)|w|^2,  l2 > 0,
//
// with any convex losses phi_i, kinks included: hinge (support vector machines), squared
// hinge, logistic, squared, Huber, quantile. It maximizes the dual
//
//	D(t) = -(1/n) sum_i c_i phi_i*(t_i) - (l2/2)|w(t)|^2,  w(t) = -(1/(n l2)) sum_i c_i t_i a_i
//
// one slope t_i at a time, exactly: with z_i = a_i.w + b and q_i = c_i |a_i|^2/(n l2),
//
//	t_i <- argmin_s phi_i*(s) - z_i s + (q_i/2)(s - t_i)^2,   w(t) kept up to date.
//
// An iteration is an epoch: every i once, in an order that is drawn anew. Where the loss
// is flat or at the end of phi_i*'s domain, samples that keep leaving t_i alone are
// skipped for a while (shrinking, Hsieh et al. section 3.2): after k such visits in a row
// for min(k, Rest) epochs.
//
// The intercept, which no penalty pulls, is a coordinate b = c - (B^2/(n l2)) sum_i c_i t_i
// with a proximal center c: the epochs see the penalty (l2/(2 B^2))(b - c)^2, and c moves
// to b after each. At a fixed point the penalty is gone, and sum_i c_i t_i = 0.
//
// It converges linearly, fast where n l2 is not far below |a_i|^2 or n is far below the
// number of columns. Cost per iteration: two passes over the rows. Memory: n + d.
//
// Hsieh, Chang, Lin, Keerthi, Sundararajan, A dual coordinate descent method for large-scale
// linear SVM, ICML 2008. Shalev-Shwartz and Zhang, Stochastic dual coordinate ascent
// methods for regularized loss minimization, JMLR 14, 2013, arXiv:1209.1873. Yu, Huang,
// Lin, Dual coordinate descent methods for logistic regression, Machine Learning 85, 2011.
type DualCD struct {
	Seed uint64 // of the order of the samples
	Rest int    // most epochs that a settled sample is skipped; default 10, negative: none
}

type dualCDRun struct {
	rows
	p     *descent.Problem
	f     DualTerms
	l2    float64
	rest  int
	head  int     // columns; X[head] is the intercept, if there is one
	bias  float64 // B^2, 0 without an intercept
	shift []float64

	X       []float64 // w, then b
	T       []float64 // slopes
	B       float64   // intercept for the rows as they are
	Order   []int
	Idle    []int // visits in a row that left t_i alone
	Wait    []int // epochs that sample i still rests
	Epoch   int
	Rng     rng.Stream
	Ascent  float64 // sum_i c_i q_i (change of t_i)^2 / n of the last epoch
	Skipped bool    // whether some sample rested in it
}

// Start implements [descent.Method].
func (m DualCD) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	s, err := startDual("dual-cd", p)
	if err != nil {
		return nil, err
	}
	s.rest = m.Rest
	if m.Rest == 0 {
		s.rest = 10
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

// Witness returns the dual point t.
func (s *dualCDRun) Witness() []float64 { return s.T }

// GapHint returns the ascent of the last epoch, of which the gap is a small multiple.
func (s *dualCDRun) GapHint() float64 { return s.Ascent }

func (s *dualCDRun) Iterates(yield func([]float64) bool) {
	for {
		if s.Epoch%refresh == refresh-1 {
			s.primal()
		}
		s.Rng.Shuffle(s.Order)
		s.Ascent, s.Skipped = 0, false
		s.recenter()
		visited := 0
		for _, i := range s.Order {
			if s.Wait[i] > 0 {
				s.Wait[i]--
				s.Skipped = true
				continue
			}
			visited++
			s.visit(i)
		}
		s.p.CountTerms(visited)
		if s.bias > 0 {
			s.X[s.head] = s.B
			if s.shift != nil {
				s.X[s.head] += vec.Dot(s.shift, s.X[:s.head])
			}
		}
		s.Epoch++
		if !yield(s.X) {
			return
		}
	}
}

// recenter moves c to b, which moves b = c - (B^2/(n l2)) sum_i c_i t_i once more.
func (s *dualCDRun) recenter() {
	if s.bias == 0 {
		return
	}
	sum := 0.0
	for i, t := range s.T {
		sum += s.weight(i) * t
	}
	s.B -= s.bias / (float64(len(s.T)) * s.l2) * sum
}

// refresh is after how many epochs w is computed from t afresh.
const refresh = 100

// visit maximizes D over t_i.
func (s *dualCDRun) visit(i int) {
	c := s.weight(i)
	q := c * (s.square[i] + s.bias) / (float64(len(s.T)) * s.l2)
	if q == 0 {
		q = 1e-300 // an empty row without intercept: its z_i is 0 whatever t_i is
	}
	z := s.dot(i, s.X)
	if s.bias > 0 {
		z += s.B
	}
	t := s.f.DualStep(i, s.T[i], z, q)
	d := t - s.T[i]
	if d == 0 {
		s.Idle[i]++
		s.Wait[i] = min(s.Idle[i]-1, s.rest)
		return
	}
	s.Idle[i] = 0
	s.T[i] = t
	s.Ascent += c * q * d * d / float64(len(s.T))
	a := -c * d / (float64(len(s.T)) * s.l2)
	s.axpy(a, i, s.X)
	if s.bias > 0 {
		s.B += a * s.bias
	}
}

// primal computes w from t.
func (s *dualCDRun) primal() {
	clear(s.X[:s.head])
	for i, t := range s.T {
		if t != 0 {
			s.axpy(-s.weight(i)*t/(float64(len(s.T))*s.l2), i, s.X)
		}
	}
}
