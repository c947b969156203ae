// Command sparse measures Descent against celer, skglm, glmnet, liblinear and
// scikit-learn on sparse models and linear SVMs, in one run on one machine: the
// time of the solver alone until the relative duality gap is at most 1e-6. Run it
// from the module's root:
//
//	go run ./bench/sparse -data DIR
//
// bench/README.md says what is measured and why it is fair.
package main

import (
	"encoding/json"
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

// A weight is one problem of a contest: a path of l1, or one l1 and l2.
type weight struct {
	label string
	l1    []float64
	l2    float64
}

// info is what a set's file says.
type info struct {
	N, D, NNZ int
	L1Max     map[string]float64 `json:"l1_max"` // by loss: the smallest l1 with solution 0
}

type solver struct{ peer, name, layout string }

// A contest is one kind of problem on several sets.
type contest struct {
	name, loss string
	sets       string // "" means all
	weights    func(info) []weight
	solvers    []solver
}

// Likely winners first: later ones are given up early when they fall far behind.
// A "warm" glmnet runs down a path of 10 weights, as its authors advise for a single one.
var contests = []contest{
	{"l1-logistic", "logistic", classes, single("logistic"), slices.Concat(
		[]solver{{"liblinear", "6", "csr"}, {"scikit-learn", "liblinear", "csr"}},
		both("skglm", "prox-newton"), both("celer", "pn"),
		both("glmnet", "Newton", "Newton warm", "modified.Newton", "modified.Newton warm"),
		both("celer", "cd"), both("skglm", "cd"), []solver{{"scikit-learn", "saga", "csr"}})},
	{"lasso", "squared", "leukemia,colon-cancer,movie-reviews,a9a,news20,cpusmall,housing,diabetes", single("squared"), slices.Concat(
		both("celer", "lasso"), both("skglm", "cd"), both("scikit-learn", "cd", "cd-gram"),
		both("glmnet", "naive", "covariance", "naive warm", "covariance warm"))},
	{"lasso-path", "squared", "leukemia,colon-cancer,movie-reviews,a9a,news20,cpusmall,housing", path("squared"), slices.Concat(
		both("celer", "lasso"), both("glmnet", "naive", "covariance"), both("skglm", "cd"), both("scikit-learn", "cd", "cd-gram"))},
	{"logistic-path", "logistic", classes, path("logistic"), slices.Concat(
		both("celer", "pn", "cd"), both("glmnet", "Newton", "modified.Newton"), both("skglm", "prox-newton", "cd"))},
	{"hinge", "hinge", classes, ridge, []solver{{"liblinear", "3", "csr"}, {"scikit-learn", "dual", "csr"}}},
	{"squared-hinge", "squared-hinge", classes, ridge, []solver{
		{"liblinear", "1", "csr"}, {"liblinear", "2", "csr"}, {"scikit-learn", "dual", "csr"}, {"scikit-learn", "primal", "csr"}}},
}

const classes = "leukemia,colon-cancer,pcmac,basehock,relathe,movie-reviews,a9a,w8a"

// both crosses solvers with the two layouts that find columns fast.
func both(peer string, names ...string) (s []solver) {
	for _, name := range names {
		s = append(s, solver{peer, name, "csc"}, solver{peer, name, "dense"})
	}
	return s
}

func single(loss string) func(info) []weight {
	return func(in info) (ws []weight) {
		for _, r := range []float64{0.1, 0.01} {
			ws = append(ws, weight{label: fmt.Sprintf("%g max", r), l1: []float64{r * in.L1Max[loss]}})
		}
		return ws
	}
}

// path has 100 weights down to a hundredth of the largest, and for least squares with more
// rows than columns also down to a thousandth.
func path(loss string) func(info) []weight {
	return func(in info) (ws []weight) {
		ends := []float64{0.01}
		if loss == "squared" && in.N > in.D {
			ends = append(ends, 0.001)
		}
		for _, end := range ends {
			l1 := make([]float64, 100)
			for k := range l1 {
				l1[k] = in.L1Max[loss] * math.Pow(end, float64(k)/float64(len(l1)-1))
			}
			ws = append(ws, weight{label: fmt.Sprintf("100 to %g max", end), l1: l1})
		}
		return ws
	}
}

func ridge(in info) (ws []weight) {
	for _, c := range []float64{1, 10} {
		ws = append(ws, weight{label: fmt.Sprintf("C = %g", c), l1: []float64{0}, l2: 1 / (float64(in.N) * c)})
	}
	return ws
}

// A Problem is one row of the table.
type Problem struct {
	Contest string    `json:"contest"`
	Set     string    `json:"set"`
	Label   string    `json:"weight"`
	L1      []float64 `json:"l1"`
	L2      float64   `json:"l2"`
	Peers   []*Timing `json:"peers"`
	Descent *Timing   `json:"descent,omitempty"`
	Ratio   float64   `json:"ratio,omitempty"` // Descent / fastest peer, medians
}

var (
	dataDir  = flag.String("data", os.Getenv("DESCENT_DATA"), "folder of the data sets (default $DESCENT_DATA)")
	only     = flag.String("sets", "", "data sets (default those of each contest)")
	which    = flag.String("contests", "", "contests (default all)")
	repeats  = flag.Int("repeats", 7, "timed runs of each finalist")
	target   = flag.Float64("target", 1e-6, "relative duality gap to reach")
	timeout  = flag.Duration("timeout", time.Minute, "longest single run of a solver")
	alone    = flag.Bool("peers-only", false, "leave Descent out")
	jsonFile = flag.String("json", "", "write all timings to this file")
)

func main() {
	log.SetFlags(0)
	flag.Parse()
	if *dataDir == "" {
		log.Fatal("sparse: no data: give -data DIR or set DESCENT_DATA")
	}
	var names, known []string
	for _, c := range contests {
		names = append(names, c.name)
	}
	for _, s := range peer.Sets() {
		known = append(known, s.Name)
	}
	check("contest", *which, names)
	check("set", *only, known)
	p, err := peer.Start("sparse.py")
	if err != nil {
		log.Fatalf("sparse: %v", err)
	}
	defer p.Close()
	fmt.Printf("Peers: %s\nDescent: %s %s/%s, GOMAXPROCS %d\n\n", strings.TrimSpace(string(p.Hello)),
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0))
	fmt.Println("| contest | set | weight | fastest peer | tol | peer ms | its gap | nonzeros | Descent ms | its gap | Descent / peer |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|---|---|")

	var all []*Problem
	for _, set := range peer.Sets() { // the outer loop: a file is read once
		for _, c := range contests {
			if !among(*which, c.name) || !among(*only, set.Name) || !among(c.sets, set.Name) {
				continue
			}
			s := set.Under(*dataDir)
			in, err := about(p, s)
			if err != nil {
				log.Fatalf("sparse: %s: %v", s.Name, err)
			}
			for _, w := range c.weights(in) {
				r := &race{p: p, set: s, loss: c.loss, weight: w, fastest: math.Inf(1)}
				pr, err := r.run(c)
				if err != nil {
					log.Fatalf("sparse: %s on %s: %v", c.name, s.Name, err)
				}
				pr.print()
				all = append(all, pr)
				if err := save(p, all); err != nil {
					log.Fatalf("sparse: %v", err)
				}
			}
		}
	}
}

