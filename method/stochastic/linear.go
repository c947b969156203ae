package stochastic

import (
	"math"

	"github.com/godescent/descent"
	"github.com/godescent/descent/prox"
)

// linear moves x by steps of a variance-reduced method on a linear model,
//
//	x <- prox_{gamma h}(x - gamma (d a_i + G + lambda x_P))
//
// An entry that a_i does not touch moves by a map that depends on its own G_j alone,
// and G_j changes only when a row touches entry j. So with sparse rows an entry is left
// behind and brought up to date when a row touches it, m steps at once:
//
//	x_j <- rho^m x_j - gamma (1 + rho + ... + rho^(m-1)) G_j,  rho = 1 - gamma lambda
//
// for h = 0, and piecewise so for h = l1 |x|_1. A step then costs the length of its
// row instead of O(n). (Just-in-time updates: Schmidt, Le Roux and Bach 2017, 4.1.)
type linear struct {
	p     *descent.Problem
	terms LinearTerms
	x, g  []float64 // x and G, which the caller owns
	step  float64
	rho   float64
	head  int // the ridge is on x[:head]

	support  TermSupport // nil for dense steps
	l1       float64
	now      int   // steps since the last settle
	seen     []int // how many of them x[j] has made
	pow, sum []float64
}

// newLinear prepares for at most m steps between calls of settle.
func newLinear(p *descent.Problem, terms LinearTerms, x, g []float64, step float64, m int) *linear {
	lambda, head := terms.Ridge()
	l := &linear{p: p, terms: terms, x: x, g: g, step: step, rho: 1 - step*lambda, head: head}
	s, ok := p.Objective.(TermSupport)
	if !ok || s.TermSupport(0) == nil {
		return l
	}
	switch h := p.Regularizer.(type) {
	case nil:
	case prox.L1:
		l.l1, ok = h.Lambda, head == len(x)
	case prox.Head:
		var one prox.L1
		one, ok = h.H.(prox.L1)
		l.l1, ok = one.Lambda, ok && h.N == head
	default:
		ok = false
	}
	if !ok || l.rho < 0 { // beyond 1/lambda steps oscillate, so that coast would be wrong
		l.l1 = 0
		return l
	}
	l.support, l.seen = s, make([]int, head)
	l.pow, l.sum = make([]float64, m+1), make([]float64, m+1)
	l.pow[0] = 1
	for k := range m {
		l.pow[k+1], l.sum[k+1] = l.rho*l.pow[k], l.rho*l.sum[k]+step
	}
	return l
}

// slope returns phi_i'(a_i.x) at the present x.
func (l *linear) slope(i int) float64 {
	l.p.CountTerms(1)
	if l.support != nil {
		for _, j := range l.support.TermSupport(i) {
			if m := l.now - l.seen[j]; m > 0 {
				l.x[j] = l.coast(l.x[j], l.g[j], m)
			}
		}
	}
	return l.terms.TermSlope(i, l.terms.TermDot(i, l.x))
}

// move makes a step along d a_i + G, where slope(i) was the last call.
func (l *linear) move(i int, d float64) {
	x, g := l.x, l.g
	for j := l.head; j < len(x); j++ {
		x[j] -= l.step * g[j]
	}
	if l.support == nil {
		for j, v := range x[:l.head] {
			x[j] = l.rho*v - l.step*g[j]
		}
		l.terms.TermAxpy(-l.step*d, i, x)
		if l.p.Regularizer != nil {
			l.p.Prox(x, x, l.step)
		}
		return
	}
	l.now++
	touched := l.support.TermSupport(i)
	for _, j := range touched {
		x[j] = l.rho*x[j] - l.step*g[j]
		l.seen[j] = l.now
	}
	l.terms.TermAxpy(-l.step*d, i, x)
	if l.l1 > 0 {
		for _, j := range touched {
			x[j] = soft(x[j], l.step*l.l1)
		}
	}
}

// settle brings every entry up to date.
func (l *linear) settle() {
	for j, seen := range l.seen {
		if m := l.now - seen; m > 0 {
			l.x[j] = l.coast(l.x[j], l.g[j], m)
		}
		l.seen[j] = 0
	}
	l.now = 0
}

// coast makes m steps x <- soft(rho x - gamma g, gamma l1). On one side of 0 they are
// affine and monotone, so an end on that side was reached without crossing.
func (l *linear) coast(x, g float64, m int) float64 {
	if l.l1 == 0 {
		return l.pow[m]*x - l.sum[m]*g
	}
	for ; m > 0; m-- {
		side := l.l1
		switch {
		case x < 0 || x == 0 && g > l.l1:
			side = -l.l1
		case x == 0 && g >= -l.l1:
			return 0
		}
		if y := l.pow[m]*x - l.sum[m]*(g+side); y != 0 && (y > 0) == (side > 0) {
			return y
		}
		x = soft(l.rho*x-l.step*g, l.step*l.l1)
	}
	return x
}

func soft(v, t float64) float64 { return math.Copysign(max(0, math.Abs(v)-t), v) }
