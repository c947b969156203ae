package coordinate_test

import (
	"context"
	"math"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/data"
	"github.com/godescent/descent/descenttest"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/method/coordinate"
	"github.com/godescent/descent/method/proximal"
	"github.com/godescent/descent/problem/glm"
	"github.com/godescent/descent/prox"
	"github.com/godescent/descent/rng"
)

// planted returns an n x d matrix, a share of it stored, with columns of different scale,
// and targets from a tenth of the columns: numbers, signs, counts or classes 0..2.
func planted(seed uint64, n, d int, share float64, kind string) (*linalg.CSR, []float64) {
	r := rng.New(seed, "coordinate test")
	var row, col []int32
	var val []float64
	z := make([]float64, n)
	for i := range n {
		for j := range d {
			if r.Float64() >= share {
				continue
			}
			v := r.Norm() * math.Pow(3, -float64(j)/float64(d))
			row, col, val = append(row, int32(i)), append(col, int32(j)), append(val, v)
			if j%10 == 0 {
				z[i] += v
			}
		}
	}
	x, err := linalg.FromTriplets(n, d, row, col, val)
	if err != nil {
		panic(err)
	}
	for i := range z {
		z[i] += 0.3 * r.Norm()
		switch kind {
		case "sign":
			z[i] = math.Copysign(1, z[i]-0.2)
		case "count":
			z[i] = math.Round(math.Exp(min(z[i], 2)))
		case "class":
			z[i] = float64(min(2, max(0, int(math.Floor(z[i]+1.5)))))
		}
	}
	return x, z
}

func model(t testing.TB, seed uint64, n, d int, share float64, kind string, spec glm.Spec) func() *descent.Problem {
	x, y := planted(seed, n, d, share, kind)
	return func() *descent.Problem {
		m, err := glm.New("planted", x, y, spec)
		if err != nil {
			t.Fatal(err)
		}
		return m.Problem()
	}
}

// sparseModels are models with the losses and penalties that prox-newton solves.
func sparseModels(t testing.TB) map[string]func() *descent.Problem {
	return map[string]func() *descent.Problem{
		"lasso":                 model(t, 1, 60, 150, 0.3, "number", glm.Spec{L1: 0.02}),
		"dense lasso":           model(t, 2, 60, 150, 1, "number", glm.Spec{L1: 0.02, Intercept: true}),
		"elastic net, scaled":   model(t, 3, 80, 40, 0.3, "number", glm.Spec{L1: 0.05, L2: 0.1, Intercept: true, Scale: glm.ScaleStd}),
		"logistic":              model(t, 4, 80, 120, 0.4, "sign", glm.Spec{Loss: glm.Logistic{}, L1: 0.01, Intercept: true}),
		"non-negative":          model(t, 5, 80, 40, 0.4, "number", glm.Spec{L1: 0.01, NonNeg: true}),
		"box":                   model(t, 6, 80, 20, 0.4, "sign", glm.Spec{Loss: glm.Logistic{}, Lower: fill(20, -0.2), Upper: fill(20, 0.3), Intercept: true}),
		"squared hinge":         model(t, 7, 80, 50, 0.4, "sign", glm.Spec{Loss: glm.SquaredHinge{}, L1: 0.02, L2: 0.001}),
		"huber":                 model(t, 8, 90, 40, 0.4, "number", glm.Spec{Loss: glm.Huber{Epsilon: 0.5}, L1: 0.01, Intercept: true}),
		"poisson":               model(t, 9, 80, 40, 0.4, "count", glm.Spec{Loss: glm.Poisson{}, L1: 0.02, L2: 0.01, Intercept: true}),
		"multinomial":           model(t, 10, 90, 20, 0.5, "class", glm.Spec{Loss: glm.Multinomial{K: 3}, L1: 0.01, L2: 0.001, Intercept: true}),
		"multinomial, centered": model(t, 10, 90, 20, 0.5, "class", glm.Spec{Loss: glm.Multinomial{K: 3}, L1: 0.01, Intercept: true, Scale: glm.ScaleStd}),
	}
}

