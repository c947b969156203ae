// Package catalog is the one explicit table of what Descent has: methods and
// problems by ID, with their papers, options and needs. It chooses a default method
// for a problem and says why.
package catalog

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/godescent/descent"
	"github.com/godescent/descent/method/coordinate"
	"github.com/godescent/descent/method/gradient"
	"github.com/godescent/descent/method/krylov"
	"github.com/godescent/descent/method/stochastic"
	"github.com/godescent/descent/prox"
)

// A Class says which regularizers h a method can take beside a smooth f.
type Class string

// The classes of problems min f + h.
const (
	Smooth    Class = "smooth"    // h = 0
	Bounds    Class = "bounds"    // h is the indicator of a box
	Composite Class = "composite" // any other h with a prox
)

// ClassOf returns the class of a problem.
func ClassOf(p *descent.Problem) Class {
	if p.Regularizer == nil {
		return Smooth
	}
	if _, ok := p.Regularizer.(descent.Bounded); ok {
		return Bounds
	}
	return Composite
}

// An Entry is a method of the catalog.
type Entry struct {
	ID      string                // how the command line names it
	Title   string                // one line
	Family  string                // the package under method/
	New     func() descent.Method // a pointer to options at their defaults
	Classes []Class               // the problems it solves
	Needs   []string              // the oracles that it asks for, as in descent.Problem.Oracles
	Beside  []string              // those that it asks for besides where there is a regularizer
	Paper   Paper
}

// A Paper is where a method was published.
type Paper struct {
	Key     string // BibTeX
	Kind    string // article, inproceedings, book or misc
	Authors []string
	Title   string
	Venue   string // journal, conference, publisher or report
	Year    int
	Volume  string // and number: "2(1)"
	Pages   string
	DOI     string
	ArXiv   string
}

func (p Paper) String() string {
	s := fmt.Sprintf("%s (%d). %s. %s", strings.Join(p.Authors, ", "), p.Year, p.Title, p.Venue)
	if p.Volume != "" {
		s += " " + p.Volume
	}
	if p.Pages != "" {
		s += ", " + p.Pages
	}
	if p.DOI != "" {
		s += ". doi:" + p.DOI
	}
	if p.ArXiv != "" {
		s += ". arXiv:" + p.ArXiv
	}
	return s
}

// BibTeX returns the paper as a BibTeX entry.
func (p Paper) BibTeX() string {
	venue := map[string]string{"article": "journal", "inproceedings": "booktitle", "book": "publisher", "misc": "howpublished"}[p.Kind]
	var b strings.Builder
	fmt.Fprintf(&b, "@%s{%s,\n", p.Kind, p.Key)
	for _, f := range [][2]string{
		{"author", strings.Join(p.Authors, " and ")}, {"title", "{" + p.Title + "}"}, {venue, p.Venue}, {"year", fmt.Sprint(p.Year)},
		{"volume", p.Volume}, {"pages", strings.ReplaceAll(p.Pages, "–", "--")}, {"doi", p.DOI}, {"eprint", p.ArXiv},
	} {
		if f[1] != "" {
			fmt.Fprintf(&b, "  %s = {%s},\n", f[0], f[1])
		}
	}
	b.WriteString("}")
	return b.String()
}

// Methods returns the table, ordered by family and then as written.
func Methods() []Entry { return slices.Clone(methods) }

// IDs returns the IDs of the methods.
func IDs() []string {
	ids := make([]string, len(methods))
	for i, e := range methods {
		ids[i] = e.ID
	}
	return ids
}

// Lookup finds a method by its ID, whatever the case. The error of an unknown ID
// names the nearest ones.
func Lookup(id string) (Entry, error) {
	for _, e := range methods {
		if strings.EqualFold(e.ID, id) {
			return e, nil
		}
	}
	return Entry{}, fmt.Errorf("no method %q%s; `descent list methods` lists them all", id, DidYouMean(id, IDs()))
}

