package study

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/godescent/descent"
	"github.com/godescent/descent/rng"
)

// A Tuning chooses the options of an arm on each problem, before and apart from the runs that
// are compared: with seeds of its own, and with a stated budget that the report shows.
type Tuning struct {
	Strategy Strategy         // "": Grid if the space has choices only and the budget allows, else Random
	Budget   int              // settings that are tried; 0: all of a grid, else 16
	Space    map[string]Range // by option
	Seeds    int              // runs of a setting; 0: 1
}

// A Strategy is a way to search the space.
type Strategy string

// The strategies.
const (
	Grid   Strategy = "grid"   // every combination
	Random Strategy = "random" // a Latin hypercube (McKay, Beckman and Conover 1979): each option takes a value in each part of its range
	// Halving is successive halving (Jamieson and Talwalkar 2016): all settings run with a small
	// part of the limits, the better third with three times as much, and so on up to
	// the whole.
	Halving Strategy = "halving"
)

const (
	defaultBudget = 16
	eta           = 3       // of halving
	firstTrial    = 1 << 32 // the first seed of tuning: beyond those of a comparison
)

func (t *Tuning) check() error {
	if len(t.Space) == 0 {
		return errors.New("tuning without anything to tune: want an option with several values, such as step=0.1|1 or step=1e-3..10")
	}
	combinations, choices := 1.0, true
	for _, r := range t.Space {
		combinations *= float64(len(r.Choices))
		choices = choices && r.Choices != nil
	}
	if t.Strategy == "" {
		t.Strategy = Random
		if choices && (t.Budget == 0 || combinations <= float64(t.Budget)) {
			t.Strategy = Grid
		}
	}
	switch {
	case !slices.Contains([]Strategy{Grid, Random, Halving}, t.Strategy):
		return fmt.Errorf("tuning %q: want %s, %s or %s", string(t.Strategy), Grid, Random, Halving)
	case t.Strategy == Grid && !choices:
		return errors.New("a grid wants values for every option, such as step=0.01|0.1|1; random and halving take ranges")
	case t.Budget < 0 || t.Budget > 100_000 || t.Seeds < 0:
		return fmt.Errorf("tuning with a budget of %d settings and %d seeds: want numbers >= 1", t.Budget, t.Seeds)
	case t.Strategy == Grid && t.Budget != 0 && combinations > float64(t.Budget):
		return fmt.Errorf("a grid of %g settings with a budget of %d: want a smaller grid, or random", combinations, t.Budget)
	case t.Strategy == Grid && combinations > 100_000:
		return fmt.Errorf("a grid of %g settings: want at most 100000", combinations)
	}
	if t.Strategy == Grid {
		t.Budget = int(combinations)
	}
	t.Budget = cmp.Or(t.Budget, defaultBudget)
	t.Seeds = cmp.Or(t.Seeds, 1)
	return nil
}

// corner is a setting at one end of the space.
func (t *Tuning) corner(u float64) map[string]string {
	s := map[string]string{}
	for name, r := range t.Space {
		s[name] = r.at(u)
	}
	return s
}

// settings returns what is tried, without repetitions.
func (t *Tuning) settings(arm string) []map[string]string {
	names := slices.Sorted(maps.Keys(t.Space))
	var out []map[string]string
	seen := map[string]bool{}
	add := func(s map[string]string) {
		if key := SettingText(s); !seen[key] {
			seen[key] = true
			out = append(out, s)
		}
	}
	u := t.hypercube(arm, names)
	for k := range t.Budget {
		setting, digits := map[string]string{}, k
		for _, name := range names {
			r := t.Space[name]
			if t.Strategy == Grid {
				setting[name] = r.Choices[digits%len(r.Choices)]
				digits /= len(r.Choices)
			} else {
				setting[name] = r.at(u[name][k])
			}
		}
		add(setting)
	}
	return out
}

// hypercube returns, for each option, numbers in [0, 1): one in each of Budget equal parts, in
// random order. The draws belong to the arm and the option.
func (t *Tuning) hypercube(arm string, names []string) map[string][]float64 {
	u := map[string][]float64{}
	for _, name := range names {
		s := rng.New(0, "study tuning "+arm+" "+name)
		part := make([]int, t.Budget)
		for k := range part {
			part[k] = k
		}
		s.Shuffle(part)
		for _, k := range part {
			u[name] = append(u[name], (float64(k)+s.Float64())/float64(t.Budget))
		}
	}
	return u
}

// SettingText prints options: "batch=32 step=0.1".
func SettingText(s map[string]string) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(s)) {
		parts = append(parts, name+"="+s[name])
	}
	return strings.Join(parts, " ")
}

// rungs returns the shares of the limits that the rounds have.
func (t *Tuning) rungs() []float64 {
	shares := []float64{1}
	if t.Strategy == Halving {
		for n := t.Budget; n > eta; n = (n + eta - 1) / eta {
			shares = append([]float64{shares[0] / eta}, shares...)
		}
	}
	return shares
}

