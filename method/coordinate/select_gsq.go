package coordinate

import (
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent"
	"github.com/godescent/descent/vec"
)

// chooseQuadratic sets the rule gsq: g_b.H_b^+ g_b for fixed blocks, for variable ones the
// support that [threshold] finds.
func (s *bcdRun) chooseQuadratic(r *greedy) error {
	if s.blocks == nil {
		o, err := descent.Require[BoundProduct](s.p)
		if err != nil {
			return fmt.Errorf("bcd: %w", err)
		}
		if !s.knows() {
			return fmt.Errorf("bcd: select gsq: problem %s has no finite bound on its curvature along some coordinate", s.p.Name)
		}
		t := &threshold{s: s, r: r, o: o, g: r.g, norm: o.BoundNorm(), t: r.t, d: make([]float64, s.tau), hd: make([]float64, s.n), keep: r.keep, b: make([]int, 0, s.tau), z: make([]float64, s.n)}
		s.pick = t.pick
		s.moved = func([]int) {}
		return nil
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
//	d = HT(d - (g + H d)/norm(H))
//
// HT keeps the tau largest |d_i|. The block is the support of d.
type threshold struct {
	s           *bcdRun
	r           *greedy
	o           BoundProduct
	t           *tournament
	norm        float64
	g, hd, z, d []float64
	keep        []float64
	b           []int
}

func (q *threshold) pick() ([]int, int) {
	q.r.refresh()
	for i, l := range q.s.l {
		if q.z[i] = 0; l > 0 {
			q.z[i] = -q.g[i] / l
		}
	}
	q.cut()
	for range 10 {
		q.o.BoundProduct(q.hd, q.b, q.d[:len(q.b)])
		for i, g := range q.g[:q.s.n] {
			q.z[i] = -(g + q.hd[i]) / q.norm
		}
		for i, j := range q.b {
			q.z[j] += q.d[i]
		}
		q.cut()
	}
	q.s.charge(20)
	if !slices.ContainsFunc(q.b, func(i int) bool { return q.g[i] != 0 }) {
		return nil, -1
	}
	return q.b, -1
}

// cut keeps the largest of z: their places in b, their values in d.
func (q *threshold) cut() {
	for i, v := range q.z {
		if q.t.score[i] = math.Abs(v); q.s.l[i] == 0 {
			q.t.score[i] = -1
		}
	}
	q.t.rebuild()
	q.b = q.t.largest(q.b[:0], q.s.tau, q.keep)
	for i, j := range q.b {
		q.d[i] = q.z[j]
	}
}
