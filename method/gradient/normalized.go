package gradient

import (
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/vec"
)

// Separation is the oracle of two-class data (a_i, y_i), y_i = -1 or +1, for methods that
// look for a separating hyperplane.
type Separation interface {
	// Samples returns n, 0 where the data are not of two classes.
	Samples() int
	// Margins stores y_i <a_i, theta> in m.
	Margins(m, theta []float64)
	// Combine stores (1/n) sum_i c_i y_i a_i in g.
	Combine(g, c []float64)
}

// NormalizedGD finds a separating hyperplane by gradient steps on the logistic loss, with
// or without normalization, or by the perceptrons that these become for large steps.
//
// Problem class: two-class data that a hyperplane through the origin separates
// (logistic loss without penalty). With p_i = 1/(1 + exp(y_i <a_i, theta>)), S the samples
// with margin <= 0, gamma = Step:
//
//	normalized             theta += gamma sum_i p_i y_i a_i / sum_i p_i          (B)
//	gd                     theta += gamma (1/n) sum_i p_i y_i a_i                (A)
//	batch-perceptron       theta += (1/n) sum_{i in S} y_i a_i, first half of it (C)
//	normalized-perceptron  theta += (1/|S|) sum_{i in S} y_i a_i                 (D)
//	perceptron             theta += y_j a_j for the first j in S                 (E)
//
// The run ends by itself as soon as every margin is positive. With R = max |a_i| and mu the
// margin of the data, B needs at most R^2/mu^2 + 2 log(2n-1)/(gamma mu^2) updates
// (Theorem 6.1), D and E at most R^2/mu^2 (5.2, 5.3), C up to n R^2/mu^2 (3.3). The
// loss may grow on the way: it is no measure of progress here, and on data that
// cannot be separated the run never ends by itself.
//
// Cost per iteration: two passes over the data. Memory: n + d.
//
// Tyurin, From logistic regression to the perceptron algorithm: exploring gradient
// descent with large step sizes, AAAI 2025, arXiv:2412.08424.
type NormalizedGD struct {
	Variant string  // normalized, gd, batch-perceptron, normalized-perceptron or perceptron; "" means normalized
	Step    float64 // gamma, for normalized and gd; default 1
}

type normalizedRun struct {
	p         *descent.Problem
	data      Separation
	variant   string
	gamma     float64
	separated bool
	X         []float64 // theta
	First     bool      // before the first update
}

// Start implements [descent.Method].
func (m NormalizedGD) Start(p *descent.Problem, x0 []float64) (descent.Run, error) {
	data, err := descent.Require[Separation](p)
	if err != nil {
		return nil, err
	}
	if data.Samples() == 0 {
		return nil, fmt.Errorf("normalized-gd: problem %s is not about two classes: want a logistic or squared-hinge model", p.Name)
	}
	if err := p.Unregularized("normalized-gd"); err != nil {
		return nil, err
	}
	if err := positive("normalized-gd", "Step", m.Step); err != nil {
		return nil, err
	}
	if m.Variant == "" {
		m.Variant = "normalized"
	}
	if !slices.Contains([]string{"normalized", "gd", "batch-perceptron", "normalized-perceptron", "perceptron"}, m.Variant) {
		return nil, fmt.Errorf("normalized-gd: Variant = %q: want normalized, gd, batch-perceptron, normalized-perceptron or perceptron", m.Variant)
	}
	if m.Step == 0 {
		m.Step = 1
	}
	return &normalizedRun{p: p, data: data, variant: m.Variant, gamma: m.Step, X: slices.Clone(x0), First: true}, nil
}

// StopReason says why the run ended by itself.
func (s *normalizedRun) StopReason() string {
	if s.separated {
		return "every margin is positive: x separates the classes, which is all that this method looks for"
	}
	return ""
}

func (s *normalizedRun) Iterates(yield func([]float64) bool) {
	n := s.data.Samples()
	c, g := make([]float64, n), make([]float64, len(s.X))
	for {
		s.p.CountTerms(n)
		s.data.Margins(c, s.X)
		if s.separated = slices.Min(c) > 0; s.separated { // the test comes before any division
			return
		}
		scale := s.weights(c)
		s.data.Combine(g, c)
		vec.Axpy(scale, g, s.X)
		s.First = false
		if !yield(s.X) {
			return
		}
	}
}

// weights turns margins into the weights of the samples and returns the factor of
// Combine's mean.
func (s *normalizedRun) weights(c []float64) float64 {
	n, sum := float64(len(c)), 0.0
	for i, m := range c {
		switch {
		case s.variant == "normalized" || s.variant == "gd":
			e := math.Exp(-math.Abs(m))
			if c[i] = 1 / (1 + e); m > 0 {
				c[i] = e / (1 + e)
			}
		case m <= 0 && !(s.variant == "perceptron" && sum > 0):
			c[i] = 1
		default:
			c[i] = 0
		}
		sum += c[i]
	}
	switch {
	case s.variant == "gd":
		return s.gamma
	case s.variant == "normalized":
		return s.gamma * n / sum
	case s.variant == "perceptron":
		return n
	case s.variant == "normalized-perceptron":
		return n / sum
	case s.First: // theta_1 = (1/2n) sum_i y_i a_i
		return 0.5
	}
	return 1
}
