package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/godescent/descent"
	"github.com/godescent/descent/data"
	"github.com/godescent/descent/prox"
)

// stationary is what a certificate means where the penalty is not convex.
const stationary = "stationary, not proved optimal: the penalty is not convex"

// sparedFlags choose a penalty that leaves large coefficients alone, or columns that are left
// out.
type sparedFlags struct {
	nonconvex
	free []string
}

// nonconvex is a penalty that is not convex: at most one of the weights is positive.
type nonconvex struct {
	MCP    float64 `json:"mcp,omitempty"`
	Gamma  float64 `json:"gamma,omitempty"` // of mcp
	SCAD   float64 `json:"scad,omitempty"`
	A      float64 `json:"a,omitempty"` // of scad
	LogSum float64 `json:"log_sum,omitempty"`
	Eps    float64 `json:"eps,omitempty"` // of log_sum
}

func (f *sparedFlags) registerSpared(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.Float64Var(&f.MCP, "mcp", 0, "in place of l1: weight `lambda` of the minimax concave penalty, which does not shrink beyond gamma lambda")
	fs.Float64Var(&f.Gamma, "gamma", 3, "with --mcp: above 1; the larger, the closer to l1")
	fs.Float64Var(&f.SCAD, "scad", 0, "in place of l1: weight `lambda` of the smoothly clipped absolute deviation, which does not shrink beyond a lambda")
	fs.Float64Var(&f.A, "a", 3.7, "with --scad: above 2")
	fs.Float64Var(&f.LogSum, "log-sum", 0, "in place of l1: weight `lambda` of sum log(1 + |w|/eps)")
	fs.Float64Var(&f.Eps, "eps", 0, "with --log-sum: above 0, in units of (scaled) coefficients")
	fs.StringArrayVar(&f.free, "free", nil, "a `column` that l1 or what is in its place leaves out, by name or number; repeatable")
}

// nonconvexKinds are the flags of the weights and of their parameters.
var nonconvexKinds = [][2]string{{"mcp", "gamma"}, {"scad", "a"}, {"log-sum", "eps"}}

// checkSpared refuses flags that do not go together.
func (f *fitFlags) checkSpared(fs *pflag.FlagSet) error {
	chosen := ""
	for _, k := range nonconvexKinds {
		weight, parameter := k[0], k[1]
		if !fs.Changed(weight) {
			if fs.Changed(parameter) {
				return fmt.Errorf("--%s goes with --%s", parameter, weight)
			}
			continue
		}
		for _, other := range []string{chosen, "l1", "group-l1", "task-l1", "groups", "nonneg", "bound", "path", "cv"} {
			if other != "" && (other == chosen || fs.Changed(other)) {
				return fmt.Errorf("--%s and --%s do not go together: a penalty that is not convex takes the place of l1, beside --l2 or --C", weight, other)
			}
		}
		chosen = weight
		if fs.Lookup(weight).Value.String() == "0" {
			return fmt.Errorf("--%s 0: want a number > 0", weight)
		}
	}
	if fs.Changed("log-sum") && !fs.Changed("eps") {
		return fmt.Errorf("--log-sum: want --eps V too, with V > 0: where the penalty bends, in units of coefficients")
	}
	if chosen != "" {
		h, err := f.regularizer()
		if err == nil {
			_, err = prox.Coordinates(h, 1)
		}
		if err != nil {
			return fmt.Errorf("--%s: %s", chosen, strings.TrimPrefix(err.Error(), "prox: "))
		}
	}
	if len(f.free) > 0 {
		for _, other := range []string{"path", "cv", "task-l1"} {
			if fs.Changed(other) {
				return fmt.Errorf("--free and --%s do not go together: --free goes with a given penalty", other)
			}
		}
		if f.l1 == 0 && f.groupL1 == 0 && chosen == "" {
			return fmt.Errorf("--free %s goes with --l1 V, --group-l1 V, --mcp V, --scad V or --log-sum V: it says which columns they leave out", f.free[0])
		}
	}
	return nil
}

// regularizer returns the penalty, nil for none.
func (p nonconvex) regularizer() (h descent.Regularizer, err error) {
	count := 0
	if p.MCP != 0 {
		h, count = prox.MCP{Lambda: p.MCP, Gamma: p.Gamma}, count+1
	}
	if p.SCAD != 0 {
		h, count = prox.SCAD{Lambda: p.SCAD, A: p.A}, count+1
	}
	if p.LogSum != 0 {
		h, count = prox.LogSum{Lambda: p.LogSum, Eps: p.Eps}, count+1
	}
	if count > 1 {
		return nil, fmt.Errorf("%d of mcp, scad and log-sum: want one", count)
	}
	return h, nil
}

// chosen drops the parameters of the penalties that were not asked for.
func (p nonconvex) chosen() nonconvex {
	switch {
	case p.MCP != 0:
		return nonconvex{MCP: p.MCP, Gamma: p.Gamma}
	case p.SCAD != 0:
		return nonconvex{SCAD: p.SCAD, A: p.A}
	case p.LogSum != 0:
		return nonconvex{LogSum: p.LogSum, Eps: p.Eps}
	}
	return nonconvex{}
}

// inWords begins with a comma unless there is nothing to say.
func (p nonconvex) inWords() string {
	switch {
	case p.MCP != 0:
		return fmt.Sprintf(", mcp = %.6g (gamma = %.6g)", p.MCP, p.Gamma)
	case p.SCAD != 0:
		return fmt.Sprintf(", scad = %.6g (a = %.6g)", p.SCAD, p.A)
	case p.LogSum != 0:
		return fmt.Sprintf(", log-sum = %.6g (eps = %.6g)", p.LogSum, p.Eps)
	}
	return ""
}

// freeColumns resolves --free: increasing, from 0.
func freeColumns(names []string, set *data.Set) ([]int, error) {
	var free []int
	for _, name := range names {
		j, err := columnNamed("free", name, set)
		if err != nil {
			return nil, err
		}
		if slices.Contains(free, j) {
			return nil, fmt.Errorf("--free %s: column %d is given twice", name, j+1)
		}
		free = append(free, j)
	}
	slices.Sort(free)
	return free, nil
}

// note adds what the certificate of a converged run means.
func (s *solved) note(p penalties) {
	if p.nonconvex != (nonconvex{}) && s.result.Status == descent.Converged {
		s.result.Diagnosis = append(s.result.Diagnosis, stationary)
		s.answer.Diagnosis = append(s.answer.Diagnosis, stationary)
	}
}
