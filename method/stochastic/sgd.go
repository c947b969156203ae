package stochastic

import (
	"fmt"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/schedule"
)

// SGD is (proximal) stochastic gradient descent with mini-batches B of b terms,
// momentum and averaging, for sums of smooth terms plus convex h:
//
//	gamma_k = Step * Schedule.At(passes over the data before step k)
//	v <- Momentum v - gamma_k grad f_B(x)
//	x <- prox_{gamma_k h}(x + v), and v is the step that x made
//	xbar <- xbar + (eta + 1)/(k + eta) (x - xbar)             k = 1, 2, ...
//
// xbar is what is yielded. eta = 0 is the uniform average of all iterates (Polyak and
// Juditsky 1992); eta = 3 is polynomial-decay averaging, which forgets the start as
// averages over a suffix of the run do, without knowing its end (Shamir and Zhang
// 2013). With steps that fall as 1/sqrt(k) averaging reaches the optimal rates
// whether f is strongly convex or not (Bach and Moulines 2011). Averages of sparse
// iterates are not sparse: choose none where zeros matter. The certificate falls to the
// level of the noise quickly and slowly from there: use SVRG or SAGA to go further.
//
// Needs FiniteSum. A pass costs N terms and N/b updates of O(n). Memory: 4 vectors.
//
// Robbins and Monro, A stochastic approximation method, Ann. Math. Stat. 22, 1951.
// Polyak and Juditsky, Acceleration of stochastic approximation by averaging, SIAM J.
// Control Optim. 30(4), 1992. Shamir and Zhang, Stochastic gradient descent for
// non-smooth optimization, ICML 2013, arXiv:1212.1824. Default step: Gower et al., SGD:
// General analysis and improved rates, ICML 2019, arXiv:1901.09401.
type SGD struct {
	Step        float64           // base step > 0; 0 means 1/(2 ((1 - 1/b) L + L_max/b))
	Schedule    schedule.Schedule // of the step, in passes; the kind "" means inv-sqrt
	Batch       int               // b, the terms in a step; 0 means 32
	Momentum    float64           // in [0, 1); the long-run step grows by 1/(1 - momentum)
	Average     string            // polynomial, polyak or none; "" means polynomial
	Replacement bool              // draw terms independently instead of in a new random order in every pass
	Seed        uint64            // of the order of the terms
}

type sgdRun struct {
	p     *descent.Problem
	m     SGD // with defaults filled in
	terms int
	eta   float64

	X, V []float64
	Mean []float64 // xbar; X itself without averaging
	K    int       // steps so far
	Rng  rng.Stream
}

// Start implements [descent.Method].
func (m SGD) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	sum, err := descent.Require[descent.FiniteSum](p)
	if err != nil {
		return nil, err
	}
	n := sum.Terms()
	if m.Batch, err = batchSize("sgd", m.Batch, n, defaultBatch); err != nil {
		return nil, err
	}
	if m.Step, err = stepSize("sgd", p, m.Step, 2, 1, m.Batch); err != nil {
		return nil, err
	}
	if err := m.Schedule.Check(); err != nil {
		return nil, fmt.Errorf("sgd: %w", err)
	}
	if m.Schedule.Kind == "" {
		m.Schedule.Kind = "inv-sqrt"
	}
	if !(m.Momentum >= 0 && m.Momentum < 1) {
		return nil, fmt.Errorf("sgd: momentum %v: want 0 <= momentum < 1", m.Momentum)
	}
	s := &sgdRun{p: p, m: m, terms: n, X: slices.Clone(x0), V: make([]float64, len(x0)), Rng: rng.New(m.Seed, "sgd")}
	switch m.Average {
	case "", "polynomial":
		s.eta, s.Mean = 3, slices.Clone(x0)
	case "polyak":
		s.Mean = slices.Clone(x0)
	case "none":
	default:
		return nil, fmt.Errorf("sgd: average %q: want polynomial, polyak or none", m.Average)
	}
	return s, nil
}

func (s *sgdRun) Iterates(yield func([]float64) bool) {
	g, old, idx := make([]float64, len(s.X)), make([]float64, len(s.X)), make([]int, s.terms)
	perPass := float64((s.terms + s.m.Batch - 1) / s.m.Batch)
	for {
		for i := range idx {
			idx[i] = i
			if s.m.Replacement {
				idx[i] = s.Rng.Intn(s.terms)
			}
		}
		if !s.m.Replacement {
			s.Rng.Shuffle(idx)
		}
		for batch := range slices.Chunk(idx, s.m.Batch) {
			gamma := s.m.Step * s.m.Schedule.At(float64(s.K)/perPass)
			s.K++
			s.p.TermGradient(g, s.X, batch)
			copy(old, s.X)
			for i, v := range g {
				s.V[i] = s.m.Momentum*s.V[i] - gamma*v
				s.X[i] += s.V[i]
			}
			if s.p.Regularizer != nil && gamma > 0 {
				s.p.Prox(s.X, s.X, gamma)
				for i, v := range s.X {
					s.V[i] = v - old[i]
				}
			}
			weight := (s.eta + 1) / (float64(s.K) + s.eta)
			for i := range s.Mean {
				s.Mean[i] += weight * (s.X[i] - s.Mean[i])
			}
		}
		x := s.X
		if s.Mean != nil {
			x = s.Mean
		}
		if !yield(x) {
			return
		}
	}
}
