package coordinate

import (
	"fmt"
	"math"
	"slices"

	"github.com/godescent/descent"
)

// blockBounds has H_b and what follows from it: L_b and factors, once for each fixed block
// where that takes at most 2^24 numbers, else again whenever a block is picked.
type blockBounds struct {
	o         BlockBound // nil where only L_i are known
	cacheable bool
	l         []float64   // L_b of fixed blocks
	factor    [][]float64 // of H_b of fixed blocks
	h, d, e   []float64   // scratch
}

func (s *bcdRun) needBounds() error {
	o, err := descent.Require[BlockBound](s.p)
	if err != nil {
		return fmt.Errorf("bcd: %w", err)
	}
	s.bounds.o = o
	s.bounds.scratch(s.tau)
	return nil
}

func (c *blockBounds) scratch(tau int) {
	if c.h == nil {
		c.h, c.d, c.e = make([]float64, tau*tau), make([]float64, tau), make([]float64, tau)
	}
}

// needLipschitz readies lipschitz: L_b is the largest eigenvalue of H_b, and the sum of L_i,
// which bounds the trace, where there is no H_b.
func (s *bcdRun) needLipschitz() {
	if s.bounds.l != nil {
		return
	}
	if o, ok := s.p.Objective.(BlockBound); ok {
		s.bounds.o = o
		s.bounds.scratch(s.tau)
	}
	l := make([]float64, len(s.blocks))
	for k, b := range s.blocks {
		l[k] = s.lipschitz(b, -1)
	}
	s.bounds.l = l
}

// lipschitz returns L_b.
func (s *bcdRun) lipschitz(b []int, k int) float64 {
	c := &s.bounds
	switch {
	case k >= 0:
		return c.l[k]
	case len(b) == 1:
		return s.l[b[0]]
	case c.o == nil:
		sum := 0.0
		for _, j := range b {
			sum += s.l[j]
		}
		return sum
	}
	h := c.h[:len(b)*len(b)]
	c.o.BlockBound(h, b)
	return largestEigenvalue(h, len(b), c.d, c.e)
}

// factored returns the semidefinite factor of H_b.
func (s *bcdRun) factored(b []int, k int) []float64 {
	c := &s.bounds
	if k >= 0 && c.factor != nil && c.factor[k] != nil {
		return c.factor[k]
	}
	h := c.h[:len(b)*len(b)]
	c.o.BlockBound(h, b)
	factorSemidefinite(h, len(b))
	return h
}

// cacheFactors keeps the factors of fixed blocks.
func (s *bcdRun) cacheFactors() {
	if !s.bounds.cacheable || s.bounds.factor != nil {
		return
	}
	factor := make([][]float64, len(s.blocks))
	for k, b := range s.blocks {
		factor[k] = append([]float64(nil), s.factored(b, -1)...)
	}
	s.bounds.factor = factor
}

// knows reports whether all L_i are known.
func (s *bcdRun) knows() bool {
	return s.l != nil && !slices.ContainsFunc(s.l, func(v float64) bool { return math.IsInf(v, 0) })
}

// feasible moves a start outside of the domain of h into it.
func (s *bcdRun) feasible() {
	for j, v := range s.X {
		if math.IsInf(s.h.At(j, v), 1) {
			s.X[j] = s.h.ProxAt(j, v, 1)
		}
	}
}
