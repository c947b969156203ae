package coordinate_test

import (
	"math"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/descenttest"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/method/coordinate"
	"github.com/godescent/descent/method/proximal"
	"github.com/godescent/descent/problem/glm"
	"github.com/godescent/descent/prox"
)

// bySize returns groups of neighbours that cover d columns, the last one being shorter.
func bySize(d, size int) (groups [][]int) {
	for j := 0; j < d; j += size {
		var g []int
		for i := j; i < min(d, j+size); i++ {
			g = append(g, i)
		}
		groups = append(groups, g)
	}
	return groups
}

// groupModels are models with the losses that group-newton solves, and groups of one column,
// of some, of more than it diagonalizes, scattered ones, and columns in none.
func groupModels(t testing.TB) map[string]func() *descent.Problem {
	scattered := [][]int{{7, 0, 31}, {2, 3}, {30, 1, 12, 5}, {}, {20}}
	return map[string]func() *descent.Problem{
		"squared":        model(t, 1, 60, 150, 0.3, "number", glm.Spec{GroupL1: 0.03, Groups: bySize(150, 4)}),
		"dense":          model(t, 2, 60, 150, 1, "number", glm.Spec{GroupL1: 0.03, Groups: bySize(150, 7), Intercept: true}),
		"with ridge":     model(t, 3, 80, 40, 0.3, "number", glm.Spec{GroupL1: 0.05, L2: 0.1, Groups: scattered, Intercept: true, Scale: glm.ScaleStd}),
		"wide groups":    model(t, 4, 90, 200, 0.4, "number", glm.Spec{GroupL1: 0.01, Groups: bySize(200, 40), Intercept: true}),
		"logistic":       model(t, 5, 80, 120, 0.4, "sign", glm.Spec{Loss: glm.Logistic{}, GroupL1: 0.01, Groups: bySize(120, 5), Intercept: true}),
		"free columns":   model(t, 6, 90, 40, 0.4, "sign", glm.Spec{Loss: glm.Logistic{}, GroupL1: 0.02, Groups: bySize(36, 3)}),
		"multinomial":    model(t, 7, 90, 20, 0.5, "class", glm.Spec{Loss: glm.Multinomial{K: 3}, GroupL1: 0.01, Groups: bySize(20, 4), Intercept: true, L2: 1e-3}),
		"poisson":        model(t, 8, 80, 40, 0.4, "count", glm.Spec{Loss: glm.Poisson{}, GroupL1: 0.02, L2: 0.01, Groups: bySize(40, 3), Intercept: true}),
		"squared hinge":  model(t, 9, 80, 50, 0.4, "sign", glm.Spec{Loss: glm.SquaredHinge{}, GroupL1: 0.02, L2: 1e-3, Groups: bySize(50, 6)}),
		"huber, singles": model(t, 10, 90, 40, 0.4, "number", glm.Spec{Loss: glm.Huber{Epsilon: 0.5}, GroupL1: 0.01, Groups: bySize(40, 1), Intercept: true}),
	}
}

func TestGroupNewtonAgreesWithFISTA(t *testing.T) {
	for name, p := range groupModels(t) {
		a := run(t, p(), coordinate.GroupNewton{}, descent.Options{Tol: 1e-12, MaxIter: 1000})
		b := run(t, p(), proximal.FISTA{}, descent.Options{Tol: 1e-12, MaxIter: 100_000})
		if math.Abs(a.Value-b.Value) > 1e-11*max(1, math.Abs(b.Value)) {
			t.Errorf("%s: value %.15g, FISTA %.15g", name, a.Value, b.Value)
		}
		if a.Status != descent.Converged && a.Certificate.Value > 1e-10 {
			t.Errorf("%s: %s, %v, %q", name, a.Status, a.Certificate, a.Diagnosis)
		}
	}
}

func nonzero(x []float64) (n int) {
	for _, v := range x {
		if v != 0 {
			n++
		}
	}
	return n
}

func TestGroupNewtonContract(t *testing.T) {
	for name, p := range groupModels(t) {
		c := descenttest.Case{
			Name: name, Method: coordinate.GroupNewton{}, Problem: p, X0: make([]float64, p().Dim), Options: descent.Options{Tol: 1e-10, MaxIter: 500},
			Variants: map[string]descent.Method{"grow": coordinate.GroupNewton{Grow: 1}, "most": coordinate.GroupNewton{Most: 4}, "forcing": coordinate.GroupNewton{Forcing: 0.9}},
			Bad: map[string]descent.Method{
				"grow": coordinate.GroupNewton{Grow: -1}, "most": coordinate.GroupNewton{Most: -1}, "forcing": coordinate.GroupNewton{Forcing: 1}, "NaN": coordinate.GroupNewton{Forcing: math.NaN()},
			},
		}
		if name == "with ridge" {
			delete(c.Variants, "grow")
			c.Inert = map[string]string{"Grow": "most columns are free, so in every working set"}
		}
		descenttest.TestMethod(t, c)
	}
}

