package main

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/godescent/descent"
	"github.com/godescent/descent/catalog"
	"github.com/godescent/descent/data"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/problem/glm"
)

var parsed = map[Set]*data.Set{}

// load parses a set as the peers see it.
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
	if x, ok := s.X.(*linalg.CSR); ok && set.Unit {
		for i := range x.Rows {
			norm := math.Sqrt(x.RowNrm2Sq(i))
			for p := x.Ptr[i]; p < x.Ptr[i+1] && norm > 0; p++ {
				x.Val[p] /= norm
			}
		}
	}
	if set.RealY {
		center(s)
	}
	parsed[set] = s
	return s, nil
}

// center standardizes the columns and centers the target.
func center(s *data.Set) {
	x := s.X.(*linalg.Dense)
	for j := range x.Cols {
		mean, sq := 0.0, 0.0
		for i := range x.Rows {
			mean += x.Data[i*x.Cols+j] / float64(x.Rows)
		}
		for i := range x.Rows {
			x.Data[i*x.Cols+j] -= mean
			sq += x.Data[i*x.Cols+j] * x.Data[i*x.Cols+j] / float64(x.Rows)
		}
		for i := range x.Rows {
			if sq > 0 {
				x.Data[i*x.Cols+j] /= math.Sqrt(sq)
			}
		}
	}
	mean := 0.0
	for _, y := range s.Y {
		mean += y / float64(len(s.Y))
	}
	for i := range s.Y {
		s.Y[i] -= mean
	}
}

// solveDescent fits a set once with Descent's default method until its own duality
// gap is at most tol, and returns the time of building the model and solving, and
// the coefficients. The set is parsed at the first call only.
func solveDescent(set Set, loss string, l2, tol float64) (seconds float64, w []float64, err error) {
	s, err := load(set)
	if err != nil {
		return 0, nil, err
	}
	spec := glm.Spec{Loss: glm.Squared{}, L2: l2}
	if loss == "logistic" {
		spec.Loss = glm.Logistic{}
	}
	start := time.Now()
	m, err := glm.New(set.Name, s.X, s.Y, spec)
	if err != nil {
		return 0, nil, err
	}
	p := m.Problem()
	e, _, err := catalog.Default(p)
	if err != nil {
		return 0, nil, err
	}
	r, err := descent.Solve(context.Background(), p, e.New(), make([]float64, p.Dim), descent.Options{Tol: tol, NoCheckpoint: true})
	if err != nil {
		return 0, nil, err
	}
	if r.Status != descent.Converged {
		return 0, nil, fmt.Errorf("%s: %s, %v", e.ID, r.Status, r.Certificate)
	}
	return time.Since(start).Seconds(), r.X, nil
}
