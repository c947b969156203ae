package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/godescent/descent"
	"github.com/godescent/descent/catalog"
	"github.com/godescent/descent/data"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/method/stochastic"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/report"
	"github.com/godescent/descent/schedule"
	"github.com/godescent/descent/train"
)

// trainFlags are the flags of train.
type trainFlags struct {
	data       dataFlags
	test       string
	testLabels string
	val        float64
	shape      string
	scale      string
	context    int

	model, loss  string
	rule         string
	opts         []string
	rate         float64
	epochs       int
	batch        int
	grow         string
	maxBatch     int
	schedule     string
	warmup, clip float64
	patience     int
	augment      string
	adversary    string
	tract        float64

	findRate   bool
	seed       uint64
	seeds      int
	maxTime    time.Duration
	checkpoint string
	every      time.Duration
	resume     string
	plot, save string
	onnx       string
	json       bool
	workers    int
	recordFlags
}

// networks are the models that have a name; others are documents.
var networks = []string{"mlp", "cnn", "resnet", "transformer"}

func newTrain() *cobra.Command {
	var f trainFlags
	cmd := &cobra.Command{
		Use:   "train --data FILE|NAME --model mlp|cnn|resnet|transformer|MODEL.toml",
		Short: "Train a neural network, judged on data that it does not see",
		Long: `train fits a neural network by an update rule on mini-batches, in single precision. A tenth of
the data is kept apart (--val) to judge it after every epoch; with --test, or where the data have
a test set of their own (mnist), the final network is judged there too, once. Shares come with
their 95 % interval. There is no certificate: training is not convex, and what counts is
the data that it has not seen.

MODEL: mlp (256 and 128 units), cnn and resnet (images: arrays of more than two dimensions, rows of a
square length, or --shape), transformer (predicts the next character of a text file), or
a TOML document of layers or of a model with its options (docs/nn.md).

The target is a class if it is text or a few whole numbers, else a quantity; --loss decides
otherwise. Inputs are scaled, images as a whole and tables by column. Runs repeat bit for bit
under the same seed, whatever the number of threads, and so does a run that was stopped at any
moment and resumed.

Exit status: 0 when all epochs were run, or --patience ended them; 3 when --max-time or Ctrl-C
did, or the network diverged.`,
		Example: `  descent train --data digits --model mlp
  descent train --data mnist --model cnn --epochs 5 --save mnist.safetensors --plot mnist.svg
  descent train --data digits --model cnn --rule lion --find-lr --plot rates.svg
  descent train --data digits --model cnn --patience 3 --epochs 50 --augment shift=1
  descent train --data digits --model mlp --rule adagrad --batch 8 --grow norm --epochs 20
  descent train --data wine --model model.toml --seeds 5 --plot band.svg
  descent train --data book.txt --model transformer --context 64 --save book.safetensors`,
		Args: onlyFlags("--model"),
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	f.data.register(cmd)
	fs := cmd.Flags()
	fs.StringVar(&f.test, "test", "", "`FILE|NAME` to judge the final network on")
	fs.StringVar(&f.testLabels, "test-labels", "", "`file` whose single column is the target of --test")
	fs.Float64Var(&f.val, "val", 0.1, "share of the data to keep apart, chosen at random, always in the same way; of a text its end")
	fs.StringVar(&f.shape, "shape", "", "shape of an example, `CxHxW` (default: that of the data)")
	fs.StringVar(&f.scale, "scale", train.ScaleAuto, "`auto|none|std|whole`: scale inputs by column or as a whole")
	fs.IntVar(&f.context, "context", 64, "transformer: characters of an example")
	fs.StringVar(&f.model, "model", "", "mlp, cnn, resnet, transformer or a `file`.toml")
	fs.StringVar(&f.loss, "loss", "", "`cross-entropy|mse|huber` (default: by the target)")
	fs.StringVar(&f.rule, "rule", "adamw", "update `rule` (descent list rules), or wrappers around one, as in lookahead+clip+adam")
	fs.StringArrayVar(&f.opts, "opt", nil, "option of the rule as `key=value`, of one that is wrapped as rule.key=value; repeatable")
	fs.Float64Var(&f.rate, "lr", 0, "learning rate (default: that of the rule)")
	fs.IntVar(&f.epochs, "epochs", 5, "passes over the data")
	fs.IntVar(&f.batch, "batch", 64, "examples in a step")
	fs.StringVar(&f.grow, "grow", "", "`norm|inner-product`: let batches grow from --batch when the gradients of their examples differ too much; norm=0.3 lets the mean of a batch err by less than the 0.5 it is without")
	fs.IntVar(&f.maxBatch, "max-batch", 4096, "examples in a step that --grow ends at; more take more memory")
	fs.StringVar(&f.schedule, "schedule", "cosine", "`constant|cosine|linear|wsd|step|inv|inv-sqrt` learning rate; cosine and linear fall to 0 over the epochs, wsd over the last fifth, step by 10 after each third")
	fs.Float64Var(&f.warmup, "warmup", 0, "epochs during which the learning rate rises from 0")
	fs.Float64Var(&f.clip, "clip", 0, "largest Euclidean norm of a gradient (0: none)")
	fs.IntVar(&f.patience, "patience", 0, "stop when the loss apart has not fallen for so many epochs, and keep the best network (0: never)")
	fs.Float64Var(&f.tract, "tract", 0, "lambda of TrAct, which trains the outputs of the first layer: 0.1, say")
	fs.StringVar(&f.augment, "augment", "", "change images at random: `shift=N,flip`")
	fs.StringVar(&f.adversary, "adversary", "", "train against changes of the inputs: `radius=R,delay=N`")
	fs.BoolVar(&f.findRate, "find-lr", false, "search for a learning rate instead of training")
	fs.Uint64Var(&f.seed, "seed", 0, "seed of initial parameters, order, dropout and augmentation")
	fs.IntVar(&f.seeds, "seeds", 1, "train `n` networks, with the seeds from --seed on, and report mean and deviation")
	fs.DurationVar(&f.maxTime, "max-time", 0, "most `time`, such as 30s or 5m (0: no limit)")
	fs.StringVar(&f.checkpoint, "checkpoint", "", "`file` to save the run's state in, now and then and at the end")
	fs.DurationVar(&f.every, "checkpoint-every", descent.DefaultCheckpointEvery, "`time` between checkpoints")
	fs.StringVar(&f.resume, "resume", "", "go on from the state in `file`, bit for bit")
	fs.StringVar(&f.plot, "plot", "", "draw losses and scores to `file`.svg or file.png")
	fs.StringVar(&f.save, "save", "", "write the network to `file`.safetensors, for predict and verify")
	fs.StringVar(&f.onnx, "onnx", "", "write the network to `file`.onnx, for inputs that are scaled as the metadata of --save say")
	fs.BoolVar(&f.json, "json", false, "print one JSON object and nothing else")
	fs.IntVar(&f.workers, "workers", 0, "`n` threads (0: one per core); the answer does not depend on it")
	f.recordFlags.register(cmd, false)
	for flag, words := range map[string][]string{
		"model": networks, "rule": ruleNames(), "loss": train.Losses, "scale": {"auto", "none", "std", "whole"}, "grow": {"norm", "inner-product"}, "schedule": {"constant", "cosine", "linear", "wsd", "step", "inv", "inv-sqrt"},
	} {
		cmd.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return words, cobra.ShellCompDirectiveDefault
		})
	}
	return cmd
}

