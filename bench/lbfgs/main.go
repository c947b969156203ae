// Command lbfgs compares Descent's L-BFGS with SciPy's L-BFGS-B on the 42
// More-Garbow-Hillstrom problems: function evaluations, problems solved to a
// gradient of 1e-8, and the time per iteration that is not the function's. Run
// it from the module's root:
//
//	go run ./bench/lbfgs
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/godescent/descent/bench/peer"
)

// gradTol is the infinity norm of the gradient that counts as solved.
const gradTol = 1e-8

type request struct {
	Problem  string    `json:"problem,omitempty"`
	X        []float64 `json:"x,omitempty"`
	Overhead int       `json:"overhead,omitempty"`
}

// An Outcome is what one solver reached on one problem.
type Outcome struct {
	Evals      int     `json:"nfev"`
	Iterations int     `json:"nit"`
	Value      float64 `json:"fun"`
	GradInf    float64 `json:"gnorm_inf"`
	Grad2      float64 `json:"gnorm_2"`
	Message    string  `json:"message,omitempty"`
}

func (o *Outcome) solved() bool { return o != nil && o.GradInf <= gradTol }

// A Row is one problem.
type Row struct {
	Name    string   `json:"name"`
	N       int      `json:"n"`
	SciPy   *Outcome `json:"scipy"`
	Descent *Outcome `json:"descent"`
}

var (
	jsonFile = flag.String("json", "", "write all results to this file")
	repeats  = flag.Int("repeats", 200, "runs for the time per iteration")
)

func main() {
	log.SetFlags(0)
	flag.Parse()
	if err := run(); err != nil {
		log.Fatalf("lbfgs: %v", err)
	}
}

func run() error {
	p, err := peer.Start("lbfgs.py")
	if err != nil {
		return err
	}
	defer p.Close()
	var hello struct {
		Versions map[string]string
		Problems []string
	}
	if err := json.Unmarshal(p.Hello, &hello); err != nil {
		return err
	}
	fmt.Printf("Peer: SciPy %s L-BFGS-B, maxcor 10, gtol 1e-8, ftol 0\n\n", hello.Versions["scipy"])
	fmt.Println("| problem | n | SciPy evals | its F | its gradient | Descent evals | its F | its gradient |")
	fmt.Println("|---|---|---|---|---|---|---|---|")
	var rows []*Row
	var missing error
	for _, name := range hello.Problems {
		var s struct {
			N int
			Outcome
		}
		if err := p.Ask(request{Problem: name}, &s, time.Minute); err != nil {
			return err
		}
		r := &Row{Name: name, N: s.N, SciPy: &s.Outcome}
		if r.Descent, err = descentOn(p, name); err != nil {
			missing = err
		}
		rows = append(rows, r)
		fmt.Printf("| %s | %d | %s | %s |\n", name, s.N, cells(r.SciPy), cells(r.Descent))
	}
	var overhead struct {
		Nit           int
		SecondsMedian float64 `json:"seconds_median"`
		SecondsMin    float64 `json:"seconds_min"`
	}
	if err := p.Ask(request{Overhead: *repeats}, &overhead, time.Minute); err != nil {
		return err
	}
	summarize(rows)
	fmt.Printf("\nOverhead per iteration, extended Rosenbrock n = 10: SciPy %.2f us (min %.2f)", 1e6*overhead.SecondsMedian, 1e6*overhead.SecondsMin)
	mine, err := overheadDescent(*repeats)
	if err == nil {
		fmt.Printf(", Descent %.3f us, SciPy / Descent %.1f", 1e6*mine, overhead.SecondsMedian/mine)
	} else {
		missing = err
	}
	fmt.Println()
	if missing != nil {
		log.Printf("lbfgs: Descent: %v", missing)
	}
	if *jsonFile == "" {
		return nil
	}
	b, err := json.MarshalIndent(map[string]any{"versions": hello.Versions, "problems": rows,
		"overhead_seconds": map[string]float64{"scipy": overhead.SecondsMedian, "descent": mine}}, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(*jsonFile, b, 0o644)
}

// descentOn solves with Descent and lets the peer's program measure the answer.
func descentOn(p *peer.Process, name string) (*Outcome, error) {
	x, evals, iterations, err := solveDescent(name, gradTol)
	if err != nil {
		return nil, err
	}
	o := &Outcome{Evals: evals, Iterations: iterations}
	return o, p.Ask(request{Problem: name, X: x}, o, time.Minute)
}

func cells(o *Outcome) string {
	if o == nil {
		return " | | "
	}
	mark := ""
	if !o.solved() {
		mark = " (not solved)"
	}
	return fmt.Sprintf("%d | %.6g | %.1e%s", o.Evals, o.Value, o.GradInf, mark)
}

func summarize(rows []*Row) {
	var solved, evals [2]int
	var both int
	var common [2]int
	var unsolved []string
	for _, r := range rows {
		for k, o := range []*Outcome{r.SciPy, r.Descent} {
			if o.solved() {
				solved[k]++
				evals[k] += o.Evals
			}
		}
		if r.SciPy.solved() && r.Descent.solved() {
			both++
			common[0] += r.SciPy.Evals
			common[1] += r.Descent.Evals
		}
		if !r.SciPy.solved() {
			unsolved = append(unsolved, r.Name)
		}
	}
	fmt.Printf("\nSolved of %d: SciPy %d with %d evaluations, Descent %d with %d evaluations.\n", len(rows), solved[0], evals[0], solved[1], evals[1])
	fmt.Printf("On the %d that both solve: SciPy %d, Descent %d evaluations.\n", both, common[0], common[1])
	fmt.Printf("SciPy does not solve: %s.\n", strings.Join(unsolved, ", "))
}
