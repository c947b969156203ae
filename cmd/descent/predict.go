package main

import (
	"bufio"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/godescent/descent/catalog"
	"github.com/godescent/descent/data"
)

func newPredict() *cobra.Command {
	var path, name string
	var target columns
	var asJSON bool
	var text generation
	cmd := &cobra.Command{
		Use:   "predict --model MODEL --data FILE|NAME",
		Short: "Predict with a fitted model or a network, one line per row",
		Long: `predict prints one prediction per row of the data: a number, of several targets one each,
separated by tabs; for logistic and multinomial the class and its probability; for hinge and squared-hinge the class and the
decision value. Where the data has the target too, how well they agree goes to
standard error. The data is read as in training (same format flags, same target
column); it may lack the target. Networks of train give classes with probabilities, or numbers; one that was
trained on a text goes on from --prompt instead.`,
		Example: `  descent predict --model model.json --data new.csv
  descent predict --model model.json --data - < new.csv
  descent predict --model model.json --data test.svm --json
  descent predict --model mnist.safetensors --data mnist-test
  descent predict --model book.safetensors --prompt "Once" --length 300 --temperature 0.8`,
		Args: onlyFlags("--model"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if path == "" {
				return errors.New("predict: want --model FILE, of `descent fit --save` or `descent train --save`")
			}
			if ok, err := isNetwork(path); ok || err != nil {
				return predictNetwork(cmd, path, name, target, text, asJSON, err)
			}
			if cmd.Flags().Changed("prompt") {
				return fmt.Errorf("--prompt goes with a network that was trained on a text; %s is another model", path)
			}
			m, err := readModel(path)
			if err != nil {
				return err
			}
			flags := m.Data.dataFlags
			flags.Data = name
			if len(target) > 0 {
				flags.Target, flags.Labels = target, ""
			}
			set, err := flags.loadForPrediction(cmd.InOrStdin(), m.Columns, len(target) > 0, fits(m.Features, m.Columns))
			if err != nil {
				return err
			}
			return predict(cmd, m, set, path, asJSON)
		},
	}
	cmd.Flags().StringVar(&path, "model", "", "model `file` of descent fit --save or train --save")
	text.register(cmd)
	cmd.Flags().StringVar(&name, "data", "", "`FILE`, - for standard input, or the name of an embedded set")
	cmd.Flags().StringSliceVar((*[]string)(&target), "target", nil, "`column` of the target, several separated by commas, or none (default: that of training, if the data has it)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object and nothing else")
	registerDataCompletion(cmd)
	return cmd
}

// places returns where each feature of a model is among the columns of set, by name: -1 for a level "c=x" of a text
// column c that has other levels there.
func places(features []string, set *data.Set, kind string) ([]int, error) {
	at, wanted, levels := map[string]int{}, map[string]bool{}, map[string]bool{}
	for _, name := range features {
		wanted[name] = true
	}
	for j, name := range set.Features {
		if !wanted[name] {
			return nil, fmt.Errorf("%s: column %q is not a feature of the %s%s", set.Name, name, kind, catalog.DidYouMean(name, features))
		}
		at[name] = j
		if column, _, ok := strings.Cut(name, "="); ok {
			levels[column] = true
		}
	}
	from := make([]int, len(features))
	for k, name := range features {
		j, ok := at[name]
		if column, _, level := strings.Cut(name, "="); !ok && !(level && levels[column]) {
			return nil, fmt.Errorf("%s: no column %q, which the %s wants", set.Name, name, kind)
		} else if !ok {
			j = -1
		}
		from[k] = j
	}
	return from, nil
}

// fits returns what reports whether a set has the d features of a model, by name where both have names.
func fits(features []string, d int) func(*data.Set) bool {
	return func(set *data.Set) bool {
		if features == nil || set.Features == nil {
			return featureCount(set) == d
		}
		_, err := places(features, set, "model")
		return err == nil
	}
}