func (f *trainFlags) check(cmd *cobra.Command) error {
	switch {
	case f.model == "":
		return fmt.Errorf("train: want --model %s or a file.toml", strings.Join(networks, "|"))
	case !(f.val >= 0 && f.val < 1):
		return fmt.Errorf("--val %v: want at least 0 and less than 1", f.val)
	case f.epochs < 1:
		return fmt.Errorf("--epochs %d: want at least 1", f.epochs)
	case f.batch < 1:
		return fmt.Errorf("--batch %d: want at least 1", f.batch)
	case f.grow == "" && cmd.Flags().Changed("max-batch"):
		return fmt.Errorf("--max-batch %d: want it with --grow, which ends there", f.maxBatch)
	case f.grow != "" && f.maxBatch < f.batch:
		return fmt.Errorf("--max-batch %d: want at least --batch %d", f.maxBatch, f.batch)
	case f.rate < 0 || math.IsNaN(f.rate) || f.rate == 0 && cmd.Flags().Changed("lr"):
		return fmt.Errorf("--lr %v: want a number > 0", f.rate)
	case f.patience < 0 || f.patience > 0 && f.val == 0:
		return fmt.Errorf("--patience %d: want at least 0, and some data kept apart (--val)", f.patience)
	case !(f.tract >= 0) || f.tract == 0 && cmd.Flags().Changed("tract"):
		return fmt.Errorf("--tract %v: want a number > 0", f.tract)
	case f.seeds < 1:
		return fmt.Errorf("--seeds %d: want at least 1", f.seeds)
	case f.seeds > 1 && (f.checkpoint != "" || f.resume != "" || f.findRate):
		return errors.New("--seeds goes without --checkpoint, --resume and --find-lr: run each --seed by itself")
	case f.findRate && (f.checkpoint != "" || f.resume != "" || f.save != "" || f.onnx != ""):
		return errors.New("--find-lr goes without --checkpoint, --resume, --save and --onnx: it keeps nothing but the curve (--plot)")
	case f.maxTime < 0:
		return fmt.Errorf("--max-time %v: want at least 0", f.maxTime)
	case f.every <= 0 || cmd.Flags().Changed("checkpoint-every") && f.checkpoint == "":
		return fmt.Errorf("--checkpoint-every %v: want more than 0, beside --checkpoint FILE", f.every)
	case f.workers < 0:
		return fmt.Errorf("--workers %d: want at least 0", f.workers)
	case f.testLabels != "" && f.test == "":
		return errors.New("--test-labels goes with --test FILE")
	case f.context < 1:
		return fmt.Errorf("--context %d: want at least 1", f.context)
	}
	if f.plot != "" {
		if err := report.CheckPath(f.plot); err != nil {
			return err
		}
	}
	for _, out := range []struct{ flag, path string }{{"save", f.save}, {"onnx", f.onnx}, {"plot", f.plot}, {"checkpoint", f.checkpoint}} {
		if out.path == "" {
			continue
		}
		if err := writable(out.path); err != nil {
			return failed(fmt.Errorf("--%s: %w", out.flag, err))
		}
	}
	return nil
}