// With groups of one column the group norm is |w|_1.
func TestGroupsOfOneAreTheLasso(t *testing.T) {
	for kind, loss := range map[string]glm.Loss{"number": glm.Squared{}, "sign": glm.Logistic{}, "class": glm.Multinomial{K: 3}} {
		opt := descent.Options{Tol: 1e-13, MaxIter: 500}
		group := run(t, model(t, 3, 80, 60, 0.4, kind, glm.Spec{Loss: loss, GroupL1: 0.02, Groups: bySize(60, 1), Intercept: true})(), coordinate.GroupNewton{}, opt)
		lasso := run(t, model(t, 3, 80, 60, 0.4, kind, glm.Spec{Loss: loss, L1: 0.02, Intercept: true})(), coordinate.ProxNewton{}, opt)
		if math.Abs(group.Value-lasso.Value) > 1e-12*math.Abs(lasso.Value) {
			t.Errorf("%s: value %.15g, of the lasso %.15g", kind, group.Value, lasso.Value)
		}
		for j, v := range lasso.X {
			if j >= 60*len(lasso.X)/61 {
				break // intercepts, which are unique up to a constant only where there are several
			}
			if u := group.X[j]; math.Abs(u-v) > 1e-6 || (u == 0) != (v == 0) {
				t.Errorf("%s: coefficient %d is %v, of the lasso %v", kind, j, u, v)
			}
		}
	}
}

// At and above the largest lambda the solution is zero, and found at the start.
func TestGroupLambdaMaxGivesZero(t *testing.T) {
	x, y := planted(1, 60, 150, 0.3, "number")
	groups, top := bySize(150, 4), 0.0
	zero, err := glm.New("zero", x, y, glm.Spec{GroupL1: 1, Groups: groups})
	if err != nil {
		t.Fatal(err)
	}
	if top, err = zero.Threshold(make([]float64, 150)); err != nil {
		t.Fatal(err)
	}
	for _, share := range []float64{0.999, 1 + 1e-12, 2} {
		r := run(t, model(t, 1, 60, 150, 0.3, "number", glm.Spec{GroupL1: share * top, Groups: groups})(), coordinate.GroupNewton{}, descent.Options{Tol: 1e-12})
		if r.Status != descent.Converged || (r.Iterations == 0) != (share > 1) || (nonzero(r.X) == 0) != (share > 1) {
			t.Errorf("lambda = %v of the largest: %s after %d iterations, %d coefficients not zero", share, r.Status, r.Iterations, nonzero(r.X))
		}
	}
}

// Each column twice in one group, or in two, and a group of zero columns.
func TestGroupNewtonDuplicatedColumns(t *testing.T) {
	x, y := planted(3, 50, 30, 0.5, "number")
	var row, col []int32
	var val []float64
	for i := range 50 {
		for p := x.Ptr[i]; p < x.Ptr[i+1]; p++ {
			row, col = append(row, int32(i), int32(i)), append(col, x.Idx[p], x.Idx[p]+30)
			val = append(val, x.Val[p], x.Val[p])
		}
	}
	twice, err := linalg.FromTriplets(50, 62, row, col, val)
	if err != nil {
		t.Fatal(err)
	}
	within := [][]int{{60, 61}}
	for j := 0; j < 30; j += 3 {
		within = append(within, []int{j, j + 30, j + 1, j + 31, j + 2, j + 32})
	}
	for name, groups := range map[string][][]int{"within": within, "across": bySize(62, 5), "wide": bySize(62, 40)} {
		for _, loss := range []glm.Loss{glm.Squared{}, glm.Huber{Epsilon: 0.1}} {
			m, err := glm.New(name, twice, y, glm.Spec{Loss: loss, GroupL1: 0.01, Groups: groups, Intercept: true})
			if err != nil {
				t.Fatal(err)
			}
			r := run(t, m.Problem(), coordinate.GroupNewton{}, descent.Options{Tol: 1e-10, MaxIter: 200})
			if r.Status != descent.Converged || r.Iterations > 50 || r.X[61] != 0 {
				t.Errorf("%s, %T: %s after %d iterations, %v, zero column %v, %q", name, loss, r.Status, r.Iterations, r.Certificate, r.X[61], r.Diagnosis)
			}
		}
	}
}

// On the support the method is Newton's: the last digits cost few iterations.
func TestGroupNewtonIsSuperlinear(t *testing.T) {
	for name, p := range groupModels(t) {
		coarse := run(t, p(), coordinate.GroupNewton{}, descent.Options{Tol: 1e-6})
		fine := run(t, p(), coordinate.GroupNewton{}, descent.Options{Tol: 1e-12})
		if fine.Status != descent.Converged || fine.Iterations > coarse.Iterations+3 {
			t.Errorf("%s: %d iterations to 1e-6, %d to 1e-12 (%s): want at most 3 more", name, coarse.Iterations, fine.Iterations, fine.Status)
		}
	}
}

func TestGroupNewtonRefuses(t *testing.T) {
	p := model(t, 1, 60, 20, 0.3, "number", glm.Spec{L1: 0.1})()
	for name, h := range map[string]descent.Regularizer{
		"l1": p.Regularizer, "none": nil, "overlap": prox.GroupL1{Lambda: 1, Groups: [][]int{{0, 1}, {1, 2}}}, "outside": prox.GroupL1{Lambda: 1, Groups: [][]int{{20}}},
	} {
		p.Regularizer = h
		if _, err := (coordinate.GroupNewton{}).Start(p, make([]float64, 20)); err == nil {
			t.Errorf("%s is taken for groups", name)
		}
	}
	q := &descent.Problem{Name: "value only", Dim: 2, Objective: valueOnly{}, Regularizer: prox.MultiTask{Lambda: 1}}
	if _, err := (coordinate.GroupNewton{}).Start(q, make([]float64, 2)); err == nil {
		t.Error("a problem without Hessian is taken")
	}
}
