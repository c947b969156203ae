package adaptive

import (
	"context"
	"math"
	"slices"
	"sync/atomic"

	"github.com/godescent/descent"
	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/claim/net"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/rule"
	"github.com/godescent/descent/vec"
)

// AdamP is about momentum on weights whose scale does not matter.
var AdamP = claim.Claim{
	ID: "adamp",
	Paper: claim.Paper{
		Authors: "Heo, Chun, Oh, Han, Yun, Kim, Uh and Ha", Year: 2021,
		Title: "AdamP: Slowing Down the Slowdown for Momentum Optimizers on Scale-invariant Weights",
		Where: "ICLR 2021, arXiv:2006.08217",
	},
	Statement: "Momentum makes the norm of scale-invariant weights grow, by (1 + mu)/(1 - mu) times what gradient steps would, so that effective steps shrink early; steps without the part along the weights (SGDP, AdamP) avoid that, at no loss of accuracy, and leave other weights to SGD and AdamW.",
	Published: "Lemmas 2.1 and 2.2, Corollary 2.3; (12) tells scale-invariant weights; 13 benchmarks with gains of up to a point. Ours, set before the first run: effective steps at least 3 times as large at the end, detection in 90 % of the steps of the first layer and 10 % of the last, at most half a point of accuracy behind.",
	Method: `(1) f(w) = 1 - <w,u>/|w| in R^3 with tangential noise 0.3 N(0, I)/|w|, lr 0.1, mu = 0.9, 2000 steps in double precision: the growth of |w|^2
against the lemmas at each step (Eps = 1e-12, which the division by |w| + Eps needs). (2) Digits, two hidden layers of 64 without biases and with batch normalization, ReLU, 20 epochs: SGD and SGDP, seven
rates each, tuned on three seeds and judged on 40 others; effective step 1/|W|^2 of the first layer, both at the rate that is best for SGD. (3)
Softmax regression on 500 digits, full gradients: a step of AdamP is that of AdamW where the cosine test fails. The benchmarks are not repeated.`,
	Check: adamP(rule.SGDP{Momentum: 0.9, Eps: 1e-12}, 40),
}

// adamP checks with a rule in the place of SGDP on the sphere, on so many seeds; none: without networks.
func adamP(projected rule.Rule, seeds int) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		if err := growth(ctx, r, projected); err != nil {
			return err
		}
		if err := leavesAlone(ctx, r); err != nil || seeds == 0 {
			return err
		}
		return normalized(ctx, r, seeds)
	}
}

// growth compares |w_{t+1}|^2 - |w_t|^2 with lr^2 |p_t|^2 plus, without projection, 2 lr^2 times the sum over k < t of mu^(t-k) |p_k|^2.
func growth(ctx context.Context, r *claim.Record, projected rule.Rule) error {
	const rate, mu, n = 0.1, 0.9, 2000
	target := []float64{-0.8, 0.6, 0}
	follow := func(of rule.Rule, see func(before, x []float64, s *rule.State[float64])) ([]float64, error) {
		noise, x, before := rng.New(1, "adamp"), []float64{1, 0, 0}, make([]float64, 3)
		p := path{rule: of, rate: constant(rate), shape: []int{1, 3}, gradient: func(g, x []float64) {
			copy(before, x)
			size := vec.Nrm2(x)
			for i := range g {
				g[i] = (0.3*noise.Norm() - target[i]) / size
			}
			vec.Axpy(-vec.Dot(g, x)/(size*size), x, g)
		}}
		return x, p.follow(ctx, x, n, func(_ int, s *rule.State[float64]) bool { see(before, x, s); return true })
	}
	worst, past, steps := 0.0, 0.0, 0.0
	x, err := follow(rule.SGD{Momentum: mu}, func(before, x []float64, s *rule.State[float64]) {
		p := s.Vectors[0]
		now := vec.Dot(p, p)
		want := rate * rate * (now + 2*past)
		worst = max(worst, math.Abs(vec.Dot(x, x)-vec.Dot(before, before)-want))
		past, steps = mu*(past+now), steps+rate*rate*now
	})
	if err != nil {
		return err
	}
	r.AtMost("sphere, momentum: largest distance of the growth of |w|^2 from Lemma 2.2", worst, 1e-9)
	r.Equal("sphere, momentum: growth of |w|^2 / that of steps alone, (1 + mu)/(1 - mu) = 19", (vec.Dot(x, x)-1)/steps, 19, 0.5)
	worst = 0
	y, err := follow(projected, func(before, x []float64, s *rule.State[float64]) {
		p := slices.Clone(s.Vectors[0])
		vec.Axpy(-vec.Dot(before, p)/vec.Dot(before, before), before, p)
		worst = max(worst, math.Abs(vec.Dot(x, x)-vec.Dot(before, before)-rate*rate*vec.Dot(p, p)))
	})
	r.AtMost("sphere, projected: largest distance of the growth of |w|^2 from lr^2 |p|^2", worst, 1e-9)
	r.Note("sphere, momentum: |w|^2 at the end", vec.Dot(x, x))
	r.Note("sphere, projected: |w|^2 at the end", vec.Dot(y, y))
	return err
}

