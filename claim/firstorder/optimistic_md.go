package firstorder

import (
	"context"
	"fmt"
	"math"

	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/rule"
	"github.com/godescent/descent/vec"
)

// OptimisticMD is about online convex optimization between random and adversarial losses.
var OptimisticMD = claim.Claim{
	ID: "optimistic-md",
	Paper: claim.Paper{
		Authors: "S. Chen, Y. Zhang, W. Tu, P. Zhao and L. Zhang", Year: 2024,
		Title: "Optimistic Online Mirror Descent for Bridging Stochastic and Adversarial Online Convex Optimization",
		Where: "JMLR 25, arXiv:2302.04552",
	},
	Statement: "Online mirror descent that expects the last gradient has, with one choice of steps and no horizon, regret of the order of the roots of the summed variance of random and the summed variation of adversarial losses, and of log T if they are strongly convex.",
	Published: "Theorems on orders; no experiments are needed for them. The constants of the bound D (sqrt(delta + 4 G^2)/2 + 2.5 sqrt(V_T)) with V_T = sum |g_t - g_{t-1}|^2 are ours, from its one-step inequality.",
	Method: `The unit ball of R^5, x_1 = 0, G = 2, delta = 1. Regret is against the best fixed point. (1) Noise: f_t = <s xi_t/sqrt(5), x>, xi standard normal and
shortened to |g| <= G, s = 0.1, 0.3, 1, T = 1000, 4000, 16000, means of 10 runs: exponents 1 in s and 1/2 in T, within 0.1. (2) Switches: f_t = x_1 or -x_1, changing K = 8, 32, 128 times in
T = 16000 rounds: loss at most that of online gradient descent with steps D/(G sqrt(t)), and for K = 32 loss + T the same within 1 for T = 4000, 16000, 64000. The bound above in every run of (1)
and (2). (3) Strongly convex: f_t = |x - c_t|^2/2, c_t uniform in a box of side 0.6 around (0.3, 0, ...): the exponent of the regret in T = 1000 ... 64000 is at most 0.25 (ours; log T has 0.11).
Exp-concave losses and moving comparators are not checked.`,
	Check: optimisticMD(rule.OptimisticMD{Diameter: 2, Bound: 2}),
}

// optimisticMD checks a rule for convex losses.
func optimisticMD(convex rule.Rule) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		worst := 0.0
		if err := pureNoise(ctx, r, convex, &worst); err != nil {
			return err
		}
		if err := switches(ctx, r, convex, &worst); err != nil {
			return err
		}
		r.AtMost("largest regret / bound over all runs", worst, 1)
		return strongRegret(ctx, r)
	}
}

const onlineDim = 5

// play plays T rounds of linear losses <g_t, x>. It returns the loss, the regret and the bound of it.
func play(m rule.Rule, rounds int, gradient func(t int, g []float64)) (loss, regret, bound float64) {
	x, g, last, sum := make([]float64, onlineDim), make([]float64, onlineDim), make([]float64, onlineDim), make([]float64, onlineDim)
	s, variation := rule.NewState[float64](m, onlineDim), 0.0
	for t := range rounds {
		gradient(t, g)
		loss += dot(g, x)
		for i, v := range g {
			variation += sqf(v - last[i])
		}
		copy(last, g)
		vec.Axpy(1, g, sum)
		rule.Step(m, x, g, s, 1)
	}
	return loss, loss + vec.Nrm2(sum), 2 * (0.5*math.Sqrt(1+4*4) + 2.5*math.Sqrt(variation))
}

