package stat

import (
	"math"
	"slices"
)

// ERT returns the expected running time to a target: the cost of all runs over the number of
// those that reached it (Hansen, Auger, Ros, Mersmann, Tušar and Brockhoff, COCO, 2021,
// arXiv:1603.08785), which is that of a method restarted until it does. spent[i] is the cost
// of run i up to the target, or all that it cost if reached[i] is false. It is +Inf if none
// reached it, NaN without runs.
func ERT(spent []float64, reached []bool) (ert, success float64) {
	sum, n := 0.0, 0
	for i, v := range spent {
		sum += v
		if reached[i] {
			n++
		}
	}
	if len(spent) == 0 {
		return math.NaN(), math.NaN()
	}
	if n == 0 {
		return math.Inf(1), 0
	}
	return sum / float64(n), float64(n) / float64(len(spent))
}

// A Profile is a step function of a method: the share of problems that it solves within X.
// X increases, and Y[k] holds from X[k] on. It is 0 before X[0].
type Profile struct {
	X, Y []float64
}

// At returns the share at x.
func (p Profile) At(x float64) float64 {
	k, found := slices.BinarySearch(p.X, x)
	if found {
		return p.Y[k]
	}
	if k == 0 {
		return 0
	}
	return p.Y[k-1]
}

// distribution is the step function of values, of which infinite ones are never reached.
func distribution(values []float64) Profile {
	s := slices.Sorted(slices.Values(values))
	var p Profile
	for i, v := range s {
		if math.IsInf(v, 1) {
			break
		}
		y := float64(i+1) / float64(len(s))
		if k := len(p.X) - 1; k >= 0 && p.X[k] == v {
			p.Y[k] = y
			continue
		}
		p.X, p.Y = append(p.X, v), append(p.Y, y)
	}
	return p
}

// PerformanceProfiles returns, for each method, the share of problems on which its cost is
// within a factor of the least of all methods (Dolan and Moré 2002). costs[m][p] is positive,
// +Inf where method m fails on problem p. A problem that nobody solves counts for all.
func PerformanceProfiles(costs [][]float64) []Profile {
	out := make([]Profile, len(costs))
	for m := range costs {
		ratios := make([]float64, len(costs[m]))
		for p := range ratios {
			best := math.Inf(1)
			for _, c := range costs {
				best = min(best, c[p])
			}
			ratios[p] = costs[m][p] / best
			if math.IsInf(costs[m][p], 1) {
				ratios[p] = math.Inf(1)
			}
		}
		out[m] = distribution(ratios)
	}
	return out
}

// DataProfiles returns, for each method, the share of problems that it solves with a cost of
// x units of the problem (Moré and Wild 2009, whose unit is dimension + 1 evaluations, that of a
// simplex gradient). costs is as in [PerformanceProfiles], unit[p] is positive.
func DataProfiles(costs [][]float64, unit []float64) []Profile {
	out := make([]Profile, len(costs))
	for m := range costs {
		scaled := make([]float64, len(unit))
		for p := range scaled {
			scaled[p] = costs[m][p] / unit[p]
		}
		out[m] = distribution(scaled)
	}
	return out
}