func fill(n int, v float64) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = v
	}
	return x
}

func TestProxNewtonContract(t *testing.T) {
	for name, p := range sparseModels(t) {
		inert := map[string]string{"Forcing": "tried on other problems", "Speedup": "H costs little on so few coordinates"}
		variants := map[string]descent.Method{"grow": coordinate.ProxNewton{Grow: 2}, "most": coordinate.ProxNewton{Most: 4}}
		if name == "box" {
			delete(variants, "grow")
			inert["Grow"] = "every coordinate is inside of its bounds at the start, so in the working set"
		}
		if name == "logistic" {
			delete(inert, "Forcing")
			variants["forcing"] = coordinate.ProxNewton{Forcing: 0.9}
		}
		descenttest.TestMethod(t, descenttest.Case{
			Name: name, Method: coordinate.ProxNewton{}, Problem: p, X0: make([]float64, p().Dim), Options: descent.Options{Tol: 1e-10, MaxIter: 500},
			Variants: variants, Inert: inert,
			Bad: map[string]descent.Method{
				"grow": coordinate.ProxNewton{Grow: -1}, "most": coordinate.ProxNewton{Most: -1}, "forcing": coordinate.ProxNewton{Forcing: 1}, "NaN": coordinate.ProxNewton{Forcing: math.NaN()},
				"speedup": coordinate.ProxNewton{Speedup: "nesterov"},
			},
		})
	}
}

// Models without H: of which none may be formed.
func TestProxNewtonWithoutHContract(t *testing.T) {
	for name, p := range map[string]func() *descent.Problem{
		"lasso":    model(t, 21, 100, 200, 0.1, "number", glm.Spec{L1: 0.005, Intercept: true, Scale: glm.ScaleStd}),
		"logistic": model(t, 22, 200, 100, 0.1, "sign", glm.Spec{Loss: glm.Logistic{}, L1: 0.0002}),
	} {
		descenttest.TestMethod(t, descenttest.Case{
			Name: name, Method: coordinate.ProxNewton{Most: 1}, Problem: p, X0: make([]float64, p().Dim), Options: descent.Options{Tol: 1e-10, MaxIter: 500},
			Variants: map[string]descent.Method{
				"grow": coordinate.ProxNewton{Most: 1, Grow: 2}, "most": coordinate.ProxNewton{}, "forcing": coordinate.ProxNewton{Most: 1, Forcing: 0.9},
				"anderson": coordinate.ProxNewton{Most: 1, Speedup: "anderson"}, "none": coordinate.ProxNewton{Most: 1, Speedup: "none"},
			},
		})
		a := run(t, p(), coordinate.ProxNewton{Most: 1}, descent.Options{Tol: 1e-12, MaxIter: 1000})
		b := run(t, p(), proximal.FISTA{}, descent.Options{Tol: 1e-12, MaxIter: 100_000})
		if math.Abs(a.Value-b.Value) > 1e-11*max(1, math.Abs(b.Value)) {
			t.Errorf("%s: value %.15g, FISTA %.15g", name, a.Value, b.Value)
		}
	}
}

