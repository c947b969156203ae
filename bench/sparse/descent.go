package main

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"time"

	"github.com/godescent/descent"
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
func solve(set Set, loss string, l1 []float64, l2, tol float64) (seconds float64, ws [][]float64, err error) {
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

var parsed = map[Set]*data.Set{}

// load parses a set as the peers see it; one that is mostly full becomes dense.
func load(set Set) (*data.Set, error) {
	if s, ok := parsed[set]; ok {
		return s, nil
	}
	s, err := data.Load(set.Path, data.Options{})
	if err != nil {
		return nil, err
	}
	if set.Positive != 0 {
		for i, y := range s.Y {
			s.Y[i] = -1
			if y == set.Positive {
				s.Y[i] = 1
			}
		}
	}
	if x, ok := s.X.(*linalg.CSR); ok && 2*x.NNZ() > x.Rows*x.Cols {
		full, err := linalg.NewDense(x.Rows, x.Cols, make([]float64, x.Rows*x.Cols))
		if err != nil {
			return nil, err
		}
		for i := range x.Rows {
			x.RowAxpy(1, i, full.Row(i))
		}
		s.X = full
	}
	if set.RealY {
		standardize(s)
	}
	clear(parsed) // sets come one after the other
	parsed[set] = s
	return s, nil
}

// standardize centers the columns and the target, and scales the columns to unit variance.
func standardize(s *data.Set) {
	x := s.X.(*linalg.Dense)
	n := float64(x.Rows)
	for j := range x.Cols {
		mean, square := 0.0, 0.0
		for i := range x.Rows {
			mean += x.Row(i)[j] / n
		}
		for i := range x.Rows {
			x.Row(i)[j] -= mean
			square += x.Row(i)[j] * x.Row(i)[j] / n
		}
		for i := range x.Rows {
			x.Row(i)[j] /= math.Sqrt(square)
		}
	}
	mean := 0.0
	for _, y := range s.Y {
		mean += y / n
	}
	for i := range s.Y {
		s.Y[i] -= mean
	}
}
