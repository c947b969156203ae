package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/godescent/descent"
	"github.com/godescent/descent/catalog"
	"github.com/godescent/descent/report"
)

// solveFlags are the flags of the verbs that run a method.
type solveFlags struct {
	method     string
	opts       []string
	tol        float64
	maxIter    int
	maxEvals   int
	maxTime    time.Duration
	seed       uint64
	checkpoint string
	every      time.Duration
	resume     string
	plot       string
	json, x    bool
}

func (f *solveFlags) register(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&f.method, "method", "auto", "method `ID` (see descent list methods); auto chooses by problem class")
	fs.StringArrayVar(&f.opts, "opt", nil, "option of the method as `key=value` (see descent show ID); repeatable")
	fs.Float64Var(&f.tol, "tol", descent.DefaultTol, "tolerance on the certificate")
	fs.IntVar(&f.maxIter, "max-iter", descent.DefaultMaxIter, "most iterations")
	fs.IntVar(&f.maxEvals, "max-evals", 0, "most evaluations of the objective (0: no limit)")
	fs.DurationVar(&f.maxTime, "max-time", 0, "most `time`, such as 30s or 5m (0: no limit)")
	fs.Uint64Var(&f.seed, "seed", 0, "seed of methods that draw random numbers")
	fs.StringVar(&f.checkpoint, "checkpoint", "", "`file` to save the run's state in, now and then and at the end")
	fs.DurationVar(&f.every, "checkpoint-every", descent.DefaultCheckpointEvery, "`time` between checkpoints")
	fs.StringVar(&f.resume, "resume", "", "go on from the state in `file`, bit for bit")
	fs.StringVar(&f.plot, "plot", "", "draw the run to `file`.svg or file.png")
	fs.BoolVar(&f.json, "json", false, "print one JSON object and nothing else")
	fs.BoolVar(&f.x, "x", false, "with --json: include x")
	cmd.RegisterFlagCompletionFunc("method", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return append([]string{"auto"}, catalog.IDs()...), cobra.ShellCompDirectiveNoFileComp
	})
}

// check refuses values before any work is done.
func (f *solveFlags) check(cmd *cobra.Command) error {
	switch {
	case !(f.tol > 0) || math.IsInf(f.tol, 0):
		return fmt.Errorf("--tol %v: want a number > 0", f.tol)
	case f.maxIter < 1:
		return fmt.Errorf("--max-iter %d: want at least 1", f.maxIter)
	case f.maxEvals < 0:
		return fmt.Errorf("--max-evals %d: want at least 0", f.maxEvals)
	case f.maxTime < 0:
		return fmt.Errorf("--max-time %v: want at least 0", f.maxTime)
	case f.every <= 0:
		return fmt.Errorf("--checkpoint-every %v: want more than 0", f.every)
	case f.x && !f.json:
		return errors.New("--x goes with --json")
	case cmd.Flags().Changed("checkpoint-every") && f.checkpoint == "":
		return errors.New("--checkpoint-every goes with --checkpoint FILE")
	}
	if f.method != "auto" {
		if _, err := catalog.Lookup(f.method); err != nil {
			return err
		}
	}
	if f.plot != "" {
		if err := report.CheckPath(f.plot); err != nil {
			return err
		}
		if err := writable(f.plot); err != nil {
			return failed(fmt.Errorf("--plot: %w", err))
		}
	}
	return nil
}

// choose returns the method with its options set, and why it was chosen.
func (f *solveFlags) choose(cmd *cobra.Command, p *descent.Problem) (e catalog.Entry, m descent.Method, why string, err error) {
	if f.method == "auto" {
		e, why, err = catalog.Default(p)
	} else if e, err = catalog.Lookup(f.method); err == nil {
		err = e.Check(p)
	}
	if err != nil {
		return e, nil, "", err
	}
	m = e.New()
	for _, o := range f.opts {
		if err := catalog.Set(m, o); err != nil {
			return e, nil, "", fmt.Errorf("--opt: method %s: %w", e.ID, err)
		}
	}
	if cmd.Flags().Changed("seed") && slices.ContainsFunc(catalog.Options(m), func(o catalog.Option) bool { return o.Name == "seed" }) {
		if err := catalog.Set(m, "seed="+strconv.FormatUint(f.seed, 10)); err != nil {
			return e, nil, "", err
		}
	}
	return e, m, why, nil
}

// changed returns the options of m that are not at their defaults.
func changed(e catalog.Entry, m descent.Method) map[string]string {
	set := map[string]string{}
	defaults := catalog.Options(e.New())
	for i, o := range catalog.Options(m) {
		if o.Value != defaults[i].Value {
			set[o.Name] = o.Value
		}
	}
	return set
}

// solved is a finished run.
type solved struct {
	method catalog.Entry
	why    string
	result *descent.Result
	answer answer
	proved *int // zeros that the duality gap proves, nil where it cannot

	started   time.Time
	recording error // why the run is not in the store
}

