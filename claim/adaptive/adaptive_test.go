package adaptive

import (
	"context"
	"strings"
	"testing"

	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/rule"
)

// A claim whose rule is another, or whose expectation is wrong, is refuted by the comparison that it concerns.
func TestCanBeRefuted(t *testing.T) {
	for _, c := range []struct {
		name   string
		check  func(context.Context, *claim.Record) error
		reason string
	}{
		{"Adam for AdaBelief", adaBelief(rule.Adam{}, 0), "|x| + |y|, rate 0.001: steps of AdaBelief"},
		{"Adam for diffGrad", diffGrad(rule.Adam{Beta1: 0.95}, ""), "F2: diffGrad ends at"},
		{"half of the domain for Lion", lionK(0.5), "box: relative gap of F"},
		{"Adam for Lion", lion(rule.AdamW{Decay: 0.1}, 0), "from 0 and 1"},
		{"momentum for SGDP", adamP(rule.SGD{Momentum: 0.9}, 0), "sphere, projected"},
		{"no curvature for Sophia", sophia(rule.Sophia{Eps: 1e6}, 1, 0), "valley: steps of Sophia"},
		{"one estimate for Sophia", sophia(rule.Sophia{}, 1, 0), "distance of the mean estimate from the diagonal / its norm, random labels"},
		{"singular vectors for cosines", dctAdamW(singularVectors, 0), "distance of projections from those by fast transforms"},
		{"fewer cosines", dctAdamW(func(rank int, square bool, eps float64) rule.Rule { return dct((rank+1)/2, square, eps) }, 0), "largest part that is dropped"},
		{"another period for FRUGAL", frugal(rule.FRUGAL{Every: 40}, 0), "neither AdamW's nor signs"},
		{"older changes for ConAdv", conAdv(1, digitsAgainst{}), "tau = 2: distance from the parameters of two goroutines"},
		{"a radius that hides the digits", conAdv(0, digitsAgainst{radius: 4, epochs: 5, rates: []float64{0.1}, tune: []uint64{1}, judge: []uint64{2, 3, 4}}), "points of accuracy: ConAdv(1) - plain"},
		{"another lambda for TrAct", tract(0.2, 0), "residual of the normal equations"},
	} {
		o := claim.Run(context.Background(), claim.Claim{Check: c.check})
		if o.Verdict != claim.Refuted || !strings.Contains(strings.Join(o.Reasons, "\n"), c.reason) {
			t.Errorf("%s: %s %q, want refuted for %q", c.name, o.Verdict, o.Reasons, c.reason)
		}
	}
}

// What is left of the slow claims without their networks is held.
func TestExactParts(t *testing.T) {
	for name, check := range map[string]func(context.Context, *claim.Record) error{
		"adamp":     adamP(rule.SGDP{Momentum: 0.9, Eps: 1e-12}, 0),
		"adabelief": adaBelief(rule.AdaBelief{Eps: 1e-8}, 0),
		"frugal":    frugal(rule.FRUGAL{Every: 50}, 0),
		"diffgrad":  diffGrad(rule.DiffGrad{Beta1: 0.95}, ""),
		"sophia":    sophia(rule.Sophia{}, 1000, 0),
		"dct-adamw": dctAdamW(dct, 0),
		"lion":      lion(rule.Lion{Decay: 0.1}, 0),
		"tract":     tract(0.1, 0),
		"conadv":    conAdv(0, digitsAgainst{}),
	} {
		if o := claim.Run(context.Background(), claim.Claim{Check: check}); o.Verdict != claim.Held {
			t.Errorf("%s: %s %q", name, o.Verdict, o.Reasons)
		}
	}
}
