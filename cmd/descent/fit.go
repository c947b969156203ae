package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/godescent/descent/catalog"
	"github.com/godescent/descent/data"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/problem/glm"
)

// models are the losses of fit; aliases name what they imply.
var models = []struct {
	name, about string
	aliases     []string
}{
	{"linear", "(1/2)(y-z)^2", []string{"ridge", "lasso"}},
	{"logistic", "log(1+exp(-y z)), two classes", nil},
	{"multinomial", "logsumexp(z) - z_y, any classes", []string{"softmax"}},
	{"hinge", "max(0, 1-y z), two classes: support vector machines", []string{"svm"}},
	{"squared-hinge", "max(0, 1-y z)^2, two classes", nil},
	{"huber", "r^2/2 up to --epsilon, linear beyond", nil},
	{"quantile", "the --q quantile, by the smoothed pinball loss", nil},
	{"poisson", "exp(z) - y z, counts", nil},
}

func modelNames() []string {
	var out []string
	for _, m := range models {
		out = append(append(out, m.name), m.aliases...)
	}
	return out
}

// lookupModel returns the loss of a name or alias.
func lookupModel(name string) (string, error) {
	for _, m := range models {
		if strings.EqualFold(m.name, name) || slices.ContainsFunc(m.aliases, func(a string) bool { return strings.EqualFold(a, name) }) {
			return m.name, nil
		}
	}
	return "", unknown("model", name, modelNames())
}

// fitFlags are the flags of fit beside those of its data and its run.
type fitFlags struct {
	solveFlags
	recordFlags
	data dataFlags

	l1, l2, c, groupL1, taskL1 float64
	groups                     string
	nonneg                     bool
	noIntercept                bool
	scale                      string
	bounds                     []string
	epsilon, q, smooth         float64
	save                       string
	workers                    int
	pathFlags
	sparedFlags
}

