package fit

import (
	"context"
	"math"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/problem/glm"
	"github.com/godescent/descent/rng"
)

// On wide data a value of the path is solved on the few columns that screening leaves, and
// the whole is certified there at once: the same path as without.
func TestScreening(t *testing.T) {
	const n, d = 40, 800
	r := rng.New(6, "screening")
	x, err := linalg.NewDense(n, d, nil)
	if err != nil {
		t.Fatal(err)
	}
	signs, classes := make([]float64, n), make([]float64, n)
	for i := range n {
		for j := range d {
			x.Data[i*d+j] = r.Norm()
		}
		z := x.Data[i*d+3] - x.Data[i*d+5]
		signs[i], classes[i] = math.Copysign(1, z), math.Floor(min(2, max(0, z+1.5)))
	}
	for name, c := range map[string]struct {
		spec glm.Spec
		y    []float64
		want int // values at which screening helps
	}{
		"logistic":    {glm.Spec{Loss: glm.Logistic{}, Intercept: true, Scale: glm.ScaleStd}, signs, 20},
		"multinomial": {glm.Spec{Loss: glm.Multinomial{K: 3}, Intercept: true, L2: 0.001}, classes, 3},
	} {
		p, err := newPath(t.Context(), name, x, c.y, c.spec, PathOptions{N: 60, Ratio: 0.7}, nil)
		if err != nil {
			t.Fatal(err)
		}
		start, screened := p.null, 0
		for _, l := range p.lambdas {
			m, err := p.base.WithPenalty(l, c.spec.L2, 0, 0)
			if err != nil {
				t.Fatal(err)
			}
			whole, err := descent.Solve(context.Background(), m.Problem(), p.method, start, p.options())
			if err != nil {
				t.Fatal(err)
			}
			y, part, err := p.screen(t.Context(), m, start)
			if err != nil {
				t.Fatal(err)
			}
			if part != nil {
				screened++
				_, cert, err := descent.Certify(m.Problem(), y, nil, 0)
				if err != nil || !(cert.Value <= descent.DefaultTol) {
					t.Errorf("%s: lambda = %v: the screened solution has a gap of %v", name, l, cert.Value)
				}
				if v := m.Problem().Total(y); math.Abs(v-whole.Value) > 2*descent.DefaultTol {
					t.Errorf("%s: lambda = %v: F = %v on the columns left, %v on all", name, l, v, whole.Value)
				}
				r, used, err := p.solve(t.Context(), m, l, start, true)
				if err != nil || !used || r.Status != descent.Converged || r.Iterations != part.Iterations {
					t.Errorf("%s: lambda = %v: %s after %d iterations, %d of them on the columns left (%v)", name, l, r.Status, r.Iterations, part.Iterations, err)
				}
			}
			start = whole.X
		}
		if screened < c.want {
			t.Errorf("%s: screening helped at %d of 60 values: want at least %d", name, screened, c.want)
		}
	}
}

func TestGatherScatter(t *testing.T) {
	p := &path{d: 4, null: make([]float64, 4)}
	p.base, _ = glm.New("gather", &linalg.Dense{Rows: 2, Cols: 4, Data: make([]float64, 8)}, []float64{1, -1}, glm.Spec{Intercept: true})
	p.null = make([]float64, p.base.Dim())
	y := p.gather([]float64{1, 2, 3, 4, 5}, []int{1, 3})
	if len(y) != 3 || y[0] != 2 || y[1] != 4 || y[2] != 5 {
		t.Errorf("gathered %v", y)
	}
	if x := p.scatter(y, []int{1, 3}); len(x) != 5 || x[0] != 0 || x[1] != 2 || x[2] != 0 || x[3] != 4 || x[4] != 5 {
		t.Errorf("scattered %v", x)
	}
}
