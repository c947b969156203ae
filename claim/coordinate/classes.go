package coordinate

import (
	"context"
	"slices"
	"strings"

	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/problem/sparse"
)

// Logistic is how rules compare with Newton steps on problem B.
var Logistic = claim.Claim{
	ID:        "bcd-logistic",
	Paper:     fasterBCD,
	Statement: "On sparse logistic regression with Newton steps on blocks and a line search, GSD and GSQ lead over GS, and greedy rules over random blocks.",
	Published: "Section 7, figures 8, 11 and 12: curves without numbers. That the order of the last gaps decides is ours.",
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
		if err := c.all("bcd-logistic-hb", "Logistic regression, matrix updates, τ = 5", matrixEntrants("hb")...); err != nil {
			return err
		}
		return c.sizes("bcd-logistic", "Logistic regression")
	}
}

// Softmax is how blocks and rules compare on problem C.
var Softmax = claim.Claim{
	ID:        "bcd-softmax",
	Paper:     fasterBCD,
	Statement: "On softmax regression greedy block rules beat random and cyclic ones; rules that know L_i lead with variable blocks, and with fixed ones when blocks are sorted by L_i; with matrix updates and Newton steps GSD and GSQ lead over GS.",
	Published: "Section 7, figures 4, 8, 11, 12: curves without numbers. That the order of the last gaps decides is ours.",
	Method: `Problem C of the paper, generated from our own seed: 1000 rows, 1000 columns, 50 classes, 50000 variables. 500 iterations
from 0 with tau = 5, gap f/f_0 every 25 iterations (the infimum is 0); 100 iterations for matrix updates and Newton steps. VB are variable blocks, FB blocks
sorted by L_i; GSQ with variable blocks, which takes 20 gradients an iteration, is left out.`,
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
		c.n, c.every = min(n, 100), 5
		for _, update := range []string{"newton", "hb"} {
			entrants := slices.DeleteFunc(matrixEntrants(update), func(e entrant) bool { return strings.HasPrefix(e.name, update+" VB GSQ") })
			if err := c.all("bcd-softmax-"+update, map[string]string{"newton": "Softmax regression, Newton steps, τ = 5", "hb": "Softmax regression, matrix updates, τ = 5"}[update], entrants...); err != nil {
				return err
			}
			for _, pair := range [][2]string{{"VB GSD", "VB GS"}, {"FB GSD", "FB GS"}, {"FB GSQ", "FB GS"}, {"FB GSQ", "FB random"}} {
				c.ahead(update+" "+pair[0], update+" "+pair[1], 1)
			}
		}
		return c.sizes("bcd-softmax", "Softmax regression")
	}
}
