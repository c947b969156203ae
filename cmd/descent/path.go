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
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/godescent/descent"
	"github.com/godescent/descent/catalog"
	"github.com/godescent/descent/data"
	"github.com/godescent/descent/fit"
	"github.com/godescent/descent/problem/glm"
	"github.com/godescent/descent/report"
)

// pathFormat is the version of the file that fit --path --save writes.
const pathFormat = "descent-path/1"

// pathFlags ask for many values of lambda instead of one penalty.
type pathFlags struct {
	path      int
	pathRatio float64
	l1Ratio   float64
	cv        int
	oneSE     bool
}

func (f *pathFlags) registerPath(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.IntVar(&f.path, "path", 0, "fit `n` values of lambda, from the least that makes all coefficients zero down")
	fs.Float64Var(&f.pathRatio, "path-ratio", 0, "with --path or --cv: the last lambda over the first (default 1e-3; 1e-2 if there are fewer rows than columns; 1e-5 with --l1-ratio 0)")
	fs.Float64Var(&f.l1Ratio, "l1-ratio", 1, "with --path or --cv: l1 = r lambda and l2 = (1-r) lambda, 0 <= `r` <= 1 (0 for ridge)")
	fs.IntVar(&f.cv, "cv", 0, "choose lambda by cross-validation with `k` folds, shuffled by --seed")
	fs.BoolVar(&f.oneSE, "one-se", false, "with --cv: the largest lambda whose loss is within one standard error of the least")
}

// on reports whether lambda is not given but walked through.
func (f *pathFlags) on() bool { return f.path != 0 || f.cv != 0 }

func (f *pathFlags) checkOff(fs *pflag.FlagSet) error {
	for _, name := range []string{"path-ratio", "l1-ratio", "path", "cv"} {
		if fs.Changed(name) {
			if name == "path" || name == "cv" {
				return fmt.Errorf("--%s 0: want a number above 0, or no --%s", name, name)
			}
			return fmt.Errorf("--%s goes with --path N or --cv K", name)
		}
	}
	if f.oneSE {
		return errors.New("--one-se goes with --cv K")
	}
	return nil
}

// checkPath refuses what does not go with a path.
func (f *fitFlags) checkPath(fs *pflag.FlagSet, name string) error {
	what := "--path"
	if f.cv != 0 {
		what = "--cv"
	}
	if name == "ridge" && !fs.Changed("l1-ratio") {
		f.l1Ratio = 0
	}
	for _, flag := range []string{"l1", "group-l1", "task-l1", "C", "checkpoint", "checkpoint-every", "resume", "max-evals", "max-time"} {
		if fs.Changed(flag) {
			return fmt.Errorf("--%s and %s do not go together: %s takes --path-ratio, --l1-ratio, --groups, a fixed --l2, --tol, --max-iter, --method", flag, what, what)
		}
	}
	switch {
	case name == "ridge" && f.l1Ratio != 0:
		return fmt.Errorf("ridge and --l1-ratio %v: lambda weighs |w|^2 alone: want linear", f.l1Ratio)
	case name == "lasso" && f.l1Ratio == 0:
		return errors.New("lasso and --l1-ratio 0: lambda would weigh |w|^2 alone: want ridge")
	case f.l1Ratio == 0 && f.groups != "":
		return errors.New("--l1-ratio 0 and --groups: lambda would weigh no group norm: want 0 < r <= 1")
	case f.path < 0:
		return fmt.Errorf("--path %d: want at least 1", f.path)
	case f.cv < 0 || f.cv == 1:
		return fmt.Errorf("--cv %d: want at least 2 folds", f.cv)
	case fs.Changed("path-ratio") && !(f.pathRatio > 0 && f.pathRatio < 1):
		return fmt.Errorf("--path-ratio %v: want a number between 0 and 1", f.pathRatio)
	case !(f.l1Ratio >= 0 && f.l1Ratio <= 1):
		return fmt.Errorf("--l1-ratio %v: want 0 <= r <= 1", f.l1Ratio)
	case f.oneSE && f.cv == 0:
		return errors.New("--one-se goes with --cv K")
	}
	return nil
}