func newFit() *cobra.Command {
	var f fitFlags
	cmd := &cobra.Command{
		Use:   "fit MODEL --data FILE|NAME",
		Short: "Fit a linear model to data, with a certificate",
		Long: `fit minimizes F(w,b) = (1/n) sum_i loss(y_i, x_i.w + b) + l1 |w|_1 + (l2/2) |w|^2.
The intercept b is not penalized; with --weights the mean is weighted. The default
certificate is the relative duality gap: a proof of how far F is from its minimum.
--mcp, --scad and --log-sum take the place of l1 and shrink large coefficients less; they are not
convex, so that a fit is certified as stationary and not as optimal. --free COLUMN keeps l1 off a column.

MODEL: linear (also ridge, lasso), logistic, multinomial, hinge (also svm), squared-hinge, huber,
quantile, poisson. The labels of two classes may be any two values: the smaller
stands for -1. Coefficients are reported in the units of the data.

linear takes several targets, --target A,B,C. --task-l1 weighs sum_j |W_j|_2, of the norms of column
j's coefficients for all of them (of multinomial: for all classes): a column is in every fit or in none.

With --path N it fits N values of lambda, from the least that makes every coefficient
zero down, with l1 = r lambda and l2 = (1-r) lambda for r = --l1-ratio, and a certificate for each of them;
of several targets lambda weighs task-l1. With --l1-ratio 0, or the model ridge, it weighs |w|^2/2 and
begins where a fit can explain at most 1 % of the deviance. With
--cv K it chooses lambda by K-fold cross-validation and fits the model of the choice.`,
		Example: `  descent fit logistic --data breast-cancer --l2 0.01 --scale std
  descent fit lasso --data diabetes --l1 0.5 --plot lasso.svg --save lasso.json
  descent fit poisson --data counts.csv --target visits --l2 1e-3 --categorical --json
  descent fit lasso --data diabetes --path 100 --plot path.svg --save path.json
  descent fit linear --data diabetes --target s1,s2,s3 --scale std --task-l1 0.2
  descent fit svm --data breast-cancer --scale std --cv 5 --seed 1
  descent fit logistic --data breast-cancer --scale std --cv 5 --one-se --seed 1 --plot cv.svg --save model.json`,
		Args: exactly("a MODEL", modelNames),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return modelNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd, strings.ToLower(args[0])) },
	}
	f.data.register(cmd)
	fs := cmd.Flags()
	fs.Float64Var(&f.l1, "l1", 0, "weight of |w|_1")
	fs.Float64Var(&f.l2, "l2", 0, "weight of |w|^2/2")
	fs.Float64Var(&f.c, "C", 0, "liblinear's form: minimize |w|^2/2 + C sum loss, that is l2 = 1/(n C)")
	fs.Float64Var(&f.groupL1, "group-l1", 0, "weight of sum_G sqrt(|G|) |w_G|_2")
	fs.Float64Var(&f.taskL1, "task-l1", 0, "weight of sum_j |W_j|_2, of column j's coefficients for several targets (or classes)")
	fs.StringVar(&f.groups, "groups", "", "`groups` of columns, by number from 1: 1-3,4-6 or 1+3,2+4-6")
	fs.BoolVar(&f.nonneg, "nonneg", false, "only coefficients >= 0")
	fs.StringArrayVar(&f.bounds, "bound", nil, "bounds of a coefficient, `column=lo:hi` by name or number, *=lo:hi for all; repeatable")
	fs.BoolVar(&f.noIntercept, "no-intercept", false, "fit without the intercept b")
	fs.StringVar(&f.scale, "scale", "none", "`none|std|maxabs`: scale columns before the penalties apply")
	fs.Float64Var(&f.epsilon, "epsilon", 1.35, "huber: where the loss becomes linear, in units of the target")
	fs.Float64Var(&f.q, "q", 0.5, "quantile: which one, between 0 and 1")
	fs.Float64Var(&f.smooth, "smoothing", 0, "quantile: width of the smoothed kink, in units of the target (default: 1e-4 of its standard deviation)")
	fs.StringVar(&f.save, "save", "", "write the model to `file`.json, for predict and verify")
	fs.IntVar(&f.workers, "workers", 0, "`n` threads (0: one per core); the answer does not depend on it")
	f.solveFlags.register(cmd)
	f.recordFlags.register(cmd, false)
	f.registerPath(cmd)
	f.registerSpared(cmd)
	cmd.RegisterFlagCompletionFunc("scale", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return []string{"none", "std", "maxabs"}, cobra.ShellCompDirectiveNoFileComp
	})
	return cmd
}

// only refuses flags that belong to other models.
func only(fs *pflag.FlagSet, loss string, flags map[string]string) error {
	for flag, of := range flags {
		if fs.Changed(flag) && of != loss {
			return fmt.Errorf("--%s goes with the model %s, not %s", flag, of, loss)
		}
	}
	return nil
}

