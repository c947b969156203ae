package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/godescent/descent"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/report"
	"github.com/godescent/descent/study"
	"github.com/godescent/descent/train"
)

// trained is one network with what came of it.
type trained struct {
	net         *train.Network
	result      *descent.Result
	apart, test *train.Score
	run         string // ID in the store
	started     time.Time
}

// complete reports whether training ended as planned.
func (t *trained) complete() bool {
	r := t.result
	return r.Status == descent.Limit && strings.HasSuffix(r.Limit, "iterations") || r.Status == descent.Stalled && len(t.series("loss")) == r.Iterations
}

// series returns the numbers of a series, one for each epoch.
func (t *trained) series(name string) []float64 {
	for _, s := range t.result.Series {
		if s.Name == name {
			return s.Values
		}
	}
	return nil
}

// one trains with the seed of the plan, the k-th of --seeds.
func (f *trainFlags) one(ctx context.Context, cmd *cobra.Command, plan *train.Plan, x *examples, options map[string]string, k int) (*trained, error) {
	opt := descent.Options{
		MaxIter: f.epochs, MaxTime: f.maxTime, CheckpointFile: f.checkpoint, CheckpointEvery: f.every, NoCheckpoint: f.checkpoint == "",
	}
	if f.resume != "" {
		var err error
		if opt.Resume, err = os.ReadFile(f.resume); err != nil {
			return nil, fmt.Errorf("--resume: %w", err)
		}
	}
	bar := newBar(cmd.ErrOrStderr())
	if bar != nil {
		terms := x.learn.Len()
		if f.adversary != "" {
			terms *= 3
		}
		opt.Observe = func(p descent.Progress) { bar.epochs(p, f, terms, k) }
	}
	started := time.Now()
	net, r, err := plan.Run(ctx, opt)
	bar.clear()
	if err != nil {
		if r != nil { // the run is sound, its checkpoint could not be written
			return nil, failed(err)
		}
		return nil, err
	}
	t := &trained{net: net, result: r, started: started}
	flags, err := json.Marshal(f.data)
	if err != nil {
		return nil, err
	}
	net.Training = train.Training{
		Data: flags, SHA256: x.sha256, Rows: x.learn.Len(), Apart: f.val, Rule: f.rule, Options: options,
		Rate: cmp.Or(f.rate, plan.Method.Rule.Rate()), Schedule: f.schedule, Batch: plan.Method.Batch, Epochs: r.Iterations, Seed: plan.Seed, Value: r.Value,
	}
	if r.Status == descent.Diverged {
		return t, nil
	}
	for _, part := range []struct {
		score **train.Score
		have  bool
	}{{&t.apart, x.apart != nil}, {&t.test, x.test != nil}} {
		if !part.have {
			continue
		}
		samples := x.apart
		if part.score == &t.test {
			samples = x.test
		}
		s, err := net.Judge(samples)
		if err != nil {
			return nil, err
		}
		*part.score = &s
	}
	if t.apart != nil {
		net.Training.LossApart, net.Training.ScoreApart = finite(t.apart.Loss), finite(t.apart.Main())
	}
	return t, nil
}

// finite returns a number as files have it: nil for NaN, the R^2 of a constant target say, and infinities.
func finite(v float64) *float64 {
	if v-v != 0 {
		return nil
	}
	return &v
}

