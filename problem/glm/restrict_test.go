package glm

import (
	"testing"

	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/rng"
)

// A restricted model is the whole where the other coefficients are 0: in value, gradient,
// Hessian and penalty.
func TestRestrict(t *testing.T) {
	dense, sparse, real, signs, counts, classes, weights := small()
	cols := []int{0, 2, 3}
	r := rng.New(7, "glm.restrict")
	tried := 0
	for name, l := range losses() {
		for _, x := range []linalg.Matrix{dense, sparse} {
			for _, spec := range []Spec{{L1: 0.1, L2: 0.2}, {L1: 0.1, Intercept: true, Scale: ScaleStd, Weights: weights}, {L1: 0.2, Free: []int{1, 2}, Intercept: true, Scale: ScaleMaxAbs}} {
				spec.Loss = l
				m, err := New(name, x, target(l, real, signs, counts, classes), spec)
				if err != nil {
					t.Fatal(err)
				}
				part, err := m.Restrict(cols)
				if err != nil {
					t.Fatal(err)
				}
				whole, at := make([]float64, m.Dim()), make([]float64, part.Dim())
				place := make([]int, 0, len(at)) // of a variable of part in whole
				for k := range m.k {
					for _, j := range cols {
						place = append(place, k*m.d+j)
					}
				}
				for i := m.k * m.d; i < len(whole); i++ {
					place = append(place, i)
				}
				for a, i := range place {
					at[a] = 0.4 * r.Norm()
					whole[i] = at[a]
				}
				g, h := make([]float64, len(whole)), make([]float64, len(at))
				f, v := m.Gradient(g, whole), part.Gradient(h, at)
				p, q := m.Problem(), part.Problem()
				if !near(f, v, 1) || !near(p.Penalty(whole), q.Penalty(at), 1) {
					t.Errorf("%s, %T, %+v: value %v and penalty %v, restricted %v and %v", name, x, spec, f, p.Penalty(whole), v, q.Penalty(at))
				}
				for a, i := range place {
					if !near(g[i], h[a], 1) {
						t.Errorf("%s, %T, %+v: derivative %d is %v, restricted %v", name, x, spec, i, g[i], h[a])
					}
				}
				hess, idx := make([]float64, len(place)*len(place)), make([]int, len(place))
				small := make([]float64, len(hess))
				for a := range idx {
					idx[a] = a
				}
				m.HessianBlock(hess, place, whole)
				part.HessianBlock(small, idx, at)
				for e, want := range hess {
					if !near(want, small[e], 1) {
						t.Fatalf("%s, %T, %+v: element %d of the Hessian is %v, restricted %v", name, x, spec, e, want, small[e])
					}
				}
				tried++
			}
		}
	}
	if tried != 48 {
		t.Errorf("%d models tried: want 48", tried)
	}
	for name, spec := range map[string]Spec{"bounds": {NonNeg: true}, "groups": {GroupL1: 1, Groups: [][]int{{0, 1}}}} {
		m, err := New(name, dense, real, spec)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Restrict(cols); err == nil {
			t.Errorf("%s: restricted", name)
		}
	}
	m, err := New("none", dense, real, Spec{L1: 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Restrict(nil); err == nil {
		t.Error("restricted to no column")
	}
}
