package firstorder

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/method/gradient"
	"github.com/godescent/descent/method/stochastic"
	"github.com/godescent/descent/rule"
)

// A claim whose expectation is wrong, or whose method is another, is refuted by the
// comparison that it concerns.
func TestCanBeRefuted(t *testing.T) {
	for _, c := range []struct {
		name   string
		check  func(context.Context, *claim.Record) error
		reason string
	}{
		{"a bound 100 times lower", nesterovRate(0.02), "largest gap / upper bound"},
		{"gradient descent for heavy ball", accelerationDynamics(gradient.GD{Rule: "fixed"}), "point 1 of the cycle"},
		{"another count", normalizedLRGD([]published{{"normalized", 1, 17}}), "gamma = 1: updates: 16 == 17"},
		{"too few steps to tell", largeStepLoss([]float64{0.1, 10}), "rank correlation"},
		{"online gradient descent for the optimistic method", optimisticMD(onlineGD{}), "32 switches, T = 64000: loss + T"},
		{"the examples with the fast feature twice", usefulSAM(0.1, false), "growth of the slow feature"},
		{"one inner step in place of many", targetSurrogate(func(m stochastic.SSO) stochastic.SSO { m.Inner = 1; return m }, 0), "20 inner steps: gap: "},
		{"a tenth of the step that was asked for", targetSurrogate(func(m stochastic.SSO) stochastic.SSO { m.Step, m.Inner = m.Step/10, 1; return m }, 0), "one inner step"},
		{"a test that passes always", adadagrad(stochastic.Growth{Test: "norm", Eta: 50}, 2, 1), "covers: least last batch / first: 1 >= 50"},
		{"a variance of 0.02", gradientNoise(rule.Noise{Rule: rule.SGD{}, Eta: 0.02}, 0), "error of the variance"},
		{"noise that does not fall", gradientNoise(rule.Noise{Rule: rule.SGD{}, Eta: 0.01, Gamma: 1e-9}, 0), "error of the variance"},
		{"steps eta/sqrt(t) for those that fall linearly", func(ctx context.Context, r *claim.Record) error { return logFactor(ctx, r, "inv-sqrt") }, "growth of gap sqrt(T), linear"},
	} {
		o := claim.Run(context.Background(), claim.Claim{Check: c.check})
		if o.Verdict != claim.Refuted || !strings.Contains(strings.Join(o.Reasons, "\n"), c.reason) {
			t.Errorf("%s: %s %q, want refuted for %q", c.name, o.Verdict, o.Reasons, c.reason)
		}
	}
}

// The margin of (2, -1), (2, 1) and (5, 0) is 2.
func TestMargin(t *testing.T) {
	low, high, err := margin(context.Background(), [][]float64{{2, -1}, {5, 0}, {2, 1}})
	if err != nil || math.Abs(low-2) > 1e-6 || math.Abs(high-2) > 1e-6 || low > high+1e-12 {
		t.Errorf("%v <= margin <= %v (%v), want 2", low, high, err)
	}
}

func TestHardMarginGradient(t *testing.T) {
	f := hardMargin{[][]float64{{1, 2}, {-1, 0.5}, {0, 3}}, make([]float64, 2)}
	var _ descent.Smooth = f
	x, g := []float64{0.3, 0.7, 0.1}, make([]float64, 3)
	f.Gradient(g, x)
	for i := range x {
		const h = 1e-6
		v := x[i]
		x[i] = v + h
		up := f.Value(x)
		x[i] = v - h
		if d := (up - f.Value(x)) / (2 * h); math.Abs(d-g[i]) > 1e-8 {
			t.Errorf("component %d is %v, by differences %v", i, g[i], d)
		}
		x[i] = v
	}
}

func TestSpearman(t *testing.T) {
	for _, c := range []struct {
		x, y []float64
		want float64
	}{
		{[]float64{1, 2, 3}, []float64{10, 100, 1000}, 1},
		{[]float64{1, 2, 3}, []float64{3, 2, 1}, -1},
		{[]float64{1, 2, 2, 3}, []float64{1, 2, 3, 4}, 4.5 / math.Sqrt(4.5*5)},
	} {
		if got := spearman(c.x, c.y); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%v %v: %v, want %v", c.x, c.y, got, c.want)
		}
	}
}

func TestFeaturesGradient(t *testing.T) {
	f := newFeatures(1)
	f.weight[3], f.weight[5] = 2, 2
	w, g := slices.Clone(f.start), make([]float64, len(f.start))
	f.gradient(g, w)
	for _, i := range []int{0, 1, 2, 49, 50, 51, 777, len(w) - 1} {
		const h = 1e-5
		v, unused := w[i], make([]float64, len(w))
		w[i] = v + h
		up := f.gradient(unused, w)
		w[i] = v - h
		if d := (up - f.gradient(unused, w)) / (2 * h); math.Abs(d-g[i]) > 1e-8 {
			t.Errorf("component %d is %v, by differences %v", i, g[i], d)
		}
		w[i] = v
	}
}

func TestBestSplit(t *testing.T) {
	for _, c := range []struct {
		x    []float64
		want int
	}{{[]float64{0, 0.1, 5, 5.1, 5.2}, 2}, {[]float64{1, 1, 1}, 0}, {[]float64{-3, 1, 1.5}, 1}, {nil, 0}} {
		if got := bestSplit(c.x); got != c.want {
			t.Errorf("%v: %d, want %d", c.x, got, c.want)
		}
	}
}
