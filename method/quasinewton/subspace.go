package quasinewton

import "github.com/godescent/descent/vec"

// subspace is the scratch of the minimization over the free variables.
type subspace struct {
	free, fixed []int // variables strictly within their bounds at x^c, and the others
	r           []float64
	p, q, k, h  [][]float64 // blocks of the reduced system
	u, w        []float64
}

func newSubspace(n, m int) *subspace {
	return &subspace{make([]int, 0, n), make([]int, 0, n), make([]float64, n),
		rows(m, m), rows(m, m), rows(m, m), rows(m, m), make([]float64, 2*m), make([]float64, 2*m)}
}

// minimize stores in z the minimizer of the model over the variables that are free
// at the Cauchy point q.x, without regard to their bounds (Byrd et al. 1995, 5.1):
//
//	z = x^c + r/theta + Z'W u / theta^2,  (M^-1 - W'ZZ'W / theta) u = W'Z r
//
// where r = -Z'(g + theta (x^c - x) - W M c) is the reduced gradient of the model,
// turned. It returns false if rounding has spoiled the reduced matrix.
func (s *subspace) minimize(z []float64, b *compact, q *cauchy, x, g, lower, upper []float64) bool {
	copy(z, q.x)
	s.free, s.fixed = s.free[:0], s.fixed[:0]
	for i, v := range q.x {
		if lower[i] < v && v < upper[i] {
			s.free = append(s.free, i)
		} else {
			s.fixed = append(s.fixed, i)
		}
	}
	c := b.p.Count
	switch {
	case c == 0 || len(s.free) == 0:
		return true // x^c minimizes the model already
	case len(s.fixed) == 0:
		b.p.descend(s.r, g, s.w)
		vec.AxpyTo(z, 1, s.r, x)
		return true
	}
	u := s.u[:2*c]
	copy(u, q.wc[:2*c])
	b.mul(u)
	for i := range s.r {
		s.r[i] = -g[i] - b.theta*(q.x[i]-x[i])
	}
	b.lift(s.r, 1, u)
	for _, i := range s.fixed {
		s.r[i] = 0
	}
	b.project(u, s.r)
	if !s.reduced(b) {
		return false
	}
	// With the blocks [-P Q'; Q R] and K = R + Q P^-1 Q':  K u2 = b2 + Q P^-1 b1,
	// P u1 = Q' u2 - b1. reduced left the factor of P, Q and the factor of K.
	u1, u2, w := u[:c], u[c:], s.w[:c]
	copy(w, u1)
	solveCholesky(s.p, w)
	for i := range c {
		u2[i] += vec.Dot(s.q[i][:c], w)
	}
	solveCholesky(s.k, u2)
	for k := range u1 {
		u1[k] = -u1[k]
	}
	for i := range c {
		vec.Axpy(u2[i], s.q[i][:c], u1)
	}
	solveCholesky(s.p, u1)
	vec.Scal(1/b.theta, s.r)
	b.lift(s.r, 1/(b.theta*b.theta), u)
	for _, i := range s.free {
		z[i] += s.r[i]
	}
	return true
}

// reduced computes the blocks of M^-1 - W'ZZ'W / theta and factorizes them:
//
//	P = D + Y'ZZ'Y / theta,  Q = L - S'ZZ'Y,  R = theta (S'S - S'ZZ'S)
//
// The sums over the free variables are those over all less those over the fixed
// ones, whichever are fewer.
func (s *subspace) reduced(b *compact) bool {
	c := b.p.Count
	few, sign, all := s.free, 1.0, 0.0
	if len(s.fixed) < len(s.free) {
		few, sign, all = s.fixed, -1, 1
	}
	for i := range c {
		for j := range c {
			si, sj := b.p.slot(i), b.p.slot(j)
			s.p[i][j] = all * b.yy[si][sj] / b.theta
			s.q[i][j] = -all * b.sy[si][sj]
			s.k[i][j] = (1 - all) * b.theta * b.ss[si][sj]
			if i == j {
				s.p[i][i] += b.sy[si][si]
			} else if i > j {
				s.q[i][j] += b.sy[si][sj]
			}
		}
	}
	w := s.w[:2*c]
	for _, i := range few {
		b.row(w, i)
		y, ts := w[:c], w[c:] // ts = theta s
		for k := range c {
			vec.Axpy(sign*y[k]/b.theta, y[:k+1], s.p[k][:k+1])
			vec.Axpy(-sign*ts[k]/b.theta, y, s.q[k][:c])
			vec.Axpy(-sign*ts[k]/b.theta, ts[:k+1], s.k[k][:k+1])
		}
	}
	if !cholesky(s.p, c) {
		return false
	}
	// K = R + (P^-1/2 Q')'(P^-1/2 Q'), one row of Q at a time: forward substitution.
	for i := range c {
		row := s.h[i][:c]
		copy(row, s.q[i][:c])
		for k := range row {
			row[k] = (row[k] - vec.Dot(s.p[k][:k], row[:k])) / s.p[k][k]
		}
		for j := range i + 1 {
			s.k[i][j] += vec.Dot(row, s.h[j][:c])
		}
	}
	return cholesky(s.k, c)
}
