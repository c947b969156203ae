package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// MFAC preconditions with the inverse of the empirical Fisher matrix of the last Window gradients:
//
//	d = (Damp I + (1/Window) sum_j g_j g_j')^-1 g,  the sum with g and zeros before there are enough
//	v <- Momentum v + (1 - Momentum) d,  x <- x - lr v
//
// By Woodbury's formula with G of the rows g_j: d = (g - G'(Window Damp I + G G')^-1 G g)/Damp. Time
// per step: 2 Window n and Window^3/3. Memory: Window vectors, one more with momentum, Window^2 numbers.
//
// Frantar, Kurtic, Alistarh, M-FAC: efficient matrix-free approximations of second-order information, NeurIPS 2021,
// arXiv:2107.03356, section 4.
type MFAC struct {
	Window   int     // gradients; default 32
	Damp     float64 // > 0; default 1e-5
	Momentum float64 // in [0, 1)
}

// Check implements [Rule].
func (r MFAC) Check() error {
	return check("mfac", positive("window", float64(r.Window)), positive("damp", r.Damp), unit("momentum", r.Momentum))
}

// Rate returns 1e-3.
func (r MFAC) Rate() float64 { return 1e-3 }

// Vectors implements [Rule].
func (r MFAC) Vectors() int {
	if r.Momentum > 0 {
		return r.window() + 1
	}
	return r.window()
}

// Needs implements [Needer].
func (r MFAC) Needs() Needs { return Needs{Scope: Whole, Scalars: r.window() * r.window()} }

func (r MFAC) window() int { return int(or(float64(r.Window), 32)) }

// Step32 implements [Rule].
func (r MFAC) Step32(p *Part[float32]) { mfac(r, p) }

// Step64 implements [Rule].
func (r MFAC) Step64(p *Part[float64]) { mfac(r, p) }

func mfac[T vec.Float](r MFAC, p *Part[T]) {
	window, damp := r.window(), or(r.Damp, 1e-5)
	at, dots, d := (p.K-1)%window, p.S, p.Scratch(len(p.G))
	copy(p.V[at], p.G)
	for j := range window {
		dots[at*window+j] = dot(p.V[j], p.G)
		dots[j*window+at] = dots[at*window+j]
	}
	wide := p.wideScratch(window * (window + 2))
	a, c, pivots := wide[:window*window], wide[window*window:window*(window+1)], wide[window*(window+1):]
	copy(a, dots)
	for j := range window {
		a[j*window+j] += float64(window) * damp
		c[j] = dots[at*window+j]
		pivots[j] = float64(window) * float64(ulp[T]()) * a[j*window+j]
	}
	solvePositive(a, c, pivots)
	copy(d, p.G)
	for j, v := range c {
		vec.Axpy(T(-v), p.V[j], d)
	}
	if r.Momentum == 0 {
		vec.Axpy(T(-p.LR/damp), d, p.X)
		return
	}
	v := p.V[window]
	vec.Axpby(T((1-r.Momentum)/damp), d, T(r.Momentum), v)
	vec.Axpy(T(-p.LR), v, p.X)
}

// solvePositive solves a x = c for a positive definite a, row-major, which it destroys; c becomes x. Elements of x whose
// pivots are at most those given are 0: to rounding, their rows are combinations of those before.
func solvePositive(a, c, pivots []float64) {
	n := len(c)
	for i := range n {
		if a[i*n+i] <= pivots[i] {
			a[i*n+i] = math.Inf(1)
		}
		for j := i + 1; j < n; j++ {
			l := a[j*n+i] / a[i*n+i]
			for k := i; k < n; k++ {
				a[j*n+k] -= l * a[i*n+k]
			}
			c[j] -= l * c[i]
		}
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			c[i] -= a[i*n+k] * c[k]
		}
		c[i] /= a[i*n+i]
	}
}
