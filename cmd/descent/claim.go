package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/godescent/descent"
	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/claim/all"
	"github.com/godescent/descent/report"
	"github.com/godescent/descent/study"
)

func newClaim() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "claim list|show|run|report",
		Short: "Run statements of papers as programs with a verdict",
		Long: `claim runs statements of papers as programs. A claim measures what its statement
speaks of and compares it with what was published or proved. It is held if every
comparison came out as stated, refuted if one came out otherwise, undecided if
something could not be compared.`,
		Example: `  descent claim list
  descent claim show nesterov-rate
  descent claim run nesterov-rate
  descent claim report claims.md`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return unknown("claim command", args[0], []string{"list", "show", "run", "report"})
		},
	}
	cmd.AddCommand(newClaimList(), newClaimShow(), newClaimRun(), newClaimReport())
	return cmd
}

// claimItem is a claim in JSON.
type claimItem struct {
	ID        string      `json:"id"`
	Paper     claim.Paper `json:"paper"`
	Statement string      `json:"statement"`
}

// claimDetail is a claim with all that is known about it, in JSON.
type claimDetail struct {
	claimItem
	Published string `json:"published"`
	Method    string `json:"method"`
}

// claimOutcome is an outcome in JSON, where a number may be infinite or NaN.
type claimOutcome struct {
	ID          string            `json:"id"`
	Verdict     claim.Verdict     `json:"verdict"`
	Reasons     []string          `json:"reasons"`
	Comparisons []claimComparison `json:"comparisons"`
	Numbers     []claimNumber     `json:"numbers"`
	Seconds     float64           `json:"seconds"`
	Run         string            `json:"run,omitempty"` // the ID in the store
}

type claimComparison struct {
	Name      string `json:"name"`
	Measured  num    `json:"measured"`
	Relation  string `json:"relation"`
	Claimed   num    `json:"claimed"`
	Tolerance num    `json:"tolerance"`
	OK        bool   `json:"ok"`
}

type claimNumber struct {
	Name  string `json:"name"`
	Value num    `json:"value"`
}

func claimItemOf(c claim.Claim) claimItem { return claimItem{c.ID, c.Paper, c.Statement} }

func claimDetailOf(c claim.Claim) claimDetail {
	return claimDetail{claimItemOf(c), c.Published, oneLine(c.Method)}
}

func claimOutcomeOf(o claim.Outcome) claimOutcome {
	out := claimOutcome{o.ID, o.Verdict, append([]string{}, o.Reasons...), []claimComparison{}, []claimNumber{}, o.Seconds, ""}
	for _, c := range o.Comparisons {
		out.Comparisons = append(out.Comparisons, claimComparison{c.Name, num(c.Measured), c.Relation, num(c.Claimed), num(c.Tolerance), c.OK})
	}
	for _, n := range o.Numbers {
		out.Numbers = append(out.Numbers, claimNumber{n.Name, num(n.Value)})
	}
	return out
}

// oneLine undoes the line breaks of a raw string.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

var claimListing = listing{
	kind: "claims",
	ids:  all.IDs,
	items: func() any {
		out := []claimItem{}
		for _, c := range all.Claims() {
			out = append(out, claimItemOf(c))
		}
		return out
	},
	print: func(w io.Writer) {
		rows := [][]string{{"ID", "PAPER", "STATEMENT"}}
		for _, c := range all.Claims() {
			rows = append(rows, []string{c.ID, c.Paper.Short(), cut(c.Statement, 100)})
		}
		table(w, rows)
	},
	show: func(w io.Writer, id string) {
		c, err := all.Lookup(id)
		if err != nil {
			return
		}
		d := claimDetailOf(c)
		for _, r := range [][2]string{{"claim", d.ID}, {"paper", c.Paper.String()}, {"statement", d.Statement}, {"published", d.Published}, {"check", d.Method}} {
			row(w, r[0], "%s", strings.ReplaceAll(wrap(r[1], 90), "\n", "\n             "))
		}
	},
	item: func(id string) any {
		c, _ := all.Lookup(id)
		return claimDetailOf(c)
	},
}

// wrap breaks text at blanks into lines of at most width characters, where it can.
func wrap(s string, width int) string {
	var b strings.Builder
	at := 0
	for i, word := range strings.Fields(s) {
		n := len([]rune(word))
		switch {
		case i == 0:
		case at+1+n > width:
			b.WriteByte('\n')
			at = 0
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += n
	}
	return b.String()
}

func newClaimList() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the claims: ID, paper, statement",
		Args:  onlyFlags(""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asJSON {
				return printJSON(cmd.OutOrStdout(), map[string]any{claimListing.kind: claimListing.items()})
			}
			claimListing.print(cmd.OutOrStdout())
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object and nothing else")
	return cmd
}

func newClaimShow() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:               "show ID",
		Short:             "Show a claim: paper, statement, published figure, what the check does",
		Args:              exactly("a claim", all.IDs),
		ValidArgsFunction: completeClaims,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := all.Lookup(args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), claimListing.item(c.ID))
			}
			claimListing.show(cmd.OutOrStdout(), c.ID)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object and nothing else")
	return cmd
}