// writable returns an error where a file cannot be written, before hours are spent on what it is to hold. It touches no file
// that is there.
func writable(path string) error {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		return nil // a device or a pipe, which is opened once
	}
	var file *os.File
	if errors.Is(err, fs.ErrNotExist) {
		if file, err = os.CreateTemp(filepath.Dir(path), ".descent-*"); err == nil {
			defer os.Remove(file.Name())
		}
	} else {
		file, err = os.OpenFile(path, os.O_WRONLY, 0)
	}
	var in *fs.PathError
	if errors.As(err, &in) {
		return fmt.Errorf("%s: %w", path, in.Err)
	}
	return cmp.Or(err, file.Close())
}

// checkText refuses flags that say nothing about the data at hand: those of tables where the data are a text, and that of texts
// elsewhere.
func (f *trainFlags) checkText(cmd *cobra.Command, spec nn.Spec) error {
	if spec.Kind != "transformer" {
		if cmd.Flags().Changed("context") {
			return fmt.Errorf("--context goes with a transformer: the model is %s", f.model)
		}
		return nil
	}
	for _, flag := range []string{"test", "test-labels", "shape", "scale", "target", "labels", "weights", "drop", "categorical", "header", "format", "zero-based"} {
		if cmd.Flags().Changed(flag) {
			return fmt.Errorf("--%s does not go with a transformer, whose data are a text, judged at its end (--val)", flag)
		}
	}
	return nil
}

