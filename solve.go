package descent

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/godescent/descent/internal/checkpoint"
)

// A Method holds the options of an algorithm; its zero value is the documented
// default, and a run never changes it. Start validates the options and the
// oracles that it needs, and returns a run at x0, which it must copy.
type Method interface {
	Start(p *Problem, x0 []float64) (Run, error)
}

// A Run is the state of a method on a problem. Its exported fields are the
// loop-carried state, hence the checkpoint. Iterates goes on from that state: it
// yields x after every iteration, as the last statement of the loop and with all
// state stored, and returns when yield returns false, or by itself when no
// further progress is possible. The yielded x aliases the run.
type Run interface {
	Iterates(yield func(x []float64) bool)
}

// A Stopper is a Run that can say why Iterates returned by itself.
type Stopper interface {
	StopReason() string
}

// A Hinter is a Run that knows, at no cost, about how large the norm of the gradient
// (projected, for bounds; the distance to the subdifferential) is at the last iterate. Where that is within tolerance the
// driver measures ahead of its cadence: an iterate that is good enough is not passed
// over. A hint decides nothing else.
type Hinter interface {
	Hint() float64
}

// A GapHinter is a Run that knows, at no cost, a number about proportional to how far F(x)
// is above its minimum at the last iterate. Problems with a duality gap are then measured
// where the gap would be within tolerance if it had fallen as the hint did since the last
// certificate, and elsewhere only when the work has doubled. 0 asks for a
// certificate, +Inf means that the run does not know.
type GapHinter interface {
	GapHint() float64
}

// A Witness is a Run that holds evidence for its iterate beside x: a dual point. The
// driver hands it to the problem's [WitnessCertifier], which checks it; so a wrong
// witness makes a worse certificate, never a false one.
type Witness interface {
	Witness() []float64
}

// A Recorder is a Run that keeps numbers of its own about its iterations: the loss on data kept
// apart, say, or the learning rate. Observers and the Result get them.
type Recorder interface {
	Series() []Series
}

// An Interruptible is a Run whose exported state is whole whenever it calls a counted oracle:
// iterations that take minutes can be left, saved and resumed inside.
type Interruptible interface {
	Interruptible()
}

// Options are the driver's limits and services. The zero value means: tolerance
// 1e-6, at most DefaultMaxIter iterations, no other limit, no checkpoint file.
type Options struct {
	Tol      float64       // tolerance on the certificate; 0 means DefaultTol, negative means never satisfied
	MaxIter  int           // iterations; 0 means DefaultMaxIter
	MaxEvals int           // evaluations of f (with or without gradient); 0 means no limit
	MaxTime  time.Duration // 0 means no limit

	CheckpointFile  string        // written every CheckpointEvery and at the end; "" means none
	CheckpointEvery time.Duration // 0 means DefaultCheckpointEvery
	Resume          []byte        // a checkpoint of the same method, options and problem to go on from
	NoCheckpoint    bool          // leave Result.Checkpoint nil: for many short runs, where making it takes its share

	TraceEvery int // iterations between two certificates, which make the trace; 0: a tenth of the work so far, so that they cost little

	Observe func(Progress) // called now and then; must not keep the run waiting
}

// Defaults of Options.
const (
	DefaultTol             = 1e-6
	DefaultMaxIter         = 100_000
	DefaultCheckpointEvery = 10 * time.Second
)

func (o Options) check() error {
	switch {
	case math.IsNaN(o.Tol) || math.IsInf(o.Tol, 0):
		return fmt.Errorf("descent: tolerance %v: want a finite number", o.Tol)
	case o.MaxIter < 0:
		return fmt.Errorf("descent: limit of %d iterations: want >= 0 (0 means %d)", o.MaxIter, DefaultMaxIter)
	case o.MaxEvals < 0:
		return fmt.Errorf("descent: limit of %d evaluations: want >= 0 (0 means none)", o.MaxEvals)
	case o.TraceEvery < 0:
		return fmt.Errorf("descent: a point of the trace every %d iterations: want >= 0 (0: as work goes)", o.TraceEvery)
	case o.MaxTime < 0 || o.CheckpointEvery < 0:
		return fmt.Errorf("descent: negative time limit or checkpoint interval: want >= 0")
	}
	return nil
}