func (f *fitFlags) checkFit(cmd *cobra.Command, name, loss string) error {
	if err := f.check(cmd); err != nil {
		return err
	}
	if f.save != "" {
		if err := writable(f.save); err != nil {
			return failed(fmt.Errorf("--save: %w", err))
		}
	}
	fs := cmd.Flags()
	if err := only(fs, loss, map[string]string{"epsilon": "huber", "q": "quantile", "smoothing": "quantile"}); err != nil {
		return err
	}
	for _, p := range []struct {
		flag string
		v    float64
		zero bool
	}{{"l1", f.l1, true}, {"l2", f.l2, true}, {"group-l1", f.groupL1, true}, {"task-l1", f.taskL1, true}, {"C", f.c, !fs.Changed("C")}, {"smoothing", f.smooth, !fs.Changed("smoothing")}} {
		if !(p.v >= 0) || math.IsInf(p.v, 0) || p.v == 0 && !p.zero {
			return fmt.Errorf("--%s %v: want a number %s", p.flag, p.v, map[bool]string{true: ">= 0", false: "> 0"}[p.zero])
		}
	}
	if f.on() {
		if err := f.checkPath(fs, name); err != nil {
			return err
		}
	} else if err := f.checkOff(fs); err != nil {
		return err
	}
	if err := f.checkSpared(fs); err != nil {
		return err
	}
	switch {
	case f.workers < 0:
		return fmt.Errorf("--workers %d: want at least 0", f.workers)
	case f.on(): // chooses the penalties
	case f.c > 0 && (fs.Changed("l1") || fs.Changed("l2")):
		return errors.New("--C stands for l2 = 1/(n C): give --C alone, or --l1 and --l2")
	case f.taskL1 > 0 && loss != "multinomial" && len(f.data.Target) == 1:
		return errors.New("--task-l1 goes with several targets: --target A,B,...; with one it is --l1")
	case name == "lasso" && f.l1 == 0 && f.taskL1 == 0:
		return errors.New("lasso: want --l1 V with V > 0 (linear fits without penalties)")
	case name == "ridge" && f.l2 == 0 && f.c == 0:
		return errors.New("ridge: want --l2 V with V > 0 (linear fits without penalties)")
	case (f.groupL1 > 0) != (f.groups != ""):
		return errors.New("--group-l1 V and --groups LIST go together")
	}
	return nil
}

func (f *fitFlags) run(cmd *cobra.Command, name string) error {
	loss, err := lookupModel(name)
	if err != nil {
		return err
	}
	if err := f.checkFit(cmd, name, loss); err != nil {
		return err
	}
	if err := f.open(cmd); err != nil { // before the work
		return err
	}
	defer f.close()
	set, err := load(f.data.Data, cmd.InOrStdin(), f.data.options(0))
	if err != nil {
		return err
	}
	if set.Y == nil {
		return fmt.Errorf("%s: it has no target: want --target COLUMN or --labels FILE", set.Name)
	}
	if err := f.checkTargets(loss, set); err != nil {
		return err
	}
	if f.workers > 0 {
		linalg.SetWorkers(f.workers)
	}
	m, y, err := f.model(loss, set)
	if err != nil {
		return err
	}
	spec, err := m.spec(set.Weights)
	if err != nil {
		return err
	}
	name = loss + " on " + set.Name
	if f.path > 0 && f.cv == 0 {
		return f.fitPath(cmd, name, m, set, y, spec)
	}
	var cv *validated
	if f.cv > 0 {
		if cv, err = f.crossValidate(cmd, name, m, set, y, &spec); err != nil {
			return err
		}
	}
	g, err := glm.New(name, set.X, y, spec)
	if err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "glm: "))
	}
	p := g.Problem()
	x0 := make([]float64, p.Dim)
	if cv != nil {
		x0 = g.Variables(cv.chosen().Dense(m.Columns), cv.chosen().Intercept)
	} else if l, ok := spec.Loss.(glm.Quantile); ok {
		x0, err = catalog.Anneal(cmd.Context(), func(width float64) (*glm.Model, error) {
			wide := spec
			wide.Loss = glm.Quantile{Q: l.Q, Smoothing: width}
			return glm.New(p.Name, set.X, y, wide)
		}, max(deviation(y), l.Smoothing), l.Smoothing)
		if err != nil {
			return err
		}
	}
	s, err := f.solve(cmd, p, x0)
	if err != nil {
		return err
	}
	s.note(m.Penalties)
	if zeros, ok := g.SafeZeros(make([]bool, p.Dim), s.result.X); ok {
		s.proved = &zeros
	}
	w, b := g.Coefficients(s.result.X)
	m.finish(s, w, b, f)
	if u := s.result.Witness; u != nil {
		c := packCoefficients(u)
		m.Witness = &c
	}
	metrics := score(m, predictors(set.X, w, b), y, set.Weights)
	r := f.recordOf("fit", s.answer, s.started, s.result.Trace)
	f.describe(cmd, r, loss, set)
	r.Metrics = training(metrics)
	if cv != nil { // what was chosen, and at what cost: the rest of the record is about the fit of the choice
		r.Metrics["lambda"], r.Metrics["held-out loss"], r.Metrics["validation seconds"] = cv.chosen().Lambda, cv.Mean[cv.k], cv.Seconds
	}
	s.answer.Run, s.recording = f.keep(r)

	if f.save != "" {
		if err := m.save(f.save); err != nil {
			return err
		}
	}
	if f.json {
		err = f.printJSON(cmd.OutOrStdout(), s, m, set, cv, w, b, metrics)
	} else {
		f.print(cmd.OutOrStdout(), s, m, set, cv, w, b, metrics)
	}
	if err != nil {
		return err
	}
	if cv != nil {
		if err := f.drawCV(cv, p.Name, m, set); err != nil {
			return err
		}
		return s.exit()
	}
	n, d := set.X.Dims()
	names, values := named(m, set, w)
	if err := s.draw(&f.solveFlags, fmt.Sprintf("%s: %d × %d%s", p.Name, n, d, m.penaltiesInWords()), "coefficient", names, values); err != nil {
		return err
	}
	return s.exit()
}

