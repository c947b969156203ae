package fit

import (
	"context"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/problem/glm"
	"github.com/godescent/descent/rng"
)

// samples returns n samples of 6 columns and targets of a kind that depend on two of them.
func samples(n int, kind string) (*linalg.Dense, []float64) {
	r := rng.New(5, "cv test")
	x, _ := linalg.NewDense(n, 6, nil)
	y := make([]float64, n)
	for i := range n {
		for j := range 6 {
			x.Data[i*6+j] = r.Norm()
		}
		z := x.Data[i*6] - 0.7*x.Data[i*6+1] + 0.8*r.Norm()
		switch y[i] = z; kind {
		case "sign":
			y[i] = math.Copysign(1, z+0.3)
		case "count":
			y[i] = math.Round(math.Exp(min(z, 2)))
		case "class":
			y[i] = float64(min(2, max(0, int(math.Floor(z+1.5)))))
		}
	}
	if kind == "pairs" {
		for i := range n {
			y = append(y, x.Data[i*6+1]-y[i]+r.Norm())
		}
	}
	return x, y
}

var kinds = []struct {
	loss glm.Loss
	kind string
}{
	{glm.Squared{}, "number"}, {glm.Huber{Epsilon: 1}, "number"}, {glm.Logistic{}, "sign"}, {glm.SquaredHinge{}, "sign"}, {glm.Poisson{}, "count"}, {glm.Multinomial{K: 3}, "class"},
	{glm.MultiSquared{K: 2}, "pairs"}, {glm.Hinge{}, "sign"},
}

// The losses of folds are those of a path without the fold, computed anew.
func TestHeldOutLosses(t *testing.T) {
	const n, folds = 63, 4
	for _, k := range kinds {
		x, y := samples(n, k.kind)
		w := make([]float64, n)
		for i := range w {
			w[i] = float64(i%3) + 0.5
		}
		spec := glm.Spec{Loss: k.loss, Intercept: true, Weights: w, Scale: glm.ScaleStd}
		opt := PathOptions{N: 12, Ratio: 0.05, L1Ratio: 0.8}
		r, err := CrossValidate(context.Background(), "cv", x, y, spec, folds, 3, opt)
		if err != nil {
			t.Fatal(err)
		}
		of, err := deal(k.loss, y, n, folds, 3)
		if err != nil {
			t.Fatal(err)
		}
		all, err := Path(context.Background(), "cv", x, y, spec, opt)
		if err != nil || !reflect.DeepEqual(all.Values, r.Path.Values) || !r.Converged() {
			t.Fatalf("%s: the path on all data is another: %v", k.kind, err)
		}
		for f := range folds {
			var in, out []int
			var yin, win, yout, wout []float64
			for i := range n {
				if of[i] == f {
					out, yout, wout = append(out, i), append(yout, y[i]), append(wout, w[i])
				} else {
					in, yin, win = append(in, i), append(yin, y[i]), append(win, w[i])
				}
			}
			if len(y) > n { // the second output
				for _, i := range out {
					yout = append(yout, y[n+i])
				}
				for _, i := range in {
					yin = append(yin, y[n+i])
				}
			}
			opt.Lambdas, opt.N, opt.Ratio = []float64{r.Path.Values[7].Lambda}, 0, 0
			spec.Weights = win
			p, err := Path(context.Background(), "fold", x.SelectRows(in), yin, spec, opt)
			if err != nil {
				t.Fatal(err)
			}
			// The mean loss of held-out samples is F without penalties at these coefficients.
			spec.Weights, spec.L2, spec.Scale = wout, 1e-300, glm.ScaleNone // a hinge wants some penalty
			m, err := glm.New("held out", x.SelectRows(out), yout, spec)
			if err != nil {
				t.Fatal(err)
			}
			want := m.Value(m.Variables(p.Values[0].Dense(6), p.Values[0].Intercept))
			if math.Abs(r.Loss[f][7]-want) > 1e-3*want {
				t.Errorf("%s: fold %d has the loss %v, want %v", k.kind, f, r.Loss[f][7], want)
			}
			spec.L2, spec.Scale = 0, glm.ScaleStd
		}
		if r.Best < 1 || r.OneSE > r.Best || (classes(k.loss) > 0) != (r.ErrorMean != nil) {
			t.Errorf("%s: best %d, one standard error %d", k.kind, r.Best, r.OneSE)
		}
		if r.ErrorMean != nil && !(r.ErrorMean[r.Best] > 0 && r.ErrorMean[r.Best] < r.ErrorMean[0]) {
			t.Errorf("%s: error rates %v", k.kind, r.ErrorMean)
		}
	}
}