// lowest is the value below which an objective counts as unbounded.
const lowest = -1e100

// progress is the driver's part of a checkpoint.
type progress struct {
	Method, Options, Problem string // identity, to refuse a checkpoint of something else
	Iteration                int
	Counts                   Counts
	Seconds                  float64
	NextCheck                float64 // work at which the next certificate is due
	Hint                     float64 // of the gap, at the last certificate; 0 if there was none
	Trace                    []TracePoint
	Seen                     uint64  // checksum of the run's state at the last certificate if x did not move, else 0
	Value                    float64 // f + h at X, to recognize other data under the same name
	X                        []float64
}

// driver is one call of Solve.
type driver struct {
	p    *Problem
	run  Run
	hint Hinter // the run, if it is one
	gap  GapHinter
	wit  Witness
	rec  Recorder
	part bool // the run is Interruptible
	opt  Options
	ctx  context.Context
	t0   time.Time // start, shifted back by the seconds of earlier parts
	pr   progress
	cert Certificate

	x, before []float64 // the last two finite iterates
	good      []float64 // the last iterate at which the objective was finite
	g, u      []float64 // scratch for certificates

	poll, sinceClock int       // look at the clock every poll iterations
	clock            time.Time // when it was last looked at
	shown            time.Time // when Observe was last called
	saved            time.Time // when the checkpoint file was last written

	status Status
	limit  string
	reason string
	err    error
}

// hardStop leaves an iteration that runs far over a limit; only Solve recovers it.
type hardStop struct{ limit string }

// guard stops runaway iterations (an endless line search) at twice the budget.
type guard struct {
	d     *driver
	calls int
	every int
}

func (g *guard) check(p *Problem) {
	if g == nil {
		return
	}
	if m := g.d.opt.MaxEvals; m > 0 && p.counts.Evals() > 2*m {
		panic(hardStop{fmt.Sprintf("%d evaluations", m)})
	}
	if g.calls++; g.calls%g.every == 0 {
		g.slow()
	}
}

func (g *guard) slow() {
	d, now, most, patience := g.d, time.Now(), 2*g.d.opt.MaxTime, 2*time.Second
	if d.part {
		most, patience = d.opt.MaxTime, 0
		d.save(now)
	}
	if most > 0 && now.Sub(d.t0) > most {
		panic(hardStop{d.opt.MaxTime.String()})
	}
	if d.ctx.Err() != nil && now.Sub(d.clock) > patience {
		panic(hardStop{})
	}
	if d.opt.Observe != nil && now.Sub(d.shown) > observeEvery {
		d.observe(now)
	}
}

// observeEvery is how often an iteration that takes long is shown.
const observeEvery = 100 * time.Millisecond

func (d *driver) observe(now time.Time) {
	d.shown = now
	d.opt.Observe(d.progress(now))
}

// save writes the checkpoint file when it is due.
func (d *driver) save(now time.Time) {
	if d.opt.CheckpointFile == "" || now.Sub(d.saved) < d.opt.CheckpointEvery {
		return
	}
	b, err := d.encode()
	if err == nil {
		err = checkpoint.WriteFile(d.opt.CheckpointFile, b)
	}
	d.saved = time.Now()
	d.err = err
}

