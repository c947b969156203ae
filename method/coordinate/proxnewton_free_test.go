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
	for k, nu := range []float64{0, 0.5, 0, 0.5, 0.01} {
		without.speedup = []string{byCG, byAnderson, byNothing}[k%3]
		with.reset(h.(prox.Piecewise), idx, at, g)
		m.HessianBlock(with.hess, idx, at)
		with.damp(nu, nil)
		a := with.minimize(1e-13, maxEpochs)
		without.reset(m, h.(prox.Piecewise), idx, at, g)
		without.damp(nu, nil)
		b, work := without.minimize(1e-13, 500)
		if math.Abs(a-b) > 1e-11*math.Abs(a) || work >= 500 {
			t.Errorf("nu = %v, %s: slope %v, with H %v, after %v epochs", nu, without.speedup, b, a, work)
		}
		for a, u := range without.u {
			if math.Abs(u-with.u[a]) > 1e-10 {
				t.Errorf("nu = %v, %s: u[%d] = %v, with H %v", nu, without.speedup, a, u, with.u[a])
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

// On correlated columns conjugate gradients and extrapolation save more than half of the
// epochs of a lasso, at the same end.
func TestSpeedupsSaveEpochs(t *testing.T) {
	const n, d = 80, 40
	r := rng.New(9, "anderson lasso")
	var b linalg.ShiftedColumns
	b.Reset(n, n*d)
	b.W = make([]float64, n)
	rows, last := make([]int32, n), make([]float64, n)
	g, idx := make([]float64, d), make([]int, d)
	for i := range rows {
		rows[i] = int32(i)
	}
	for j := range d {
		for i := range last {
			last[i] = 0.95*last[i] + 0.3*r.Norm()
		}
		b.Append(rows, last, 1/math.Sqrt(n), 0)
		g[j], idx[j] = -1+0.1*r.Norm(), j
	}
	work, u := map[string]float64{}, map[string][]float64{}
	for _, speedup := range []string{byNothing, byAnderson, byCG} {
		m := freeModel{speedup: speedup}
		m.reset(fixedRoot{&b}, prox.L1{Lambda: 0.01}, idx, make([]float64, d), g)
		_, work[speedup] = m.minimize(1e-9, 20_000)
		u[speedup] = m.u
	}
	for _, speedup := range []string{byAnderson, byCG} {
		if 2*work[speedup] > work[byNothing] {
			t.Errorf("%v epochs with %s, %v without: want half of them at most", work[speedup], speedup, work[byNothing])
		}
		for j, v := range u[speedup] {
			if math.Abs(v-u[byNothing][j]) > 1e-5 {
				t.Errorf("%s: u[%d] = %v, without %v", speedup, j, v, u[byNothing][j])
			}
		}
	}
}

// The dual point of a certificate is the scaled residual, which is affine in u: so an
// extrapolated u has the extrapolated dual point of Celer, and a smaller duality gap than the
// last iterate.
func TestExtrapolationSharpensTheDual(t *testing.T) {
	const n, d = 60, 30
	r := rng.New(4, "dual extrapolation")
	var row, col []int32
	var val []float64
	y := make([]float64, n)
	for i := range n {
		last := 0.0
		for j := range d {
			if last = 0.9*last + r.Norm(); r.Float64() < 0.4 {
				row, col, val = append(row, int32(i)), append(col, int32(j)), append(val, last)
			}
		}
		y[i] = last + r.Norm()
	}
	x, err := linalg.FromTriplets(n, d, row, col, val)
	if err != nil {
		t.Fatal(err)
	}
	m, err := glm.New("dual", x, y, glm.Spec{L1: 0.01})
	if err != nil {
		t.Fatal(err)
	}
	var free freeModel
	idx, at, g, end := make([]int, d), make([]float64, d), make([]float64, d), make([]float64, d)
	for j := range idx {
		idx[j] = j
	}
	m.Gradient(g, at)
	free.reset(m, prox.L1{Lambda: 0.01}, idx, at, g)
	for range 20 { // until the support is there
		free.epoch()
	}
	for !free.past.push(end, free.u) {
		free.epoch()
	}
	before, _ := m.Certify(free.u)
	after, _ := m.Certify(end)
	if !(after.Value < before.Value/5) {
		t.Errorf("gap %.2e at the last iterate, %.2e at the extrapolation: want a fifth at most", before.Value, after.Value)
	}
}

// fixedRoot is a Hessian with the root b everywhere.
type fixedRoot struct{ b *linalg.ShiftedColumns }

func (f fixedRoot) RootEntries([]int) (entries, rows int) { return len(f.b.Idx), f.b.Rows }

func (f fixedRoot) HessianRoot(b *linalg.ShiftedColumns, ridge []float64, _ []int, _ []float64) {
	*b = *f.b
	clear(ridge)
}