func run(t *testing.T, p *descent.Problem, m descent.Method, opt descent.Options) *descent.Result {
	t.Helper()
	r, err := descent.Solve(context.Background(), p, m, make([]float64, p.Dim), opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The same optimum as an independent method, with the same support.
func TestProxNewtonAgreesWithFISTA(t *testing.T) {
	for name, p := range sparseModels(t) {
		a := run(t, p(), coordinate.ProxNewton{}, descent.Options{Tol: 1e-12, MaxIter: 1000})
		b := run(t, p(), proximal.FISTA{}, descent.Options{Tol: 1e-12, MaxIter: 100_000})
		if math.Abs(a.Value-b.Value) > 1e-11*max(1, math.Abs(b.Value)) {
			t.Errorf("%s: value %.15g, FISTA %.15g", name, a.Value, b.Value)
		}
		if a.Status != descent.Converged && a.Certificate.Value > 1e-10 {
			t.Errorf("%s: %s, %v, %q", name, a.Status, a.Certificate, a.Diagnosis)
		}
	}
}

// A start outside of the bounds is moved to their nearest point.
func TestProxNewtonStartsInsideOfBounds(t *testing.T) {
	r := run(t, model(t, 6, 80, 20, 0.4, "number", glm.Spec{Lower: fill(20, 0.2), Upper: fill(20, 0.9)})(), coordinate.ProxNewton{}, descent.Options{Tol: 1e-10})
	if r.Status != descent.Converged {
		t.Errorf("%s after %d iterations, %v, %q", r.Status, r.Iterations, r.Certificate, r.Diagnosis)
	}
}

// Near the solution the method is Newton's on the support: the violation is squared by
// each step, so a tolerance a thousand times smaller costs a step or two.
func TestProxNewtonIsSuperlinear(t *testing.T) {
	p := sparseModels(t)["logistic"]
	coarse := run(t, p(), coordinate.ProxNewton{Forcing: 1e-6}, descent.Options{Tol: 1e-5})
	fine := run(t, p(), coordinate.ProxNewton{Forcing: 1e-6}, descent.Options{Tol: 1e-12})
	if fine.Status != descent.Converged || fine.Iterations > coarse.Iterations+2 {
		t.Errorf("%d iterations to 1e-5, %d to 1e-12 (%s): want at most 2 more", coarse.Iterations, fine.Iterations, fine.Status)
	}
}

// At and above lambda_max the solution is zero, and found at the start.
func TestLambdaMaxGivesZero(t *testing.T) {
	x, y := planted(1, 60, 150, 0.3, "number")
	g := make([]float64, 150)
	x.MulVecT(g, y)
	top := 0.0
	for _, v := range g {
		top = max(top, math.Abs(v)/60)
	}
	for _, l := range []float64{top, 2 * top} {
		r := run(t, model(t, 1, 60, 150, 0.3, "number", glm.Spec{L1: l})(), coordinate.ProxNewton{}, descent.Options{Tol: 1e-12})
		if r.Iterations != 0 || r.Status != descent.Converged {
			t.Errorf("lambda = %v lambda_max: %s after %d iterations", l/top, r.Status, r.Iterations)
		}
	}
	if r := run(t, model(t, 1, 60, 150, 0.3, "number", glm.Spec{L1: top * 0.999})(), coordinate.ProxNewton{}, descent.Options{Tol: 1e-12}); r.Iterations == 0 {
		t.Error("below lambda_max no iteration was made")
	}
}

// Duplicated and zero columns, and rows without entries.
func TestDegenerateData(t *testing.T) {
	x, y := planted(3, 50, 30, 0.5, "number")
	var row, col []int32
	var val []float64
	for i := range 50 {
		if i%7 == 0 {
			continue // an empty row
		}
		for p := x.Ptr[i]; p < x.Ptr[i+1]; p++ {
			j := x.Idx[p]
			row, col, val = append(row, int32(i), int32(i)), append(col, j, j+30), append(val, x.Val[p], x.Val[p])
		}
		row, col, val = append(row, int32(i)), append(col, 60), append(val, 1) // nearly constant
	}
	twice, err := linalg.FromTriplets(50, 62, row, col, val) // column 61 is zero
	if err != nil {
		t.Fatal(err)
	}
	for name, spec := range map[string]glm.Spec{
		"lasso": {L1: 0.01, Intercept: true}, "ridgeless bounds": {NonNeg: true}, "huber": {Loss: glm.Huber{Epsilon: 0.1}, L1: 0.003, Intercept: true},
	} {
		m, err := glm.New(name, twice, y, spec)
		if err != nil {
			t.Fatal(err)
		}
		p := m.Problem()
		r := run(t, p, coordinate.ProxNewton{}, descent.Options{Tol: 1e-9, MaxIter: 2000})
		if r.Status != descent.Converged {
			t.Errorf("%s: %s after %d iterations, %v, %q", name, r.Status, r.Iterations, r.Certificate, r.Diagnosis)
		}
		if r.X[61] != 0 {
			t.Errorf("%s: the zero column has the coefficient %v", name, r.X[61])
		}
	}
}

// With a penalty that is not convex the method ends at a stationary point, below the
// start.
func TestProxNewtonNonConvex(t *testing.T) {
	for name, h := range map[string]descent.Regularizer{
		"MCP": prox.MCP{Lambda: 0.05, Gamma: 3}, "SCAD": prox.SCAD{Lambda: 0.05}, "log-sum": prox.LogSum{Lambda: 0.01, Eps: 0.1},
	} {
		for _, loss := range []string{"number", "sign"} {
			spec := glm.Spec{}
			if loss == "sign" {
				spec.Loss = glm.Logistic{}
			}
			p := model(t, 12, 120, 40, 0.5, loss, spec)()
			p.Objective = uncertified{p.Objective.(*glm.Model)}
			p.Regularizer = h
			r := run(t, p, coordinate.ProxNewton{}, descent.Options{Tol: 1e-9, MaxIter: 500})
			if r.Status != descent.Converged || r.Certificate.Kind != descent.SubdiffCertificate {
				t.Errorf("%s, %s: %s after %d iterations, %v, %q", name, loss, r.Status, r.Iterations, r.Certificate, r.Diagnosis)
			}
			if start := p.Total(make([]float64, p.Dim)); !(r.Value < start) {
				t.Errorf("%s, %s: F = %v, at the start %v", name, loss, r.Value, start)
			}
		}
	}
}

// uncertified hides the duality gap, which knows nothing of other regularizers.
type uncertified struct{ *glm.Model }

func (uncertified) Certify([]float64) (descent.Certificate, bool) {
	return descent.Certificate{}, false
}

func TestProxNewtonRefuses(t *testing.T) {
	p := model(t, 1, 60, 20, 0.3, "number", glm.Spec{GroupL1: 0.1, Groups: [][]int{{0, 1}}})()
	if _, err := (coordinate.ProxNewton{}).Start(p, make([]float64, 20)); err == nil {
		t.Error("a group norm is taken for a sum over coordinates")
	}
	q := &descent.Problem{Name: "value only", Dim: 2, Objective: valueOnly{}}
	if _, err := (coordinate.ProxNewton{}).Start(q, make([]float64, 2)); err == nil {
		t.Error("a problem without Hessian is taken")
	}
}

type valueOnly struct{}

func (valueOnly) Value(x []float64) float64 { return x[0] }

// MCP of little more than gamma 1 has coordinates whose model is least beyond a hill of F:
// the line search alone would stop there.
func TestProxNewtonLeavesHills(t *testing.T) {
	set, err := data.Load("breast-cancer", data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	y := make([]float64, len(set.Y))
	for i, v := range set.Y {
		y[i] = 2*v - 1
	}
	m, err := glm.New("hills", set.X, y, glm.Spec{
		Loss: glm.SquaredHinge{}, Intercept: true, Scale: glm.ScaleStd, Nonconvex: prox.MCP{Lambda: 0.7673664889552709, Gamma: 1.1},
	})
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, m.Problem(), coordinate.ProxNewton{}, descent.Options{Tol: 1e-9, MaxIter: 50})
	if r.Status != descent.Converged {
		t.Errorf("%s after %d iterations, %v, %q", r.Status, r.Iterations, r.Certificate, r.Diagnosis)
	}
}
