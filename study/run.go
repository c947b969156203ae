package study

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/godescent/descent"
	"github.com/godescent/descent/linalg"
)

// A Runner runs the cells of studies in parallel, each on one core, and keeps them in a
// memory. The zero value keeps them as long as it lives.
type Runner struct {
	Memory  Memory
	Jobs    int              // cells at a time; 0: one per processor
	Rerun   bool             // run cells that the memory has again
	Observe func(p Progress) // called after every cell, by one goroutine at a time
	Version string           // of the code; "": Version()
}

// Progress is how far a study is.
type Progress struct {
	Done, Total int // cells so far, and those that are known to come
	Found       int // of those done, how many the memory had
	Cell        Cell
}

// Results are the records of a study.
type Results struct {
	Study *Study
	// Records by problem, arm and seed; nil where the arm was given up before.
	Records [][][]*Record
	Tuned   [][]*Tuned // by problem and arm, nil where nothing was tuned
	Found   int        // cells that the memory had
	Ran     int        // cells that ran

	judged [][]outcomes // by problem and arm; nil where nobody asked yet
}

// session is one call of Run.
type session struct {
	*Runner
	study    *Study
	ctx      context.Context
	tuned    [][]*Tuned
	progress Progress
	mu       sync.Mutex
	warm     map[[3]int]bool // worker, problem, arm
	files    exports
}

// A task is a cell to be found or run.
type task struct {
	cell         Cell
	problem, arm int
	options      map[string]string
	limits       Limits
	out          **Record
}

// Run runs the study, apart from the cells that the memory has. Bad input is an error; a
// method that cannot run on a problem is a record with an Error. If the context ends, it
// returns what is there together with the context's error. While it runs, linalg uses
// one worker, for the whole program.
func (r *Runner) Run(ctx context.Context, s *Study) (*Results, error) {
	if err := s.complete(); err != nil {
		return nil, err
	}
	if r.Memory == nil {
		r.Memory = &Volatile{}
	}
	workers := linalg.Workers()
	linalg.SetWorkers(1)
	defer linalg.SetWorkers(workers)
	q := &session{Runner: r, study: s, ctx: ctx, tuned: table[*Tuned](s), warm: map[[3]int]bool{}}
	res := &Results{Study: s, Tuned: q.tuned, Records: make([][][]*Record, len(s.Problems))}
	for p := range res.Records {
		res.Records[p] = make([][]*Record, len(s.Arms))
		for a := range s.Arms {
			res.Records[p][a] = make([]*Record, len(s.Seeds))
		}
	}
	err := errors.Join(q.all(res), q.files.remove())
	res.Found, res.Ran = q.progress.Found, q.progress.Done-q.progress.Found
	return res, err
}

func table[T any](s *Study) [][]T {
	t := make([][]T, len(s.Problems))
	for p := range t {
		t[p] = make([]T, len(s.Arms))
	}
	return t
}

// all tunes, runs the first seeds, gives up what is hopeless, and runs the rest.
func (s *session) all(res *Results) error {
	if err := s.tune(); err != nil {
		return err
	}
	first := len(s.study.Seeds)
	if !s.study.Patient && len(s.study.Arms) > 1 {
		first = min(first, patience)
	}
	if err := s.run(s.tasks(res, 0, first)); err != nil {
		return err
	}
	return s.run(s.tasks(res, first, len(s.study.Seeds)))
}

// tasks are the runs with a part of the seeds, of arms that are not hopeless. Arms run
// side by side, seed by seed: what a busy machine does to a pair it does to both.
func (s *session) tasks(res *Results, from, to int) []*task {
	var out []*task
	for p := range s.study.Problems {
		var arms []int
		for a := range s.study.Arms {
			if from == 0 || !res.hopeless(p, a, from) {
				arms = append(arms, a)
			}
		}
		for k := from; k < to; k++ {
			for _, a := range arms {
				options := s.study.Arms[a].Options
				if t := s.tuned[p][a]; t != nil {
					options = s.study.Arms[a].with(t.Setting)
				}
				out = append(out, s.task(p, a, options, s.study.Seeds[k], s.study.limits(p), &res.Records[p][a][k]))
			}
		}
	}
	return out
}