// pathOptions are what the flags ask of package fit.
func (f *fitFlags) pathOptions(cmd *cobra.Command, name string, set *data.Set, y []float64, spec glm.Spec) (fit.PathOptions, error) {
	opt := fit.PathOptions{N: f.path, Ratio: f.pathRatio, L1Ratio: f.l1Ratio, Ridge: f.l1Ratio == 0, Tol: f.tol, MaxIter: f.maxIter}
	if f.method == "auto" && len(f.opts) == 0 {
		return opt, nil
	}
	g, err := glm.New(name, set.X, y, opt.At(spec, 1))
	if err != nil {
		return opt, err
	}
	_, opt.Method, _, err = f.choose(cmd, g.Problem())
	return opt, err
}

// interruptible is a context that the first Ctrl-C ends; the second has its usual effect.
func interruptible() (context.Context, func()) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// count shows how many values are done.
func (b *bar) count(done, total int) {
	if time.Since(b.last) < 100*time.Millisecond {
		return
	}
	b.last = time.Now()
	_ = b.pb.Set(min(barSteps-1, barSteps*done/total))
	b.pb.Describe(fmt.Sprintf("%d of %d fits", done, total))
}

// trim takes off the names of packages, which mean nothing to users.
func trim(err error) error {
	return errors.New(strings.ReplaceAll(strings.ReplaceAll(err.Error(), "fit: ", ""), "glm: ", ""))
}

func (f *fitFlags) fitPath(cmd *cobra.Command, name string, m *model, set *data.Set, y []float64, spec glm.Spec) error {
	opt, err := f.pathOptions(cmd, name, set, y, spec)
	if err != nil {
		return trim(err)
	}
	b := newBar(cmd.ErrOrStderr())
	if b != nil {
		opt.Observe = b.count
	}
	ctx, stop := interruptible()
	defer stop()
	started := time.Now()
	r, err := fit.Path(ctx, name, set.X, y, spec, opt)
	b.clear()
	if err != nil {
		return trim(err)
	}
	if ctx.Err() != nil {
		fmt.Fprintln(cmd.ErrOrStderr(), "descent: interrupted: the values that were done are kept")
	}
	p := newPathJSON(r, f)
	if f.save != "" {
		if err := savePath(f.save, m, p, f); err != nil {
			return err
		}
	}
	a := pathAnswer(r, f)
	record := f.recordOf("fit", a, started, nil)
	f.describe(cmd, record, m.Loss, set)
	var recording error
	a.Run, recording = f.keep(record)
	if f.json {
		if !f.x {
			p = p.brief()
		}
		err = f.printPathJSON(cmd.OutOrStdout(), a, m, set, p)
	} else {
		f.printPath(cmd.OutOrStdout(), a, m, set, r)
	}
	if err != nil {
		return err
	}
	if f.plot != "" {
		if err := pathFigure(r, m, set).Save(f.plot); err != nil {
			return failed(fmt.Errorf("--plot: %w", err))
		}
	}
	if recording != nil {
		return recording
	}
	if !r.Converged() {
		return &exit{code: exitUncertified}
	}
	return nil
}

// A pathJSON is a path in JSON.
type pathJSON struct {
	LambdaMax num         `json:"lambda_max"`
	L1Ratio   float64     `json:"l1_ratio"`
	NullLoss  num         `json:"null_loss"`
	Values    []pathValue `json:"values"`
}

type pathValue struct {
	Lambda       num            `json:"lambda"`
	L1           num            `json:"l1"`
	L2           num            `json:"l2"`
	GroupL1      num            `json:"group_l1,omitempty"`
	TaskL1       num            `json:"task_l1,omitempty"`
	Status       descent.Status `json:"status"`
	Limit        string         `json:"limit,omitempty"`
	Value        num            `json:"value"`
	Certificate  certificate    `json:"certificate"`
	Iterations   int            `json:"iterations"`
	Nonzero      int            `json:"nonzero"`
	Explained    num            `json:"explained"`
	Each         []num          `json:"explained_each,omitempty"` // of each of several targets
	Diagnosis    []string       `json:"diagnosis,omitempty"`
	Intercept    []num          `json:"intercept,omitempty"`
	Coefficients []coefficients `json:"coefficients,omitempty"`
}

func newPathJSON(r *fit.PathResult, f *fitFlags) pathJSON {
	p := pathJSON{LambdaMax: num(r.LambdaMax), L1Ratio: f.l1Ratio, NullLoss: num(r.NullLoss)}
	for i := range r.Values {
		v := &r.Values[i]
		q := pathValue{
			Lambda: num(v.Lambda), L1: num(v.L1), L2: num(v.L2), GroupL1: num(v.GroupL1), TaskL1: num(v.TaskL1), Status: v.Status, Limit: v.Limit, Value: num(v.Value),
			Certificate: certificateOf(v.Certificate), Iterations: v.Iterations, Nonzero: v.NNZ, Explained: num(v.Explained), Diagnosis: v.Diagnosis,
		}
		if v.Each != nil {
			q.Each = nums(v.Each)
		}
		if !f.noIntercept {
			q.Intercept = nums(v.Intercept)
		}
		for _, c := range v.Coef {
			q.Coefficients = append(q.Coefficients, coefficients{Index: append([]int{}, c.Index...), Value: nums(c.Value)})
		}
		p.Values = append(p.Values, q)
	}
	return p
}

