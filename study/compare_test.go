package study_test

import (
	"math"
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/study"
)

var inf = math.Inf(1)

// made builds the results of a study from costs in steps: costs[arm][problem][seed], negative
// where the run missed the target after so many steps.
func made(t *testing.T, costs map[string][][]float64, names ...string) *study.Results {
	t.Helper()
	st := &study.Study{Measure: study.Iterations, Level: 0.95, Target: study.Target{Kind: study.ValueTarget, Bound: 0.1}}
	res := &study.Results{Study: st}
	for p := range costs[names[0]] {
		st.Problems = append(st.Problems, study.Problem{Name: string(rune('P' + p)), Varies: true})
		var byArm [][]*study.Record
		var tuned []*study.Tuned
		for _, name := range names {
			var records []*study.Record
			for _, c := range costs[name][p] {
				steps := int(math.Abs(c))
				end := descent.TracePoint{Iteration: steps, Value: 0.1}
				if c < 0 {
					end.Value = 0.5
				}
				records = append(records, &study.Record{
					Iterations: steps, Value: end.Value, Certificate: descent.Certificate{Kind: descent.NoCertificate},
					Trace: []descent.TracePoint{{Value: 1}, {Iteration: steps - 1, Value: 0.5}, end},
				})
			}
			byArm, tuned = append(byArm, records), append(tuned, nil)
		}
		res.Records, res.Tuned = append(res.Records, byArm), append(res.Tuned, tuned)
	}
	for _, name := range names {
		st.Arms = append(st.Arms, study.Arm{Name: name, Method: "sgd"})
	}
	for k := range costs[names[0]][0] {
		st.Seeds = append(st.Seeds, uint64(k))
	}
	return res
}

// Verdicts say what was measured, on what it rests, and no more. The numbers of the first were
// checked with SciPy: exp of the mean and the t interval of log(a/b), and wilcoxon(log a - log b).
func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		name  string
		a, b  []float64
		basis study.Basis
		shown bool
		want  string
	}{
		{"all reached", []float64{60, 70, 55, 66, 58, 71, 62, 65}, []float64{100, 110, 95, 99, 101, 118, 96, 104}, study.Paired, true,
			"lion needs 0.615x [0.589, 0.643] the steps of adamw to F = 0.1; 8 seeds, paired, p = 0.0078"},
		{"no difference", []float64{100, 90, 110, 95}, []float64{95, 100, 100, 101}, study.Paired, false,
			"no difference shown: lion needs 0.995x [0.857, 1.16] the steps of adamw to F = 0.1; 4 seeds, paired, p = 0.88"},
		{"some missed", []float64{50, 50, 50, 50, 50, 50}, []float64{100, -400, 100, -400, 100, 100}, study.Expected, true,
			"lion needs 0.167x [0.0238, 0.5] the expected steps of adamw to F = 0.1; reached by 6 and 4 of 6 seeds, paired, p = 0.031"},
		{"some missed, few seeds", []float64{50, 50, 50}, []float64{100, -400, 100}, study.Expected, false,
			"no difference shown: lion needs 0.167x [0, +Inf] the expected steps of adamw to F = 0.1; reached by 3 and 2 of 3 seeds, paired, p = 0.25"},
		{"one never", []float64{50, 50, 50}, []float64{-400, -400, -400}, study.Reach, true,
			"lion reached F = 0.1 with 3 of 3 seeds, adamw with none"},
		{"the other never", []float64{-400, -400, -400}, []float64{50, 60, 50}, study.Reach, true,
			"adamw reached F = 0.1 with 3 of 3 seeds, lion with none"},
		{"once by luck", []float64{-400, -400, -400, -400, -400, -400, -400}, []float64{-400, -400, -400, 50, -400, -400, -400}, study.Reach, false,
			"no difference shown: adamw reached F = 0.1 with 1 of 7 seeds, lion with none; paired, p = 1"},
		{"neither", []float64{-400}, []float64{-400}, study.Nothing, false, "neither lion nor adamw reached F = 0.1"},
		{"one pair", []float64{50}, []float64{100}, study.Single, false,
			"lion took 0.5x the steps of adamw to F = 0.1 in the only pair of runs: no interval"},
	} {
		res := made(t, map[string][][]float64{"lion": {c.a}, "adamw": {c.b}}, "lion", "adamw")
		got := res.Compare(0, 0, 1)
		if got.Basis != c.basis || got.Shown != c.shown || got.Verdict != c.want {
			t.Errorf("%s: %v %v\n%s\nwant\n%s", c.name, got.Basis, got.Shown, got.Verdict, c.want)
		}
		if back := res.Compare(0, 1, 0); c.basis == study.Paired && math.Abs(back.Ratio*got.Ratio-1) > 1e-12 {
			t.Errorf("%s: %v and back %v", c.name, got.Ratio, back.Ratio)
		}
	}
}