// hopeless reports whether arm a is to be given up on problem p after the first n seeds.
func (res *Results) hopeless(p, a, n int) bool {
	st := res.Study
	sum := make([]float64, len(st.Arms))
	reached := make([]int, len(st.Arms))
	for b, records := range res.Records[p] {
		for k, r := range records[:n] {
			c := st.Target.price(r, st.Measure, res.threshold(p, k))
			if sum[b] += c.high; c.reached {
				reached[b]++
			}
			if r.Error != "" && b == a {
				return true // it cannot run
			}
		}
	}
	if reached[a] > 0 {
		return false
	}
	for b := range sum {
		if reached[b] == n && hopelessFrom*sum[b] <= sum[a] {
			return true
		}
	}
	return false
}

// threshold is the target on the instance of problem p and the k-th seed.
func (res *Results) threshold(p, k int) float64 {
	st := res.Study
	if st.Target.Kind != ReductionTarget {
		return st.Target.Bound
	}
	first, _ := firstAndLeast(res.instance(p, k))
	return st.Target.threshold(first, res.least(p, k))
}

// instance returns the records of all runs on an instance.
func (res *Results) instance(p, k int) []*Record {
	var records []*Record
	for _, seeds := range res.Records[p] {
		if res.Study.Problems[p].Varies {
			seeds = seeds[k : k+1]
		}
		records = append(records, seeds...)
	}
	return records
}

// least is the known minimum of an instance, or the least value that a run has seen.
func (res *Results) least(p, k int) float64 {
	_, least := firstAndLeast(res.instance(p, k))
	return least
}

// metricMinimum is the metric of the known minimum.
const metricMinimum = "minimum"

// task makes the cell of a run.
func (s *session) task(p, a int, options map[string]string, seed uint64, limits Limits, out **Record) *task {
	problem, arm := &s.study.Problems[p], &s.study.Arms[a]
	c := Cell{
		Verb: problem.Verb, Problem: problem.Name, Data: problem.Data, SHA256: problem.SHA256, Method: arm.Method,
		Options: options, Seed: seed, Limits: limits.texts(), Version: s.version(arm),
	}
	if arm.Method == "" {
		c.Method, c.Options = arm.Name, commandOptions(arm)
	}
	return &task{c, p, a, options, limits, out}
}

func (s *session) version(a *Arm) string {
	v := s.Version
	if v == "" {
		v = Version()
	}
	switch {
	case a.Recorded != "":
		return a.Recorded
	case a.Method == "":
		v += ", " + contestantVersion(a)
	}
	return v
}

// run finds or runs tasks, in parallel. Tasks of the same cell share its record.
func (s *session) run(all []*task) error {
	s.progress.Total += len(all)
	var tasks, twins []*task
	first := map[string]*task{}
	for _, t := range all {
		key := t.cell.Key()
		if first[key] == nil {
			first[key] = t
			tasks = append(tasks, t)
		} else {
			twins = append(twins, t)
		}
	}
	if err := s.parallel(tasks); err != nil {
		return err
	}
	for _, t := range twins {
		*t.out = *first[t.cell.Key()].out
		s.report(t.cell, true)
	}
	return nil
}

// parallel finds or runs different tasks.
func (s *session) parallel(tasks []*task) error {
	jobs := s.Jobs
	if jobs < 1 {
		jobs = runtime.GOMAXPROCS(0)
	}
	var next atomic.Int64
	var all sync.WaitGroup
	errs := make([]error, jobs)
	stop, cancel := context.WithCancel(s.ctx)
	defer cancel()
	for w := range jobs {
		all.Go(func() {
			for stop.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(tasks) {
					return
				}
				if err := s.one(w, tasks[i]); err != nil {
					errs[w] = err
					cancel()
				}
			}
		})
	}
	all.Wait()
	return errors.Join(append(errs, s.ctx.Err())...)
}

