package adaptive

import (
	"context"
	"fmt"
	"math"

	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/claim/net"
	"github.com/godescent/descent/rule"
)

// DiffGrad is about steps that are shorter where the gradient changes little.
var DiffGrad = claim.Claim{
	ID: "diffgrad",
	Paper: claim.Paper{
		Authors: "Dubey, Chakraborty, Roy, Mukherjee, Singh and Chaudhuri", Year: 2020,
		Title: "diffGrad: An Optimization Method for Convolutional Neural Networks",
		Where: "IEEE Trans. Neural Netw. Learn. Syst. 31(11), arXiv:1909.11015",
	},
	Statement: "Adam with a friction between 1/2 and 1 that is low where the gradient changes little settles in the better minimum of functions where Adam runs over it, and is at least as accurate on convolutional networks.",
	Published: "Section IV: three functions of one variable. Section VI: ResNet-50 on CIFAR, above SGD, AdaGrad, AdaDelta, RMSProp, AMSGrad and Adam, by code that let the last gradient alias the new one, so that the friction was 1/2. Ours, set before the first run: end points within 0.01, at most a point of accuracy behind Adam.",
	Method: `(1) The three functions from x = -1, rate 0.1, Beta1 = 0.95, 299 steps, with the right derivative of the second: that of the authors' notebook
lacks a factor 8. (2) A constant gradient: the path from step 2 on is Adam's at half the rate; a loss 1e6 times as large: it is Adam's.
(3) Digits with two layers of convolutions in place of ResNet-50 on CIFAR, 10 epochs: five learning rates each, tuned on two seeds and judged on
24 others by paired differences. With 4 epochs 8 were too few to tell, and 40 just enough. AMSGrad and the others are not compared.`,
	Check: diffGrad(rule.DiffGrad{Beta1: 0.95}, "digits, convolutions"),
}

// diffGrad checks with a rule in the place of diffGrad on the functions, and on a task, none if it is "".
func diffGrad(friction rule.Rule, on string) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		if err := settle(ctx, r, friction); err != nil {
			return err
		}
		if err := frictions(ctx, r); err != nil || on == "" {
			return err
		}
		t, err := task(on)
		if err != nil {
			return err
		}
		t.Epochs = 10
		d, err := t.Duel(ctx, r, net.Contestant{Name: "diffGrad", Rule: rule.DiffGrad{}, Rates: net.Decades(1e-3, 1e-1, 2)},
			net.Contestant{Name: "Adam", Rule: rule.Adam{}, Rates: net.Decades(1e-3, 1e-1, 2)}, net.Seeds(1, 2), net.Seeds(11, 24))
		if err != nil {
			return err
		}
		r.DifferenceAtLeast(on+": mean accuracy of diffGrad - Adam", scores(d.A), scores(d.B), -0.01)
		return nil
	}
}

// The derivatives of the paper's functions F1, F2 and F3.
func slopeF1(x float64) float64 {
	if x <= 0 {
		return 2 * (x + 0.3)
	}
	return 2 * (x - 0.2)
}

func slopeF2(x float64) float64 {
	if x <= -0.9 {
		return -40
	}
	return 3*x*x + math.Sin(8*x) + 8*x*math.Cos(8*x)
}

func slopeF3(x float64) float64 {
	switch {
	case math.Abs(x) > 0.5:
		return 2 * x
	case x <= -0.4:
		return 1
	case x <= 0.4:
		return 7. / 8 * sign(x)
	}
	return -1
}

func settle(ctx context.Context, r *claim.Record, friction rule.Rule) error {
	for _, c := range []struct {
		name  string
		slope func(float64) float64
		adam  float64 // where it ends
		diff  float64
		tol   float64
	}{
		{"F1", slopeF1, 0.2, -0.3, 0.01},
		{"F2", slopeF2, 0, -0.643, 0.01},
		{"F3", slopeF3, 0, 0, 0.05},
	} {
		for _, side := range []struct {
			name string
			rule rule.Rule
			want float64
		}{{"Adam", rule.Adam{Beta1: 0.95}, c.adam}, {"diffGrad", friction, c.diff}} {
			x := []float64{-1}
			p := path{rule: side.rule, rate: constant(0.1), gradient: func(g, x []float64) { g[0] = c.slope(x[0]) }}
			if err := p.follow(ctx, x, 299, func(int, *rule.State[float64]) bool { return true }); err != nil {
				return err
			}
			r.Equal(fmt.Sprintf("%s: %s ends at", c.name, side.name), x[0], side.want, c.tol)
		}
	}
	return nil
}

// frictions compares the path with Adam's where the friction is known.
func frictions(ctx context.Context, r *claim.Record) error {
	steps := func(of rule.Rule, rate float64, gradient func(g, x []float64)) (xs []float64, err error) {
		x := []float64{1, -2}
		err = path{rule: of, rate: constant(rate), gradient: gradient}.follow(ctx, x, 500, func(int, *rule.State[float64]) bool {
			xs = append(xs, x...)
			return true
		})
		return xs, err
	}
	same := func(g, _ []float64) { g[0], g[1] = 0.3, -20 }
	a, err := steps(rule.DiffGrad{}, 1e-2, same)
	if err != nil {
		return err
	}
	b, err := steps(rule.Adam{}, 5e-3, same)
	if err != nil {
		return err
	}
	worst := 0.0
	for i := 2; i < len(a); i++ { // the change of each step after the first
		worst = max(worst, math.Abs((a[i]-a[i-2])-(b[i]-b[i-2])))
	}
	r.AtMost("constant gradient: largest difference of a step from Adam's at half the rate", worst, 1e-14)
	steep := func(g, x []float64) { g[0], g[1] = 1e6*x[0], 4e6*x[1] } // far from the minimum dg is large
	if a, err = steps(rule.DiffGrad{}, 1e-4, steep); err != nil {
		return err
	}
	if b, err = steps(rule.Adam{}, 1e-4, steep); err != nil {
		return err
	}
	r.AtMost("loss times 1e6: largest distance from Adam in 500 steps", apart(a, b), 1e-12)
	return nil
}
