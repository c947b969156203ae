package coordinate

import (
	"context"
	"fmt"
	"math"

	"github.com/godescent/descent"
	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/method/krylov"
	"github.com/godescent/descent/problem/graph"
)

// Lattice is message passing on problem D.
var Lattice = claim.Claim{
	ID:        "bcd-lattice",
	Paper:     fasterBCD,
	Statement: "On a lattice, exact steps on large blocks without cycles, by message passing, beat those on blocks that are diagonal or small and dense; greedy trees lead.",
	Published: "Section 7, figure 6: curves without numbers. The order is ours, set before the first run: greedy tree, tree partition, random tree, red-black, dense.",
	Method: `Problem D of the paper, generated from our own seed: label propagation on a 50 x 50 lattice with weights 1e5 and 100 labels
N(0,10^2), 2400 unknowns. Exact steps on blocks: greedy and random forests, two combs (tree partition) and red-black blocks
in turn, the n^(1/3) largest |g_i| (dense). Relative gap after 100 iterations; F* by conjugate gradients. Greedy colouring gives
red-black three colours here; the two of a chessboard are drawn, not judged.`,
	Check: lattice(50, 50, 100, 100, "gs"),
}

// lattice checks greedy trees by the given rule.
func lattice(rows, cols, labels, n int, rule string) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		l, err := graph.Lattice(rows, cols, labels, 1)
		if err != nil {
			return err
		}
		c, err := newGraphRace(ctx, r, l, "lattice", n)
		if err != nil {
			return err
		}
		entrants := treeEntrants(len(l.Node), rule, bcd{Partition: "given", Blocks: l.Combs(rows), Select: "cyclic", Update: "tree"})
		entrants = append(entrants, entrant{"chessboard", bcd{Partition: "given", Blocks: l.Checkers(rows), Select: "cyclic", Update: "tree"}})
		if err := c.all("bcd-lattice", fmt.Sprintf("%d × %d lattice, exact steps on blocks", rows, cols), entrants...); err != nil {
			return err
		}
		for _, pair := range [][2]string{{"greedy tree", "tree partition"}, {"tree partition", "random tree"}, {"random tree", "red-black"}, {"red-black", "dense"}} {
			c.ahead(pair[0], pair[1], 1)
		}
		return nil
	}
}

// treeEntrants are the methods of the paper's figure 6 for n unknowns.
func treeEntrants(n int, rule string, partition bcd) []entrant {
	return []entrant{
		{"greedy tree", bcd{Partition: "forest", Select: rule, Update: "tree"}},
		{"tree partition", partition},
		{"random tree", bcd{Partition: "forest", Select: "random", Update: "tree"}},
		{"red-black", bcd{Partition: "red-black", Select: "cyclic", Update: "tree"}},
		{"dense", bcd{Partition: "variable", Select: "gs", Update: "hb", Block: int(math.Round(math.Cbrt(float64(n))))}},
	}
}

// newGraphRace finds F* by conjugate gradients to rounding error.
func newGraphRace(ctx context.Context, r *claim.Record, l *graph.Labels, name string, n int) (*race, error) {
	p := l.Problem(name)
	x0, g := make([]float64, p.Dim), make([]float64, p.Dim)
	l.Gradient(g, x0)
	size := 0.0
	for _, v := range g {
		size = max(size, math.Abs(v))
	}
	best, err := descent.Solve(ctx, p, krylov.CG{}, x0, descent.Options{Tol: 1e-12 * size, MaxIter: 20_000})
	if err != nil {
		return nil, err
	}
	if best.Status != descent.Converged {
		return nil, fmt.Errorf("%s: F* by conjugate gradients: %s: %s", name, best.Status, best.Certificate)
	}
	r.Note(name+": F*", best.Value)
	return &race{ctx: ctx, r: r, p: p, best: best.Value, n: n}, nil
}

// TwoMoons is message passing, and gradient and matrix updates, on problem E.
var TwoMoons = claim.Claim{
	ID:        "bcd-two-moons",
	Paper:     fasterBCD,
	Statement: "On a nearest-neighbour graph greedy block rules beat random and cyclic ones, GSD and GSQ lead with matrix updates, and exact steps on large blocks without cycles beat those on diagonal or small dense ones.",
	Published: "Section 7, figures 4, 5, 6, 8, 9, 10, 11: curves without numbers. That the order of the last gaps decides is ours.",
	Method: `Problem E of the paper, generated from our own seed: two moons of 1000 points each with noise of variance 0.04, 5 nearest
neighbours, 100 labels, 1900 unknowns. 500 iterations from 0 with tau = 5, 100 with forests; F* by conjugate gradients. Red-black
blocks and the tree partition are taken in turn.`,
	Check: twoMoons(2000, 100, 500, 100),
}

func twoMoons(points, labels, n, treeIters int) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		l, err := graph.TwoMoons(points, labels, 1)
		if err != nil {
			return err
		}
		c, err := newGraphRace(ctx, r, l, "two moons", n)
		if err != nil {
			return err
		}
		if err := c.all("bcd-two-moons-lb", "Two moons, steps 1/L_b, τ = 5", gradientEntrants()...); err != nil {
			return err
		}
		c.compareGradients()
		if err := c.all("bcd-two-moons-hb", "Two moons, matrix updates, τ = 5", matrixEntrants("hb")...); err != nil {
			return err
		}
		c.compareUpdates("hb")
		for _, draw := range []func(figure, problem string) error{c.partitions, c.unknown, c.sizes} {
			if err := draw("bcd-two-moons", "Two moons"); err != nil {
				return err
			}
		}
		c.n = treeIters
		if err := c.all("bcd-two-moons-trees", "Two moons, exact steps on blocks", treeEntrants(len(l.Node), "gs", bcd{Partition: "tree", Select: "cyclic", Update: "tree"})...); err != nil {
			return err
		}
		for _, tree := range []string{"greedy tree", "tree partition", "random tree"} {
			c.ahead(tree, "red-black", 1)
			c.ahead(tree, "dense", 1)
		}
		return nil
	}
}
