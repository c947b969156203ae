package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/godescent/descent"
	"github.com/godescent/descent/method/quasinewton"
	"github.com/godescent/descent/problem/analytic"
)

// solveDescent minimizes a problem with Descent's L-BFGS (memory 10) from the
// standard start until the infinity norm of the gradient is at most tol, within
// 10000 evaluations. It returns the point, the evaluations of the method and its
// iterations.
func solveDescent(name string, tol float64) (x []float64, evals, iterations int, err error) {
	spec, ok := analytic.Lookup("mgh-" + strings.ReplaceAll(name, "_", "-"))
	if !ok {
		return nil, 0, 0, fmt.Errorf("no problem %s", name)
	}
	r, err := descent.Solve(context.Background(), spec.New(), quasinewton.LBFGS{}, spec.X0, descent.Options{Tol: tol, MaxEvals: 10_000})
	if err != nil {
		return nil, 0, 0, err
	}
	return r.X, r.Counts.Evals(), r.Iterations, nil
}

// overheadDescent returns the median time per iteration on the extended
// Rosenbrock function, n = 10, without the time of the evaluations themselves: the
// time of a run less that of as many evaluations alone.
func overheadDescent(repeats int) (seconds float64, err error) {
	spec, ok := analytic.Lookup("mgh-extended-rosenbrock-10")
	if !ok {
		return 0, errors.New("no extended Rosenbrock function")
	}
	f, g := spec.Objective().(descent.Smooth), make([]float64, 10)
	var each []float64
	for range repeats {
		p := spec.New()
		start := time.Now()
		r, err := descent.Solve(context.Background(), p, quasinewton.LBFGS{}, spec.X0, descent.Options{Tol: 1e-8})
		if err != nil {
			return 0, err
		}
		whole := time.Since(start)
		start = time.Now()
		for range r.Counts.Evals() {
			f.Gradient(g, spec.X0)
		}
		each = append(each, (whole-time.Since(start)).Seconds()/float64(r.Iterations))
	}
	slices.Sort(each)
	return each[len(each)/2], nil
}