// spec returns the description of the model.
func (f *trainFlags) spec() (nn.Spec, error) {
	switch {
	case f.model == "mlp":
		return nn.Spec{Kind: "mlp", Hidden: []int{256, 128}}, nil
	case slices.Contains(networks, f.model):
		return nn.Spec{Kind: f.model}, nil
	case !strings.HasSuffix(strings.ToLower(f.model), ".toml"):
		return nn.Spec{}, unknown("model", f.model, append(slices.Clone(networks), "FILE.toml"))
	}
	text, err := os.ReadFile(f.model)
	if err != nil {
		return nn.Spec{}, fmt.Errorf("--model: %w", err)
	}
	s, err := nn.ParseSpec(text)
	if err != nil {
		return s, fmt.Errorf("%s: %s", f.model, strings.TrimPrefix(err.Error(), "nn: "))
	}
	return s, nil
}

// method returns how to train, and the options of the rule that were set.
func (f *trainFlags) method() (m stochastic.Train, options map[string]string, err error) {
	if name, options, ok := strings.Cut(f.rule, ":"); ok {
		return m, nil, fmt.Errorf("--rule %s: want a name alone, and its options as in --rule %s --opt %s", f.rule, name, strings.ReplaceAll(options, ",", " --opt "))
	}
	r, err := catalog.ParseRule(f.rule)
	if err != nil {
		return m, nil, err
	}
	options = map[string]string{}
	for _, o := range f.opts {
		if err := catalog.Set(r, o); err != nil {
			return m, nil, fmt.Errorf("--opt: rule %s: %w", f.rule, err)
		}
		name, value, _ := strings.Cut(o, "=")
		options[name] = value
	}
	growth, err := parseGrowth(f.grow)
	if err != nil {
		return m, nil, err
	}
	if f.grow != "" {
		growth.Most = f.maxBatch
	}
	m = stochastic.Train{
		Rule: r, Rate: f.rate, Batch: f.batch, Growth: growth, Clip: f.clip, Patience: f.patience,
		Schedule: schedule.Over(f.schedule, float64(f.epochs), f.warmup),
	}
	return m, options, errors.Join(r.Check(), m.Schedule.Check())
}

// parseGrowth parses norm, inner-product, norm=0.3.
func parseGrowth(s string) (g stochastic.Growth, err error) {
	test, tol, given := strings.Cut(s, "=")
	v := 0.0
	if given {
		if v, err = strconv.ParseFloat(tol, 64); err == nil && v == 0 {
			err = strconv.ErrRange
		}
	}
	switch g.Test = test; test {
	case "norm":
		g.Eta = v
	case "inner-product":
		g.Theta = v
	}
	if err != nil || given && test == "" || g.Check() != nil {
		return g, fmt.Errorf("--grow %q: want norm or inner-product, and a tolerance > 0 if not 0.5: norm=0.3", s)
	}
	return g, nil
}

// parseShape parses 1x28x28.
func parseShape(s string) ([]int, error) {
	if s == "" {
		return nil, nil
	}
	var out []int
	for _, part := range strings.Split(s, "x") {
		v, err := strconv.Atoi(part)
		if err != nil || v < 1 {
			return nil, fmt.Errorf("--shape %q: want sizes such as 64, 1x28x28 or 3x32x32", s)
		}
		out = append(out, v)
	}
	return out, nil
}

// parseAugment parses shift=2,flip.
func parseAugment(s string) (a nn.Augment, err error) {
	for _, part := range strings.Split(s, ",") {
		key, value, _ := strings.Cut(part, "=")
		switch {
		case s == "":
		case key == "flip" && value == "":
			a.Flip = true
		case key == "shift":
			if a.Shift, err = strconv.Atoi(value); err == nil && a.Shift > 0 {
				continue
			}
			fallthrough
		default:
			return a, fmt.Errorf("--augment %q: want shift=N, flip or both: shift=2,flip", s)
		}
	}
	return a, nil
}

