package study

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/godescent/descent"
)

// A Study is what is compared: every arm runs on every problem with every seed.
type Study struct {
	Name     string
	Problems []Problem
	Arms     []Arm
	Seeds    []uint64 // below 2^32; nil is 1 to 10
	Limits   Limits
	Target   Target    // zero: the certificate within Limits.Tolerance
	Also     []float64 // easier bounds of the same kind that the same runs are judged by too
	Measure  Measure   // "": Work, Seconds if there is a contestant from outside
	Level    float64   // of intervals; 0 is 0.95
	Baseline string    // the arm that all others are compared with; "": the best
	Patient  bool      // run hopeless arms to the end
	Tags     []string
}

// Limits end the runs.
type Limits struct {
	Tolerance   float64       // on the certificate; 0 is descent.DefaultTol
	Iterations  int           // 0 is descent.DefaultMaxIter
	Evaluations int           // 0 is none
	Time        time.Duration // 0 is none
}

// words says what ends a run, but for the tolerance: "100 iterations", "1000 evaluations, 10s".
func (l Limits) words() string {
	parts := []string{count(l.Iterations, "iteration")}
	if l.Iterations == 0 {
		parts = nil
	}
	if l.Evaluations > 0 {
		parts = append(parts, count(l.Evaluations, "evaluation"))
	}
	if l.Time > 0 {
		parts = append(parts, l.Time.String())
	}
	return strings.Join(parts, ", ")
}

// limits are those of the runs on problem p.
func (s *Study) limits(p int) Limits {
	l := s.Limits
	if own := s.Problems[p].Limits; own != nil {
		l = *own
		l.Tolerance, l.Iterations = s.Limits.Tolerance, cmp.Or(l.Iterations, s.Limits.Iterations)
	}
	return l
}

// scaled returns a share of the limits.
func (l Limits) scaled(share float64) Limits {
	if share < 1 {
		l.Iterations = max(1, int(share*float64(l.Iterations)))
		if l.Evaluations > 0 {
			l.Evaluations = max(1, int(share*float64(l.Evaluations)))
		}
		l.Time = time.Duration(share * float64(l.Time))
	}
	return l
}

// texts are the limits in a cell.
func (l Limits) texts() map[string]string {
	t := map[string]string{"tolerance": strconv.FormatFloat(l.Tolerance, 'g', -1, 64), "iterations": strconv.Itoa(l.Iterations)}
	if l.Evaluations > 0 {
		t["evaluations"] = strconv.Itoa(l.Evaluations)
	}
	if l.Time > 0 {
		t["seconds"] = strconv.FormatFloat(l.Time.Seconds(), 'g', -1, 64)
	}
	return t
}

// patience is after how many seeds arms are judged hopeless: an arm is given up on a problem
// if it missed the target with each of the first patience seeds, and another arm
// reached it with each of them at a tenth of the cost or less.
const (
	patience     = 3
	hopelessFrom = 10
)

