package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/godescent/descent/bench/peer"
)

// A Timing is what one solver needed on one problem.
type Timing struct {
	Peer     string    `json:"peer"`
	Version  string    `json:"version,omitempty"`
	Solver   string    `json:"solver"`
	Layout   string    `json:"layout,omitempty"`
	Tol      float64   `json:"tol,omitempty"`
	Seconds  []float64 `json:"seconds,omitempty"`
	Median   float64   `json:"seconds_median,omitempty"`
	Min      float64   `json:"seconds_min,omitempty"`
	Gap      float64   `json:"gap,omitempty"`   // the worst of all runs, and along a path
	Value    float64   `json:"value,omitempty"` // at the last weight
	Nonzeros int       `json:"nonzeros,omitempty"`
	Note     string    `json:"note,omitempty"` // why there is no time

	failed float64 // the smallest tolerance that did not reach the gap
}

// row is a coefficient vector without its zeros.
type row struct {
	Index []int     `json:"index"`
	Value []float64 `json:"value"`
}

type request struct {
	Set    peer.Set  `json:"set"`
	Loss   string    `json:"loss"`
	L1     []float64 `json:"l1"`
	L2     float64   `json:"l2"`
	Peer   string    `json:"peer,omitempty"`
	Solver string    `json:"solver,omitempty"`
	Layout string    `json:"layout,omitempty"`
	Tol    float64   `json:"tol,omitempty"`
	Warm   bool      `json:"warm,omitempty"` // only load and compile the solver
	W      []row     `json:"w,omitempty"`
}

type answer struct {
	Seconds, Value, Gap float64
	Nonzeros            int
	Skip, Version       string
}

// A race is the comparison on one problem.
type race struct {
	p    *peer.Process
	set  peer.Set
	loss string
	weight
	fastest float64 // of the peers so far
}

// run finds each solver's loosest tolerance that reaches the gap, then times the
// solvers near the front in turns with Descent.
func (r *race) run(c contest) (*Problem, error) {
	pr := &Problem{Contest: c.name, Set: r.set.Name, Label: r.label, L1: r.l1, L2: r.l2}
	if err := r.ready(); err != nil {
		return nil, err
	}
	for _, s := range c.solvers {
		t := &Timing{Peer: s.peer, Solver: s.name, Layout: s.layout}
		if err := r.sweep(t); err != nil {
			return nil, err
		}
		if t.Note == "" {
			r.fastest = min(r.fastest, t.Min)
		}
		pr.Peers = append(pr.Peers, t)
	}
	var finalists []*Timing
	for _, t := range pr.Peers {
		if t.Note == "" && t.Min <= 2*r.fastest {
			if err := r.refine(t); err != nil {
				return nil, err
			}
			t.Seconds = nil
			finalists = append(finalists, t)
		}
	}
	if !*alone {
		pr.Descent = &Timing{Peer: "descent", Solver: "auto"}
		if err := r.fitDescent(pr.Descent); err != nil { // read the file and warm up off the clock
			pr.Descent.Note = err.Error()
		}
		pr.Descent.Seconds = nil
	}
	for range *repeats {
		for _, t := range finalists {
			if err := r.fit(t, t.Tol); err != nil {
				return nil, err
			}
		}
		if d := pr.Descent; d != nil && d.Note == "" {
			if err := r.fitDescent(d); err != nil {
				d.Note = err.Error()
			}
		}
	}
	for _, t := range pr.Peers {
		t.summarize()
	}
	slices.SortStableFunc(pr.Peers, func(a, b *Timing) int {
		switch { // those with a time first, finalists first of all, fastest first
		case (a.Note == "") != (b.Note == ""):
			if a.Note == "" {
				return -1
			}
			return 1
		case len(a.Seconds) != len(b.Seconds):
			return len(b.Seconds) - len(a.Seconds)
		case a.Median < b.Median:
			return -1
		case a.Median > b.Median:
			return 1
		}
		return 0
	})
	if d := pr.Descent; d != nil && d.Note == "" {
		d.summarize()
		if pr.Peers[0].Note == "" {
			pr.Ratio = d.Median / pr.Peers[0].Median
		}
	}
	return pr, nil
}

