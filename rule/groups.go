package rule

import (
	"errors"
	"fmt"
	"path"

	"github.com/godescent/descent/vec"
)

// Groups gives blocks rules by their names: that of the first group whose pattern matches, or Rest.
//
// Memory: that of the rule with most vectors, for all blocks.
type Groups struct {
	Groups []Group
	Rest   Rule
}

// A Group is the blocks whose names match a pattern.
type Group struct {
	Pattern string  // as in path.Match: "*.bias"
	Rule    Rule    // of elements or blocks
	Ratio   float64 // of its learning rate to that of all, > 0; default 1
}

// Check implements [Rule].
func (r Groups) Check() error {
	err := checkWrapped("groups", r.Rest)
	for i, g := range r.Groups {
		if _, bad := path.Match(g.Pattern, ""); bad != nil {
			err = errors.Join(err, fmt.Errorf("groups: group %d: pattern = %q: %w", i, g.Pattern, bad))
		}
		err = errors.Join(err, checkWrapped("groups", g.Rule, positive("ratio", g.Ratio)))
	}
	if err != nil {
		return err
	}
	if r.most(func(r Rule) int { return int(NeedsOf(r).Scope) }) == int(Whole) {
		return errors.New("groups: a rule updates all parameters at once: want rules of elements or blocks")
	}
	if !r.oneCurvature() {
		return errors.New("groups: rules want curvatures of different kinds or at different steps: want the same for all of them")
	}
	return nil
}

// oneCurvature reports whether one estimate of curvatures is what all rules want that want any.
func (r Groups) oneCurvature() bool {
	all := NeedsOf(r)
	fits := func(n Needs) bool {
		return n.Curvature == 0 || n.Curvature == all.Curvature && n.GaussNewton == all.GaussNewton
	}
	for _, g := range r.Groups {
		if !fits(NeedsOf(g.Rule)) {
			return false
		}
	}
	return fits(NeedsOf(r.Rest))
}

// Rate returns that of the rule for the rest.
func (r Groups) Rate() float64 { return r.Rest.Rate() }

// most returns the largest of what a function returns for the rules.
func (r Groups) most(f func(r Rule) int) int {
	n := f(r.Rest)
	for _, g := range r.Groups {
		n = max(n, f(g.Rule))
	}
	return n
}

// Vectors implements [Rule].
func (r Groups) Vectors() int { return r.most(Rule.Vectors) }

// Needs implements [Needer].
func (r Groups) Needs() Needs {
	n := NeedsOf(r.Rest)
	for _, g := range r.Groups {
		m := NeedsOf(g.Rule)
		most := max(n.Scalars, m.Scalars)
		n = n.and(m)
		n.Scalars = most
	}
	n.Scope = max(n.Scope, Blocks)
	return n
}

// Extra implements [Shaper].
func (r Groups) Extra(shape []int) int {
	return r.most(func(r Rule) int { return extraOf(r, shape) })
}

// Step32 implements [Rule].
func (r Groups) Step32(p *Part[float32]) { groups(r, p) }

// Step64 implements [Rule].
func (r Groups) Step64(p *Part[float64]) { groups(r, p) }

func groups[T vec.Float](r Groups, p *Part[T]) {
	rule, ratio := r.of(p.Blocks[0])
	c := p.wrapped(0, 0)
	c.LR *= ratio
	c.V = c.V[:rule.Vectors()]
	c.apply(rule)
}

// of returns the rule of a block, and the ratio of its learning rate to that of all.
func (r Groups) of(b Block) (Rule, float64) {
	for _, g := range r.Groups {
		if ok, _ := path.Match(g.Pattern, b.Name); ok {
			return g.Rule, or(g.Ratio, 1)
		}
	}
	return r.Rest, 1
}
