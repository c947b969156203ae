package glm

import (
	"math"
	"testing"

	"github.com/godescent/descent/rng"
)

// A dual step minimizes phi*(s) - z s + (q/2)(s-t)^2: no point of a fine grid around s is
// lower, over many scales of q, and the envelope has the stated slope.
func TestDualSteps(t *testing.T) {
	tried := 0
	for name, l := range map[string]Loss{
		"squared": Squared{}, "logistic": Logistic{}, "squared-hinge": SquaredHinge{}, "hinge": Hinge{}, "huber": Huber{0.7}, "quantile": Quantile{0.3, 0.5},
	} {
		r := rng.New(1, "glm.dualstep."+name)
		for range 2000 {
			y := math.Copysign(1, r.Norm())
			z := 3 * r.Norm()
			q := math.Pow(10, 8*r.Float64()-4)
			t0 := -y * math.Pow(r.Float64(), 1+10*r.Float64()) * 0.3
			if r.Intn(10) == 0 {
				t0 = 0
			}
			at := func(s float64) float64 { return l.conj(y, s) - z*s + q/2*(s-t0)*(s-t0) }
			s := l.(dualLoss).dualStep(y, t0, z, q)
			best := at(s)
			if math.IsInf(best, 0) || math.IsNaN(best) {
				t.Fatalf("%s: step from %v with y = %v, z = %v, q = %v goes to %v, outside of the domain", name, t0, y, z, q, s)
			}
			for _, d := range []float64{1e-5, 1e-3, 0.03, 0.3} {
				for _, o := range []float64{s - d, s + d, s - d*math.Abs(s), s + d*math.Abs(s)} {
					if v := at(o); v < best-1e-11*(1+math.Abs(best)) {
						t.Fatalf("%s: step from %v with y = %v, z = %v, q = %v goes to %v with value %v, but %v has %v", name, t0, y, z, q, s, best, o, v)
					}
				}
			}
			tried++
		}
	}
	if tried != 12000 {
		t.Errorf("%d steps tried", tried)
	}
}
