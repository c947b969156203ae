package stochastic

import (
	"fmt"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/rng"
)

// SAGA is an incremental gradient method with a table of gradients, for sums of
// convex, L_max-smooth terms plus convex h:
//
//	pick j uniformly; phi_j^{k+1} = x^k
//	w^{k+1} = x^k - gamma [f_j'(phi_j^{k+1}) - f_j'(phi_j^k) + (1/N) sum_i f_i'(phi_i^k)]  (1)
//	x^{k+1} = prox_{gamma h}(w^{k+1})                                                       (2)
//
// It converges linearly where f is strongly convex, by a factor of about
// 1 - min(1/(4N), mu/(3 L_max)) per step, without knowing mu.
//
// On linear models (LinearTerms) the table is N numbers, the ridge is taken exactly and
// stays out of the table, and with sparse rows (TermSupport) and h = 0 or l1 |x|_1 a step costs
// O(length of the row); otherwise O(n). For other sums (FiniteSum) the table is N n
// numbers, at most 10^7. The first iteration takes one pass more, to fill the table
// at x_0. Counts: N terms per iteration.
//
// Defazio, Bach and Lacoste-Julien, SAGA: A fast incremental gradient method with
// support for non-strongly convex composite objectives, NIPS 2014, arXiv:1407.0202.
type SAGA struct {
	Step float64 // gamma > 0; 0 means 1/(3 L_max)
	Seed uint64  // of the order of the terms
}

// maxTable is the most numbers that a table of whole gradients may hold: 80 MB.
const maxTable = 1e7

// Start implements [descent.Method].
func (m SAGA) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	linear := linearTerms(p)
	sum, isSum := p.Objective.(descent.FiniteSum)
	if linear == nil && !isSum {
		_, err := descent.Require[LinearTerms](p)
		return nil, err
	}
	step, err := stepSize("saga", p, m.Step, 3, 1, 1)
	if err != nil {
		return nil, err
	}
	s := &sagaRun{p: p, step: step, linear: linear, X: slices.Clone(x0), Mean: make([]float64, len(x0)), Rng: rng.New(m.Seed, "saga")}
	if linear != nil {
		s.terms = linear.Terms()
		s.Table = make([]float64, s.terms)
		return s, nil
	}
	s.terms = sum.Terms()
	if size := float64(s.terms) * float64(p.Dim); size > maxTable {
		return nil, fmt.Errorf("saga: a table of %d gradients of size %d would hold %.3g numbers: want at most %.0g, or a problem with the oracle LinearTerms; svrg needs no table",
			s.terms, p.Dim, size, float64(maxTable))
	}
	s.Table = make([]float64, s.terms*p.Dim)
	return s, nil
}

type sagaRun struct {
	p      *descent.Problem
	step   float64
	terms  int
	linear LinearTerms // nil for a table of whole gradients

	X     []float64
	Table []float64 // gradients at phi_i, or their slopes
	Mean  []float64 // of the gradients, without the ridge of a linear model
	Pass  int
	Rng   rng.Stream
}

func (s *sagaRun) Iterates(yield func([]float64) bool) {
	pass := s.linearPass
	if s.linear == nil {
		pass = s.tablePass
	}
	next := pass()
	for {
		next()
		s.Pass++
		if !yield(s.X) {
			return
		}
	}
}

func (s *sagaRun) linearPass() func() {
	l, inv := newLinear(s.p, s.linear, s.X, s.Mean, s.step, s.terms), 1/float64(s.terms)
	return func() {
		if s.Pass == 0 {
			snapshot(l, s.Table)
		}
		for range s.terms {
			j := s.Rng.Intn(s.terms)
			slope := l.slope(j)
			d := slope - s.Table[j]
			l.move(j, d)
			s.linear.TermAxpy(d*inv, j, s.Mean)
			s.Table[j] = slope
		}
		l.settle()
	}
}

func (s *sagaRun) tablePass() func() {
	dim, inv := len(s.X), 1/float64(s.terms)
	g, idx := make([]float64, dim), make([]int, 1)
	// visit stores the change of the gradient of term j in g, and the gradient in the table.
	visit := func(j int) {
		idx[0] = j
		s.p.TermGradient(g, s.X, idx)
		for k, old := range s.Table[j*dim : (j+1)*dim] {
			s.Table[j*dim+k] = g[k]
			g[k] -= old
		}
	}
	return func() {
		for j := 0; s.Pass == 0 && j < s.terms; j++ {
			visit(j)
			for k, d := range g {
				s.Mean[k] += d * inv
			}
		}
		for range s.terms {
			visit(s.Rng.Intn(s.terms))
			for k, d := range g {
				s.X[k] -= s.step * (d + s.Mean[k])
				s.Mean[k] += d * inv
			}
			s.p.Prox(s.X, s.X, s.step)
		}
	}
}

// snapshot stores the slopes of all terms at x in slopes and their mean gradient in g.
func snapshot(l *linear, slopes []float64) {
	clear(l.g)
	for i := range slopes {
		slopes[i] = l.slope(i)
		l.terms.TermAxpy(slopes[i]/float64(len(slopes)), i, l.g)
	}
}
