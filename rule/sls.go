package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// SLS is SGD with a line search on each batch:
//
//	armijo: the first of eta, B eta, B^2 eta, ... with f(x - eta g) <= f(x) - C eta |g|^2
//	goldstein: eta shrinks by B where that fails and grows by F up to Max where
//	f(x - eta g) < f(x) - (1 - C) eta |g|^2, until neither
//	x <- x - eta g;  eta_0 = lr, the first that is not 0, and eta grows by Growth^(1/Steps) from step to step
//
// It needs losses and values of the batch. Where |g| < 1e-8 x stays. Memory: a number.
//
// Vaswani, Mishkin, Laradji, Schmidt, Gidel, Lacoste-Julien, Painless stochastic gradient: interpolation, line-search,
// and convergence rates, NeurIPS 2019, arXiv:1905.09997, Algorithms 1 and 2.
type SLS struct {
	Goldstein bool
	C         float64 // in (0, 1/2]; default 0.1
	B         float64 // in (0, 1); default 0.9
	F         float64 // >= 1; default 2
	Max       float64 // largest step that grows, > 0; default 10
	Growth    float64 // >= 1, from epoch to epoch; default 2
	Steps     int     // steps of an epoch; default 500
}

// Check implements [Rule].
func (r SLS) Check() error {
	return check("sls", limit{"c", r.C, 0, 0.5, true}, unit("b", r.B), limit{"f", or(r.F, 2), 1, math.Inf(1), false}, positive("max", r.Max),
		limit{"growth", or(r.Growth, 2), 1, math.Inf(1), false}, positive("steps", float64(r.Steps)))
}

// Rate returns 1.
func (r SLS) Rate() float64 { return 1 }

// Vectors implements [Rule].
func (r SLS) Vectors() int { return 0 }

// Needs implements [Needer].
func (r SLS) Needs() Needs { return Needs{Scope: Whole, Scalars: 1, Loss: true, Values: true} }

// Step32 implements [Rule].
func (r SLS) Step32(p *Part[float32]) { sls(r, p) }

// Step64 implements [Rule].
func (r SLS) Step64(p *Part[float64]) { sls(r, p) }

func sls[T vec.Float](r SLS, p *Part[T]) {
	eta := &p.S[0]
	if *eta == 0 {
		*eta = p.LR
	}
	*eta *= math.Pow(or(r.Growth, 2), 1/or(float64(r.Steps), 500))
	square := dot(p.G, p.G)
	if math.Sqrt(square) < 1e-8 {
		return
	}
	c, y, step := or(r.C, 0.1), p.Scratch(len(p.X)), *eta
	for range 100 {
		vec.AxpyTo(y, T(-step), p.G, p.X)
		f := p.Oracle.Value(y)
		down := f <= p.Oracle.Loss-step*c*square
		enough := !r.Goldstein || f >= p.Oracle.Loss-step*(1-c)*square
		if down && enough {
			copy(p.X, y)
			*eta = step
			return
		}
		if down {
			step = min(step*or(r.F, 2), or(r.Max, 10))
		} else if step *= or(r.B, 0.9); r.Goldstein {
			step = max(step, 1e-8)
		}
	}
	*eta = step
	vec.Axpy(-1e-6, p.G, p.X)
}
