package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/godescent/descent/data"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/train"
)

// isNetwork reports whether a model file is one of train.
func isNetwork(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	head := make([]byte, 9)
	n, err := io.ReadFull(f, head)
	if err != nil && n == 0 {
		return false, fmt.Errorf("%s: %w: want a model file of descent fit --save or train --save", path, err)
	}
	return train.IsNetwork(head[:n]), nil
}

func readNetwork(path string) (*train.Network, *trainFlags, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	n, err := train.Load(bufio.NewReaderSize(f, 1<<16))
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	flags := &trainFlags{val: n.Training.Apart}
	if err := json.Unmarshal(n.Training.Data, &flags.data); err != nil {
		return nil, nil, fmt.Errorf("%s: the data that it was trained on: %w", path, err)
	}
	return n, flags, nil
}

// generation says how a network of a text goes on.
type generation struct {
	prompt      string
	length      int
	temperature float64
	seed        uint64
}

func (g *generation) register(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&g.prompt, "prompt", "", "`text` that a network of a text goes on from")
	fs.IntVar(&g.length, "length", 200, "with --prompt: characters to generate")
	fs.Float64Var(&g.temperature, "temperature", 1, "with --prompt: below 1 is safer, 0 takes the most likely character")
	fs.Uint64Var(&g.seed, "seed", 0, "with --prompt: seed of the draws")
}

// columnsOf returns set with the features of the network in its order, matched by name where both have names.
// One-hot levels that the set does not show are zeros.
func columnsOf(e *train.Encoding, set *data.Set) (*data.Set, error) {
	if e.Features == nil || set.Features == nil || slices.Equal(e.Features, set.Features) {
		return set, nil
	}
	from, err := places(e.Features, set, "network")
	if err != nil {
		return nil, err
	}
	to := make([]int, featureCount(set))
	for k, j := range from {
		if j >= 0 {
			to[j] = k
		}
	}
	out := *set
	out.Features = e.Features
	out.X, err = moveColumns(set.X, to, len(from))
	return &out, err
}

// moveColumns returns the matrix of d columns that has column j of x as its column to[j].
func moveColumns(x linalg.Matrix, to []int, d int) (linalg.Matrix, error) {
	n, _ := x.Dims()
	if dense, ok := x.(*linalg.Dense); ok {
		out := make([]float64, n*d)
		for i := range n {
			for j, v := range dense.Row(i) {
				out[i*d+to[j]] = v
			}
		}
		return linalg.NewDense(n, d, out)
	}
	var row, col []int32
	var val []float64
	sparse := x.(*linalg.CSR)
	for i := range n {
		cols, values := sparse.Row(i)
		for k, j := range cols {
			v := 1.0
			if values != nil {
				v = values[k]
			}
			row, col, val = append(row, int32(i)), append(col, int32(to[j])), append(val, v)
		}
	}
	return linalg.FromTriplets(n, d, row, col, val)
}

func predictNetwork(cmd *cobra.Command, path, name string, target columns, text generation, asJSON bool, err error) error {
	if err != nil {
		return err
	}
	n, flags, err := readNetwork(path)
	if err != nil {
		return err
	}
	if n.Encoding.Alphabet != "" {
		return generate(cmd, n, path, name, text, asJSON)
	}
	if cmd.Flags().Changed("prompt") {
		return fmt.Errorf("--prompt goes with a network that was trained on a text; %s was trained on rows", path)
	}
	flags.data.Data = name
	if len(target) > 0 {
		flags.data.Target, flags.data.Labels = target, ""
	}
	d := 1
	for _, v := range n.Encoding.Shape {
		d *= v
	}
	set, err := flags.data.loadForPrediction(cmd.InOrStdin(), d, len(target) > 0, fits(n.Encoding.Features, d))
	if err != nil {
		return err
	}
	if set, err = columnsOf(&n.Encoding, set); err != nil {
		return err
	}
	rows, _ := set.X.Dims()
	all, _ := train.Split(rows, 0)
	samples, err := n.Encoding.Samples(set, all)
	var score *train.Score
	if err != nil && set.Y != nil { // the target may be something else
		if !asJSON {
			fmt.Fprintf(cmd.ErrOrStderr(), "descent: no score: %v\n", err)
		}
		bare := *set
		bare.Y, bare.Targets = nil, nil
		samples, err = n.Encoding.Samples(&bare, all)
	} else if err == nil && set.Y != nil {
		s, err := n.Judge(samples)
		if err != nil {
			return err
		}
		score = &s
	}
	if err != nil {
		return err
	}
	out, err := n.Predict(samples)
	if err != nil {
		return err
	}
	return printPredictions(cmd, n, set, path, out, score, asJSON)
}

