package main

import (
	"context"
	"fmt"
	"time"

	"github.com/godescent/descent"
	"github.com/godescent/descent/bench/peer"
	"github.com/godescent/descent/catalog"
	"github.com/godescent/descent/problem/glm"
)

// solveDescent fits a set once with Descent's default method until its own duality
// gap is at most tol, and returns the time of building the model and solving, and
// the coefficients. The set is parsed at the first call only.
func solveDescent(set peer.Set, loss string, l2, tol float64) (seconds float64, w []float64, err error) {
	s, err := peer.Load(set)
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