// complete validates the study and fills in defaults.
func (s *Study) complete() error {
	switch {
	case len(s.Problems) == 0:
		return errors.New("a study without problems: want data and a model, or a problem of the catalog")
	case len(s.Arms) == 0:
		return errors.New("a study without methods: want at least one")
	}
	if s.Seeds == nil {
		s.Seeds = []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	}
	seen := make(map[uint64]bool, len(s.Seeds))
	for _, seed := range s.Seeds {
		if seed >= firstTrial || seen[seed] {
			return fmt.Errorf("seed %d: want different seeds below 2^32 (those above belong to tuning)", seed)
		}
		seen[seed] = true
	}
	if len(s.Seeds) == 0 {
		return errors.New("a study without seeds: want at least one")
	}
	if err := s.completeLimits(); err != nil {
		return err
	}
	for i, p := range s.Problems {
		if l := s.limits(i); l.Iterations < 1 || l.Evaluations < 0 || l.Time < 0 {
			return fmt.Errorf("%s: want at least one iteration and no negative limit", p)
		}
		if p.Verb == trainVerb && s.Target.Kind == CertificateTarget {
			return fmt.Errorf("%s: a network has no certificate: want a target on the value, which is the mean loss, or on its reduction", p)
		}
	}
	outside := slices.ContainsFunc(s.Arms, func(a Arm) bool { return a.Method == "" })
	if s.Measure == "" {
		s.Measure = Work
		if outside {
			s.Measure = Seconds
		}
	}
	s.Level = cmp.Or(s.Level, 0.95)
	switch {
	case s.Measure.check() != nil:
		return s.Measure.check()
	case outside && s.Measure != Seconds:
		return fmt.Errorf("measure %s: a contestant from outside counts nothing that can be compared: want %s", s.Measure, Seconds)
	case !(s.Level > 0.5 && s.Level < 1):
		return fmt.Errorf("level of intervals %v: want a share between 0.5 and 1, such as 0.95", s.Level)
	}
	if err := s.completeArms(); err != nil {
		return err
	}
	for _, p := range s.Problems {
		for _, a := range s.Arms {
			if a.Rule != (p.Verb == trainVerb) && a.Method != "" {
				return fmt.Errorf("%s on %s: want %s", a.Name, p, map[bool]string{true: "an update rule (descent list rules) to train a network", false: "a method (descent list methods): update rules train networks"}[p.Verb == trainVerb])
			}
		}
	}
	return nil
}

func (s *Study) completeLimits() error {
	l := &s.Limits
	if s.Target.Kind == "" {
		s.Target = Target{CertificateTarget, cmp.Or(l.Tolerance, descent.DefaultTol)}
	}
	if err := s.Target.check(); err != nil {
		return err
	}
	if s.Target.Kind == CertificateTarget {
		l.Tolerance = s.Target.Bound
	}
	for _, bound := range s.Also {
		if !(bound > s.Target.Bound) {
			return fmt.Errorf("target: also %g: want bounds that are easier than %g", bound, s.Target.Bound)
		}
		if err := (Target{s.Target.Kind, bound}).check(); err != nil {
			return err
		}
	}
	l.Tolerance = cmp.Or(l.Tolerance, descent.DefaultTol)
	l.Iterations = cmp.Or(l.Iterations, descent.DefaultMaxIter)
	if !(l.Tolerance > 0) || math.IsInf(l.Tolerance, 1) || l.Iterations < 1 || l.Evaluations < 0 || l.Time < 0 {
		return fmt.Errorf("limits: tolerance %v, %d iterations, %d evaluations, %v: want a tolerance > 0, at least one iteration, and no negative number", l.Tolerance, l.Iterations, l.Evaluations, l.Time)
	}
	return nil
}

func (s *Study) completeArms() error {
	var names []string
	for i := range s.Arms {
		a := &s.Arms[i]
		a.Name = cmp.Or(a.Name, a.Method)
		if err := a.check(); err != nil {
			return err
		}
		if slices.Contains(names, a.Name) {
			return fmt.Errorf("method %s is there twice: want different names, such as mine=%s", a.Name, a.Name)
		}
		names = append(names, a.Name)
	}
	if s.Baseline != "" && !slices.Contains(names, s.Baseline) {
		return fmt.Errorf("baseline %s: want one of the methods of the study: %v", s.Baseline, names)
	}
	data := map[string]string{} // hashes, by problem
	for _, p := range s.Problems {
		sum, twice := data[p.String()]
		switch {
		case twice && sum != p.SHA256:
			return fmt.Errorf("problem %s is there twice, with different data: want different names of the files", p)
		case twice:
			return fmt.Errorf("problem %s is there twice", p)
		}
		data[p.String()] = p.SHA256
	}
	return nil
}

// arm returns the index of the arm of a name, -1 if there is none.
func (s *Study) arm(name string) int {
	return slices.IndexFunc(s.Arms, func(a Arm) bool { return a.Name == name })
}
