package nn

import (
	"fmt"
	"math"

	"github.com/godescent/descent/vec"
)

// Correct returns how many rows of logits [len(labels), classes] are largest at their label.
// A row whose largest number is not unique counts for the first; one with NaN is wrong.
func Correct[T vec.Float](logits []T, labels []int) int {
	if len(labels) == 0 {
		return 0
	}
	classes, correct := len(logits)/len(labels), 0
	for i, k := range labels {
		if argmax(logits[i*classes:(i+1)*classes]) == k {
			correct++
		}
	}
	return correct
}

// argmax returns the place of the first largest number, -1 if one is NaN.
func argmax[T vec.Float](x []T) int {
	best := 0
	for i, v := range x {
		if v != v {
			return -1
		}
		if v > x[best] {
			best = i
		}
	}
	return best
}

// Accuracy returns the share of rows of logits [len(labels), classes] that are largest at
// their label. An error says that lengths do not fit.
func Accuracy[T vec.Float](logits []T, labels []int) (float64, error) {
	if len(labels) == 0 || len(logits) == 0 || len(logits)%len(labels) != 0 {
		return 0, fmt.Errorf("nn: accuracy of %d numbers with %d labels: want the same number of classes for each label", len(logits), len(labels))
	}
	return float64(Correct(logits, labels)) / float64(len(labels)), nil
}

// R2 returns the coefficient of determination 1 - |y - p|^2 / |y - mean(y)|^2 of predictions
// p of y: 1 is perfect, 0 as good as the mean. Constant targets have none: NaN, or 1 if all
// predictions are exact.
func R2[T vec.Float](predictions, targets []T) (float64, error) {
	if len(targets) == 0 || len(predictions) != len(targets) {
		return 0, fmt.Errorf("nn: R^2 of %d predictions with %d targets: want equal numbers, at least 1", len(predictions), len(targets))
	}
	mean, rest, total := 0.0, 0.0, 0.0
	for _, v := range targets {
		mean += float64(v) / float64(len(targets))
	}
	for i, v := range targets {
		rest += math.Pow(float64(v)-float64(predictions[i]), 2)
		total += math.Pow(float64(v)-mean, 2)
	}
	switch {
	case total > 0 || total != total || rest != rest:
		return 1 - rest/total, nil
	case rest == 0:
		return 1, nil
	}
	return math.NaN(), nil
}

// Perplexity returns exp of a mean cross-entropy: the number of equally likely tokens among
// which a model is as unsure.
func Perplexity(crossEntropy float64) float64 { return math.Exp(crossEntropy) }
