package study

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/godescent/descent"
	"github.com/godescent/descent/catalog"
)

// An Arm is what a study compares: a method of the catalog with its options, or a contestant
// from outside, and how it is tuned.
type Arm struct {
	Name    string            // in tables and verdicts; unique
	Method  string            // ID in the catalog, or an update rule; "" for a contestant from outside
	Rule    bool              // Method is an update rule, and trains networks
	Options map[string]string // set to other than their defaults
	Tuning  *Tuning           // nil: run with the options as they are

	// Recorded is a version of the code whose records stand for runs: the arm is as it was then,
	// and nothing of it runs. "" is the present code.
	Recorded string

	Command []string // of a contestant from outside: see Contestant
	Version string   // of the contestant; a part of the key of its cells
}

// alias is another name of a method with options.
type alias struct {
	method  string
	options map[string]string
}

// aliases are the names that people use.
var aliases = map[string]alias{
	"cd":        {"bcd", map[string]string{"block": "1", "select": "cyclic"}},
	"greedy-cd": {"bcd", map[string]string{"block": "1"}},
	"l-bfgs":    {"lbfgs", nil},
	"l-bfgs-b":  {"lbfgsb", nil},
	"ista":      {"prox-grad", nil},
	"agd":       {"nesterov", nil},
	"newton-cg": {"tr-newton-cg", nil},
}

// ParseArm reads an arm from text: a method and its options, separated by colons, perhaps
// with a name of its own.
//
//	fista    l-bfgs:memory=5    slow=sgd:step=0.01
//
// An option with several values is tuned: step=0.01|0.1|1 are three, step=1e-3..10 is a range,
// on a logarithmic scale if both ends are positive. tune=grid, random or halving
// says how and budget=N how many settings are tried. The name is the text unless one is given. Beside the IDs of
// the catalog there are cd (bcd one coordinate after the other), greedy-cd, l-bfgs and
// other usual names. fista@VERSION is the method as it was in a version of the code, by the
// records that the memory has of it.
func ParseArm(text string) (Arm, error) { return parseArm(text, (*Arm).setMethod) }

// parseArm reads an arm whose method is set by set.
func parseArm(text string, set func(a *Arm, name string) error) (Arm, error) {
	parts := strings.Split(text, ":")
	a := Arm{Name: text, Options: map[string]string{}}
	id := parts[0]
	if name, rest, named := strings.Cut(id, "="); named {
		a.Name, id = strings.TrimSpace(name), rest
	}
	var recorded bool
	if id, a.Recorded, recorded = strings.Cut(id, "@"); recorded && a.Recorded == "" {
		return Arm{}, fmt.Errorf("method %q: want a version after @, as descent version --json prints it", text)
	}
	if err := set(&a, id); err != nil {
		return Arm{}, err
	}
	t := Tuning{Space: map[string]Range{}}
	for _, item := range parts[1:] {
		key, value, ok := strings.Cut(item, "=")
		if !ok {
			return Arm{}, fmt.Errorf("method %q: %q: want option=value", text, item)
		}
		r, err := parseRange(value)
		switch {
		case key == "tune":
			t.Strategy = Strategy(value)
		case key == "budget":
			if t.Budget, err = strconv.Atoi(value); err != nil {
				return Arm{}, fmt.Errorf("method %q: budget=%s: want a whole number of settings", text, value)
			}
		case err != nil:
			return Arm{}, fmt.Errorf("method %q: option %s: %w", text, key, err)
		case r.fixed():
			a.Options[key] = r.Choices[0]
		default:
			t.Space[key] = r
		}
	}
	if len(t.Space) > 0 || t.Strategy != "" || t.Budget != 0 {
		a.Tuning = &t
	}
	return a, a.check()
}

// setMethod finds the method of a name, with the options that an alias stands for.
func (a *Arm) setMethod(name string) error {
	id := strings.ToLower(strings.TrimSpace(name))
	if al, ok := aliases[id]; ok {
		id = al.method
		a.Options = maps.Clone(al.options)
		if a.Options == nil {
			a.Options = map[string]string{}
		}
	}
	e, err := catalog.Lookup(id)
	if err != nil {
		return err
	}
	a.Method = e.ID
	return nil
}

