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
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/godescent/descent"
	"github.com/godescent/descent/catalog"
	"github.com/godescent/descent/report"
	"github.com/godescent/descent/study"
)

// compareFlags are the flags of compare: of the study, and of the run and its output.
type compareFlags struct {
	data                  dataFlags
	sets                  []string
	methods, contestants  []string
	problems              []string
	spread                float64
	l1, l2                []float64
	noIntercept, nonneg   bool
	scale                 string
	epsilon, resample     float64
	gap, value, reduction []float64
	tol                   float64
	val                   float64
	maxIter, maxEvals     []int
	maxTime               []time.Duration
	seeds                 int
	measure, baseline     string
	level                 float64
	patient               bool
	jobs                  int
	rerun, json           bool
	recordFlags
	markdown, csv string
	html, parquet string
	origin        report.Origin
	plots         []string
	failIf        []string
	drawings      []drawing
	definesStudy  []string // names of flags
	ofData        []string // and of those that read data
}

// drawing is one --plot.
type drawing struct{ kind, file string }

func newCompare() *cobra.Command {
	var f compareFlags
	cmd := &cobra.Command{
		Use:   "compare STUDY.toml | MODEL --data NAME --methods LIST | NETWORK --data NAME --methods RULES | --problem ID --methods LIST",
		Short: "Compare methods over problems and seeds, with intervals and a verdict",
		Long: `compare runs methods on problems with several seeds and says which is best, by how much, and how sure
that is. A cell is one method on one problem with one seed; cells run in parallel, each on one core, and
are kept under a hash of all that decides them (problem, data, options, seed, limits, version of the code),
so that no cell runs twice and an interrupted study goes on where it stopped.

A method is ID or NAME=ID, with options behind colons: sgd:step=0.1. An option with several values is tuned
first: step=0.01|0.1|1 or step=1e-3..10, with tune=grid|random|halving and budget=N. A contestant from
outside is NAME=COMMAND: a program that reads a file and prints JSON (docs/compare.md).

A NETWORK is mlp, cnn, resnet or network=FILE.toml. Its methods are update rules (descent list rules), with options
behind colons, lr, batch, clip, schedule and warmup among them; an iteration is a pass over the data, and F the mean loss.

The cost of a run is what it takes to reach the target, in the measure: work (counted oracle calls, the same on
every machine), evaluations, iterations or seconds. Verdicts are paired by seed.`,
		Example: `  descent compare logistic --data breast-cancer --scale std --l2 0.01 --methods cd,fista,saga,l-bfgs
  descent compare logistic --data a9a.svm --l1 1e-3,1e-4 --methods prox-newton,fista --seeds 20 --resample 0.8
  descent compare --problem rosenbrock:n=10 --spread 0.1 --methods l-bfgs,cg,bb --plot profile=p.svg
  descent compare mlp --data digits --val 0.1 --methods adamw,lion:lr=1e-4|3e-4 --max-iter 10 --target-value 0.1
  descent compare study.toml --fail-if 'cd > 1.1 * fista' --html report.html`,
		Args: cobra.ArbitraryArgs,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return slices.Concat(study.Losses(), study.Networks()), cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	f.register(cmd)
	return cmd
}

func (f *compareFlags) register(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringSliceVar(&f.sets, "data", nil, "`FILES` or names of embedded sets, separated by commas")
	f.data.registerReading(cmd)
	fs.Lookup("target").Usage = "target `column`, by name or number from 1 (default: the format's own, the last column of tables)"
	fs.VisitAll(func(p *pflag.Flag) { f.ofData = append(f.ofData, p.Name) })
	fs.StringSliceVar(&f.methods, "methods", nil, "methods as `ID[:option=value]`, separated by commas (see descent list methods)")
	fs.StringArrayVar(&f.contestants, "contestant", nil, "contestant from outside, as `NAME=COMMAND`; repeatable")
	fs.StringArrayVar(&f.problems, "problem", nil, "analytic problem `ID`, or rosenbrock, quadratic, nesterov-worst with parameters, as rosenbrock:n=10; repeatable")
	fs.Float64Var(&f.spread, "spread", 0, "analytic problems: seeds move the start by this times a normal number")
	fs.Float64SliceVar(&f.l1, "l1", nil, "`weights` of |w|_1, separated by commas: a problem for each")
	fs.Float64SliceVar(&f.l2, "l2", nil, "`weights` of |w|^2/2, separated by commas: a problem for each")
	fs.BoolVar(&f.nonneg, "nonneg", false, "only coefficients >= 0")
	fs.BoolVar(&f.noIntercept, "no-intercept", false, "fit without the intercept b")
	fs.StringVar(&f.scale, "scale", "none", "`none|std|maxabs`: scale columns before the penalties apply")
	fs.Float64Var(&f.epsilon, "epsilon", 0, "huber: where the loss becomes linear (default 1.35)")
	fs.Float64Var(&f.resample, "resample", 0, "seeds draw this `share` of the rows, without replacement (0: all rows with every seed)")
	fs.Float64Var(&f.val, "val", 0, "networks: `share` of the rows to keep apart, for the score apart")
	fs.Float64SliceVar(&f.gap, "target-gap", nil, "target: the `certificate` (the relative duality gap, where there is one) is at most this; of several, separated by commas, runs end at the least and are judged by all; default --tol")
	fs.Float64SliceVar(&f.value, "target-value", nil, "target: the `value` F is at most this")
	fs.Float64SliceVar(&f.reduction, "target-reduction", nil, "target: F(x) - F_L is at most this `share` of F(x0) - F_L, F_L being the least F known")
	fs.Float64Var(&f.tol, "tol", descent.DefaultTol, "tolerance on the certificate, at which runs end")
	fs.IntSliceVar(&f.maxIter, "max-iter", []int{descent.DefaultMaxIter}, "most iterations of a run; of several, separated by commas, each problem is there with each")
	fs.IntSliceVar(&f.maxEvals, "max-evals", nil, "most evaluations of the objective in a run, or several")
	fs.DurationSliceVar(&f.maxTime, "max-time", nil, "most `time` of a run, such as 30s, or several")
	fs.IntVar(&f.seeds, "seeds", 10, "`n` seeds: 1 to n")
	fs.StringVar(&f.measure, "measure", "", "`work|evaluations|iterations|seconds`: what is compared (default work; seconds with a contestant)")
	fs.StringVar(&f.baseline, "baseline", "", "`method` that all others are compared with (default: the best)")
	fs.Float64Var(&f.level, "level", 0.95, "of the intervals")
	fs.BoolVar(&f.patient, "patient", false, "do not give up methods that are hopeless after three seeds")
	fs.VisitAll(func(p *pflag.Flag) {
		f.definesStudy = append(f.definesStudy, p.Name)
		if t := p.Value.Type(); t == "float64Slice" || t == "durationSlice" {
			p.DefValue = "" // help has nothing to say of no numbers
		}
	})

	fs.IntVar(&f.jobs, "jobs", 0, "`n` cells at a time (0: one per core; 1 for the quietest clocks)")
	f.recordFlags.register(cmd, true)
	fs.Lookup("record").Usage = "keep the cells in the store of runs, and find them there (see descent runs)"
	fs.BoolVar(&f.rerun, "rerun", false, "run all cells again")
	fs.BoolVar(&f.json, "json", false, "print one JSON object and nothing else")
	fs.StringVar(&f.markdown, "markdown", "", "write the tables and verdicts to `file`.md")
	fs.StringVar(&f.csv, "csv", "", "write a line for each cell to `file`.csv")
	fs.StringVar(&f.html, "html", "", "write one self-contained page, with charts that zoom, to `file`.html")
	fs.StringVar(&f.parquet, "parquet", "", "write a row for each cell, with its trace, to `file`.parquet")
	fs.StringArrayVar(&f.plots, "plot", nil, "draw `KIND=FILE.svg` (or .png), KIND being curves, profile or data-profile; repeatable")
	fs.StringArrayVar(&f.failIf, "fail-if", nil, "exit with 1 if the `gate` is shown to hold on a problem: 'cd > 1.1 * fista', 'success(cd) < 1'; repeatable")
	cmd.RegisterFlagCompletionFunc("methods", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return catalog.IDs(), cobra.ShellCompDirectiveNoFileComp
	})
	cmd.RegisterFlagCompletionFunc("problem", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return problemIDs(), cobra.ShellCompDirectiveNoFileComp
	})
	registerDataCompletion(cmd)
}