// recordOf is the record of a network that was trained.
func (f *trainFlags) recordOf(cmd *cobra.Command, plan *train.Plan, x *examples, options map[string]string, t *trained) *study.Record {
	r := t.result
	all := map[string]string{
		"lr": fmt.Sprintf("%g", cmp.Or(f.rate, plan.Method.Rule.Rate())), "batch": fmt.Sprint(plan.Method.Batch), "schedule": f.schedule,
	}
	for _, o := range []struct {
		name  string
		value float64
	}{{"warmup", f.warmup}, {"clip", f.clip}, {"tract", f.tract}, {"patience", float64(f.patience)}} {
		if o.value != 0 {
			all[o.name] = fmt.Sprintf("%g", o.value)
		}
	}
	if f.adversary != "" {
		all["adversary"] = f.adversary
	}
	if f.grow != "" {
		all["grow"], all["max-batch"] = f.grow, fmt.Sprint(f.maxBatch)
	}
	if !slices.Contains(networks, f.model) { // what the document says: its name is not enough
		spec, _ := json.Marshal(plan.Spec) // a network has been made of it, so it has finite numbers
		all["model"] = string(spec)
	}
	for name, value := range options {
		all[f.rule+"."+name] = value
	}
	limits := map[string]string{"epochs": fmt.Sprint(f.epochs)}
	if f.maxTime > 0 {
		limits["seconds"] = fmt.Sprintf("%g", f.maxTime.Seconds())
	}
	metrics := map[string]float64{}
	for _, part := range []struct {
		name string
		s    *train.Score
	}{{"apart", t.apart}, {"test", t.test}} {
		switch {
		case part.s == nil:
		case math.IsNaN(part.s.Accuracy):
			metrics[part.name+" loss"], metrics[part.name+" r2"], metrics[part.name+" rmse"] = part.s.Loss, part.s.R2, part.s.RMSE
		default:
			metrics[part.name+" loss"], metrics[part.name+" accuracy"] = part.s.Loss, part.s.Accuracy
		}
	}
	return &study.Record{
		Cell: study.Cell{
			Verb: "train", Data: x.name, SHA256: x.sha256, Method: f.rule, Options: all, Seed: plan.Seed, Limits: limits, Version: study.Version(),
			Problem: problemText(cmd, cmp.Or(plan.Spec.Kind, f.model), "model", "rule", "lr", "epochs", "batch", "grow", "max-batch", "schedule", "warmup", "clip", "tract", "adversary", "patience", "seeds", "onnx"),
		},
		Started: t.started, Machine: machine(), Seconds: r.Seconds, Status: r.Status, Limit: r.Limit, Value: r.Value, Certificate: r.Certificate,
		Iterations: r.Iterations, Counts: r.Counts, Diagnosis: t.diagnosis(), Metrics: metrics, Trace: r.Trace, Series: r.Series,
	}
}

// epochs shows the progress of training, an epoch of which costs n terms: the last numbers, and how far the epoch is.
func (b *bar) epochs(p descent.Progress, f *trainFlags, n, k int) {
	if time.Since(b.last) < 100*time.Millisecond {
		return
	}
	b.last = time.Now()
	done := min(float64(p.Counts.Term)/float64(n), float64(p.Iteration+1)) // rules and tests may take more terms
	fraction := (float64(k) + done/float64(f.epochs)) / float64(f.seeds)
	_ = b.pb.Set(min(barSteps-1, int(barSteps*fraction)))
	text := fmt.Sprintf("epoch %.1f of %d", done, f.epochs)
	for _, s := range p.Series {
		if n := len(s.Values); n > 0 && s.Name != "rate" {
			text += fmt.Sprintf("  %s %.4g", s.Name, s.Values[n-1])
		}
	}
	b.pb.Describe(text)
}

// best returns the network with the smallest loss apart, or in training if nothing is apart, among those that did not
// diverge if there are any.
func (f *trainFlags) best(all []*trained) *trained {
	best := all[0]
	for _, t := range all[1:] {
		if lost, other := t.result.Status == descent.Diverged, best.result.Status == descent.Diverged; lost || other {
			if other && !lost {
				best = t
			}
			continue
		}
		a, b := t.result.Value, best.result.Value
		if t.apart != nil && best.apart != nil {
			a, b = t.apart.Loss, best.apart.Loss
		}
		if a < b || math.IsNaN(b) {
			best = t
		}
	}
	return best
}

// write writes the files of a network.
func (f *trainFlags) write(n *train.Network) error {
	for _, out := range []struct {
		flag, path string
		write      func(io.Writer) error
	}{
		{"save", f.save, n.Save},
		{"onnx", f.onnx, func(w io.Writer) error { return nn.WriteONNX(w, n.Model, n.X, n.State, n.Encoding.Input()) }},
	} {
		if out.path == "" {
			continue
		}
		if err := writeFile(out.flag, out.path, out.write); err != nil {
			return failed(err)
		}
	}
	return nil
}

// scoreInWords says how well a network does.
func scoreInWords(s *train.Score) string {
	if s.Sequence {
		return fmt.Sprintf("loss %.4g (%.3g bits a character), accuracy %.4g %%", s.Loss, s.Loss/math.Ln2, 100*s.Accuracy)
	}
	if lo, hi, ok := s.Interval(); ok {
		return fmt.Sprintf("loss %.4g, accuracy %.4g %% (95 %% interval %.4g to %.4g)", s.Loss, 100*s.Accuracy, 100*lo, 100*hi)
	}
	return fmt.Sprintf("loss %.4g, R² %.4g, root mean square error %.4g", s.Loss, s.R2, s.RMSE)
}