// brief leaves the coefficients out.
func (p pathJSON) brief() pathJSON {
	p.Values = slices.Clone(p.Values)
	for i := range p.Values {
		p.Values[i].Coefficients = nil
	}
	return p
}

// savePath writes the file of --path --save.
func savePath(path string, m *model, p pathJSON, f *fitFlags) error {
	out := struct {
		Format     string             `json:"format"`
		Loss       string             `json:"loss"`
		Parameters map[string]float64 `json:"parameters,omitempty"`
		Columns    int                `json:"columns"`
		Features   []string           `json:"features,omitempty"`
		Target     string             `json:"target,omitempty"`
		Targets    []string           `json:"targets,omitempty"`
		Classes    []string           `json:"classes,omitempty"`
		Scale      glm.Scaling        `json:"scale"`
		Penalties  penalties          `json:"penalties"` // those that lambda does not change
		Data       modelData          `json:"data"`
		Path       pathJSON           `json:"path"`
	}{pathFormat, m.Loss, m.Parameters, m.Columns, m.Features, m.Target, m.Targets, m.Classes, m.Scale, m.Penalties, m.Data, p}
	return failed(writeFile("save", path, func(w io.Writer) error { return printJSON(w, out) }))
}

// pathAnswer sums a path up: its worst status and certificate, the value at the last lambda,
// and all of the work.
func pathAnswer(r *fit.PathResult, f *fitFlags) answer {
	a := answer{Problem: r.Name, Method: methodID(r.Method, f), Status: descent.Converged, Seconds: r.Seconds, Diagnosis: []string{}}
	worst := 0
	for i := range r.Values {
		v := &r.Values[i]
		if a.Status == descent.Converged && v.Status != descent.Converged {
			a.Status, a.Limit = v.Status, v.Limit
			a.Diagnosis = append(a.Diagnosis, fmt.Sprintf("at lambda = %.6g, the first of %d without a certificate within tolerance:", v.Lambda, len(r.Values)-r.Count(descent.Converged)))
			a.Diagnosis = append(a.Diagnosis, v.Diagnosis...)
		}
		if !(v.Certificate.Value <= r.Values[worst].Certificate.Value) {
			worst = i
		}
		a.Iterations += v.Iterations
		a.Counts = a.Counts.Plus(v.Counts)
	}
	a.Value = num(r.Values[len(r.Values)-1].Value)
	a.Certificate = certificateOf(r.Values[worst].Certificate)
	return a
}

// methodID is the method's name on the command line.
func methodID(label string, f *fitFlags) string {
	if f.method != "auto" {
		if e, err := catalog.Lookup(f.method); err == nil {
			return e.ID
		}
	}
	return label
}

func (f *fitFlags) printPathJSON(w io.Writer, a answer, m *model, set *data.Set, p pathJSON) error {
	return printJSON(w, struct {
		fittedJSON
		Path pathJSON `json:"path"`
	}{f.fitted(a, m, set), p})
}

func (f *fitFlags) printPath(w io.Writer, a answer, m *model, set *data.Set, r *fit.PathResult) {
	f.printProblem(w, a.Problem, m, set)
	n := len(r.Values)
	row(w, "path", "%s of lambda, from %.6g down to %.6g%s", plural(n, "value"), r.Values[0].Lambda, r.Values[n-1].Lambda, f.lambdaInWords(m.Targets != nil))
	row(w, "method", "%s", a.Method)
	row(w, "status", "%s", pathStatus(a, r))
	row(w, "work", "%s, %s, %.3g s", plural(a.Iterations, "iteration"), countsInWords(a.Counts), a.Seconds)
	printRecorded(w, a)
	for _, d := range a.Diagnosis {
		row(w, "diagnosis", "%s", d)
	}
	if f.save != "" {
		row(w, "saved", "%s (coefficients of all values)", f.save)
	}
	rows := excerpt(n)
	title := "values"
	if len(rows) < n {
		title = fmt.Sprintf("%d of the values", len(rows))
	}
	names := m.Targets // explained of each, if there is room
	if len(names) > mostExplained {
		names = nil
	}
	head := ""
	for _, t := range names {
		head += fmt.Sprintf(" %10s", cut(t, 10))
	}
	fmt.Fprintf(w, "\n%s:\n%12s %8s %10s%s %14s %12s  %s\n", title, "lambda", "nonzero", "explained", head, "F", "certificate", "status")
	for _, k := range rows {
		v := &r.Values[k]
		each := ""
		for t := range min(len(names), len(v.Each)) {
			each += fmt.Sprintf(" %10.4f", v.Each[t])
		}
		fmt.Fprintf(w, "%12.6g %8d %10.4f%*s %14.8g %12.2g  %s\n", v.Lambda, v.NNZ, v.Explained, 11*len(names), each, v.Value, v.Certificate.Value, v.Status)
	}
}

