package prox

import (
	"fmt"
	"math"
)

// WeightedL1 is lambda sum_j w_j |x_j|, the adaptive lasso (Zou 2006). A weight of
// 0 leaves its coordinate unpenalized. Its prox thresholds each coordinate alone.
type WeightedL1 struct {
	Lambda  float64
	Weights []float64 // w_j >= 0, one for each coordinate
}

// Check returns an error unless lambda and all weights are finite and >= 0.
func (h WeightedL1) Check() error {
	for j, w := range h.Weights {
		if err := checkWeight("WeightedL1", fmt.Sprintf("weights[%d]", j), w); err != nil {
			return err
		}
	}
	return checkWeight("WeightedL1", "lambda", h.Lambda)
}

// Value returns lambda sum_j w_j |x_j|.
func (h WeightedL1) Value(x []float64) float64 { return sumAt(h, x) }

// Prox soft-thresholds x_j at t lambda w_j.
func (h WeightedL1) Prox(dst, x []float64, t float64) { proxAll(h, dst, x, t) }

// SubdiffDist returns the distance of -g to lambda w_j times the signs of x_j.
func (h WeightedL1) SubdiffDist(x, g []float64) float64 { return worstDist(h, x, g) }

// At returns lambda w_j |v|.
func (h WeightedL1) At(j int, v float64) float64 { return h.Lambda * h.Weights[j] * math.Abs(v) }

// ProxAt soft-thresholds v at t lambda w_j.
func (h WeightedL1) ProxAt(j int, v, t float64) float64 { return soft(v, t*(h.Lambda*h.Weights[j])) }

// DistAt returns the distance of -g to lambda w_j times the sign of v.
func (h WeightedL1) DistAt(j int, v, g float64) float64 { return l1Dist(v, g, h.Lambda*h.Weights[j]) }