// align returns the coefficients for the columns of set, matched by name where both
// sides have names. Columns of one-hot levels that the set does not show are zeros.
func align(m *model, set *data.Set, w [][]float64) ([][]float64, error) {
	d := featureCount(set)
	if m.Features == nil || set.Features == nil {
		if d != m.Columns {
			return nil, fmt.Errorf("%s: %d features: the model has %d", set.Name, d, m.Columns)
		}
		return w, nil
	}
	if slices.Equal(m.Features, set.Features) {
		return w, nil
	}
	from, err := places(m.Features, set, "model")
	if err != nil {
		return nil, err
	}
	out := make([][]float64, len(w))
	for k := range w {
		out[k] = make([]float64, d)
		for i, j := range from {
			if j >= 0 {
				out[k][j] = w[k][i]
			}
		}
	}
	return out, nil
}

func predict(cmd *cobra.Command, m *model, set *data.Set, path string, asJSON bool) error {
	w, b, err := m.weights()
	if err != nil {
		return err
	}
	if w, err = align(m, set, w); err != nil {
		return err
	}
	z := predictors(set.X, w, b)
	n := len(z[0])
	var metrics []metric
	if set.Y != nil {
		if y, err := m.encode(set); err == nil {
			metrics = score(m, z, y, set.Weights)
		} else if !asJSON {
			fmt.Fprintf(cmd.ErrOrStderr(), "descent: no score: %v\n", err)
		}
	}
	if asJSON {
		return predictJSON(cmd, m, set, z, metrics, path)
	}
	out := bufio.NewWriter(cmd.OutOrStdout())
	for i := range n {
		switch {
		case hinged(m.Loss):
			fmt.Fprintf(out, "%s\t%.10g\n", m.Classes[classOf(z, i)], z[0][i])
		case classifies(m.Loss):
			k := classOf(z, i)
			fmt.Fprintf(out, "%s\t%.6g\n", m.Classes[k], probabilities(z, i)[k])
		default:
			for k := range z {
				fmt.Fprintf(out, "%s%.10g", map[bool]string{true: "\t"}[k > 0], mean(m.Loss, z[k][i]))
			}
			fmt.Fprintln(out)
		}
	}
	if err := out.Flush(); err != nil {
		return failed(err)
	}
	for _, k := range metrics {
		if k.Text != "" {
			fmt.Fprintf(cmd.ErrOrStderr(), "%s\n", k.Text)
		}
	}
	return nil
}

func predictJSON(cmd *cobra.Command, m *model, set *data.Set, z [][]float64, metrics []metric, path string) error {
	out := struct {
		Model         string         `json:"model"`
		Loss          string         `json:"loss"`
		Data          string         `json:"data"`
		Rows          int            `json:"rows"`
		Classes       []string       `json:"classes,omitempty"`
		Targets       []string       `json:"targets,omitempty"`
		Labels        []string       `json:"labels,omitempty"`        // predicted classes
		Probabilities [][]num        `json:"probabilities,omitempty"` // per row, in the order of classes
		Predictions   []any          `json:"predictions,omitempty"`   // of regressions, of several targets a list per row; of the hinge losses the decision values
		Score         map[string]any `json:"score,omitempty"`         // where the data has the target
	}{Model: path, Loss: m.Loss, Data: set.Name, Rows: len(z[0]), Classes: m.Classes, Targets: m.Targets}
	for i := range z[0] {
		if classifies(m.Loss) {
			out.Labels = append(out.Labels, m.Classes[classOf(z, i)])
		}
		switch {
		case m.Loss == "logistic" || m.Loss == "multinomial":
			out.Probabilities = append(out.Probabilities, nums(probabilities(z, i)))
		case len(z) > 1:
			each := make([]num, len(z))
			for k := range z {
				each[k] = num(z[k][i])
			}
			out.Predictions = append(out.Predictions, each)
		default:
			out.Predictions = append(out.Predictions, num(mean(m.Loss, z[0][i])))
		}
	}
	if metrics != nil {
		out.Score = byName(metrics)
	}
	return printJSON(cmd.OutOrStdout(), out)
}