// mostExplained is up to how many targets have a column of their own in the table of a path.
const mostExplained = 6

// lambdaInWords says what lambda weighs, for one target or several.
func (f *fitFlags) lambdaInWords(several bool) string {
	first := "l1"
	if f.groups != "" {
		first = "group-l1"
	} else if several {
		first = "task-l1"
	}
	switch f.l1Ratio {
	case 1:
		return fmt.Sprintf(" (%s = lambda)", first)
	case 0:
		return " (l2 = lambda)"
	}
	return fmt.Sprintf(" (%s = %.6g lambda, l2 = %.6g lambda)", first, f.l1Ratio, 1-f.l1Ratio)
}

func pathStatus(a answer, r *fit.PathResult) string {
	if a.Status == descent.Converged {
		c := r.Values[0].Certificate
		c.Value = float64(a.Certificate.Value)
		return "converged at every value: " + inWords(c)
	}
	var parts []string
	for _, s := range []descent.Status{descent.Converged, descent.Limit, descent.Stalled, descent.Diverged, descent.Unbounded, descent.Cancelled} {
		if n := r.Count(s); n > 0 {
			parts = append(parts, fmt.Sprintf("%s at %d", s, n))
		}
	}
	return strings.Join(parts, ", ") + fmt.Sprintf(" of %s", plural(len(r.Values), "value"))
}

// excerpt returns the indices of at most 12 of n values, both ends among them.
func excerpt(n int) []int {
	const most = 12
	if n <= most {
		out := make([]int, n)
		for i := range out {
			out[i] = i
		}
		return out
	}
	out := make([]int, most)
	for i := range out {
		out[i] = int(math.Round(float64(i*(n-1)) / (most - 1)))
	}
	return out
}

// mostDrawn bounds what a figure takes of the coefficients that are always zero.
const mostDrawn = 5_000_000

// pathFigure draws the values that were solved.
func pathFigure(r *fit.PathResult, m *model, set *data.Set) report.PathFigure {
	fig := report.PathFigure{
		Title:    cut(fmt.Sprintf("%s: %d × %d%s", r.Name, m.Data.Rows, m.Columns, m.penaltiesInWords()), 90),
		Subtitle: fmt.Sprintf("%s: %d of %s of lambda converged", r.Method, r.Count(descent.Converged), plural(len(r.Values), "value")),
	}
	place := map[[2]int]int{} // of an output and a column in the figure
	name := func(k, j int) {
		if _, ok := place[[2]int{k, j}]; ok {
			return
		}
		place[[2]int{k, j}] = len(fig.Names)
		s := set.Feature(j)
		if r.Outputs > 1 {
			s = m.output(k) + ": " + s
		}
		fig.Names = append(fig.Names, s)
	}
	if r.Outputs*r.Columns*len(r.Values) <= mostDrawn {
		for k := range r.Outputs {
			for j := range r.Columns {
				name(k, j)
			}
		}
	}
	for i := range r.Values {
		for k, c := range r.Values[i].Coef {
			for _, j := range c.Index {
				name(k, j)
			}
		}
	}
	for i := range r.Values {
		v := &r.Values[i]
		if math.IsNaN(v.Value) {
			continue // not begun
		}
		w := make([]float64, len(fig.Names))
		for k, c := range v.Coef {
			for q, j := range c.Index {
				w[place[[2]int{k, j}]] = c.Value[q]
			}
		}
		fig.Lambdas, fig.Coef = append(fig.Lambdas, v.Lambda), append(fig.Coef, w)
	}
	return fig
}
