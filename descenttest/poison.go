package descenttest

import (
	"math"

	"github.com/godescent/descent"
)

// poisoned returns NaN from every oracle that is a function of x, from the n-th call on.
type poisoned struct {
	f     descent.Objective
	calls *int
	after int
}

func (p poisoned) bad() bool {
	*p.calls++
	return *p.calls > p.after
}

// spoil fills v with NaN if it is time, and returns f or NaN.
func (p poisoned) spoil(v []float64, f float64) float64 {
	if !p.bad() {
		return f
	}
	for i := range v {
		v[i] = math.NaN()
	}
	return math.NaN()
}

func (p poisoned) Value(x []float64) float64 { return p.spoil(nil, p.f.Value(x)) }

// Each wrapper has the oracles of the objectives that it is for: a method that asks for one
// more would refuse it, and go unchecked.
type (
	poisonedSmooth struct{ poisoned }
	poisonedSum    struct{ poisoned }
	poisonedTerms  struct {
		poisonedSmooth
		poisonedSum
	}
	poisonedL       struct{ poisonedSmooth }
	poisonedConvex  struct{ poisonedL }
	poisonedCurved  struct{ poisonedSmooth }
	poisonedProduct struct { // with constants and Hessian-vector products
		poisonedConvex
		curves poisonedCurved
	}
	poisonedHessian struct{ poisonedCurved } // without constants
	poisonedMatrix  struct{ poisonedProduct }
	poisonedModel   struct {
		poisonedMatrix
		sums poisonedSum
	}
)

func (p poisonedTerms) Value(x []float64) float64 { return p.poisonedSmooth.Value(x) }

func (p poisonedSmooth) Gradient(g, x []float64) float64 {
	return p.spoil(g, p.f.(descent.Smooth).Gradient(g, x))
}

func (p poisonedSum) Terms() int { return p.f.(descent.FiniteSum).Terms() }

func (p poisonedSum) TermGradient(g, x []float64, idx []int) float64 {
	return p.spoil(g, p.f.(descent.FiniteSum).TermGradient(g, x, idx))
}

// TermLipschitz is an oracle of stochastic methods; +Inf is no bound.
func (p poisonedSum) TermLipschitz() float64 {
	if o, ok := p.f.(interface{ TermLipschitz() float64 }); ok {
		return o.TermLipschitz()
	}
	return math.Inf(1)
}

func (p poisonedL) Lipschitz() float64 { return p.f.(descent.Lipschitz).Lipschitz() }

func (p poisonedConvex) StrongConvexity() float64 {
	return p.f.(descent.StrongConvexity).StrongConvexity()
}

func (p poisonedCurved) HessVec(hv, x, v []float64) {
	p.f.(descent.HessianVector).HessVec(hv, x, v)
	p.spoil(hv, 0)
}

func (p poisonedProduct) HessVec(hv, x, v []float64) { p.curves.HessVec(hv, x, v) }

// Quadratic is an oracle of methods for quadratics.
func (p poisonedProduct) Quadratic() bool {
	q, ok := p.f.(interface{ Quadratic() bool })
	return ok && q.Quadratic()
}

func (p poisoned) hessian(h, x []float64) {
	p.f.(descent.HessianMatrix).Hessian(h, x)
	p.spoil(h, 0)
}

func (p poisonedHessian) Hessian(h, x []float64) { p.hessian(h, x) }
func (p poisonedMatrix) Hessian(h, x []float64)  { p.hessian(h, x) }

// blocks is the oracle of second-order block methods.
type blocks interface {
	HessianBlock(h []float64, idx []int, x []float64)
}

func (p poisonedModel) HessianBlock(h []float64, idx []int, x []float64) {
	p.f.(blocks).HessianBlock(h, idx, x)
	p.spoil(h, 0)
}

func (p poisonedModel) CoordinateLipschitz(l []float64) {
	p.f.(descent.CoordinateLipschitz).CoordinateLipschitz(l)
}

func (p poisonedModel) TermLipschitz() float64 { return p.sums.TermLipschitz() }

func (p poisonedModel) Terms() int { return p.sums.Terms() }

func (p poisonedModel) TermGradient(g, x []float64, idx []int) float64 {
	return p.sums.TermGradient(g, x, idx)
}

// batches is the oracle of training.
type batches interface {
	BatchGradient(g, x []float32, batch []int, step uint64) (float32, error)
}

type poisonedBatches struct{ poisonedTerms }

func (p poisonedBatches) BatchGradient(g, x []float32, batch []int, step uint64) (float32, error) {
	loss, err := p.poisonedSum.f.(batches).BatchGradient(g, x, batch, step)
	if p.poisonedSum.bad() {
		loss = float32(math.NaN())
		for i := range g {
			g[i] = loss
		}
	}
	return loss, err
}

// poison wraps an objective with as many of its oracles as some wrapper has.
func poison(in poisoned) descent.Objective {
	smooth := poisonedSmooth{in}
	convex := poisonedConvex{poisonedL{smooth}}
	matrix := poisonedMatrix{poisonedProduct{convex, poisonedCurved{smooth}}}
	_, isSmooth := in.f.(descent.Smooth)
	_, product := in.f.(descent.HessianVector)
	_, whole := in.f.(descent.HessianMatrix)
	_, l := in.f.(descent.Lipschitz)
	_, mu := in.f.(descent.StrongConvexity)
	_, sum := in.f.(descent.FiniteSum)
	_, block := in.f.(blocks)
	_, each := in.f.(descent.CoordinateLipschitz)
	_, batch := in.f.(batches)
	constants := l && mu
	switch {
	case isSmooth && sum && batch:
		return poisonedBatches{poisonedTerms{smooth, poisonedSum{in}}}
	case isSmooth && product && whole && constants && sum && block && each:
		return poisonedModel{matrix, poisonedSum{in}}
	case isSmooth && product && whole && constants:
		return matrix
	case isSmooth && product && constants:
		return matrix.poisonedProduct
	case isSmooth && sum:
		return poisonedTerms{smooth, poisonedSum{in}}
	case isSmooth && constants:
		return convex
	case isSmooth && l:
		return convex.poisonedL
	case isSmooth && product && whole:
		return poisonedHessian{poisonedCurved{smooth}}
	case isSmooth && product:
		return poisonedCurved{smooth}
	case isSmooth:
		return smooth
	case sum:
		return poisonedSum{in}
	}
	return in
}
