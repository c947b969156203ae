package coordinate

import (
	"fmt"

	"github.com/godescent/descent"
	"github.com/godescent/descent/prox"
)

// chooseUpdate sets the step of a run.
func (s *bcdRun) chooseUpdate(name string) error {
	switch name {
	case "lb", "pg":
		s.needLipschitz()
		s.step = s.gradientStep
	case "la":
		s.Curvature = make([]float64, s.n)
		for i := range s.Curvature {
			s.Curvature[i] = 1
		}
		s.step = s.doublingStep
	case "hb":
		if err := s.needBounds(); err != nil {
			return err
		}
		s.cacheFactors()
		s.step = s.matrixStep
	case "newton":
		return s.chooseSecondOrder(s.newNewtonStep)
	case "pn":
		if err := s.needBounds(); err != nil {
			return err
		}
		s.step = s.newModelStep()
	case "pn-newton":
		return s.chooseSecondOrder(s.newProxNewtonStep)
	case "tmp":
		h, err := prox.Affine(s.p.Regularizer, s.n)
		if err != nil {
			return fmt.Errorf("bcd: update tmp: %w", err)
		}
		return s.chooseSecondOrder(func(o BlockHessian) blockStep { return s.newTwoMetricStep(o, h) })
	case "tree":
		return s.chooseTree()
	}
	return nil
}

// blockStep stores the new x_b in u, from the partial derivatives g.
type blockStep = func(b []int, k int, g, u []float64)

// chooseSecondOrder sets a step that takes blocks of the Hessian.
func (s *bcdRun) chooseSecondOrder(newStep func(o BlockHessian) blockStep) error {
	var o BlockHessian
	if t, ok := s.f.(*plainTracker); ok {
		if err := t.needHessian(); err != nil {
			return fmt.Errorf("bcd: %w", err)
		}
		o = t
	} else {
		var err error
		if o, err = descent.Require[BlockHessian](s.p); err != nil {
			return fmt.Errorf("bcd: %w", err)
		}
	}
	s.bounds.scratch(s.tau)
	s.step = newStep(o)
	return nil
}

// chooseTree sets the step of forests and checks fixed blocks.
func (s *bcdRun) chooseTree() error {
	graph, err := s.graph()
	if err != nil {
		return fmt.Errorf("bcd: %w", err)
	}
	e := newElimination(graph, 0, s.n, s.tau)
	d := make([]float64, s.tau)
	for _, b := range s.blocks {
		if err := e.solve(b, d[:len(b)]); err != nil {
			return err
		}
	}
	if o, ok := s.p.Objective.(PairwiseHessian); ok {
		return s.chooseTreeNewton(o)
	}
	// d = -A_bb^-1 g_b: A_bb (x_b + d) = c_b - A_{b,rest} x_rest.
	s.step = func(b []int, _ int, g, u []float64) {
		d := d[:len(b)]
		copy(d, g)
		e.mustSolve(b, d)
		for i, j := range b {
			u[i] = s.X[j] - d[i]
		}
	}
	return nil
}

// chooseTreeNewton sets update newton with the system solved by elimination.
func (s *bcdRun) chooseTreeNewton(o PairwiseHessian) error {
	if _, ok := s.f.(*plainTracker); ok {
		_, err := descent.Require[Tracker](s.p)
		return fmt.Errorf("bcd: update tree: %w", err)
	}
	e := newElimination(rowsAt{o, s}, 1e-13, s.n, s.tau)
	s.step = s.newSearchStep(e.mustSolve)
	return nil
}