// ofModels are the flags of models and networks, beside those of the data.
var ofModels = []string{"l1", "l2", "nonneg", "no-intercept", "scale", "epsilon", "resample", "val"}

// config turns arguments and flags into the study as its author wrote it.
func (f *compareFlags) config(cmd *cobra.Command, args []string) (*study.Config, error) {
	if len(args) > 1 {
		return nil, fmt.Errorf("compare takes one argument, a MODEL or a file STUDY.toml; got %d: %s", len(args), strings.Join(args, " "))
	}
	if len(args) == 1 && strings.EqualFold(filepath.Ext(args[0]), ".toml") && !strings.HasPrefix(args[0], "network=") {
		for _, name := range f.definesStudy {
			if cmd.Flags().Changed(name) {
				return nil, fmt.Errorf("--%s: the study is in %s: put it there", name, args[0])
			}
		}
		return f.file(args[0])
	}
	c := &study.Config{Methods: f.methods, Measure: study.Measure(f.measure), Baseline: f.baseline, Level: f.level, Patient: f.patient, Seeds: int64(f.seeds)}
	if len(args) == 1 {
		model, err := f.model(cmd, args[0])
		if err != nil {
			return nil, err
		}
		c.Problem = append(c.Problem, model)
	} else {
		for _, name := range slices.Concat(f.ofData, ofModels) {
			if cmd.Flags().Changed(name) {
				return nil, fmt.Errorf("compare: --%s without a MODEL: want one of %s", name, strings.Join(slices.Concat(study.Losses(), study.Networks()), ", "))
			}
		}
	}
	if len(f.problems) == 0 && cmd.Flags().Changed("spread") {
		return nil, errors.New("--spread goes with --problem: it moves starts of analytic problems")
	}
	for _, id := range f.problems {
		c.Problem = append(c.Problem, study.ProblemConfig{Analytic: id, Spread: f.spread})
	}
	if len(c.Problem) == 0 {
		return nil, errors.New("compare: nothing to compare on: want a MODEL with --data, --problem ID, or a file STUDY.toml")
	}
	if len(f.methods)+len(f.contestants) == 0 {
		return nil, errors.New("compare: want --methods LIST, such as cd,fista,saga (see descent list methods)")
	}
	for _, text := range f.contestants {
		name, command, ok := strings.Cut(text, "=")
		words := strings.Fields(command)
		if !ok || name == "" || len(words) == 0 {
			return nil, fmt.Errorf("--contestant %q: want NAME=COMMAND", text)
		}
		c.Method = append(c.Method, study.MethodConfig{Name: name, Command: words})
	}
	return c, f.limits(cmd, c)
}

