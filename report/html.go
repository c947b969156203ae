package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/godescent/descent"
	"github.com/godescent/descent/study"
)

// An Origin is where a page comes from.
type Origin struct {
	Command string             // that repeats it
	Source  *Source            // the study's file; nil if there is none
	Gates   []study.GateResult // that were checked
	Version string             // of the program
}

// WriteHTML writes the comparison as one self-contained page: verdicts, tables, charts that zoom, and what
// is needed to repeat it. A chart has a line for each run; of many runs, those of the first seeds. With 50
// lines of any length a page stays below 1.5 MB.
func (c Comparison) WriteHTML(w io.Writer, o Origin) error {
	p := &page{Title: cmp.Or(c.Summary.Study.Name, "Comparison of "+plural(len(c.Summary.Study.Arms), "method")), Lead: c.lead(), Notes: c.Summary.Notes, Command: o.Command, Source: o.Source, Version: o.Version}
	p.Verdicts = c.pageVerdicts(o.Gates)
	kept := c.drawn()
	lines := 0
	for _, runs := range kept {
		lines += len(runs)
	}
	for k, ps := range c.Summary.Problems {
		s := section{Title: ps.Problem, Blocks: c.blocks(ps)}
		if len(kept[k]) > 0 {
			s.Figure = c.runFigure(k, kept[k], pointsEach(lines))
		}
		p.Sections = append(p.Sections, s)
		p.Runs = append(p.Runs, c.runTable(k))
	}
	p.Sections = append(p.Sections, c.profileSection("Performance profile", c.Profile(), "The share of instances (problems and seeds) that a method solves within a factor of the cost of the best method there."))
	if c.Summary.Study.Measure != study.Seconds {
		p.Sections = append(p.Sections, c.profileSection("Data profile", c.DataProfile(), "The share of instances that a method solves within a cost of so many times dimension + 1."))
	}
	c.facts(p)
	return p.write(w)
}

// blocks are the tables of a problem, one for each bound of the target. Verdicts that stand on top are not
// repeated.
func (c Comparison) blocks(p study.ProblemSummary) []block {
	var out []block
	for _, q := range append(slices.Clone(p.Also), p) {
		b := block{Caption: c.asked(q) + ".", Table: pageTable{grid: c.table(q)}}
		if len(c.Summary.Problems) > 1 || len(p.Also) > 0 {
			b.Verdicts = sentences(q.Comparisons)
		}
		out = append(out, b)
	}
	return out
}

// lead says in a sentence what was compared.
func (c Comparison) lead() string {
	st := c.Summary.Study
	return fmt.Sprintf("%s on %s with %s: %s to %s.", plural(len(st.Arms), "method"), plural(len(st.Problems), "problem"), plural(len(st.Seeds), "seed"),
		measureUnits[st.Measure], st.Target.Words(c.certificate()))
}

