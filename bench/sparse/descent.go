package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/godescent/descent"
	"github.com/godescent/descent/bench/peer"
	"github.com/godescent/descent/catalog"
	"github.com/godescent/descent/data"
	"github.com/godescent/descent/fit"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/problem/glm"
)

var losses = map[string]glm.Loss{
	"squared":       glm.Squared{},
	"logistic":      glm.Logistic{},
	"squared-hinge": glm.SquaredHinge{},
	"hinge":         glm.Hinge{},
}

// solve fits one weight with Descent's default method, or a path of them, until its
// own relative duality gap is at most tol everywhere, and returns the time of
// building the models and solving, and the coefficients. The set is parsed and
// laid out at the first call only.
func solve(set peer.Set, loss string, l1 []float64, l2, tol float64) (seconds float64, ws [][]float64, err error) {
	s, err := load(set)
	if err != nil {
		return 0, nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), *timeout)
	defer cancel()
	runtime.GC() // the garbage of measuring is not the solver's
	start := time.Now()
	_, d := s.X.Dims()
	spec := glm.Spec{Loss: losses[loss]}
	if len(l1) > 1 {
		r, err := fit.Path(ctx, set.Name, s.X, s.Y, spec, fit.PathOptions{Lambdas: l1, Tol: tol})
		if err != nil {
			return 0, nil, err
		}
		seconds = time.Since(start).Seconds()
		for _, v := range r.Values {
			if v.Status != descent.Converged {
				return 0, nil, fmt.Errorf("%s: %s at lambda = %.3g, %v", r.Method, v.Status, v.Lambda, v.Certificate)
			}
			ws = append(ws, v.Dense(d)[0])
		}
		return seconds, ws, nil
	}
	spec.L1, spec.L2 = l1[0], l2
	m, err := glm.New(set.Name, s.X, s.Y, spec)
	if err != nil {
		return 0, nil, err
	}
	p := m.Problem()
	e, _, err := catalog.Default(p)
	if err != nil {
		return 0, nil, err
	}
	r, err := descent.Solve(ctx, p, e.New(), make([]float64, d), descent.Options{Tol: tol, NoCheckpoint: true})
	if err != nil {
		return 0, nil, err
	}
	seconds = time.Since(start).Seconds()
	if r.Status != descent.Converged {
		return 0, nil, fmt.Errorf("%s: %s after %.3g s, %v", e.ID, r.Status, seconds, r.Certificate)
	}
	return seconds, [][]float64{r.X}, nil
}

var dense = map[peer.Set]*data.Set{}

// load parses a set as the peers see it; one that is mostly full becomes dense.
func load(set peer.Set) (*data.Set, error) {
	if s, ok := dense[set]; ok {
		return s, nil
	}
	s, err := peer.Load(set)
	if err != nil {
		return nil, err
	}
	x, ok := s.X.(*linalg.CSR)
	if !ok || 2*x.NNZ() <= x.Rows*x.Cols {
		return s, nil
	}
	full, err := linalg.NewDense(x.Rows, x.Cols, nil)
	if err != nil {
		return nil, err
	}
	for i := range x.Rows {
		x.RowAxpy(1, i, full.Row(i))
	}
	whole := *s
	whole.X = full
	clear(dense) // sets come one after the other
	dense[set] = &whole
	return &whole, nil
}