// file reads a study, and its text for the page.
func (f *compareFlags) file(path string) (*study.Config, error) {
	c, err := study.ReadConfig(path)
	if err != nil || f.html == "" {
		return c, err
	}
	text, err := os.ReadFile(path)
	f.origin.Source = &report.Source{Name: filepath.Base(path), Text: string(text)}
	return c, err
}

// network is the problem of a NETWORK argument.
func (f *compareFlags) network(cmd *cobra.Command, name string) (study.ProblemConfig, error) {
	for _, flag := range []string{"l1", "l2", "no-intercept", "nonneg", "epsilon", "resample"} {
		if cmd.Flags().Changed(flag) {
			return study.ProblemConfig{}, fmt.Errorf("--%s does not go with a network", flag)
		}
	}
	p := f.reading()
	p.Network, p.Val = name, f.val
	if cmd.Flags().Changed("scale") {
		p.Scale = f.scale
	}
	return p, nil
}

// reading is a problem on data, but for what is to be done with them.
func (f *compareFlags) reading() study.ProblemConfig {
	p := study.ProblemConfig{
		Data: f.sets, Labels: f.data.Labels, Weights: f.data.Weights, Drop: f.data.Drop, Categorical: f.data.Categorical, Header: f.data.Header, Format: f.data.Format,
		ZeroBased: f.data.ZeroBased,
	}
	if len(f.data.Target) == 1 {
		p.Target = f.data.Target[0]
	}
	return p
}

// model is the problem of a MODEL or NETWORK argument.
func (f *compareFlags) model(cmd *cobra.Command, name string) (study.ProblemConfig, error) {
	if len(f.sets) == 0 {
		return study.ProblemConfig{}, errors.New("no data: want --data FILE or the name of an embedded set (see `descent list data`)")
	}
	if len(f.data.Target) > 1 {
		return study.ProblemConfig{}, errors.New("--target: a comparison takes one target")
	}
	if file, ok := strings.CutPrefix(name, "network="); ok && file == "" {
		return study.ProblemConfig{}, errors.New("network=: want network=FILE.toml")
	} else if ok {
		return f.network(cmd, file)
	}
	if lower := strings.ToLower(name); slices.Contains(study.Networks(), lower) {
		return f.network(cmd, lower)
	}
	if f.val != 0 {
		return study.ProblemConfig{}, errors.New("--val goes with a network")
	}
	loss := name
	switch strings.ToLower(name) {
	case "lasso", "ridge":
		loss = "linear"
	case "softmax":
		loss = "multinomial"
	case "svm":
		loss = "hinge"
	}
	if !slices.Contains(study.Losses(), strings.ToLower(loss)) {
		return study.ProblemConfig{}, unknown("model", name, slices.Concat(study.Losses(), study.Networks()))
	}
	intercept := !f.noIntercept
	p := f.reading()
	p.Model, p.L1, p.L2, p.Intercept, p.NonNeg, p.Scale, p.Epsilon, p.Resample = loss, f.l1, f.l2, &intercept, f.nonneg, f.scale, f.epsilon, f.resample
	return p, nil
}