func printPredictions(cmd *cobra.Command, n *train.Network, set *data.Set, path string, out []float32, score *train.Score, asJSON bool) error {
	e := &n.Encoding
	k := e.Outputs()
	rows := len(out) / k
	answer := struct {
		Model         string     `json:"model"`
		Loss          string     `json:"loss"`
		Data          string     `json:"data"`
		Rows          int        `json:"rows"`
		Classes       []string   `json:"classes,omitempty"`
		Targets       []string   `json:"targets,omitempty"`
		Labels        []string   `json:"labels,omitempty"`
		Probabilities [][]num    `json:"probabilities,omitempty"`
		Predictions   []any      `json:"predictions,omitempty"`
		Score         *scoreJSON `json:"score,omitempty"`
	}{Model: path, Loss: n.Loss, Data: set.Name, Rows: rows, Classes: e.Classes, Targets: e.Targets, Score: scoreOf(score)}
	w := bufio.NewWriter(cmd.OutOrStdout())
	for i := range rows {
		y := out[i*k : (i+1)*k]
		if e.Classes != nil {
			p := softmax(y)
			best := 0
			for c := range p {
				if p[c] > p[best] {
					best = c
				}
			}
			if asJSON {
				answer.Labels, answer.Probabilities = append(answer.Labels, e.Classes[best]), append(answer.Probabilities, nums(p))
			} else {
				fmt.Fprintf(w, "%s\t%.6g\n", e.Classes[best], p[best])
			}
			continue
		}
		each := make([]num, k)
		for c, v := range y {
			each[c] = num(e.Decode(c, v))
			if !asJSON {
				fmt.Fprintf(w, "%s%.7g", map[bool]string{true: "\t"}[c > 0], float64(each[c]))
			}
		}
		switch {
		case !asJSON:
			fmt.Fprintln(w)
		case k == 1:
			answer.Predictions = append(answer.Predictions, each[0])
		default:
			answer.Predictions = append(answer.Predictions, each)
		}
	}
	if asJSON {
		return printJSON(cmd.OutOrStdout(), answer)
	}
	if err := w.Flush(); err != nil {
		return failed(err)
	}
	if score != nil {
		fmt.Fprintln(cmd.ErrOrStderr(), scoreInWords(score))
	}
	return nil
}

