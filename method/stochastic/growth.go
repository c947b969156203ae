package stochastic

import (
	"fmt"
	"math"
)

// Growth is a test on the gradients g_i of single examples, which says how many examples make the
// noise of their mean g small beside it. The next batch has at least so many, and at least as many
// as the last:
//
//	norm:           sum_j Var(g_ij) / (Eta |g|)^2
//	inner-product:  the larger of Var(<g_i, g>) / (Theta |g|^2)^2
//	                and sum_j Var(g_ij - <g_i, g> g_j/|g|^2) / (Nu |g|)^2
//
// with the variances (divided by b - 1) over a batch of b >= 2. The zero value is no test: batches
// keep their size. A mean that vanishes asks for the largest batch. A short batch at the end of an
// epoch, and one that cannot grow, is not tested. Rates need no change as the batch grows with rules that
// divide by the size of past gradients, as AdaGrad does.
//
// Cost: each test evaluates its batch once more, without storing the gradients; inner products take
// a derivative in one direction besides. Problem class: that of [Exampled].
//
// Lau, Liu, Kolar, AdAdaGrad: adaptive batch size schemes for adaptive gradient methods, 2024,
// arXiv:2402.11215, section 3. The tests: Byrd, Chin, Nocedal, Wu, Sample size selection in
// optimization methods for machine learning, Math. Program. 134, 2012; Bollapragada, Byrd, Nocedal, Adaptive
// sampling strategies for stochastic optimization, SIAM J. Optim. 28, 2018, arXiv:1710.11258.
type Growth struct {
	Test  string  // norm, inner-product or "" for none
	Eta   float64 // of norm, > 0; default 0.5
	Theta float64 // of inner-product, > 0; default 0.5
	Nu    float64 // of inner-product, > 0; default 1
	Most  int     // examples in the largest batch; default N
}

// Check says what is wrong with the options.
func (m Growth) Check() error {
	switch {
	case m.Test != "" && m.Test != "norm" && m.Test != "inner-product":
		return fmt.Errorf("growth: test %q: want norm, inner-product or none", m.Test)
	case m.Test == "" && m != (Growth{}):
		return fmt.Errorf("growth: options without a test: want norm or inner-product")
	case m.Most < 0:
		return fmt.Errorf("growth: most %d: want at least 1, or 0 for all examples", m.Most)
	}
	for _, o := range []struct {
		name  string
		value float64
	}{{"eta", m.Eta}, {"theta", m.Theta}, {"nu", m.Nu}} {
		if !(o.value >= 0) || math.IsInf(o.value, 1) {
			return fmt.Errorf("growth: %s %v: want a finite number > 0, or 0 for its default", o.name, o.value)
		}
	}
	return nil
}

// Wants returns how many examples the test asks for, from |g|^2, the |g_i|^2 and, which norm does not need,
// the <g_i, g> of at least two examples. It is not rounded; +Inf where g vanishes and NaN where a number is.
func (m Growth) Wants(gg float64, squares, products []float32) float64 {
	n := float64(len(squares))
	total := 0.0
	for _, s := range squares {
		total += float64(s)
	}
	if gg == 0 {
		return math.Inf(1)
	}
	if m.Test == "norm" {
		eta := or(m.Eta, 0.5)
		return (total - n*gg) / (n - 1) / (eta * eta * gg)
	}
	along, spread := 0.0, 0.0 // sums of <g_i, g>^2 and of (<g_i, g> - |g|^2)^2
	for _, p := range products {
		v := float64(p)
		along += v * v
		spread += (v - gg) * (v - gg)
	}
	theta, nu := or(m.Theta, 0.5)*gg, or(m.Nu, 1)
	return max(spread/(n-1)/(theta*theta), (total-along/gg)/(n-1)/(nu*nu*gg))
}

func or(v, byDefault float64) float64 {
	if v == 0 {
		return byDefault
	}
	return v
}

// most returns the size of the largest batch.
func (s *trainRun) most() int {
	if s.m.Growth.Most > 0 {
		return min(s.m.Growth.Most, len(s.Order))
	}
	return len(s.Order)
}

// grow tests the gradient g of a batch before step k, and lets the next batches grow.
func (s *trainRun) grow(batch []int, k uint64) error {
	if s.examples == nil || len(batch) < s.Size || s.Size >= s.most() {
		return nil
	}
	s.asked += len(batch)
	s.squares = s.squares[:len(batch)]
	var products []float32
	if s.products != nil {
		products = s.products[:len(batch)]
	}
	if err := s.examples.ExampleMoments(s.squares, products, s.W, s.g, batch, k); err != nil {
		return err
	}
	gg := 0.0
	for _, v := range s.g {
		gg += float64(v) * float64(v)
	}
	wants := s.m.Growth.Wants(gg, s.squares, products)
	if math.IsNaN(wants) {
		return fmt.Errorf("train: growth: the gradients of single examples are not finite")
	}
	s.Size = max(s.Size, int(min(math.Ceil(wants), float64(s.most()))))
	return nil
}

// tested finds what the test of growth needs, or says what the problem lacks.
func (s *trainRun) tested() (err error) {
	if err := s.m.Growth.Check(); err != nil || s.m.Growth.Test == "" {
		return err
	}
	if s.m.Batch < 2 || s.most() < s.m.Batch {
		return fmt.Errorf("growth: the first batch is %d, the largest %d: want at least 2 examples, and no fewer", s.m.Batch, s.most())
	}
	f, ok := s.f.(Exampled)
	if !ok {
		return fmt.Errorf("growth: problem %s has no gradients of single examples (%T has no ExampleMoments): want a network", s.p.Name, s.f)
	}
	s.examples = f
	s.squares = make([]float32, len(s.Order))
	if s.m.Growth.Test == "inner-product" {
		s.products = make([]float32, len(s.Order))
	}
	var products []float32
	if s.products != nil {
		products = s.products[:2]
	}
	return f.ExampleMoments(s.squares[:2], products, s.W, s.W, s.Order[:2], 0) // tells what the model lacks before it is trained
}
