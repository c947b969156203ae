package study

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/godescent/descent/data"
)

// A Config is a study as a user writes it: in a TOML file, or with flags.
type Config struct {
	Name     string   `toml:"name"`
	Methods  []string `toml:"methods"` // as in ParseArm
	Seeds    any      `toml:"seeds"`   // how many, or a list; default 10
	Measure  Measure  `toml:"measure"`
	Baseline string   `toml:"baseline"`
	Level    float64  `toml:"level"`
	Patient  bool     `toml:"patient"`
	Tags     []string `toml:"tags"`
	FailIf   []string `toml:"fail_if"` // gates

	Limits  LimitsConfig    `toml:"limits"` // lists of them stand for all combinations
	Target  TargetConfig    `toml:"target"`
	Problem []ProblemConfig `toml:"problem"`
	Method  []MethodConfig  `toml:"method"`
}

// LimitsConfig are the limits of a run. Each but the tolerance may be a list: then every problem is there with all
// combinations of them.
type LimitsConfig struct {
	Tolerance   float64 `toml:"tolerance"`
	Iterations  any     `toml:"iterations"`
	Evaluations any     `toml:"evaluations"`
	Time        any     `toml:"time"` // "30s"
}

// TargetConfig is one of three, a number or a list; none is the certificate within the tolerance. Of a
// list the least is the target, and the runs are judged by the others too.
type TargetConfig struct {
	Certificate any `toml:"certificate"`
	Value       any `toml:"value"`
	Reduction   any `toml:"reduction"`
}

// ProblemConfig is an analytic problem, a model on data or a network on data. Lists in Data, L1 and L2 stand for all
// combinations.
type ProblemConfig struct {
	Analytic string  `toml:"analytic"`
	Spread   float64 `toml:"spread"`

	Network string  `toml:"network"` // mlp, cnn, resnet, or a file of layers, relative to the file
	Loss    string  `toml:"loss"`    // of a network: cross-entropy, mse, huber
	Val     float64 `toml:"val"`     // of a network: share of the rows kept apart

	Model     string  `toml:"model"`
	Data      any     `toml:"data"` // a name or path, relative to the file, or a list of them
	L1        any     `toml:"l1"`   // a number or a list
	L2        any     `toml:"l2"`
	Intercept *bool   `toml:"intercept"` // default true
	NonNeg    bool    `toml:"nonneg"`
	Scale     string  `toml:"scale"`
	Epsilon   float64 `toml:"epsilon"`
	Resample  float64 `toml:"resample"`

	Target      string   `toml:"target"` // how the data is read: as in data.Options
	Labels      string   `toml:"labels"`
	Weights     string   `toml:"weights"`
	Drop        []string `toml:"drop"`
	Categorical bool     `toml:"categorical"`
	Header      string   `toml:"header"`
	Format      string   `toml:"format"`
	ZeroBased   bool     `toml:"zero_based"`

	labelsSum string // the beginning of the hash of Labels, in hex
}

// MethodConfig is a method of the catalog or a contestant from outside.
type MethodConfig struct {
	Name    string         `toml:"name"`
	Method  string         `toml:"method"`
	Options map[string]any `toml:"options"`
	Tune    *TuneConfig    `toml:"tune"`

	Command []string `toml:"command"`
	Version string   `toml:"version"`
}

// TuneConfig says how a method is tuned.
type TuneConfig struct {
	Strategy Strategy       `toml:"strategy"`
	Budget   int            `toml:"budget"`
	Seeds    int            `toml:"seeds"`
	Space    map[string]any `toml:"space"` // by option: a list of values, or "low..high"
}