// Solve runs m on p from x0 until the certificate is within tolerance or a limit
// is reached. Errors are for bad input and failed checkpoint files only: a run
// that ends without a certificate is a Result whose Status says so. With
// opt.Resume it goes on from a checkpoint exactly as the uninterrupted run would
// have; x0 must then be the start of that run.
func Solve(ctx context.Context, p *Problem, m Method, x0 []float64, opt Options) (*Result, error) {
	if err := p.check(x0); err != nil {
		return nil, err
	}
	if err := opt.check(); err != nil {
		return nil, err
	}
	if opt.Tol == 0 {
		opt.Tol = DefaultTol
	}
	if opt.MaxIter == 0 {
		opt.MaxIter = DefaultMaxIter
	}
	if opt.CheckpointEvery == 0 {
		opt.CheckpointEvery = DefaultCheckpointEvery
	}
	d := &driver{p: p, opt: opt, ctx: ctx, t0: time.Now(), poll: 1}
	d.clock, d.saved = d.t0, d.t0
	p.counts, p.guard = Counts{}, nil
	run, err := m.Start(p, x0)
	if err != nil {
		return nil, err
	}
	d.run = run
	d.hint, _ = run.(Hinter)
	d.gap, _ = run.(GapHinter)
	d.wit, _ = run.(Witness)
	d.rec, _ = run.(Recorder)
	_, d.part = run.(Interruptible)
	d.x, d.before, d.good = slices.Clone(x0), slices.Clone(x0), slices.Clone(x0)
	d.g, d.u = make([]float64, p.Dim), make([]float64, p.Dim)
	d.pr.X = d.x
	if opt.Resume != nil || !d.unsaved() {
		d.pr.Method, d.pr.Options, d.pr.Problem = fmt.Sprintf("%T", m), describe(m), fmt.Sprintf("%s, dimension %d", p.Name, p.Dim)
		if o, ok := p.Objective.(Identifier); ok {
			d.pr.Problem += ", " + o.Identity()
		}
	}
	if opt.Resume != nil {
		if err := d.resume(); err != nil {
			return nil, err
		}
	}
	p.guard = &guard{d: d, every: 64}
	if p.Dim >= 10_000 || d.part {
		p.guard.every = 1
	}
	defer func() { p.guard = nil }()

	if opt.Resume == nil {
		d.measure(d.x) // an optimal start needs no iteration
	} else {
		d.verdict() // the tolerance or the limits may be new
	}
	resumable := true
	if d.status == "" {
		resumable = d.iterate()
	}
	return d.finish(resumable)
}

// iterate consumes the run. It reports whether the run stopped at a yield, so
// that its state is a checkpoint.
func (d *driver) iterate() (resumable bool) {
	defer func() {
		if e := recover(); e != nil {
			stop, ok := e.(hardStop)
			if !ok {
				panic(e)
			}
			resumable = d.part
			d.status, d.limit = Limit, stop.limit
			if !d.part {
				d.limit += " (inside an iteration)"
			}
			if stop.limit == "" {
				d.status = Cancelled
			}
		}
	}()
	for x := range d.run.Iterates {
		if d.step(x) {
			return true
		}
	}
	if n := len(d.pr.Trace); n == 0 || d.pr.Trace[n-1].Iteration != d.pr.Iteration {
		d.measure(d.x)
	}
	if d.status == "" {
		d.status = Stalled
		if s, ok := d.run.(Stopper); ok {
			d.reason = s.StopReason()
		}
	}
	return false
}

// step is the driver's work for one iteration; it reports whether to stop.
func (d *driver) step(x []float64) bool {
	d.pr.Iteration++
	d.x, d.before = d.before, d.x
	if !copyFinite(d.x, x) {
		d.diverged(x)
		return true
	}
	d.sinceClock++
	due := d.p.work() >= d.pr.NextCheck || d.hinted()
	if d.opt.TraceEvery > 0 {
		due = d.pr.Iteration%d.opt.TraceEvery == 0
	}
	if !due && d.sinceClock < d.poll && d.pr.Iteration < d.opt.MaxIter && (d.opt.MaxEvals == 0 || d.p.counts.Evals() < d.opt.MaxEvals) {
		return false
	}
	if d.sinceClock >= d.poll {
		d.tick()
	}
	if due {
		d.measure(x)
	}
	d.verdict()
	return d.status != ""
}

// hinted reports whether the run believes that x is good enough.
func (d *driver) hinted() bool {
	switch d.cert.Kind {
	case GradientCertificate, KKTCertificate, SubdiffCertificate:
		return d.hint != nil && d.hint.Hint() <= d.opt.Tol
	case GapCertificate:
		if d.gap == nil {
			return false
		}
		h := d.gap.GapHint()
		if d.pr.Hint > 0 { // the gap falls as the hint does
			return h/d.pr.Hint*d.cert.Value <= d.opt.Tol
		}
		return h <= d.opt.Tol
	}
	return false
}

