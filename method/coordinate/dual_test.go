package coordinate_test

import (
	"math"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/descenttest"
	"github.com/godescent/descent/method/coordinate"
	"github.com/godescent/descent/method/newton"
	"github.com/godescent/descent/problem/glm"
)

const checkedData = "the rows and targets are checked where the model is made, and a dual step of finite numbers is finite"

func TestDualCDContract(t *testing.T) {
	for name, p := range map[string]func() *descent.Problem{
		"hinge":         model(t, 21, 40, 90, 0.4, "sign", glm.Spec{Loss: glm.Hinge{}, L2: 0.1}),
		"dense hinge":   model(t, 22, 40, 60, 1, "sign", glm.Spec{Loss: glm.Hinge{}, L2: 0.1, Intercept: true, Scale: glm.ScaleStd}),
		"squared hinge": model(t, 23, 40, 90, 0.4, "sign", glm.Spec{Loss: glm.SquaredHinge{}, L2: 0.1, Intercept: true}),
		"logistic":      model(t, 24, 40, 90, 0.4, "sign", glm.Spec{Loss: glm.Logistic{}, L2: 0.1, Intercept: true, Scale: glm.ScaleStd}),
		"ridge":         model(t, 25, 40, 90, 0.4, "number", glm.Spec{L2: 0.3, Intercept: true}),
		"huber":         model(t, 26, 40, 90, 0.4, "number", glm.Spec{Loss: glm.Huber{Epsilon: 0.5}, L2: 0.2}),
	} {
		variants := map[string]descent.Method{"seed": coordinate.DualCD{Seed: 1}}
		inert := map[string]string{"Rest": "no sample settles with a smooth loss"}
		if name == "hinge" {
			variants["rest"] = coordinate.DualCD{Rest: -1}
			inert = nil
		}
		descenttest.TestMethod(t, descenttest.Case{
			Name: name, Method: coordinate.DualCD{}, Problem: p, X0: make([]float64, p().Dim), Options: descent.Options{Tol: 1e-8, MaxIter: 5000},
			Variants: variants, Inert: inert, NoNaN: checkedData,
		})
	}
}

func TestALNewtonContract(t *testing.T) {
	for name, p := range kinkedModels(t) {
		variants := map[string]descent.Method{"sigma": coordinate.ALNewton{Sigma: 0.1}, "grow": coordinate.ALNewton{Grow: 1.5}, "inner": coordinate.ALNewton{Inner: 0.9}}
		descenttest.TestMethod(t, descenttest.Case{
			Name: name, Method: coordinate.ALNewton{}, Problem: p, X0: make([]float64, p().Dim), Options: descent.Options{Tol: 1e-9, MaxIter: 500},
			Variants: variants, NoNaN: checkedData,
			Bad: map[string]descent.Method{
				"sigma": coordinate.ALNewton{Sigma: -1}, "grow": coordinate.ALNewton{Grow: 0.5}, "inner": coordinate.ALNewton{Inner: 1}, "NaN": coordinate.ALNewton{Sigma: math.NaN()},
			},
		})
	}
}

func kinkedModels(t *testing.T) map[string]func() *descent.Problem {
	weights := fill(120, 1)
	weights[3], weights[4] = 0, 5
	return map[string]func() *descent.Problem{
		"svm":             model(t, 31, 120, 20, 0.5, "sign", glm.Spec{Loss: glm.Hinge{}, L2: 0.01, Intercept: true}),
		"weighted svm":    model(t, 32, 120, 20, 0.5, "sign", glm.Spec{Loss: glm.Hinge{}, L2: 0.1, Intercept: true, Weights: weights, Scale: glm.ScaleStd}),
		"sparse svm":      model(t, 33, 120, 60, 0.5, "sign", glm.Spec{Loss: glm.Hinge{}, L1: 0.04, Intercept: true}),
		"non-negative":    model(t, 34, 120, 20, 0.5, "sign", glm.Spec{Loss: glm.Hinge{}, L2: 0.05, NonNeg: true, Intercept: true}),
		"wide, l1 and l2": model(t, 35, 60, 150, 0.3, "sign", glm.Spec{Loss: glm.Hinge{}, L1: 0.02, L2: 0.01}),
	}
}

// Both dual methods find the same minimum, and Newton's that of a smooth loss.
func TestDualMethodsAgree(t *testing.T) {
	svm := model(t, 41, 60, 30, 0.5, "sign", glm.Spec{Loss: glm.Hinge{}, L2: 0.1, Intercept: true, Scale: glm.ScaleStd})
	a := run(t, svm(), coordinate.DualCD{}, descent.Options{Tol: 1e-10})
	b := run(t, svm(), coordinate.ALNewton{}, descent.Options{Tol: 1e-10})
	if math.Abs(a.Value-b.Value) > 1e-10 || a.Status != descent.Converged || b.Status != descent.Converged {
		t.Errorf("hinge: dual-cd %.15g (%s), al-newton %.15g (%s)", a.Value, a.Status, b.Value, b.Status)
	}
	log := model(t, 42, 40, 60, 0.5, "sign", glm.Spec{Loss: glm.Logistic{}, L2: 0.05, Intercept: true, Scale: glm.ScaleStd})
	c := run(t, log(), coordinate.DualCD{}, descent.Options{Tol: 1e-11})
	d := run(t, log(), newton.Newton{}, descent.Options{Tol: 1e-11})
	if math.Abs(c.Value-d.Value) > 1e-11 {
		t.Errorf("logistic: dual-cd %.15g, newton %.15g", c.Value, d.Value)
	}
	for j, v := range c.X {
		if math.Abs(v-d.X[j]) > 1e-4 {
			t.Errorf("logistic: x[%d] = %v, by newton %v", j, v, d.X[j])
		}
	}
}

