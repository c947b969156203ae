package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/godescent/descent"
	"github.com/godescent/descent/data"
	"github.com/godescent/descent/problem/glm"
)

// valueTolerance is the relative difference of values that verify accepts.
const valueTolerance = 1e-9

func newVerify() *cobra.Command {
	var name string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify MODEL --data FILE|NAME",
		Short: "Recompute the value and the certificate of a model from scratch",
		Long: `verify builds the problem anew from the data and the model file, and measures the
value and the certificate at the model's coefficients. It exits with 1 unless
- the data has the checksum that the model file states,
- the value agrees to a relative 1e-9,
- the certificate is of the stated kind, and within its tolerance if the model says
  that it converged; else no worse than stated.
Of a network of train it recomputes the losses on the data that it learned and on those kept apart,
to a relative 1e-4, as single precision differs between processors.`,
		Example: `  descent verify model.json --data breast-cancer
  descent verify model.json --data train.svm.gz
  descent verify model.json --data - < train.csv`,
		Args: exactly("a model file of `descent fit --save` or `descent train --save`", nil),
		RunE: func(cmd *cobra.Command, args []string) error {
			if ok, err := isNetwork(args[0]); ok || err != nil {
				return verifyNetwork(cmd, args[0], name, asJSON, err)
			}
			m, err := readModel(args[0])
			if err != nil {
				return err
			}
			flags := m.Data.dataFlags
			flags.Data = name
			set, err := load(name, cmd.InOrStdin(), flags.options(m.Columns))
			if err != nil {
				return err
			}
			v, err := verify(m, set)
			if err != nil {
				return err
			}
			if asJSON {
				err = printJSON(cmd.OutOrStdout(), v)
			} else {
				v.print(cmd)
			}
			if err == nil && !v.OK {
				err = &exit{code: exitFailure}
			}
			return err
		},
	}
	cmd.Flags().StringVar(&name, "data", "", "the training data: `FILE`, - for standard input, or the name of an embedded set")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object and nothing else")
	registerDataCompletion(cmd)
	return cmd
}

// A verification is what was compared.
type verification struct {
	OK       bool     `json:"ok"`
	Problems []string `json:"problems"` // why not, in words
	Stated   measured `json:"stated"`
	Found    measured `json:"found"`

	convex bool
}

type measured struct {
	SHA256      string         `json:"sha256"`
	Value       num            `json:"value"`
	Certificate certificate    `json:"certificate"`
	Status      descent.Status `json:"status,omitempty"`
}

// verify compares what the model file states with what its coefficients give on the
// data. An error means that there is nothing to compare.
func verify(m *model, set *data.Set) (*verification, error) {
	v := &verification{convex: m.Penalties.nonconvex == (nonconvex{}), Problems: []string{}, Stated: measured{m.Data.SHA256, m.Value, m.Certificate, m.Status}}
	v.Found = measured{SHA256: set.SHA256, Value: num(math.NaN()), Certificate: certificate{Value: num(math.NaN()), Tolerance: m.Certificate.Tolerance}}
	bad := func(format string, args ...any) { v.Problems = append(v.Problems, fmt.Sprintf(format, args...)) }
	if set.SHA256 != m.Data.SHA256 {
		bad("the data differ: the checksum of %s is %.12s..., the model was fitted to %.12s...", set.Name, set.SHA256, m.Data.SHA256)
	}
	p, x, err := m.problem(set)
	if err != nil {
		if len(v.Problems) > 0 { // other data need not even fit
			bad("%v", err)
			return v, nil
		}
		return nil, err
	}
	var witness []float64
	if m.Witness != nil {
		if witness, err = m.Witness.unpack(len(set.Y)); err != nil {
			return nil, fmt.Errorf("the witness of the certificate has %w: want one slope for each of the %d rows", err, len(set.Y))
		}
	}
	value, c, err := descent.Certify(p, x, witness, float64(m.Certificate.Tolerance))
	if err != nil {
		return nil, err
	}
	v.Found.Value, v.Found.Certificate = num(value), certificateOf(c)
	stated, old := float64(m.Value), float64(m.Certificate.Value)
	if !(math.Abs(value-stated) <= valueTolerance*max(1e-300, math.Abs(stated))) {
		bad("the value is %.17g, the model states %.17g", value, stated)
	}
	switch {
	case c.Kind != m.Certificate.Kind:
		bad("the certificate is a %s, the model states a %s", c.Kind, m.Certificate.Kind)
	case m.Status == descent.Converged && !c.Holds():
		bad("the model states that it converged, but %v", c)
	case !(c.Value <= max(float64(m.Certificate.Tolerance), 1.01*old)):
		bad("the certificate is %.6g, the model states %.6g", c.Value, old)
	}
	v.OK = len(v.Problems) == 0
	return v, nil
}