// verdict stops the run where a limit or the context says so.
func (d *driver) verdict() {
	switch {
	case d.status != "":
	case len(d.pr.Trace) > 0 && d.pr.Trace[len(d.pr.Trace)-1].Iteration == d.pr.Iteration && d.cert.Holds():
		d.status = Converged
	case d.pr.Iteration >= d.opt.MaxIter:
		d.status, d.limit = Limit, fmt.Sprintf("%d iterations", d.opt.MaxIter)
	case d.opt.MaxEvals > 0 && d.p.counts.Evals() >= d.opt.MaxEvals:
		d.status, d.limit = Limit, fmt.Sprintf("%d evaluations", d.opt.MaxEvals)
	case d.opt.MaxTime > 0 && time.Since(d.t0) >= d.opt.MaxTime:
		d.status, d.limit = Limit, d.opt.MaxTime.String()
	case d.ctx.Err() != nil:
		d.status = Cancelled
	}
}

// tick looks at the clock: rarely where iterations are short.
func (d *driver) tick() {
	now := time.Now()
	gap := now.Sub(d.clock)
	d.clock, d.sinceClock = now, 0
	switch {
	case gap < time.Millisecond && d.poll < 1024:
		d.poll *= 2
	case gap > 10*time.Millisecond && d.poll > 1:
		d.poll = max(1, d.poll/8)
	}
	d.save(now)
	if d.opt.Observe != nil {
		d.observe(now)
	}
}

func (d *driver) progress(now time.Time) Progress {
	pr := Progress{Iteration: d.pr.Iteration, Elapsed: now.Sub(d.t0), Certificate: d.cert, Counts: d.p.counts}
	if d.rec != nil {
		pr.Series = d.rec.Series()
	}
	pr.Fraction = float64(d.pr.Iteration) / float64(d.opt.MaxIter)
	if d.opt.MaxEvals > 0 {
		pr.Fraction = max(pr.Fraction, float64(d.p.counts.Evals())/float64(d.opt.MaxEvals))
	}
	if d.opt.MaxTime > 0 {
		pr.Fraction = max(pr.Fraction, pr.Elapsed.Seconds()/d.opt.MaxTime.Seconds())
	}
	if n := len(d.pr.Trace); n > 0 {
		first, last := d.pr.Trace[0].Certificate, d.pr.Trace[n-1].Certificate
		pr.Value = d.pr.Trace[n-1].Value
		if f := math.Log(first/last) / math.Log(first/d.opt.Tol); f > 0 {
			pr.Fraction = max(pr.Fraction, f)
		}
	}
	pr.Fraction = min(1, pr.Fraction)
	return pr
}

// measure takes the certificate at x, off the method's account, and sets when
// the next one is due: after another tenth of the work done so far, and not before
// twice the work of a gradient (another whole where the run hints at its gap). So
// certificates cost a bounded share of a run, at points that depend on counted
// work and not on the clock.
func (d *driver) measure(x []float64) {
	p := d.p
	var value float64
	value, d.cert = certify(p, x, d.witness(), d.g, d.u, d.opt.Tol)
	if d.pr.Iteration == 0 && math.IsInf(p.Penalty(x), 1) {
		return // the start is outside of the set; the method's first iterate will not be
	}
	work := p.work()
	if d.gap != nil && d.cert.Kind == GapCertificate && (d.pr.Iteration == 0 || !math.IsInf(d.gap.GapHint(), 1)) {
		d.pr.NextCheck = work + max(8, work)
		if h := d.gap.GapHint(); !math.IsInf(h, 1) {
			d.pr.Hint = h
		}
	} else {
		d.pr.NextCheck = work + max(4, work/10)
	}
	d.pr.Trace = append(d.pr.Trace, TracePoint{d.pr.Iteration, time.Since(d.t0).Seconds(), value, d.cert.Value, p.counts})
	switch {
	case math.IsNaN(value) || math.IsInf(value, 1) || math.IsNaN(d.cert.Value):
		d.diverged(x)
	case value < lowest:
		d.status = Unbounded
	case d.cert.Holds():
		d.status = Converged
	case d.pr.Iteration > 0 && slices.Equal(x, d.before):
		d.fixedPoint()
	default:
		d.pr.Seen = 0
	}
	if d.status != Diverged {
		copy(d.good, x)
	}
}