// parseAdversary parses radius=0.1,delay=1.
func parseAdversary(s string) (a nn.Adversary, err error) {
	for _, part := range strings.Split(s, ",") {
		switch key, value, _ := strings.Cut(part, "="); {
		case s == "":
		case key == "radius":
			a.Radius, err = strconv.ParseFloat(value, 64)
		case key == "delay":
			a.Delay, err = strconv.Atoi(value)
		default:
			err = strconv.ErrSyntax
		}
		if err != nil || s != "" && (!(a.Radius > 0) || a.Check([]int{1}) != nil) {
			return a, fmt.Errorf("--adversary %q: want a finite radius > 0 first, and after it or not 0 to 64 steps of delay: radius=0.1,delay=1", s)
		}
	}
	return a, nil
}

// examples are the data of train.
type examples struct {
	name, sha256 string
	rows, cols   int // of the data set; of a text its characters, and 1
	encoding     *train.Encoding
	learn, apart *nn.Samples[float32]
	test         *nn.Samples[float32]
	testName     string
}

// read loads and encodes the data.
func (f *trainFlags) read(stdin io.Reader, spec nn.Spec) (*examples, error) {
	if spec.Kind == "transformer" {
		return f.readText(stdin)
	}
	shape, err := parseShape(f.shape)
	if err != nil {
		return nil, err
	}
	set, err := load(f.data.Data, stdin, f.data.options(0))
	if err != nil {
		return nil, err
	}
	n, d := set.X.Dims()
	learn, apart := train.Split(n, f.val)
	if len(learn) < 1 || f.val > 0 && len(apart) < 1 {
		return nil, fmt.Errorf("--val %v of %s leaves %d to learn and %d to keep apart: want at least 1 of both", f.val, plural(n, "row"), len(learn), len(apart))
	}
	e, err := train.Learn(set, learn, train.EncodeOptions{
		Shape: shape, Images: spec.Images(), Scale: f.scale, Regression: f.loss == "mse" || f.loss == "huber", Classes: f.loss == "cross-entropy",
	})
	if err != nil {
		return nil, err
	}
	x := &examples{name: set.Name, sha256: set.SHA256, rows: n, cols: d, encoding: e}
	if x.learn, err = e.Samples(set, learn); err != nil {
		return nil, err
	}
	if len(apart) > 0 {
		if x.apart, err = e.Samples(set, apart); err != nil {
			return nil, err
		}
	}
	if x.testName = cmp.Or(f.test, data.TestOf(f.data.Data)); x.testName == "" {
		return x, nil
	}
	opt := f.data.options(d)
	opt.Labels = f.testLabels
	test, err := load(x.testName, stdin, opt)
	if err != nil {
		return nil, err
	}
	if test.Y == nil {
		return nil, fmt.Errorf("%s: it has no target to judge by: want --test-labels FILE", test.Name)
	}
	if test, err = columnsOf(e, test); err != nil {
		return nil, err
	}
	m, _ := test.X.Dims()
	all, _ := train.Split(m, 0)
	x.test, err = e.Samples(test, all)
	return x, err
}

// readText loads a text; what is kept apart is its end.
func (f *trainFlags) readText(stdin io.Reader) (*examples, error) {
	if f.data.Data == "" {
		return nil, errors.New("no data: a transformer wants --data FILE, a text")
	}
	text, sum, err := data.ReadText(f.data.Data, stdin)
	if err != nil {
		return nil, err
	}
	e, err := train.LearnText(text, f.context)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.data.Data, err)
	}
	runes := []rune(string(text))
	x := &examples{name: f.data.Data, sha256: sum, rows: len(runes), cols: 1, encoding: e}
	if x.learn, x.apart, err = windows(e, runes, f.val); err != nil {
		return nil, fmt.Errorf("%s: %w", f.data.Data, err)
	}
	return x, nil
}

// windows divides a text in two, the second part a fraction of it, and both into windows.
func windows(e *train.Encoding, text []rune, fraction float64) (learn, apart *nn.Samples[float32], err error) {
	k := len(text) - int(fraction*float64(len(text)))
	if learn, err = e.Windows(string(text[:k])); err == nil && k < len(text) {
		apart, err = e.Windows(string(text[k:]))
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s, %d to learn: %s", plural(len(text), "character"), k, strings.TrimPrefix(err.Error(), "nn: "))
	}
	return learn, apart, nil
}