func (f *trainFlags) print(w io.Writer, plan *train.Plan, x *examples, all []*trained, best *trained) {
	row(w, "model", "%s: %d parameters", cmp.Or(plan.Spec.Kind, f.model), best.net.Model.Layout().Dim())
	row(w, "data", "%s", x.inWords())
	r := best.result
	status := string(r.Status)
	if best.complete() {
		status = "complete"
	} else if r.Status == descent.Limit {
		status = "limit of " + r.Limit
	}
	if len(all) > 1 {
		row(w, "seeds", "%d to %d; shown is %d, which has the smallest loss", f.seed, f.seed+uint64(len(all)-1), best.net.Training.Seed)
	}
	row(w, "status", "%s: %s of %s, %.3g s", status, plural(r.Iterations, "epoch"), f.rule, r.Seconds)
	printEpochs(w, best)
	row(w, "loss", "%.4g on the %d examples that it learned", r.Value, x.learn.Len())
	if best.apart != nil {
		row(w, "apart", "%s%s", scoreInWords(best.apart), chosen(f))
	}
	if best.test != nil {
		row(w, "test", "%s", scoreInWords(best.test))
	}
	if len(all) > 1 {
		printSeeds(w, all)
	}
	for _, d := range best.diagnosis() {
		row(w, "diagnosis", "%s", d)
	}
	printRecorded(w, answer{Run: best.run})
	if f.checkpoint != "" {
		row(w, "checkpoint", "%s (go on with --resume %s)", f.checkpoint, f.checkpoint)
	}
}

// diagnosis says why training ended and what limits the network, with the numbers.
func (t *trained) diagnosis() []string {
	r := t.result
	switch r.Status {
	case descent.Diverged:
		return append(slices.Clone(r.Diagnosis[:1]), "try a smaller --lr (--find-lr suggests one), --clip 1 or --warmup 1")
	case descent.Cancelled:
		return []string{fmt.Sprintf("interrupted after %s; with --checkpoint FILE a run can be resumed", plural(r.Iterations, "whole epoch"))}
	}
	var out []string
	if r.Status == descent.Stalled {
		reason, _, _ := strings.Cut(strings.TrimPrefix(r.Diagnosis[0], "stalled: "), "; "+r.Certificate.Kind)
		out = append(out, reason)
	}
	loss, apart := t.series("loss"), t.series("loss apart")
	n := len(loss)
	if n >= 2 && r.Status == descent.Limit && loss[n-1] < 0.95*loss[n-2] && (len(apart) == 0 || apart[n-1] < apart[n-2]) {
		out = append(out, fmt.Sprintf("the loss fell from %.3g to %.3g in the last epoch: more --epochs would make it smaller", loss[n-2], loss[n-1]))
	}
	if len(apart) < 3 || r.Status == descent.Stalled {
		return out
	}
	least := 0
	for k, v := range apart {
		if v < apart[least] {
			least = k
		}
	}
	if apart[n-1] > 1.05*apart[least] && loss[n-1] < loss[least] {
		out = append(out, fmt.Sprintf("the loss apart was least, %.3g, after epoch %d and is %.3g now, while that of training fell to %.3g: the network overfits; try --patience 3, dropout, --augment or a smaller model", apart[least], least+1, apart[n-1], loss[n-1]))
	}
	return out
}

// chosen warns where the data kept apart have chosen the network.
func chosen(f *trainFlags) string {
	if f.patience > 0 || f.seeds > 1 {
		return "; these data have chosen it"
	}
	return ""
}

func (x *examples) inWords() string {
	s := fmt.Sprintf("%s: %d × %d", x.name, x.rows, x.cols)
	switch {
	case x.encoding.Alphabet != "":
		s = fmt.Sprintf("%s: %d characters, %d different, in windows of %d", x.name, x.rows, len([]rune(x.encoding.Alphabet)), x.encoding.Context)
	case x.encoding.Classes != nil:
		s += ", " + plural(len(x.encoding.Classes), "class")
		s = strings.TrimSuffix(s, "classs") + map[bool]string{true: "classes"}[strings.HasSuffix(s, "classs")]
	default:
		s += ", numbers"
	}
	if x.apart != nil {
		s += fmt.Sprintf("; %d kept apart", x.apart.Len())
	}
	if x.test != nil {
		s += fmt.Sprintf("; tested on %s (%d)", x.testName, x.test.Len())
	}
	return s
}