// model begins a model file with all that is known before the run, and encodes the
// targets.
func (f *fitFlags) model(loss string, set *data.Set) (*model, []float64, error) {
	n, d := set.X.Dims()
	m := &model{
		Format: modelFormat, Loss: loss, Columns: d, Features: set.Features, Target: set.Target, Targets: set.Targets, Scale: glm.Scaling(f.scale),
		Penalties: penalties{L1: f.l1, L2: f.l2, GroupL1: f.groupL1, TaskL1: f.taskL1, NonNeg: f.nonneg, nonconvex: f.chosen()},
		Seed:      f.seed, Data: modelData{dataFlags: f.data, SHA256: set.SHA256, Rows: n},
	}
	if classifies(loss) {
		if err := f.classes(m, set); err != nil {
			return nil, nil, err
		}
	} else if set.Classes != nil {
		return nil, nil, fmt.Errorf("%s: the target is text (%s, ...): %s wants numbers; logistic and multinomial take classes", set.Name, set.Classes[0], loss)
	}
	switch loss {
	case "huber":
		m.Parameters = map[string]float64{"epsilon": f.epsilon}
	case "quantile":
		width := f.smooth
		if width == 0 {
			width = 1e-4 * deviation(set.Y)
		}
		m.Parameters = map[string]float64{"q": f.q, "smoothing": width}
	}
	if !f.noIntercept {
		m.Intercept = []num{} // filled in by finish
	}
	if f.c > 0 {
		total := float64(n)
		if set.Weights != nil {
			total = 0
			for _, v := range set.Weights {
				total += v
			}
		}
		m.Penalties.L2 = 1 / (total * f.c)
	}
	var err error
	if f.groups != "" {
		if m.Penalties.Groups, err = parseGroups(f.groups, d); err != nil {
			return nil, nil, err
		}
	}
	if m.Penalties.Free, err = freeColumns(f.free, set); err != nil {
		return nil, nil, err
	}
	if len(f.bounds) > 0 {
		lower, upper, err := columnBounds(f.bounds, set)
		if err != nil {
			return nil, nil, err
		}
		m.Penalties.Lower, m.Penalties.Upper = nums(lower), nums(upper)
	}
	y, err := m.encode(set)
	return m, y, err
}

func (f *fitFlags) classes(m *model, set *data.Set) error {
	m.Classes = classNames(set)
	k := len(m.Classes)
	few := m.Classes[:min(k, 5)]
	switch {
	case k < 2:
		return fmt.Errorf("%s: every target is %s: %s wants at least two classes", set.Name, m.Classes[0], m.Loss)
	case twoClass(m.Loss) && k > 2:
		return fmt.Errorf("%s: the target has %d values (%s, ...): %s wants two; multinomial takes any classes, linear any numbers", set.Name, k, strings.Join(few, ", "), m.Loss)
	case m.Loss == "multinomial" && k > max(10, len(set.Y)/5):
		return fmt.Errorf("%s: the target has %d values in %d rows (%s, ...): these are no classes; try linear", set.Name, k, len(set.Y), strings.Join(few, ", "))
	}
	return nil
}

