// Package stat has the statistics of comparisons: medians and their intervals, paired
// ratios, rank tests, effect sizes, corrections for several tests, expected running times,
// and performance and data profiles. All of it is a function of its arguments; resampling
// takes its stream.
//
// A cost that is +Inf belongs to a run that did not reach its target. NaN is refused by no
// function and poisons what it enters: callers keep it out.
package stat

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// An Interval holds a parameter with probability Level, if the assumptions of the function
// that made it are met.
type Interval struct {
	Low, High float64
	Level     float64
}

// Contains reports whether v is in the interval, ends included.
func (i Interval) Contains(v float64) bool { return i.Low <= v && v <= i.High }

// Mean returns the arithmetic mean of x, NaN if x is empty.
func Mean(x []float64) float64 {
	s := 0.0
	for _, v := range x {
		s += v
	}
	return s / float64(len(x))
}

// Median returns the median of x, NaN if x is empty.
func Median(x []float64) float64 { return Quantile(x, 0.5) }

// Quantile returns the p-quantile of x for p in [0, 1], between order statistics by linear
// interpolation (type 7 of Hyndman and Fan 1996, the default of NumPy and R); NaN if x is
// empty or p is out of range. An infinity counts as large; it is interpolated to nothing but itself.
func Quantile(x []float64, p float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	return quantile(slices.Sorted(slices.Values(x)), p)
}

// quantile is the p-quantile of sorted values, NaN if p is no share.
func quantile(sorted []float64, p float64) float64 {
	if !(p >= 0 && p <= 1) {
		return math.NaN()
	}
	at := p * float64(len(sorted)-1)
	k := min(int(at), len(sorted)-1)
	t := at - float64(k)
	if t == 0 || sorted[k] == sorted[k+1] {
		return sorted[k]
	}
	return sorted[k] + t*(sorted[k+1]-sorted[k])
}

// MedianInterval returns the interval of the median between two order statistics, the k-th
// smallest and the k-th largest, which holds it with at least the level whatever the
// distribution: k is the largest with P(B < k) <= (1-level)/2, B binomial(n, 1/2). With fewer
// values than that takes (six, for 95 %) it is their whole range, with the lower level that
// it then has. Level is the exact one, for continuous distributions; 0 if x is empty.
func MedianInterval(x []float64, level float64) Interval {
	n := len(x)
	if n == 0 {
		return Interval{math.NaN(), math.NaN(), 0}
	}
	s := slices.Sorted(slices.Values(x))
	at := func(k int) float64 { return math.Exp(logChoose(n, k) - float64(n)*math.Ln2) } // P(B = k)
	below, k := at(0), 1                                                                 // P(B < k)
	for k < (n+1)/2 && below+at(k) <= (1-level)/2 {
		below += at(k)
		k++
	}
	return Interval{s[k-1], s[n-k], max(0, 1-2*below)}
}

// MeanInterval returns the mean of x and its interval by Student's t distribution: exact for
// normal x. The interval is (-Inf, Inf) for fewer than two values.
func MeanInterval(x []float64, level float64) (mean float64, i Interval) {
	n := float64(len(x))
	mean = Mean(x)
	if n < 2 {
		return mean, Interval{math.Inf(-1), math.Inf(1), level}
	}
	ss := 0.0
	for _, v := range x {
		ss += (v - mean) * (v - mean)
	}
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile((1 + level) / 2)
	half := t * math.Sqrt(ss/(n-1)/n)
	return mean, Interval{mean - half, mean + half, level}
}

// PairedRatio returns the geometric mean of a[i]/b[i], all positive and finite, and its
// interval: that of the mean of the logarithms by Student's t distribution. Fewer than two
// pairs have the interval (0, Inf).
func PairedRatio(a, b []float64, level float64) (ratio float64, i Interval) {
	logs := make([]float64, len(a))
	for k := range a {
		logs[k] = math.Log(a[k]) - math.Log(b[k])
	}
	mean, i := MeanInterval(logs, level)
	return math.Exp(mean), Interval{math.Exp(i.Low), math.Exp(i.High), level}
}