// ReadConfig reads a TOML file. Unknown keys are errors; errors say file, line and column.
func ReadConfig(path string) (*Config, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var c Config
	err = toml.NewDecoder(bytes.NewReader(b)).DisallowUnknownFields().Decode(&c)
	var unknown *toml.StrictMissingError
	var wrong *toml.DecodeError
	switch {
	case errors.As(err, &unknown):
		var lines []string
		for _, e := range unknown.Errors {
			row, col := e.Position()
			lines = append(lines, fmt.Sprintf("%s:%d:%d: unknown key %s", path, row, col, strings.Join(e.Key(), ".")))
		}
		return nil, fmt.Errorf("%s (docs/compare.md lists the keys)", strings.Join(lines, "\n"))
	case errors.As(err, &wrong):
		row, col := wrong.Position()
		return nil, fmt.Errorf("%s:%d:%d: %s", path, row, col, strings.TrimPrefix(wrong.Error(), "toml: "))
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if c.Name == "" {
		c.Name = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	}
	dir := filepath.Dir(path)
	for i := range c.Problem {
		c.Problem[i].relativeTo(dir)
	}
	return &c, nil
}

// relativeTo makes paths of data that are there relative to a folder.
func (p *ProblemConfig) relativeTo(dir string) {
	there := func(name string) string {
		if joined := filepath.Join(dir, name); !filepath.IsAbs(name) && name != "" {
			if _, err := os.Stat(joined); err == nil {
				return joined
			}
		}
		return name
	}
	p.Labels = there(p.Labels)
	if strings.EqualFold(filepath.Ext(p.Network), ".toml") {
		p.Network = there(p.Network)
	}
	switch d := p.Data.(type) {
	case string:
		p.Data = there(d)
	case []any:
		for i, v := range d {
			if s, ok := v.(string); ok {
				d[i] = there(s)
			}
		}
	}
}

// Study turns a configuration into a study and its gates. It loads the data.
func (c *Config) Study() (*Study, []Gate, error) {
	s := &Study{Name: c.Name, Measure: c.Measure, Baseline: c.Baseline, Level: c.Level, Patient: c.Patient, Tags: c.Tags}
	var err error
	if s.Seeds, err = seedsOf(c.Seeds); err != nil {
		return nil, nil, err
	}
	limits, err := c.Limits.limits()
	if err != nil {
		return nil, nil, err
	}
	s.Limits = limits[0]
	if s.Target, s.Also, err = c.Target.target(); err != nil {
		return nil, nil, err
	}
	if s.Arms, err = c.arms(); err != nil {
		return nil, nil, err
	}
	sets := map[string]*data.Set{}
	for i, p := range c.Problem {
		problems, err := p.problems(sets)
		if err != nil {
			return nil, nil, fmt.Errorf("problem %d: %w", i+1, err)
		}
		for _, one := range problems {
			if len(limits) == 1 {
				s.Problems = append(s.Problems, one)
				continue
			}
			for k := range limits {
				one.Limits = &limits[k]
				s.Problems = append(s.Problems, one)
			}
		}
	}
	if err := s.complete(); err != nil {
		return nil, nil, err
	}
	var gates []Gate
	for _, text := range c.FailIf {
		g, err := ParseGate(text)
		if err == nil {
			err = g.Check(s)
		}
		if err != nil {
			return nil, nil, err
		}
		gates = append(gates, g)
	}
	return s, gates, nil
}

// seedsOf reads a number of seeds, 1 to n, or a list.
func seedsOf(v any) ([]uint64, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case int:
		return seedsOf(int64(v))
	case int64:
		if v < 1 || v > 1e6 {
			return nil, fmt.Errorf("seeds = %d: want 1 to 1000000, or a list of seeds", v)
		}
		seeds := make([]uint64, v)
		for i := range seeds {
			seeds[i] = uint64(i + 1)
		}
		return seeds, nil
	case []any:
		var seeds []uint64
		for _, e := range v {
			k, ok := e.(int64)
			if !ok || k < 0 {
				return nil, fmt.Errorf("seeds: %v: want whole numbers >= 0", e)
			}
			seeds = append(seeds, uint64(k))
		}
		return append([]uint64{}, seeds...), nil
	}
	return nil, fmt.Errorf("seeds = %v: want a number of seeds, or a list of seeds", v)
}

// limits returns all combinations, at least one.
func (l LimitsConfig) limits() ([]Limits, error) {
	iterations, err1 := countsOf("limits: iterations", l.Iterations)
	evaluations, err2 := countsOf("limits: evaluations", l.Evaluations)
	texts, err3 := textsOf(l.Time)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	if texts == nil {
		texts = []string{""}
	}
	var out []Limits
	for _, text := range texts {
		var d time.Duration
		if text != "" {
			var err error
			if d, err = time.ParseDuration(text); err != nil || d <= 0 {
				return nil, fmt.Errorf("limits: time = %q: want a time with its unit, such as \"30s\"", text)
			}
		}
		for _, e := range evaluations {
			for _, k := range iterations {
				one := Limits{l.Tolerance, k, e, d}
				if slices.Contains(out, one) {
					return nil, fmt.Errorf("limits: %s are there twice", one.words())
				}
				out = append(out, one)
			}
		}
	}
	return out, nil
}

// countsOf reads a whole number or a list of them; none is 0.
func countsOf(name string, v any) ([]int, error) {
	if list, ok := v.([]int); ok && len(list) > 0 {
		return list, nil
	} else if ok {
		v = nil
	}
	numbers, err := numbersOf(name, v)
	if err != nil {
		return nil, err
	}
	var out []int
	for _, x := range numbers {
		if x != math.Trunc(x) || x < 0 || x > 1e15 {
			return nil, fmt.Errorf("%s = %g: want a whole number >= 0", name, x)
		}
		out = append(out, int(x))
	}
	return out, nil
}

