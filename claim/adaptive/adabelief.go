package adaptive

import (
	"context"
	"fmt"
	"math"

	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/claim/net"
	"github.com/godescent/descent/rule"
)

// AdaBelief is about steps that are long where gradients are as expected.
var AdaBelief = claim.Claim{
	ID: "adabelief",
	Paper: claim.Paper{
		Authors: "Zhuang, Tang, Ding, Tatikonda, Dvornek, Papademetris and Duncan", Year: 2020,
		Title: "AdaBelief Optimizer: Adapting Stepsizes by the Belief in Observed Gradients",
		Where: "NeurIPS 2020, arXiv:2010.07468",
	},
	Statement: "With the squared deviation of the gradient from its average in place of its square, steps are long where gradients are large and consistent: it is faster than Adam on narrow valleys, and generalizes as well as SGD.",
	Published: "Figure 2: six functions of two variables, curves without numbers. Section 3: CIFAR accuracies above Adam's and SGD's. Ours, set before the first run: fewer steps than Adam on all six at two rates, half on the first, third and fourth at 1e-3; no more than half a point of accuracy behind Adam and SGD.",
	Method: `(1) Steps until f < 1e-2 with exact subgradients, both rules with the same rate, 1e-3 and 1e-2, Eps = 1e-8. (2) For a constant gradient g the
deviation is Beta1^k g: s and the path against that closed form; 10000 steps stay finite. (3) Digits, 64 hidden units, 6
epochs, in place of CIFAR: three rules, seven learning rates each, tuned on three seeds and judged on 40 others by paired
differences; 10 gave the same answers, with an interval that hardly cleared the half point.`,
	Check: adaBelief(rule.AdaBelief{Eps: 1e-8}, 40),
}

// adaBelief checks with a rule in the place of AdaBelief, on so many seeds; none: without digits.
func adaBelief(belief rule.Rule, seeds int) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		if err := valleys(ctx, r, belief); err != nil {
			return err
		}
		if err := constantGradient(ctx, r); err != nil || seeds == 0 {
			return err
		}
		return beliefOnDigits(ctx, r, belief, seeds)
	}
}

// A planar is a function of two variables with a subgradient.
type planar struct {
	name  string
	start [2]float64
	f     func(x, y float64) (v, dx, dy float64)
}

var planars = []planar{
	{"|x| + |y|", [2]float64{3, 2}, func(x, y float64) (float64, float64, float64) {
		return math.Abs(x) + math.Abs(y), sign(x), sign(y)
	}},
	{"|x+y| + |x-y|/10", [2]float64{3, 2}, func(x, y float64) (float64, float64, float64) {
		return math.Abs(x+y) + math.Abs(x-y)/10, sign(x+y) + sign(x-y)/10, sign(x+y) - sign(x-y)/10
	}},
	{"(x+y)^2 + (x-y)^2/10", [2]float64{3, 2}, func(x, y float64) (float64, float64, float64) {
		return (x+y)*(x+y) + (x-y)*(x-y)/10, 2*(x+y) + (x-y)/5, 2*(x+y) - (x-y)/5
	}},
	{"|x|/10 + |y|", [2]float64{3, 2}, func(x, y float64) (float64, float64, float64) {
		return math.Abs(x)/10 + math.Abs(y), sign(x) / 10, sign(y)
	}},
	{"Beale", [2]float64{1, 1.5}, func(x, y float64) (float64, float64, float64) {
		a, b, c := 1.5-x+x*y, 2.25-x+x*y*y, 2.625-x+x*y*y*y
		return a*a + b*b + c*c, 2*a*(y-1) + 2*b*(y*y-1) + 2*c*(y*y*y-1), 2*a*x + 4*b*x*y + 6*c*x*y*y
	}},
	{"Rosenbrock", [2]float64{-2, 2}, func(x, y float64) (float64, float64, float64) {
		d := y - x*x
		return (1-x)*(1-x) + 100*d*d, -2*(1-x) - 400*x*d, 200 * d
	}},
}

// sign(0) is 0.
func sign(v float64) float64 {
	if v == 0 {
		return 0
	}
	return math.Copysign(1, v)
}

func valleys(ctx context.Context, r *claim.Record, belief rule.Rule) error {
	for i, f := range planars {
		for _, rate := range []float64{1e-3, 1e-2} {
			steps := func(of rule.Rule) (float64, error) {
				x := []float64{f.start[0], f.start[1]}
				p := path{rule: of, rate: constant(rate), gradient: func(g, x []float64) { _, g[0], g[1] = f.f(x[0], x[1]) }}
				k, err := p.first(ctx, x, 20_000, func() bool { v, _, _ := f.f(x[0], x[1]); return v < 1e-2 })
				return float64(k), err
			}
			b, err := steps(belief)
			if err != nil {
				return err
			}
			a, err := steps(rule.Adam{})
			if err != nil {
				return err
			}
			at := fmt.Sprintf("%s, rate %g: steps of ", f.name, rate)
			if half := i == 0 || i == 2 || i == 3; half && rate == 1e-3 {
				r.AtMost(at+"AdaBelief, half of Adam's", b, a/2)
			} else {
				r.AtMost(at+"AdaBelief, one fewer than Adam's", b, a-1)
			}
		}
	}
	return nil
}

// constantGradient compares the path with its closed form: after k steps m^ = g, and s is the sum over i <= k
// of Beta2^(k-i) ((1 - Beta2) Beta1^(2i) g^2 + Eps).
func constantGradient(ctx context.Context, r *claim.Record) error {
	const g, eps, rate = 3.0, 1e-8, 1e-3
	x, y, s := []float64{0}, 0.0, 0.0
	worst, longest, before := 0.0, 0.0, 0.0
	p := path{rule: rule.AdaBelief{Eps: eps}, rate: constant(rate), gradient: func(d, _ []float64) { d[0] = g }}
	err := p.follow(ctx, x, 10_000, func(k int, _ *rule.State[float64]) bool {
		s = 0.999*s + 0.001*math.Pow(0.9, 2*float64(k))*g*g + eps
		y -= rate * g / (math.Sqrt(s/(1-math.Pow(0.999, float64(k)))) + eps)
		worst = max(worst, math.Abs(x[0]-y)/math.Abs(y))
		longest = max(longest, math.Abs(x[0]-before)/rate)
		before = x[0]
		return true
	})
	r.AtMost("constant gradient: largest relative distance from the closed form in 10000 steps", worst, 1e-9)
	r.AtLeast("constant gradient: longest step / rate, which is 1 for Adam", longest, 1)
	return err
}

func beliefOnDigits(ctx context.Context, r *claim.Record, belief rule.Rule, seeds int) error {
	t, err := task("digits, dense")
	if err != nil {
		return err
	}
	b := net.Contestant{Name: "AdaBelief", Rule: belief, Rates: net.Decades(1e-4, 1e-1, 2)}
	for _, other := range []net.Contestant{
		{Name: "Adam", Rule: rule.Adam{}, Rates: net.Decades(1e-4, 1e-1, 2)},
		{Name: "SGD", Rule: rule.SGD{Momentum: 0.9}, Rates: net.Decades(1e-3, 1, 2)},
	} {
		d, err := t.Duel(ctx, r, b, other, net.Seeds(1, 3), net.Seeds(11, seeds))
		if err != nil {
			return err
		}
		r.DifferenceAtLeast(fmt.Sprintf("digits: mean accuracy of AdaBelief - %s", other.Name), scores(d.A), scores(d.B), -0.005)
	}
	return nil
}