func pureNoise(ctx context.Context, r *claim.Record, m rule.Rule, worst *float64) error {
	const runs = 10
	sigmas, lengths := []float64{0.1, 0.3, 1}, []float64{1000, 4000, 16000}
	regret := map[[2]float64]float64{}
	for _, sigma := range sigmas {
		for _, rounds := range lengths {
			for run := range runs {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				s := rng.New(uint64(run), "online noise")
				_, got, bound := play(m, int(rounds), func(_ int, g []float64) {
					for i := range g {
						g[i] = sigma * s.Norm() / math.Sqrt(onlineDim)
					}
					if size := vec.Nrm2(g); size > 2 {
						vec.Scal(2/size, g)
					}
				})
				regret[[2]float64{sigma, rounds}] += got / runs
				*worst = max(*worst, got/bound)
			}
			r.Note(fmt.Sprintf("noise %g, T = %g: regret", sigma, rounds), regret[[2]float64{sigma, rounds}])
		}
	}
	for _, sigma := range sigmas {
		var y []float64
		for _, rounds := range lengths {
			y = append(y, regret[[2]float64{sigma, rounds}])
		}
		r.Equal(fmt.Sprintf("noise %g: exponent of the regret in T", sigma), claim.Slope(lengths, y), 0.5, 0.1)
	}
	for _, rounds := range lengths {
		var y []float64
		for _, sigma := range sigmas {
			y = append(y, regret[[2]float64{sigma, rounds}])
		}
		r.Equal(fmt.Sprintf("T = %g: exponent of the regret in the noise", rounds), claim.Slope(sigmas, y), 1, 0.1)
	}
	return nil
}

func switches(ctx context.Context, r *claim.Record, m rule.Rule, worst *float64) error {
	flip := func(rounds, count int) func(int, []float64) {
		return func(t int, g []float64) {
			clear(g)
			g[0] = 1 - 2*float64(t*(count+1)/rounds%2)
		}
	}
	for _, count := range []int{8, 32, 128} {
		const rounds = 16000
		loss, regret, bound := play(m, rounds, flip(rounds, count))
		*worst = max(*worst, regret/bound)
		plain, _, _ := play(onlineGD{}, rounds, flip(rounds, count))
		r.AtMost(fmt.Sprintf("%d switches: loss - that of online gradient descent", count), loss-plain, 0)
		r.Note(fmt.Sprintf("%d switches: loss", count), loss)
		r.Note(fmt.Sprintf("%d switches: loss of online gradient descent", count), plain)
	}
	var first float64
	for i, rounds := range []int{4000, 16000, 64000} {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		loss, regret, bound := play(m, rounds, flip(rounds, 32))
		*worst = max(*worst, regret/bound)
		if loss += float64(rounds); i == 0 {
			first = loss
			r.Note("32 switches, T = 4000: loss + T", loss)
			continue
		}
		r.Equal(fmt.Sprintf("32 switches, T = %d: loss + T", rounds), loss, first, 1)
	}
	return nil
}

func strongRegret(ctx context.Context, r *claim.Record) error {
	m, lengths := rule.OptimisticMD{Diameter: 2, Strong: 1}, []float64{1000, 4000, 16000, 64000}
	var regrets []float64
	for _, rounds := range lengths {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		x, g, c, mean := make([]float64, onlineDim), make([]float64, onlineDim), make([]float64, onlineDim), make([]float64, onlineDim)
		s, state, loss, squares := rng.New(1, "strongly convex"), rule.NewState[float64](m, onlineDim), 0.0, 0.0
		for range int(rounds) {
			for i := range c {
				c[i] = 0.6 * (s.Float64() - 0.5)
			}
			c[0] += 0.3
			vec.AxpyTo(g, -1, c, x)
			loss += dot(g, g) / 2
			squares += dot(c, c) / 2
			vec.Axpy(1/rounds, c, mean)
			rule.Step(m, x, g, state, 1)
		}
		// The best fixed point is the mean of all c_t, which is in the ball.
		regrets = append(regrets, loss-(squares-rounds*dot(mean, mean)/2))
		r.Note(fmt.Sprintf("strongly convex, T = %g: regret", rounds), regrets[len(regrets)-1])
	}
	r.AtMost("strongly convex: exponent of the regret in T", claim.Slope(lengths, regrets), 0.25)
	return nil
}

// onlineGD is x <- Proj(x - D/(G sqrt(t)) g) in the unit ball, D = G = 2.
type onlineGD struct{}

func (onlineGD) Check() error               { return nil }
func (onlineGD) Rate() float64              { return 1 }
func (onlineGD) Vectors() int               { return 0 }
func (onlineGD) Step32(*rule.Part[float32]) {}
func (onlineGD) Needs() rule.Needs          { return rule.Needs{Scope: rule.Whole} }
func (onlineGD) Step64(p *rule.Part[float64]) {
	vec.Axpy(-p.LR/math.Sqrt(float64(p.K)), p.G, p.X)
	if size := vec.Nrm2(p.X); size > 1 {
		vec.Scal(1/size, p.X)
	}
}