func (f *trainFlags) run(cmd *cobra.Command) error {
	if err := f.check(cmd); err != nil {
		return err
	}
	spec, err := f.spec()
	if err != nil {
		return err
	}
	if err := f.checkText(cmd, spec); err != nil {
		return err
	}
	if f.tract > 0 {
		spec.TrAct = f.tract
	}
	method, options, err := f.method()
	if err != nil {
		return err
	}
	augment, err := parseAugment(f.augment)
	if err != nil {
		return err
	}
	adversary, err := parseAdversary(f.adversary)
	if err != nil {
		return err
	}
	x, err := f.read(cmd.InOrStdin(), spec)
	if err != nil {
		return err
	}
	if err := f.open(cmd); err != nil {
		return err
	}
	defer f.close()
	if f.workers > 0 {
		linalg.SetWorkers(f.workers)
	}
	method.Batch = min(method.Batch, x.learn.Len())
	kind := cmp.Or(spec.Kind, f.model)
	plan := &train.Plan{
		Name: kind + " on " + x.name, Spec: spec, Encoding: x.encoding, Samples: x.learn, Apart: x.apart, Loss: f.loss,
		Augment: augment, Adversary: adversary, Method: method, Seed: f.seed,
	}
	if f.onnx != "" {
		if err := plan.Exports(); err != nil {
			return fmt.Errorf("--onnx: %s", strings.TrimPrefix(err.Error(), "nn: "))
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	context.AfterFunc(ctx, stop) // after the first Ctrl-C the next has its usual effect
	if f.findRate {
		return f.search(ctx, cmd, plan)
	}
	var all []*trained
	var kept error // of the store, which does not keep the answer back
	for k := range f.seeds {
		plan.Seed = f.seed + uint64(k)
		t, err := f.one(ctx, cmd, plan, x, options, k)
		if err != nil {
			return err
		}
		all = append(all, t)
		if t.run, err = f.keep(f.recordOf(cmd, plan, x, options, t)); err != nil {
			kept = err
		}
		if ctx.Err() != nil {
			fmt.Fprintln(cmd.ErrOrStderr(), "descent: interrupted: stopped after a whole step")
			break
		}
	}
	best := f.best(all)
	if best.result.Status != descent.Diverged {
		if err := f.write(best.net); err != nil {
			return err
		}
	}
	if f.json {
		err = f.printJSON(cmd.OutOrStdout(), plan, x, all, best)
	} else {
		f.print(cmd.OutOrStdout(), plan, x, all, best)
	}
	if err == nil && f.plot != "" {
		err = f.draw(plan, x, all)
	}
	if err = errors.Join(err, kept); err != nil {
		return err
	}
	for _, t := range all {
		if !t.complete() {
			return &exit{code: exitUncertified}
		}
	}
	return nil
}

// search looks for a learning rate.
func (f *trainFlags) search(ctx context.Context, cmd *cobra.Command, plan *train.Plan) error {
	points, rate, err := plan.FindRate(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return failed(errors.New("interrupted"))
		}
		return err
	}
	if f.plot != "" {
		fig := report.RateFigure{Title: cut(plan.Name, 90), Subtitle: fmt.Sprintf("%s, a step at each rate, batches of %d", f.rule, plan.Method.Batch), Suggestion: rate}
		for _, p := range points {
			fig.Rates, fig.Losses = append(fig.Rates, p.Rate), append(fig.Losses, p.Loss)
		}
		if err := fig.Save(f.plot); err != nil {
			return failed(fmt.Errorf("--plot: %w", err))
		}
	}
	if f.json {
		rates, losses := make([]num, len(points)), make([]num, len(points))
		for i, p := range points {
			rates[i], losses[i] = num(p.Rate), num(p.Loss)
		}
		return printJSON(cmd.OutOrStdout(), map[string]any{"problem": plan.Name, "rule": f.rule, "suggestion": num(rate), "rates": rates, "losses": losses})
	}
	row(cmd.OutOrStdout(), "suggestion", "--lr %.2g: a tenth of the rate at which the loss was smallest (%d steps, %.2g to %.2g)", rate, len(points), points[0].Rate, points[len(points)-1].Rate)
	return nil
}
