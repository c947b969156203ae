package rule

import (
	"fmt"
	"slices"

	"github.com/godescent/descent/vec"
)

// LionK is Lion with the gradient of a convex function K in place of the sign, which is that of the l1 norm:
//
//	u = Beta1 m + (1 - Beta1) g,  m <- Beta2 m + (1 - Beta2) g
//	x <- x - lr (grad K(u) + Decay x)
//
// It minimizes f(x) + K*(Decay x)/Decay, with the conjugate K* of K: with decay, a norm K bounds the dual norm of x by 1/Decay.
//
//	K          grad K(u)                     what x is bound to
//	l1         sign(u)                       |x|_inf <= 1/Decay
//	l2         u/|u|, by block               |x|_2 <= 1/Decay of each block
//	rows       u/|u|, by row of a block      |x|_2 <= 1/Decay of each row
//	quadratic  u                             nothing: momentum and an l2 penalty
//	huber      clip(u, -C, C)/C              the box of l1, with a quadratic
//	threshold  sign(u) where |u| > C, else 0 the box of l1, with C times the l1 norm
//
// Memory: 1 vector.
//
// Chen, Liu, Liang, Liu, Lion secretly solves constrained optimization: as Lyapunov predicts, ICLR 2024, arXiv:2310.05898,
// (2) and Table 1.
type LionK struct {
	K     string  // l1, l2, rows, quadratic, huber or threshold; default l1
	C     float64 // of huber and threshold, > 0; default 1
	Beta1 float64 // in (0, 1); default 0.9
	Beta2 float64 // in (0, 1); default 0.99
	Decay float64 // >= 0
}

// Check implements [Rule].
func (r LionK) Check() error {
	if !slices.Contains([]string{"", "l1", "l2", "rows", "quadratic", "huber", "threshold"}, r.K) {
		return fmt.Errorf("lion-k: k = %q: want l1, l2, rows, quadratic, huber or threshold", r.K)
	}
	return check("lion-k", positive("c", r.C), unit("beta1", r.Beta1), unit("beta2", r.Beta2), positive("decay", r.Decay))
}

// Rate returns 1e-4.
func (r LionK) Rate() float64 { return 1e-4 }

// Vectors implements [Rule].
func (r LionK) Vectors() int { return 1 }

// Needs implements [Needer].
func (r LionK) Needs() Needs {
	if r.K == "l2" || r.K == "rows" {
		return Needs{Scope: Blocks}
	}
	return Needs{}
}

// Step32 implements [Rule].
func (r LionK) Step32(p *Part[float32]) { lionK(r, p) }

// Step64 implements [Rule].
func (r LionK) Step64(p *Part[float64]) { lionK(r, p) }

func lionK[T vec.Float](r LionK, p *Part[T]) {
	if r.K == "" || r.K == "l1" {
		lion(Lion{r.Beta1, r.Beta2, r.Decay}, p)
		return
	}
	beta1, beta2, m, u := or(r.Beta1, 0.9), or(r.Beta2, 0.99), p.V[0], p.Scratch(len(p.G))
	copy(u, m)
	vec.Axpby(T(1-beta1), p.G, T(beta1), u)
	vec.Axpby(T(1-beta2), p.G, T(beta2), m)
	c := T(or(r.C, 1))
	switch r.K {
	case "l2":
		normalize(u, len(u))
	case "rows":
		normalize(u, len(u)/p.rows())
	case "huber":
		for i, v := range u {
			u[i] = min(c, max(-c, v)) / c
		}
	case "threshold":
		for i, v := range u {
			if abs(v) > c {
				u[i] = sign(v)
			} else {
				u[i] = v - v // 0, or NaN
			}
		}
	}
	vec.Axpby(T(-p.LR), u, T(1-p.LR*r.Decay), p.X)
}

// normalize divides rows of n elements by their norms, where those are not 0.
func normalize[T vec.Float](x []T, n int) {
	for ; len(x) > 0; x = x[n:] {
		if size := norm(x[:n]); size != 0 {
			vec.Scal(T(1/size), x[:n])
		}
	}
}