// limits sets limits and target.
func (f *compareFlags) limits(cmd *cobra.Command, c *study.Config) error {
	fs := cmd.Flags()
	switch {
	case len(f.maxIter) > 0 && slices.Min(f.maxIter) < 1:
		return fmt.Errorf("--max-iter %d: want at least 1", slices.Min(f.maxIter))
	case len(f.maxEvals) > 0 && slices.Min(f.maxEvals) < 0:
		return fmt.Errorf("--max-evals %d: want at least 0", slices.Min(f.maxEvals))
	case len(f.maxTime) > 0 && slices.Min(f.maxTime) <= 0:
		return fmt.Errorf("--max-time %v: want more than 0", slices.Min(f.maxTime))
	case !(f.tol > 0) || math.IsInf(f.tol, 0):
		return fmt.Errorf("--tol %v: want a number > 0", f.tol)
	}
	c.Limits = study.LimitsConfig{Tolerance: f.tol, Iterations: f.maxIter, Evaluations: f.maxEvals}
	var times []string
	for _, d := range f.maxTime {
		times = append(times, d.String())
	}
	c.Limits.Time = times
	for _, t := range []struct {
		flag string
		v    []float64
		to   *any
	}{{"target-gap", f.gap, &c.Target.Certificate}, {"target-value", f.value, &c.Target.Value}, {"target-reduction", f.reduction, &c.Target.Reduction}} {
		if fs.Changed(t.flag) {
			*t.to = t.v
		}
	}
	return nil
}

// check refuses values before any work is done.
func (f *compareFlags) check() error {
	switch {
	case f.jobs < 0:
		return fmt.Errorf("--jobs %d: want at least 0", f.jobs)
	case !(f.level > 0.5 && f.level < 1):
		return fmt.Errorf("--level %v: want a share between 0.5 and 1, such as 0.95", f.level)
	}
	for _, out := range []struct{ flag, file, ext string }{{"markdown", f.markdown, ".md"}, {"csv", f.csv, ".csv"}, {"html", f.html, ".html"}, {"parquet", f.parquet, ".parquet"}} {
		if out.file != "" && !strings.EqualFold(filepath.Ext(out.file), out.ext) {
			return fmt.Errorf("--%s %s: want a name that ends in %s", out.flag, out.file, out.ext)
		}
		if out.file != "" {
			if err := writable(out.file); err != nil {
				return failed(fmt.Errorf("--%s: %w", out.flag, err))
			}
		}
	}
	kinds := []string{"curves", "profile", "data-profile"}
	for _, text := range f.plots {
		kind, file, ok := strings.Cut(text, "=")
		if !ok || !slices.Contains(kinds, kind) {
			return fmt.Errorf("--plot %q: want KIND=FILE.svg, KIND being one of %s", text, strings.Join(kinds, ", "))
		}
		if err := report.CheckPath(file); err != nil {
			return fmt.Errorf("--plot: %w", err)
		}
		if err := writable(file); err != nil {
			return failed(fmt.Errorf("--plot: %w", err))
		}
		f.drawings = append(f.drawings, drawing{kind, file})
	}
	return nil
}

