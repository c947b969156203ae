package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// Mechanic tunes the learning rate of a rule as it goes; that given is a factor, 1. The rule's steps u, taken with it, add up to D,
// and S = s_1 + ... + s_n learns how much of D to go:
//
//	h = -<D, g + Pull S |g|/(|x| + Eps) x>,  D <- D + u
//	for beta_j = 1 - 10^-j, j = 1, ..., n = 6:
//	  h_j = h clipped to [-m_j, m_j],  m_j <- max(beta_j m_j, |h| + Eps)
//	  v_j <- beta_j^2 v_j + h^2,  r_j <- max(0, beta_j r_j + h_j s_j)
//	  s_j <- (First/n m_j + r_j)/(sqrt(v_j) + Eps)
//	x <- x_0 + S D
//
// The clipping of h is later than the paper, from its authors. The rule should have steps of a size of its own (not LARS or LAMB),
// and no decay. Memory: 2 vectors and 24 numbers more than the rule.
//
// Cutkosky, Defazio, Mehta, Mechanic: a learning rate tuner, NeurIPS 2023, arXiv:2306.00144, Algorithm 1.
type Mechanic struct {
	Rule  Rule
	First float64 // first learning rate, > 0; default 1e-6
	Pull  float64 // to 0 and not to x_0, lambda, > 0; default 0.01
	Eps   float64 // > 0; default 1e-8
}

// Check implements [Rule].
func (r Mechanic) Check() error {
	return checkWrapped("mechanic", r.Rule, positive("first", r.First), positive("pull", r.Pull), positive("eps", r.Eps))
}

// Rate returns 1.
func (r Mechanic) Rate() float64 { return 1 }

// Vectors implements [Rule].
func (r Mechanic) Vectors() int { return r.Rule.Vectors() + 2 }

func (r Mechanic) inner() (rule Rule, vectors, scalars int) { return r.Rule, 2, mechanics * 4 }

// mechanics is the number n of tuners.
const mechanics = 6

// Needs implements [Needer].
func (r Mechanic) Needs() Needs {
	return Needs{Scope: Whole, Scalars: mechanics * 4}.and(NeedsOf(r.Rule))
}

// Step32 implements [Rule].
func (r Mechanic) Step32(p *Part[float32]) { mechanic(r, p) }

// Step64 implements [Rule].
func (r Mechanic) Step64(p *Part[float64]) { mechanic(r, p) }

func mechanic[T vec.Float](r Mechanic, p *Part[T]) {
	start, sum := p.V[0], p.V[1]
	if p.K == 1 {
		copy(start, p.X)
	}
	s, first, eps := p.S[:mechanics], or(r.First, 1e-6), or(r.Eps, 1e-8)
	total := 0.0
	for _, v := range s {
		total += v
	}
	h := -dot(sum, p.G) - or(r.Pull, 0.01)*total*norm(p.G)/(norm(p.X)+eps)*dot(sum, p.X)
	before := p.Scratch(len(p.X))
	copy(before, p.X)
	p.wrapped(2, mechanics*4).apply(r.Rule)
	for i, x := range p.X {
		sum[i] += x - before[i]
	}
	total = 0
	for j := range s {
		m, v, reward := &p.S[mechanics+j], &p.S[2*mechanics+j], &p.S[3*mechanics+j]
		beta := 1 - math.Pow(10, -float64(j+1))
		clipped := max(-*m, min(*m, h))
		*m = max(beta**m, math.Abs(h)+eps)
		*v = beta*beta**v + h*h
		*reward = max(0, beta**reward+clipped*s[j])
		s[j] = (first/mechanics**m + *reward) / (math.Sqrt(*v) + eps)
		total += s[j]
	}
	vec.AxpyTo(p.X, T(total), sum, start)
}