// deviation returns the standard deviation of y, 1 if it is 0.
func deviation(y []float64) float64 {
	mean, s := 0.0, 0.0
	for _, v := range y {
		mean += v / float64(len(y))
	}
	for _, v := range y {
		s += (v - mean) * (v - mean) / float64(len(y))
	}
	if s == 0 {
		return 1
	}
	return math.Sqrt(s)
}

// parseGroups parses 1-3,4+6: groups of columns from 1, as indices from 0.
func parseGroups(s string, d int) ([][]int, error) {
	var groups [][]int
	seen := make([]bool, d)
	for _, text := range strings.Split(s, ",") {
		var group []int
		for _, part := range strings.Split(text, "+") {
			first, last, isRange := strings.Cut(strings.TrimSpace(part), "-")
			if !isRange {
				last = first
			}
			a, err1 := strconv.Atoi(first)
			b, err2 := strconv.Atoi(last)
			if err1 != nil || err2 != nil || a < 1 || b < a || b > d {
				return nil, fmt.Errorf("--groups: %q: want column numbers 1..%d such as 1-3 or 2+5-7, groups separated by commas", part, d)
			}
			for j := a - 1; j < b; j++ {
				if seen[j] {
					return nil, fmt.Errorf("--groups: column %d is in two groups", j+1)
				}
				seen[j] = true
				group = append(group, j)
			}
		}
		groups = append(groups, group)
	}
	return groups, nil
}

// columnBounds resolves --bound column=lo:hi.
func columnBounds(bounds []string, set *data.Set) (lower, upper []float64, err error) {
	_, d := set.X.Dims()
	lower, upper = slices.Repeat([]float64{math.Inf(-1)}, d), slices.Repeat([]float64{math.Inf(1)}, d)
	for _, s := range bounds {
		name, lo, hi, err := parseBound(s)
		if err != nil {
			return nil, nil, err
		}
		first, last := 0, d-1
		if name != "*" {
			if first, err = columnNamed("bound", name, set); err != nil {
				return nil, nil, err
			}
			last = first
		}
		for j := first; j <= last; j++ {
			lower[j], upper[j] = lo, hi
		}
	}
	return lower, upper, nil
}

func columnNamed(flag, name string, set *data.Set) (int, error) {
	_, d := set.X.Dims()
	if j := slices.Index(set.Features, name); j >= 0 {
		return j, nil
	}
	if k, err := strconv.Atoi(name); err == nil && 1 <= k && k <= d {
		return k - 1, nil
	}
	if set.Features == nil {
		return 0, fmt.Errorf("--%s: no column %q: the columns have no names: want a number 1..%d", flag, name, d)
	}
	return 0, unknown("column in --"+flag+":", name, append(slices.Clone(set.Features[:min(d, 12)]), fmt.Sprintf("a number 1..%d", d)))
}

// finish completes a model file with the outcome of its run.
func (m *model) finish(s *solved, w [][]float64, b []float64, f *fitFlags) {
	for _, row := range w {
		m.Coefficients = append(m.Coefficients, packCoefficients(row))
	}
	if m.Intercept != nil {
		m.Intercept = nums(b)
	}
	a := s.answer
	m.Value, m.Certificate, m.Status, m.Method, m.Options, m.Iterations = a.Value, a.Certificate, a.Status, a.Method, a.Options, a.Iterations
}

