package descent

import (
	"fmt"
	"math"
	"time"
)

// A Status says how a run ended. Only Converged means that the certificate is
// within its tolerance; reaching a limit is never success.
type Status string

// The ways a run can end.
const (
	Converged  Status = "converged"  // the certificate is within tolerance
	Limit      Status = "limit"      // a limit was reached first; Result.Limit names it
	Stalled    Status = "stalled"    // the method can make no further progress
	Diverged   Status = "diverged"   // an oracle or the iterates became NaN or infinite
	Infeasible Status = "infeasible" // the constraints cannot be met
	Unbounded  Status = "unbounded"  // the objective falls below every bound
	Cancelled  Status = "cancelled"  // the context ended
)

// Kinds of certificates, best first. Each bounds how far x is from optimal.
const (
	// GapCertificate: (F(x) - D(u)) / max(1, |F(x)|) for a dual feasible u, hence
	// a bound on the relative suboptimality of x.
	GapCertificate = "relative duality gap"
	// GradientCertificate: the infinity norm of the gradient (smooth, no constraint).
	GradientCertificate = "gradient norm"
	// SubdiffCertificate: the infinity norm of the distance of 0 to the
	// subdifferential of f + h at x.
	SubdiffCertificate = "subdifferential distance"
	// KKTCertificate: the infinity norm of the projected gradient, for bounds: the
	// largest component of x - P(x - grad f(x)).
	KKTCertificate = "kkt residual"
	// ResidualCertificate: |b - Ax| / |b| for linear systems.
	ResidualCertificate = "relative residual"
	// NoCertificate: the problem can answer nothing but values.
	NoCertificate = "none"
)

// A Certificate is evidence, measured by the driver at the returned x, that x is
// within Tolerance of optimal in the sense of Kind.
type Certificate struct {
	Kind      string
	Value     float64
	Tolerance float64
}

// Holds reports whether the certificate is within its tolerance.
func (c Certificate) Holds() bool { return c.Value <= c.Tolerance }

func (c Certificate) String() string {
	return fmt.Sprintf("%s %.3g (tolerance %.3g)", c.Kind, c.Value, c.Tolerance)
}

// A TracePoint is what the driver saw when it measured a certificate.
type TracePoint struct {
	Iteration   int
	Seconds     float64 // since the start, earlier parts of a resumed run included
	Value       float64 // f + h at the iterate
	Certificate float64
	Counts      Counts
}

// A Series is a number for each iteration of a run, the first iteration first.
type Series struct {
	Name   string
	Values []float64
}

// A Result is the answer of a run and the evidence for it.
type Result struct {
	X           []float64
	Value       float64 // f + h at X
	Status      Status
	Limit       string // which limit, if Status is Limit
	Certificate Certificate
	Witness     []float64 // the dual point that the certificate rests on; nil where x alone proves it
	Iterations  int
	Counts      Counts
	Seconds     float64
	Diagnosis   []string // why it stopped, what limited it, what to try
	Trace       []TracePoint
	Series      []Series // of a run that records some
	Checkpoint  []byte   // give it to Options.Resume to go on, bit for bit; nil if the stop fell inside an iteration (but for an Interruptible run), or with Options.NoCheckpoint
}

// Progress is what an observer sees while a run is going on.
type Progress struct {
	Iteration   int
	Elapsed     time.Duration
	Value       float64 // at the last certificate
	Certificate Certificate
	Counts      Counts
	Series      []Series // of a run that records some; only until the observer returns
	Fraction    float64  // of the way to the tolerance or the nearest limit, in [0, 1]; an estimate
}

// diagnose says in plain words why the run ended as it did and what to try.
func (r *Result) diagnose(reason string, p *Problem) []string {
	var d []string
	add := func(format string, args ...any) { d = append(d, fmt.Sprintf(format, args...)) }
	c := r.Certificate
	switch r.Status {
	case Limit:
		add("stopped by the limit of %s with %s", r.Limit, c)
		d = append(d, r.outlook()...)
		d = append(d, r.noise()...)
	case Stalled:
		if reason == "" {
			reason = "the method can make no further progress"
		}
		add("stalled: %s; %s", reason, c)
		if eps := 0x1p-52 * math.Max(1, math.Abs(r.Value)); c.Kind != NoCertificate && c.Value < 1e3*math.Sqrt(eps) {
			add("near the rounding error of the objective (about %.1g): a larger tolerance is what this problem allows, or scale it", eps)
		}
	case Diverged:
		add("%s after %d iterations; x is the last finite iterate", reason, r.Iterations)
		add("try a smaller step, a method with a line search, or scaled data")
	case Unbounded:
		add("the objective fell to %.3g: it seems to have no lower bound; add a regularizer or bounds", r.Value)
	case Cancelled:
		add("cancelled after %d iterations with %s", r.Iterations, c)
	}
	if c.Kind == NoCertificate {
		add("the problem answers values only, so nothing certifies this x")
	}
	if r.Status == Limit || r.Status == Stalled {
		d = append(d, r.spectrum(p)...)
	}
	if g, ok := p.Objective.(Diagnoser); ok && r.Status != Converged {
		d = append(d, g.Diagnose(r.X)...)
	}
	return d
}

// outlook extrapolates the certificate over the second half of the trace.
func (r *Result) outlook() []string {
	n := len(r.Trace)
	if n < 4 || r.Certificate.Kind == NoCertificate {
		return []string{"try a larger limit, or another method"}
	}
	a, b := r.Trace[n/2], r.Trace[n-1]
	rate := (math.Log(a.Certificate) - math.Log(b.Certificate)) / float64(b.Iteration-a.Iteration)
	if !(rate > 1e-12) || math.IsInf(rate, 0) {
		return []string{"the certificate did not fall over the second half of the run: try another method, scaled data or another step"}
	}
	more := math.Log(r.Certificate.Value/r.Certificate.Tolerance) / rate
	per := 100.0
	for math.Exp(per*rate) < 1.1 {
		per *= 10
	}
	s := fmt.Sprintf("the certificate falls by a factor of %.3g per %.0f iterations: about %.0f more iterations would reach the tolerance", math.Exp(per*rate), per, math.Ceil(more))
	if more > 10*float64(r.Iterations) {
		return []string{s, "that is slow: try a second-order or accelerated method, scaled data, or more regularization"}
	}
	return []string{s}
}
