package stochastic

import (
	"fmt"

	"github.com/godescent/descent/rule"
)

// Curvatures are those of a part of the batch, so that in every tenth step they cost less than a tenth more. Liu et al. (2024)
// take 32 of 480 sequences for products with the Hessian and 240 for random labels.
const (
	curvaturePart   = 8
	gaussNewtonPart = 2
)

// provide makes the oracle that the rule needs, of the batch of the step, or says what the problem
// lacks. Its answers cost terms like the gradient, and leave the problem's statistics alone.
func (s *trainRun) provide() error {
	if rule.NeedsOf(s.m.Rule).String() == "nothing" {
		return nil
	}
	spare := make([]float32, len(s.W))
	o := &rule.Oracle[float32]{}
	o.Gradient = func(g, x []float32) float64 {
		loss, err := s.f.BatchGradient(g, x, s.batch, uint64(s.Memory.K-1)) // the step has been counted
		_, terms := s.cost(len(s.batch))
		s.answered(terms, err)
		return float64(loss)
	}
	o.Value = func(x []float32) float64 { return o.Gradient(spare, x) }
	if f, ok := s.f.(Curved); ok && s.adversary == nil {
		o.Curvature = func(h, x []float32) {
			some := s.batch[:(len(s.batch)+curvaturePart-1)/curvaturePart]
			s.answered(len(some), f.BatchCurvature(h, x, some, uint64(s.Memory.K-1)))
		}
	}
	if f, ok := s.f.(GaussNewton); ok && s.adversary == nil {
		o.GaussNewton = func(h, x []float32) {
			some := s.batch[:(len(s.batch)+gaussNewtonPart-1)/gaussNewtonPart]
			s.answered(len(some), f.BatchGaussNewton(h, x, some, uint64(s.Memory.K-1)))
		}
	}
	s.oracle = o
	if err := rule.Provides(o, s.m.Rule); err != nil {
		return fmt.Errorf("train: %w", err)
	}
	return nil
}

func (s *trainRun) answered(terms int, err error) {
	s.asked += terms
	copy(s.stats, s.kept)
	if s.err == nil {
		s.err = err
	}
}

// judge evaluates x on the samples kept apart, and keeps the best.
func (s *trainRun) judge() bool {
	if s.apart == nil {
		return true
	}
	loss, score, err := s.apart.Apart(s.Answer)
	if err != nil {
		s.reason = err.Error()
		return false
	}
	s.LossApart, s.ScoreApart = append(s.LossApart, loss), append(s.ScoreApart, score)
	s.Since++
	if s.m.Patience > 0 && loss < s.BestLoss {
		s.BestLoss, s.Since = loss, 0
		copy(s.Best, s.Answer)
		copy(s.BestStats, s.Stats)
	}
	return true
}
