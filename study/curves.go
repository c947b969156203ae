package study

import (
	"math"
	"slices"

	"github.com/godescent/descent/study/stat"
)

// A Curve is how an arm comes down on a problem: over seeds, the median, the least and the most of
// what is left at each cost.
type Curve struct {
	Arm         string
	Cost        []float64 // in the measure of the study, increasing
	Median      []float64
	Least, Most []float64
}

// mostPoints is how many points a curve has.
const mostPoints = 200

// Curves returns the curves of a problem: the best certificate so far if the target is one, the least F so far if it is a
// value, else the least F so far above the known minimum, or above the least that any run on the
// instance has seen.
func (res *Results) Curves(p int) []Curve {
	st := res.Study
	var out []Curve
	for a := range st.Arms {
		c := Curve{Arm: st.Arms[a].Name}
		var runs []descentOf
		for k, r := range res.Records[p][a] {
			if r != nil && len(r.Trace) > 0 {
				runs = append(runs, res.descent(p, k, r))
			}
		}
		c.fill(runs)
		out = append(out, c)
	}
	return out
}

// descentOf is what is left after each cost, in one run.
type descentOf struct{ cost, left []float64 }

func (res *Results) descent(p, k int, r *Record) descentOf {
	st := res.Study
	least := 0.0
	if st.Target.Kind == ReductionTarget {
		least = res.least(p, k)
	}
	var d descentOf
	best := math.Inf(1)
	for _, t := range r.Trace {
		v := t.Value - least
		if st.Target.Kind == CertificateTarget {
			v = t.Certificate
		}
		if v < best {
			best = v
		}
		d.cost = append(d.cost, st.Measure.of(t.Counts, t.Iteration, t.Seconds, recordSize(r)))
		d.left = append(d.left, best)
	}
	return d
}

// at returns what is left at a cost, +Inf before the first point.
func (d descentOf) at(cost float64) float64 {
	k, found := slices.BinarySearch(d.cost, cost)
	if found {
		for k+1 < len(d.cost) && d.cost[k+1] == cost {
			k++
		}
		return d.left[k]
	}
	if k == 0 {
		return math.Inf(1)
	}
	return d.left[k-1]
}

func (c *Curve) fill(runs []descentOf) {
	var costs []float64
	for _, d := range runs {
		costs = append(costs, d.cost...)
	}
	slices.Sort(costs)
	costs = slices.Compact(costs)
	if n := len(costs); n > mostPoints {
		thin := make([]float64, mostPoints)
		for i := range thin {
			thin[i] = costs[i*(n-1)/(mostPoints-1)]
		}
		costs = thin
	}
	for _, x := range costs {
		left := make([]float64, len(runs))
		for i, d := range runs {
			left[i] = d.at(x)
		}
		c.Cost = append(c.Cost, x)
		c.Median = append(c.Median, stat.Median(left))
		c.Least, c.Most = append(c.Least, slices.Min(left)), append(c.Most, slices.Max(left))
	}
}

// Least returns the known minimum of problem p with the k-th seed, or the least F that any run on the
// instance has seen; +Inf if there is none.
func (res *Results) Least(p, k int) float64 { return res.least(p, k) }
