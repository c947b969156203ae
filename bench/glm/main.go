// Command glm measures Descent against liblinear and scikit-learn on the same
// files and objectives, in one run on one machine: the time of the solver alone
// until the relative duality gap is at most 1e-6. Run it from the module's root:
//
//	go run ./bench/glm -data DIR
//
// bench/README.md says what is measured and why it is fair.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/godescent/descent/bench/peer"
)

type solver struct{ peer, name, layout string }

// Likely winners first: later ones are given up early when they fall far behind.
var solvers = map[string][]solver{
	"logistic": {
		{"scikit-learn", "newton-cholesky", "csr"}, {"scikit-learn", "newton-cholesky", "dense"},
		{"liblinear", "0", "csr"}, {"liblinear", "7", "csr"},
		{"scikit-learn", "lbfgs", "csr"}, {"scikit-learn", "lbfgs", "dense"},
		{"scikit-learn", "newton-cg", "csr"}, {"scikit-learn", "newton-cg", "dense"},
	},
	"squared": {
		{"scikit-learn", "cholesky", "dense"}, {"scikit-learn", "cholesky", "csr"},
		{"scikit-learn", "auto", "csr"}, {"scikit-learn", "auto", "dense"},
		{"scikit-learn", "sparse_cg", "csr"}, {"scikit-learn", "sparse_cg", "dense"},
		{"scikit-learn", "lsqr", "csr"}, {"scikit-learn", "lsqr", "dense"},
		{"scikit-learn", "sag", "csr"},
	},
}

type request struct {
	Set     peer.Set  `json:"set"`
	Loss    string    `json:"loss"`
	L2      float64   `json:"l2"`
	Peer    string    `json:"peer,omitempty"`
	Solver  string    `json:"solver,omitempty"`
	Layout  string    `json:"layout,omitempty"`
	Tol     float64   `json:"tol,omitempty"`
	W       []float64 `json:"w,omitempty"`
	Optimum bool      `json:"optimum,omitempty"`

	optimum float64 // F*
}

type answer struct {
	N             int
	SecondsMedian float64 `json:"seconds_median"`
	Value, Gap    float64
	Iterations    *int
	Skip, Version string
}

// A Timing is what one solver needed on one problem.
type Timing struct {
	Peer          string    `json:"peer"`
	Version       string    `json:"version,omitempty"`
	Solver        string    `json:"solver"`
	Layout        string    `json:"layout,omitempty"`
	Tol           float64   `json:"tol,omitempty"`
	Seconds       []float64 `json:"seconds,omitempty"`
	Median        float64   `json:"seconds_median,omitempty"`
	Min           float64   `json:"seconds_min,omitempty"`
	Value         float64   `json:"value,omitempty"`
	Gap           float64   `json:"gap,omitempty"`
	Suboptimality float64   `json:"suboptimality,omitempty"` // (F(w) - F*) / max(1, |F*|)
	Iterations    int       `json:"iterations,omitempty"`
	Note          string    `json:"note,omitempty"` // why there is no time

	failed float64 // the smallest tolerance that did not reach the gap
}

// A Problem is one row of the table.
type Problem struct {
	Set        string    `json:"set"`
	Loss       string    `json:"loss"`
	L2         float64   `json:"l2"`
	Optimum    float64   `json:"optimum"` // F*, and the gap that it is certified with
	OptimumGap float64   `json:"optimum_gap"`
	Peers      []*Timing `json:"peers"`
	Descent    *Timing   `json:"descent"`
	Ratio      float64   `json:"ratio,omitempty"` // Descent / fastest peer, medians
}

var (
	dataDir  = flag.String("data", os.Getenv("DESCENT_DATA"), "folder of the data sets (default $DESCENT_DATA)")
	only     = flag.String("sets", "a9a,w8a,covtype15k,movie-reviews,news20,cpusmall", "data sets")
	losses   = flag.String("losses", "logistic,squared", "losses")
	repeats  = flag.Int("repeats", 7, "timed runs of each finalist")
	measure  = flag.String("measure", "gap", "what must fall to the target: gap, or suboptimality (which only a benchmark can know)")
	target   = flag.Float64("target", 1e-6, "target of the measure")
	timeout  = flag.Duration("timeout", time.Minute, "longest single fit of a peer")
	jsonFile = flag.String("json", "", "write all timings to this file")
)

