package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/godescent/descent/catalog"
	"github.com/godescent/descent/data"
	"github.com/godescent/descent/problem/analytic"
)

// A listing is a kind of thing that can be listed and shown.
type listing struct {
	kind  string                       // as in "descent list methods"
	items func() any                   // for --json
	print func(w io.Writer)            // for people
	ids   func() []string              // for show and completion
	show  func(w io.Writer, id string) // for people
	item  func(id string) any          // for show --json
}

// listings are the kinds, in the order in which show looks an ID up.
var listings = []listing{methodListing, problemListing, dataListing, ruleListing, claimListing}

func kinds() []string {
	var out []string
	for _, l := range listings {
		out = append(out, l.kind)
	}
	return out
}

func newList() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list " + strings.Join(kinds(), "|"),
		Short: "List what there is: " + strings.Join(kinds(), ", "),
		Example: `  descent list methods
  descent list data
  descent list problems --json`,
		Args:      exactly("what to list", kinds),
		ValidArgs: kinds(),
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, l := range listings {
				if l.kind == args[0] {
					if asJSON {
						return printJSON(cmd.OutOrStdout(), map[string]any{l.kind: l.items()})
					}
					l.print(cmd.OutOrStdout())
					return nil
				}
			}
			return unknown("list", args[0], kinds())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object and nothing else")
	return cmd
}

// table prints aligned columns.
func table(w io.Writer, rows [][]string) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		cells := make([]string, len(r))
		for i, text := range r {
			cells[i] = plain(text)
		}
		fmt.Fprintln(tw, strings.TrimRight(strings.Join(cells, "\t"), "\t"))
	}
	tw.Flush()
}

// methodItem is a method in JSON.
type methodItem struct {
	ID      string          `json:"id"`
	Title   string          `json:"title"`
	Family  string          `json:"family"`
	Classes []catalog.Class `json:"classes"`
	Needs   []string        `json:"needs"`
	Paper   string          `json:"paper"`
}

func methodItemOf(e catalog.Entry) methodItem {
	return methodItem{e.ID, e.Title, e.Family, e.Classes, append([]string{}, e.Needs...), e.Paper.String()}
}

var methodListing = listing{
	kind: "methods",
	ids:  catalog.IDs,
	items: func() any {
		out := []methodItem{}
		for _, e := range catalog.Methods() {
			out = append(out, methodItemOf(e))
		}
		return out
	},
	print: func(w io.Writer) {
		rows := [][]string{{"ID", "METHOD", "PROBLEMS", "NEEDS"}}
		for _, e := range catalog.Methods() {
			rows = append(rows, []string{e.ID, e.Title, joined(e.Classes), needsInWords(e)})
		}
		table(w, rows)
	},
	show: showMethod,
	item: func(id string) any {
		e, _ := catalog.Lookup(id)
		return methodDetail{methodItemOf(e), e.Doc(), e.Equations(), optionItems(e), e.Paper.BibTeX()}
	},
}

func joined(cs []catalog.Class) string {
	var s []string
	for _, c := range cs {
		s = append(s, string(c))
	}
	return strings.Join(s, ", ")
}

// problemItem is an analytic problem in JSON.
type problemItem struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Dim     int    `json:"dim"`
	Minimum num    `json:"minimum"`
	Bounded bool   `json:"bounded"`
	Source  string `json:"source"`
}

func problemItemOf(s analytic.Spec) problemItem {
	return problemItem{s.ID, s.Title, s.Dim, num(s.FStar), s.Lower != nil, s.Source}
}

var problemListing = listing{
	kind: "problems",
	ids:  problemIDs,
	items: func() any {
		out := []problemItem{}
		for _, s := range analytic.All() {
			out = append(out, problemItemOf(s))
		}
		return out
	},
	print: func(w io.Writer) {
		rows := [][]string{{"ID", "PROBLEM", "N", "BOUNDS", "MINIMUM"}}
		for _, s := range analytic.All() {
			rows = append(rows, []string{s.ID, s.Title, fmt.Sprint(s.Dim), map[bool]string{true: "yes", false: "no"}[s.Lower != nil], fmt.Sprintf("%.6g", s.FStar)})
		}
		table(w, rows)
	},
	show: showProblem,
	item: func(id string) any {
		s, _ := analytic.Lookup(id)
		return problemDetail{problemItemOf(s), nums(s.X0), nums(s.XStar), nums(s.Lower), nums(s.Upper)}
	},
}

var dataListing = listing{
	kind:  "data",
	ids:   dataNames,
	items: func() any { return append(data.List(), data.Downloads()...) },
	print: func(w io.Writer) {
		rows := [][]string{{"NAME", "ROWS", "COLUMNS", "TASK", "ABOUT"}}
		for _, s := range data.List() {
			rows = append(rows, []string{s.Name, fmt.Sprint(s.Rows), fmt.Sprint(s.Cols), s.Task, s.About})
		}
		for _, s := range data.Downloads() {
			rows = append(rows, []string{s.Name, fmt.Sprint(s.Rows), fmt.Sprint(s.Cols), s.Task, s.About + " (by descent data get)"})
		}
		table(w, rows)
	},
	show: showData,
	item: func(id string) any { return dataInfo(id) },
}

func dataNames() []string {
	var out []string
	for _, s := range data.List() {
		out = append(out, s.Name)
	}
	return append(out, downloads()...)
}

func dataInfo(id string) data.Info {
	for _, s := range append(data.List(), data.Downloads()...) {
		if s.Name == id {
			return s
		}
	}
	return data.Info{}
}

// needsInWords lists the oracles that a method asks for.
func needsInWords(e catalog.Entry) string {
	s := strings.Join(e.Needs, ", ")
	if len(e.Beside) > 0 {
		s += "; with a regularizer " + strings.Join(e.Beside, ", ")
	}
	return s
}