// one finds or runs a task.
func (s *session) one(worker int, t *task) error {
	key := t.cell.Key()
	recorded := s.study.Arms[t.arm].Recorded
	if !s.Rerun || recorded != "" {
		r, ok, err := s.Memory.Find(key)
		if err != nil {
			return err
		}
		if ok && r.Error == "" { // what could not run may be able to now
			*t.out = r
			s.report(t.cell, true)
			return nil
		}
	}
	if recorded != "" {
		*t.out = &Record{Cell: t.cell, Error: fmt.Sprintf("there is no record of version %s with seed %d: run the same study with that version first", recorded, t.cell.Seed)}
		s.report(t.cell, true)
		return nil
	}
	r := s.execute(worker, t)
	if r.Status == descent.Cancelled {
		return nil // the context ended: the cell has not been run
	}
	r.Tags = s.study.Tags
	if err := s.Memory.Add(r); err != nil {
		return err
	}
	*t.out = r
	s.report(t.cell, false)
	return nil
}

func (s *session) report(c Cell, found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.progress.Done++
	if found {
		s.progress.Found++
	}
	s.progress.Cell = c
	if s.Observe != nil {
		s.Observe(s.progress)
	}
}

// execute runs a task.
func (s *session) execute(worker int, t *task) *Record {
	r := &Record{Cell: t.cell, Started: time.Now().UTC(), Machine: Machine()}
	if err := s.solve(worker, t, r); err != nil {
		r.Error = err.Error()
	}
	return r
}

// solve fills in the record. The clock runs for the run alone: not while the instance
// is made, and not for the first run of a method on a problem by this worker, which is one
// iteration to warm up.
func (s *session) solve(worker int, t *task, r *Record) error {
	problem, arm := &s.study.Problems[t.problem], &s.study.Arms[t.arm]
	if arm.Method == "" {
		return s.contest(t, problem, arm, r)
	}
	m, err := s.methodOf(arm, t)
	if err != nil {
		return err
	}
	in, err := problem.New(t.cell.Seed)
	if err != nil {
		return err
	}
	if err := arm.fits(in.Problem); err != nil {
		return err
	}
	if s.cold(worker, t) {
		again, err := problem.New(t.cell.Seed)
		if err != nil {
			return err
		}
		_, err = descent.Solve(s.ctx, again.Problem, m, again.X0, descent.Options{Tol: t.limits.Tolerance, MaxIter: 1, MaxTime: warmUp, NoCheckpoint: true})
		if err != nil {
			return err
		}
	}
	every := 0
	if arm.Rule {
		every = 1 // an epoch is long
	}
	result, err := descent.Solve(s.ctx, in.Problem, m, in.X0, descent.Options{
		TraceEvery: every,
		Tol:        t.limits.Tolerance, MaxIter: t.limits.Iterations, MaxEvals: t.limits.Evaluations, MaxTime: t.limits.Time, NoCheckpoint: true,
	})
	if err != nil {
		return err
	}
	r.fill(result)
	r.measure(in)
	r.apart(result)
	return nil
}

// warmUp bounds the run that warms up.
const warmUp = 100 * time.Millisecond

// cold reports whether the worker runs this method on this problem for the first time.
func (s *session) cold(worker int, t *task) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := [3]int{worker, t.problem, t.arm}
	was := s.warm[key]
	s.warm[key] = true
	return !was
}

// methodOf sets the options of a task, and the seed where the options do not.
func (s *session) methodOf(arm *Arm, t *task) (descent.Method, error) {
	options := t.options
	if arm.draws() && options["seed"] == "" {
		options = maps.Clone(options)
		if options == nil {
			options = map[string]string{}
		}
		options["seed"] = strconv.FormatUint(t.cell.Seed, 10)
	}
	return arm.method(options, t.limits.Iterations)
}

// fill copies a result.
func (r *Record) fill(result *descent.Result) {
	r.Seconds, r.Status, r.Limit, r.Value, r.Certificate = result.Seconds, result.Status, result.Limit, result.Value, result.Certificate
	r.Iterations, r.Counts, r.Trace, r.Diagnosis = result.Iterations, result.Counts, result.Trace, slices.Clone(result.Diagnosis)
}

// measure adds what costs and targets need.
func (r *Record) measure(in *Instance) {
	s := sizeOf(in.Problem)
	r.Metrics = map[string]float64{metricDim: s.dim, metricTerms: s.terms}
	if !math.IsNaN(in.Minimum) {
		r.Metrics[metricMinimum] = in.Minimum
	}
}
