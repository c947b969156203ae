// Package tuning has claims about what must be tuned of update rules, and what need not.
package tuning

import (
	"context"
	"fmt"
	"math"

	"github.com/godescent/descent"
	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/method/newton"
	"github.com/godescent/descent/problem/glm"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/rule"
	"github.com/godescent/descent/schedule"
)

// rateFree is the paper of both claims.
var rateFree = claim.Paper{
	Authors: "P. Kasimbeg, V. Roulet, N. Agarwal, S. Medapati, F. Pedregosa, A. Agarwala and G. Dahl", Year: 2025,
	Title: "How far away are truly hyperparameter-free learning algorithms?",
	Where: "TMLR, arXiv:2505.24005",
}

// RateFreeLogistic is about rules that find their learning rate, on convex problems.
var RateFreeLogistic = claim.Claim{
	ID:        "rate-free-logistic",
	Paper:     rateFree,
	Statement: "Rules without a learning rate come close to Adam with a tuned one if steps fall to 0 relative to what they estimate (Prodigy, Mechanic), or iterates are averaged (DoG, DoWG).",
	Published: "The papers of the rules promise the rate of the best learning rate up to logarithms. The factors 3 and 5 are ours, from earlier runs of another implementation on problems of this kind.",
	Method: `Logistic regression, n = 2000, d = 50, standard normal features as they are and feature j scaled by 10^(-1.5 j/49), labels drawn from a logistic
model with coefficients N(0, 1/4), 3000 steps of 64 rows drawn at random, x_0 = 0. Gap to the minimum by Newton's method, of the last iterate, or of the average with weights k^8 for DoG and DoWG; geometric means over 3 draws.
Adam has the best of the learning rates 0.001, 0.01, 0.1, 1 with cosine decay, chosen on the runs that judge, which favours it. Prodigy and Mechanic, with cosine, at most 3 times its gap; DoG and DoWG averaged,
without, at most 5 times. D-adaptation, COCOB and MoMo are reported.`,
	Check: rateFreeLogistic(rule.Prodigy{}),
}

// trial is a rule with how its learning rate falls.
type trial struct {
	name   string
	rule   rule.Rule
	rate   float64
	cosine bool
}

func rateFreeLogistic(prodigy rule.Rule) func(context.Context, *claim.Record) error {
	trials := []trial{
		{"Prodigy", prodigy, 1, true},
		{"Mechanic of Adam", rule.Mechanic{Rule: rule.Adam{}}, 1, true},
		{"DoG, averaged", rule.Average{Rule: rule.DoG{}, Power: 8}, 1, false},
		{"DoWG, averaged", rule.Average{Rule: rule.DoWG{}, Power: 8}, 1, false},
		{"D-Adapt-Adam", rule.DAdaptAdam{}, 1, true},
		{"Prodigy, constant", prodigy, 1, false},
		{"DoG", rule.DoG{}, 1, false},
		{"DoWG", rule.DoWG{}, 1, false},
		{"COCOB", rule.COCOB{}, 1, false},
		{"MoMo", rule.MoMo{}, 1, false},
		{"MoMo-Adam", rule.MoMoAdam{}, 1e-2, false},
	}
	return func(ctx context.Context, r *claim.Record) error {
		for _, c := range []struct {
			name  string
			scale float64
		}{{"white", 0}, {"scaled", 1.5}} {
			var ps [3]*noisyLogistic
			for seed := range ps {
				var err error
				if ps[seed], err = newNoisyLogistic(ctx, uint64(seed), c.scale); err != nil {
					return err
				}
			}
			gap := func(t trial) (float64, error) {
				sum := 0.0
				for seed, p := range ps {
					g, err := p.gap(ctx, t, uint64(seed))
					if err != nil {
						return 0, err
					}
					sum += math.Log(g) / float64(len(ps))
				}
				return math.Exp(sum), nil
			}
			best := math.Inf(1)
			for _, rate := range []float64{1e-3, 1e-2, 1e-1, 1} {
				g, err := gap(trial{"Adam", rule.Adam{}, rate, true})
				if err != nil {
					return err
				}
				best = min(best, g)
				r.Note(fmt.Sprintf("%s: gap of Adam with %g", c.name, rate), g)
			}
			for i, t := range trials {
				g, err := gap(t)
				if err != nil {
					return err
				}
				name := fmt.Sprintf("%s: gap of %s / best of Adam", c.name, t.name)
				switch {
				case i < 2:
					r.AtMost(name, g/best, 3)
				case i < 4:
					r.AtMost(name, g/best, 5)
				default:
					r.Note(name, g/best)
				}
			}
		}
		return nil
	}
}

// noisyLogistic is logistic regression with labels that are drawn from it.
type noisyLogistic struct {
	model *glm.Model
	least float64
}

func newNoisyLogistic(ctx context.Context, seed uint64, scale float64) (*noisyLogistic, error) {
	const n, d = 2000, 50
	s := rng.New(seed, "noisy logistic")
	theta := make([]float64, d)
	for j := range theta {
		theta[j] = s.Norm() / 2
	}
	x, y := &linalg.Dense{Rows: n, Cols: d, Data: make([]float64, n*d)}, make([]float64, n)
	for i := range y {
		z := 0.0
		for j := range d {
			v := s.Norm() * math.Pow(10, -scale*float64(j)/(d-1))
			x.Data[i*d+j] = v
			z += v * theta[j]
		}
		y[i] = -1
		if s.Float64() < 1/(1+math.Exp(-z)) {
			y[i] = 1
		}
	}
	m, err := glm.New("noisy logistic", x, y, glm.Spec{Loss: glm.Logistic{}})
	if err != nil {
		return nil, err
	}
	best, err := descent.Solve(ctx, m.Problem(), newton.Newton{}, make([]float64, d), descent.Options{Tol: 1e-10})
	if err != nil {
		return nil, err
	}
	if best.Status != descent.Converged {
		return nil, fmt.Errorf("minimum of the logistic problem: %s", best.Status)
	}
	return &noisyLogistic{m, best.Value}, nil
}

// gap returns f - f* after 3000 steps.
func (p *noisyLogistic) gap(ctx context.Context, t trial, seed uint64) (float64, error) {
	const steps, batch = 3000, 64
	d, stream := p.model.Dim(), rng.New(seed, "batches")
	x, g, idx := make([]float64, d), make([]float64, d), make([]int, batch)
	s, o, fall := rule.NewState[float64](t.rule, d), &rule.Oracle[float64]{}, schedule.Schedule{}
	if t.cosine {
		fall = schedule.Schedule{Kind: "cosine", Horizon: steps}
	}
	for k := range steps {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		for i := range idx {
			idx[i] = stream.Intn(p.model.Samples())
		}
		o.Loss = p.model.TermGradient(g, x, idx)
		rule.StepWith(t.rule, x, g, s, t.rate*fall.At(float64(k)), o)
	}
	rule.Answer(t.rule, g, x, s)
	return p.model.Value(g) - p.least, nil
}
