package linalg

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

// Ritz values of all steps are the eigenvalues, and the rule is exact for polynomials of degree below 2 steps.
func TestLanczos(t *testing.T) {
	const n = 40
	s := rng.New(3, "lanczos")
	a, start := mat.NewSymDense(n, nil), make([]float64, n)
	for i := range n {
		start[i] = s.Norm()
		for j := range i + 1 {
			a.SetSym(i, j, s.Norm())
		}
	}
	mul := func(dst, x []float64) {
		mat.NewVecDense(n, dst).MulVec(a, mat.NewVecDense(n, x))
	}
	var eig mat.EigenSym
	if !eig.Factorize(a, false) {
		t.Fatal("gonum")
	}
	want := eig.Values(nil)
	all, _, exact := Lanczos(mul, start, 99)
	if !exact || len(all) != n {
		t.Fatalf("%d values, exact %v", len(all), exact)
	}
	for i, v := range all {
		if math.Abs(v-want[i]) > 1e-11 {
			t.Errorf("eigenvalue %d is %v: want %v", i, v, want[i])
		}
	}
	for _, steps := range []int{1, 2, 5, 12} {
		values, weights, exact := Lanczos(mul, start, steps)
		if exact || len(values) != steps || !slices.IsSorted(values) || values[0] < want[0]-1e-12 || values[steps-1] > want[n-1]+1e-12 {
			t.Errorf("%d steps: %v, exact %v", steps, values, exact)
		}
		v, w := slices.Clone(start), make([]float64, n)
		vec.Scal(1/vec.Nrm2(v), v)
		first, scale := slices.Clone(v), 1.0
		for k := range 2 * steps {
			sum := 0.0
			for i, x := range values {
				sum += weights[i] * math.Pow(x, float64(k))
			}
			if want := vec.Dot(first, v); math.Abs(sum-want) > 1e-11*scale {
				t.Errorf("%d steps: moment %d is %v: want %v", steps, k, sum, want)
			}
			mul(w, v)
			v, w = w, v
			scale *= max(radius(want), 1)
		}
	}
	// An invariant space ends it.
	if values, weights, exact := Lanczos(func(dst, x []float64) { copy(dst, x) }, start, 5); !exact || len(values) != 1 || math.Abs(values[0]-1) > 1e-14 || weights[0] != 1 {
		t.Errorf("the identity has %v, %v", values, weights)
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		for _, n := range []int{1, 2, 40} {
			product := 0
			values, _, exact := Lanczos(func(dst, x []float64) {
				for i, v := range x {
					dst[i] = float64(i+1) * v
				}
				if product++; product == min(n, 3) {
					dst[0] = bad
				}
			}, start[:n], 5)
			if exact || len(values) != min(n, 3) {
				t.Errorf("%d rows, %v: %v, exact %v", n, bad, values, exact)
			}
			for _, v := range values {
				if !math.IsNaN(v) {
					t.Errorf("%d rows, %v: %v: want NaN", n, bad, values)
				}
			}
		}
	}
	if values, _, exact := Lanczos(mul, make([]float64, n), 5); exact || len(values) != 1 || !math.IsNaN(values[0]) {
		t.Errorf("a start of 0 has %v, exact %v", values, exact)
	}
}

// radius returns the spectral radius.
func radius(eigenvalues []float64) float64 {
	return max(-eigenvalues[0], eigenvalues[len(eigenvalues)-1])
}