func (t TargetConfig) target() (target Target, also []float64, err error) {
	for _, k := range []struct {
		kind   TargetKind
		bounds any
	}{{CertificateTarget, t.Certificate}, {ValueTarget, t.Value}, {ReductionTarget, t.Reduction}} {
		if k.bounds == nil {
			continue
		}
		if target.Kind != "" {
			return target, nil, errors.New("target: want one of certificate, value and reduction")
		}
		bounds, err := numbersOf("target: "+string(k.kind), k.bounds)
		if err != nil {
			return target, nil, err
		}
		slices.Sort(bounds)
		target, also = Target{k.kind, bounds[0]}, bounds[1:]
		if err := target.check(); err != nil {
			return target, nil, err
		}
	}
	return target, also, nil
}

func (c *Config) arms() ([]Arm, error) {
	var arms []Arm
	networks := slices.ContainsFunc(c.Problem, func(p ProblemConfig) bool { return p.Network != "" })
	parse, set := ParseArm, (*Arm).setMethod
	if networks {
		parse, set = ParseRule, (*Arm).setRule
	}
	for _, text := range c.Methods {
		a, err := parse(text)
		if err != nil {
			return nil, err
		}
		arms = append(arms, a)
	}
	for _, m := range c.Method {
		a, err := m.arm(set)
		if err != nil {
			return nil, err
		}
		arms = append(arms, a)
	}
	return arms, nil
}

func (m MethodConfig) arm(set func(a *Arm, name string) error) (Arm, error) {
	a := Arm{Name: cmp.Or(m.Name, m.Method), Command: m.Command, Version: m.Version}
	if m.Method != "" {
		if err := set(&a, m.Method); err != nil {
			return a, err
		}
	} else if len(m.Command) == 0 || m.Name == "" {
		return a, errors.New("method: want method = an ID of the catalog, or name and command of a contestant from outside")
	}
	for name, v := range m.Options {
		text, err := scalar(v)
		if err != nil {
			return a, fmt.Errorf("method %s: option %s: %w", a.Name, name, err)
		}
		a.Options = a.with(map[string]string{name: text})
	}
	if m.Tune == nil {
		return a, nil
	}
	a.Tuning = &Tuning{Strategy: m.Tune.Strategy, Budget: m.Tune.Budget, Seeds: m.Tune.Seeds, Space: map[string]Range{}}
	for name, v := range m.Tune.Space {
		r, err := rangeOf(v)
		if err != nil {
			return a, fmt.Errorf("method %s: tuning %s: %w", a.Name, name, err)
		}
		a.Tuning.Space[name] = r
	}
	return a, nil
}

// scalar prints a value of TOML as an option takes it; a list of numbers with commas.
func scalar(v any) (string, error) {
	switch v := v.(type) {
	case string, int64, float64, bool:
		return fmt.Sprint(v), nil
	case []any:
		var parts []string
		for _, e := range v {
			text, err := scalar(e)
			if err != nil {
				return "", err
			}
			parts = append(parts, text)
		}
		return strings.Join(parts, ","), nil
	}
	return "", fmt.Errorf("%v: want a number, text, true, false or a list of numbers", v)
}

func rangeOf(v any) (Range, error) {
	list, ok := v.([]any)
	if !ok {
		text, err := scalar(v)
		if err != nil {
			return Range{}, err
		}
		return parseRange(text)
	}
	var r Range
	for _, e := range list {
		text, err := scalar(e)
		if err != nil {
			return Range{}, err
		}
		r.Choices = append(r.Choices, text)
	}
	if len(r.Choices) == 0 {
		return Range{}, errors.New("an empty list: want values, or \"low..high\"")
	}
	return r, nil
}

// problems are the combinations of a configuration.
func (p ProblemConfig) problems(sets map[string]*data.Set) ([]Problem, error) {
	if p.Analytic != "" {
		if !reflect.DeepEqual(p, ProblemConfig{Analytic: p.Analytic, Spread: p.Spread}) {
			return nil, errors.New("want analytic, and perhaps spread, or model and data with the other keys, not both")
		}
		one, err := Analytic(p.Analytic, p.Spread)
		return []Problem{one}, err
	}
	if p.Labels != "" {
		sum, err := hashFile(p.Labels)
		if err != nil {
			return nil, fmt.Errorf("labels: %w", err)
		}
		p.labelsSum = sum[:8]
	}
	names, err := textsOf(p.Data)
	if err != nil || len(names) == 0 || (p.Model == "") == (p.Network == "") {
		return nil, errors.New("want model = a loss or network = mlp, cnn, resnet or a file.toml, and data = a file or the name of an embedded set (or a list of them), or analytic = an ID")
	}
	if p.Network != "" {
		return p.networks(names, sets)
	}
	if p.Loss != "" || p.Val != 0 {
		return nil, errors.New("loss and val go with a network")
	}
	if p.Spread != 0 {
		return nil, errors.New("spread goes with analytic problems; resample draws rows of data")
	}
	l1, err1 := numbersOf("l1", p.L1)
	l2, err2 := numbersOf("l2", p.L2)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	var out []Problem
	for _, name := range names {
		set, err := p.load(name, sets)
		if err != nil {
			return nil, err
		}
		for _, a := range l1 {
			for _, b := range l2 {
				one, err := p.fit(a, b).Problem(set)
				if err != nil {
					return nil, err
				}
				one.Data = filepath.Base(one.Data)
				out = append(out, one)
			}
		}
	}
	return out, nil
}

