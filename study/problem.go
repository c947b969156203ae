package study

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/godescent/descent"
	"github.com/godescent/descent/catalog"
	"github.com/godescent/descent/problem/analytic"
	"github.com/godescent/descent/rng"
)

// A Problem makes the instances that cells run on. Everything that tells it from another is in
// Name, Data and SHA256, because they are a part of the key of its cells.
type Problem struct {
	Verb   string  // of the cells: minimize, fit or train; the methods of train are update rules
	Name   string  // as a user would name it: "logistic l1=0.01", "rosenbrock:n=10"
	Data   string  // "" for none
	SHA256 string  // of the data
	Varies bool    // instances of different seeds differ
	Limits *Limits // of its runs; nil: those of the study. Tolerances are the study's

	// New returns the instance of a seed, for one run at a time. It is called by several
	// goroutines.
	New func(seed uint64) (*Instance, error)
}

// String names the problem with its data.
func (p Problem) String() string {
	name := p.Name
	if p.Data != "" {
		name += " on " + p.Data
	}
	if p.Limits != nil {
		name += " within " + p.Limits.words()
	}
	return name
}

// An Instance is a problem to be solved once.
type Instance struct {
	Problem *descent.Problem
	X0      []float64
	Minimum float64 // the least value, NaN if it is not known

	task *fitTask // of a problem with data; nil else: what a contestant from outside gets
}

// size is what costs in units of whole gradients need to know.
type size struct{ dim, terms float64 }

func sizeOf(p *descent.Problem) size {
	s := size{float64(p.Dim), 1}
	if o, ok := p.Objective.(interface{ Terms() int }); ok { // sums, and networks
		s.terms = max(1, float64(o.Terms()))
	}
	return s
}

// A family is an analytic problem of any size.
type family struct {
	name       string
	parameters map[string]float64 // with their defaults
	build      func(v map[string]float64) (f descent.Objective, x0 []float64, minimum float64)
}

// families are the problems with parameters.
var families = []family{
	{"rosenbrock", map[string]float64{"n": 2}, func(v map[string]float64) (descent.Objective, []float64, float64) {
		x0 := make([]float64, int(v["n"]))
		for i := range x0 {
			x0[i] = 1
			if i%2 == 0 {
				x0[i] = -1.2
			}
		}
		return analytic.Rosenbrock{}, x0, 0
	}},
	{"quadratic", map[string]float64{"n": 50, "kappa": 100}, func(v map[string]float64) (descent.Objective, []float64, float64) {
		n := int(v["n"])
		return analytic.DiagonalQuadratic(n, 1, v["kappa"]), slices.Repeat([]float64{1}, n), 0
	}},
	{"nesterov-worst", map[string]float64{"n": 100}, func(v map[string]float64) (descent.Objective, []float64, float64) {
		f := &analytic.NesterovWorst{N: int(v["n"]), L: 1}
		return f, make([]float64, f.N), f.Minimum()
	}},
}

// Analytic returns an analytic problem: an ID of the catalog (see descent list problems), or
// rosenbrock, quadratic or nesterov-worst with parameters, as in "rosenbrock:n=10" and
// "quadratic:n=50:kappa=1e4". With spread > 0 the seeds are starts: each coordinate x0_i moves
// by spread max(1, |x0_i|) times a standard normal number.
func Analytic(text string, spread float64) (Problem, error) {
	if !(spread >= 0) || math.IsInf(spread, 1) {
		return Problem{}, fmt.Errorf("spread = %v: want a number >= 0", spread)
	}
	name := text
	build, err := analyticBuilder(text)
	if err != nil {
		return Problem{}, err
	}
	if spread > 0 {
		name += fmt.Sprintf(" spread=%g", spread)
	}
	return Problem{Verb: "minimize", Name: name, Varies: spread > 0, New: func(seed uint64) (*Instance, error) {
		in := build()
		in.Problem.Name = name
		if spread > 0 {
			s := rng.New(seed, "study start")
			for i, v := range in.X0 {
				in.X0[i] += spread * max(1, math.Abs(v)) * s.Norm()
			}
		}
		return in, nil
	}}, nil
}

// analyticBuilder finds a problem by its text.
func analyticBuilder(text string) (func() *Instance, error) {
	name, rest, parametric := strings.Cut(text, ":")
	var known []string
	for _, f := range families {
		known = append(known, f.name)
		if f.name == name {
			v, err := f.read(rest)
			if err != nil {
				return nil, err
			}
			return func() *Instance {
				objective, x0, minimum := f.build(v)
				return &Instance{Problem: &descent.Problem{Name: text, Dim: len(x0), Objective: objective}, X0: x0, Minimum: minimum}
			}, nil
		}
	}
	if spec, ok := analytic.Lookup(text); ok {
		least := min(spec.FStar, slices.Min(append(spec.OtherMinima, math.Inf(1))))
		return func() *Instance {
			return &Instance{Problem: spec.New(), X0: slices.Clone(spec.X0), Minimum: least}
		}, nil
	}
	if parametric {
		return nil, fmt.Errorf("problem %q: only %s take parameters", text, strings.Join(known, ", "))
	}
	for _, s := range analytic.All() {
		known = append(known, s.ID)
	}
	return nil, fmt.Errorf("unknown problem %q%s; `descent list problems` lists them all", text, catalog.DidYouMean(text, known))
}

// read reads n=10:kappa=1e4.
func (f family) read(text string) (map[string]float64, error) {
	v := map[string]float64{}
	var names []string
	for k, d := range f.parameters {
		v[k] = d
		names = append(names, k)
	}
	slices.Sort(names)
	for _, item := range strings.Split(text, ":") {
		if text == "" {
			break
		}
		key, value, _ := strings.Cut(item, "=")
		if _, ok := v[key]; !ok {
			return nil, fmt.Errorf("problem %s: parameter %q: want %s, such as %s:n=10", f.name, item, strings.Join(names, " or "), f.name)
		}
		x, err := strconv.ParseFloat(value, 64)
		if err != nil || !(x >= 1) || math.IsInf(x, 1) || key == "n" && (x != math.Trunc(x) || x < 2 || x > 1e8) {
			return nil, fmt.Errorf("problem %s: %s=%q: want %s", f.name, key, value, map[bool]string{true: "a whole number from 2 on, at most 100000000", false: "a number >= 1"}[key == "n"])
		}
		v[key] = x
	}
	return v, nil
}