// penaltiesInWords begins with a comma unless there is nothing to say.
func (m *model) penaltiesInWords() string {
	var s strings.Builder
	p := m.Penalties
	for _, k := range []struct {
		name string
		v    float64
	}{{"l1", p.L1}, {"l2", p.L2}, {"group-l1", p.GroupL1}, {"task-l1", p.TaskL1}} {
		if k.v > 0 {
			fmt.Fprintf(&s, ", %s = %.6g", k.name, k.v)
		}
	}
	if p.GroupL1 > 0 {
		fmt.Fprintf(&s, " over %s", plural(len(p.Groups), "group"))
	}
	s.WriteString(p.inWords())
	if len(p.Free) > 0 {
		fmt.Fprintf(&s, ", %s free of l1", plural(len(p.Free), "column"))
	}
	if p.NonNeg {
		s.WriteString(", w >= 0")
	}
	if p.Lower != nil {
		s.WriteString(", bounds")
	}
	return s.String()
}

func (m *model) lossInWords() string {
	var s []string
	for k, v := range m.Parameters {
		s = append(s, fmt.Sprintf("%s = %.6g", k, v))
	}
	sort.Strings(s)
	if len(s) == 0 {
		return m.Loss
	}
	return m.Loss + " (" + strings.Join(s, ", ") + ")"
}

// entries counts the stored entries of a matrix.
func entries(x linalg.Matrix) (count int, kind string) {
	if c, ok := x.(*linalg.CSR); ok {
		return len(c.Idx), "sparse"
	}
	n, d := x.Dims()
	return n * d, "dense"
}

// named pairs coefficients with names: column, or class (or target): column for several outputs.
func named(m *model, set *data.Set, w [][]float64) (names []string, values []float64) {
	for k, row := range w {
		for j, v := range row {
			name := set.Feature(j)
			if len(w) > 1 {
				name = m.output(k) + ": " + name
			}
			names, values = append(names, name), append(values, v)
		}
	}
	return names, values
}

func (f *fitFlags) print(w io.Writer, s *solved, m *model, set *data.Set, cv *validated, coef [][]float64, b []float64, metrics []metric) {
	f.printProblem(w, s.answer.Problem, m, set)
	cv.print(w)
	s.print(w, &f.solveFlags)
	var texts []string
	for _, m := range metrics {
		if m.Text != "" {
			texts = append(texts, m.Text)
		}
	}
	label := "training"
	for line := range strings.Lines(strings.Join(texts, ", ")) { // a line for each of several targets
		row(w, label, "%s", strings.TrimSuffix(line, "\n"))
		label = ""
	}
	if total := m.Columns*len(coef) - nonzeros(coef); s.proved != nil && total > 0 {
		row(w, "zeros", "%d of %d are proved: they are zero at every minimum (gap safe rule)", *s.proved, total)
	}
	if f.save != "" {
		row(w, "saved", "%s (check it with descent verify %s --data %s)", f.save, f.save, f.data.Data)
	}
	printCoefficients(w, m, set, coef, b)
}

// printProblem says what is fitted.
func (f *fitFlags) printProblem(w io.Writer, name string, m *model, set *data.Set) {
	n, d := set.X.Dims()
	nnz, kind := entries(set.X)
	row(w, "problem", "%s: %d × %d, %d entries (%s)", name, n, d, nnz, kind)
	intercept, scale := "intercept", ""
	if m.Intercept == nil {
		intercept = "no intercept"
	}
	if m.Scale != glm.ScaleNone {
		scale = ", columns scaled by " + string(m.Scale)
	}
	row(w, "model", "%s%s, %s%s", m.lossInWords(), m.penaltiesInWords(), intercept, scale)
	if f.c > 0 {
		row(w, "", "--C %g is liblinear's sum form: l2 = 1/(n C); the intercept stays free of penalties", f.c)
	}
	if m.Loss == "quantile" {
		q, width := m.Parameters["q"], m.Parameters["smoothing"]
		row(w, "", "the smoothed loss is below the pinball loss by at most %.2g", width*max(q, 1-q)*max(q, 1-q)/2)
	}
	switch {
	case twoClass(m.Loss) && !(m.Classes[0] == "-1" && m.Classes[1] == "1"):
		row(w, "labels", "%s is -1, %s is +1", m.Classes[0], m.Classes[1])
	case m.Targets != nil:
		row(w, "targets", "%d: %s", len(m.Targets), cut(strings.Join(m.Targets, ", "), 90))
	case m.Loss == "multinomial":
		row(w, "labels", "%d classes: %s", len(m.Classes), cut(strings.Join(m.Classes, ", "), 60))
	}
	for _, warning := range set.Warnings {
		row(w, "warning", "%s", warning)
	}
}