// mostEpochs is how many epochs are printed.
const mostEpochs = 12

// printEpochs prints the series, some epochs of many.
func printEpochs(w io.Writer, t *trained) {
	loss, apart, score, rate := t.series("loss"), t.series("loss apart"), t.series("score apart"), t.series("rate")
	head := []string{"epoch", "loss", "rate"}
	if len(apart) > 0 {
		head = append(head, "loss apart", map[bool]string{true: "R² apart", false: "accuracy apart"}[t.net.Encoding.TargetShift != nil])
	}
	sizes, steps := t.series("batch"), t.series("steps")
	if len(sizes) > 0 {
		head = append(head, "batch", "steps")
	}
	rows := [][]string{head}
	every := (len(loss) + mostEpochs - 1) / mostEpochs
	for k := range loss {
		if (k+1)%every != 0 && k != len(loss)-1 {
			continue
		}
		cells := []string{fmt.Sprint(k + 1), fmt.Sprintf("%.4g", loss[k]), fmt.Sprintf("%.3g", rate[k])}
		if k < len(apart) {
			cells = append(cells, fmt.Sprintf("%.4g", apart[k]), fmt.Sprintf("%.4f", score[k]))
		}
		if k < len(sizes) {
			cells = append(cells, fmt.Sprint(sizes[k]), fmt.Sprint(steps[k]))
		}
		rows = append(rows, cells)
	}
	fmt.Fprintln(w)
	table(w, rows)
	fmt.Fprintln(w)
}

// printSeeds prints what each seed gave, and mean and deviation of those that did not diverge.
func printSeeds(w io.Writer, all []*trained) {
	type column struct {
		name string
		of   func(t *trained) (float64, bool)
	}
	columns := []column{{"loss", func(t *trained) (float64, bool) { return t.result.Value, t.result.Status != descent.Diverged }}}
	for _, part := range []struct {
		name string
		of   func(*trained) *train.Score
	}{{"apart", func(t *trained) *train.Score { return t.apart }}, {"test", func(t *trained) *train.Score { return t.test }}} {
		if !slices.ContainsFunc(all, func(t *trained) bool { return part.of(t) != nil }) {
			continue
		}
		of := func(value func(*train.Score) float64) func(t *trained) (float64, bool) {
			return func(t *trained) (float64, bool) {
				s := part.of(t)
				if s == nil {
					return 0, false
				}
				return value(s), true
			}
		}
		columns = append(columns, column{"loss " + part.name, of(func(s *train.Score) float64 { return s.Loss })}, column{"score " + part.name, of((*train.Score).Main)})
	}
	rows := [][]string{{"seed"}}
	for _, t := range all {
		rows = append(rows, []string{fmt.Sprint(t.net.Training.Seed)})
	}
	last := []string{"mean ± deviation"}
	for _, c := range columns {
		rows[0] = append(rows[0], c.name)
		var values []float64
		for k, t := range all {
			cell := "diverged"
			if v, ok := c.of(t); ok {
				values, cell = append(values, v), fmt.Sprintf("%.4g", v)
			}
			rows[k+1] = append(rows[k+1], cell)
		}
		if len(values) == 0 {
			last = append(last, "")
			continue
		}
		m, sd := meanDeviation(values)
		last = append(last, fmt.Sprintf("%.4g ± %.2g", m, sd))
	}
	fmt.Fprintln(w)
	table(w, append(rows, last))
	fmt.Fprintln(w)
}

// meanDeviation returns the mean of numbers and their standard deviation.
func meanDeviation(x []float64) (mean, sd float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		sd += (v - mean) * (v - mean)
	}
	return mean, math.Sqrt(sd / float64(max(1, len(x)-1)))
}