// softmax returns the probabilities of logits.
func softmax(y []float32) []float64 {
	top := math.Inf(-1)
	for _, v := range y {
		top = max(top, float64(v))
	}
	p, sum := make([]float64, len(y)), 0.0
	for i, v := range y {
		p[i] = math.Exp(float64(v) - top)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// generate goes on from a prompt.
func generate(cmd *cobra.Command, n *train.Network, path, name string, g generation, asJSON bool) error {
	switch {
	case name != "":
		return fmt.Errorf("--data: %s was trained on a text: want --prompt TEXT (descent verify judges it on data)", path)
	case g.prompt == "":
		return fmt.Errorf("%s was trained on a text: want --prompt TEXT to go on from", path)
	case g.length < 1 || !(g.temperature >= 0) || math.IsInf(g.temperature, 1):
		return fmt.Errorf("--length %d, --temperature %v: want at least 1, and a number >= 0", g.length, g.temperature)
	}
	text, err := n.Generate(g.prompt, g.length, g.temperature, g.seed)
	if err != nil {
		return fmt.Errorf("--prompt: %w", err)
	}
	if asJSON {
		return printJSON(cmd.OutOrStdout(), map[string]any{"model": path, "prompt": g.prompt, "text": text, "temperature": num(g.temperature), "seed": g.seed})
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), g.prompt+text)
	return failed(err)
}

// networkTolerance is the relative difference that verify accepts, and networkRounding the difference beside it: single precision
// leaves no digits of a loss far below 1.
const networkTolerance, networkRounding = 1e-4, 1e-6

// verifyNetwork recomputes what a file of train states.
func verifyNetwork(cmd *cobra.Command, path, name string, asJSON bool, err error) error {
	if err != nil {
		return err
	}
	n, flags, err := readNetwork(path)
	if err != nil {
		return err
	}
	if name == "" {
		return errors.New("no data: want --data FILE|NAME, the data that it was trained on")
	}
	t := &n.Training
	flags.data.Data = name
	learn, apart, sum, err := flags.again(cmd.InOrStdin(), &n.Encoding)
	if err != nil {
		return err
	}
	problems := []string{}
	if sum != t.SHA256 {
		problems = append(problems, fmt.Sprintf("the data differ: the checksum of %s is %.12s..., the network was trained on %.12s...", name, sum, t.SHA256))
	}
	found, stated := map[string]num{}, map[string]num{"loss": num(t.Value)}
	s, err := n.Judge(learn)
	if err != nil {
		return err
	}
	found["loss"] = num(s.Loss)
	if apart != nil {
		if s, err = n.Judge(apart); err != nil {
			return err
		}
		if t.LossApart != nil {
			found["loss_apart"], stated["loss_apart"] = num(s.Loss), num(*t.LossApart)
		}
		if t.ScoreApart != nil {
			found["score_apart"], stated["score_apart"] = num(s.Main()), num(*t.ScoreApart)
		}
	}
	for _, what := range []string{"loss", "loss_apart", "score_apart"} {
		a, b := float64(stated[what]), float64(found[what])
		if !(math.Abs(a-b) <= networkTolerance*math.Abs(a)+networkRounding) {
			problems = append(problems, fmt.Sprintf("%s is %.7g, the file states %.7g", strings.ReplaceAll(what, "_", " "), b, a))
		}
	}
	if asJSON {
		err = printJSON(cmd.OutOrStdout(), map[string]any{"ok": len(problems) == 0, "problems": problems, "stated": stated, "found": found, "sha256": sum})
	} else {
		w := cmd.OutOrStdout()
		for _, what := range []string{"loss", "loss_apart", "score_apart"} {
			if _, ok := stated[what]; ok {
				row(w, strings.ReplaceAll(what, "_", " "), "%.7g, stated %.7g", float64(found[what]), float64(stated[what]))
			}
		}
		verdict := "verified"
		if len(problems) > 0 {
			verdict = "not verified: " + strings.Join(problems, "; ")
		}
		row(w, "verdict", "%s", verdict)
	}
	if err == nil && len(problems) > 0 {
		err = &exit{code: exitFailure}
	}
	return err
}

// again reads the data that a network was trained on, divided as they were.
func (f *trainFlags) again(stdin io.Reader, e *train.Encoding) (learn, apart *nn.Samples[float32], sum string, err error) {
	if e.Alphabet != "" {
		text, sum, err := data.ReadText(f.data.Data, stdin)
		if err != nil {
			return nil, nil, "", err
		}
		learn, apart, err := windows(e, []rune(string(text)), f.val)
		return learn, apart, sum, err
	}
	set, err := load(f.data.Data, stdin, f.data.options(0))
	if err != nil {
		return nil, nil, "", err
	}
	if set.Y == nil {
		return nil, nil, "", fmt.Errorf("%s: it has no target", set.Name)
	}
	rows, _ := set.X.Dims()
	a, b := train.Split(rows, f.val)
	if learn, err = e.Samples(set, a); err == nil && len(b) > 0 {
		apart, err = e.Samples(set, b)
	}
	return learn, apart, set.SHA256, err
}
