// Package coordinate has claims about coordinate methods.
package coordinate

import (
	"context"
	"fmt"
	"math"

	"github.com/godescent/descent"
	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/method/coordinate"
)

// The paper of the claims in this package.
var fasterBCD = claim.Paper{
	Authors: "J. Nutini, I. Laradji and M. Schmidt", Year: 2022,
	Title: "Let's Make Block Coordinate Descent Converge Faster: Faster Greedy Rules, Message-Passing, Active-Set Complexity, and Superlinear Convergence",
	Where: "JMLR 23(131), arXiv:1712.08859",
}

type bcd = coordinate.BCD

// race runs block methods on one problem and remembers how the gap fell.
type race struct {
	ctx   context.Context
	r     *claim.Record
	p     *descent.Problem
	best  float64 // F*, or a bound on it from below
	n     int     // iterations
	every int     // iterations between measurements; 0 means 1
	gaps  map[string][]float64
}

// run runs m from 0 and adds its curve of (F(x_k) - best)/(F(0) - best) to a figure. The last
// iterate stands for all that a run which can go no further does not do.
func (c *race) run(figure, name string, m bcd) error {
	if c.gaps == nil {
		c.gaps = map[string][]float64{}
	}
	y := make([]float64, c.n+1)
	for k := range y {
		y[k] = math.NaN()
	}
	first, last := 0.0, 0
	x0 := make([]float64, c.p.Dim)
	end := make([]float64, c.p.Dim)
	total := func(x []float64) float64 { return c.p.Objective.Value(x) + c.p.Penalty(x) - c.best }
	err := claim.Follow(c.ctx, c.p, m, x0, c.n, func(k int, x []float64) bool {
		if k == 0 {
			first = total(x)
		}
		if k%max(1, c.every) == 0 || k == c.n {
			y[k] = total(x) / first
		}
		last = k
		copy(end, x)
		return true
	})
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if last < c.n {
		for k := last; k <= c.n; k++ {
			y[k] = total(end) / first
		}
	}
	c.gaps[name] = y
	c.r.Curve(figure, name, y)
	c.r.Note(fmt.Sprintf("%s, %s: gap / first gap after %d iterations", figure, name, c.n), y[c.n])
	return nil
}

// all runs several methods, in order.
func (c *race) all(figure, title string, ms ...entrant) error {
	c.r.Figure(figure, title, "(F − F*) / (F₀ − F*)")
	for _, e := range ms {
		if err := c.run(figure, e.name, e.m); err != nil {
			return err
		}
	}
	return nil
}

type entrant struct {
	name string
	m    bcd
}

// at returns the relative gap of a method after k iterations.
func (c *race) at(name string, k int) float64 { return c.gaps[name][k] }

// ahead compares the last gap of a with factor times that of b.
func (c *race) ahead(a, b string, factor float64) {
	ratio := c.at(a, c.n) / c.at(b, c.n)
	if c.at(a, c.n) <= 0 {
		ratio = 0 // rounding error of F*: the gap is closed
	}
	c.r.AtMost(a+" / "+b+": last gap", ratio, factor)
}

// smallest is the least last gap among names.
func (c *race) smallest(names ...string) float64 {
	v := math.Inf(1)
	for _, n := range names {
		v = min(v, c.at(n, c.n))
	}
	return v
}

// gradientEntrants are the twelve methods of the paper's figure 4: variable blocks and
// blocks sorted by L_i, tau = 5, steps 1/L_b.
func gradientEntrants() []entrant {
	var out []entrant
	for _, p := range []struct{ name, partition string }{{"VB", "variable"}, {"FB", "sort"}} {
		for _, s := range []struct{ name, rule string }{{"random", "random"}, {"cyclic", "cyclic"}, {"Lipschitz", "lipschitz"}, {"GS", "gs"}, {"GSD", "gsd"}, {"GSL", "gsl"}} {
			out = append(out, entrant{p.name + " " + s.name, bcd{Partition: p.partition, Select: s.rule, Update: "lb", Block: 5}})
		}
	}
	return out
}

// compareGradients checks what the paper says of figure 4: greedy rules beat random and
// cyclic ones, sampling by L_i beats uniform sampling of variable blocks, and the best of
// all is one of the greedy rules with L.
func (c *race) compareGradients() {
	for _, p := range []string{"VB ", "FB "} {
		for _, greedy := range []string{"GSD", "GSL"} {
			for _, other := range []string{"random", "cyclic"} {
				c.ahead(p+greedy, p+other, 1)
			}
		}
	}
	c.ahead("VB GS", "VB random", 1)
	c.ahead("VB Lipschitz", "VB random", 1)
	lead := c.smallest("VB GSL", "VB GSD", "FB GSL")
	rest := c.smallest("VB random", "VB cyclic", "VB Lipschitz", "VB GS", "FB random", "FB cyclic", "FB Lipschitz", "FB GS", "FB GSD")
	c.r.AtMost("best of VB GSL, VB GSD, FB GSL / best of the others: last gap", lead/rest, 1)
}

// partitions draws the paper's figure 10: gsl on blocks of 5 made in different ways.
func (c *race) partitions(figure, problem string) error {
	return c.all(figure+"-partitions", problem+", GSL, steps 1/L_b, τ = 5",
		entrant{"GSL order", bcd{Partition: "order"}}, entrant{"GSL avg", bcd{Partition: "avg"}}, entrant{"GSL sort", bcd{Partition: "sort"}},
		entrant{"GSL havg", bcd{Partition: "havg"}}, entrant{"GSL hsort", bcd{Partition: "hsort"}}, entrant{"random order", bcd{Partition: "order", Select: "random"}})
}

// unknown draws the paper's figure 9: known and unknown L_b, blocks in order.
func (c *race) unknown(figure, problem string) error {
	var out []entrant
	for _, tau := range []int{5, 20, 50} {
		for _, update := range []string{"lb", "la"} {
			out = append(out, entrant{fmt.Sprintf("%s τ = %d", update, tau), bcd{Partition: "order", Select: "gs", Update: update, Block: tau}})
		}
	}
	return c.all(figure+"-la", problem+", blocks in order, known and unknown L_b", out...)
}

// sizes draws the paper's figure 8: small and large blocks, steps 1/L_b.
func (c *race) sizes(figure, problem string) error {
	var out []entrant
	for _, tau := range []int{5, 50, 100} {
		for _, e := range []entrant{{"FB random", bcd{Select: "random"}}, {"FB GSL", bcd{}}, {"VB GSL", bcd{Partition: "variable"}}} {
			e.m.Block = min(tau, c.p.Dim)
			out = append(out, entrant{fmt.Sprintf("%s τ = %d", e.name, tau), e.m})
		}
	}
	return c.all(figure+"-tau", problem+", steps 1/L_b", out...)
}