// certificate is the kind that all problems have, "" if there are several.
func (c Comparison) certificate() string {
	kind := ""
	for _, p := range c.Summary.Problems {
		if p.Certificate != "" && kind != "" && p.Certificate != kind {
			return ""
		}
		kind = cmp.Or(kind, p.Certificate)
	}
	return kind
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// pageVerdicts are the sentences on top: of all problems, or of the only one, and the gates.
func (c Comparison) pageVerdicts(gates []study.GateResult) []string {
	var out []string
	if len(c.Summary.Overall) > 0 {
		out = append(out, "ranking by mean rank: "+strings.Join(c.Summary.Ranking, ", "))
		out = append(out, sentences(c.Summary.Overall)...)
	} else {
		out = sentences(c.Summary.Problems[0].Comparisons)
	}
	for _, g := range gates {
		state := "passed"
		if g.Tripped {
			state = "FAILED"
		} else if g.Undecided {
			state = "undecided, passed"
		}
		out = append(out, fmt.Sprintf("gate %s: %s, on %s: %s", state, g.Gate, g.Problem, g.Detail))
	}
	return out
}

func sentences(all []study.Comparison) []string {
	var out []string
	for _, v := range all {
		out = append(out, v.Verdict)
	}
	return out
}

// mostDrawn is how many runs a page draws, if that leaves each method one on every problem.
const mostDrawn = 300

// A drawnRun is a run that is a line of a chart.
type drawnRun struct {
	arm, seed int // places in the study
	name      string
	record    *study.Record
}

// drawn chooses the runs to draw, by problem: those of the first seeds, and of runs that are equal but for
// their time the first.
func (c Comparison) drawn() [][]drawnRun {
	st := c.Summary.Study
	seeds := min(len(st.Seeds), max(1, mostDrawn/(len(st.Arms)*len(st.Problems))))
	out := make([][]drawnRun, len(st.Problems))
	for p, arms := range c.Results.Records {
		for a, records := range arms {
			var runs []drawnRun
			for k, r := range records[:seeds] {
				twin := func(d drawnRun) bool { return !st.Problems[p].Varies && same(d.record, r) }
				if r == nil || len(r.Trace) == 0 || slices.ContainsFunc(runs, twin) {
					continue
				}
				runs = append(runs, drawnRun{a, k, "seed " + strconv.FormatUint(r.Seed, 10), r})
			}
			if len(runs) == 1 && seeds > 1 && !st.Problems[p].Varies {
				runs[0].name = "the same with every seed"
			}
			out[p] = append(out[p], runs...)
		}
	}
	return out
}

// same reports whether runs are equal but for their time.
func same(a, b *study.Record) bool {
	return b != nil && a.Value == b.Value && a.Iterations == b.Iterations && a.Counts == b.Counts
}

// runFigure is the figure of problem p.
func (c Comparison) runFigure(p int, runs []drawnRun, points int) *figure {
	st := c.Summary.Study
	measures := []study.Measure{st.Measure}
	for _, m := range study.Measures() {
		if m != st.Measure {
			measures = append(measures, m)
		}
	}
	ch := chart{X: axesOf(measures), Y: c.heights(p), Best: true}
	for _, d := range runs {
		arm := st.Arms[d.arm]
		counted := measures
		if arm.Method == "" { // a contestant from outside
			counted = []study.Measure{study.Seconds}
		}
		curve := chartCurve{Group: arm.Name, Name: d.name, Data: runCurve(d.record, counted, st.Target.Kind == study.ValueTarget, c.Results.Least(p, d.seed), points)}
		curve.look(d.arm)
		ch.Curves = append(ch.Curves, curve)
	}
	drawing := c.Curves(p)
	title := drawing.Title
	drawing.Title = "" // the section has it
	return &figure{
		Title: "How far runs have come on " + title, chart: ch, drawing: drawing.small(len(st.Arms) * len(st.Problems)),
		Drawn: "Medians and ranges over seeds of the best so far.", Caption: "A line for each run: of equal runs, and of many seeds, the first.",
	}
}

// heights are what charts of problem p can show: what the target is about comes first.
func (c Comparison) heights(p int) []chartAxis {
	st := c.Summary.Study
	certificate := chartAxis{Key: certificateKey, Label: cmp.Or(c.Summary.Problems[p].Certificate, "certificate"), Log: true}
	gap := chartAxis{Key: gapKey, Label: "F − least F", Log: true}
	switch st.Target.Kind {
	case study.CertificateTarget:
		certificate.Target = &st.Target.Bound
		return []chartAxis{certificate, gap}
	case study.ValueTarget:
		return []chartAxis{{Key: valueKey, Label: "F", Log: st.Target.Bound > 0, Target: &st.Target.Bound}, gap, certificate}
	}
	return []chartAxis{gap, certificate}
}

// profileSection is a section of a profile.
func (c Comparison) profileSection(title string, l Lines, caption string) section {
	f := &figure{Title: title, Drawn: caption, Caption: caption, chart: l.chart()}
	l.Title = ""
	f.drawing = l.small(0)
	return section{Title: title, Figure: f}
}

// runTable lists all runs on problem p.
func (c Comparison) runTable(p int) pageTable {
	st := c.Summary.Study
	t := pageTable{grid: grid{header: []string{"method", "seed", "status", "reached", measureUnits[st.Measure], "seconds", "iterations", "evaluations", "F", "certificate", "diagnosis"}}}
	if st.Measure == study.Seconds {
		t.header[4] = "seconds to target"
	}
	for _, cell := range c.Results.Cells() {
		r := cell.Record
		if cell.Problem != p {
			continue
		}
		reached := "no"
		if cell.Reached {
			reached = "yes"
		}
		row := []string{cell.Arm, strconv.FormatUint(r.Seed, 10), statusText(r), reached, digits(cell.Cost)}
		t.rows = append(t.rows, append(row, outcome(r)...))
	}
	t.Title = fmt.Sprintf("%s on %s", plural(len(t.rows), "run"), st.Problems[p])
	return t
}

// statusText says how a run ended.
func statusText(r *study.Record) string {
	switch {
	case r.Error != "":
		return "cannot run"
	case r.Status == descent.Limit && r.Limit != "":
		return "limit of " + r.Limit
	}
	return string(r.Status)
}

// outcome is what came of a run: seconds, iterations, evaluations, F, certificate and diagnosis.
func outcome(r *study.Record) []string {
	if r.Error != "" {
		return []string{"-", "-", "-", "-", "-", r.Error}
	}
	return []string{
		digits(r.Seconds), strconv.Itoa(r.Iterations), strconv.Itoa(r.Counts.Evals()), fmt.Sprintf("%.10g", r.Value), fmt.Sprintf("%.1e", r.Certificate.Value),
		strings.Join(r.Diagnosis, "; "),
	}
}

// facts fills in what is needed to repeat the comparison.
func (c Comparison) facts(p *page) {
	st := c.Summary.Study
	var seeds []string
	for _, s := range st.Seeds {
		seeds = append(seeds, strconv.FormatUint(s, 10))
	}
	p.Facts = []fact{
		{"target", c.targets()},
		{"measure", []string{axisLabels[st.Measure]}},
		{"seeds", []string{strings.Join(seeds, ", ")}},
		{"level of intervals", []string{fmt.Sprintf("%g", st.Level)}},
	}
	if st.Baseline != "" {
		p.Facts = append(p.Facts, fact{"baseline", []string{st.Baseline}})
	}
	if len(st.Tags) > 0 {
		p.Facts = append(p.Facts, fact{"tags", []string{strings.Join(st.Tags, " ")}})
	}
	var records []*study.Record
	for _, cell := range c.Results.Cells() {
		records = append(records, cell.Record)
	}
	p.Facts = append(p.Facts, commonFacts(records)...)
	p.Tables = append(p.Tables, c.methodTable())
	if t := dataTable(records); len(t.rows) > 0 {
		p.Tables = append(p.Tables, t)
	}
}

// targets are the target and its easier bounds in words.
func (c Comparison) targets() []string {
	st := c.Summary.Study
	out := []string{st.Target.Words(c.certificate())}
	for _, bound := range st.Also {
		out = append(out, study.Target{Kind: st.Target.Kind, Bound: bound}.Words(c.certificate()))
	}
	return out
}

// methodTable says what the arms are.
func (c Comparison) methodTable() pageTable {
	st := c.Summary.Study
	t := pageTable{Title: "Methods", grid: grid{header: []string{"method", "run", "options", "tuned"}}}
	for a, arm := range st.Arms {
		run := cmp.Or(arm.Method, strings.Join(arm.Command, " "))
		if arm.Recorded != "" {
			run += ", by the records of version " + arm.Recorded
		}
		var tuned []string
		for p, all := range c.Results.Tuned {
			if all[a] != nil {
				tuned = append(tuned, fmt.Sprintf("%s: %s (%s)", st.Problems[p], study.SettingText(all[a].Setting), plural(all[a].Trials, "run")))
			}
		}
		t.rows = append(t.rows, []string{arm.Name, run, study.SettingText(arm.Options), strings.Join(tuned, "; ")})
	}
	return t
}

// dataTable lists the data of runs with their checksums.
func dataTable(records []*study.Record) pageTable {
	t := pageTable{Title: "Data", grid: grid{header: []string{"data", "SHA-256"}}}
	for _, r := range records {
		row := []string{r.Data, r.SHA256}
		if r.Data != "" && !slices.ContainsFunc(t.rows, func(q []string) bool { return slices.Equal(q, row) }) {
			t.rows = append(t.rows, row)
		}
	}
	return t
}

// commonFacts are the limits, machines, versions and dates of runs: several where runs were kept from before.
func commonFacts(records []*study.Record) []fact {
	var limits, machines, versions []string
	var first, last time.Time
	add := func(list *[]string, text string) {
		if text != "" && !slices.Contains(*list, text) {
			*list = append(*list, text)
		}
	}
	for _, r := range records {
		add(&limits, settings(r.Limits))
		add(&machines, r.Machine)
		add(&versions, r.Version)
		if r.Started.IsZero() {
			continue
		}
		if first.IsZero() || r.Started.Before(first) {
			first = r.Started
		}
		if r.Started.After(last) {
			last = r.Started
		}
	}
	facts := []fact{{"limits of a run", limits}, {"machine", machines}, {"version", versions}}
	if !first.IsZero() {
		when := first.UTC().Format(time.DateTime)
		if to := last.UTC().Format(time.DateTime); to != when {
			when += " to " + to
		}
		facts = append(facts, fact{"started", []string{when + " UTC"}})
	}
	return slices.DeleteFunc(facts, func(f fact) bool { return len(f.Values) == 0 })
}

// settings writes a map in the order of its keys.
func settings(m map[string]string) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, k+" "+m[k])
	}
	return strings.Join(out, ", ")
}
