package coordinate

import (
	"math"

	"github.com/godescent/descent/vec"
)

// minimizeModel stores in u the minimizer of
//
//	q(u) = g.(u - x_b) + (u - x_b).H(u - x_b)/2 + sum_b h_j(u_j)
//
// by coordinate descent until no u_j moves by more than 1e-14 of the largest one, at most
// 10000 passes. r is scratch.
func (s *bcdRun) minimizeModel(b []int, h, g, u, r []float64) {
	n := len(b)
	copy(r, g) // the gradient of the quadratic at u
	for i, j := range b {
		u[i] = s.X[j]
	}
	for range 10_000 {
		moved, size := 0.0, 0.0
		for i, j := range b {
			l := h[i*n+i]
			if !(l > 0) {
				continue // no curvature, no column
			}
			v := s.h.ProxAt(j, u[i]-r[i]/l, 1/l)
			if d := v - u[i]; d != 0 {
				vec.Axpy(d, h[i*n:i*n+n], r)
				u[i], moved = v, max(moved, math.Abs(d))
			}
			size = max(size, math.Abs(v))
		}
		if !(moved > 1e-14*size) {
			return
		}
	}
}

// newModelStep returns pn: x_b minimizes the model with H_b, an upper bound of F.
func (s *bcdRun) newModelStep() blockStep {
	r := make([]float64, s.tau)
	return func(b []int, _ int, g, u []float64) {
		h := s.bounds.h[:len(b)*len(b)]
		s.bounds.o.BlockBound(h, b)
		s.minimizeModel(b, h, g, u, r[:len(b)])
	}
}

// newProxNewtonStep returns pn-newton: d leads to the minimizer of the model with the
// Hessian, and x_b += t d with
//
//	F(x + t d) <= F(x) + 1e-10 t (g_b.d + h(x + d) - h(x)).
func (s *bcdRun) newProxNewtonStep(o BlockHessian) blockStep {
	r, d := make([]float64, s.tau), make([]float64, s.tau)
	var block []int // of the present search
	phi := func(t float64) float64 {
		rise := s.f.Rise(s.W, t)
		for i, j := range block {
			rise += s.h.At(j, s.X[j]+t*d[i]) - s.h.At(j, s.X[j])
		}
		return rise
	}
	return func(b []int, _ int, g, u []float64) {
		h := s.bounds.h[:len(b)*len(b)]
		o.BlockHessian(h, s.W, b)
		s.minimizeModel(b, h, g, u, r[:len(b)])
		slope := 0.0
		for i, j := range b {
			d[i] = u[i] - s.X[j]
			slope += g[i]*d[i] + s.h.At(j, u[i]) - s.h.At(j, s.X[j])
		}
		block = b
		s.f.Line(s.W, b, d[:len(b)])
		t, ok := backtrack(phi, slope, sufficient, s.noise())
		for i, j := range b {
			switch {
			case !ok:
				u[i] = s.X[j]
			case t < 1: // between two points of the domain
				u[i] = s.X[j] + t*d[i]
			}
		}
	}
}
