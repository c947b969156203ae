package coordinate

import (
	"fmt"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/vec"
)

// chooseQuadratic sets the rule gsq: g_b.H_b^+ g_b for fixed blocks, for variable ones the
// support that [threshold] finds, in the metric of diag(L) if scaled.
func (s *bcdRun) chooseQuadratic(r *greedy, scaled bool) error {
	if s.blocks == nil {
		return s.chooseThreshold(r, scaled)
	}
	if err := s.needBounds(); err != nil {
		return err
	}
	s.cacheFactors()
	y := make([]float64, s.tau)
	r.score = func(k int) float64 {
		b := s.blocks[k]
		for i, j := range b {
			y[i] = r.g[j]
		}
		forwardSemidefinite(s.factored(b, k), len(b), y[:len(b)])
		return vec.Dot(y[:len(b)], y[:len(b)])
	}
	return nil
}

// threshold approximates gsq for variable blocks, min over tau-sparse d of the model
// g.d + d.Hd/2, by iterative hard thresholding: from -g_i/L_i, 10 times
//
//	d = HT(d - M^-1 (g + H d))
//
// HT keeps the tau largest M_i d_i^2, and the block is the support of d. M = norm(H) I in
// gsq. M = 2 tau diag(L) in gsq-d: it bounds H on all 2 tau coordinates that a step can
// involve, since H_b <= |b| diag(L_b). Neither step raises the model.
type threshold struct {
	r           *greedy
	o           BoundProduct
	m           []float64 // the diagonal of M; 0 for coordinates that never move
	g, hd, z, d []float64
	b           []int
}

func (s *bcdRun) chooseThreshold(r *greedy, scaled bool) error {
	o, err := descent.Require[BoundProduct](s.p)
	if err != nil {
		return fmt.Errorf("bcd: %w", err)
	}
	q := &threshold{r: r, o: o, m: make([]float64, s.n), g: r.g, hd: make([]float64, s.n), z: make([]float64, s.n), d: make([]float64, s.tau), b: make([]int, 0, s.tau)}
	norm := o.BoundNorm()
	for i, l := range s.l {
		switch {
		case l == 0:
		case scaled:
			q.m[i] = 2 * float64(s.tau) * l
		default:
			q.m[i] = norm
		}
	}
	s.pick, s.moved = q.pick, func([]int) {}
	return nil
}

func (q *threshold) pick() ([]int, int) {
	q.r.refresh()
	s := q.r.s
	for i, l := range s.l {
		if q.z[i] = 0; l > 0 {
			q.z[i] = -q.g[i] / l
		}
	}
	q.cut()
	for range 10 {
		q.o.BoundProduct(q.hd, q.b, q.d[:len(q.b)])
		for i, m := range q.m {
			if m > 0 {
				q.z[i] = -(q.g[i] + q.hd[i]) / m
			}
		}
		for i, j := range q.b {
			q.z[j] += q.d[i]
		}
		q.cut()
	}
	s.charge(20)
	if !slices.ContainsFunc(q.b, func(i int) bool { return q.g[i] != 0 }) {
		return nil, -1
	}
	return q.b, -1
}

// cut keeps the largest of z: their places in b, their values in d.
func (q *threshold) cut() {
	t := q.r.t
	for i, m := range q.m {
		if t.score[i] = m * q.z[i] * q.z[i]; m == 0 {
			t.score[i] = -1
		}
	}
	t.rebuild()
	q.b = t.largest(q.b[:0], q.r.s.tau, q.r.keep)
	for i, j := range q.b {
		q.d[i] = q.z[j]
	}
}
