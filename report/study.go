package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/godescent/descent/study"
	"github.com/godescent/descent/study/stat"
)

// A Comparison is what a study says, as text, Markdown, a table of its cells and figures.
type Comparison struct {
	Results *study.Results
	Summary *study.Summary
}

// grid is a table with a header.
type grid struct {
	header []string
	rows   [][]string
}

// measureUnits are the measures as columns.
var measureUnits = map[study.Measure]string{study.Work: "work", study.Evaluations: "evaluations", study.Iterations: "steps", study.Seconds: "seconds"}

// table is the grid of a problem.
func (c Comparison) table(p study.ProblemSummary) grid {
	st := c.Summary.Study
	missed, tuned, certified, apart := false, false, false, false
	for _, r := range p.Rows {
		certified = certified || r.Certificate < math.Inf(1)
		apart = apart || !math.IsNaN(r.Apart)
		missed = missed || r.Reached < r.Runs && r.Reached > 0
		tuned = tuned || r.Tuned != nil
	}
	g := grid{header: []string{"#", "method", "reached", measureUnits[st.Measure]}}
	if missed {
		g.header = append(g.header, "expected")
	}
	if st.Measure != study.Seconds {
		g.header = append(g.header, "seconds")
	}
	g.header = append(g.header, "iterations", "F")
	if certified || !apart {
		g.header = append(g.header, "certificate")
	}
	if apart {
		g.header = append(g.header, "score apart")
	}
	if tuned {
		g.header = append(g.header, "tuned")
	}
	for _, r := range p.Rows {
		if r.Error != "" {
			g.rows = append(g.rows, []string{"-", r.Arm, "cannot run"})
			continue
		}
		row := []string{strconv.Itoa(r.Rank), r.Arm, fmt.Sprintf("%d/%d", r.Reached, r.Runs), withInterval(r.Cost, r.CostInterval)}
		if missed {
			row = append(row, digits(r.ERT))
		}
		if st.Measure != study.Seconds {
			row = append(row, withInterval(r.Seconds, r.SecondsRange))
		}
		row = append(row, digits(r.Iterations), fmt.Sprintf("%.7g", r.Value))
		if certified || !apart {
			row = append(row, fmt.Sprintf("%.1e", r.Certificate))
		}
		if apart {
			row = append(row, fmt.Sprintf("%.4f", r.Apart))
		}
		if r.Tuned != nil {
			row = append(row, fmt.Sprintf("%s (%s, %s %s)", study.SettingText(r.Tuned.Setting), plural(r.Tuned.Trials, "run"), digits(r.Tuned.Spent), measureUnits[st.Measure]))
		}
		g.rows = append(g.rows, row)
	}
	return g
}

// withInterval prints a median with the interval of it, if it has one.
func withInterval(v float64, i stat.Interval) string {
	low, high := digits(i.Low), digits(i.High)
	if low == high {
		return digits(v)
	}
	return fmt.Sprintf("%s [%s, %s]", digits(v), low, high)
}