func (d *driver) witness() []float64 {
	if d.wit == nil {
		return nil
	}
	return d.wit.Witness()
}

// fixedPoint stops a run whose whole state repeats: it would never move again.
func (d *driver) fixedPoint() {
	sum, err := checkpoint.Sum(d.run)
	if err == nil && sum == d.pr.Seen {
		d.status, d.reason = Stalled, "the iteration has reached a fixed point in floating-point arithmetic"
	}
	d.pr.Seen = sum
}

// diverged ends the run and goes back to the last iterate at which all is finite.
func (d *driver) diverged(x []float64) {
	if d.status == Diverged {
		return
	}
	d.status, d.reason = Diverged, "the objective is not a finite number"
	for i, v := range x {
		if v-v != 0 {
			d.reason = fmt.Sprintf("x[%d] became %v", i, v)
			break
		}
	}
	for _, back := range [][]float64{d.x, d.before, d.good} {
		if !copyFinite(d.u, back) {
			continue
		}
		if v := d.p.Objective.Value(back); v-v == 0 {
			copy(d.x, d.u)
			if v < lowest {
				d.status = Unbounded
			}
			return
		}
	}
	copy(d.x, d.good)
}

func (d *driver) encode() ([]byte, error) {
	d.pr.Counts, d.pr.Seconds, d.pr.X = d.p.counts, time.Since(d.t0).Seconds(), d.x
	if _, ok := d.p.Objective.(Identifier); !ok {
		d.pr.Value = d.p.Objective.Value(d.x) + d.p.Penalty(d.x)
	}
	return checkpoint.Marshal(&d.pr, d.run)
}

func (d *driver) resume() error {
	r, err := checkpoint.NewReader(d.opt.Resume)
	if err != nil {
		return err
	}
	var old progress
	if err := r.Next(&old); err != nil {
		return err
	}
	for _, c := range [][3]string{{"method", old.Method, d.pr.Method}, {"options", old.Options, d.pr.Options}, {"problem", old.Problem, d.pr.Problem}} {
		if c[1] != c[2] {
			return fmt.Errorf("descent: the checkpoint belongs to another run: its %s is %s, not %s", c[0], c[1], c[2])
		}
	}
	if err := r.Next(d.run); err != nil {
		return err
	}
	if _, ok := d.p.Objective.(Identifier); ok {
		// the problem's text has told
	} else if v := d.p.Objective.Value(old.X) + d.p.Penalty(old.X); math.Abs(v-old.Value) > 1e-9*(1+math.Abs(old.Value)) {
		return fmt.Errorf("descent: the checkpoint belongs to other data: the objective at its x is %.10g there and %.10g here", old.Value, v)
	}
	d.p.counts = old.Counts
	d.pr = old
	copy(d.x, old.X)
	copy(d.before, old.X)
	d.t0 = d.t0.Add(-time.Duration(old.Seconds * float64(time.Second)))
	if n := len(old.Trace); n > 0 {
		_, d.cert = certify(d.p, d.x, d.witness(), d.g, d.u, d.opt.Tol)
		if last := old.Trace[n-1]; last.Iteration != old.Iteration {
			d.cert.Value = last.Certificate
		}
	}
	return nil
}

// unsaved reports whether nobody wants a checkpoint.
func (d *driver) unsaved() bool { return d.opt.NoCheckpoint && d.opt.CheckpointFile == "" }

