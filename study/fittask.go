package study

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/godescent/descent/data"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/problem/glm"
	"github.com/godescent/descent/rng"
)

// A Fit says which generalized linear model is fitted to which data. The objective is that
// of descent fit: the mean loss + l1 |w|_1 + (l2/2) |w|^2.
type Fit struct {
	Loss      string // linear, logistic, multinomial, hinge, squared-hinge, huber or poisson
	L1, L2    float64
	NonNeg    bool
	Intercept bool
	Scale     string  // "" is none; std or maxabs
	Epsilon   float64 // of huber; 0 is 1.35

	// Resample, in (0, 1), makes the seeds samples: each fits that share of the rows, drawn without
	// replacement. 0 fits all rows with every seed.
	Resample float64

	// Reading tells how the data was read where that is not the default, "target=visits" say.
	Reading string
}

// losses are the names of the losses and what they are.
var losses = []string{"linear", "logistic", "multinomial", "hinge", "squared-hinge", "huber", "poisson"}

// Losses lists the models of a [Fit].
func Losses() []string { return slices.Clone(losses) }

// fitTask is a fit on rows.
type fitTask struct {
	Fit
	model *glm.Model
	x     linalg.Matrix
	y     []float64
}

// name prints what is fitted, so that different fits have different names.
func (f Fit) name() string {
	parts := []string{f.Loss}
	for _, p := range []struct {
		name string
		v    float64
	}{{"l1", f.L1}, {"l2", f.L2}, {"epsilon", f.Epsilon}, {"resample", f.Resample}} {
		if p.v != 0 {
			parts = append(parts, fmt.Sprintf("%s=%g", p.name, p.v))
		}
	}
	if f.NonNeg {
		parts = append(parts, "nonneg")
	}
	if !f.Intercept {
		parts = append(parts, "no-intercept")
	}
	if f.Scale != "" && f.Scale != string(glm.ScaleNone) {
		parts = append(parts, "scale="+f.Scale)
	}
	if f.Reading != "" {
		parts = append(parts, f.Reading)
	}
	return strings.Join(parts, " ")
}

// Problem binds the fit to data.
func (f Fit) Problem(set *data.Set) (Problem, error) {
	switch {
	case !slices.Contains(losses, f.Loss):
		return Problem{}, fmt.Errorf("unknown model %q: want one of %s", f.Loss, strings.Join(losses, ", "))
	case set.Y == nil:
		return Problem{}, fmt.Errorf("%s: it has no target: want a target column", set.Name)
	case set.Targets != nil:
		return Problem{}, fmt.Errorf("%s: %d targets: a comparison takes one", set.Name, len(set.Targets))
	case !(f.Resample >= 0 && f.Resample < 1):
		return Problem{}, fmt.Errorf("resample = %v: want a share of the rows between 0 and 1", f.Resample)
	case f.Loss == "huber" && !(f.Epsilon >= 0) || f.Loss != "huber" && f.Epsilon != 0:
		return Problem{}, fmt.Errorf("epsilon = %v goes with the model huber, and is > 0", f.Epsilon)
	case set.Classes != nil && !slices.Contains([]string{"logistic", "multinomial", "hinge", "squared-hinge"}, f.Loss):
		return Problem{}, fmt.Errorf("%s: the target is text (%s, ...): %s wants numbers", set.Name, set.Classes[0], f.Loss)
	}
	y, classes, err := f.encode(set)
	if err != nil {
		return Problem{}, err
	}
	p := Problem{Verb: "fit", Name: f.name(), Data: set.Name, SHA256: set.SHA256, Varies: f.Resample > 0, New: func(seed uint64) (*Instance, error) {
		return f.instance(set, y, classes, seed)
	}}
	_, err = p.New(0) // bad penalties are found before anything runs
	return p, err
}

// encode turns targets into what the loss wants.
func (f Fit) encode(set *data.Set) (y []float64, classes int, err error) {
	values := slices.Compact(slices.Sorted(slices.Values(set.Y)))
	switch k := len(values); f.Loss {
	case "logistic", "hinge", "squared-hinge":
		if k != 2 {
			return nil, 0, fmt.Errorf("%s: the target has %d values: %s wants two", set.Name, k, f.Loss)
		}
		y = make([]float64, len(set.Y))
		for i, v := range set.Y {
			y[i] = 2*float64(slices.Index(values, v)) - 1
		}
		return y, 2, nil
	case "multinomial":
		if k < 2 || k > max(10, len(set.Y)/5) {
			return nil, 0, fmt.Errorf("%s: the target has %d values in %d rows: these are no classes", set.Name, k, len(set.Y))
		}
		y = make([]float64, len(set.Y))
		for i, v := range set.Y {
			at, _ := slices.BinarySearch(values, v)
			y[i] = float64(at)
		}
		return y, k, nil
	}
	return set.Y, 0, nil
}

func (f Fit) loss(classes int) glm.Loss {
	switch f.Loss {
	case "logistic":
		return glm.Logistic{}
	case "multinomial":
		return glm.Multinomial{K: classes}
	case "hinge":
		return glm.Hinge{}
	case "squared-hinge":
		return glm.SquaredHinge{}
	case "huber":
		if f.Epsilon == 0 {
			return glm.Huber{Epsilon: 1.35}
		}
		return glm.Huber{Epsilon: f.Epsilon}
	case "poisson":
		return glm.Poisson{}
	}
	return glm.Squared{}
}

func (f Fit) instance(set *data.Set, y []float64, classes int, seed uint64) (*Instance, error) {
	x, weights := set.X, set.Weights
	if f.Resample > 0 {
		rows := f.rows(len(y), seed)
		switch a := x.(type) {
		case *linalg.CSR:
			x = a.SelectRows(rows)
		case *linalg.Dense:
			x = a.SelectRows(rows)
		}
		y, weights = pick(y, rows), pick(weights, rows)
	}
	m, err := glm.New(f.name()+" on "+set.Name, x, y, glm.Spec{
		Loss: f.loss(classes), L1: f.L1, L2: f.L2, NonNeg: f.NonNeg, Intercept: f.Intercept, Scale: glm.Scaling(f.Scale), Weights: weights,
	})
	if err != nil {
		return nil, errors.New(strings.TrimPrefix(err.Error(), "glm: "))
	}
	p := m.Problem()
	return &Instance{Problem: p, X0: make([]float64, p.Dim), Minimum: math.NaN(), task: &fitTask{f, m, x, y}}, nil
}

// rows draws the rows of a seed, in increasing order.
func (f Fit) rows(n int, seed uint64) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	s := rng.New(seed, "study rows")
	s.Shuffle(all)
	rows := all[:max(1, int(math.Ceil(f.Resample*float64(n))))]
	slices.Sort(rows)
	return rows
}

func pick(v []float64, rows []int) []float64 {
	if v == nil {
		return nil
	}
	out := make([]float64, len(rows))
	for k, i := range rows {
		out[k] = v[i]
	}
	return out
}
