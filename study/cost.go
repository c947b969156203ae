package study

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/godescent/descent"
)

// A Measure is what a comparison counts.
type Measure string

// The measures. Counted ones are the same on every machine and in every run.
const (
	// Work is the cost of the counted oracle calls in values of f: a gradient and a
	// Hessian-vector product are 2, a Hessian is 4, the gradients of all terms of a sum and the
	// partial derivatives of all coordinates are 2, the targets of all terms are 1. It is what the driver goes by.
	Work        Measure = "work"
	Evaluations Measure = "evaluations" // of f, with or without its gradient
	Iterations  Measure = "iterations"
	Seconds     Measure = "seconds" // of the clock, one core to a cell
)

// Measures lists them.
func Measures() []Measure { return []Measure{Work, Evaluations, Iterations, Seconds} }

func (m Measure) check() error {
	if slices.Contains(Measures(), m) {
		return nil
	}
	var names []string
	for _, k := range Measures() {
		names = append(names, string(k))
	}
	return fmt.Errorf("measure %q: want one of %s", string(m), strings.Join(names, ", "))
}

// counted reports whether the measure is the same in every run.
func (m Measure) counted() bool { return m != Seconds }

// of returns the cost of a part of a run. The least cost of anything is one unit, of the
// clock a nanosecond: ratios need a positive number.
func (m Measure) of(c descent.Counts, iterations int, seconds float64, s size) float64 {
	switch m {
	case Seconds:
		return max(1e-9, seconds)
	case Iterations:
		return max(1, float64(iterations))
	case Evaluations:
		return max(1, float64(c.Evals()))
	}
	return max(1, float64(c.Value)+2*float64(c.Gradient+c.HessVec)+4*float64(c.Hessian)+(2*float64(c.Term)+float64(c.Target))/s.terms+2*float64(c.Coordinate)/s.dim)
}

// A Target is what a run must reach. The cost of reaching it is that of the first point of the
// trace which does. Certificates are measured after each tenth of the work, so costs are
// known up to about a tenth; intervals allow for that.
type Target struct {
	Kind  TargetKind `json:"kind"`
	Bound float64    `json:"bound"`
}

// A TargetKind says what is compared with the bound.
type TargetKind string

// The kinds of targets.
const (
	// CertificateTarget: the certificate is at most Bound. Runs stop there.
	CertificateTarget TargetKind = "certificate"
	// ValueTarget: the value of the objective is at most Bound.
	ValueTarget TargetKind = "value"
	// ReductionTarget: F(x) <= F_L + Bound (F(x0) - F_L), where F_L is the known minimum, or the least value
	// that any method has reached on the instance (Moré and Wild 2009).
	ReductionTarget TargetKind = "reduction"
)

func (t Target) check() error {
	switch t.Kind {
	case CertificateTarget:
		if !(t.Bound > 0) || math.IsInf(t.Bound, 1) {
			return fmt.Errorf("target: a certificate of %v: want a number > 0", t.Bound)
		}
	case ValueTarget:
		if math.IsNaN(t.Bound) || math.IsInf(t.Bound, 0) {
			return fmt.Errorf("target: a value of %v: want a finite number", t.Bound)
		}
	case ReductionTarget:
		if !(t.Bound > 0 && t.Bound < 1) {
			return fmt.Errorf("target: a reduction of %v: want the share of F(x0) - min F that may be left, between 0 and 1", t.Bound)
		}
	default:
		return fmt.Errorf("target %q: want %s, %s or %s", string(t.Kind), CertificateTarget, ValueTarget, ReductionTarget)
	}
	return nil
}

// Words names the target for certificates of a kind: "a relative duality gap of 1e-06".
func (t Target) Words(certificate string) string {
	switch t.Kind {
	case ValueTarget:
		return fmt.Sprintf("F = %g", t.Bound)
	case ReductionTarget:
		return fmt.Sprintf("%g of the first distance to the minimum", t.Bound)
	}
	if certificate == "" {
		certificate = "certificate"
	}
	return fmt.Sprintf("a %s of %g", certificate, t.Bound)
}

// threshold turns a target into one on the value, given the start's and the least value.
func (t Target) threshold(first, least float64) float64 {
	if t.Kind == ReductionTarget {
		return least + t.Bound*(first-least)
	}
	return t.Bound
}

// A price is what a run cost up to the target, or all that it cost if it missed it. The target
// was reached after low and at most at high: low < high where the trace leaves out
// iterates in between.
type price struct {
	low, high float64
	reached   bool
}

// price returns the price of a run. threshold is that of [Target.threshold].
func (t Target) price(r *Record, m Measure, threshold float64) price {
	s := recordSize(r)
	if r.Error != "" {
		least := m.of(descent.Counts{}, 0, 0, s)
		return price{least, least, false}
	}
	for k, p := range r.Trace {
		v := p.Value
		if t.Kind == CertificateTarget {
			v = p.Certificate
		}
		if v > threshold || v != v {
			continue
		}
		high := m.of(p.Counts, p.Iteration, p.Seconds, s)
		low := high
		if k == 1 && outside(r) {
			return price{high, high, true} // the start before the first answer is no answer
		}
		if k > 0 && (p.Iteration > r.Trace[k-1].Iteration+1 || r.Verb == trainVerb) { // an epoch is many steps
			before := r.Trace[k-1]
			low = m.of(before.Counts, before.Iteration, before.Seconds, s)
		}
		return price{low, high, true}
	}
	all := m.of(r.Counts, r.Iterations, r.Seconds, s)
	return price{all, all, false}
}

// The metrics of every record that ran: what [Work] needs.
const (
	metricDim   = "dim"
	metricTerms = "terms"
)

func recordSize(r *Record) size {
	return size{max(1, r.Metrics[metricDim]), max(1, r.Metrics[metricTerms])}
}

// At returns what the run of r had cost at a point of its trace. The least cost of anything is one unit,
// of the clock a nanosecond.
func (m Measure) At(r *Record, t descent.TracePoint) float64 {
	return m.of(t.Counts, t.Iteration, t.Seconds, recordSize(r))
}
