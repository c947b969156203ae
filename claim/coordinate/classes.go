package coordinate

import (
	"context"

	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/problem/sparse"
)

// Logistic is how rules compare with Newton steps on problem B.
var Logistic = claim.Claim{
	ID:        "bcd-logistic",
	Paper:     fasterBCD,
	Statement: "On sparse logistic regression with Newton steps on blocks and a line search, GSD and GSQ lead over GS, and greedy rules over random blocks.",
	Published: "Section 7, figures 11 and 12: curves without numbers. That the order of the last gaps decides is ours.",
	Method: `Problem B of the paper, generated from our own seed: 1000 rows, 10000 columns, labels flipped with probability 0.1; some x
separates them, so f has no minimizer and its infimum is 0. 500 iterations from 0 with tau = 5, gap
f/f_0 every 10 iterations.`,
	Check: logistic(1000, 10000, 500),
}

func logistic(rows, cols, n int) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		f, err := sparse.ProblemB(rows, cols, 1)
		if err != nil {
			return err
		}
		c := &race{ctx: ctx, r: r, p: f.Problem("logistic", nil), n: n, every: 10}
		if err := c.all("bcd-logistic-newton", "Logistic regression, Newton steps, τ = 5", matrixEntrants("newton")...); err != nil {
			return err
		}
		c.compareUpdates("newton")
		return c.all("bcd-logistic-hb", "Logistic regression, matrix updates, τ = 5", matrixEntrants("hb")...)
	}
}

// Softmax is how blocks and rules compare on problem C.
var Softmax = claim.Claim{
	ID:        "bcd-softmax",
	Paper:     fasterBCD,
	Statement: "On softmax regression greedy block rules beat random and cyclic ones; rules that know L_i lead with variable blocks, and with fixed ones when blocks are sorted by L_i.",
	Published: "Section 7, figure 4: curves without numbers. That the order of the last gaps decides is ours.",
	Method: `Problem C of the paper, generated from our own seed: 1000 rows, 1000 columns, 50 classes, 50000 variables. 500 iterations
from 0 with tau = 5, gap f/f_0 every 25 iterations (the infimum is 0). VB are variable blocks, FB blocks sorted by L_i.`,
	Check: softmax(1000, 1000, 50, 500),
}

func softmax(rows, cols, classes, n int) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		f, err := sparse.ProblemC(rows, cols, classes, 1)
		if err != nil {
			return err
		}
		c := &race{ctx: ctx, r: r, p: f.Problem("softmax", nil), n: n, every: 25}
		if err := c.all("bcd-softmax-lb", "Softmax regression, steps 1/L_b, τ = 5", gradientEntrants()...); err != nil {
			return err
		}
		c.compareGradients()
		return nil
	}
}
