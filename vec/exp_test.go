package vec

import (
	"math"
	"math/big"
	"testing"
)

const prec = 160 // bits of the reference values

func exact(x float64) *big.Float { return new(big.Float).SetPrec(prec).SetFloat64(x) }

// bigExp returns exp(x) by the Taylor series of x/2^12, squared 12 times.
func bigExp(x float64) *big.Float {
	r := exact(x)
	r.SetMantExp(r, -12)
	sum, term := exact(1), exact(1)
	for k := 1; k < 28; k++ {
		term.Mul(term, r)
		term.Quo(term, exact(float64(k)))
		sum.Add(sum, term)
	}
	for range 12 {
		sum.Mul(sum, sum)
	}
	return sum
}

// bigLog1p returns log(1+e) for 0 <= e <= 1 by the series of the inverse hyperbolic
// tangent.
func bigLog1p(e *big.Float) *big.Float {
	s := exact(2)
	s.Quo(e, s.Add(s, e))
	square := exact(0).Mul(s, s)
	sum, power := exact(0), s
	for k := 1.0; k < 100; k += 2 {
		sum.Add(sum, exact(0).Quo(power, exact(k)))
		power = exact(0).Mul(power, square)
	}
	return sum.Mul(sum, exact(2))
}

// ulps returns the error of got in units in the last place of want.
func ulps(got float64, want *big.Float) float64 {
	w, _ := want.Float64()
	if math.IsInf(w, 0) || math.IsInf(got, 0) || got != got {
		if got == w {
			return 0
		}
		return math.Inf(1)
	}
	ulp := math.Nextafter(math.Abs(w), math.Inf(1)) - math.Abs(w)
	d := exact(0).Sub(exact(got), want)
	u, _ := d.Quo(d, exact(ulp)).Float64()
	return math.Abs(u)
}

func TestExponentialAccuracy(t *testing.T) {
	var grid []float64
	for z := -750.0; z < 715; z += 0.7831 {
		grid = append(grid, z)
	}
	for z := -40.0; z < 40; z += 0.02713 {
		grid = append(grid, z)
	}
	for z := 1.0; z > 1e-20; z *= 0.83 {
		grid = append(grid, z, -z)
	}
	grid = append(grid, 0, math.Copysign(0, -1), 5e-324, -5e-324, 709.78, 709.79, -708.4, -744.4, -745.1, -745.2, 1e4, -1e4)
	n := len(grid)
	exps, log1ps, sigmoids := make([]*big.Float, n), make([]*big.Float, n), make([]*big.Float, n)
	for i, z := range grid {
		exps[i] = bigExp(z)
		e := bigExp(-math.Abs(z))
		log1ps[i] = bigLog1p(e)
		if z > 0 {
			log1ps[i].Add(log1ps[i], exact(z))
		}
		den := exact(1)
		den.Add(den, e)
		if z > 0 {
			e = exact(1)
		}
		sigmoids[i] = den.Quo(e, den)
	}
	paths(t, func(t *testing.T) {
		e, sp, sg := make([]float64, n), make([]float64, n), make([]float64, n)
		ExpTo(e, grid)
		SoftplusSigmoid(sp, sg, grid)
		var worst [3]float64
		for i, z := range grid {
			for k, v := range []float64{ulps(e[i], exps[i]), ulps(sp[i], log1ps[i]), ulps(sg[i], sigmoids[i])} {
				if k == 0 && z > 709.6 && e[i] == math.Exp(z) {
					continue // the standard library overflows a little early on amd64
				}
				worst[k] = max(worst[k], v)
				if !(v <= []float64{1.5, 2, 2}[k]) {
					t.Fatalf("%s(%v) is %v units in the last place off", []string{"exp", "softplus", "sigmoid"}[k], z, v)
				}
			}
		}
		t.Logf("exp, softplus and sigmoid are within %.3f units in the last place at %d points", worst, n)

		// An element's result does not depend on its place.
		for _, k := range []int{1, 2, 3, 5, 7, 8, 9} {
			for lo := 0; lo+k <= 40; lo++ {
				e2, sp2, sg2 := make([]float64, k+1), make([]float64, k+1), make([]float64, k+1)
				e2[k], sp2[k], sg2[k] = 7, 7, 7
				ExpTo(e2[:k], grid[lo:lo+k])
				SoftplusSigmoid(sp2[:k], sg2[:k], grid[lo:lo+k])
				for i := range k {
					if e2[i] != e[lo+i] || sp2[i] != sp[lo+i] || sg2[i] != sg[lo+i] {
						t.Fatalf("results at %d of %d differ", i, k)
					}
				}
				if e2[k] != 7 || sp2[k] != 7 || sg2[k] != 7 {
					t.Fatalf("wrote beyond %d elements", k)
				}
			}
		}
	})
}

func TestExponentialLimits(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	paths(t, func(t *testing.T) {
		z := []float64{inf, -inf, nan, 1e308, -1e308}
		e, sp, sg := make([]float64, len(z)), make([]float64, len(z)), make([]float64, len(z))
		ExpTo(e, z)
		SoftplusSigmoid(sp, sg, z)
		for what, c := range map[string][2][]float64{
			"exp":      {e, {inf, 0, nan, inf, 0}},
			"softplus": {sp, {inf, 0, nan, 1e308, 0}},
			"sigmoid":  {sg, {1, 0, nan, 1, 0}},
		} {
			for i, want := range c[1] {
				if got := c[0][i]; got != want && !(got != got && want != want) {
					t.Errorf("%s(%v) is %v, want %v", what, z[i], got, want)
				}
			}
		}
	})
}

func BenchmarkExponentials(b *testing.B) {
	benchPaths(b, func(b *testing.B) {
		z := sample[float64](4096, 1)
		sp, sg := make([]float64, len(z)), make([]float64, len(z))
		for name, f := range map[string]func(){"ExpTo": func() { ExpTo(sp, z) }, "SoftplusSigmoid": func() { SoftplusSigmoid(sp, sg, z) }} {
			b.Run("op="+name, func(b *testing.B) {
				for b.Loop() {
					f()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(z)), "ns/element")
			})
		}
	})
}
