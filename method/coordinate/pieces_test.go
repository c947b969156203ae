package coordinate

import (
	"math"
	"testing"

	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/problem/glm"
	"github.com/godescent/descent/problem/graph"
	"github.com/godescent/descent/prox"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

// spd is a dense positive definite matrix with a diagonal preconditioner.
type spd struct {
	a *linalg.Dense
}

func (s spd) precondition(z, r []float64) {
	for i, v := range r {
		z[i] = v / s.a.Row(i)[i]
	}
}

func (s spd) multiply(dst, p []float64) float64 {
	s.a.MulVec(dst, p)
	return vec.Dot(dst, p)
}

// definite returns B'B + I/10 for a random B.
func definite(n int) *linalg.Dense {
	r := rng.New(1, "coordinate.definite")
	b := &linalg.Dense{Rows: n, Cols: n, Data: make([]float64, n*n)}
	for i := range b.Data {
		b.Data[i] = r.Norm()
	}
	a := &linalg.Dense{Rows: n, Cols: n, Data: make([]float64, n*n)}
	ones := make([]float64, n)
	for i := range ones {
		ones[i] = 1
	}
	b.Gram(a.Data, ones)
	for i := range n {
		a.Data[i*n+i] += 0.1
	}
	return a
}

// Conjugate gradients end after as many steps as there are variables; steepest descent
// would not.
func TestConjugateIsFinite(t *testing.T) {
	const n = 12
	s := spd{definite(n)}
	d, r, p, z, b := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range b {
		b[i] = math.Sin(float64(i + 1))
	}
	copy(r, b)
	conjugate(s, d, r, p, z, 1e-9, n+3)
	s.a.MulVec(z, d)
	for i := range z {
		if math.Abs(z[i]-b[i]) > 1e-8 {
			t.Errorf("residual %v in component %d after %d steps", z[i]-b[i], i, n+3)
		}
	}
}

// Without any observation the Hessian of a smoothing problem is singular: the root of a tree,
// whose pivot is rounding error, stays, and the others move against it.
func TestEliminationOfSingularTrees(t *testing.T) {
	const n = 8
	s := rng.New(7, "coordinate.singular")
	for range 20 {
		edges, b := make([]graph.Edge, n-1), make([]int, n)
		for i := range b {
			if b[i] = i; i > 0 {
				edges[i-1] = graph.Edge{I: s.Intn(i), J: i, Weight: s.Float64()}
			}
		}
		f, err := graph.NewRobust(edges, make([]float64, n), make([]float64, n), 1)
		if err != nil {
			t.Fatal(err)
		}
		d, r, hd := make([]float64, n), make([]float64, n), make([]float64, n)
		for i := range n - 1 {
			d[i] = s.Norm()
			d[n-1] -= d[i]
		}
		copy(r, d)
		run := &bcdRun{W: make([]float64, n)}
		newElimination(rowsAt{f, run}, 1e-13, n, n).mustSolve(b, d)
		f.HessVec(hd, run.W, d)
		for i := range hd {
			if math.Abs(hd[i]-r[i]) > 1e-10 || d[0] != 0 {
				t.Fatalf("H d = %v, want %v; the root moves by %v", hd, r, d[0])
			}
		}
	}
}

// The finish is exact on the support, concave pieces of the penalty included: one call ends
// at a stationary point where no coordinate leaves its piece.
func TestFinishIsExactOnItsPieces(t *testing.T) {
	const n = 6
	h := prox.MCP{Lambda: 0.01, Gamma: 1e3} // pieces that are long and curved
	x, g, idx := make([]float64, n), make([]float64, n), make([]int, n)
	r := rng.New(2, "coordinate.finish")
	for j := range x {
		idx[j], x[j], g[j] = j, 5+r.Float64(), 0.1*r.Norm()
	}
	var m model
	m.reset(h, idx, x, g)
	copy(m.hess, definite(n).Data)
	before := m.violation()
	m.finish(1e-12)
	if after := m.violation(); before < 1e-3 || after > 1e-12 {
		t.Errorf("the violation went from %v to %v", before, after)
	}
}

// A run whose w has drifted from t, here by hand, is put right when w is computed afresh.
func TestDualCDRefreshes(t *testing.T) {
	const n, d = 30, 8
	r := rng.New(3, "coordinate.refresh")
	x := &linalg.Dense{Rows: n, Cols: d, Data: make([]float64, n*d)}
	for i := range x.Data {
		x.Data[i] = r.Norm()
	}
	y := make([]float64, n)
	for i := range y {
		y[i] = math.Copysign(1, r.Norm())
	}
	m, err := glm.New("refresh", x, y, glm.Spec{Loss: glm.Logistic{}, L2: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	run, err := DualCD{}.Start(m.Problem(), make([]float64, d))
	if err != nil {
		t.Fatal(err)
	}
	s := run.(*dualCDRun)
	s.Iterates(func([]float64) bool {
		if s.Epoch == 10 {
			s.X[0] += 1
		}
		return s.Epoch < refresh+20
	})
	for j := range d {
		w := 0.0
		for i, v := range s.T {
			w -= v * x.Row(i)[j] / (n * 0.1)
		}
		if math.Abs(w-s.X[j]) > 1e-10 {
			t.Errorf("w[%d] = %v after a refresh, of t it is %v", j, s.X[j], w)
		}
	}
}
