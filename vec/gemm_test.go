package vec

import (
	"math"
	"testing"
)

func TestGemmSmall(t *testing.T) {
	paths(t, func(t *testing.T) {
		a := []float64{1, 2, 3, 4, 5, 6} // 2 x 3
		b := []float64{1, 0, 2, 1, 0, 3} // 3 x 2
		c := []float64{math.NaN(), math.NaN(), math.NaN(), math.NaN()}
		Gemm(false, false, 2, 2, 3, 1, a, 3, b, 2, 0, c, 2)
		for i, want := range []float64{5, 11, 14, 23} {
			if c[i] != want {
				t.Errorf("element %d is %v, want %v", i, c[i], want)
			}
		}
	})
}