// The same seed gives the same bits for any number of workers, another seed other folds.
func TestCrossValidateIsReproducible(t *testing.T) {
	x, y := samples(50, "sign")
	cv := func(seed uint64, workers int) *CVResult {
		r, err := CrossValidate(context.Background(), "cv", x, y, glm.Spec{Loss: glm.Logistic{}, Intercept: true}, 5, seed, PathOptions{N: 21, Ratio: 0.05, Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		r.Seconds, r.Path.Seconds = 0, 0
		return r
	}
	one := cv(1, 1)
	if two := cv(1, 2); !reflect.DeepEqual(one, two) {
		t.Error("two workers give another result")
	}
	if other := cv(2, 1); reflect.DeepEqual(one.Loss, other.Loss) || !reflect.DeepEqual(one.Path, other.Path) {
		t.Error("the seed changes nothing, or more than the folds")
	}
}

// Folds differ by one sample at most, in all and in each class.
func TestDeal(t *testing.T) {
	for _, k := range kinds {
		_, y := samples(101, k.kind)
		of, err := deal(k.loss, y, 101, 7, 9)
		if err != nil {
			t.Fatal(err)
		}
		size := make([]int, 7)
		class := map[float64][]int{}
		for i, f := range of {
			size[f]++
			if classes(k.loss) > 0 {
				if class[y[i]] == nil {
					class[y[i]] = make([]int, 7)
				}
				class[y[i]][f]++
			}
		}
		class[math.Inf(1)] = size
		for v, s := range class {
			lo, hi := s[0], s[0]
			for _, c := range s {
				lo, hi = min(lo, c), max(hi, c)
			}
			if hi-lo > 1 {
				t.Errorf("%s: class %v has folds of %v", k.kind, v, s)
			}
		}
	}
}

// By hand: losses 1, 2, 3 of three folds have the mean 2 and the standard error
// sqrt((1+0+1)/(3*2)) = 1/sqrt 3.
func TestSummaryAndChoice(t *testing.T) {
	mean, se := summary([][]float64{{1, 4, math.NaN()}, {2, 4, 1}, {3, 4, 1}})
	if mean[0] != 2 || math.Abs(se[0]-1/math.Sqrt(3)) > 1e-15 || mean[1] != 4 || se[1] != 0 || !math.IsNaN(mean[2]) {
		t.Errorf("means %v, standard errors %v", mean, se)
	}
	nan := math.NaN()
	for _, c := range []struct {
		mean, se  []float64
		best, one int
	}{
		{[]float64{9, 5, 4, 3, 3.5}, []float64{1, 1, 1, 1, 1}, 3, 2},
		{[]float64{9, 5, 4, 3, 3.5}, []float64{1, 1, 1, 0, 9}, 3, 3},
		{[]float64{2, 2, 2}, []float64{0, 0, 0}, 0, 0},
		{[]float64{nan, 5, math.Inf(1), 4}, []float64{1, 1, nan, 1}, 3, 1},
		{[]float64{nan, nan}, []float64{1, 1}, -1, -1},
	} {
		if best, one := choose(c.mean, c.se); best != c.best || one != c.one {
			t.Errorf("means %v: best %d and %d, want %d and %d", c.mean, best, one, c.best, c.one)
		}
	}
}

func TestCrossValidateRefuses(t *testing.T) {
	x, y := samples(20, "number")
	_, signs := samples(20, "sign")
	rare := append([]float64(nil), signs...)
	for i := range rare {
		rare[i] = 1
	}
	rare[3], rare[4] = -1, -1
	counts := make([]float64, 20)
	counts[7] = 3
	zero := make([]float64, 20)
	zero[0], zero[1], zero[2] = 1, 1, 1
	for name, c := range map[string]struct {
		y     []float64
		spec  glm.Spec
		folds int
		want  string
	}{
		"one fold":      {y, glm.Spec{}, 1, "want 2 to 20"},
		"many folds":    {y, glm.Spec{}, 21, "want 2 to 20"},
		"rare class":    {rare, glm.Spec{Loss: glm.Logistic{}, Intercept: true}, 5, "class -1 has 2 of the samples: some of 5 folds"},
		"missing class": {y2(signs), glm.Spec{Loss: glm.Multinomial{K: 3}}, 2, "class 2 has 0"},
		"no count":      {counts, glm.Spec{Loss: glm.Poisson{}, Intercept: true}, 4, "every target is 0"},
		"weights":       {y, glm.Spec{Weights: zero}, 10, "weights"},
		"targets":       {signs[:10], glm.Spec{}, 2, "10 targets for 20 rows"},
	} {
		if _, err := CrossValidate(context.Background(), name, x, c.y, c.spec, c.folds, 0, PathOptions{N: 5}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v: want an error with %q", name, err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := CrossValidate(ctx, "cancelled", x, y, glm.Spec{}, 2, 0, PathOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// y2 turns signs into classes 0 and 1.
func y2(signs []float64) []float64 {
	c := make([]float64, len(signs))
	for i, v := range signs {
		c[i] = (v + 1) / 2
	}
	return c
}