// Two arms that are the same but for luck are told apart about as rarely as the level says, also where runs miss the
// target.
func TestLuckIsNoDifference(t *testing.T) {
	s := rng.New(1, "luck")
	const trials = 400
	for _, n := range []int{3, 6, 10} {
		wrong := 0
		for range trials {
			draw := func() []float64 {
				v := make([]float64, n)
				for i := range v {
					if v[i] = math.Round(1000 * math.Exp(0.3*s.Norm())); s.Float64() > 0.7 {
						v[i] = -4000
					}
				}
				return v
			}
			res := made(t, map[string][][]float64{"a": {draw()}, "b": {draw()}}, "a", "b")
			if res.Compare(0, 0, 1).Shown {
				wrong++
			}
		}
		if share := float64(wrong) / trials; share > 0.1 {
			t.Errorf("%d seeds: a difference is shown in %v of the comparisons", n, share)
		}
	}
}

// Where nothing is random, one run decides, and seeds are not counted as a sample. Points that
// the trace leaves out widen the interval.
func TestExactVerdict(t *testing.T) {
	res := made(t, map[string][][]float64{"a": {{50, 50, 50, 50, 50, 50}}, "b": {{100, 100, 100, 100, 100, 100}}}, "a", "b")
	res.Study.Problems[0].Varies = false
	c := res.Compare(0, 0, 1)
	if c.Basis != study.Exact || c.Pairs != 1 || c.Verdict != "a needs 0.5x the steps of b to F = 0.1; counted, the same with every seed" {
		t.Errorf("%+v", c)
	}
	res = made(t, map[string][][]float64{"a": {{50}}, "b": {{100}}}, "a", "b")
	res.Study.Problems[0].Varies, res.Study.Arms[0].Method, res.Study.Arms[1].Method = false, "gd", "gd"
	for _, r := range res.Records[0][0] {
		r.Trace[1].Iteration = 45 // the target was reached at one of 46 to 50
	}
	if c = res.Compare(0, 0, 1); c.Verdict != "a needs 0.5x [0.45, 0.5] the steps of b to F = 0.1; counted, the same with every seed" {
		t.Errorf("%+v", c)
	}
}

// What a contestant from outside has at the start is no answer: of one that answers once, it does not widen the interval.
func TestOneAnswer(t *testing.T) {
	for _, outside := range []bool{true, false} {
		res := made(t, map[string][][]float64{"a": {{50, 52, 51, 49, 50, 53}}, "b": {{100, 101, 99, 100, 102, 100}}}, "a", "b")
		for _, r := range res.Records[0][1] {
			r.Trace = []descent.TracePoint{r.Trace[0], r.Trace[2]} // of a method, it leaves out iterates
			if outside {
				r.Options = map[string]string{"command": "b"}
			}
		}
		if c := res.Compare(0, 0, 1); c.Basis != study.Paired || c.Shown != outside {
			t.Errorf("outside %v: %+v", outside, c)
		}
	}
}

