package main

import "errors"

var errNotWired = errors.New("not wired")

// solveDescent minimizes a problem with Descent's L-BFGS (memory 10) from the
// standard start until the infinity norm of the gradient is at most tol, within
// 10000 evaluations. It returns the point, the evaluations of the method and its
// iterations.
func solveDescent(name string, tol float64) (x []float64, evals, iterations int, err error) {
	return nil, 0, 0, errNotWired
}

// overheadDescent returns the median time per iteration on the extended
// Rosenbrock function, n = 10, without the time of the evaluations themselves.
func overheadDescent(repeats int) (seconds float64, err error) {
	return 0, errNotWired
}
