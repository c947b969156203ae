package prox

import (
	"fmt"
	"math"
)

// MultiTask is lambda sum_j |X_j|_2 over the rows X_j = (x[k d + j] for k < K) of the
// coefficients of K outputs on d features, stored one output after the other
// (Obozinski, Taskar, Jordan 2010): a feature is used for all outputs or for none.
// It equals [GroupL1] with these groups and unit weights. Its prox shrinks rows.
type MultiTask struct {
	Lambda   float64
	Features int // d >= 1; 0 means all variables: a single output
}

// Check returns an error unless lambda is finite and >= 0, and d >= 0.
func (h MultiTask) Check() error {
	if h.Features < 0 {
		return fmt.Errorf("prox: MultiTask with %d features: want at least 1, or 0 for a single output", h.Features)
	}
	return checkWeight("MultiTask", "lambda", h.Lambda)
}

// rows returns d, the distance of neighbours in a row, for n variables.
func (h MultiTask) rows(n int) int {
	if 0 < h.Features && h.Features < n {
		return h.Features
	}
	return n
}

// rowNorm returns |X_j|_2, where row j starts at x[j] and has stride d.
func rowNorm(x []float64, j, d int) float64 {
	s := 0.0
	for i := j; i < len(x); i += d {
		s = math.Hypot(s, x[i])
	}
	return s
}

// Value returns lambda sum_j |X_j|_2.
func (h MultiTask) Value(x []float64) float64 {
	s, d := 0.0, h.rows(len(x))
	for j := range d {
		s += h.Lambda * rowNorm(x, j, d)
	}
	return s
}

// Prox shrinks each row towards 0 by t lambda in Euclidean norm.
func (h MultiTask) Prox(dst, x []float64, t float64) {
	d := h.rows(len(x))
	for j := range d {
		c := shrinkage(rowNorm(x, j, d), t*h.Lambda)
		for i := j; i < len(x); i += d {
			dst[i] = c * x[i]
		}
	}
}

// SubdiffDist returns the largest component of the distance of -g to the
// subdifferential of each row's norm.
func (h MultiTask) SubdiffDist(x, g []float64) float64 {
	m, d := 0.0, h.rows(len(x))
	for j := range d {
		n, gn := rowNorm(x, j, d), rowNorm(g, j, d)
		for i := j; i < len(x); i += d {
			m = worse(m, groupDist(x[i], g[i], n, gn, h.Lambda))
		}
	}
	return m
}
