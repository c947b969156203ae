package study

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/godescent/descent"
	"github.com/godescent/descent/catalog"
	"github.com/godescent/descent/data"
	"github.com/godescent/descent/method/stochastic"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/schedule"
	"github.com/godescent/descent/train"
)

// trainVerb is that of problems which are networks: their methods are update rules.
const trainVerb = "train"

// A Network says which network is trained on which data, as descent train does it: F is the mean loss of the
// examples that it learns, an iteration a pass over them. Seeds are those of initial parameters, order and
// dropout, the same for all rules.
type Network struct {
	Model   string  // mlp, cnn, resnet, or a TOML file of layers
	Loss    string  // cross-entropy, mse or huber; "": by the target
	Val     float64 // share of the rows that is kept apart, in [0, 1); they give the score apart
	Scale   string  // auto, none, std or whole; "" is auto
	Reading string  // as that of a [Fit]
}

// Networks lists the models that have a name.
func Networks() []string { return []string{"mlp", "cnn", "resnet"} }

// spec reads the model, and returns a name that no other has.
func (n Network) spec() (nn.Spec, string, error) {
	switch {
	case n.Model == "mlp":
		return nn.Spec{Kind: "mlp", Hidden: []int{256, 128}}, n.Model, nil
	case slices.Contains(Networks(), n.Model):
		return nn.Spec{Kind: n.Model}, n.Model, nil
	case !strings.EqualFold(filepath.Ext(n.Model), ".toml"):
		return nn.Spec{}, "", fmt.Errorf("unknown network %q: want one of %s, or a file.toml of layers", n.Model, strings.Join(Networks(), ", "))
	}
	text, err := os.ReadFile(n.Model)
	if err != nil {
		return nn.Spec{}, "", fmt.Errorf("network: %w", err)
	}
	s, err := nn.ParseSpec(text)
	if err != nil {
		return s, "", fmt.Errorf("%s: %s", n.Model, strings.TrimPrefix(err.Error(), "nn: "))
	}
	sum := sha256.Sum256(text)
	return s, fmt.Sprintf("%s (%s)", filepath.Base(n.Model), hex.EncodeToString(sum[:4])), nil
}

// Problem binds the network to data.
func (n Network) Problem(set *data.Set) (Problem, error) {
	spec, name, err := n.spec()
	if err != nil {
		return Problem{}, err
	}
	if spec.Kind == "transformer" {
		return Problem{}, errors.New("a transformer learns a text: a comparison takes networks of tables and images")
	}
	for _, p := range []struct{ name, value string }{{"loss", n.Loss}, {"scale", n.Scale}} {
		if p.value != "" && p.value != train.ScaleAuto {
			name += " " + p.name + "=" + p.value
		}
	}
	if n.Reading != "" {
		name += " " + n.Reading
	}
	rows, _ := set.X.Dims()
	if !(n.Val >= 0 && n.Val < 1) {
		return Problem{}, fmt.Errorf("val = %v: want a share of the rows, at least 0 and less than 1", n.Val)
	}
	learn, apart := train.Split(rows, n.Val)
	if len(learn) == 0 || n.Val > 0 && len(apart) == 0 {
		return Problem{}, fmt.Errorf("val = %v of %d rows: want a share that leaves rows to learn and to keep apart", n.Val, rows)
	}
	e, err := train.Learn(set, learn, train.EncodeOptions{
		Images: spec.Images(), Scale: cmp.Or(n.Scale, train.ScaleAuto), Regression: n.Loss == "mse" || n.Loss == "huber", Classes: n.Loss == "cross-entropy",
	})
	if err != nil {
		return Problem{}, err
	}
	plan := train.Plan{Name: name + " on " + set.Name, Spec: spec, Encoding: e, Loss: n.Loss}
	if plan.Samples, err = e.Samples(set, learn); err != nil {
		return Problem{}, err
	}
	if len(apart) > 0 {
		name += fmt.Sprintf(" val=%g", n.Val)
		if plan.Apart, err = e.Samples(set, apart); err != nil {
			return Problem{}, err
		}
	}
	p := Problem{Verb: trainVerb, Name: name, Data: set.Name, SHA256: set.SHA256, Varies: true, New: func(seed uint64) (*Instance, error) {
		mine := plan
		mine.Seed = seed
		p, x0, err := mine.Problem()
		return &Instance{Problem: p, X0: x0, Minimum: math.NaN()}, err
	}}
	_, err = p.New(0) // what does not fit is found before anything runs
	return p, err
}

// ParseRule reads an arm that trains networks: an update rule of descent list rules, or wrappers around one, and its
// options, as [ParseArm] reads methods.
//
//	adamw    lion:lr=1e-4    best=clip+sgd:momentum=0.9:lr=1e-3..1
//
// Options are those of the rule, and of training: lr, batch (default 64), clip (the largest norm of a
// gradient), schedule (default cosine, to 0 over the iterations that the limits allow) and warmup.
func ParseRule(text string) (Arm, error) {
	return parseArm(text, (*Arm).setRule)
}

// setRule makes the arm one of a rule.
func (a *Arm) setRule(name string) error {
	if _, err := catalog.ParseRule(name); err != nil {
		return err
	}
	a.Method, a.Rule = strings.ToLower(strings.TrimSpace(name)), true
	return nil
}

// training returns the method that trains with the rule for so many passes.
func (a *Arm) training(options map[string]string, passes int) (descent.Method, error) {
	r, err := catalog.ParseRule(a.Method)
	if err != nil {
		return nil, err
	}
	m := stochastic.Train{Rule: r, Batch: 64}
	kind, warmup := "cosine", 0.0
	for _, key := range slices.Sorted(maps.Keys(options)) {
		value := options[key]
		switch key {
		case "lr":
			m.Rate, err = strconv.ParseFloat(value, 64)
			if err != nil || !(m.Rate > 0) || math.IsInf(m.Rate, 1) {
				err = errors.New("want a number > 0")
			}
		case "batch":
			m.Batch, err = strconv.Atoi(value)
			if err != nil || m.Batch < 1 {
				err = errors.New("want a whole number >= 1")
			}
		case "clip":
			m.Clip, err = strconv.ParseFloat(value, 64)
			if err != nil || !(m.Clip >= 0) {
				err = errors.New("want a number > 0, or 0 for none")
			}
		case "schedule":
			kind = value
		case "warmup":
			warmup, err = strconv.ParseFloat(value, 64)
			if err != nil {
				err = errors.New("want a number of passes >= 0")
			}
		case "seed":
			m.Seed, err = strconv.ParseUint(value, 10, 64)
			if err != nil {
				err = errors.New("want a whole number >= 0")
			}
		default:
			err = catalog.Set(r, key+"="+value)
		}
		if err != nil {
			return nil, fmt.Errorf("rule %s: %s=%s: %w", a.Name, key, value, err)
		}
	}
	m.Schedule = schedule.Over(kind, float64(passes), warmup)
	if err := errors.Join(r.Check(), m.Schedule.Check()); err != nil {
		return nil, fmt.Errorf("rule %s: %w", a.Name, err)
	}
	return m, nil
}

// The metrics of networks.
const (
	metricLossApart  = "loss apart"
	metricScoreApart = "score apart" // accuracy, or R^2
)

// apart adds what the network is worth on the rows that it has not seen.
func (r *Record) apart(result *descent.Result) {
	for _, s := range result.Series {
		if n := len(s.Values); n > 0 && (s.Name == metricLossApart || s.Name == metricScoreApart) {
			r.Metrics[s.Name] = s.Values[n-1]
		}
	}
}
