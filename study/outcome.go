package study

import (
	"math"

	"github.com/godescent/descent/study/stat"
)

// outcomes are what came of the runs of an arm on a problem, seed by seed. Arms that were
// given up have the outcomes of their first seeds only.
type outcomes struct {
	records []*Record
	spent   []float64 // up to the target, or all
	least   []float64 // lower bounds of spent, where the trace leaves out iterates
	reached []bool
	seeds   []int // their places in Study.Seeds
}

// outcomes returns the judged runs of an arm. All arms of a problem are judged at the first
// call, when the study is complete.
func (res *Results) outcomes(p, a int) outcomes {
	if res.judged == nil {
		res.judged = make([][]outcomes, len(res.Records))
	}
	if res.judged[p] == nil {
		res.judged[p] = res.judge(p)
	}
	return res.judged[p][a]
}

// at returns the same runs for another bound of the target.
func (res *Results) at(bound float64) *Results {
	st, other := *res.Study, *res
	st.Target.Bound, st.Also = bound, nil
	other.Study, other.judged = &st, nil
	return &other
}

// judge judges the runs of all arms on a problem by the target.
func (res *Results) judge(p int) []outcomes {
	st := res.Study
	thresholds := make([]float64, len(st.Seeds))
	for k := range thresholds {
		if k > 0 && !st.Problems[p].Varies {
			thresholds[k] = thresholds[0] // one instance
			continue
		}
		thresholds[k] = res.threshold(p, k)
	}
	all := make([]outcomes, len(st.Arms))
	for a := range all {
		o := &all[a]
		for k, r := range res.Records[p][a] {
			if r == nil {
				continue
			}
			c := st.Target.price(r, st.Measure, thresholds[k])
			o.records, o.spent, o.least, o.reached = append(o.records, r), append(o.spent, c.high), append(o.least, c.low), append(o.reached, c.reached)
			o.seeds = append(o.seeds, k)
		}
	}
	return all
}

// costs are the costs of reaching the target, +Inf where a run did not.
func (o outcomes) costs() []float64 {
	c := make([]float64, len(o.spent))
	for i, v := range o.spent {
		c[i] = v
		if !o.reached[i] {
			c[i] = math.Inf(1)
		}
	}
	return c
}

func (o outcomes) successes() int {
	n := 0
	for _, ok := range o.reached {
		if ok {
			n++
		}
	}
	return n
}

func (o outcomes) ert() float64 {
	e, _ := stat.ERT(o.spent, o.reached)
	return e
}

// errorText is why the arm cannot run, "" if it can.
func (o outcomes) errorText() string {
	for _, r := range o.records {
		if r.Error != "" {
			return r.Error
		}
	}
	return ""
}

// each collects a number of every run.
func (o outcomes) each(f func(*Record) float64) []float64 {
	v := make([]float64, len(o.records))
	for i, r := range o.records {
		v[i] = f(r)
	}
	return v
}

// lower returns the outcomes at their lower bounds.
func (o outcomes) lower() outcomes {
	o.spent = o.least
	return o
}

// first returns those of the first n seeds.
func (o outcomes) first(n int) outcomes {
	return outcomes{o.records[:n], o.spent[:n], o.least[:n], o.reached[:n], o.seeds[:n]}
}

// ertOf returns the expected running time of a bootstrap sample.
func (o outcomes) ertOf(sample []int) float64 {
	sum, n := 0.0, 0
	for _, i := range sample {
		sum += o.spent[i]
		if o.reached[i] {
			n++
		}
	}
	return sum / float64(n) // +Inf if none reached it: costs are positive
}

// fixed reports whether every seed gives the arm the same costs: then seeds are no sample.
// So it is with counted costs where the instance does not depend on the seed and all of several runs came out the
// same to the last bit (a limit of time may have ended some), or there is one, of a method that draws nothing.
func (res *Results) fixed(p, a int) bool {
	if !res.Study.Measure.counted() || res.Study.Problems[p].Varies {
		return false
	}
	o := res.outcomes(p, a)
	for _, r := range o.records {
		if q := o.records[0]; r.Value != q.Value || r.Iterations != q.Iterations || r.Counts != q.Counts {
			return false
		}
	}
	return len(o.records) > 1 || !res.Study.Arms[a].draws()
}

// An Outcome is a cell of a study, judged by its target.
type Outcome struct {
	Problem int // its place in Study.Problems
	Arm     string
	Record  *Record
	Cost    float64 // of reaching the target, or of the whole run
	Reached bool
}

// Cells returns the outcomes of all cells that were compared, by problem, arm and seed.
func (res *Results) Cells() []Outcome {
	var out []Outcome
	for p := range res.Records {
		for a := range res.Records[p] {
			o := res.outcomes(p, a)
			for i, r := range o.records {
				out = append(out, Outcome{p, res.Study.Arms[a].Name, r, o.spent[i], o.reached[i]})
			}
		}
	}
	return out
}