func main() {
	log.SetFlags(0)
	flag.Parse()
	if *dataDir == "" {
		log.Fatal("glm: no data: give -data DIR or set DESCENT_DATA")
	}
	p, err := peer.Start("glm.py")
	if err != nil {
		log.Fatalf("glm: %v", err)
	}
	defer p.Close()
	fmt.Printf("Peers: %s\nDescent: %s %s/%s, GOMAXPROCS %d\n\n", strings.TrimSpace(string(p.Hello)),
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0))
	fmt.Println("| set | loss | l2 | fastest peer | tol | peer ms | its gap | Descent ms | its gap | Descent / peer |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|---|")

	var all []*Problem
	for _, name := range strings.Split(*only, ",") {
		set, err := peer.Find(name, *dataDir)
		if err != nil {
			log.Fatalf("glm: %v", err)
		}
		for _, loss := range strings.Split(*losses, ",") {
			if set.RealY && loss == "logistic" {
				continue
			}
			for _, l2 := range []float64{0, 1e-4} { // 0 stands for 1/n, that is C = 1
				pr, err := compare(p, set, loss, l2)
				if err != nil {
					log.Fatalf("glm: %s %s: %v", name, loss, err)
				}
				pr.print()
				all = append(all, pr)
			}
		}
	}
	if *jsonFile != "" {
		b, err := json.MarshalIndent(map[string]any{"peers": p.Hello, "problems": all}, "", " ")
		if err == nil {
			err = os.WriteFile(*jsonFile, b, 0o644)
		}
		if err != nil {
			log.Fatalf("glm: %v", err)
		}
	}
}

// compare finds each solver's loosest tolerance that reaches the gap, then times
// the solvers near the front in turns with Descent.
func compare(p *peer.Process, set peer.Set, loss string, l2 float64) (*Problem, error) {
	base := request{Set: set, Loss: loss, L2: l2}
	if l2 == 0 { // the data must be read to know n
		n, err := rows(p, set)
		if err != nil {
			return nil, err
		}
		base.L2 = 1 / float64(n)
	}
	ask := base
	ask.Optimum = true
	var opt answer
	if err := p.Ask(ask, &opt, 10**timeout); err != nil {
		return nil, err
	}
	base.optimum = opt.Value
	pr := &Problem{Set: set.Name, Loss: loss, L2: base.L2, Optimum: opt.Value, OptimumGap: opt.Gap}
	fastest := math.Inf(1)
	for _, s := range solvers[loss] {
		t := &Timing{Peer: s.peer, Solver: s.name, Layout: s.layout}
		if err := t.sweep(p, base, fastest); err != nil {
			return nil, err
		}
		if t.Note == "" {
			fastest = min(fastest, t.Min)
		}
		pr.Peers = append(pr.Peers, t)
	}
	var finalists []*Timing
	for _, t := range pr.Peers {
		if t.Note == "" && t.Min <= 2*fastest {
			if err := t.refine(p, base); err != nil {
				return nil, err
			}
			t.Seconds = nil
			finalists = append(finalists, t)
		}
	}
	pr.Descent = &Timing{Peer: "descent", Solver: "auto"}
	for range *repeats {
		for _, t := range finalists {
			if err := t.run(p, base, t.Tol); err != nil {
				return nil, err
			}
		}
		if err := pr.Descent.runDescent(p, base); err != nil {
			pr.Descent.Note = err.Error()
		}
	}
	for _, t := range append(pr.Peers, pr.Descent) {
		t.summarize()
	}
	slices.SortStableFunc(pr.Peers, func(a, b *Timing) int {
		switch { // timed finalists first, fastest first
		case len(a.Seconds) < *repeats || len(b.Seconds) < *repeats:
			return len(b.Seconds) - len(a.Seconds)
		case a.Median < b.Median:
			return -1
		}
		return 1
	})
	if len(finalists) > 0 && pr.Descent.Note == "" {
		pr.Ratio = pr.Descent.Median / pr.Peers[0].Median
	}
	return pr, nil
}

// rows asks for the number of rows of a set.
func rows(p *peer.Process, set peer.Set) (int, error) {
	var a answer
	err := p.Ask(map[string]any{"set": set, "shape": true}, &a, 10**timeout)
	return a.N, err
}

// sweep tightens the tolerance by factors of 10 until the gap is reached.
func (t *Timing) sweep(p *peer.Process, base request, fastest float64) error {
	for e := 1; e <= 12; e++ {
		tol := math.Pow10(-e)
		t.Seconds = nil
		if err := t.run(p, base, tol); err != nil || t.Note != "" {
			return err
		}
		t.Min = t.Seconds[0]
		if t.reached() {
			t.Tol = tol
			return nil
		}
		t.failed = tol
		if t.Min > 0.005+1.5*fastest { // a tighter tolerance takes longer still
			t.Note = fmt.Sprintf("given up at tol %.0e: gap %.1e after %.3g s", tol, t.Gap, t.Min)
			return nil
		}
	}
	t.Note = fmt.Sprintf("does not reach the gap: %.1e after %.3g s", t.Gap, t.Min)
	return nil
}