func completeClaims(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return all.IDs(), cobra.ShellCompDirectiveNoFileComp
}

const claimStatus = `
Exit status: 0 every claim that ran has a verdict, held or refuted; 2 unknown ID or
bad usage; 3 some claim is undecided; 1 anything else.`

func newClaimRun() *cobra.Command {
	var asJSON, every bool
	var figures string
	var rec recordFlags
	cmd := &cobra.Command{
		Use:   "run ID... | --all",
		Short: "Run claims: verdict, every comparison with its numbers",
		Long: `run checks claims in the order given and prints the verdict of each, every
comparison with its numbers, and what else was measured. With --figures it also draws
the curves of the claims that have some, one SVG file for each figure. Outcomes are
kept in the store, --record=false keeps none: descent runs list --verb claim.
` + claimStatus,
		Example: `  descent claim run nesterov-rate
  descent claim run bcd-lattice --figures docs/img
  descent claim run --all --json > claims.json`,
		ValidArgsFunction: completeClaims,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case every && len(args) > 0:
				return fmt.Errorf("claim run takes IDs or --all, not both")
			case !every && len(args) == 0:
				return fmt.Errorf("claim run wants the IDs of claims or --all; `descent claim list` lists them")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			claims, err := chosenClaims(args)
			if err != nil {
				return err
			}
			if figures != "" {
				if info, err := os.Stat(figures); err != nil || !info.IsDir() {
					return fmt.Errorf("--figures %s: want a directory that exists", figures)
				}
			}
			if err := rec.open(cmd); err != nil {
				return err
			}
			defer rec.close()
			w := cmd.OutOrStdout()
			var drawing error
			outcomes, err := runClaims(claims, &rec, cmd.ErrOrStderr(), func(i int, o claim.Outcome) {
				if figures != "" {
					drawing = errors.Join(drawing, drawFigures(figures, o))
				}
				if !asJSON {
					if i > 0 {
						fmt.Fprintln(w)
					}
					printOutcome(w, o)
				}
			})
			if asJSON {
				if jsonErr := printJSON(w, map[string]any{"outcomes": outcomes}); jsonErr != nil {
					return jsonErr
				}
			}
			if drawing != nil {
				return failed(drawing)
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object and nothing else")
	cmd.Flags().BoolVar(&every, "all", false, "run all claims")
	rec.register(cmd, true)
	cmd.Flags().StringVar(&figures, "figures", "", "write the figures of the claims to this directory, as SVG")
	return cmd
}

// chosenClaims looks claims up; no ID means all.
func chosenClaims(ids []string) ([]claim.Claim, error) {
	if len(ids) == 0 {
		return all.Claims(), nil
	}
	var claims []claim.Claim
	for _, id := range ids {
		c, err := all.Lookup(id)
		if err != nil {
			return nil, err
		}
		claims = append(claims, c)
	}
	return claims, nil
}

// drawFigures writes the figures of a claim.
func drawFigures(dir string, o claim.Outcome) error {
	for _, f := range o.Figures {
		c := report.Curves{Title: f.Title, XLabel: "iterations", YLabel: f.YLabel}
		for _, curve := range f.Curves {
			c.Curves = append(c.Curves, report.Curve(curve))
		}
		if err := c.Save(filepath.Join(dir, f.Name+".svg")); err != nil {
			return err
		}
	}
	return nil
}

// runClaims runs claims until one is interrupted, and records their outcomes. The error is the exit status.
func runClaims(claims []claim.Claim, rec *recordFlags, stderr io.Writer, done func(i int, o claim.Outcome)) ([]claimOutcome, error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program
	outcomes, undecided := []claimOutcome{}, 0
	var recording error
	for i, c := range claims {
		if ctx.Err() != nil {
			fmt.Fprintf(stderr, "descent: interrupted: %s not run\n", plural(len(claims)-i, "claim"))
			return outcomes, &exit{code: exitUncertified}
		}
		started := time.Now()
		o := claim.Run(ctx, c)
		if o.Verdict == claim.Undecided {
			undecided++
		}
		out := claimOutcomeOf(o)
		var err error
		out.Run, err = rec.keep(claimRecord(o, started))
		recording = errors.Join(recording, err)
		outcomes = append(outcomes, out)
		done(i, o)
	}
	if recording != nil {
		return outcomes, recording
	}
	if undecided > 0 {
		return outcomes, &exit{code: exitUncertified}
	}
	return outcomes, nil
}

// claimRecord is the record of an outcome: its verdict is the status, its numbers are the metrics.
func claimRecord(o claim.Outcome, started time.Time) *study.Record {
	r := &study.Record{
		Cell:    study.Cell{Verb: "claim", Problem: o.ID, Version: study.Version()},
		Started: started, Machine: machine(), Seconds: o.Seconds, Status: descent.Status(o.Verdict), Value: math.NaN(),
		Certificate: descent.Certificate{Kind: descent.NoCertificate, Value: math.NaN(), Tolerance: math.NaN()}, Diagnosis: o.Reasons, Metrics: map[string]float64{},
	}
	for _, c := range o.Comparisons {
		r.Metrics[c.Name] = c.Measured
	}
	for _, n := range o.Numbers {
		r.Metrics[n.Name] = n.Value
	}
	return r
}

func printOutcome(w io.Writer, o claim.Outcome) {
	fmt.Fprintf(w, "%s: %s (%.2f s)\n", o.ID, o.Verdict, o.Seconds)
	for _, c := range o.Comparisons {
		fmt.Fprintf(w, "  %-3s  %s\n", map[bool]string{true: "yes", false: "NO"}[c.OK], c)
	}
	for _, n := range o.Numbers {
		fmt.Fprintf(w, "  note %s: %.6g\n", n.Name, n.Value)
	}
	if o.Verdict == claim.Undecided {
		for _, why := range o.Reasons {
			fmt.Fprintf(w, "  undecided: %s\n", why)
		}
	}
}

func newClaimReport() *cobra.Command {
	var rec recordFlags
	cmd := &cobra.Command{
		Use:   "report FILE.md [ID...]",
		Short: "Run claims, all by default, and write a report in Markdown",
		Long: `report runs the claims, all if none is named, and writes FILE.md, - for standard
output: a table of verdicts, then each claim with its paper, its statement and every
comparison.
` + claimStatus,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fmt.Errorf("claim report wants the file to write, or - for standard output, and then the IDs of claims, none for all")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if args[0] != "-" && !strings.HasSuffix(args[0], ".md") {
				return fmt.Errorf("claim report writes Markdown: want a file name that ends in .md, got %q", args[0])
			}
			claims, err := chosenClaims(args[1:])
			if err != nil {
				return err
			}
			if _, err := os.Stat(filepath.Dir(args[0])); err != nil { // before the work
				return failed(err)
			}
			if err := rec.open(cmd); err != nil {
				return err
			}
			defer rec.close()
			var outcomes []claim.Outcome
			_, err = runClaims(claims, &rec, cmd.ErrOrStderr(), func(_ int, o claim.Outcome) { outcomes = append(outcomes, o) })
			text := claimReport(claims[:len(outcomes)], outcomes, strings.Join(args, " "))
			if args[0] == "-" {
				_, writeErr := io.WriteString(cmd.OutOrStdout(), text)
				return errors.Join(failed(writeErr), err)
			}
			writeErr := replace(args[0], func(w io.Writer) error {
				_, err := io.WriteString(w, text)
				return err
			})
			return errors.Join(failed(writeErr), err)
		},
	}
	rec.register(cmd, true)
	return cmd
}

// claimReport is the report in Markdown.
func claimReport(claims []claim.Claim, outcomes []claim.Outcome, file string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Claims\n\nRepeat with `descent claim report %s`; a claim alone with `descent claim run ID`.\n\n", file)
	b.WriteString("| claim | paper | verdict | comparisons as claimed | seconds |\n|---|---|---|---|---|\n")
	for i, o := range outcomes {
		ok := 0
		for _, c := range o.Comparisons {
			if c.OK {
				ok++
			}
		}
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %d of %d | %.2f |\n", o.ID, o.ID, cell(claims[i].Paper.Short()), o.Verdict, ok, len(o.Comparisons), o.Seconds)
	}
	for i, o := range outcomes {
		c := claims[i]
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n", c.ID, c.Paper)
		fmt.Fprintf(&b, "- **Statement.** %s\n- **Published.** %s\n- **Check.** %s\n- **Verdict.** %s\n", c.Statement, c.Published, oneLine(c.Method), o.Verdict)
		if o.Verdict == claim.Undecided {
			for _, why := range o.Reasons {
				fmt.Fprintf(&b, "  - %s\n", why)
			}
		}
		if len(o.Comparisons)+len(o.Numbers) == 0 {
			continue
		}
		b.WriteString("\n| quantity | measured | claimed | so |\n|---|---|---|---|\n")
		for _, x := range o.Comparisons {
			tolerance := ""
			if x.Tolerance > 0 {
				tolerance = fmt.Sprintf(" ± %.2g", x.Tolerance)
			}
			fmt.Fprintf(&b, "| %s | %.6g | %s %.6g%s | %s |\n", cell(x.Name), x.Measured, relationSigns[x.Relation], x.Claimed, tolerance, map[bool]string{true: "yes", false: "**no**"}[x.OK])
		}
		for _, n := range o.Numbers {
			fmt.Fprintf(&b, "| %s | %.6g | | |\n", cell(n.Name), n.Value)
		}
	}
	return b.String()
}

var relationSigns = map[string]string{"<=": "≤", ">=": "≥", "==": "="}

// cell keeps the bars of a norm from ending a table cell.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
