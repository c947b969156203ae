package vec

import (
	"math"
	"testing"

	"github.com/godescent/descent/rng"
)

func sample[T Float](n int, seed uint64) []T {
	r := rng.New(seed, "vec")
	x := make([]T, n)
	for i := range x {
		x[i] = T(r.Norm())
	}
	return x
}

func near[T Float](t *testing.T, what string, got, want T, tol float64) {
	t.Helper()
	if g, w := float64(got), float64(want); !(math.Abs(g-w) <= tol*(1+math.Abs(w))) && !(g != g && w != w) && g != w {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

func TestNorms(t *testing.T) {
	for _, c := range []struct {
		x    []float64
		want float64
	}{
		{nil, 0}, {[]float64{0, 0}, 0}, {[]float64{3, -4}, 5}, {[]float64{3e300, 4e300}, 5e300}, {[]float64{3e-300, 4e-300}, 5e-300},
		{[]float64{1, math.Inf(-1)}, math.Inf(1)}, {[]float64{math.NaN(), 1}, math.NaN()}, {[]float64{5e-324}, 5e-324},
	} {
		near(t, "Nrm2", Nrm2(c.x), c.want, 1e-15)
	}
	near(t, "Nrm2 float32", Nrm2([]float32{3e30, 4e30}), 5e30, 1e-6)
	near(t, "NrmInf", NrmInf([]float64{1, -3, 2}), 3, 0)
	near(t, "NrmInf NaN", NrmInf([]float64{1, math.NaN(), 9}), math.NaN(), 0)
}

func TestAllFinite(t *testing.T) {
	for n := range 13 {
		x := make([]float64, n)
		if !AllFinite(x) {
			t.Errorf("%d zeros are not finite", n)
		}
		for i := range x {
			for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
				x[i] = bad
				if AllFinite(x) {
					t.Errorf("%v at %d of %d went unnoticed", bad, i, n)
				}
			}
			x[i] = math.MaxFloat64
		}
	}
}

func TestSoftplusSigmoid(t *testing.T) {
	grid := []float64{0, math.Copysign(0, -1), 1e-300, -1e-300, 710, -710, 745.2, -745.2, 800, -800, math.Inf(1), math.Inf(-1), math.NaN()}
	for z := -40.0; z < 40; z += 0.0137 {
		grid = append(grid, z)
	}
	sp, sg := make([]float64, len(grid)), make([]float64, len(grid))
	SoftplusSigmoid(sp, sg, grid)
	for i, z := range grid {
		e := math.Exp(-math.Abs(z))
		wantSp, wantSg := math.Max(z, 0)+math.Log1p(e), 1/(1+math.Exp(-z))
		if z < 0 {
			wantSg = e / (1 + e)
		}
		if !(math.Abs(sp[i]-wantSp) <= 4e-16*wantSp+1e-300) && sp[i] != wantSp && z == z || z != z && sp[i] == sp[i] {
			t.Errorf("softplus(%v) is %v, want %v", z, sp[i], wantSp)
		}
		if !(math.Abs(sg[i]-wantSg) <= 4.5e-16*wantSg+1e-300) && z == z || z != z && sg[i] == sg[i] {
			t.Errorf("sigmoid(%v) is %v, want %v", z, sg[i], wantSg)
		}
	}
	in := append([]float64(nil), grid...)
	SoftplusSigmoid(in, sg, in)
	for i := range in {
		if math.Float64bits(in[i]) != math.Float64bits(sp[i]) {
			t.Fatal("in place differs")
		}
	}
}