// refine looks for a looser tolerance between the last decade that failed and
// the one that reached the gap: a decade may cost a first-order solver much.
func (t *Timing) refine(p *peer.Process, base request) error {
	if t.failed == 0 {
		return nil
	}
	lo, hi := math.Log10(t.Tol), math.Log10(t.failed)
	for range 3 {
		mid := (lo + hi) / 2
		trial := &Timing{Peer: t.Peer, Solver: t.Solver, Layout: t.Layout}
		if err := trial.run(p, base, math.Pow(10, mid)); err != nil {
			return err
		}
		if trial.reached() {
			lo = mid
		} else {
			hi = mid
		}
	}
	t.Tol = math.Pow(10, lo)
	return nil
}

// run fits once and records what came out.
func (t *Timing) run(p *peer.Process, base request, tol float64) error {
	base.Peer, base.Solver, base.Layout, base.Tol = t.Peer, t.Solver, t.Layout, tol
	var a answer
	err := p.Ask(base, &a, *timeout)
	switch {
	case errors.Is(err, peer.ErrTimeout):
		t.Note = fmt.Sprintf("more than %v at tol %.0e", *timeout, tol)
		_, err := rows(p, base.Set) // the peer has started anew: read the file off the clock
		return err
	case err != nil:
		return err
	case a.Skip != "":
		t.Note = "needs " + a.Skip
		return nil
	}
	t.Version = a.Version
	if a.Iterations != nil {
		t.Iterations = *a.Iterations
	}
	t.record(a.SecondsMedian, &a, base.optimum)
	return nil
}

// record keeps the times of all runs and the worst of their answers.
func (t *Timing) record(seconds float64, a *answer, optimum float64) {
	sub := (a.Value - optimum) / max(1, math.Abs(optimum))
	if len(t.Seconds) > 0 {
		a.Gap, sub = max(a.Gap, t.Gap), max(sub, t.Suboptimality)
	}
	t.Value, t.Gap, t.Suboptimality = a.Value, a.Gap, sub
	t.Seconds = append(t.Seconds, seconds)
}

// reached reports whether the answers are good enough.
func (t *Timing) reached() bool {
	if *measure == "suboptimality" {
		return t.Suboptimality <= *target
	}
	return t.Gap <= *target
}

// warm is up to how many seconds a fit is run twice and the second one timed, as for the
// peers: the first wakes the processor.
const warm = 0.3

func (t *Timing) runDescent(p *peer.Process, base request) error {
	seconds, w, err := solveDescent(base.Set, base.Loss, base.L2, *target)
	if err == nil && seconds < warm {
		seconds, w, err = solveDescent(base.Set, base.Loss, base.L2, *target)
	}
	if err != nil {
		return err
	}
	base.W = w
	var a answer
	if err := p.Ask(base, &a, *timeout); err != nil {
		return err
	}
	t.record(seconds, &a, base.optimum)
	if !t.reached() {
		return fmt.Errorf("gap %.2g, suboptimality %.2g", t.Gap, t.Suboptimality)
	}
	return nil
}

func (t *Timing) summarize() {
	if len(t.Seconds) == 0 {
		return
	}
	s := slices.Sorted(slices.Values(t.Seconds))
	t.Min, t.Median = s[0], (s[(len(s)-1)/2]+s[len(s)/2])/2
}

func (pr *Problem) print() {
	best, d := pr.Peers[0], pr.Descent
	if best.Note != "" {
		best = &Timing{Peer: "none", Tol: math.NaN(), Median: math.NaN(), Gap: math.NaN()}
	}
	mine := d.Note + " | "
	ratio := ""
	if d.Note == "" {
		mine = fmt.Sprintf("%.2f | %.1e", 1e3*d.Median, d.Gap)
		ratio = fmt.Sprintf("%.2f", pr.Ratio)
	}
	fmt.Printf("| %s | %s | %.3g | %s %s %s | %.1e | %.2f | %.1e | %s | %s |\n", pr.Set, pr.Loss, pr.L2,
		best.Peer, best.Solver, best.Layout, best.Tol, 1e3*best.Median, best.Gap, mine, ratio)
	for _, t := range pr.Peers {
		if t.Note != "" {
			log.Printf("  %s %s %s: %s", t.Peer, t.Solver, t.Layout, t.Note)
			continue
		}
		log.Printf("  %s %s %s: %.2f ms (min %.2f, %d runs), tol %.1e, gap %.1e, suboptimality %.1e, %d iterations", t.Peer, t.Solver, t.Layout,
			1e3*t.Median, 1e3*t.Min, len(t.Seconds), t.Tol, t.Gap, t.Suboptimality, t.Iterations)
	}
}