// draw writes the figure.
func (f *trainFlags) draw(plan *train.Plan, x *examples, all []*trained) error {
	fig := report.TrainingFigure{Title: cut(plan.Name, 90), Score: "accuracy", Subtitle: fmt.Sprintf("%s, batches of %d, %s", f.rule, plan.Method.Batch, x.inWords())}
	if x.encoding.TargetShift != nil {
		fig.Score = "R²"
	}
	if len(all) > 1 {
		fig.Subtitle += fmt.Sprintf("; mean ± standard deviation of %d seeds", len(all))
	}
	for _, t := range all {
		fig.Runs = append(fig.Runs, t.result.Series)
	}
	if err := fig.Save(f.plot); err != nil {
		return failed(fmt.Errorf("--plot: %w", err))
	}
	return nil
}

// scoreJSON is a score in JSON.
type scoreJSON struct {
	Rows     int   `json:"rows"`
	Loss     num   `json:"loss"`
	Accuracy *num  `json:"accuracy,omitempty"`
	Interval []num `json:"interval,omitempty"` // of the accuracy, 95 %
	R2       *num  `json:"r2,omitempty"`
	RMSE     *num  `json:"rmse,omitempty"` // in the units of the target
}

func scoreOf(s *train.Score) *scoreJSON {
	if s == nil {
		return nil
	}
	out := &scoreJSON{Rows: s.N, Loss: num(s.Loss)}
	if math.IsNaN(s.Accuracy) {
		r2, rmse := num(s.R2), num(s.RMSE)
		out.R2, out.RMSE = &r2, &rmse
		return out
	}
	accuracy := num(s.Accuracy)
	out.Accuracy = &accuracy
	if lo, hi, ok := s.Interval(); ok {
		out.Interval = nums([]float64{lo, hi})
	}
	return out
}

// runJSON is a network that was trained, in JSON.
type runJSON struct {
	Seed    uint64           `json:"seed"`
	Status  descent.Status   `json:"status"`
	Value   num              `json:"value"`
	Seconds float64          `json:"seconds"`
	History map[string][]num `json:"history"` // a number for each epoch
	Apart   *scoreJSON       `json:"apart,omitempty"`
	Test    *scoreJSON       `json:"test,omitempty"`
}

func runOf(t *trained, seed uint64) runJSON {
	r := runJSON{
		Seed: seed, Status: t.result.Status, Value: num(t.result.Value), Seconds: t.result.Seconds,
		History: map[string][]num{}, Apart: scoreOf(t.apart), Test: scoreOf(t.test),
	}
	for _, s := range t.result.Series {
		r.History[strings.ReplaceAll(s.Name, " ", "_")] = nums(s.Values)
	}
	return r
}

func (f *trainFlags) printJSON(w io.Writer, plan *train.Plan, x *examples, all []*trained, best *trained) error {
	r := best.result
	out := struct {
		answer
		Complete   bool             `json:"complete"`
		Model      string           `json:"model"`
		Parameters int              `json:"parameters"`
		Rule       string           `json:"rule"`
		Rate       num              `json:"lr"`
		Epochs     int              `json:"epochs"`
		Seed       uint64           `json:"seed"` // of the network that is shown and saved
		Rows       int              `json:"rows"` // that it learned
		Classes    []string         `json:"classes,omitempty"`
		History    map[string][]num `json:"history"`
		Apart      *scoreJSON       `json:"apart,omitempty"`
		Test       *scoreJSON       `json:"test,omitempty"`
		Runs       []runJSON        `json:"runs,omitempty"` // of several seeds
	}{
		answer: answer{
			Problem: plan.Name, Method: "train", Options: best.net.Training.Options, Status: r.Status, Limit: r.Limit, Value: num(r.Value),
			Certificate: certificateOf(r.Certificate), Iterations: r.Iterations, Counts: r.Counts, Seconds: r.Seconds,
			Diagnosis: append([]string{}, best.diagnosis()...), Checkpoint: f.checkpoint, Run: best.run,
		},
		Complete: best.complete(), Model: cmp.Or(plan.Spec.Kind, f.model), Parameters: best.net.Model.Layout().Dim(), Rule: f.rule,
		Rate: num(cmp.Or(f.rate, plan.Method.Rule.Rate())), Epochs: r.Iterations, Rows: x.learn.Len(), Classes: x.encoding.Classes,
	}
	for k, t := range all {
		run := runOf(t, f.seed+uint64(k))
		if t == best {
			out.Seed, out.History, out.Apart, out.Test = run.Seed, run.History, run.Apart, run.Test
		}
		if len(all) > 1 {
			out.Runs = append(out.Runs, run)
		}
	}
	return printJSON(w, out)
}
