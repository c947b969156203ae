package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/godescent/descent"
	"github.com/godescent/descent/claim"
	"github.com/godescent/descent/store"
)

// runsFlags are the flags of all verbs of runs.
type runsFlags struct{ place string }

func newRuns() *cobra.Command {
	var f runsFlags
	verbs := []*cobra.Command{newRunsList(&f), newRunsShow(&f), newRunsDiff(&f), newRunsTag(&f), newRunsExport(&f), newRunsMerge(&f), newRunsGC(&f)}
	cmd := &cobra.Command{
		Use:   "runs list|show|diff|tag|export|merge|gc",
		Short: "Look at the runs that were recorded",
		Long: `runs reads the store, where --record keeps runs: what was run, on which data, by which
version, how it ended, and its trace. The store is a file that needs no server, or a
PostgreSQL database. A run is never changed. The first digits of its ID name it, or @1 for
the newest run, @2 for the one before it, and so on.`,
		Example: `  descent fit logistic --data breast-cancer --scale std --record
  descent runs list --method lbfgs --since 7d
  descent runs show 3f2a91c0
  descent runs export --format mlflow mlruns`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			var names []string
			for _, v := range verbs {
				names = append(names, v.Name())
			}
			return unknown("runs command", args[0], names)
		},
	}
	registerStore(cmd.PersistentFlags(), &f.place)
	cmd.AddCommand(verbs...)
	return cmd
}

// with opens the store, which must exist, and hands it to do.
func (f *runsFlags) with(cmd *cobra.Command, do func(ctx context.Context, s *store.Store) error) error {
	place, err := storePlace(f.place)
	if err != nil {
		return storeError(err)
	}
	ctx := cmd.Context()
	s, err := store.Open(ctx, place)
	if errors.Is(err, fs.ErrNotExist) {
		return &noStore{place}
	}
	if err != nil {
		return storeError(err)
	}
	defer s.Close()
	return do(ctx, s)
}

// noStore is the error of a store that does not exist.
type noStore struct{ place string }

func (e *noStore) Error() string {
	return fmt.Sprintf("no runs are recorded: %s does not exist; `descent fit ... --record` makes it", e.place)
}

// find returns a run by the beginning of its ID.
func find(ctx context.Context, s *store.Store, prefix string) (*store.Run, error) {
	id, err := s.Resolve(ctx, prefix)
	if err != nil {
		return nil, storeError(err)
	}
	r, err := s.Get(ctx, id)
	return r, storeError(err)
}

// filterFlags choose runs.
type filterFlags struct {
	verb, problem, data, method, status, tag, since string
}

func (f *filterFlags) register(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.verb, "verb", "", "only runs of this `verb`, such as fit")
	fs.StringVar(&f.problem, "problem", "", "only runs of this `problem`; * stands for any text, as in 'logistic*'")
	fs.StringVar(&f.data, "data", "", "only runs on this `data`; * stands for any text")
	fs.StringVar(&f.method, "method", "", "only runs of this method `ID`")
	fs.StringVar(&f.status, "status", "", "only runs that ended with this `status`: "+strings.Join(statuses, ", "))
	fs.StringVar(&f.tag, "tag", "", "only runs with this `tag`")
	fs.StringVar(&f.since, "since", "", "only runs that started at this `time` or later: a date such as 2026-11-01, or an age such as 12h, 7d or 2w")
}

var statuses = []string{
	string(descent.Converged), string(descent.Limit), string(descent.Stalled), string(descent.Diverged), string(descent.Infeasible),
	string(descent.Unbounded), string(descent.Cancelled), string(store.Failed), string(claim.Held), string(claim.Refuted), string(claim.Undecided),
}

func (f *filterFlags) filter(now time.Time) (store.Filter, error) {
	out := store.Filter{Verb: f.verb, Problem: f.problem, Data: f.data, Method: f.method, Status: descent.Status(f.status), Tag: f.tag}
	if f.status != "" {
		if !slices.Contains(statuses, f.status) {
			return out, unknown("status", f.status, statuses)
		}
	}
	var err error
	if f.since != "" {
		out.Since, err = parseSince(f.since, now)
	}
	return out, err
}