// check validates options, and fills in the defaults of tuning.
func (a *Arm) check() error {
	switch {
	case a.Name == "":
		return errors.New("a method without a name")
	case strings.ContainsAny(a.Name, "\"\n\t"):
		return fmt.Errorf("method %q: a name has no quotes and no line breaks", a.Name)
	case (a.Method == "") == (len(a.Command) == 0):
		return fmt.Errorf("method %s: want an ID of the catalog or the command of a contestant", a.Name)
	case a.Recorded != "" && (a.Tuning != nil || a.Method == ""):
		return fmt.Errorf("method %s: of version %s there are records only: want no tuning, and a method of the catalog", a.Name, a.Recorded)
	case a.Tuning != nil && a.Method == "":
		return fmt.Errorf("method %s: a contestant from outside tunes itself", a.Name)
	case a.Method == "":
		return nil
	}
	if _, err := a.method(a.Options, 1); err != nil {
		return err
	}
	if a.Tuning == nil {
		return nil
	}
	if err := a.Tuning.check(); err != nil {
		return fmt.Errorf("method %s: %w", a.Name, err)
	}
	for _, at := range []float64{0, 1} {
		if _, err := a.method(a.with(a.Tuning.corner(at)), 1); err != nil {
			return err
		}
	}
	for name, r := range a.Tuning.Space {
		for _, choice := range r.Choices {
			setting := a.Tuning.corner(0)
			setting[name] = choice
			if _, err := a.method(a.with(setting), 1); err != nil {
				return err
			}
		}
	}
	return nil
}

// with returns the options of the arm and those of a setting.
func (a *Arm) with(setting map[string]string) map[string]string {
	o := maps.Clone(a.Options)
	if o == nil {
		o = map[string]string{}
	}
	maps.Copy(o, setting)
	return o
}

// method returns the method with options set, for runs of so many iterations at most.
func (a *Arm) method(options map[string]string, iterations int) (descent.Method, error) {
	if a.Rule {
		return a.training(options, iterations)
	}
	e, err := catalog.Lookup(a.Method)
	if err != nil {
		return nil, err
	}
	m := e.New()
	for _, key := range slices.Sorted(maps.Keys(options)) {
		if err := catalog.Set(m, key+"="+options[key]); err != nil {
			return nil, fmt.Errorf("method %s: %w", a.Name, err)
		}
	}
	return m, nil
}

// fits returns an error if the method cannot run on the problem.
func (a *Arm) fits(p *descent.Problem) error {
	if a.Rule {
		return nil // the method says so itself when it starts
	}
	e, err := catalog.Lookup(a.Method)
	if err != nil {
		return err
	}
	return e.Check(p)
}

// draws reports whether the method draws random numbers from the seed of the cell.
func (a *Arm) draws() bool {
	if a.Method == "" || a.Rule {
		return true // of a contestant as far as anyone knows
	}
	e, err := catalog.Lookup(a.Method)
	return err == nil && slices.ContainsFunc(catalog.Options(e.New()), func(o catalog.Option) bool { return o.Name == "seed" })
}

// A Range is the values of an option that tuning chooses from: Choices, or the numbers from
// Low to High.
type Range struct {
	Choices   []string
	Low, High float64
	Log       bool // uniform in the logarithm
	Integer   bool // whole numbers only
}

func (r Range) fixed() bool { return len(r.Choices) == 1 }

// parseRange reads a|b|c, lo..hi or one value.
func parseRange(text string) (Range, error) {
	lo, hi, ok := strings.Cut(text, "..")
	if !ok {
		return Range{Choices: strings.Split(text, "|")}, nil
	}
	a, err1 := strconv.ParseFloat(lo, 64)
	b, err2 := strconv.ParseFloat(hi, 64)
	if err1 != nil || err2 != nil || !(a < b) || math.IsInf(a, 0) || math.IsInf(b, 0) {
		return Range{}, fmt.Errorf("%q: want low..high, two numbers that increase, such as 1e-3..10", text)
	}
	whole := !strings.ContainsAny(text, "eE") && !strings.Contains(lo, ".") && !strings.Contains(hi, ".")
	return Range{Low: a, High: b, Log: a > 0, Integer: whole}, nil
}

// at returns the value at u in [0, 1).
func (r Range) at(u float64) string {
	if r.Choices != nil {
		return r.Choices[min(int(u*float64(len(r.Choices))), len(r.Choices)-1)]
	}
	v := r.Low + u*(r.High-r.Low)
	if r.Log {
		v = r.Low * math.Exp(u*math.Log(r.High/r.Low))
	}
	if r.Integer {
		return strconv.FormatFloat(math.Round(v), 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}