func printCoefficients(w io.Writer, m *model, set *data.Set, coef [][]float64, b []float64) {
	if m.Targets != nil && len(m.Targets) <= mostTargets {
		printTable(w, m, set, coef, b)
		return
	}
	names, values := named(m, set, coef)
	order := []int{}
	for i, v := range values {
		if v != 0 {
			order = append(order, i)
		}
	}
	sort.SliceStable(order, func(a, b int) bool { return math.Abs(values[order[a]]) > math.Abs(values[order[b]]) })
	const most = 10
	fmt.Fprintf(w, "\ncoefficients: %d of %d are not zero", len(order), len(values))
	if len(order) > most {
		fmt.Fprintf(w, "; the largest %d", most)
		order = order[:most]
	}
	fmt.Fprintln(w)
	for _, i := range order {
		fmt.Fprintf(w, "  %13.6g  %s\n", values[i], names[i])
	}
	if m.Intercept != nil {
		for k, v := range b {
			name := "intercept"
			if len(b) > 1 {
				name = m.output(k) + ": intercept"
			}
			if k < most {
				fmt.Fprintf(w, "  %13.6g  %s\n", v, name)
			}
		}
	}
}

// fittedJSON is what every fit prints with --json: the run, the model and the data.
type fittedJSON struct {
	answer
	Loss       string             `json:"loss"`
	Parameters map[string]float64 `json:"parameters,omitempty"`
	Penalties  penalties          `json:"penalties"`
	Scale      glm.Scaling        `json:"scale"`
	Classes    []string           `json:"classes,omitempty"`
	Targets    []string           `json:"targets,omitempty"`
	Rows       int                `json:"rows"`
	Columns    int                `json:"columns"`
	Entries    int                `json:"entries"`
	SHA256     string             `json:"sha256"`
	Warnings   []string           `json:"warnings,omitempty"`
}

func (f *fitFlags) fitted(a answer, m *model, set *data.Set) fittedJSON {
	n, d := set.X.Dims()
	nnz, _ := entries(set.X)
	return fittedJSON{a, m.Loss, m.Parameters, m.Penalties, m.Scale, m.Classes, m.Targets, n, d, nnz, set.SHA256, set.Warnings}
}

func nonzeros(coef [][]float64) (count int) {
	for _, row := range coef {
		for _, v := range row {
			if v != 0 {
				count++
			}
		}
	}
	return count
}

func (f *fitFlags) printJSON(w io.Writer, s *solved, m *model, set *data.Set, cv *validated, coef [][]float64, b []float64, metrics []metric) error {
	out := struct {
		fittedJSON
		Nonzero   int            `json:"nonzero"`                // coefficients
		Proved    *int           `json:"proved_zeros,omitempty"` // of the others, zero at every minimum
		Intercept []num          `json:"intercept,omitempty"`
		Training  map[string]any `json:"training"`
		CV        *cvJSON        `json:"cv,omitempty"`
		Coef      [][]num        `json:"coefficients,omitempty"` // with --x, in the units of the data
	}{f.fitted(s.answer, m, set), nonzeros(coef), s.proved, m.Intercept, byName(metrics), cv.json(), nil}
	if f.x {
		for _, row := range coef {
			out.Coef = append(out.Coef, nums(row))
		}
	}
	return printJSON(w, out)
}
