package newton

import (
	"math"

	"github.com/godescent/descent/vec"
)

// HessianDiagonal is an optional oracle: it stores the diagonal of the Hessian at x
// in d. TRNewtonCG uses it as a preconditioner.
type HessianDiagonal interface {
	HessianDiag(d, x []float64)
}

// workspace is the scratch of the inner solver.
type workspace struct{ r, z, v, hv []float64 }

func newWorkspace(n int) *workspace {
	return &workspace{make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)}
}

// mnorm returns sqrt(x.Mx), or sqrt(x.M^{-1}x) if inverse.
func mnorm(m, x []float64, inverse bool) float64 {
	s := 0.0
	for i, v := range x {
		if inverse {
			s += v * v / m[i]
		} else {
			s += v * v * m[i]
		}
	}
	return math.Sqrt(s)
}

// steihaug minimizes q(d) = g.d + d.Hd/2 over |d|_M <= Delta by preconditioned
// conjugate gradients and returns |d|_M and q(d).
func (s *trRun) steihaug(d []float64, w *workspace) (size, model float64) {
	clear(d)
	r, z, v, hv := w.r, w.z, w.v, w.hv // r = -g - Hd, z = M^{-1} r, v the direction
	rz := 0.0
	for i, g := range s.G {
		r[i] = -g
		z[i] = r[i] / s.M[i]
		v[i] = z[i]
		rz += r[i] * z[i]
	}
	stop := s.forcing * math.Sqrt(rz)
	dd, dv, vv := 0.0, 0.0, rz // d.Md, d.Mv, v.Mv by recurrences
	for range s.inner {
		if !(math.Sqrt(rz) > stop) {
			break
		}
		s.p.HessVec(hv, s.X, v)
		s.Age++
		curve := vec.Dot(v, hv)
		alpha := rz / curve
		if border := dd + 2*alpha*dv + alpha*alpha*vv; !(curve > 0) || border > s.Delta*s.Delta {
			// to the border along v: the positive root of |d + tau v|_M = Delta
			tau := (s.Delta*s.Delta - dd) / (dv + math.Sqrt(dv*dv+vv*(s.Delta*s.Delta-dd)))
			if math.IsNaN(curve) {
				tau = 0
			}
			vec.Axpy(tau, v, d)
			vec.Axpy(-tau, hv, r)
			break
		}
		vec.Axpy(alpha, v, d)
		vec.Axpy(-alpha, hv, r)
		next := 0.0
		for i, ri := range r {
			z[i] = ri / s.M[i]
			next += ri * z[i]
		}
		beta := next / rz
		dd += 2*alpha*dv + alpha*alpha*vv
		dv = beta * (dv + alpha*vv)
		vv = next + beta*beta*vv
		rz = next
		for i := range v {
			v[i] = z[i] + beta*v[i]
		}
	}
	// q(d) = g.d + d.Hd/2 with Hd = -g - r.
	return mnorm(s.M, d, false), 0.5 * (vec.Dot(s.G, d) - vec.Dot(r, d))
}

// precondition sets M at x.
func (s *trRun) precondition() {
	m := s.M
	s.Age = 0
	s.diag.HessianDiag(m, s.X)
	mean := 0.0
	for _, v := range m {
		mean += max(v, 0) / float64(len(m))
	}
	if !(mean > 0 && mean <= math.MaxFloat64) {
		mean = 1
	}
	for i, v := range m {
		m[i] = math.Pow(max(v/mean, 0)+1e-8, s.power) // negative curvature counts as none
	}
}
