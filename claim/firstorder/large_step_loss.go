package firstorder

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/method/gradient"
)

// LargeStepLoss is about what the loss says of progress on separable data.
var LargeStepLoss = claim.Claim{
	ID:        "large-step-loss",
	Paper:     NormalizedLRGD.Paper,
	Statement: "Over the step gamma of gradient descent on the logistic loss, the steps that separate the classes in the fewest updates have the highest loss on the way: the loss is no measure of progress.",
	Published: "Experiments with two classes of CIFAR-10, Fashion-MNIST, EuroSAT and MNIST, 5000 samples each: the largest steps reach accuracy 1 first while their loss is the highest.",
	Method: `Other and easier data: digits 0 and 1 of the embedded digits (360 images of 8 x 8 pixels, divided by 16), gamma = 1e-3, 1e-2, ..., 100.
The rank correlation of the loss after 20 steps with the number of updates that separate the classes should be negative.
For the classes 3 and 8, which are harder to tell apart, it is reported, from 1e-2 on, and not judged.`,
	Check: largeStepLoss([]float64{1e-3, 1e-2, 1e-1, 1, 10, 100}),
}

func largeStepLoss(gammas []float64) func(context.Context, *claim.Record) error {
	return func(ctx context.Context, r *claim.Record) error {
		judged, err := lossAgainstUpdates(ctx, r, 0, 1, gammas)
		if err != nil {
			return err
		}
		r.AtMost("digits 0 and 1: rank correlation of loss and updates over gamma", judged, -1e-9)
		harder, err := lossAgainstUpdates(ctx, r, 3, 8, gammas[1:])
		r.Note("digits 3 and 8: rank correlation of loss and updates over gamma", harder)
		return err
	}
}

// lossAgainstUpdates is the rank correlation for two digits.
func lossAgainstUpdates(ctx context.Context, r *claim.Record, a, b float64, gammas []float64) (float64, error) {
	x, y, err := twoClasses("digits", a, b)
	if err != nil {
		return 0, err
	}
	for i := range x.Data {
		x.Data[i] /= 16
	}
	m, err := logistic(x, y)
	if err != nil {
		return 0, err
	}
	var losses, counts []float64
	for _, gamma := range gammas {
		loss := math.NaN()
		err := claim.Follow(ctx, m.Problem(), gradient.GD{Rule: "fixed", Step: gamma}, make([]float64, m.Dim()), 20, func(_ int, theta []float64) bool {
			loss = m.Value(theta)
			return true
		})
		if err != nil {
			return 0, err
		}
		k, err := separate(ctx, m, gradient.NormalizedGD{Variant: "gd", Step: gamma}, 2_000_000)
		if err != nil {
			return 0, err
		}
		losses, counts = append(losses, loss), append(counts, float64(k))
		r.Note(fmt.Sprintf("digits %g and %g, gamma = %g: loss after 20 steps", a, b, gamma), loss)
		r.Note(fmt.Sprintf("digits %g and %g, gamma = %g: updates to separate", a, b, gamma), float64(k))
	}
	return spearman(losses, counts), nil
}

// spearman is the correlation of ranks; equal values share the mean of theirs.
func spearman(x, y []float64) float64 {
	rank := func(v []float64) []float64 {
		sorted, out := slices.Clone(v), make([]float64, len(v))
		sort.Float64s(sorted)
		for i, a := range v {
			lo := sort.SearchFloat64s(sorted, a)
			hi := lo
			for hi < len(sorted) && sorted[hi] <= a {
				hi++
			}
			out[i] = float64(lo+hi-1) / 2
		}
		return out
	}
	rx, ry := rank(x), rank(y)
	var sxy, sxx, syy float64
	mean := float64(len(x)-1) / 2
	for i := range rx {
		sxy += (rx[i] - mean) * (ry[i] - mean)
		sxx += sqf(rx[i] - mean)
		syy += sqf(ry[i] - mean)
	}
	return sxy / math.Sqrt(sxx*syy)
}
