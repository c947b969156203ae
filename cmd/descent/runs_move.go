package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/godescent/descent/store"
)

var exportFormats = []string{"mlflow", "tensorboard", "jsonl", "csv"}

func newRunsExport(f *runsFlags) *cobra.Command {
	var by filterFlags
	var format string
	cmd := &cobra.Command{
		Use:   "export --format mlflow|tensorboard|jsonl|csv DIR|FILE",
		Short: "Write runs in the formats of other programs",
		Long: `export writes the runs that the flags choose, all if there are none.

  mlflow       the folders of MLflow's file store: mlflow ui --backend-store-uri DIR
  tensorboard  event files: tensorboard --logdir DIR
  jsonl        a line of JSON for each run, with its trace
  csv          a table with a line for each run, without traces

mlflow and tensorboard write to a directory, and add to what is there; jsonl and csv
write a file, which appears when it is complete, or to standard output with -.`,
		Example: `  descent runs export --format mlflow mlruns
  descent runs export --format tensorboard --problem 'logistic*' logs
  descent runs export --format csv --tag paper runs.csv`,
		Args: exactly("where to write: a DIR or FILE", nil),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(exportFormats, format) {
				return unknown("--format", format, exportFormats)
			}
			filter, err := by.filter(time.Now())
			if err != nil {
				return err
			}
			return f.with(cmd, func(_ context.Context, s *store.Store) error { return export(cmd, s, filter, format, args[0]) })
		},
	}
	by.register(cmd)
	cmd.Flags().StringVar(&format, "format", "", "what to write: `"+strings.Join(exportFormats, "|")+"`")
	cmd.RegisterFlagCompletionFunc("format", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return exportFormats, cobra.ShellCompDirectiveNoFileComp
	})
	return cmd
}

// export writes runs until they are all written or Ctrl-C.
func export(cmd *cobra.Command, s *store.Store, filter store.Filter, format, where string) error {
	done := 0
	var lost error // of damaged runs, which stop no others
	fill := func(to store.Exporter) error {
		err := watch(cmd, func(ctx context.Context, progress func(string, float64)) (err error) {
			done, err = s.Export(ctx, filter, to, fraction("export", progress))
			return err
		})
		if errors.Is(err, store.ErrDamaged) {
			lost, err = err, nil
		}
		if err != nil {
			return err
		}
		return to.Close()
	}
	table := store.NewJSONL
	if format == "csv" {
		table = store.NewCSV
	}
	folder := map[string]func(string) (store.Exporter, error){"mlflow": store.NewMLflow, "tensorboard": store.NewTensorBoard}[format]
	var err error
	switch {
	case folder != nil:
		var to store.Exporter
		if to, err = folder(where); err == nil {
			err = fill(to)
		}
	case where == "-":
		w := bufio.NewWriter(cmd.OutOrStdout())
		if err = fill(table(w)); err == nil {
			err = w.Flush()
		}
	default:
		err = replace(where, func(w io.Writer) error { return fill(table(w)) })
	}
	switch {
	case errors.Is(err, context.Canceled) && folder == nil && where != "-":
		return failed(fmt.Errorf("interrupted: %s was not written", where))
	case errors.Is(err, context.Canceled):
		return failed(fmt.Errorf("interrupted: %s written; export writes the others when it is run again", plural(done, "run")))
	case err != nil:
		return failed(errors.New(strings.TrimPrefix(err.Error(), "store: ")))
	}
	if where != "-" {
		row(cmd.OutOrStdout(), "exported", "%s to %s", plural(done, "run"), where)
	}
	return storeError(lost)
}

// fraction turns counts into the progress of a stage.
func fraction(name string, progress func(string, float64)) func(done, total int) {
	if progress == nil {
		return nil
	}
	return func(done, total int) { progress(name, float64(done)/float64(total)) }
}

func newRunsMerge(f *runsFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "merge OTHER",
		Short: "Copy the runs of another store into this one",
		Long: `merge copies the runs of OTHER, a file or a PostgreSQL URL, that are not in the store,
and the tags of all; OTHER is not changed. A run that both have is one: its ID is a hash
of its content. After Ctrl-C, merge goes on when it is run again.`,
		Example: `  descent runs merge laptop.db
  descent runs merge ~/.local/share/descent/runs.db --store postgres://team@db/runs`,
		Args: exactly("the place of another store", nil),
		RunE: func(cmd *cobra.Command, args []string) error {
			place, err := storePlace(f.place)
			if err != nil {
				return storeError(err)
			}
			other, err := store.Open(cmd.Context(), args[0])
			if errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("%s does not exist: want the place of a store of runs", store.Redacted(args[0]))
			}
			if err != nil {
				return storeError(err)
			}
			defer other.Close()
			s, err := store.OpenOrCreate(cmd.Context(), place)
			if err != nil {
				return storeError(err)
			}
			defer s.Close()
			added, total := 0, 0
			err = watch(cmd, func(ctx context.Context, progress func(string, float64)) (err error) {
				show := fraction("merge", progress)
				added, err = s.Merge(ctx, other, func(done, all int) {
					total = all
					if show != nil {
						show(done, all)
					}
				})
				return err
			})
			if errors.Is(err, context.Canceled) {
				return failed(fmt.Errorf("interrupted: %s added; merge adds the others when it is run again", plural(added, "run")))
			}
			if err != nil && !errors.Is(err, store.ErrDamaged) {
				return storeError(err)
			}
			left := ""
			if err == nil {
				left = fmt.Sprintf(", %d there already", total-added)
			}
			row(cmd.OutOrStdout(), "merged", "%s added to %s%s", plural(added, "run"), s.Place(), left)
			return storeError(err)
		},
	}
}

func newRunsGC(f *runsFlags) *cobra.Command {
	var older string
	var keep bool
	cmd := &cobra.Command{
		Use:     "gc --older AGE",
		Short:   "Remove old runs for good",
		Example: "  descent runs gc --older 90d --keep-tagged",
		Args:    onlyFlags(""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			age, err := parseAge(older)
			if err != nil {
				return fmt.Errorf("--older %q: want an age such as 12h, 90d or 26w: runs that started before that are removed", older)
			}
			return f.with(cmd, func(ctx context.Context, s *store.Store) error {
				removed, err := s.GC(ctx, time.Now().Add(-age), keep)
				if err != nil {
					return storeError(err)
				}
				left, err := s.Count(ctx, store.Filter{})
				if err != nil {
					return storeError(err)
				}
				row(cmd.OutOrStdout(), "removed", "%s, %d left", plural(removed, "run"), left)
				return nil
			})
		},
	}
	cmd.Flags().StringVar(&older, "older", "", "remove runs that started before this `age`: 12h, 90d, 26w")
	cmd.Flags().BoolVar(&keep, "keep-tagged", false, "keep runs that have a tag")
	return cmd
}
