package main

import (
	"github.com/godescent/descent/report"
	"github.com/godescent/descent/study"
	"github.com/godescent/descent/study/stat"
)

// comparison is what compare prints with --json.
type comparison struct {
	Name     string              `json:"name,omitempty"`
	Measure  study.Measure       `json:"measure"`
	Target   study.Target        `json:"target"`
	Level    float64             `json:"level"`
	Seeds    []uint64            `json:"seeds"`
	Problems []comparisonProblem `json:"problems"`
	Overall  []comparisonVerdict `json:"overall"`
	Ranking  []string            `json:"ranking"`
	Notes    []string            `json:"notes"`
	Gates    []comparisonGate    `json:"gates"`
	Found    int                 `json:"cells_found"`
	Ran      int                 `json:"cells_run"`
	Version  string              `json:"version"`
	Machine  string              `json:"machine"`
}

type comparisonProblem struct {
	Problem     string              `json:"problem"`
	Certificate string              `json:"certificate"`
	Target      study.Target        `json:"target"`
	Methods     []comparisonMethod  `json:"methods"`
	Comparisons []comparisonVerdict `json:"comparisons"`
	Also        []comparisonProblem `json:"also,omitempty"` // by easier bounds of the target
}

type comparisonMethod struct {
	Method       string            `json:"method"`
	Rank         int               `json:"rank"`
	Runs         int               `json:"runs"`
	Reached      int               `json:"reached"`
	GivenUp      bool              `json:"given_up,omitempty"`
	Error        string            `json:"error,omitempty"`
	Cost         num               `json:"cost"`
	CostInterval []num             `json:"cost_interval"`
	CostLevel    float64           `json:"cost_level"`
	ERT          num               `json:"expected_cost"`
	Seconds      num               `json:"seconds"`
	Iterations   num               `json:"iterations"`
	Evaluations  num               `json:"evaluations"`
	Value        num               `json:"value"`
	Certificate  num               `json:"certificate"`
	ScoreApart   num               `json:"score_apart"` // "NaN" where no rows are kept apart
	Tuned        map[string]string `json:"tuned,omitempty"`
	TuningRuns   int               `json:"tuning_runs,omitempty"`
	TuningCost   float64           `json:"tuning_cost,omitempty"`
}

type comparisonVerdict struct {
	A        string      `json:"a"`
	B        string      `json:"b"`
	Basis    study.Basis `json:"basis"`
	Ratio    num         `json:"ratio"`
	Interval []num       `json:"interval"`
	Pairs    int         `json:"pairs"`
	P        float64     `json:"p"`
	Adjusted float64     `json:"p_adjusted"`
	Effect   float64     `json:"rank_biserial"`
	Shown    bool        `json:"shown"`
	Verdict  string      `json:"verdict"`
}

type comparisonGate struct {
	Gate      string `json:"gate"`
	Problem   string `json:"problem"`
	Tripped   bool   `json:"tripped"`
	Undecided bool   `json:"undecided"`
	Detail    string `json:"detail"`
}

func ends(i stat.Interval) []num { return []num{num(i.Low), num(i.High)} }

func comparisonOf(c report.Comparison, gates []study.GateResult) comparison {
	s := c.Summary
	st := s.Study
	out := comparison{
		Name: st.Name, Measure: st.Measure, Target: st.Target, Level: st.Level, Seeds: st.Seeds,
		Overall: comparisonVerdicts(s.Overall), Ranking: s.Ranking, Notes: append([]string{}, s.Notes...), Gates: []comparisonGate{},
		Found: c.Results.Found, Ran: c.Results.Ran, Version: study.Version(), Machine: study.Machine(),
	}
	for _, p := range s.Problems {
		out.Problems = append(out.Problems, comparisonProblemOf(p))
	}
	for _, g := range gates {
		out.Gates = append(out.Gates, comparisonGate(g))
	}
	return out
}

func comparisonProblemOf(p study.ProblemSummary) comparisonProblem {
	q := comparisonProblem{Problem: p.Problem, Certificate: p.Certificate, Target: p.Target, Comparisons: comparisonVerdicts(p.Comparisons)}
	for _, r := range p.Rows {
		q.Methods = append(q.Methods, comparisonMethodOf(r))
	}
	for _, also := range p.Also {
		q.Also = append(q.Also, comparisonProblemOf(also))
	}
	return q
}

func comparisonMethodOf(r study.Row) comparisonMethod {
	m := comparisonMethod{
		Method: r.Arm, Rank: r.Rank, Runs: r.Runs, Reached: r.Reached, GivenUp: r.GivenUp, Error: r.Error,
		Cost: num(r.Cost), CostInterval: ends(r.CostInterval), CostLevel: r.CostInterval.Level, ERT: num(r.ERT), Seconds: num(r.Seconds), Iterations: num(r.Iterations),
		Evaluations: num(r.Evaluations), Value: num(r.Value), Certificate: num(r.Certificate), ScoreApart: num(r.Apart),
	}
	if t := r.Tuned; t != nil {
		m.Tuned, m.TuningRuns, m.TuningCost = t.Setting, t.Trials, t.Spent
	}
	return m
}

func comparisonVerdicts(all []study.Comparison) []comparisonVerdict {
	out := []comparisonVerdict{}
	for _, c := range all {
		out = append(out, comparisonVerdict{c.A, c.B, c.Basis, num(c.Ratio), ends(c.Interval), c.Pairs, c.Test.P, c.Adjusted, c.Effect, c.Shown, c.Verdict})
	}
	return out
}
