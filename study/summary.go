package study

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/godescent/descent"
	"github.com/godescent/descent/study/stat"
)

// A Summary is what a study says.
type Summary struct {
	Study    *Study
	Problems []ProblemSummary
	Overall  []Comparison // over all problems, if there are several: the best, or the baseline, with every other arm
	Ranking  []string     // arms by their mean rank, the best first
	Notes    []string     // what a reader should know
}

// A ProblemSummary is the part of one problem.
type ProblemSummary struct {
	Problem     string
	Certificate string // its kind
	Target      Target
	Rows        []Row // the best first
	Comparisons []Comparison
	Also        []ProblemSummary // by the easier bounds of the study, the easiest first
}

// A Row is an arm on a problem.
type Row struct {
	Arm     string
	Rank    int // from 1; equal where nothing tells arms apart
	Runs    int
	Reached int
	GivenUp bool   // after the first seeds: hopeless
	Error   string // why it cannot run

	Cost         float64 // median of the costs of reaching the target; +Inf if most runs did not
	CostInterval stat.Interval
	ERT          float64 // expected running time
	Seconds      float64 // median, of whole runs
	SecondsRange stat.Interval
	Iterations   float64 // medians at the end
	Evaluations  float64
	Value        float64
	Certificate  float64
	Apart        float64 // of networks: accuracy or R^2 on the rows kept apart; NaN: there are none

	Tuned *Tuned
}

// Summarize judges all runs.
func (res *Results) Summarize() *Summary {
	st := res.Study
	s := &Summary{Study: st}
	ranks := map[string]int{} // sums, by arm
	for p := range st.Problems {
		ps := res.problem(p)
		for _, r := range ps.Rows {
			ranks[r.Arm] += r.Rank
		}
		s.Problems = append(s.Problems, ps)
	}
	s.Ranking = res.names()
	slices.SortStableFunc(s.Ranking, func(a, b string) int { return cmp.Compare(ranks[a], ranks[b]) })
	if len(st.Problems) > 1 {
		s.Overall = res.against(st.arm(s.Ranking[0]), res.Overall, res.Overall)
	}
	s.Notes = res.notes(s)
	return s
}

// problem summarizes a problem.
func (res *Results) problem(p int) ProblemSummary {
	st := res.Study
	ps := ProblemSummary{Problem: st.Problems[p].String(), Certificate: res.certificateKind(p), Target: st.Target}
	for a := range st.Arms {
		ps.Rows = append(ps.Rows, res.row(p, a))
	}
	slices.SortStableFunc(ps.Rows, Row.compare)
	for k := range ps.Rows {
		ps.Rows[k].Rank = k + 1
		if k > 0 && ps.Rows[k].compare(ps.Rows[k-1]) == 0 {
			ps.Rows[k].Rank = ps.Rows[k-1].Rank
		}
	}
	ps.Comparisons = res.against(st.arm(ps.Rows[0].Arm),
		func(a, b int) Comparison { return res.Compare(p, a, b) },
		func(a, b int) Comparison { return res.test(p, a, b) })
	for _, bound := range slices.Backward(slices.Sorted(slices.Values(st.Also))) {
		ps.Also = append(ps.Also, res.at(bound).problem(p))
	}
	return ps
}

// against compares the baseline, or the best arm, with all others. P is corrected for the
// tests that this takes: where the data chose the best, those of all pairs. test is compare
// without what is estimated.
func (res *Results) against(best int, compare, test func(a, b int) Comparison) []Comparison {
	st := res.Study
	if st.Baseline != "" {
		best = st.arm(st.Baseline)
	}
	var all []Comparison
	var p []float64 // of the tests
	for b := range st.Arms {
		if b != best {
			c := compare(best, b)
			if c.cannotRun != "" {
				continue // a note says so
			}
			if all = append(all, c); c.tested() {
				p = append(p, c.Test.P)
			}
		}
	}
	for a := range st.Arms {
		for b := range a {
			if st.Baseline != "" || a == best || b == best {
				continue
			}
			if c := test(a, b); c.tested() {
				p = append(p, c.Test.P)
			}
		}
	}
	adjusted := stat.Holm(p)
	for i := range all {
		if all[i].tested() {
			all[i].Adjusted, adjusted = adjusted[0], adjusted[1:]
			all[i].Verdict = res.verdict(all[i])
		}
	}
	return all
}

// row summarizes the runs of an arm on a problem.
func (res *Results) row(p, a int) Row {
	st := res.Study
	o := res.outcomes(p, a)
	r := Row{
		Arm: st.Arms[a].Name, Runs: len(o.records), Reached: o.successes(), GivenUp: len(o.records) < len(st.Seeds) && o.errorText() == "",
		Error: o.errorText(), Tuned: res.Tuned[p][a], ERT: finite(o.ert()),
	}
	costs := o.costs()
	if res.fixed(p, a) && len(costs) > 0 { // one number, and its repetitions
		costs = costs[:1]
	}
	r.Cost, r.CostInterval = stat.Median(costs), stat.MedianInterval(costs, st.Level)
	seconds := o.each(func(r *Record) float64 { return r.Seconds })
	r.Seconds, r.SecondsRange = stat.Median(seconds), stat.MedianInterval(seconds, st.Level)
	r.Iterations = stat.Median(o.each(func(r *Record) float64 { return float64(r.Iterations) }))
	r.Evaluations = stat.Median(o.each(func(r *Record) float64 { return float64(r.Counts.Evals()) }))
	r.Value = stat.Median(o.each(func(r *Record) float64 { return worst(r.Value) }))
	r.Certificate = stat.Median(o.each(func(r *Record) float64 { return worst(r.Certificate.Value) }))
	r.Apart = stat.Median(o.each(func(r *Record) float64 {
		if v, ok := r.Metrics[metricScoreApart]; ok {
			return v
		}
		return math.NaN()
	}))
	return r
}

