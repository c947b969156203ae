package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/godescent/descent/catalog"
	"github.com/godescent/descent/rule"
)

// ruleItem is an update rule in JSON.
type ruleItem struct {
	ID      string       `json:"id"`
	Title   string       `json:"title"`
	Wraps   bool         `json:"wraps"` // wraps a rule
	Rate    float64      `json:"rate"`
	Scope   string       `json:"scope"`               // what it updates at once
	Needs   string       `json:"needs"`               // beside gradients
	Vectors int          `json:"vectors"`             // remembered, as long as x
	Bytes   float64      `json:"bytes_per_parameter"` // remembered of a matrix of side x side in float32
	Paper   string       `json:"paper"`
	Options []optionItem `json:"options"`
}

// side is that of the matrix for which the memory of rules is listed.
const side = 1024

func ruleItemOf(e rule.Entry) ruleItem {
	r, options := e.New(), []optionItem{}
	for _, o := range catalog.Options(r) {
		options = append(options, optionItem{o.Name, o.Type, o.Value, o.Doc})
	}
	n, bytes := rule.NeedsOf(r), rule.Memory[float32](r, rule.Block{Shape: []int{side, side}})
	return ruleItem{e.Name, catalog.RuleTitle(r), e.Wraps, r.Rate(), n.Scope.String(), n.String(), r.Vectors(), float64(bytes) / (side * side), catalog.RulePaper(r), options}
}

// ruleDetail is a rule with its documentation and options, in JSON.
type ruleDetail struct {
	ruleItem
	Doc string `json:"doc"`
}

func ruleDetailOf(e rule.Entry) ruleDetail {
	return ruleDetail{ruleItemOf(e), catalog.RuleDoc(e.New())}
}

func ruleNames() []string {
	var out []string
	for _, e := range rule.All() {
		out = append(out, e.Name)
	}
	return out
}

var ruleListing = listing{
	kind: "rules",
	ids:  ruleNames,
	items: func() any {
		out := []ruleItem{}
		for _, e := range rule.All() {
			out = append(out, ruleItemOf(e))
		}
		return out
	},
	print: func(w io.Writer) {
		rows := [][]string{{"ID", "RATE", "BYTES", "UPDATES", "NEEDS", "PAPER", "RULE"}} // bytes a parameter
		for _, e := range rule.All() {
			i := ruleItemOf(e)
			rows = append(rows, []string{i.ID, fmt.Sprint(i.Rate), fmt.Sprintf("%.3g", i.Bytes), i.Scope, i.Needs, shortPaper(i.Paper), i.Title})
		}
		table(w, rows)
	},
	show: func(w io.Writer, id string) {
		e, _ := rule.Lookup(id)
		d := ruleDetailOf(e)
		fmt.Fprintf(w, "%s: %s\n\n%s\n\n", d.ID, d.Title, strings.ReplaceAll(d.Doc, "\t", "    "))
		row(w, "learning rate", "%v", d.Rate)
		row(w, "updates", "%s at once", map[string]string{"elements": "each parameter", "blocks": "each block", "whole": "all parameters"}[d.Scope])
		row(w, "needs", "%s beside gradients", d.Needs)
		row(w, "memory", "%.3g bytes a parameter, in float32 and of a matrix of %d x %d", d.Bytes, side, side)
		if len(d.Options) > 0 {
			fmt.Fprintf(w, "\noptions (name=value):\n")
			for _, o := range d.Options {
				fmt.Fprintf(w, "  %-16s %-8s %s\n", o.Name, o.Type, o.Doc)
			}
		}
	},
	item: func(id string) any {
		e, _ := rule.Lookup(id)
		return ruleDetailOf(e)
	},
}

var (
	arXiv     = regexp.MustCompile(`arXiv:[0-9.]*[0-9]`)
	published = regexp.MustCompile(`\b(19|20)[0-9][0-9]\b`)
)

// shortPaper is the first author of a paper, its year, and its number in arXiv if it has one.
func shortPaper(paper string) string {
	author, rest, _ := strings.Cut(paper, " ")
	year := published.FindString(arXiv.ReplaceAllString(rest, ""))
	return strings.TrimSpace(strings.TrimRight(author, ",") + " " + year + " " + arXiv.FindString(paper))
}

// replayItem is the outcome of a replay, in JSON.
type replayItem struct {
	File     string `json:"file"`
	Rule     string `json:"rule"`
	Steps    int    `json:"steps"`
	Error    num    `json:"error"` // largest |x - x_ref|/(1 + max |x_ref|)
	Worst    num    `json:"worst"` // largest error over its tolerance
	At       int    `json:"at"`    // step of it
	Differs  string `json:"differs,omitempty"`
	Agrees   bool   `json:"agrees"`
	Settings string `json:"settings"`
}

func newRule() *cobra.Command {
	cmd := &cobra.Command{Use: "rule", Short: "Check update rules against runs of reference implementations", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(newReplay())
	return cmd
}

func newReplay() *cobra.Command {
	var asJSON bool
	var problems string
	cmd := &cobra.Command{
		Use:   "replay FILE.json",
		Short: "Replay a trajectory of a reference implementation: exit 0 within its tolerance, 3 beyond, 2 if no rule has the optimizer's name",
		Long: `Replay runs the update rule that FILE.json (format descent-golden-trajectory/1) names, with its options, from its start, and
compares the iterates. The objectives are in problems.json beside it.`,
		Example: `  descent rule replay adam__rosen4.json`,
		Args:    exactly("a file", nil),
		RunE: func(cmd *cobra.Command, args []string) error {
			if problems == "" {
				problems = filepath.Join(filepath.Dir(args[0]), "problems.json")
			}
			b, err := os.ReadFile(args[0])
			if err != nil {
				return err
			}
			p, err := os.ReadFile(problems)
			if err != nil {
				return err
			}
			out, err := rule.Replay(b, p)
			if errors.Is(err, rule.ErrUnknown) {
				return fmt.Errorf("%s: %w; `descent list rules` lists those that there are", args[0], err)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			item := replayItem{args[0], fmt.Sprintf("%T", out.Rule), out.Steps, num(out.Error), num(out.Worst), out.At, out.Differs, out.Agrees, fmt.Sprintf("%+v", out.Rule)}
			item.Rule = strings.TrimPrefix(item.Rule, "rule.")
			if asJSON {
				err = printJSON(cmd.OutOrStdout(), item)
			} else {
				printReplay(cmd.OutOrStdout(), item)
			}
			if err == nil && !out.Agrees {
				return &exit{exitUncertified, nil}
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object and nothing else")
	cmd.Flags().StringVar(&problems, "problems", "", "file of the objectives (default problems.json beside the file)")
	return cmd
}

func printReplay(w io.Writer, r replayItem) {
	verdict := "within its tolerance in each step"
	if !r.Agrees {
		verdict = "beyond its tolerance"
	}
	fmt.Fprintf(w, "%s: %s\n", r.Rule, verdict)
	row(w, "steps", "%d", r.Steps)
	row(w, "error", "%.2e relative to 1 + max |x|", float64(r.Error))
	row(w, "worst", "%.2g tolerances, at step %d", float64(r.Worst), r.At)
	if r.Differs != "" {
		row(w, "reference", "differs from its paper: %s", r.Differs)
	}
}
