package stochastic

import (
	"fmt"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/rng"
)

// SVRG is stochastic variance-reduced gradient descent, for sums of convex,
// L_max-smooth terms plus convex h. An iteration is an outer iteration:
//
//	mu = grad f(w)                                     at the snapshot w
//	m times: pick a batch B uniformly;
//	         x <- prox_{eta h}(x - eta (grad f_B(x) - grad f_B(w) + mu))
//	w = the last x (option I)                          or their average
//
// The last x is option I of Johnson and Zhang and what works best; the average is what
// Xiao and Zhang analyse, with linear convergence for strongly convex f.
//
// With LinearTerms, batches of one term and option I, the slopes at w are kept (N
// numbers), an iteration counts N + m terms, and with sparse rows (TermSupport) and
// h = 0 or l1 |x|_1 a step costs O(length of the row). Otherwise it needs Smooth and
// FiniteSum, counts one gradient and 2 m b terms, and a step costs O(n).
//
// Johnson and Zhang, Accelerating stochastic gradient descent using predictive
// variance reduction, NIPS 2013. Xiao and Zhang, A proximal stochastic gradient method
// with progressive variance reduction, SIAM J. Optim. 24(4), 2014, arXiv:1403.4699.
// Default step: Sebbouh et al., Towards closing the gap between the theory and practice
// of SVRG, NeurIPS 2019, arXiv:1908.02725.
type SVRG struct {
	Step    float64 // eta > 0; 0 means 1/(2 ((1 - 1/b) L + 3 L_max/b)): 1/(6 L_max) for b = 1
	Batch   int     // b, the terms in a step; 0 means 1 with LinearTerms and option I, else 32
	Inner   int     // m, the steps between snapshots; 0 means 2N/b
	Average bool    // go on from the average of the inner iterates instead of the last
	Seed    uint64  // of the order of the terms
}

// Start implements [descent.Method].
func (m SVRG) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	linear := linearTerms(p)
	if m.Batch > 1 || m.Average {
		linear = nil
	}
	n, batch := 0, 1
	if linear != nil {
		n = linear.Terms()
	} else {
		if _, err := descent.Require[descent.Smooth](p); err != nil {
			return nil, err
		}
		sum, err := descent.Require[descent.FiniteSum](p)
		if err != nil {
			return nil, err
		}
		n, batch = sum.Terms(), defaultBatch
	}
	batch, err := batchSize("svrg", m.Batch, n, batch)
	if err != nil {
		return nil, err
	}
	if m.Inner < 0 {
		return nil, fmt.Errorf("svrg: inner %d: want > 0, or 0 for 2N/batch", m.Inner)
	}
	if m.Inner == 0 {
		m.Inner = (2*n + batch - 1) / batch
	}
	step, err := stepSize("svrg", p, m.Step, 2, 3, batch)
	if err != nil {
		return nil, err
	}
	return &svrgRun{p, linear, n, batch, m.Inner, step, m.Average, slices.Clone(x0), rng.New(m.Seed, "svrg")}, nil
}

type svrgRun struct {
	p                   *descent.Problem
	linear              LinearTerms // nil for terms that answer gradients only
	terms, batch, inner int
	step                float64
	average             bool

	X   []float64 // the snapshot w
	Rng rng.Stream
}

func (s *svrgRun) Iterates(yield func([]float64) bool) {
	if s.linear != nil {
		s.iterateLinear(yield)
		return
	}
	n := len(s.X)
	x, mean, mu := make([]float64, n), make([]float64, n), make([]float64, n)
	g, gw, idx := make([]float64, n), make([]float64, n), make([]int, s.batch)
	for {
		s.p.Gradient(mu, s.X)
		copy(x, s.X)
		for k := range s.inner {
			for i := range idx {
				idx[i] = s.Rng.Intn(s.terms)
			}
			s.p.TermGradient(gw, s.X, idx)
			s.p.TermGradient(g, x, idx)
			for i, v := range g {
				x[i] -= s.step * (v - gw[i] + mu[i])
			}
			s.p.Prox(x, x, s.step)
			if s.average {
				for i, v := range x {
					mean[i] += (v - mean[i]) / float64(k+1)
				}
			}
		}
		if copy(s.X, x); s.average {
			copy(s.X, mean)
		}
		if !yield(s.X) {
			return
		}
	}
}

func (s *svrgRun) iterateLinear(yield func([]float64) bool) {
	slopes, mu := make([]float64, s.terms), make([]float64, len(s.X))
	l := newLinear(s.p, s.linear, s.X, mu, s.step, s.inner)
	for {
		snapshot(l, slopes)
		for range s.inner {
			i := s.Rng.Intn(s.terms)
			l.move(i, l.slope(i)-slopes[i])
		}
		l.settle()
		if !yield(s.X) {
			return
		}
	}
}
