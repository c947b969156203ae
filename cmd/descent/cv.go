package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/godescent/descent"
	"github.com/godescent/descent/data"
	"github.com/godescent/descent/fit"
	"github.com/godescent/descent/problem/glm"
	"github.com/godescent/descent/report"
)

// validated is a cross-validation and the lambda that it chose.
type validated struct {
	*fit.CVResult
	k     int // the choice
	oneSE bool
}

func (v *validated) chosen() *fit.PathValue { return &v.Path.Values[v.k] }

// crossValidate chooses lambda and enters its penalties in the model and the specification.
func (f *fitFlags) crossValidate(cmd *cobra.Command, name string, m *model, set *data.Set, y []float64, spec *glm.Spec) (*validated, error) {
	opt, err := f.pathOptions(cmd, name, set, y, *spec)
	if err != nil {
		return nil, trim(err)
	}
	b := newBar(cmd.ErrOrStderr())
	if b != nil {
		opt.Observe = b.count
	}
	ctx, stop := interruptible()
	defer stop()
	r, err := fit.CrossValidate(ctx, name, set.X, y, *spec, f.cv, f.seed, opt)
	b.clear()
	switch {
	case errors.Is(err, context.Canceled):
		return nil, &exit{exitUncertified, errors.New("interrupted before a lambda was chosen")}
	case err != nil:
		return nil, trim(err)
	}
	v := &validated{CVResult: r, k: r.Best, oneSE: f.oneSE}
	if f.oneSE {
		v.k = r.OneSE
	}
	c := v.chosen()
	spec.L1, spec.L2, spec.GroupL1, spec.TaskL1 = c.L1, c.L2, c.GroupL1, c.TaskL1
	p := &m.Penalties
	p.L1, p.L2, p.GroupL1, p.TaskL1 = c.L1, c.L2, c.GroupL1, c.TaskL1
	return v, nil
}

// print says what was chosen; nil prints nothing.
func (v *validated) print(w io.Writer) {
	if v == nil {
		return
	}
	n := len(v.Mean)
	row(w, "validation", "%d folds (seed %d), %s of lambda from %.6g down to %.6g, %.3g s", v.Folds, v.Seed, plural(n, "value"), v.Path.Values[0].Lambda, v.Path.Values[n-1].Lambda, v.Seconds)
	for _, c := range []struct {
		name string
		k    int
	}{{"least loss", v.Best}, {"one SE", v.OneSE}} {
		text := fmt.Sprintf("lambda = %.6g, held-out loss %.6g ± %.2g", v.Path.Values[c.k].Lambda, v.Mean[c.k], v.SE[c.k])
		if v.ErrorMean != nil {
			text += fmt.Sprintf(", error rate %.2f %% ± %.2f %%", 100*v.ErrorMean[c.k], 100*v.ErrorSE[c.k])
		}
		text += fmt.Sprintf(", %d non-zero", v.Path.Values[c.k].NNZ)
		if c.k == v.k && (c.name == "one SE") == v.oneSE {
			text += " (chosen)"
		}
		row(w, c.name, "%s", text)
	}
	if !v.Converged() {
		row(w, "warning", "%s", v.warning())
	}
}

// warning tells of fits without a certificate.
func (v *validated) warning() string {
	bad := len(v.Path.Values) - v.Path.Count(descent.Converged)
	for _, n := range v.Unconverged {
		bad += n
	}
	return fmt.Sprintf("%d of the %d fits that were compared have no certificate within tolerance, %d of them at the chosen lambda", bad, len(v.Mean)*(v.Folds+1), v.Unconverged[v.k])
}

// A cvJSON is a cross-validation in JSON.
type cvJSON struct {
	Folds     int       `json:"folds"`
	Seed      uint64    `json:"seed"`
	Rule      string    `json:"rule"`   // min or one-se
	Chosen    int       `json:"chosen"` // indices from 0
	Best      int       `json:"best"`
	OneSE     int       `json:"one_se"`
	LambdaMax num       `json:"lambda_max"`
	Seconds   float64   `json:"seconds"`
	Values    []cvValue `json:"values"`
	Warning   string    `json:"warning,omitempty"`
}

type cvValue struct {
	Lambda      num   `json:"lambda"`
	L1          num   `json:"l1"`
	L2          num   `json:"l2"`
	GroupL1     num   `json:"group_l1,omitempty"`
	TaskL1      num   `json:"task_l1,omitempty"`
	Mean        num   `json:"mean"`
	SE          num   `json:"se"`
	ErrorMean   *num  `json:"error_mean,omitempty"`
	ErrorSE     *num  `json:"error_se,omitempty"`
	Folds       []num `json:"folds"`
	Nonzero     int   `json:"nonzero"`     // of the fit to all data
	Unconverged int   `json:"unconverged"` // folds
}

func (v *validated) json() *cvJSON {
	if v == nil {
		return nil
	}
	c := &cvJSON{Folds: v.Folds, Seed: v.Seed, Rule: "min", Chosen: v.k, Best: v.Best, OneSE: v.OneSE, LambdaMax: num(v.Path.LambdaMax), Seconds: v.Seconds}
	if v.oneSE {
		c.Rule = "one-se"
	}
	if !v.Converged() {
		c.Warning = v.warning()
	}
	for k, p := range v.Path.Values {
		q := cvValue{Lambda: num(p.Lambda), L1: num(p.L1), L2: num(p.L2), GroupL1: num(p.GroupL1), TaskL1: num(p.TaskL1), Mean: num(v.Mean[k]), SE: num(v.SE[k]), Nonzero: p.NNZ, Unconverged: v.Unconverged[k]}
		if v.ErrorMean != nil {
			mean, se := num(v.ErrorMean[k]), num(v.ErrorSE[k])
			q.ErrorMean, q.ErrorSE = &mean, &se
		}
		for _, l := range v.Loss {
			q.Folds = append(q.Folds, num(l[k]))
		}
		c.Values = append(c.Values, q)
	}
	return c
}

// drawCV draws the losses over lambda if a figure was asked for.
func (f *fitFlags) drawCV(v *validated, name string, m *model, set *data.Set) error {
	if f.plot == "" {
		return nil
	}
	n, d := set.X.Dims()
	loss := m.Loss + " loss"
	switch {
	case m.Targets != nil:
		loss = "half of the squared error, summed over targets"
	case m.Loss == "linear":
		loss = "half of the squared error"
	}
	fig := report.CVFigure{
		Title:    cut(fmt.Sprintf("%s: %d × %d", name, n, d), 90),
		Subtitle: fmt.Sprintf("%d folds, seed %d%s", v.Folds, v.Seed, f.lambdaInWords(m.Targets != nil)),
		Loss:     loss, Mean: v.Mean, SE: v.SE, Best: v.Best, OneSE: v.OneSE,
	}
	for _, p := range v.Path.Values {
		fig.Lambdas, fig.NNZ = append(fig.Lambdas, p.Lambda), append(fig.NNZ, p.NNZ)
	}
	if err := fig.Save(f.plot); err != nil {
		return failed(fmt.Errorf("--plot: %w", err))
	}
	return nil
}