// sweep tightens the tolerance by factors of 10 until the gap is reached.
func (r *race) sweep(t *Timing) error {
	first := 1
	if t.Peer == "glmnet" {
		first = 6 // its default is 1e-7; at 1e-1 it may never end
	}
	for e := first; e <= 16; e++ {
		tol := math.Pow10(-e)
		t.Seconds = nil
		if err := r.fit(t, tol); err != nil || t.Note != "" {
			return err
		}
		t.Min = t.Seconds[0]
		if t.Gap <= *target {
			t.Tol = tol
			return nil
		}
		t.failed = tol
		if t.Min > 0.005+1.5*r.fastest { // a tighter tolerance takes longer still
			t.Note = fmt.Sprintf("given up at tol %.0e: gap %.1e after %.3g s", tol, t.Gap, t.Min)
			return nil
		}
	}
	t.Note = fmt.Sprintf("does not reach the gap: %.1e after %.3g s", t.Gap, t.Min)
	return nil
}

// refine looks for a looser tolerance between the last decade that failed and
// the one that reached the gap.
func (r *race) refine(t *Timing) error {
	if t.failed == 0 {
		return nil
	}
	lo, hi := math.Log10(t.Tol), math.Log10(t.failed)
	for range 3 {
		mid := (lo + hi) / 2
		trial := &Timing{Peer: t.Peer, Solver: t.Solver, Layout: t.Layout}
		if err := r.fit(trial, math.Pow(10, mid)); err != nil {
			return err
		}
		if trial.Note == "" && trial.Gap <= *target {
			lo = mid
		} else {
			hi = mid
		}
	}
	t.Tol = math.Pow(10, lo)
	return nil
}

// request is what is asked of a peer, before the solver is named.
func (r *race) request() request {
	return request{Set: r.set, Loss: r.loss, L1: r.l1, L2: r.l2}
}

// ready has the peer read the file and compute what its yardstick needs, by measuring zero.
func (r *race) ready() error {
	q := r.request()
	q.W = make([]row, len(r.l1))
	for i := range q.W {
		q.W[i] = row{Index: []int{}, Value: []float64{}}
	}
	var a answer
	return r.p.Ask(q, &a, 10**timeout)
}

// fit runs a peer once and records what came out.
func (r *race) fit(t *Timing, tol float64) error {
	q := r.request()
	q.Peer, q.Solver, q.Layout, q.Tol = t.Peer, t.Solver, t.Layout, tol
	var a answer
	q.Warm = true
	if err := r.p.Ask(q, &a, 10**timeout); err != nil {
		return err
	}
	q.Warm = false
	limit := *timeout
	if s := 20 * r.fastest; s < limit.Seconds() { // it cannot win any more
		limit = max(min(limit, 3*time.Second), time.Duration(s*float64(time.Second)))
	}
	err := r.p.Ask(q, &a, limit)
	switch {
	case errors.Is(err, peer.ErrTimeout):
		t.Note = fmt.Sprintf("more than %v at tol %.0e", limit, tol)
		return r.ready() // the peer has started anew
	case err != nil:
		return err
	case a.Skip != "":
		t.Note = a.Skip
		return nil
	}
	t.Version = a.Version
	t.record(a.Seconds, a)
	return nil
}

// warm is up to how many seconds a fit is run twice and the second one timed, as for the
// peers: the first wakes the processor.
const warm = 0.3

// fitDescent runs Descent once and measures its answer with the peers' yardstick.
func (r *race) fitDescent(t *Timing) error {
	seconds, ws, err := solve(r.set, r.loss, r.l1, r.l2, *target)
	if err == nil && seconds < warm {
		seconds, ws, err = solve(r.set, r.loss, r.l1, r.l2, *target)
	}
	if err != nil {
		return err
	}
	q := r.request()
	for _, w := range ws {
		s := row{Index: []int{}, Value: []float64{}}
		for j, v := range w {
			if v != 0 {
				s.Index, s.Value = append(s.Index, j), append(s.Value, v)
			}
		}
		q.W = append(q.W, s)
	}
	var a answer
	if err := r.p.Ask(q, &a, *timeout); err != nil {
		return err
	}
	t.record(seconds, a)
	if t.Gap > *target {
		return fmt.Errorf("gap %.2g", t.Gap)
	}
	return nil
}

// record keeps the times of all runs and the worst of their gaps.
func (t *Timing) record(seconds float64, a answer) {
	if len(t.Seconds) > 0 {
		a.Gap = max(a.Gap, t.Gap)
	}
	t.Value, t.Gap, t.Nonzeros = a.Value, a.Gap, a.Nonzeros
	t.Seconds = append(t.Seconds, seconds)
}

func (t *Timing) summarize() {
	if len(t.Seconds) == 0 {
		return
	}
	s := slices.Sorted(slices.Values(t.Seconds))
	t.Min, t.Median = s[0], (s[(len(s)-1)/2]+s[len(s)/2])/2
}
