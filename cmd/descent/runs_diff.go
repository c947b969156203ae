package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/godescent/descent/store"
)

// A field is a part of a run that two runs can differ in. A number has its text in full precision.
type field struct {
	name, text string
	number     bool
	value      float64
}

// fields are all that was run and all that came of it, but for the trace.
func fields(r *store.Run) []field {
	var out []field
	text := func(name, value string) { out = append(out, field{name: name, text: value}) }
	numeric := func(name string, v float64) {
		out = append(out, field{name, strconv.FormatFloat(v, 'g', -1, 64), true, v})
	}
	each := func(prefix string, m map[string]string) {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			text(prefix+k, m[k])
		}
	}
	text("verb", r.Verb)
	text("problem", r.Problem)
	text("data", r.Data)
	text("sha256", r.SHA256)
	text("method", r.Method)
	each("option ", r.Options)
	text("seed", strconv.FormatUint(r.Seed, 10))
	each("limit ", r.Limits)
	text("version", r.Version)
	text("machine", r.Machine)
	text("started", startedText(r.Started))
	text("status", string(r.Status))
	text("stopped by", r.Limit)
	text("error", r.Error)
	numeric("value", r.Value)
	text("certificate kind", r.Certificate.Kind)
	numeric("certificate", r.Certificate.Value)
	numeric("tolerance", r.Certificate.Tolerance)
	numeric("seconds", r.Seconds)
	numeric("iterations", float64(r.Iterations))
	c := r.Counts
	for _, k := range []struct {
		name string
		n    int
	}{{"values", c.Value}, {"gradients", c.Gradient}, {"Hessian-vector products", c.HessVec}, {"Hessians", c.Hessian}, {"term gradients", c.Term}, {"proxes", c.Prox}, {"coordinates", c.Coordinate}, {"targets", c.Target}} {
		numeric(k.name, float64(k.n))
	}
	for _, k := range slices.Sorted(maps.Keys(r.Metrics)) {
		numeric(k, r.Metrics[k])
	}
	text("tags", strings.Join(r.Tags, " "))
	return out
}

// A difference is a field whose texts differ; "" where a run has no such field.
type difference struct {
	Field string `json:"field"`
	A     string `json:"a"`
	B     string `json:"b"`
	Ratio *num   `json:"ratio,omitempty"` // of two numbers, b / a
}

// differences are in the order of a's fields, those that b alone has at the end.
func differences(a, b *store.Run) []difference {
	out := []difference{}
	left, right := fields(a), fields(b)
	at := func(list []field, name string) field {
		if i := slices.IndexFunc(list, func(f field) bool { return f.name == name }); i >= 0 {
			return list[i]
		}
		return field{name: name}
	}
	for _, x := range left {
		y := at(right, x.name)
		if x.text == y.text {
			continue
		}
		d := difference{Field: x.name, A: x.text, B: y.text}
		if x.number && y.number && x.value != 0 {
			ratio := num(y.value / x.value)
			d.Ratio = &ratio
		}
		out = append(out, d)
	}
	for _, y := range right {
		if y.text != "" && !slices.ContainsFunc(left, func(x field) bool { return x.name == y.name }) {
			out = append(out, difference{Field: y.name, B: y.text})
		}
	}
	return out
}

func newRunsDiff(f *runsFlags) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "diff A B",
		Short:   "Show in what two runs differ: options, limits, numbers",
		Example: "  descent runs diff 3f2a91c0 77b0c2d4\n  descent runs diff @2 @1",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return fmt.Errorf("diff takes two arguments, the IDs of runs or their beginnings; got %d", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd, func(ctx context.Context, s *store.Store) error {
				a, err := find(ctx, s, args[0])
				if err != nil {
					return err
				}
				b, err := find(ctx, s, args[1])
				if err != nil {
					return err
				}
				all := differences(a, b)
				if asJSON {
					return printJSON(cmd.OutOrStdout(), map[string]any{"a": a.ID, "b": b.ID, "same_cell": a.Key() == b.Key(), "differences": all})
				}
				printDifferences(cmd.OutOrStdout(), a, b, all)
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object and nothing else")
	return cmd
}

func printDifferences(w io.Writer, a, b *store.Run, all []difference) {
	if len(all) == 0 {
		fmt.Fprintln(w, "the runs do not differ")
		return
	}
	rows := [][]string{{"", shortID(a.ID), shortID(b.ID), "RATIO"}}
	for _, d := range all {
		ratio := ""
		if d.Ratio != nil {
			ratio = fmt.Sprintf("%.4g", *d.Ratio)
		}
		rows = append(rows, []string{d.Field, orDash(cut(d.A, 48)), orDash(cut(d.B, 48)), ratio})
	}
	table(w, rows)
	if a.Key() == b.Key() {
		fmt.Fprintln(w, "both ran the same cell: options, data, seed, limits and version are equal")
	}
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// inPairs writes a map in the order of its keys.
func inPairs(m map[string]string) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, k+"="+m[k])
	}
	return strings.Join(out, ", ")
}
