package coordinate

import (
	"math"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/problem/glm"
	"github.com/godescent/descent/rng"
)

// Where hundreds of samples are free and epochs are slow, the solution without a matrix
// stands in for them: with weights, an intercept and curved conjugates as without.
func TestDualCDFinishesWithoutAMatrix(t *testing.T) {
	const n, d = 500, 300
	r := rng.New(3, "free finish")
	var row, col []int32
	var val []float64
	signs, real, weights := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range n {
		z := 0.0
		for j := range d {
			if r.Float64() < 0.05 {
				v := r.Norm() + 1
				row, col, val = append(row, int32(i)), append(col, int32(j)), append(val, v)
				z += v * math.Sin(float64(j))
			}
		}
		real[i] = z + r.Norm()
		signs[i], weights[i] = math.Copysign(1, real[i]), 0.5+r.Float64()
	}
	x, err := linalg.FromTriplets(n, d, row, col, val)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		spec glm.Spec
		y    []float64
	}{
		"hinge":                      {glm.Spec{Loss: glm.Hinge{}, L2: 1e-5}, signs},
		"hinge, intercept, weights":  {glm.Spec{Loss: glm.Hinge{}, L2: 1e-5, Intercept: true, Weights: weights}, signs},
		"squared hinge, intercept":   {glm.Spec{Loss: glm.SquaredHinge{}, L2: 1e-6, Intercept: true}, signs},
		"huber, intercept, centered": {glm.Spec{Loss: glm.Huber{Epsilon: 1}, L2: 1e-3, Intercept: true, Scale: glm.ScaleStd, Weights: weights}, real},
	} {
		m, err := glm.New(name, x, c.y, c.spec)
		if err != nil {
			t.Fatal(err)
		}
		p := m.Problem()
		run, err := DualCD{}.Start(p, make([]float64, p.Dim))
		if err != nil {
			t.Fatal(err)
		}
		s := run.(*dualCDRun)
		without, k := 0, 0
		var cert descent.Certificate
		s.Iterates(func(x []float64) bool {
			if s.end.free.idx != nil {
				without++
			}
			s.end.free.idx = nil
			if _, cert, err = descent.Certify(p, x, s.Witness(), 0); err != nil {
				t.Fatal(err)
			}
			k++
			return cert.Value > 1e-9 && k < 400
		})
		if cert.Value > 1e-9 || without == 0 {
			t.Errorf("%s: %v after %d epochs, %d of them after a solution without a matrix: want 1e-9, and some", name, cert, k, without)
		}
	}
}

// The root of the dual's Hessian is one: B_i.B_j = c_i c_j (a_i.a_j + B^2)/(n^2 l2).
func TestDualRoot(t *testing.T) {
	x, err := linalg.FromTriplets(4, 3, []int32{0, 0, 1, 2, 2, 3}, []int32{0, 2, 1, 0, 1, 2}, []float64{1, -2, 3, 0.5, 4, -1})
	if err != nil {
		t.Fatal(err)
	}
	m, err := glm.New("root", x, []float64{1, -1, 1, -1}, glm.Spec{Loss: glm.SquaredHinge{}, L2: 0.1, Intercept: true, Weights: []float64{1, 2, 3, 4}})
	if err != nil {
		t.Fatal(err)
	}
	p := m.Problem()
	run, err := DualCD{}.Start(p, make([]float64, p.Dim))
	if err != nil {
		t.Fatal(err)
	}
	s := run.(*dualCDRun)
	var free freeModel
	idx, zero := []int{0, 1, 2, 3}, make([]float64, 4)
	free.reset(dualRoot{s}, s.end.h, idx, zero, zero)
	got, e := make([]float64, 4), make([]float64, 4)
	free.pieces[0].Hi, free.pieces[1].Hi, free.pieces[2].Hi, free.pieces[3].Hi = 1, 1, 1, 1
	for i := range idx {
		clear(e)
		e[i] = 1
		free.multiply(got, e)
		for j := range idx {
			a := make([]float64, 3)
			s.axpy(1, j, a)
			want := s.weight(i) * s.weight(j) * (s.dot(i, a) + s.bias) / (16 * s.l2)
			if i == j {
				want += s.weight(i) / 4 * s.end.curve[i]
			}
			if math.Abs(got[j]-want) > 1e-14*(1+math.Abs(want)) {
				t.Errorf("(%d, %d): %v, want %v", i, j, got[j], want)
			}
		}
	}
}