// A limit of time may end one run and not the next: such costs are not the same with every seed. A value of -Inf is no
// minimum.
func TestNotTheSame(t *testing.T) {
	res := made(t, map[string][][]float64{"a": {{50, -50}}, "b": {{100, 100}}}, "a", "b")
	res.Study.Problems[0].Varies, res.Study.Arms[0].Method, res.Study.Arms[1].Method = false, "gd", "gd"
	if c := res.Compare(0, 0, 1); c.Basis != study.Expected || c.Pairs != 2 {
		t.Errorf("%+v", c)
	}
	res = made(t, map[string][][]float64{"a": {{50}}, "b": {{100}}}, "a", "b")
	res.Study.Target = study.Target{Kind: study.ReductionTarget, Bound: 1e-3}
	res.Records[0][1][0].Trace[2].Value = -inf
	if c := res.Compare(0, 0, 1); res.Least(0, 0) != 0.1 || c.Ratio != 0.5 {
		t.Errorf("least %v, %+v", res.Least(0, 0), c)
	}
}

// P is corrected for all pairs where the data chose the best, and for those reported with a baseline.
func TestCorrection(t *testing.T) {
	costs := map[string][][]float64{
		"a": {{10, 11, 12, 13, 14, 15, 16}}, "b": {{20, 21, 22, 23, 24, 25, 26}}, "c": {{30, 31, 32, 33, 34, 35, 36}},
	}
	res := made(t, costs, "b", "c", "a")
	s := res.Summarize()
	got := s.Problems[0].Comparisons
	const p = 2.0 / 128
	if len(got) != 2 || got[0].A != "a" || got[0].Test.P != p || got[0].Adjusted != 3*p || !strings.HasSuffix(got[0].Verdict, "p = 0.047") {
		t.Errorf("%+v", got)
	}
	res.Study.Baseline = "c"
	got = res.Summarize().Problems[0].Comparisons
	if len(got) != 2 || got[0].A != "c" || got[0].Adjusted != 2*p || got[0].Effect != 1 {
		t.Errorf("%+v", got)
	}
	if r := s.Ranking; r[0] != "a" || r[1] != "b" || r[2] != "c" {
		t.Errorf("ranking %v", r)
	}
}

// Over several problems a problem is a pair.
func TestOverall(t *testing.T) {
	res := made(t, map[string][][]float64{
		"a": {{10, 10}, {20, 20}, {40, 40}, {-50, -50}},
		"b": {{20, 20}, {40, 40}, {80, 80}, {100, 100}},
	}, "a", "b")
	s := res.Summarize()
	if len(s.Overall) != 1 || s.Overall[0].Verdict != "over all problems: a needs 0.5x the steps of b; 3 of 4 problems that both solve, paired, p = 0.75" {
		t.Errorf("%+v", s.Overall)
	}
	p := res.PerformanceProfiles()
	if at := p.Profiles[0].At(1); at != 0.75 {
		t.Errorf("a is best on %v", at)
	}
	if at := p.Profiles[1].At(2); at != 1 {
		t.Errorf("b is within 2 on %v", at)
	}
	if d := res.DataProfiles(); d.Profiles[0].At(5) != 0.25 { // 10 steps at dimension 1
		t.Errorf("data profile %v", d.Profiles[0])
	}
}

// The gate trips on a planted regression and only where it is shown.
func TestGates(t *testing.T) {
	res := made(t, map[string][][]float64{
		"cd":    {{120, 125, 118, 122, 119, 121}},
		"fista": {{100, 101, 99, 100, 102, 98}},
		"slow":  {{-500, -500, -500, -500, -500, -500}},
		"a b":   {{100, 60, 140, 100, 90, 180}},
	}, "cd", "fista", "slow", "a b")
	for _, c := range []struct {
		gate               string
		tripped, undecided bool
	}{
		{"cd > 1.1 * fista", true, false},
		{"cd > 1.3 * fista", false, false},
		{"fista < 0.9*cd", true, false},
		{"2 * fista > cd", true, false},
		{`"a b" > fista`, false, true},
		{`"a b" > 1.05 * cd`, false, true},
		{"slow > 10 * cd", true, false},
		{"cd > slow", false, false},
		{"success(slow) < 1", true, false},
		{"success(cd) < 1", false, false},
		{"success(cd) <= 1", true, false},
		{"1 > success(slow)", true, false},
		{"iterations(cd) > 110", true, false},
		{"cost(cd) >= 118", true, false},
		{"cd > 130", false, false},
		{"cd > 120", false, true},
		{"value(slow) > 0.4", true, false},
		{"value(slow) > 2 * value(cd)", true, false},
		{"cost(slow) > 1e9", true, false},
	} {
		g, err := study.ParseGate(c.gate)
		if err != nil {
			t.Error(err)
			continue
		}
		got, err := res.Gate(g)
		if err != nil || len(got) != 1 || got[0].Tripped != c.tripped || got[0].Undecided != c.undecided {
			t.Errorf("%s: %+v (%v)", c.gate, got, err)
		}
	}
}

