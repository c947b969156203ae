package study

import (
	"fmt"
	"math"

	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/study/stat"
)

// A Basis says what a comparison rests on.
type Basis string

// The bases of comparisons.
const (
	Paired   Basis = "paired"   // all runs reached the target: the geometric mean of the ratios of pairs, with Student's interval
	Expected Basis = "expected" // some runs missed it: the ratio of expected running times, with a bootstrap interval over pairs, of which it takes six for 95 %
	Exact    Basis = "exact"    // every seed gives the same: one ratio, between the bounds that the traces leave
	Single   Basis = "single"   // one pair of runs, or less than three problems: a ratio without an interval
	Reach    Basis = "reach"    // only one of both ever reached the target
	Nothing  Basis = "nothing"  // neither did, or one cannot run
)

// A Comparison is of arm A with arm B in the study's measure, on one problem or over all.
type Comparison struct {
	Problem  string // "" for all
	A, B     string
	Basis    Basis
	Ratio    float64 // cost of A over cost of B; below 1 is good for A
	Interval stat.Interval
	Pairs    int
	Test     stat.Test // Wilcoxon's, of the logarithms of the costs
	Adjusted float64   // its P, after Holm, among the comparisons reported together
	Effect   float64   // rank-biserial correlation: -1 if A is better in every pair
	Shown    bool      // the interval leaves 1 out; of Reach: 1 is not among the middle share Level of bootstrap samples
	Reached  [2]int    // pairs in which A and B reached the target; over all problems: those in which both did
	Verdict  string    // in words

	cannotRun   string // which arm cannot, and why; "" if both can
	fixed       bool   // both arms give the same with every seed
	certificate string // its kind
}

// replicates is how many bootstrap samples an interval takes.
const replicates = 2000

// Compare compares two arms on a problem. P is not corrected for other tests.
func (res *Results) Compare(p, a, b int) Comparison {
	c := res.test(p, a, b)
	x, y := res.outcomes(p, a).first(c.Pairs), res.outcomes(p, b).first(c.Pairs)
	level := res.Study.Level
	c.Interval.Level = level
	switch c.Basis {
	case Reach:
		if c.Ratio = math.Inf(1); c.Reached[0] > 0 {
			c.Ratio = 0
		}
	case Exact, Single:
		c.Ratio = x.ert() / y.ert()
		if c.Basis == Exact {
			c.Interval = stat.Interval{Low: x.least[0] / y.spent[0], High: x.spent[0] / y.least[0], Level: 1}
		}
	case Expected:
		c.Ratio = x.ert() / y.ert()
		c.Interval.Low = expectedInterval(x.lower(), y, c.A+" "+c.B, level).Low
		c.Interval.High = expectedInterval(x, y.lower(), c.A+" "+c.B, level).High
	case Paired:
		c.Ratio, _ = stat.PairedRatio(x.spent, y.spent, level)
		_, low := stat.PairedRatio(x.least, y.spent, level)
		_, high := stat.PairedRatio(x.spent, y.least, level)
		c.Interval.Low, c.Interval.High = low.Low, high.High
	}
	c.judge()
	c.Verdict = res.verdict(c)
	return c
}

// test tests two arms on a problem for a difference, and says what a comparison rests on.
func (res *Results) test(p, a, b int) Comparison {
	x, y := res.outcomes(p, a), res.outcomes(p, b)
	c := Comparison{
		Problem: res.Study.Problems[p].String(), A: res.Study.Arms[a].Name, B: res.Study.Arms[b].Name,
		fixed: res.fixed(p, a) && res.fixed(p, b), certificate: res.certificateKind(p),
	}
	c.unknown()
	n := min(len(x.records), len(y.records)) // the seeds that both ran
	if c.fixed {
		n = min(n, 1)
	}
	x, y = x.first(n), y.first(n)
	c.measure(x.costs(), y.costs())
	c.Reached = [2]int{x.successes(), y.successes()}
	switch ax, by := c.Reached[0], c.Reached[1]; {
	case n == 0 || x.errorText() != "" || y.errorText() != "" || ax == 0 && by == 0:
		c.Basis, c.cannotRun = Nothing, cannotRun(c.A, x, c.B, y)
		c.Test, c.Adjusted, c.Effect = stat.Test{P: 1}, 1, 0
	case ax == 0 || by == 0:
		c.Basis = Reach
		missed := math.Pow(1-float64(max(ax, by))/float64(n), float64(n)) // share of bootstrap samples in which neither reaches it
		c.Shown = missed <= (1-res.Study.Level)/2
	case n == 1 && c.fixed:
		c.Basis = Exact
	case n == 1:
		c.Basis = Single
	case ax < n || by < n:
		c.Basis = Expected
	default:
		c.Basis = Paired
	}
	return c
}

