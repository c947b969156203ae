package curvature

import (
	"context"
	"math"

	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/rule"
	"github.com/godescent/descent/vec"
)

var clippingPaper = claim.Paper{
	Authors: "Y. Pan and Y. Li", Year: 2022,
	Title: "Toward Understanding Why Adam Converges Faster Than SGD for Transformers",
	Where: "NeurIPS 2022 workshop on optimization for machine learning, arXiv:2306.00204",
}

// CoordinateClipping is about clipping the largest elements of gradients where few of them have high curvature.
var CoordinateClipping = claim.Claim{
	ID:        "coordinate-clipping",
	Paper:     clippingPaper,
	Statement: "Where a small share of the coordinates carries huge gradients and curvatures, clipping the top share of the gradient lowers the directional sharpness v'Hv/|v|^2 of SGD's steps and speeds SGD up; clipping far more than that share does less good.",
	Published: "Sections 3 and 4; figures on machine translation and autoregression with transformers, where the sharpness of SGD is orders of magnitude above that of Adam. No number is checked.",
	Method: `A quadratic with 1000 coordinates, of which 20 have the curvature 1000 and the others 1, from a normal start, with gradients h_i x_i (1 + z/2), z normal;
300 steps of SGD and of SGD in coordinate-clip with the shares 0.02, 0.1 and 0.5, all with the same z, each with the best of the same 45 learning rates,
10^(-5), ..., 10^(1/2), 8 to the decade. The share 0.1 should have a loss 1000 times and a sharpness of the first step 10 times lower than SGD, and a lower loss than
the share 0.5. Much simpler than transformers: the few bad coordinates are there by construction.`,
	Check: coordinateClipping(0.1),
}

// coordinateClipping checks with a share in the place of 0.1.
func coordinateClipping(share float64) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		f := newFewSharp(1000, 20, 300)
		var loss, sharp [4]float64
		for i, c := range []struct {
			name string
			rule rule.Rule
		}{
			{"SGD", rule.SGD{}}, {"share 0.02", rule.CoordinateClip{Rule: rule.SGD{}, Share: 0.02}},
			{"share 0.1", rule.CoordinateClip{Rule: rule.SGD{}, Share: share}}, {"share 0.5", rule.CoordinateClip{Rule: rule.SGD{}, Share: 0.5}},
		} {
			var err error
			if loss[i], err = f.best(ctx, c.rule); err != nil {
				return err
			}
			sharp[i] = f.sharpness(f.direction(c.rule))
			r.Note(c.name+": least loss", loss[i])
			r.Note(c.name+": sharpness of the first step", sharp[i])
		}
		r.AtLeast("loss of SGD / share 0.1", loss[0]/loss[2], 1000)
		r.AtLeast("sharpness of SGD / share 0.1", sharp[0]/sharp[2], 10)
		r.AtLeast("loss of share 0.5 / share 0.1", loss[3]/loss[2], 1)
		return nil
	}
}

// fewSharp is sum_i h_i x_i^2/2 with noise that is the same for all who descend.
type fewSharp struct {
	h, x0 []float64
	noise [][]float64 // factors of the gradient's elements, for each step
}

func newFewSharp(n, sharp, steps int) *fewSharp {
	s, f := rng.New(1, "few sharp"), &fewSharp{h: make([]float64, n), x0: make([]float64, n)}
	for i := range n {
		if f.h[i] = 1; i < sharp {
			f.h[i] = 1000
		}
		f.x0[i] = s.Norm()
	}
	for range steps {
		z := make([]float64, n)
		for i := range z {
			z[i] = 1 + s.Norm()/2
		}
		f.noise = append(f.noise, z)
	}
	return f
}

func (f *fewSharp) value(x []float64) float64 {
	s := 0.0
	for i, v := range x {
		s += f.h[i] * v * v / 2
	}
	return s
}

func (f *fewSharp) gradient(g, x []float64, step int) {
	for i, v := range x {
		g[i] = f.h[i] * v * f.noise[step][i]
	}
}

// best returns the least loss after all steps over 45 learning rates.
func (f *fewSharp) best(ctx context.Context, r rule.Rule) (float64, error) {
	best, n := math.Inf(1), len(f.h)
	x, g := make([]float64, n), make([]float64, n)
	for e := -40; e <= 4; e++ {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		copy(x, f.x0)
		state, lr := rule.NewState[float64](r, n), math.Pow(10, float64(e)/8)
		for k := range f.noise {
			f.gradient(g, x, k)
			rule.Step(r, x, g, state, lr)
		}
		if v := f.value(x); v < best { // not NaN
			best = v
		}
	}
	return best, nil
}

// direction returns the first step of a rule for the learning rate 1.
func (f *fewSharp) direction(r rule.Rule) []float64 {
	x, g := make([]float64, len(f.h)), make([]float64, len(f.h))
	f.gradient(g, f.x0, 0)
	rule.Step(r, x, g, rule.NewState[float64](r, len(x)), 1)
	return x
}

// sharpness returns v'Hv/|v|^2.
func (f *fewSharp) sharpness(v []float64) float64 {
	return 2 * f.value(v) / vec.Dot(v, v)
}