// solve runs the method. Ctrl-C ends the run at the next iteration; a second one
// ends the program.
func (f *solveFlags) solve(cmd *cobra.Command, p *descent.Problem, x0 []float64) (*solved, error) {
	e, m, why, err := f.choose(cmd, p)
	if err != nil {
		return nil, err
	}
	opt := descent.Options{
		Tol: f.tol, MaxIter: f.maxIter, MaxEvals: f.maxEvals, MaxTime: f.maxTime,
		CheckpointFile: f.checkpoint, CheckpointEvery: f.every, NoCheckpoint: f.checkpoint == "",
	}
	if f.resume != "" {
		if opt.Resume, err = os.ReadFile(f.resume); err != nil {
			return nil, fmt.Errorf("--resume: %w", err)
		}
	}
	stderr := cmd.ErrOrStderr()
	bar := newBar(stderr)
	if bar != nil {
		opt.Observe = bar.show
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, stop) // after the first Ctrl-C the next has its usual effect
	started := time.Now()
	r, err := descent.Solve(ctx, p, m, x0, opt)
	bar.clear()
	if ctx.Err() != nil {
		fmt.Fprintln(stderr, "descent: interrupted: stopped after a whole iteration")
	}
	if err != nil {
		if r != nil { // the run is sound, its checkpoint could not be written
			return nil, failed(err)
		}
		return nil, catalog.Decorate(err, p)
	}
	s := &solved{method: e, why: why, result: r, started: started}
	s.answer = answer{
		Problem: p.Name, Method: e.ID, Why: why, Options: changed(e, m), Status: r.Status, Limit: r.Limit,
		Value: num(r.Value), Certificate: certificateOf(r.Certificate), Iterations: r.Iterations, Counts: r.Counts,
		Seconds: r.Seconds, Diagnosis: append([]string{}, r.Diagnosis...), Checkpoint: f.checkpoint,
	}
	if f.x {
		s.answer.X = nums(r.X)
	}
	return s, nil
}

// exit is the exit status of a run.
func (s *solved) exit() error {
	if s.recording != nil {
		return s.recording
	}
	if s.result.Status == descent.Converged {
		return nil
	}
	return &exit{code: exitUncertified}
}

// print writes what came of the run for people.
func (s *solved) print(w io.Writer, f *solveFlags) {
	if s.why != "" {
		row(w, "method", "%s (auto: %s)", s.method.ID, s.why)
	} else {
		row(w, "method", "%s", s.method.ID)
	}
	r := s.result
	status := string(r.Status)
	if r.Status == descent.Limit {
		status = "limit of " + r.Limit
	}
	row(w, "status", "%s: %s", status, inWords(r.Certificate))
	row(w, "value", "%.10g", r.Value)
	row(w, "work", "%s, %s, %.3g s", plural(r.Iterations, "iteration"), countsInWords(r.Counts), r.Seconds)
	if f.checkpoint != "" {
		row(w, "checkpoint", "%s (go on with --resume %s)", f.checkpoint, f.checkpoint)
	}
	printRecorded(w, s.answer)
	for _, d := range r.Diagnosis {
		row(w, "diagnosis", "%s", d)
	}
}

func countsInWords(c descent.Counts) string {
	var parts []string
	for _, k := range []struct {
		n         int
		one, many string
	}{
		{c.Value, "value", "values"}, {c.Gradient, "gradient", "gradients"}, {c.Hessian, "Hessian", "Hessians"},
		{c.HessVec, "Hessian-vector product", "Hessian-vector products"}, {c.Term, "term gradient", "term gradients"}, {c.Prox, "prox", "proxes"}, {c.Coordinate, "coordinate", "coordinates"},
		{c.Target, "target", "targets"},
	} {
		if k.n == 1 {
			parts = append(parts, "1 "+k.one)
		} else if k.n > 1 {
			parts = append(parts, fmt.Sprintf("%d %s", k.n, k.many))
		}
	}
	if len(parts) == 0 {
		return "no evaluation"
	}
	return strings.Join(parts, ", ")
}

// draw writes the figure if one was asked for.
func (s *solved) draw(f *solveFlags, title, what string, names []string, values []float64) error {
	if f.plot == "" {
		return nil
	}
	r := s.result
	fig := report.Figure{
		Title:    cut(title, 90),
		Subtitle: fmt.Sprintf("%s: %s after %s, %s %.2g", s.method.ID, r.Status, plural(r.Iterations, "iteration"), r.Certificate.Kind, r.Certificate.Value),
		Result:   r, BarTitle: what, Names: names, Values: values,
	}
	if err := fig.Save(f.plot); err != nil {
		return failed(fmt.Errorf("--plot: %w", err))
	}
	return nil
}