// found is the test (12), for the rows of w, then for all of it.
func found[T vec.Float](w, g []T, rows int) bool {
	const delta = 0.1
	for _, rows := range []int{rows, 1} {
		n, worst := len(w)/rows, 0.0
		for i := range rows {
			a, b := w[i*n:(i+1)*n], g[i*n:(i+1)*n]
			worst = max(worst, math.Abs(float64(vec.Dot(a, b)))/max(float64(vec.Nrm2(a))*float64(vec.Nrm2(b)), 1e-8))
		}
		if worst < delta/math.Sqrt(float64(n)) {
			return true
		}
	}
	return false
}

// leavesAlone follows AdamW, and at each of its points makes the step of AdamP.
func leavesAlone(ctx context.Context, r *claim.Record) error {
	f, err := digits(500)
	if err != nil {
		return err
	}
	const rate, steps = 1e-2, 300
	w, test := make([]float64, f.classes*f.d), false
	s := rng.New(2, "adamp")
	for i := range w {
		w[i] = 0.1 * s.Norm()
	}
	block := rule.Block{Shape: []int{f.classes, f.d}}
	own, twin, kept := rule.AdamP{Decay: 0.1}, slices.Clone(w), make([]float64, len(w))
	memory := rule.NewState[float64](own, len(w), block)
	p := path{rule: rule.AdamW{Decay: 0.1}, rate: constant(rate), shape: block.Shape, gradient: func(g, w []float64) {
		f.gradient(g, w)
		copy(kept, g)
		copy(twin, w)
		test = found(w, g, f.classes)
	}}
	fails, worst := 0, 0.0
	err = p.follow(ctx, w, steps, func(int, *rule.State[float64]) bool {
		rule.Step(own, twin, kept, memory, rate)
		if !test {
			fails++
			worst = max(worst, apart(twin, w))
		}
		return true
	})
	r.AtMost("softmax regression: largest distance of AdamP from AdamW where the test fails", worst, 1e-13)
	r.AtLeast("softmax regression: share of steps where it fails", float64(fails)/steps, 0.9)
	return err
}

// A detector counts the steps in which SGDP finds a block to be scale-invariant. Blocks are updated in parallel.
type detector struct {
	rule.SGDP
	steps, found map[string]*atomic.Int64 // of the blocks with these names
}

// Step32 implements [rule.Rule].
func (d detector) Step32(p *rule.Part[float32]) {
	if b := p.Blocks[0]; d.steps[b.Name] != nil {
		d.steps[b.Name].Add(1)
		if found(p.X, p.G, b.Shape[0]) {
			d.found[b.Name].Add(1)
		}
	}
	d.SGDP.Step32(p)
}

func normalized(ctx context.Context, r *claim.Record, seeds int) error {
	t, err := task("digits, dense")
	if err != nil {
		return err
	}
	t.Name, t.Epochs = "digits, batch normalization", 20
	t.Spec = nn.Spec{}
	for range 2 {
		t.Spec.Chain = append(t.Spec.Chain, nn.LayerSpec{Type: "linear", Out: 64, Bias: new(bool)}, nn.LayerSpec{Type: "batchnorm"}, nn.LayerSpec{Type: "relu"})
	}
	t.Spec.Chain = append(t.Spec.Chain, nn.LayerSpec{Type: "linear"})
	rates := net.Decades(1e-3, 1, 2)
	d, err := t.Duel(ctx, r, net.Contestant{Name: "SGDP", Rule: rule.SGDP{}, Rates: rates}, net.Contestant{Name: "SGD", Rule: rule.SGD{Momentum: 0.9}, Rates: rates}, net.Seeds(1, 3), net.Seeds(11, seeds))
	if err != nil {
		return err
	}
	r.DifferenceAtLeast(t.Name+": mean accuracy of SGDP - SGD", scores(d.A), scores(d.B), -0.005)
	square := func(of rule.Rule) (v float64, first, last string, err error) {
		plan, err := t.Plan(of, d.RateB, 11)
		if err != nil {
			return 0, "", "", err
		}
		n, _, err := plan.Run(ctx, descent.Options{MaxIter: t.Epochs, NoCheckpoint: true})
		if err != nil {
			return 0, "", "", err
		}
		var names []string
		for _, b := range n.Model.Layout().Params {
			if len(b.Shape) > 1 {
				if names = append(names, b.Name); len(names) == 1 {
					w := n.X[b.Offset : b.Offset+b.Shape[0]*b.Shape[1]]
					v = float64(vec.Dot(w, w))
				}
			}
		}
		return v, names[0], names[len(names)-1], ctx.Err()
	}
	plain, first, last, err := square(rule.SGD{Momentum: 0.9})
	if err != nil {
		return err
	}
	count := func() map[string]*atomic.Int64 { return map[string]*atomic.Int64{first: {}, last: {}} }
	watch := detector{rule.SGDP{}, count(), count()}
	projected, _, _, err := square(watch)
	if err != nil {
		return err
	}
	share := func(name string) float64 {
		return float64(watch.found[name].Load()) / float64(watch.steps[name].Load())
	}
	r.AtLeast(t.Name+": effective step of the first layer at the end, SGDP / SGD", plain/projected, 3)
	r.AtLeast(t.Name+": share of steps in which the first layer is found scale-invariant", share(first), 0.9)
	r.AtMost(t.Name+": share of steps in which the last layer is", share(last), 0.1)
	return nil
}