// cannotRun says which arm cannot run, and why.
func cannotRun(a string, x outcomes, b string, y outcomes) string {
	if text := x.errorText(); text != "" {
		return a + " cannot run: " + text
	}
	if text := y.errorText(); text != "" {
		return b + " cannot run: " + text
	}
	return ""
}

func (c *Comparison) unknown() {
	c.Ratio, c.Interval = math.NaN(), stat.Interval{Low: math.NaN(), High: math.NaN()}
}

// measure compares paired costs, of which infinite ones missed the target.
func (c *Comparison) measure(x, y []float64) {
	d := make([]float64, len(x))
	for i := range d {
		if x[i] != y[i] {
			d[i] = math.Log(x[i]) - math.Log(y[i])
		}
	}
	c.Pairs, c.Test, c.Effect = len(d), stat.Wilcoxon(d), stat.RankBiserial(d)
	c.Adjusted = c.Test.P
}

// tested reports whether the comparison rests on a test of several pairs.
func (c *Comparison) tested() bool {
	return c.Pairs > 1 && (c.Basis == Paired || c.Basis == Expected || c.Basis == Reach)
}

func (c *Comparison) judge() {
	switch c.Basis {
	case Exact, Paired, Expected:
		c.Shown = c.Interval.Low > 1 || c.Interval.High < 1
	}
}

// expectedInterval is the expanded percentile interval of the ratio of expected running times, over
// samples of pairs. A sample in which neither arm reaches the target counts as a tie. It is (0, Inf) if even
// the range of n pairs, which leaves the truth out with probability 2^(1-n), has less than the level.
func expectedInterval(x, y outcomes, name string, level float64) stat.Interval {
	n := len(x.spent)
	if math.Pow(2, float64(1-n)) > 1-level {
		return stat.Interval{Low: 0, High: math.Inf(1)}
	}
	s := rng.New(0, "study expected "+name)
	ratio := func(sample []int) float64 {
		a, b := x.ertOf(sample), y.ertOf(sample)
		if math.IsInf(a, 1) && math.IsInf(b, 1) {
			return 1
		}
		return a / b
	}
	return stat.Expanded(stat.Replicates(&s, n, replicates, ratio), n, level)
}

// Overall compares two arms over all problems: a pair is the expected running times of both
// on a problem.
func (res *Results) Overall(a, b int) Comparison {
	c := Comparison{A: res.Study.Arms[a].Name, B: res.Study.Arms[b].Name}
	var x, y, bothX, bothY []float64
	for p := range res.Study.Problems {
		v, w := finite(res.outcomes(p, a).ert()), finite(res.outcomes(p, b).ert())
		x, y = append(x, v), append(y, w)
		if !math.IsInf(v, 1) && !math.IsInf(w, 1) {
			bothX, bothY = append(bothX, v), append(bothY, w)
		}
	}
	c.measure(x, y)
	c.Ratio, c.Interval = stat.PairedRatio(bothX, bothY, res.Study.Level)
	switch len(bothX) {
	case 0:
		c.Basis = Nothing
		c.unknown()
	case 1, 2: // an interval would span everything
		c.Basis = Single
	default:
		c.Basis = Paired
	}
	c.Reached = [2]int{len(bothX), len(bothX)}
	c.judge()
	c.Verdict = res.verdict(c)
	return c
}

// finite turns the NaN of no runs into the infinity of no success.
func finite(ert float64) float64 {
	if math.IsNaN(ert) {
		return math.Inf(1)
	}
	return ert
}