// Values may be negative, and both sides 0: what is not a cost is compared as it is, not by a ratio.
func TestGatesOfValues(t *testing.T) {
	res := made(t, map[string][][]float64{"a": {{10, 11}}, "b": {{10, 11}}, "none": {{-50, -60}}, "nothing": {{-50, -60}}, "nan": {{-10, -10}}, "lucky": {{-10, 10}}},
		"a", "b", "none", "nothing", "nan", "lucky")
	for k := range 2 {
		res.Records[0][0][k].Value, res.Records[0][1][k].Value, res.Records[0][4][k].Value = -84, -86, math.NaN()
	}
	for _, c := range []struct {
		gate               string
		tripped, undecided bool
		detail             string
	}{
		{"value(a) > 1.1 * value(b)", true, false, "value(a) - 1.1 * value(b) is 10.6"},
		{"value(b) > 1.1 * value(a)", true, false, "value(b) - 1.1 * value(a) is 6.4"},
		{"value(b) > value(a)", false, false, "value(b) - value(a) is -2"},
		{"2 * value(a) < value(b)", true, false, "2 * value(a) - value(b) is -82"},
		{"success(none) < success(nothing)", false, false, "success(none) - success(nothing) is 0"},
		{"success(none) < success(a)", true, false, "success(none) - success(a) is -1"},
		{"value(nan) > 1", true, false, "value(nan) is +Inf"},
		{"none > 2 * lucky", false, true, "cost(none) / (2 * cost(lucky)) is +Inf [0.5, +Inf]"},
		{"none > 2 * a", true, false, "cost(none) / (2 * cost(a)) is +Inf"},
	} {
		g, err := study.ParseGate(c.gate)
		if err != nil {
			t.Fatal(err)
		}
		got, err := res.Gate(g)
		if err != nil || got[0].Tripped != c.tripped || got[0].Undecided != c.undecided || got[0].Detail != c.detail {
			t.Errorf("%s: %+v (%v)", c.gate, got, err)
		}
	}
}

func TestBadGates(t *testing.T) {
	for text, want := range map[string]string{
		"":                 "at its end: want a method",
		"cd":               "want <, >, <= or >=",
		"cd > ":            "at its end",
		"cd > 1 fista":     `at "fista": want the end`,
		"cd > -1 * fista":  "want a factor > 0",
		"1 < 2":            "two numbers",
		`"" < cd`:          "want a method",
		"speed(cd) > 1":    "want a quantity, one of cost, success",
		"success(cd > 1":   `at ">": want )`,
		"cd = fista":       "want <, >",
		"gd:step=1 > 2":    "a name with other characters in double quotes",
		"cd > inf":         "want a finite number",
		"cost( ) > 1":      "want a method",
		`"cd > 1`:          "a quote is not closed",
		"cd > fista > sgd": "want the end",
	} {
		if _, err := study.ParseGate(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: want %q, got %v", text, want, err)
		}
	}
	g, err := study.ParseGate("cd > fist")
	if err != nil {
		t.Fatal(err)
	}
	res := made(t, map[string][][]float64{"cd": {{1}}, "fista": {{1}}}, "cd", "fista")
	if _, err := res.Gate(g); err == nil || !strings.Contains(err.Error(), `no method "fist" in the study; did you mean fista?`) {
		t.Errorf("%v", err)
	}
}