func (f *compareFlags) run(cmd *cobra.Command, args []string) error {
	if err := f.check(); err != nil {
		return err
	}
	c, err := f.config(cmd, args)
	if err != nil {
		return err
	}
	c.FailIf = append(c.FailIf, f.failIf...)
	s, gates, err := c.Study()
	if err != nil {
		return err
	}
	for _, d := range f.drawings {
		if d.kind == "data-profile" && s.Measure == study.Seconds {
			return fmt.Errorf("--plot %s=%s: data profiles count evaluations in units of dimension + 1: want --measure evaluations, work or iterations", d.kind, d.file)
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, stop) // after the first Ctrl-C the next has its usual effect
	memory, closeMemory, err := f.memory(cmd)
	if err != nil {
		return err
	}
	res, err := f.cells(ctx, cmd.ErrOrStderr(), s, memory)
	kept := f.failure(closeMemory())
	if err != nil {
		return errors.Join(err, kept)
	}
	f.origin.Command, f.origin.Version = commandLine(cmd, args), study.Version()
	err = f.answer(cmd.OutOrStdout(), res, gates) // printed also if the store failed
	if err != nil && err.Error() == "" && kept != nil {
		return kept
	}
	return errors.Join(kept, err)
}

// memory is the store, if the cells are to be kept.
func (f *compareFlags) memory(cmd *cobra.Command) (study.Memory, func() error, error) {
	if err := f.open(cmd); err != nil {
		return nil, nil, err
	}
	if f.store == nil {
		return &study.Volatile{}, func() error { return nil }, nil
	}
	m := newStoreMemory(f.store)
	return m, m.close, nil
}

// cells runs the study. Ctrl-C ends it with the cells that are done.
func (f *compareFlags) cells(ctx context.Context, stderr io.Writer, s *study.Study, memory study.Memory) (*study.Results, error) {
	bar := newBar(stderr)
	r := &study.Runner{Memory: memory, Jobs: f.jobs, Rerun: f.rerun}
	if bar != nil {
		r.Observe = bar.cells
	}
	res, err := r.Run(ctx, s)
	bar.clear()
	switch {
	case errors.Is(err, context.Canceled):
		return nil, &exit{exitUncertified, fmt.Errorf("interrupted: %s done; the same command goes on from there", plural(res.Found+res.Ran, "cell"))}
	case err != nil:
		return nil, failed(err)
	}
	return res, nil
}

// answer prints the comparison, writes the files and checks the gates.
func (f *compareFlags) answer(w io.Writer, res *study.Results, gates []study.Gate) error {
	out := report.Comparison{Results: res, Summary: res.Summarize()}
	var checked []study.GateResult
	for _, g := range gates {
		r, err := res.Gate(g)
		if err != nil {
			return err
		}
		checked = append(checked, r...)
	}
	var err error
	if f.json {
		err = printJSON(w, comparisonOf(out, checked))
	} else if err = out.WriteText(w); err == nil {
		printGates(w, checked)
		fmt.Fprintf(w, "%-9s %s, %d of them kept from before\n", "cells", plural(res.Found+res.Ran, "run"), res.Found)
	}
	f.origin.Gates = checked
	if err := errors.Join(err, f.files(out)); err != nil {
		return failed(err)
	}
	return verdictOf(out.Summary, checked)
}

func printGates(w io.Writer, checked []study.GateResult) {
	for _, g := range checked {
		state := "passed"
		if g.Tripped {
			state = "FAILED"
		} else if g.Undecided {
			state = "undecided, passed"
		}
		fmt.Fprintf(w, "%-9s %s: %s, on %s: %s\n", "gate", state, g.Gate, g.Problem, g.Detail)
	}
}

// verdictOf is the exit status: a gate that is tripped is a failure; a problem on which nothing reached the
// target is no comparison.
func verdictOf(s *study.Summary, checked []study.GateResult) error {
	for _, g := range checked {
		if g.Tripped {
			return &exit{code: exitFailure}
		}
	}
	for _, p := range s.Problems {
		if !slices.ContainsFunc(p.Rows, func(r study.Row) bool { return r.Reached > 0 }) {
			return &exit{code: exitUncertified}
		}
	}
	return nil
}

// files writes what was asked for.
func (f *compareFlags) files(out report.Comparison) error {
	var err error
	for _, o := range []struct {
		flag, file string
		write      func(io.Writer) error
	}{
		{"markdown", f.markdown, out.WriteMarkdown}, {"csv", f.csv, out.WriteCSV}, {"parquet", f.parquet, out.WriteParquet},
		{"html", f.html, func(w io.Writer) error { return out.WriteHTML(w, f.origin) }},
	} {
		if o.file != "" {
			err = errors.Join(err, writeFile(o.flag, o.file, o.write))
		}
	}
	for _, d := range f.drawings {
		var e error
		switch d.kind {
		case "profile":
			e = out.Profile().Save(d.file)
		case "data-profile":
			e = out.DataProfile().Save(d.file)
		default:
			e = saveCurves(out, d.file)
		}
		if e != nil {
			err = errors.Join(err, fmt.Errorf("--plot: %w", e))
		}
	}
	return err
}

// saveCurves draws a figure for each problem: of several, the k-th is FILE-k.
func saveCurves(out report.Comparison, file string) error {
	n := len(out.Summary.Problems)
	for k := range n {
		name := file
		if n > 1 {
			ext := filepath.Ext(file)
			name = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(file, ext), k+1, ext)
		}
		if err := out.Curves(k).Save(name); err != nil {
			return err
		}
	}
	return nil
}