// check ends the program if a list has an unknown name.
func check(what, list string, known []string) {
	for name := range strings.SplitSeq(list, ",") {
		if list != "" && !slices.Contains(known, name) {
			log.Fatalf("sparse: unknown %s %q: want some of %s", what, name, strings.Join(known, ","))
		}
	}
}

// among reports whether a list, if there is one, has a name.
func among(list, name string) bool {
	return list == "" || slices.Contains(strings.Split(list, ","), name)
}

// about reads a set and returns what its file says.
func about(p *peer.Process, set peer.Set) (in info, err error) {
	err = p.Ask(map[string]any{"set": set, "info": true}, &in, 10**timeout)
	return in, err
}

// save writes what is known so far: a run takes long.
func save(p *peer.Process, all []*Problem) error {
	if *jsonFile == "" {
		return nil
	}
	b, err := json.MarshalIndent(map[string]any{"peers": p.Hello, "problems": all}, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(*jsonFile, b, 0o644)
}

func (pr *Problem) print() {
	best := pr.Peers[0]
	theirs := "none | | | | "
	if best.Note == "" {
		theirs = fmt.Sprintf("%s %s %s | %.1e | %.2f | %.1e | %d", best.Peer, best.Solver, best.Layout, best.Tol, 1e3*best.Median, best.Gap, best.Nonzeros)
	}
	mine := " | | "
	switch d := pr.Descent; {
	case d == nil:
	case d.Note != "":
		mine = d.Note + " | | "
	default:
		mine = fmt.Sprintf("%.2f | %.1e | ", 1e3*d.Median, d.Gap)
		if best.Note == "" {
			mine += fmt.Sprintf("%.2f", pr.Ratio)
		}
	}
	fmt.Printf("| %s | %s | %s | %s | %s |\n", pr.Contest, pr.Set, pr.Label, theirs, mine)
	for _, t := range pr.Peers {
		name := fmt.Sprintf("%s %s %s", t.Peer, t.Solver, t.Layout)
		switch {
		case strings.HasPrefix(t.Note, "not as"): // its other layout is there
			continue
		case t.Note != "":
			log.Printf("  %s: %s", name, t.Note)
			continue
		}
		log.Printf("  %s: %.2f ms (min %.2f, %d runs), tol %.1e, gap %.1e, %d nonzeros", name, 1e3*t.Median, 1e3*t.Min, len(t.Seconds), t.Tol, t.Gap, t.Nonzeros)
	}
}
