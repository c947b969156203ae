package quasinewton

import (
	"math"

	"github.com/godescent/descent/vec"
)

// compact is the limited-memory matrix of Byrd, Nocedal and Schnabel 1994 (3.2):
//
//	B = theta I - W M W',  W = [Y theta S],  M^-1 = [-D L'; L theta S'S]
//
// where D is the diagonal of S'Y and L its part below; theta = y'y / s'y of the newest
// pair. Vectors of length 2c, c pairs, have their Y part first.
type compact struct {
	p          *pairs
	n          int
	theta      float64
	ss, sy, yy [][]float64 // s_i's_j, s_i'y_j, y_i'y_j by slot
	t          [][]float64 // Cholesky factor of theta S'S + L D^-1 L'
}

func newCompact(p *pairs, n int) *compact {
	m := len(p.S)
	b := &compact{p, n, 1, rows(m, m), rows(m, m), rows(m, m), rows(m, m)}
	for k := range p.Count {
		b.add(p.slot(k))
	}
	return b
}

// add computes the products with the pair in slot j.
func (b *compact) add(j int) {
	for k := range b.p.Count {
		i := b.p.slot(k)
		b.ss[i][j] = vec.Dot(b.p.S[i], b.p.S[j])
		b.ss[j][i] = b.ss[i][j]
		b.yy[i][j] = vec.Dot(b.p.Y[i], b.p.Y[j])
		b.yy[j][i] = b.yy[i][j]
		b.sy[i][j] = vec.Dot(b.p.S[i], b.p.Y[j])
		b.sy[j][i] = vec.Dot(b.p.S[j], b.p.Y[i])
	}
}

// factor prepares mul. It reports whether B is positive definite in floating point.
func (b *compact) factor() bool {
	c := b.p.Count
	b.theta = 1
	if c == 0 {
		return true
	}
	last := b.p.slot(c - 1)
	b.theta = b.yy[last][last] / b.sy[last][last]
	for i := range c {
		si := b.p.slot(i)
		for j := range i + 1 {
			sj := b.p.slot(j)
			v := b.theta * b.ss[si][sj]
			for k := range j { // L_ik = s_i'y_k for k < i
				sk := b.p.slot(k)
				v += b.sy[si][sk] * b.sy[sj][sk] / b.sy[sk][sk]
			}
			b.t[i][j] = v
		}
	}
	return cholesky(b.t, c)
}

// mul stores M v in v: with v = (v1, v2), T p2 = v2 + L D^-1 v1, D p1 = L' p2 - v1.
func (b *compact) mul(v []float64) {
	c := b.p.Count
	v1, v2 := v[:c], v[c:2*c]
	for i := range c {
		si := b.p.slot(i)
		for k := range i {
			sk := b.p.slot(k)
			v2[i] += b.sy[si][sk] * v1[k] / b.sy[sk][sk]
		}
	}
	solveCholesky(b.t, v2)
	for k := range c {
		sk := b.p.slot(k)
		sum := -v1[k]
		for i := k + 1; i < c; i++ {
			sum += b.sy[b.p.slot(i)][sk] * v2[i]
		}
		v1[k] = sum / b.sy[sk][sk]
	}
}

// project stores W'd in v.
func (b *compact) project(v, d []float64) {
	c := b.p.Count
	for k := range c {
		j := b.p.slot(k)
		v[k], v[c+k] = vec.Dot(b.p.Y[j], d), b.theta*vec.Dot(b.p.S[j], d)
	}
}

// row stores row i of W in w.
func (b *compact) row(w []float64, i int) {
	c := b.p.Count
	for k := range c {
		j := b.p.slot(k)
		w[k], w[c+k] = b.p.Y[j][i], b.theta*b.p.S[j][i]
	}
}

// lift adds a W v to d.
func (b *compact) lift(d []float64, a float64, v []float64) {
	c := b.p.Count
	for k := range c {
		j := b.p.slot(k)
		vec.Axpy(a*v[k], b.p.Y[j], d)
		vec.Axpy(a*b.theta*v[c+k], b.p.S[j], d)
	}
}

// cholesky replaces the lower triangle of a, c x c, by its factor. It returns false
// if a is not positive definite.
func cholesky(a [][]float64, c int) bool {
	for i := range c {
		for j := range i + 1 {
			v := a[i][j] - vec.Dot(a[i][:j], a[j][:j])
			if i > j {
				a[i][j] = v / a[j][j]
			} else if !(v > 0) || math.IsInf(v, 1) {
				return false
			} else {
				a[i][i] = math.Sqrt(v)
			}
		}
	}
	return true
}

// solveCholesky stores the solution of L L' x = v in v.
func solveCholesky(l [][]float64, v []float64) {
	for i := range v {
		v[i] = (v[i] - vec.Dot(l[i][:i], v[:i])) / l[i][i]
	}
	for i := len(v) - 1; i >= 0; i-- {
		v[i] /= l[i][i]
		for j := range i {
			v[j] -= l[i][j] * v[i]
		}
	}
}
