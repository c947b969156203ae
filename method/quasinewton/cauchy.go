package quasinewton

import "github.com/godescent/descent/vec"

// cauchy is the scratch of the generalized Cauchy point.
type cauchy struct {
	x       []float64 // the point x^c
	wc      []float64 // W'(x^c - x)
	d, at   []float64 // the direction, and the step at which each variable meets a bound
	heap    []int     // variables that meet one, the first on top
	p, w, v []float64
}

func newCauchy(n, m int) *cauchy {
	return &cauchy{make([]float64, n), make([]float64, 2*m), make([]float64, n), make([]float64, n), make([]int, 0, n),
		make([]float64, 2*m), make([]float64, 2*m), make([]float64, 2*m)}
}

// find stores in q.x the first local minimizer of the quadratic model g'z + z'Bz/2,
// z = u - x, along the projected gradient path u(t) = P(x - t g) (Byrd et al. 1995,
// algorithm CP), which is piecewise linear. f1 and f2 are the slope and curvature of
// the model on the current piece, and p = W'd.
func (q *cauchy) find(b *compact, x, g, lower, upper []float64) {
	f1 := 0.0
	q.heap = q.heap[:0]
	for i, gi := range g {
		q.x[i], q.d[i] = x[i], -gi
		switch {
		case gi < 0:
			q.at[i] = (x[i] - upper[i]) / gi
		case gi > 0:
			q.at[i] = (x[i] - lower[i]) / gi
		default:
			continue // it does not move
		}
		if q.at[i] <= 0 {
			q.d[i] = 0
			continue
		}
		f1 -= gi * gi
		if q.at[i] < 1e300 {
			q.heap = append(q.heap, i)
		}
	}
	for i := len(q.heap)/2 - 1; i >= 0; i-- {
		q.sift(i)
	}
	c2 := 2 * b.p.Count
	p, w, v, wc := q.p[:c2], q.w[:c2], q.v[:c2], q.wc[:c2]
	b.project(p, q.d)
	clear(wc)
	copy(v, p)
	b.mul(v)
	f2 := -b.theta*f1 - vec.Dot(p, v) // (4.7)
	least := eps * f2
	step, t := -f1/f2, 0.0
	for len(q.heap) > 0 && f1 < 0 {
		i := q.heap[0]
		dt := q.at[i] - t
		if step < dt {
			break
		}
		// Variable i meets its bound before the minimizer of this piece.
		t = q.at[i]
		q.heap[0] = q.heap[len(q.heap)-1]
		q.heap = q.heap[:len(q.heap)-1]
		q.sift(0)
		bound := lower[i]
		if g[i] < 0 {
			bound = upper[i]
		}
		q.x[i], q.d[i] = bound, 0
		vec.Axpy(dt, p, wc)
		b.row(w, i)
		copy(v, w)
		b.mul(v)
		gi, z := g[i], bound-x[i]
		f1 += dt*f2 + gi*gi + b.theta*gi*z - gi*vec.Dot(v, wc)         // (4.9)
		f2 -= b.theta*gi*gi + 2*gi*vec.Dot(v, p) + gi*gi*vec.Dot(v, w) // (4.10)
		f2 = max(f2, least)
		vec.Axpy(gi, w, p)
		step = -f1 / f2
	}
	if step > 0 {
		vec.Axpy(step, p, wc)
		t += step
	}
	for i, d := range q.d {
		if d != 0 {
			q.x[i] = min(max(x[i]+t*d, lower[i]), upper[i])
		}
	}
}

// sift moves heap[i] down to where it belongs. Ties go by index, so that the order
// is the same for any history.
func (q *cauchy) sift(i int) {
	h := q.heap
	less := func(a, b int) bool { return q.at[a] < q.at[b] || q.at[a] == q.at[b] && a < b }
	for {
		c := 2*i + 1
		if c >= len(h) {
			return
		}
		if c+1 < len(h) && less(h[c+1], h[c]) {
			c++
		}
		if !less(h[c], h[i]) {
			return
		}
		h[i], h[c] = h[c], h[i]
		i = c
	}
}