// problem rebuilds the problem of the model on data, and its point.
func (m *model) problem(set *data.Set) (*descent.Problem, []float64, error) {
	if set.Y == nil {
		return nil, nil, fmt.Errorf("%s: it has no target, so there is nothing to recompute", set.Name)
	}
	if d := featureCount(set); d != m.Columns {
		return nil, nil, fmt.Errorf("%s: %d features: the model has %d", set.Name, d, m.Columns)
	}
	if m.Features != nil && set.Features != nil && !slices.Equal(m.Features, set.Features) {
		return nil, nil, fmt.Errorf("%s: its columns are not those of the model", set.Name)
	}
	y, err := m.encode(set)
	if err != nil {
		return nil, nil, err
	}
	spec, err := m.spec(set.Weights)
	if err != nil {
		return nil, nil, err
	}
	g, err := glm.New(m.Loss+" on "+set.Name, set.X, y, spec)
	if err != nil {
		return nil, nil, errors.New(strings.TrimPrefix(err.Error(), "glm: "))
	}
	w, b, err := m.weights()
	if err != nil {
		return nil, nil, err
	}
	p, x := g.Problem(), g.Variables(w, b)
	if math.IsInf(p.Penalty(x), 1) {
		// Scaling can round a coefficient across its bound. A prox with no step to
		// speak of is the projection; it must not move x by more than rounding.
		near := slices.Clone(x)
		p.Regularizer.Prox(near, x, 1e-300)
		for i := range x {
			if math.Abs(near[i]-x[i]) > 1e-12*(1+math.Abs(x[i])) {
				return nil, nil, fmt.Errorf("coefficient %d is outside of its bounds", i+1)
			}
		}
		x = near
	}
	return p, x, nil
}

func (v *verification) print(cmd *cobra.Command) {
	w := cmd.OutOrStdout()
	same := map[bool]string{true: "agrees", false: "differs"}
	row(w, "data", "sha256 %.12s..., stated %.12s...: %s", v.Found.SHA256, v.Stated.SHA256, same[v.Found.SHA256 == v.Stated.SHA256])
	if c := v.Found.Certificate; c.Kind == "" {
		row(w, "value", "not measured")
	} else {
		row(w, "value", "%.17g, stated %.17g", v.Found.Value, v.Stated.Value)
		row(w, "certificate", "%s %.3g, stated %.3g (tolerance %.3g, status %s)", c.Kind, c.Value, v.Stated.Certificate.Value, v.Stated.Certificate.Tolerance, v.Stated.Status)
	}
	for _, p := range v.Problems {
		row(w, "problem", "%s", p)
	}
	if v.OK && !v.convex && v.Stated.Status == descent.Converged {
		row(w, "note", "%s", stationary)
	}
	if v.OK {
		row(w, "verdict", "verified: the value agrees to a relative %.0e and the certificate holds as stated", valueTolerance)
	} else {
		row(w, "verdict", "NOT verified")
	}
}