// certificateKind is what certificates on a problem are.
func (res *Results) certificateKind(p int) string {
	for _, records := range res.Records[p] {
		for _, r := range records {
			if r != nil && r.Error == "" {
				return r.Certificate.Kind
			}
		}
	}
	return ""
}

// measureWords are the measures in verdicts.
var measureWords = map[Measure]string{Work: "work", Evaluations: "evaluations", Iterations: "steps", Seconds: "time"}

// verdict is a comparison in a sentence.
func (res *Results) verdict(c Comparison) string {
	if c.Problem == "" {
		return res.overallVerdict(c)
	}
	target := res.Study.Target.Words(c.certificate)
	of := fmt.Sprintf("%s of %s to %s", measureWords[res.Study.Measure], c.B, target)
	seeds := count(c.Pairs, "seed")
	switch c.Basis {
	case Nothing:
		if c.cannotRun != "" {
			return c.cannotRun
		}
		return fmt.Sprintf("neither %s nor %s reached %s", c.A, c.B, target)
	case Reach:
		winner, loser, won := c.A, c.B, c.Reached[0]
		if won == 0 {
			winner, loser, won = c.B, c.A, c.Reached[1]
		}
		if c.fixed {
			return fmt.Sprintf("%s reached %s, %s did not", winner, target, loser)
		}
		s := fmt.Sprintf("%s reached %s with %d of %s, %s with none", winner, target, won, seeds, loser)
		if c.Pairs >= fewestForTest {
			s += "; paired, p " + pText(c.Adjusted)
		}
		return c.unlessShown(s)
	case Exact:
		return c.unlessShown(fmt.Sprintf("%s needs %s%s the %s; counted, the same with every seed", c.A, times(c.Ratio), intervalText(c.Interval), of))
	case Single:
		return fmt.Sprintf("%s took %s the %s in the only pair of runs: no interval", c.A, times(c.Ratio), of)
	case Expected:
		return res.estimated(c, "the expected "+of, fmt.Sprintf("reached by %d and %d of %s, paired", c.Reached[0], c.Reached[1], seeds))
	}
	return res.estimated(c, "the "+of, seeds+", paired")
}

func (res *Results) estimated(c Comparison, of, rests string) string {
	return c.unlessShown(fmt.Sprintf("%s needs %s%s %s; %s, p %s", c.A, times(c.Ratio), intervalText(c.Interval), of, rests, pText(c.Adjusted)))
}

// unlessShown says of a sentence if the difference in it is not shown.
func (c *Comparison) unlessShown(sentence string) string {
	if c.Shown {
		return sentence
	}
	return "no difference shown: " + sentence
}

func (res *Results) overallVerdict(c Comparison) string {
	problems, both := count(c.Pairs, "problem"), c.Reached[0]
	if both < c.Pairs {
		problems = fmt.Sprintf("%d of %s that both solve", both, problems)
	}
	of := fmt.Sprintf("the %s of %s", measureWords[res.Study.Measure], c.B)
	switch c.Basis {
	case Nothing:
		return fmt.Sprintf("over all problems: there is none that both %s and %s solve", c.A, c.B)
	case Single:
		on := "the only problem"
		if both > 1 {
			on = fmt.Sprintf("the %d problems (geometric mean)", both)
		}
		return fmt.Sprintf("over all problems: %s took %s %s on %s that both solve: too few for an interval", c.A, times(c.Ratio), of, on)
	}
	return "over all problems: " + res.estimated(c, of, problems+", paired")
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func times(ratio float64) string { return short(ratio) + "x" }

// intervalText prints the ends of an interval, nothing if they are one to the digits printed.
func intervalText(i stat.Interval) string {
	low, high := short(i.Low), short(i.High)
	if low == high {
		return ""
	}
	return fmt.Sprintf(" [%s, %s]", low, high)
}

// short prints a number with three digits.
func short(v float64) string {
	if a := math.Abs(v); a >= 1000 && a < 1e6 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

func pText(p float64) string {
	if p < 0.001 {
		return "< 0.001"
	}
	return fmt.Sprintf("= %.2g", p)
}
