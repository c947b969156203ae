package curvature

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/descenttest"
	"github.com/godescent/descent/method/newton"
)

// A claim whose method or expectation is another is refuted by the comparison that it concerns.
func TestCanBeRefuted(t *testing.T) {
	for _, c := range []struct {
		name   string
		check  func(context.Context, *claim.Record) error
		reason string
	}{
		{"a fixed first radius and one trial", gnsNewton(newton.GNS{Trials: 1}, newton.GNS{Approximate: true}), "iterations with the Hessian"},
		{"another damping", mFAC(1 + 1e-6), "lambda = 1: relative error with sliding gradients"},
		{"entries of another variance", batchRates(1.3, 0), "relative error of the law"},
		{"far too large a share", coordinateClipping(0.6), "loss of SGD / share 0.1"},
	} {
		o := claim.Run(context.Background(), claim.Claim{Check: c.check})
		if o.Verdict != claim.Refuted || !strings.Contains(strings.Join(o.Reasons, "\n"), c.reason) {
			t.Errorf("%s: %s %q, want refuted for %q", c.name, o.Verdict, o.Reasons, c.reason)
		}
	}
}

// curved is an objective as the suite tests it: with products by its Hessian.
type curved struct {
	whole
	h []float64
}

type whole interface {
	descent.Objective
	descent.Smooth
	descent.HessianMatrix
}

func (c curved) HessVec(hv, x, v []float64) {
	n := len(x)
	c.Hessian(c.h, x)
	clear(hv)
	for i := range n {
		for j := range n {
			hv[i] += c.h[i*n+j] * v[j]
		}
	}
}

func TestObjectives(t *testing.T) {
	l := newLogSumExp(20, 5, 0.5)
	for _, f := range []whole{l, &chebyshev{}, times{l, 3}} {
		descenttest.TestObjective(t, curved{f, make([]float64, 25)}, descenttest.Points(4, 5, 1))
	}
	g := make([]float64, 5)
	if l.Gradient(g, make([]float64, 5)); math.Hypot(g[0], g[4]) > 1e-14 {
		t.Errorf("gradient %v at the minimum", g)
	}
}