// compare orders rows: those that can run, then by the share that reached the target, then
// by expected running time, then by the value at the end.
func (r Row) compare(t Row) int {
	share := func(r Row) float64 { return float64(r.Reached) / float64(max(1, r.Runs)) }
	if c := cmp.Compare(min(1, len(r.Error)), min(1, len(t.Error))); c != 0 {
		return c
	}
	if c := cmp.Or(cmp.Compare(share(t), share(r)), cmp.Compare(r.ERT, t.ERT)); c != 0 || r.Reached > 0 {
		return c
	}
	return cmp.Compare(worst(r.Value), worst(t.Value))
}

// worst is v, +Inf where that is no number.
func worst(v float64) float64 {
	if math.IsNaN(v) {
		return math.Inf(1)
	}
	return v
}

// fewestForTest is how many pairs the signed-rank test needs before P can be below 5 %.
const fewestForTest = 6

func (res *Results) notes(s *Summary) []string {
	st := res.Study
	var notes []string
	if st.Measure == Seconds {
		notes = append(notes, "time is of this machine, one core to a run; counted measures (work, evaluations, iterations) are the same everywhere")
	}
	for p, ps := range s.Problems {
		for _, r := range ps.Rows {
			if r.Error != "" {
				notes = append(notes, fmt.Sprintf("%s cannot run on %s: %s", r.Arm, ps.Problem, r.Error))
			}
			if r.Error == "" && r.Reached < r.Runs {
				notes = append(notes, fmt.Sprintf("%s missed the target on %s in %d of %s: %s", r.Arm, ps.Problem, r.Runs-r.Reached, count(r.Runs, "run"), res.ends(p, st.arm(r.Arm))))
			}
			if r.GivenUp {
				notes = append(notes, fmt.Sprintf("%s was given up on %s after %s: another method reached the target each time at a tenth of the cost or less", r.Arm, ps.Problem, count(r.Runs, "seed")))
			}
		}
	}
	fewest := math.MaxInt
	for _, ps := range s.Problems {
		for _, c := range ps.Comparisons {
			if c.Basis == Paired || c.Basis == Expected {
				fewest = min(fewest, c.Pairs)
			}
		}
	}
	if fewest < fewestForTest {
		notes = append(notes, fmt.Sprintf("a signed-rank test of %d pairs cannot give p < 0.05, six can: go by the intervals, or take more seeds", fewest))
	}
	return notes
}

// ends says how runs that missed the target ended, the most frequent way first.
func (res *Results) ends(p, a int) string {
	o := res.outcomes(p, a)
	times := map[string]int{}
	var ways []string
	for i, r := range o.records {
		if o.reached[i] {
			continue
		}
		way := string(r.Status)
		switch r.Status {
		case descent.Limit:
			way = "limit of " + r.Limit
		case descent.Converged:
			way = "its certificate was within the tolerance before"
		}
		if times[way]++; times[way] == 1 {
			ways = append(ways, way)
		}
	}
	slices.SortStableFunc(ways, func(v, w string) int { return cmp.Compare(times[w], times[v]) })
	return strings.Join(ways, ", ")
}

// Profiles are the curves of a study over its instances: problems and seeds.
type Profiles struct {
	Arms     []string
	Profiles []stat.Profile
}

// costs are the costs by arm and instance, and the dimension of each instance plus one.
func (res *Results) costs() (costs [][]float64, units []float64) {
	st := res.Study
	costs = make([][]float64, len(st.Arms))
	for p := range st.Problems {
		from := len(units)
		for range st.Seeds {
			units = append(units, 1)
			for a := range costs {
				costs[a] = append(costs[a], math.Inf(1))
			}
		}
		for a := range st.Arms {
			o := res.outcomes(p, a)
			for i, cost := range o.costs() {
				k := from + o.seeds[i]
				costs[a][k], units[k] = cost, max(units[k], recordSize(o.records[i]).dim+1)
			}
		}
	}
	return costs, units
}

func (res *Results) names() []string {
	var names []string
	for _, a := range res.Study.Arms {
		names = append(names, a.Name)
	}
	return names
}

// PerformanceProfiles returns the share of instances that each arm solves within a factor of
// the best arm's cost.
func (res *Results) PerformanceProfiles() Profiles {
	costs, _ := res.costs()
	return Profiles{res.names(), stat.PerformanceProfiles(costs)}
}

// DataProfiles returns the share of instances that each arm solves within a cost of so many
// times dimension + 1.
func (res *Results) DataProfiles() Profiles {
	costs, units := res.costs()
	return Profiles{res.names(), stat.DataProfiles(costs, units)}
}
