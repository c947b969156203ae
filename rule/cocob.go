package rule

import (
	"github.com/godescent/descent/vec"
)

// COCOB bets on coins: it needs no learning rate, and that given only scales gradients:
//
//	L <- max(L, |g|),  s <- s - g,  G <- G + |g|,  R <- max(0, R - g (x - x_0))
//	x <- x_0 + s/(L max(G + L, Alpha L)) (L + R)
//
// Memory: 5 vectors.
//
// Orabona and Tommasi, Training deep networks without learning rates through coin betting, NeurIPS 2017,
// arXiv:1705.07795, Algorithm 2 (COCOB-Backprop).
type COCOB struct {
	Alpha float64 // > 0; default 100
	Eps   float64 // first L, > 0; default 1e-8
}

// Check implements [Rule].
func (r COCOB) Check() error {
	return check("cocob", positive("alpha", r.Alpha), positive("eps", r.Eps))
}

// Rate returns 1.
func (r COCOB) Rate() float64 { return 1 }

// Vectors implements [Rule].
func (r COCOB) Vectors() int { return 5 }

// Step32 implements [Rule].
func (r COCOB) Step32(p *Part[float32]) { cocob(r, p) }

// Step64 implements [Rule].
func (r COCOB) Step64(p *Part[float64]) { cocob(r, p) }

func cocob[T vec.Float](r COCOB, p *Part[T]) {
	top, sum, size, reward, start := p.V[0], p.V[1], p.V[2], p.V[3], p.V[4]
	if p.K == 1 {
		fill(top, T(or(r.Eps, 1e-8)))
		copy(start, p.X)
	}
	alpha, rate := T(or(r.Alpha, 100)), T(p.LR)
	for i, g := range p.G {
		g *= rate
		top[i] = max(top[i], abs(g))
		sum[i] -= g
		size[i] += abs(g)
		reward[i] = max(0, reward[i]-g*(p.X[i]-start[i]))
		p.X[i] = start[i] + sum[i]/(top[i]*max(size[i]+top[i], alpha*top[i]))*(reward[i]+top[i])
	}
}
