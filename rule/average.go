package rule

import (
	"github.com/godescent/descent/vec"
)

// Average keeps an average of the iterates of a rule, which is its answer (see [Answer]):
//
//	a <- Beta a + (1 - Beta) x, or without Beta the mean of the iterates after step Start;  a_0 = x_0
//	with Power: a <- a + (Power + 1)/(k - Start + Power) (x - a), a mean with weights of about k^Power
//
// Memory: 1 vector more than the rule.
//
// Polyak and Juditsky, Acceleration of stochastic approximation by averaging, SIAM J. Control Optim. 30(4), 1992.
// Power: Shamir and Zhang, Stochastic gradient descent for non-smooth optimization, ICML 2013, arXiv:1212.1824.
type Average struct {
	Rule  Rule
	Beta  float64 // in [0, 1); 0: the mean
	Start int     // of the mean, >= 0
	Power float64 // of the weights in the mean, >= 0
}

// Check implements [Rule].
func (r Average) Check() error {
	return checkWrapped("average", r.Rule, unit("beta", r.Beta), positive("start", float64(r.Start)), positive("power", r.Power))
}

// Rate returns that of the rule.
func (r Average) Rate() float64 { return r.Rule.Rate() }

// Vectors implements [Rule].
func (r Average) Vectors() int { return r.Rule.Vectors() + 1 }

func (r Average) inner() (rule Rule, vectors, scalars int) { return r.Rule, 1, 0 }

// Answer32 implements [Answerer].
func (r Average) Answer32(dst []float32, p *Part[float32]) { copy(dst, p.V[0]) }

// Answer64 implements [Answerer].
func (r Average) Answer64(dst []float64, p *Part[float64]) { copy(dst, p.V[0]) }

// Step32 implements [Rule].
func (r Average) Step32(p *Part[float32]) { average(r, p) }

// Step64 implements [Rule].
func (r Average) Step64(p *Part[float64]) { average(r, p) }

func average[T vec.Float](r Average, p *Part[T]) {
	a := p.V[0]
	if p.K == 1 {
		copy(a, p.X)
	}
	p.wrapped(1, 0).apply(r.Rule)
	w := 1 - r.Beta
	if r.Beta == 0 {
		w = (1 + r.Power) / (float64(max(1, p.K-r.Start)) + r.Power)
	}
	vec.Axpby(T(w), p.X, T(1-w), a)
}