// finish measures the certificate where it is not fresh, and reports.
func (d *driver) finish(resumable bool) (*Result, error) {
	var saved []byte
	if resumable && d.status != Diverged && !d.unsaved() { // before a last measurement off the cadence
		var err error
		if saved, err = d.encode(); err != nil {
			return nil, fmt.Errorf("descent: run of %s: %w", d.pr.Method, err)
		}
		if d.opt.CheckpointFile != "" {
			d.err = errors.Join(d.err, checkpoint.WriteFile(d.opt.CheckpointFile, saved))
		}
	}
	if n := len(d.pr.Trace); n == 0 || d.pr.Trace[n-1].Iteration != d.pr.Iteration || d.status == Diverged || d.status == Unbounded {
		status := d.status
		d.measure(d.x)
		if !d.cert.Holds() || status == Diverged || status == Unbounded {
			d.status = status
		}
	}
	value := d.p.Objective.Value(d.x) + d.p.Penalty(d.x)
	if value != value && d.status == Converged {
		d.status, d.reason = Diverged, "the objective is not a finite number where it was one before"
	}
	r := &Result{
		X: slices.Clone(d.x), Value: value, Status: d.status, Certificate: d.cert, Iterations: d.pr.Iteration,
		Counts: d.p.counts, Seconds: time.Since(d.t0).Seconds(), Trace: d.pr.Trace, Checkpoint: saved,
	}
	if _, ok := d.p.Objective.(WitnessCertifier); ok {
		r.Witness = slices.Clone(d.witness())
	}
	if d.rec != nil {
		r.Series = d.rec.Series()
	}
	if r.Status == Limit {
		r.Limit = d.limit
	}
	r.Diagnosis = r.diagnose(d.reason, d.p)
	if d.opt.Observe != nil {
		d.opt.Observe(d.progress(time.Now()))
	}
	return r, d.err
}

// Certify measures value and certificate of p at x from scratch: what an independent
// check of a result needs. witness is the result's, nil for none. Nothing is counted.
func Certify(p *Problem, x, witness []float64, tol float64) (value float64, c Certificate, err error) {
	if err := p.check(x); err != nil {
		return 0, c, err
	}
	value, c = certify(p, x, witness, make([]float64, p.Dim), make([]float64, p.Dim), tol)
	return value, c, nil
}

func certify(p *Problem, x, witness, g, u []float64, tol float64) (value float64, c Certificate) {
	ok := false
	if o, is := p.Objective.(Certifier); is {
		c, ok = o.Certify(x)
	}
	if o, is := p.Objective.(WitnessCertifier); is && !ok && witness != nil {
		c, ok = o.CertifyWith(x, witness)
	}
	if ok {
		c.Tolerance = tol
		return p.Objective.Value(x) + p.Penalty(x), c
	}
	s, ok := p.Objective.(Smooth)
	if !ok {
		return p.Objective.Value(x) + p.Penalty(x), Certificate{NoCertificate, math.Inf(1), tol}
	}
	value = s.Gradient(g, x) + p.Penalty(x)
	c = Certificate{GradientCertificate, 0, tol}
	if b, ok := p.Regularizer.(Bounded); ok {
		c.Kind = KKTCertificate
		lower, upper := b.Bounds()
		for i, gi := range g {
			u[i] = x[i] - min(max(x[i]-gi, lower[i]), upper[i])
		}
		c.Value = normInf(u)
	} else if p.Regularizer != nil {
		c.Kind, c.Value = SubdiffCertificate, p.Regularizer.SubdiffDist(x, g)
	} else {
		c.Value = normInf(g)
	}
	return value, c
}

// describe prints the options of m so that equal options give equal text.
func describe(m Method) string { return describeValue(reflect.ValueOf(m)) }

func describeValue(v reflect.Value) string {
	for v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Struct:
		s := "{"
		for i := range v.NumField() {
			s += fmt.Sprintf("%s:%s ", v.Type().Field(i).Name, describeValue(v.Field(i)))
		}
		return s + "}"
	case reflect.Slice, reflect.Array:
		s := "["
		for i := range v.Len() {
			s += describeValue(v.Index(i)) + " "
		}
		return strings.TrimSuffix(s, " ") + "]"
	case reflect.Invalid:
		return "<nil>"
	}
	return fmt.Sprint(v)
}

func normInf(x []float64) float64 {
	m := 0.0
	for _, v := range x {
		if v = math.Abs(v); v > m || v != v {
			m = v
		}
	}
	return m
}

// copyFinite copies x to dst and reports whether every element is finite.
func copyFinite(dst, x []float64) bool {
	copy(dst, x)
	var s, u float64 // v - v is NaN for NaN and infinities; two chains hide the latency
	for len(x) >= 4 {
		s += x[0] - x[0] + (x[1] - x[1])
		u += x[2] - x[2] + (x[3] - x[3])
		x = x[4:]
	}
	for _, v := range x {
		s += v - v
	}
	return s+u == 0
}