// A witness that is no dual point makes a bad certificate, never a false one.
func TestWitnessIsChecked(t *testing.T) {
	p := kinkedModels(t)["svm"]()
	r := run(t, p, coordinate.ALNewton{}, descent.Options{Tol: 1e-9})
	if len(r.Witness) != 120 {
		t.Fatalf("witness of length %d", len(r.Witness))
	}
	best := r.Value
	for name, change := range map[string]func(u []float64){
		"zeros":         func(u []float64) { clear(u) },
		"signs":         func(u []float64) { u[0], u[1] = -u[0], 1 },
		"out of domain": func(u []float64) { u[5] = 7 },
		"halved":        func(u []float64) { u[2] /= 2 },
	} {
		u := append([]float64(nil), r.Witness...)
		change(u)
		value, c, err := descent.Certify(p, r.X, u, 1e-9)
		if err != nil || value-c.Value*max(1, value) > best+1e-12 {
			t.Errorf("%s: the certificate says F* >= %v, but F = %v is reached (%v)", name, value-c.Value*max(1, value), best, err)
		}
	}
	if _, c, _ := descent.Certify(p, r.X, r.Witness[:100], 1e-9); c.Kind != descent.NoCertificate {
		t.Errorf("a witness of the wrong length gives %v", c)
	}
	if _, c, _ := descent.Certify(p, r.X, nil, 1e-9); c.Kind != descent.NoCertificate {
		t.Errorf("no witness gives %v", c)
	}
}

func TestDualCDRefuses(t *testing.T) {
	for name, p := range map[string]*descent.Problem{
		"no ridge": model(t, 1, 60, 20, 0.3, "number", glm.Spec{})(),
		"poisson":  model(t, 1, 60, 20, 0.3, "count", glm.Spec{Loss: glm.Poisson{}, L2: 1})(),
		"l1":       model(t, 1, 60, 20, 0.3, "number", glm.Spec{L1: 1, L2: 1})(),
		"no dual":  {Name: "value only", Dim: 20, Objective: valueOnly{}},
	} {
		if _, err := (coordinate.DualCD{}).Start(p, make([]float64, 20)); err == nil {
			t.Errorf("%s is taken", name)
		} else {
			t.Log(err)
		}
	}
}

// With few free samples the dual is solved as a quadratic program: exactly, after a few
// epochs, with and without an intercept.
func TestDualCDIsFiniteOnFewSamples(t *testing.T) {
	for name, spec := range map[string]glm.Spec{
		"hinge": {Loss: glm.Hinge{}, L2: 0.01}, "squared hinge": {Loss: glm.SquaredHinge{}, L2: 0.01}, "huber": {Loss: glm.Huber{Epsilon: 0.5}, L2: 0.01},
	} {
		kind := "sign"
		if name == "huber" {
			kind = "number"
		}
		r := run(t, model(t, 51, 40, 120, 0.5, kind, spec)(), coordinate.DualCD{}, descent.Options{Tol: 1e-13, MaxIter: 30})
		if r.Status != descent.Converged {
			t.Errorf("%s: %s after %d epochs, %v", name, r.Status, r.Iterations, r.Certificate)
		}
	}
}

// A dual step is exact for the intercept's coordinate too: each visit maximizes
// D(t) - (B^2/(2 n^2 l2)) (sum_i c_i t_i)^2 + ..., so that with targets far from 0, where the
// intercept is all, an epoch or two do.
func TestDualCDStepsKnowTheIntercept(t *testing.T) {
	x, y := planted(52, 60, 90, 0.05, "number")
	for i := range y {
		y[i] += 100
	}
	m, err := glm.New("far targets", x, y, glm.Spec{Loss: glm.Huber{Epsilon: 300}, L2: 10, Intercept: true})
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, m.Problem(), coordinate.DualCD{}, descent.Options{Tol: 1e-9, MaxIter: 400})
	if r.Status != descent.Converged {
		t.Errorf("%s after %d epochs, %v", r.Status, r.Iterations, r.Certificate)
	}
}

// With an intercept the slopes of a witness must sum to zero: those of a fit without one do
// not, and must not prove that x = (w, 0) is optimal.
func TestWitnessIsBalanced(t *testing.T) {
	spec := glm.Spec{Loss: glm.Hinge{}, L2: 0.05}
	without := run(t, model(t, 53, 100, 10, 0.6, "sign", spec)(), coordinate.ALNewton{}, descent.Options{Tol: 1e-9})
	spec.Intercept = true
	p := model(t, 53, 100, 10, 0.6, "sign", spec)()
	best := run(t, p, coordinate.ALNewton{}, descent.Options{Tol: 1e-9})
	if without.Value-best.Value < 1e-3 {
		t.Fatalf("F = %v without and %v with an intercept: nothing to tell apart", without.Value, best.Value)
	}
	value, c, err := descent.Certify(p, append(append([]float64(nil), without.X...), 0), without.Witness, 1e-9)
	if err != nil || value-c.Value*max(1, value) > best.Value+1e-9 {
		t.Errorf("the certificate says F* >= %v, but F = %v is reached (%v)", value-c.Value*max(1, value), best.Value, err)
	}
}
