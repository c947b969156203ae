package adaptive

import (
	"context"
	"fmt"
	"math"

	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/claim/net"
	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/rule"
	"github.com/godescent/descent/vec"
)

// TrAct is about first layers that train their outputs.
var TrAct = claim.Claim{
	ID: "tract",
	Paper: claim.Paper{
		Authors: "Petersen, Borgelt and Ermon", Year: 2024,
		Title: "TrAct: Making First-layer Pre-Activations Trainable",
		Where: "NeurIPS 2024, arXiv:2410.23970",
	},
	Statement: "Changes of a first layer's weights that best make a gradient step on its outputs, in the place of a gradient step on the weights, train vision models in fewer epochs.",
	Published: "Speed-ups of 1.25 to 4 in epochs on CIFAR-10, CIFAR-100 and ImageNet, with lambda = 0.1. What is asked for here, set before the first run, is the least of them: no worse after 4 epochs than without after 5, and a lower loss in training after equal epochs.",
	Method: `(1) In double precision, 8 and 64 rows of 20 inputs: what is passed on solves the ridge problem (residual of its normal equations at most 1e-10), by whichever
of the two inverses; times lambda = 1e8 it is the gradient. (2) On 200 random layers of 2 to 40 rows and 1 to 30 inputs its inner product with the gradient is never negative. (3) Digits of 8 x 8,
convolutions of 3 x 3 to 16 and, after pooling, 32 channels, then a linear layer, SGD with momentum 0.9 and cosine rates, batches of 32, lambda = 0.1: five rates from 0.003 to 0.3 each, tuned on 2 seeds and judged on 48 others in
pairs. The mean accuracy after 4 epochs may be 0.003 less than without after 5, which counts as no worse (ours); 16 seeds leave it open. The same for a dense first layer is noted. CIFAR and ImageNet are not
checked: digits are easier, and patches of 9 numbers fewer.`,
	Check: tract(0.1, 48),
}

// tract checks with a lambda for networks, on so many seeds; none: without networks.
func tract(lambda float64, seeds int) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		if err := tractAlgebra(ctx, r, 0.1, lambda); err != nil || seeds == 0 {
			return err
		}
		return tractDigits(ctx, r, lambda, seeds)
	}
}

// A firstLayer is a linear layer with the gradient of its outputs.
type firstLayer struct {
	b, n, m int
	x, g    []float64
}

func newFirstLayer(s *rng.Stream, b, n, m int) firstLayer {
	l := firstLayer{b, n, m, make([]float64, b*n), make([]float64, b*m)}
	for i := range l.x {
		l.x[i] = s.Norm() * math.Pow(10, float64(i%n)/float64(n)-0.5)
	}
	for i := range l.g {
		l.g[i] = s.Norm() / float64(b)
	}
	return l
}

// gradient returns what a layer passes on for its weights, [m n]; lambda 0 is a plain one.
func (l firstLayer) gradient(lambda float64) ([]float64, error) {
	t, dw := grad.NewTape[float64](), make([]float64, l.m*l.n)
	x, w := t.Input(l.x, l.b, l.n), t.Param(make([]float64, l.m*l.n), dw, l.m, l.n)
	if lambda > 0 {
		w = grad.TrAct(x, w, lambda, grad.Conv{})
	}
	return dw, t.BackwardWith(grad.LinearT(x, w, nil), l.g)
}

// tractAlgebra checks the formula with lambda, of which the networks get used.
func tractAlgebra(ctx context.Context, r *claim.Record, lambda, used float64) error {
	s := rng.New(1, "tract")
	for _, b := range []int{8, 64} {
		l := newFirstLayer(&s, b, 20, 5)
		plain, err := l.gradient(0)
		if err != nil {
			return err
		}
		dw, err := l.gradient(used)
		if err != nil {
			return err
		}
		residual := 0.0
		for k := range l.m { // dw (X'X/b + lambda I) - G'X
			row, want := dw[k*l.n:(k+1)*l.n], make([]float64, l.n)
			for i := range l.b {
				x := l.x[i*l.n : (i+1)*l.n]
				vec.Axpy(vec.Dot(x, row)/float64(l.b), x, want)
			}
			vec.Axpy(lambda, row, want)
			residual = max(residual, apart(want, plain[k*l.n:(k+1)*l.n]))
		}
		r.AtMost(fmt.Sprintf("%d rows of 20: residual of the normal equations", b), residual, 1e-10)
		far, err := l.gradient(1e8)
		if err != nil {
			return err
		}
		vec.Scal(1e8, far)
		r.AtMost(fmt.Sprintf("%d rows of 20: relative distance of 1e8 times that of lambda 1e8 from the gradient", b), apart(far, plain)/vec.NrmInf(plain), 1e-6)
	}
	least := math.Inf(1)
	for range 200 {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		l := newFirstLayer(&s, 2+s.Intn(39), 1+s.Intn(30), 3)
		plain, err := l.gradient(0)
		if err != nil {
			return err
		}
		dw, err := l.gradient(used)
		if err != nil {
			return err
		}
		least = min(least, vec.Dot(dw, plain)/(vec.Nrm2(dw)*vec.Nrm2(plain)))
	}
	r.AtLeast("smallest cosine with the gradient, of 200", least, 0)
	return nil
}

func tractDigits(ctx context.Context, r *claim.Record, lambda float64, seeds int) error {
	rates := []float64{0.003, 0.01, 0.03, 0.1, 0.3}
	run := func(name string, spec nn.Spec, epochs int, lambda float64) ([]net.Run, error) {
		spec.TrAct = lambda
		t := net.Task{Name: fmt.Sprintf("%s, %d epochs", name, epochs), Data: "digits", Spec: spec, Epochs: epochs, Batch: 32}
		c := net.Contestant{Name: "plain", Rule: rule.SGD{Momentum: 0.9}, Rates: rates}
		if lambda > 0 {
			c.Name = "TrAct"
		}
		runs, err := contest(ctx, r, t, []net.Contestant{c}, net.Seeds(1, 2), net.Seeds(11, seeds))
		return runs[c.Name], err
	}
	conv := nn.Spec{Chain: []nn.LayerSpec{
		{Type: "conv", Out: 16, Kernel: 3, Pad: 1}, {Type: "relu"}, {Type: "maxpool"}, {Type: "conv", Out: 32, Kernel: 3, Pad: 1}, {Type: "relu"}, {Type: "flatten"}, {Type: "linear"},
	}}
	dense := nn.Spec{Kind: "mlp", Hidden: []int{64}, Activation: "tanh"}
	var with, equal, longer []net.Run
	for _, c := range []struct {
		name   string
		spec   nn.Spec
		epochs int
		lambda float64
		runs   *[]net.Run
	}{
		{"convolutions", conv, 4, lambda, &with}, {"convolutions", conv, 4, 0, &equal}, {"convolutions", conv, 5, 0, &longer},
		{"dense", dense, 4, lambda, nil}, {"dense", dense, 4, 0, nil},
	} {
		runs, err := run(c.name, c.spec, c.epochs, c.lambda)
		if err != nil {
			return err
		}
		if c.runs != nil {
			*c.runs = runs
		}
	}
	r.DifferenceAtLeast("convolutions: accuracy after 4 epochs - that of plain after 5", scores(with), scores(longer), -0.003)
	r.RatioAtMost("convolutions: loss in training after 4 epochs / plain", losses(with), losses(equal), 1)
	return nil
}