// lacks returns the first oracle that the method needs and p has not.
func (e Entry) lacks(p *descent.Problem) (string, bool) {
	has := p.Oracles()
	if o, ok := p.Objective.(gradient.Separation); ok && o.Samples() > 0 { // oracles of one family
		has = append(has, "Separation")
	}
	if o, ok := p.Objective.(krylov.Quadratic); ok && o.Quadratic() {
		has = append(has, "Quadratic")
	}
	if _, ok := p.Objective.(coordinate.HessianBlock); ok {
		has = append(has, "HessianBlock")
	}
	if _, ok := p.Objective.(stochastic.TargetSum); ok {
		has = append(has, "TargetSum")
	}
	if o, ok := p.Objective.(coordinate.DualTerms); ok {
		sparse, dense := o.DualRows()
		if l2, _ := o.Ridge(); l2 > 0 && (sparse != nil || dense != nil) {
			has = append(has, "DualTerms")
		}
	}
	if _, ok := p.Objective.(coordinate.Augmentable); ok {
		has = append(has, "Augmentable")
	}
	if h, err := prox.Coordinates(p.Regularizer, p.Dim); err == nil {
		if _, ok := h.(prox.Piecewise); ok {
			has = append(has, "Piecewise")
		}
	}
	if _, _, err := prox.Groups(p.Regularizer, p.Dim); err == nil {
		has = append(has, "Grouped")
	}
	needs := e.Needs
	if p.Regularizer != nil {
		needs = append(slices.Clone(needs), e.Beside...)
	}
	for _, need := range needs {
		if !slices.Contains(has, need) {
			return need, true
		}
	}
	return "", false
}

// Fits reports whether the method takes problems of p's class and p has the oracles
// that it needs.
func (e Entry) Fits(p *descent.Problem) bool {
	_, lacks := e.lacks(p)
	return !lacks && slices.Contains(e.Classes, ClassOf(p))
}

// Fit returns the methods that fit a problem.
func Fit(p *descent.Problem) []Entry {
	return slices.DeleteFunc(Methods(), func(e Entry) bool { return !e.Fits(p) })
}

func fitting(p *descent.Problem) []string {
	var ids []string
	for _, e := range Fit(p) {
		ids = append(ids, e.ID)
	}
	return ids
}

// Decorate adds the methods that fit p to an error about a missing oracle.
func Decorate(err error, p *descent.Problem) error {
	var missing *descent.MissingOracleError
	if errors.As(err, &missing) {
		missing.Fitting = fitting(p)
	}
	return err
}

// Check returns an error that names the methods that fit, unless e fits p.
func (e Entry) Check(p *descent.Problem) error {
	if need, lacks := e.lacks(p); lacks {
		return fmt.Errorf("method %s: %w", e.ID, &descent.MissingOracleError{Problem: p.Name, Oracle: need, Has: p.Oracles(), Fitting: fitting(p)})
	}
	if c := ClassOf(p); !slices.Contains(e.Classes, c) {
		return fmt.Errorf("method %s takes %s problems; %s is of class %s; methods that fit: %s",
			e.ID, joinClasses(e.Classes), p.Name, c, strings.Join(fitting(p), ", "))
	}
	return nil
}

func joinClasses(cs []Class) string {
	s := make([]string, len(cs))
	for i, c := range cs {
		s[i] = string(c)
	}
	return strings.Join(s, ", ")
}

// DidYouMean returns "; did you mean a, b?" with the names nearest to s, or "" where
// none is near.
func DidYouMean(s string, names []string) string {
	type near struct {
		name string
		d    int
	}
	var close []near
	for _, name := range names {
		a, b := strings.ToLower(s), strings.ToLower(name)
		d := distance(a, b)
		if len(a) > 1 && (strings.Contains(b, a) || strings.Contains(a, b)) {
			d = min(d, 1)
		}
		if d <= (len(s)+1)/2 {
			close = append(close, near{name, d})
		}
	}
	slices.SortStableFunc(close, func(a, b near) int { return a.d - b.d })
	if len(close) == 0 {
		return ""
	}
	var out []string
	for _, c := range close[:min(3, len(close))] {
		out = append(out, c.name)
	}
	return "; did you mean " + strings.Join(out, ", ") + "?"
}

// distance is the number of single-character edits from a to b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := diagonal
			if a[i] != b[j] {
				d = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], d
		}
	}
	return row[len(b)]
}
