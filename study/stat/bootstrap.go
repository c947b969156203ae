package stat

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/godescent/descent/rng"
)

// A Statistic is a function of a sample that is given by the indices of its members, each in
// [0, n), with repetitions. It may return an infinity.
type Statistic func(sample []int) float64

// Replicates returns the statistic of b samples of size n with replacement, sorted. Cost: b
// statistics.
func Replicates(s *rng.Stream, n, b int, f Statistic) []float64 {
	out, sample := make([]float64, b), make([]int, n)
	for k := range out {
		for i := range sample {
			sample[i] = s.Intn(n)
		}
		out[k] = f(sample)
	}
	slices.Sort(out)
	return out
}

// Percentile returns the percentile interval of sorted replicates (Efron and Tibshirani 1993,
// chapter 13).
func Percentile(sorted []float64, level float64) Interval {
	return Interval{quantile(sorted, (1-level)/2), quantile(sorted, (1+level)/2), level}
}

// Expanded returns the percentile interval of sorted replicates at the level that makes up for what it lacks with a
// sample of n >= 2: that which would give the mean of a normal sample Student's interval (Hesterberg 2015, The
// American Statistician 69, 371-386). Small samples have no more than the range of the replicates.
func Expanded(sorted []float64, n int, level float64) Interval {
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(n - 1)}.Quantile((1 + level) / 2)
	tail := distuv.UnitNormal.CDF(-math.Sqrt(float64(n)/float64(n-1)) * t)
	return Interval{quantile(sorted, tail), quantile(sorted, 1-tail), level}
}

// BCa returns the bias-corrected and accelerated interval of f on a sample of size n
// (Efron 1987) from b replicates; the acceleration is that of the jackknife. It falls back
// to the percentile interval where all replicates are on one side of f, or f does not depend
// on the sample. It wants n >= 2.
func BCa(s *rng.Stream, n, b int, f Statistic, level float64) Interval {
	sorted := Replicates(s, n, b, f)
	whole := make([]int, n)
	for i := range whole {
		whole[i] = i
	}
	estimate := f(whole)
	below := 0.0
	for _, v := range sorted {
		if v < estimate {
			below++
		} else if v == estimate {
			below += 0.5
		}
	}
	a, ok := acceleration(n, f)
	if share := below / float64(b); ok && share > 0 && share < 1 {
		normal := distuv.UnitNormal
		z0 := normal.Quantile(share)
		adjusted := func(p float64) float64 {
			z := z0 + normal.Quantile(p)
			return normal.CDF(z0 + z/(1-a*z))
		}
		return Interval{quantile(sorted, adjusted((1-level)/2)), quantile(sorted, adjusted((1+level)/2)), level}
	}
	return Percentile(sorted, level)
}

// acceleration is a sixth of the skewness of the jackknife values; false if they are all equal or
// not finite.
func acceleration(n int, f Statistic) (a float64, ok bool) {
	values, sample := make([]float64, n), make([]int, n-1)
	for leave := range values {
		for i := range sample {
			sample[i] = i
			if i >= leave {
				sample[i]++
			}
		}
		values[leave] = f(sample)
	}
	mean := Mean(values)
	square, cube := 0.0, 0.0
	for _, v := range values {
		square += (mean - v) * (mean - v)
		cube += (mean - v) * (mean - v) * (mean - v)
	}
	a = cube / (6 * math.Pow(square, 1.5))
	return a, square > 0 && !math.IsNaN(a) && !math.IsInf(a, 0)
}
