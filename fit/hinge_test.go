package fit_test

import (
	"math"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/fit"
	"github.com/godescent/descent/method/coordinate"
	"github.com/godescent/descent/problem/glm"
)

// hinges are paths of support vector machines over l1.
func hinges() []testCase {
	s := planted(1, 60, 9, "sign")
	even := planted(4, 60, 9, "sign")
	for i := range even.y { // as many of each class
		even.y[i] = float64(1 - 2*(i%2))
	}
	var out []testCase
	for _, c := range []testCase{
		{name: "plain", set: s, x: s.x},
		{name: "intercept", set: s, x: s.x, spec: glm.Spec{Intercept: true}},
		{name: "even", set: even, x: even.x, spec: glm.Spec{Intercept: true}},
		{name: "weights, scaled", set: s, x: s.x, spec: glm.Spec{Intercept: true, Weights: weights(60), Scale: glm.ScaleStd}},
		{name: "sparse, net", set: s, x: s.sparse(), spec: glm.Spec{Intercept: true, Scale: glm.ScaleMaxAbs}, opt: fit.PathOptions{L1Ratio: 0.5}},
		{name: "nonneg", set: s, x: s.x, spec: glm.Spec{Intercept: true, NonNeg: true, L2: 0.01}},
	} {
		c.spec.Loss = glm.Hinge{}
		out = append(out, c)
	}
	return out
}

// From lambda_max on all coefficients are zero, and a dual point proves it. Without intercept or
// with classes of the same weight the bound is exact.
func TestHingeLambdaMax(t *testing.T) {
	for _, c := range hinges() {
		c.opt = fit.PathOptions{N: 1, L1Ratio: c.opt.L1Ratio, Tol: 1e-9}
		at := run(t, c)
		for _, share := range []float64{1, 1.5} {
			c.opt.N, c.opt.Lambdas = 0, []float64{share * at.LambdaMax}
			if v := run(t, c).Values[0]; v.NNZ != 0 || v.Iterations != 0 || v.Status != descent.Converged || math.Abs(v.Explained) > 1e-9 {
				t.Errorf("%s: at %v lambda_max: %d coefficients, %s with %v, explains %v", c.name, share, v.NNZ, v.Status, v.Certificate, v.Explained)
			}
		}
		c.opt.Lambdas = []float64{0.99 * at.LambdaMax}
		if v := run(t, c).Values[0]; v.NNZ == 0 && (c.name == "plain" || c.name == "even") {
			t.Errorf("%s: no coefficient just below lambda_max", c.name)
		}
		c.opt.Lambdas = []float64{0.5 * at.LambdaMax}
		if v := run(t, c).Values[0]; v.NNZ == 0 && c.name != "nonneg" {
			t.Errorf("%s: no coefficient at half of lambda_max: the bound is loose", c.name)
		}
	}
}

// A value is that of a fit from zero, for l1 and ridge.
func TestHingePathIsSingleFits(t *testing.T) {
	all := hinges()
	for _, c := range hinges()[:4] {
		c.name += ", ridge"
		c.opt.Ridge = true
		all = append(all, c)
	}
	for _, c := range all {
		c.opt.N, c.opt.Ratio = 8, 0.02
		r := run(t, c)
		if c.opt.Ridge && !(r.Values[0].Explained > 0 && r.Values[0].Explained <= 0.01) {
			t.Errorf("%s: the first value explains %v", c.name, r.Values[0].Explained)
		}
		if !r.Converged() {
			t.Errorf("%s: %d of 8 values converged", c.name, r.Count(descent.Converged))
		}
		last := -1.0
		for k := range r.Values {
			v := &r.Values[k]
			p := model(t, c, v).Problem()
			s, err := descent.Solve(background, p, coordinate.ALNewton{}, make([]float64, p.Dim), descent.Options{Tol: 1e-9})
			if err != nil || math.Abs(s.Value-v.Value) > 2e-6*max(1, s.Value) || v.Certificate.Kind != descent.GapCertificate {
				t.Errorf("%s, value %d: F = %.10g with %v, a single fit %.10g (%v)", c.name, k, v.Value, v.Certificate, s.Value, err)
			}
			if !(v.Explained >= last-1e-4) {
				t.Errorf("%s, value %d: explains %v after %v", c.name, k, v.Explained, last)
			}
			last = v.Explained
		}
	}
}

// A ridge path starts where at most one percent of the deviance can be explained, of any loss.
func TestRidgePath(t *testing.T) {
	for _, c := range cases() {
		if c.opt.L1Ratio != 0 {
			continue
		}
		c.opt = fit.PathOptions{N: 6, Ridge: true}
		r := run(t, c)
		if r.Values[0].Lambda != r.LambdaMax || math.Abs(r.Values[5].Lambda/r.LambdaMax-1e-5) > 1e-13 {
			t.Errorf("%s: from %v to %v, lambda_max %v", c.name, r.Values[0].Lambda, r.Values[5].Lambda, r.LambdaMax)
		}
		if !r.Converged() {
			t.Errorf("%s: %d of 6 values converged", c.name, r.Count(descent.Converged))
		}
		if e := r.Values[0].Explained; !(e > 0.0005 && e <= 0.01) {
			t.Errorf("%s: the first value explains %v", c.name, e)
		}
		v := &r.Values[3]
		if v.L1 != 0 || v.TaskL1 != 0 || v.L2 != c.spec.L2+v.Lambda {
			t.Errorf("%s: penalties %+v", c.name, v)
		}
	}
}

func TestHingePathRefuses(t *testing.T) {
	s := planted(1, 60, 9, "sign")
	for _, c := range []struct {
		spec glm.Spec
		opt  fit.PathOptions
	}{
		{glm.Spec{Loss: glm.Hinge{}, Intercept: true, L2: 1, Groups: [][]int{{0, 1}}}, fit.PathOptions{}},
		{glm.Spec{Groups: [][]int{{0, 1}}}, fit.PathOptions{Ridge: true}},
		{glm.Spec{}, fit.PathOptions{Ridge: true, L1Ratio: 0.5}},
		{glm.Spec{TaskL1: 1}, fit.PathOptions{}},
	} {
		if _, err := fit.Path(background, "bad", s.x, s.y, c.spec, c.opt); err == nil {
			t.Errorf("%+v, %+v: no error", c.spec, c.opt)
		}
	}
}