// parseSince reads a date, a time or an age.
func parseSince(s string, now time.Time) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, "2006-01-02T15:04", "2006-01-02 15:04", time.DateTime, time.RFC3339} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return t, nil
		}
	}
	age, err := parseAge(s)
	if err != nil {
		return time.Time{}, fmt.Errorf("--since %q: want a date such as 2026-11-01, a time such as 2026-11-01T18:30, or an age such as 12h, 7d or 2w", s)
	}
	return now.Add(-age), nil
}

// parseAge reads a duration; d is a day and w a week.
func parseAge(s string) (time.Duration, error) {
	for unit, hours := range map[string]float64{"d": 24, "w": 7 * 24} {
		if n, ok := strings.CutSuffix(s, unit); ok {
			v, err := number("age", n)
			if err != nil || !(v >= 0 && v < math.MaxInt64/(hours*float64(time.Hour))) {
				return 0, errors.New("no age")
			}
			return time.Duration(v * hours * float64(time.Hour)), nil
		}
	}
	age, err := time.ParseDuration(s)
	if err == nil && age < 0 {
		err = errors.New("no age")
	}
	return age, err
}

// runItem is a run of a list in JSON.
type runItem struct {
	ID          string         `json:"id"`
	Key         string         `json:"key"`
	Verb        string         `json:"verb"`
	Problem     string         `json:"problem"`
	Data        string         `json:"data,omitempty"`
	Method      string         `json:"method"`
	Seed        uint64         `json:"seed"`
	Version     string         `json:"version"`
	Started     time.Time      `json:"started,omitzero"`
	Status      descent.Status `json:"status"`
	Limit       string         `json:"limit,omitempty"`
	Value       num            `json:"value"`
	Certificate certificate    `json:"certificate"`
	Seconds     num            `json:"seconds"`
	Iterations  int            `json:"iterations"`
	Points      int            `json:"trace_points"`
	Tags        []string       `json:"tags"`
}

func runItemOf(r store.Summary) runItem {
	return runItem{
		r.ID, r.Key, r.Verb, r.Problem, r.Data, r.Method, r.Seed, r.Version, r.Started, r.Status, r.Limit,
		num(r.Value), certificateOf(r.Certificate), num(r.Seconds), r.Iterations, r.Points, append([]string{}, r.Tags...),
	}
}

func newRunsList(f *runsFlags) *cobra.Command {
	var by filterFlags
	var asJSON bool
	var limit int
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List runs, the newest first",
		Example: `  descent runs list
  descent runs list --verb fit --problem 'logistic*' --status converged --since 7d
  descent runs list --tag paper --limit 0 --json`,
		Args: onlyFlags(""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			filter, err := by.filter(time.Now())
			if err != nil {
				return err
			}
			if limit < 0 {
				return fmt.Errorf("--limit %d: want at least 0", limit)
			}
			filter.Limit = limit
			var list []store.Summary
			total := 0
			err = f.with(cmd, func(ctx context.Context, s *store.Store) (err error) {
				list, err = s.List(ctx, filter)
				if total = len(list); err == nil && total == limit {
					total, err = s.Count(ctx, filter)
				}
				return storeError(err)
			})
			var none *noStore
			if errors.As(err, &none) && f.place == "" && !asJSON { // nothing was recorded yet
				fmt.Fprintln(cmd.OutOrStdout(), none)
				return nil
			}
			if err != nil && !(errors.As(err, &none) && f.place == "") {
				return err
			}
			if asJSON {
				items := []runItem{}
				for _, r := range list {
					items = append(items, runItemOf(r))
				}
				return printJSON(cmd.OutOrStdout(), map[string]any{"runs": items, "total": total})
			}
			printRuns(cmd, list, total)
			return nil
		},
	}
	by.register(cmd)
	cmd.Flags().IntVar(&limit, "limit", 20, "most runs to list (0: all)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object and nothing else")
	return cmd
}

