// Package claim makes statements of papers runnable. A [Claim] names its paper and
// its statement; its Check measures what the statement speaks of and compares it
// with what was published or proved. The verdict follows from the comparisons
// alone: held, refuted or undecided, always with the numbers.
package claim

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// A Verdict is the outcome of a check.
type Verdict string

// The verdicts.
const (
	Held      Verdict = "held"      // every comparison came out as stated
	Refuted   Verdict = "refuted"   // some comparison came out otherwise
	Undecided Verdict = "undecided" // the check could not compare all that it set out to
)

// A Paper is where a claim was made.
type Paper struct {
	Authors string `json:"authors"`
	Title   string `json:"title"`
	Where   string `json:"where"` // journal or conference, arXiv or DOI
	Year    int    `json:"year"`
}

// Short names the first author, with "et al." for more than two, and the year.
func (p Paper) Short() string {
	names := p.Authors
	if first, _, more := strings.Cut(names, ","); more {
		names = first + " et al."
	}
	return fmt.Sprintf("%s %d", names, p.Year)
}

func (p Paper) String() string {
	return fmt.Sprintf("%s (%d). %s. %s", p.Authors, p.Year, p.Title, p.Where)
}

// A Claim is one statement of one paper as a program.
type Claim struct {
	ID        string
	Paper     Paper
	Statement string // what is claimed, in a sentence or two
	Published string // the figure or theorem that it rests on
	Method    string // what the check does, and how it differs from the paper's setting
	Check     func(ctx context.Context, r *Record) error
}

// A Comparison sets a measured number against the claim.
type Comparison struct {
	Name      string  `json:"name"`
	Measured  float64 `json:"measured"`
	Relation  string  `json:"relation"` // "<=", ">=", "=="
	Claimed   float64 `json:"claimed"`
	Tolerance float64 `json:"tolerance,omitempty"` // absolute, for "=="
	OK        bool    `json:"ok"`
}

func (c Comparison) String() string {
	s := fmt.Sprintf("%s: %.6g %s %.6g", c.Name, c.Measured, c.Relation, c.Claimed)
	if c.Tolerance > 0 {
		s += fmt.Sprintf(" (within %.2g)", c.Tolerance)
	}
	return s
}

// A Number is a measurement that is reported and not judged.
type Number struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
}

// A Figure is a picture of what a check saw: named curves over iterations, on a log axis.
type Figure struct {
	Name   string // of the file, without extension
	Title  string
	YLabel string
	Curves []Curve
}

// A Curve is a line of a figure: a quantity after 0, 1, 2, ... iterations, NaN where it was
// not measured.
type Curve struct {
	Name string
	Y    []float64
}

// A Record collects what a check measures.
type Record struct {
	Comparisons []Comparison
	Numbers     []Number
	Figures     []Figure
	open        []string // why the check is undecided
}

// Figure begins a figure; curves are added under its name.
func (r *Record) Figure(name, title, yLabel string) {
	r.Figures = append(r.Figures, Figure{Name: name, Title: title, YLabel: yLabel})
}

// Curve adds a curve to a figure, which it begins if [Record.Figure] did not. y is kept.
func (r *Record) Curve(figure, name string, y []float64) {
	i := slices.IndexFunc(r.Figures, func(f Figure) bool { return f.Name == figure })
	if i < 0 {
		i = len(r.Figures)
		r.Figure(figure, figure, "")
	}
	r.Figures[i].Curves = append(r.Figures[i].Curves, Curve{name, y})
}

// AtMost compares measured <= claimed.
func (r *Record) AtMost(name string, measured, claimed float64) {
	r.Comparisons = append(r.Comparisons, Comparison{name, measured, "<=", claimed, 0, measured <= claimed})
}

// AtLeast compares measured >= claimed.
func (r *Record) AtLeast(name string, measured, claimed float64) {
	r.Comparisons = append(r.Comparisons, Comparison{name, measured, ">=", claimed, 0, measured >= claimed})
}

// Equal compares measured == claimed within an absolute tolerance.
func (r *Record) Equal(name string, measured, claimed, tol float64) {
	r.Comparisons = append(r.Comparisons, Comparison{name, measured, "==", claimed, tol, math.Abs(measured-claimed) <= tol})
}

// Note reports a number without judging it.
func (r *Record) Note(name string, value float64) {
	r.Numbers = append(r.Numbers, Number{name, value})
}

// Undecided says that a part of the claim could not be compared.
func (r *Record) Undecided(format string, args ...any) {
	r.open = append(r.open, fmt.Sprintf(format, args...))
}

// An Outcome is what came of running a claim.
type Outcome struct {
	ID          string
	Verdict     Verdict
	Reasons     []string // failed comparisons, or why undecided
	Comparisons []Comparison
	Numbers     []Number
	Figures     []Figure
	Seconds     float64
}

// Run checks a claim. An error of the check, or a check that compared nothing,
// leaves the claim undecided; a failed comparison refutes it, whatever else is open.
func Run(ctx context.Context, c Claim) Outcome {
	start := time.Now()
	var r Record
	err := c.Check(ctx, &r)
	if err == nil {
		err = ctx.Err()
	}
	o := Outcome{ID: c.ID, Verdict: Held, Comparisons: r.Comparisons, Numbers: r.Numbers, Figures: r.Figures, Seconds: time.Since(start).Seconds()}
	if err != nil {
		r.open = append(r.open, err.Error())
	}
	if len(r.Comparisons) == 0 && err == nil {
		r.open = append(r.open, "the check compared nothing")
	}
	if len(r.open) > 0 {
		o.Verdict, o.Reasons = Undecided, r.open
	}
	for _, cmp := range r.Comparisons {
		if !cmp.OK && ctx.Err() == nil { // what was measured of interrupted runs is not worth a verdict
			if o.Verdict != Refuted {
				o.Verdict, o.Reasons = Refuted, nil
			}
			o.Reasons = append(o.Reasons, "not so: "+cmp.String())
		}
	}
	return o
}
