package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/godescent/descent/catalog"
	"github.com/godescent/descent/problem/analytic"
)

func newShow() *cobra.Command {
	var asJSON bool
	all := func() []string {
		var ids []string
		for _, l := range listings {
			ids = append(ids, l.ids()...)
		}
		return ids
	}
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show a method or a rule (equations, options, needs, paper), a problem, a data set or a claim",
		Long: `Show what ID of descent list is. Where things of two kinds have one name, the first kind is shown: say rules/sgd for
the update rule.`,
		Example: `  descent show lbfgs
  descent show rules/sgd
  descent show mgh-rosenbrock
  descent show breast-cancer --json`,
		Args: exactly("an ID of descent list", nil),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return all(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, l := range listings {
				for _, id := range l.ids() {
					if !strings.EqualFold(id, args[0]) && !strings.EqualFold(l.kind+"/"+id, args[0]) {
						continue
					}
					if asJSON {
						return printJSON(cmd.OutOrStdout(), l.item(id))
					}
					l.show(cmd.OutOrStdout(), id)
					return nil
				}
			}
			return fmt.Errorf("nothing is called %q%s; `descent list` lists %s", args[0], catalog.DidYouMean(args[0], all()), strings.Join(kinds(), ", "))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object and nothing else")
	return cmd
}

// methodDetail is a method with all that is known about it, in JSON.
type methodDetail struct {
	methodItem
	Doc       string       `json:"doc"`
	Equations string       `json:"equations"`
	Options   []optionItem `json:"options"`
	BibTeX    string       `json:"bibtex"`
}

type optionItem struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	Default string `json:"zero"` // the zero value, which stands for the default that doc states
	Doc     string `json:"doc"`
}

func optionItems(e catalog.Entry) []optionItem {
	out := []optionItem{}
	for _, o := range catalog.Options(e.New()) {
		out = append(out, optionItem{o.Name, o.Type, o.Value, o.Doc})
	}
	return out
}

func showMethod(w io.Writer, id string) {
	e, err := catalog.Lookup(id)
	if err != nil {
		return
	}
	fmt.Fprintf(w, "%s: %s (method/%s)\n\n", e.ID, e.Title, e.Family)
	if doc := e.Doc(); doc != "" {
		fmt.Fprintf(w, "%s\n\n", strings.ReplaceAll(doc, "\t", "    "))
	}
	row(w, "problems", "%s", joined(e.Classes))
	row(w, "needs", "%s", needsInWords(e))
	row(w, "paper", "%s", e.Paper)
	if options := optionItems(e); len(options) > 0 {
		fmt.Fprintf(w, "\noptions (--opt name=value):\n")
		for _, o := range options {
			fmt.Fprintf(w, "  %-16s %-8s %s\n", o.Name, o.Type, o.Doc)
		}
	}
	fmt.Fprintf(w, "\n%s\n", e.Paper.BibTeX())
}

// problemDetail is a problem with all that is known about it, in JSON.
type problemDetail struct {
	problemItem
	X0    []num `json:"x0"`
	XStar []num `json:"x_star,omitempty"`
	Lower []num `json:"lower,omitempty"`
	Upper []num `json:"upper,omitempty"`
}

func showProblem(w io.Writer, id string) {
	s, _ := analytic.Lookup(id)
	p := s.New()
	fmt.Fprintf(w, "%s: %s\n\n", s.ID, s.Title)
	row(w, "variables", "%d", s.Dim)
	row(w, "answers", "%s", strings.Join(p.Oracles(), ", "))
	row(w, "start", "%s", vector(s.X0))
	if s.Lower != nil {
		row(w, "lower", "%s", vector(s.Lower))
		row(w, "upper", "%s", vector(s.Upper))
	}
	row(w, "minimum", "%.10g", s.FStar)
	if len(s.XStar) > 0 {
		row(w, "at", "%s", vector(s.XStar))
	}
	if len(s.OtherMinima) > 0 {
		row(w, "other minima", "%s", vector(s.OtherMinima))
	}
	var fit []string
	for _, e := range catalog.Fit(p) {
		fit = append(fit, e.ID)
	}
	row(w, "methods", "%s", strings.Join(fit, ", "))
	row(w, "source", "%s", s.Source)
}

// vector prints the first numbers of x.
func vector(x []float64) string {
	const most = 8
	var s []string
	for _, v := range x[:min(most, len(x))] {
		s = append(s, fmt.Sprintf("%.6g", v))
	}
	if len(x) > most {
		if !slices.ContainsFunc(x, func(v float64) bool { return math.Float64bits(v) != math.Float64bits(x[0]) }) {
			return fmt.Sprintf("%.6g (all %d)", x[0], len(x))
		}
		s = append(s, fmt.Sprintf("... (%d)", len(x)))
	}
	return strings.Join(s, " ")
}

func showData(w io.Writer, id string) {
	s := dataInfo(id)
	fmt.Fprintf(w, "%s: %s\n\n", s.Name, s.About)
	row(w, "rows", "%d", s.Rows)
	row(w, "columns", "%d (and the target)", s.Cols)
	row(w, "task", "%s", s.Task)
	row(w, "source", "%s", s.Source)
	row(w, "licence", "%s", s.Licence)
}