// networks are the problems of a network on sets.
func (p ProblemConfig) networks(names []string, sets map[string]*data.Set) ([]Problem, error) {
	if p.L1 != nil || p.L2 != nil || p.Intercept != nil || p.NonNeg || p.Epsilon != 0 || p.Resample != 0 {
		return nil, errors.New("l1, l2, intercept, nonneg, epsilon and resample go with a model, not with a network: decay is an option of rules, and seeds are other starts")
	}
	var out []Problem
	for _, name := range names {
		set, err := p.load(name, sets)
		if err != nil {
			return nil, err
		}
		one, err := Network{Model: p.Network, Loss: p.Loss, Val: p.Val, Scale: p.Scale, Reading: p.reading()}.Problem(set)
		if err != nil {
			return nil, err
		}
		one.Data = filepath.Base(one.Data)
		out = append(out, one)
	}
	return out, nil
}

func (p ProblemConfig) fit(l1, l2 float64) Fit {
	return Fit{
		Loss: strings.ToLower(p.Model), L1: l1, L2: l2, NonNeg: p.NonNeg, Intercept: p.Intercept == nil || *p.Intercept,
		Scale: p.Scale, Epsilon: p.Epsilon, Resample: p.Resample, Reading: p.reading(),
	}
}

// reading tells how data is read where that is not the default.
func (p ProblemConfig) reading() string {
	var reading []string
	for _, r := range []struct{ name, value string }{
		{"target", p.Target}, {"labels", p.labels()}, {"weights", p.Weights}, {"drop", strings.Join(p.Drop, ",")}, {"header", p.Header}, {"format", p.Format},
	} {
		if r.value != "" {
			reading = append(reading, r.name+"="+r.value)
		}
	}
	if p.Categorical {
		reading = append(reading, "categorical")
	}
	if p.ZeroBased {
		reading = append(reading, "zero-based")
	}
	return strings.Join(reading, " ")
}

// labels names the file of labels, and tells it from others: the hash of a set is that of its data.
func (p ProblemConfig) labels() string {
	if p.Labels == "" {
		return ""
	}
	return fmt.Sprintf("%s (%s)", filepath.Base(p.Labels), p.labelsSum)
}

// load reads a set once for all problems that read it in the same way.
func (p ProblemConfig) load(name string, sets map[string]*data.Set) (*data.Set, error) {
	key := fmt.Sprint(name, "\n", p.reading())
	if s := sets[key]; s != nil {
		return s, nil
	}
	s, err := data.Load(name, data.Options{
		Format: p.Format, Target: p.Target, Labels: p.Labels, Weights: p.Weights, Drop: p.Drop, Categorical: p.Categorical, Header: p.Header, ZeroBased: p.ZeroBased,
	})
	sets[key] = s
	return s, err
}

func textsOf(v any) ([]string, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		return []string{v}, nil
	case []string:
		return v, nil
	case []any:
		var out []string
		for _, e := range v {
			s, ok := e.(string)
			if !ok {
				return nil, fmt.Errorf("%v: want text", e)
			}
			out = append(out, s)
		}
		return out, nil
	}
	return nil, fmt.Errorf("%v: want text or a list of texts", v)
}

// numbersOf reads a number or a list; none is 0.
func numbersOf(name string, v any) ([]float64, error) {
	switch v := v.(type) {
	case nil:
		return []float64{0}, nil
	case []float64:
		if len(v) > 0 {
			return slices.Clone(v), nil
		}
		return []float64{0}, nil
	case int:
		return []float64{float64(v)}, nil
	case int64:
		return []float64{float64(v)}, nil
	case float64:
		if !math.IsNaN(v) {
			return []float64{v}, nil
		}
	case []any:
		var out []float64
		for _, e := range v {
			one, err := numbersOf(name, e)
			if _, isList := e.([]any); err != nil || isList || e == nil {
				return nil, fmt.Errorf("%s: %v: want numbers", name, e)
			}
			out = append(out, one...)
		}
		if len(out) > 0 {
			return out, nil
		}
	}
	return nil, fmt.Errorf("%s = %v: want a number or a list of numbers", name, v)
}