// A Tuned is what tuning an arm on a problem came to.
type Tuned struct {
	Setting map[string]string
	Trials  int     // runs
	Spent   float64 // in the measure of the study, by all of them
}

// search is the state of tuning an arm on a problem.
type search struct {
	arm, problem int
	left         []map[string]string
	records      [][]*Record // of the settings in left, at the present rung
	rung         int
	shares       []float64
	tuned        Tuned
}

// tune chooses the options of all arms that are to be tuned, rung by rung, all together.
func (s *session) tune() error {
	var searches []*search
	for p := range s.study.Problems {
		for a := range s.study.Arms {
			if t := s.study.Arms[a].Tuning; t != nil {
				searches = append(searches, &search{arm: a, problem: p, left: t.settings(s.study.Arms[a].Name), shares: t.rungs()})
			}
		}
	}
	for {
		var tasks []*task
		for _, q := range searches {
			tasks = append(tasks, q.tasks(s)...)
		}
		if len(tasks) == 0 {
			return nil
		}
		if err := s.run(tasks); err != nil {
			return err
		}
		for _, q := range searches {
			q.judge(s)
		}
	}
}

// tasks are the runs of the present rung.
func (q *search) tasks(s *session) []*task {
	if q.rung == len(q.shares) {
		return nil
	}
	arm := &s.study.Arms[q.arm]
	var out []*task
	q.records = make([][]*Record, len(q.left))
	for i, setting := range q.left {
		q.records[i] = make([]*Record, arm.Tuning.Seeds)
		for k := range arm.Tuning.Seeds {
			out = append(out, s.task(q.problem, q.arm, arm.with(setting), firstTrial+uint64(k), s.study.limits(q.problem).scaled(q.shares[q.rung]), &q.records[i][k]))
		}
	}
	return out
}

// thresholds are those of the target for each seed, given the runs of the present rung.
func (q *search) thresholds(st *Study) []float64 {
	out := make([]float64, st.Arms[q.arm].Tuning.Seeds)
	for k := range out {
		var runs []*Record // on the instance
		for _, seeds := range q.records {
			if st.Problems[q.problem].Varies {
				seeds = seeds[k : k+1]
			}
			runs = append(runs, seeds...)
		}
		out[k] = st.Target.threshold(firstAndLeast(runs))
	}
	return out
}

// judge keeps the better settings after a rung.
func (q *search) judge(s *session) {
	if q.rung == len(q.shares) {
		return
	}
	type scored struct {
		setting map[string]string
		score   score
	}
	thresholds := q.thresholds(s.study)
	var all []scored
	for i, setting := range q.left {
		var sum score
		for k, r := range q.records[i] {
			c := s.study.Target.price(r, s.study.Measure, thresholds[k])
			sum.add(r, c.high, c.reached)
			q.tuned.Spent += s.study.Measure.of(r.Counts, r.Iterations, r.Seconds, recordSize(r))
			q.tuned.Trials++
		}
		all = append(all, scored{setting, sum})
	}
	slices.SortStableFunc(all, func(a, b scored) int { return a.score.compare(b.score) })
	q.rung++
	keep := 1
	if q.rung < len(q.shares) {
		keep = (len(all) + eta - 1) / eta
	}
	q.left = q.left[:0:0]
	for _, c := range all[:min(keep, len(all))] {
		q.left = append(q.left, c.setting)
	}
	if q.rung == len(q.shares) {
		q.tuned.Setting = q.left[0]
		s.tuned[q.problem][q.arm] = &q.tuned
	}
}

// A score orders settings: more runs that reach the target, then less cost, then a lower
// value at the end.
type score struct {
	errors, missed int
	cost, value    float64
}

func (s *score) add(r *Record, cost float64, reached bool) {
	s.cost += cost
	if r.Error != "" {
		s.errors++
	}
	if !reached {
		s.missed++
		v := r.Value
		if r.Status == descent.Diverged || math.IsNaN(v) {
			v = math.Inf(1)
		}
		s.value += v
	}
}

func (s score) compare(t score) int {
	if c := cmp.Or(cmp.Compare(s.errors, t.errors), cmp.Compare(s.missed, t.missed)); c != 0 || s.missed == 0 {
		return cmp.Or(c, cmp.Compare(s.cost, t.cost))
	}
	return cmp.Or(cmp.Compare(s.value, t.value), cmp.Compare(s.cost, t.cost))
}

// firstAndLeast returns the largest first value of the traces, and the least of all values and of the known minimum. Infinities do not
// count.
func firstAndLeast(records []*Record) (first, least float64) {
	first, least = math.Inf(-1), math.Inf(1)
	for _, r := range records {
		if r == nil || r.Error != "" || len(r.Trace) == 0 {
			continue
		}
		if v := r.Trace[0].Value; !math.IsInf(v, 0) && v > first {
			first = v
		}
		if m, known := r.Metrics[metricMinimum]; known {
			least = min(least, m)
		}
		for _, p := range r.Trace {
			if p.Value < least && !math.IsInf(p.Value, -1) {
				least = p.Value
			}
		}
	}
	return first, least
}
