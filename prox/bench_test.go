package prox

import (
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/rng"
)

func BenchmarkProx(b *testing.B) {
	const n = 100_000
	r := rng.New(1, "prox.BenchmarkProx")
	x, dst := make([]float64, n), make([]float64, n)
	for i := range x {
		x[i] = r.Norm()
	}
	for _, c := range []struct {
		name string
		h    descent.Regularizer
	}{{"L1", L1{1}}, {"L2", L2{1}}, {"ElasticNet", ElasticNet{1, 1}}, {"NonNeg", NonNeg(n)}, {"L1Box", L1Box{1, NonNeg(n)}}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				c.h.Prox(dst, x, 0.5)
			}
		})
	}
}