// digits prints a number with three digits, a failure as -.
func digits(v float64) string {
	switch a := math.Abs(v); {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "-"
	case a >= 999.5 && a < 1e7: // three digits of 999.6 are 1e+03
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

// tables are the problems by each bound of the target, the target last.
func (c Comparison) tables() []study.ProblemSummary {
	var all []study.ProblemSummary
	for _, p := range c.Summary.Problems {
		all = append(append(all, p.Also...), p)
	}
	return all
}

// caption says what the table of a problem shows.
func (c Comparison) caption(p study.ProblemSummary) string { return p.Problem + ": " + c.asked(p) }

// asked says what the numbers of a table are.
func (c Comparison) asked(p study.ProblemSummary) string {
	st := c.Summary.Study
	seeds := fmt.Sprintf("%d seeds", len(st.Seeds))
	if len(st.Seeds) == 1 {
		seeds = "1 seed"
	}
	return fmt.Sprintf("%s to %s, medians of %s", measureUnits[st.Measure], p.Target.Words(p.Certificate), seeds)
}

// WriteText writes tables, verdicts and notes for a terminal.
func (c Comparison) WriteText(w io.Writer) error {
	var b strings.Builder
	for k, p := range c.tables() {
		if k > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintln(&b, c.caption(p))
		g := c.table(p)
		tw := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		for _, row := range append([][]string{g.header}, g.rows...) {
			fmt.Fprintln(tw, strings.Join(row, "\t"))
		}
		tw.Flush()
		for _, v := range p.Comparisons {
			fmt.Fprintf(&b, "%-9s %s\n", "verdict", v.Verdict)
		}
	}
	if len(c.Summary.Overall) > 0 {
		b.WriteByte('\n')
		fmt.Fprintf(&b, "%-9s %s\n", "ranking", strings.Join(c.Summary.Ranking, ", "))
		for _, v := range c.Summary.Overall {
			fmt.Fprintf(&b, "%-9s %s\n", "verdict", v.Verdict)
		}
	}
	for _, n := range c.Summary.Notes {
		fmt.Fprintf(&b, "%-9s %s\n", "note", n)
	}
	_, err := io.WriteString(w, trimLines(b.String()))
	return err
}

// trimLines takes blanks off the ends of lines.
func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n")
}

// WriteMarkdown writes the same as a page.
func (c Comparison) WriteMarkdown(w io.Writer) error {
	var b strings.Builder
	title := c.Summary.Study.Name
	if title == "" {
		title = "Comparison"
	}
	fmt.Fprintf(&b, "# %s\n", title)
	for _, p := range c.tables() {
		fmt.Fprintf(&b, "\n## %s to %s\n\n%s.\n\n", p.Problem, p.Target.Words(p.Certificate), c.caption(p))
		g := c.table(p)
		line := func(cells []string) {
			for len(cells) < len(g.header) {
				cells = append(cells, "")
			}
			for i, v := range cells {
				cells[i] = strings.ReplaceAll(v, "|", `\|`)
			}
			fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
		}
		line(g.header)
		fmt.Fprintln(&b, strings.Repeat("|---", len(g.header))+"|")
		for _, r := range g.rows {
			line(r)
		}
		verdicts(&b, p.Comparisons)
	}
	if len(c.Summary.Overall) > 0 {
		fmt.Fprintf(&b, "\n## All problems\n\nRanking: %s.\n", strings.Join(c.Summary.Ranking, ", "))
		verdicts(&b, c.Summary.Overall)
	}
	if len(c.Summary.Notes) > 0 {
		b.WriteString("\n## Notes\n\n")
		for _, n := range c.Summary.Notes {
			fmt.Fprintf(&b, "- %s\n", n)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func verdicts(b *strings.Builder, all []study.Comparison) {
	if len(all) > 0 {
		b.WriteByte('\n')
	}
	for _, v := range all {
		fmt.Fprintf(b, "- %s\n", v.Verdict)
	}
}

// WriteCSV writes a line for each cell.
func (c Comparison) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	out.Write([]string{"problem", "data", "method", "options", "seed", "limits", "status", "reached", string(c.Summary.Study.Measure) + "_to_target", "seconds", "iterations", "evaluations", "value", "certificate_kind", "certificate", "error", "key"})
	for _, r := range c.Results.Cells() {
		rec := r.Record
		g := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
		out.Write([]string{
			rec.Problem, rec.Data, r.Arm, study.SettingText(rec.Options), strconv.FormatUint(rec.Seed, 10), study.SettingText(rec.Limits), string(rec.Status), strconv.FormatBool(r.Reached), g(r.Cost),
			g(rec.Seconds), strconv.Itoa(rec.Iterations), strconv.Itoa(rec.Counts.Evals()), g(rec.Value), rec.Certificate.Kind, g(rec.Certificate.Value), rec.Error, rec.Key(),
		})
	}
	out.Flush()
	return out.Error()
}

// Curves is the figure of how the arms come down on the k-th problem: medians over seeds, and the range of
// all seeds as a band.
func (c Comparison) Curves(k int) Lines {
	st, p := c.Summary.Study, c.Summary.Problems[k]
	l := Lines{Title: p.Problem, XLabel: axisLabels[st.Measure], YLabel: "F − least F", LogX: true, LogY: true, Steps: true}
	switch st.Target.Kind {
	case study.CertificateTarget:
		l.YLabel = p.Certificate
	case study.ValueTarget:
		l.YLabel, l.LogY = "F", st.Target.Bound > 0
	}
	for _, curve := range c.Results.Curves(k) {
		if len(curve.Cost) == 0 {
			curve.Arm += " (cannot run)"
		}
		l.Lines = append(l.Lines, Line{Name: curve.Arm, X: curve.Cost, Y: curve.Median, Low: curve.Least, High: curve.Most})
	}
	return l
}

// axisLabels are the measures at axes.
var axisLabels = map[study.Measure]string{
	study.Work: "work (values of f; a gradient is 2)", study.Evaluations: "evaluations of f", study.Iterations: "iterations", study.Seconds: "time [s]",
}

// Profile is the figure of performance profiles.
func (c Comparison) Profile() Lines {
	st := c.Summary.Study
	return profileLines(c.Results.PerformanceProfiles(), "Performance profile", measureUnits[st.Measure]+", relative to the best method of the instance")
}

// DataProfile is the figure of data profiles.
func (c Comparison) DataProfile() Lines {
	st := c.Summary.Study
	return profileLines(c.Results.DataProfiles(), "Data profile", measureUnits[st.Measure]+", in units of dimension + 1")
}

// profileLines draws step functions up to the end of the longest.
func profileLines(all study.Profiles, title, x string) Lines {
	l := Lines{Title: title, XLabel: x, YLabel: "share of instances solved", LogX: true, Steps: true, MinY: 0, MaxY: 1}
	end := 1.0
	for _, p := range all.Profiles {
		if n := len(p.X); n > 0 {
			end = max(end, p.X[n-1])
		}
	}
	end *= 1.5
	for i, p := range all.Profiles {
		line := Line{Name: all.Arms[i]}
		if n := len(p.X); n > 0 {
			line.X = append(append(append([]float64{}, p.X[0]), p.X...), end)
			line.Y = append(append(append([]float64{}, 0), p.Y...), p.Y[n-1])
		}
		l.Lines = append(l.Lines, line)
	}
	return l
}
