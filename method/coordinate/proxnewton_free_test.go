package coordinate

import (
	"math"
	"testing"

	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/problem/glm"
	"github.com/godescent/descent/prox"
	"github.com/godescent/descent/rng"
)

// The model without H has the minimizer of the one with H, and the same slope: with ridge,
// damping, an intercept and centered columns.
func TestFreeModelIsTheModel(t *testing.T) {
	const n, d = 60, 25
	r := rng.New(5, "free model")
	var row, col []int32
	var val []float64
	y := make([]float64, n)
	for i := range n {
		for j := range d {
			if r.Float64() < 0.3 {
				row, col, val = append(row, int32(i)), append(col, int32(j)), append(val, r.Norm()+1)
			}
		}
		y[i] = math.Copysign(1, r.Norm())
	}
	x, err := linalg.FromTriplets(n, d, row, col, val)
	if err != nil {
		t.Fatal(err)
	}
	m, err := glm.New("free", x, y, glm.Spec{Loss: glm.Logistic{}, L1: 0.02, L2: 0.01, Intercept: true, Scale: glm.ScaleStd})
	if err != nil {
		t.Fatal(err)
	}
	p := m.Problem()
	h, err := prox.Coordinates(p.Regularizer, p.Dim)
	if err != nil {
		t.Fatal(err)
	}
	at, g := make([]float64, p.Dim), make([]float64, p.Dim)
	var idx []int
	for j := range p.Dim {
		if at[j] = 0.3 * r.Norm(); j%3 > 0 || j == d {
			idx = append(idx, j)
		}
	}
	p.Gradient(g, at)
	var with model
	var without freeModel
	for _, nu := range []float64{0, 0.5} {
		with.reset(h.(prox.Piecewise), idx, at, g)
		m.HessianBlock(with.hess, idx, at)
		with.damp(nu, nil)
		a := with.minimize(1e-13, maxEpochs)
		without.reset(m, h.(prox.Piecewise), idx, at, g)
		without.damp(nu, nil)
		b, epochs := without.minimize(1e-13, 500)
		if math.Abs(a-b) > 1e-11*math.Abs(a) || epochs == 500 {
			t.Errorf("nu = %v: slope %v, with H %v, after %d epochs", nu, b, a, epochs)
		}
		for k, u := range without.u {
			if math.Abs(u-with.u[k]) > 1e-10 {
				t.Errorf("nu = %v: u[%d] = %v, with H %v", nu, k, u, with.u[k])
			}
		}
	}
}

// On an affine map x -> M x + b of dimension K-1 the extrapolation of K+1 iterates is the fixed
// point, by Cayley and Hamilton.
func TestAndersonIsExactForAffineMaps(t *testing.T) {
	const n = andersonMemory - 1
	r := rng.New(2, "anderson")
	fixed, x := make([]float64, n), make([]float64, n)
	for i := range n {
		fixed[i], x[i] = r.Norm(), r.Norm()
	}
	var a anderson
	a.begin(n)
	got, next := make([]float64, n), make([]float64, n)
	for k := range andersonMemory {
		if a.push(got, x) {
			t.Fatalf("extrapolated %d iterates", k+1)
		}
		for i := range n { // a lower triangular M with eigenvalues 0.9, 0.7, ...
			next[i] = fixed[i] + (0.9-0.2*float64(i))*(x[i]-fixed[i])
			if i > 0 {
				next[i] += 0.3 * (x[i-1] - fixed[i-1])
			}
		}
		copy(x, next)
	}
	if !a.push(got, x) {
		t.Fatal("did not extrapolate K+1 iterates")
	}
	for i, v := range got {
		if math.Abs(v-fixed[i]) > 1e-5 { // U'U is regularized, and badly conditioned
			t.Errorf("coordinate %d: %v, fixed point %v, last iterate %v", i, v, fixed[i], x[i])
		}
	}
}

// On correlated columns extrapolation saves more than half of the epochs of a lasso, at the same end.
func TestAndersonSavesEpochs(t *testing.T) {
	const n, d = 80, 40
	r := rng.New(9, "anderson lasso")
	var b linalg.ShiftedColumns
	b.Reset(n)
	b.W = make([]float64, n)
	for i := range b.W {
		b.W[i] = 1 / math.Sqrt(n)
	}
	rows, last := make([]int32, n), make([]float64, n)
	g := make([]float64, d)
	for i := range rows {
		rows[i] = int32(i)
	}
	for j := range d {
		for i := range last {
			last[i] = 0.95*last[i] + 0.3*r.Norm()
		}
		b.Append(rows, last, 1, 0)
		g[j] = -1 + 0.1*r.Norm()
	}
	epochs := func(accelerate bool) (int, []float64) {
		m := freeModel{}
		idx := make([]int, d)
		for j := range idx {
			idx[j] = j
		}
		m.reset(fixedRoot{&b}, prox.L1{Lambda: 0.01}, idx, make([]float64, d), g)
		if !accelerate {
			for k := range 20_000 {
				if m.epoch(); m.violation() <= 1e-9 {
					return k + 1, m.u
				}
			}
			return 20_000, m.u
		}
		_, k := m.minimize(1e-9, 20_000)
		return k, m.u
	}
	plain, u := epochs(false)
	fast, v := epochs(true)
	if 2*fast > plain {
		t.Errorf("%d epochs with extrapolation, %d without: want half of them at most", fast, plain)
	}
	for j := range u {
		if math.Abs(u[j]-v[j]) > 1e-5 {
			t.Errorf("u[%d] = %v and %v", j, u[j], v[j])
		}
	}
}

// fixedRoot is a Hessian with the root b everywhere.
type fixedRoot struct{ b *linalg.ShiftedColumns }

func (f fixedRoot) RootEntries([]int) (entries, rows int) { return len(f.b.Idx), f.b.Rows }

func (f fixedRoot) HessianRoot(b *linalg.ShiftedColumns, ridge []float64, _ []int, _ []float64) {
	*b = *f.b
	clear(ridge)
}