func printRuns(cmd *cobra.Command, list []store.Summary, total int) {
	w := cmd.OutOrStdout()
	if total == 0 {
		fmt.Fprintln(w, "no run is like that")
		return
	}
	rows := [][]string{{"ID", "STARTED", "VERB", "PROBLEM", "DATA", "METHOD", "STATUS", "VALUE", "CERTIFICATE", "SECONDS", "TAGS"}}
	for _, r := range list {
		rows = append(rows, []string{
			shortID(r.ID), startedText(r.Started), r.Verb, cut(r.Problem, 40), cut(r.Data, 24), r.Method, string(r.Status),
			orNone("%.8g", r.Value), orNone("%.2g", r.Certificate.Value), fmt.Sprintf("%.3g", r.Seconds), strings.Join(r.Tags, " "),
		})
	}
	table(w, rows)
	if len(list) < total {
		fmt.Fprintf(w, "%d of %d runs (--limit 0 lists all)\n", len(list), total)
	}
}

// orNone writes a number, if there is one.
func orNone(format string, v float64) string {
	if math.IsNaN(v) {
		return "-"
	}
	return fmt.Sprintf(format, v)
}

func startedText(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Local().Format(time.DateTime)
}

func newRunsShow(f *runsFlags) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "show ID",
		Short:   "Show a run: what was run, and what came of it",
		Example: "  descent runs show 3f2a91c0\n  descent runs show @1 --json",
		Args:    exactly("the ID of a run, its beginning, or @1 for the newest", nil),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd, func(ctx context.Context, s *store.Store) error {
				r, err := find(ctx, s, args[0])
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(cmd.OutOrStdout(), r)
				}
				printRun(cmd, r)
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object, with the trace, and nothing else")
	return cmd
}

func printRun(cmd *cobra.Command, r *store.Run) {
	w := cmd.OutOrStdout()
	line := func(label, text string) {
		if text != "" {
			row(w, label, "%s", plain(text))
		}
	}
	line("run", r.ID)
	line("started", startedText(r.Started))
	line("verb", r.Verb)
	line("problem", r.Problem)
	line("data", r.Data)
	line("sha256", r.SHA256)
	line("method", r.Method)
	line("options", inPairs(r.Options))
	line("seed", fmt.Sprint(r.Seed))
	line("limits", inPairs(r.Limits))
	line("version", r.Version)
	line("machine", r.Machine)
	switch {
	case r.Error != "":
		line("error", r.Error)
	case r.Verb == "claim":
		line("verdict", string(r.Status))
		line("seconds", fmt.Sprintf("%.3g", r.Seconds))
	default:
		status := string(r.Status)
		if r.Status == descent.Limit {
			status = "limit of " + r.Limit
		}
		line("status", status+": "+inWords(r.Certificate))
		line("value", fmt.Sprintf("%.10g", r.Value))
		line("work", fmt.Sprintf("%s, %s, %.3g s", plural(r.Iterations, "iteration"), countsInWords(r.Counts), r.Seconds))
	}
	label := "metrics"
	for _, name := range slices.Sorted(maps.Keys(r.Metrics)) {
		line(label, fmt.Sprintf("%s: %.6g", name, r.Metrics[name]))
		label = ""
	}
	for _, d := range r.Diagnosis {
		line("diagnosis", d)
	}
	if n := len(r.Trace); n > 0 {
		line("trace", plural(n, "point")+" (--json prints them)")
	}
	line("tags", strings.Join(r.Tags, " "))
	line("cell", r.Key())
}

func newRunsTag(f *runsFlags) *cobra.Command {
	var remove bool
	cmd := &cobra.Command{
		Use:     "tag ID NAME...",
		Short:   "Add tags to a run, or remove them",
		Example: "  descent runs tag 3f2a91c0 paper table-2\n  descent runs tag 3f2a91c0 paper --remove",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 {
				return errors.New("tag wants the ID of a run, or its beginning, and one tag or more")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd, func(ctx context.Context, s *store.Store) error {
				id, err := s.Resolve(ctx, args[0])
				if err != nil {
					return storeError(err)
				}
				if remove {
					_, err = s.Untag(ctx, id, args[1:]...)
				} else {
					err = s.Tag(ctx, id, args[1:]...)
				}
				if err != nil {
					return storeError(err)
				}
				r, err := s.Get(ctx, id)
				if err != nil {
					return storeError(err)
				}
				tags := strings.Join(r.Tags, " ")
				if tags == "" {
					tags = "none"
				}
				row(cmd.OutOrStdout(), "tags", "%s", tags)
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&remove, "remove", false, "remove these tags")
	return cmd
}
