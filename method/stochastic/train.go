package stochastic

import (
	"fmt"
	"math"

	"github.com/godescent/descent/rule"
	"github.com/godescent/descent/schedule"
	"github.com/godescent/descent/vec"
)

// Train changes x by an update rule, one mini-batch after the other, in single precision:
//
//	g <- grad f_B(x),  |g| clipped to Clip
//	x <- Rule(x, g),   with the learning rate Rate * Schedule.At(epochs before the step)
//
// The iterate is what the rule recommends: x itself, or an average of it. Rules that need losses,
// gradients elsewhere or curvatures of the batch get them, where the problem has them: curvatures by products with the
// Hessian of an eighth of the batch, those by random labels of half of it. Problems that are [Adversarial] change
// the inputs of each batch before its gradient, which then costs 3 times the terms, and keep as many vectors as their
// delay. An iteration is an epoch: all samples once, in an order that is drawn anew, in batches of
// which the last may be short. There is no certificate on the way but what the problem has: training
// ends at its limits, or, with Patience, when the loss on samples that were kept apart has not
// fallen for so many epochs: x is then the best one seen. Problem class: smooth f given by
// Batches, as networks are, without h.
//
// Series: "loss", the mean over an epoch of the losses before each step; "rate", the last learning
// rate; of problems that are [Apart] "loss apart" and "score apart", at the end of the epoch; and with
// [Growth] "batch", the size that the next has, and "steps", those made so far.
//
// Cost per iteration: N terms, once more with Growth, and a pass of the rule for each batch. Memory: that of the rule, and
// 2 vectors in single and 1 in double precision, one more with Patience.
//
// Robbins and Monro, A stochastic approximation method, Ann. Math. Stat. 22, 1951. Clipping:
// Pascanu, Mikolov, Bengio, On the difficulty of training recurrent neural networks, ICML
// 2013, arXiv:1211.5063. Early stopping: Prechelt, Early stopping - but when?, 1998.
type Train struct {
	Rule     rule.Rule         // default AdamW
	Rate     float64           // learning rate > 0; default that of the rule
	Schedule schedule.Schedule // of the learning rate, in epochs; default constant
	Batch    int               // samples in a step; default 64
	Growth   Growth            // lets batches grow from there; the zero value does not
	Clip     float64           // largest Euclidean norm of a gradient, > 0; 0: none
	Patience int               // epochs without a smaller loss on samples kept apart that end the run; 0: none
	Seed     uint64            // of the order of the samples
}

// Iterates implements [descent.Run].
func (s *trainRun) Iterates(yield func([]float64) bool) {
	defer func() { copy(s.stats, s.Shown) }() // the driver may leave inside an epoch
	for s.m.Patience == 0 || s.Since < s.m.Patience {
		copy(s.stats, s.Stats)
		if !s.epoch() || !s.judge() {
			return
		}
		w, stats := s.Answer, s.Stats
		if s.m.Patience > 0 && !math.IsNaN(s.Loss[len(s.Loss)-1]) {
			w, stats = s.Best, s.BestStats
		}
		copy(s.stats, stats)
		copy(s.Shown, stats)
		for i, v := range w {
			s.x[i] = float64(v)
		}
		if !yield(s.x) {
			return
		}
	}
	s.reason = fmt.Sprintf("the loss on the samples kept apart has not fallen for %d epochs; x is the best, that of epoch %d", s.Since, len(s.LossApart)-s.Since)
}

// epoch sees the rest of the samples. It reports false where a batch does not fit. All that is
// exported is whole when it counts terms: there the driver may leave it.
func (s *trainRun) epoch() bool {
	n := len(s.Order)
	if s.At == 0 {
		s.Rng.Shuffle(s.Order)
	}
	for s.At < n {
		batch := s.Order[s.At:min(n, s.At+s.Size)]
		k := s.Memory.K
		loss, err := s.gradient(batch, k)
		if err != nil {
			s.reason = err.Error()
			return false
		}
		s.asked = 0
		if err := s.grow(batch, uint64(k)); err != nil && loss-loss == 0 { // else the loss says more
			s.reason = err.Error()
			return false
		}
		s.clip()
		if s.oracle != nil {
			s.oracle.Loss, s.batch = float64(loss), batch
			copy(s.kept, s.stats)
		}
		s.Rate = s.rate(k)
		rule.StepWith(s.m.Rule, s.W, s.g, &s.Memory, s.Rate, s.oracle)
		if s.err != nil {
			s.reason = s.err.Error()
			return false
		}
		s.Sum += float64(loss) * float64(len(batch)) / float64(n)
		s.At += len(batch)
		if loss-loss != 0 { // all that follows would be NaN: the driver is to see it now
			s.W[0], s.Sum, s.At = float32(math.NaN()), math.NaN(), n
			copy(s.stats, s.Stats)
		}
		copy(s.Stats, s.stats)
		terms, _ := s.cost(len(batch))
		s.p.CountTerms(terms + s.asked)
	}
	rule.Answer(s.m.Rule, s.Answer, s.W, &s.Memory)
	s.Loss, s.Rates = append(s.Loss, s.Sum), append(s.Rates, s.Rate)
	s.Sizes, s.Steps = append(s.Sizes, float64(s.Size)), append(s.Steps, float64(s.Memory.K))
	s.At, s.Sum = 0, 0
	return true
}

// rate returns the learning rate after k steps.
func (s *trainRun) rate(k int) float64 {
	steps := (len(s.Order) + s.m.Batch - 1) / s.m.Batch
	epochs := float64(k) / float64(steps)
	if s.examples != nil { // steps differ
		epochs = float64(len(s.Loss)) + float64(s.At)/float64(len(s.Order))
	}
	return s.m.Rate * s.m.Schedule.At(epochs)
}

// clip shortens g to the norm Clip.
func (s *trainRun) clip() {
	if s.m.Clip == 0 {
		return
	}
	if norm := float64(vec.Nrm2(s.g)); norm > s.m.Clip {
		vec.Scal(float32(s.m.Clip/norm), s.g)
	}
}
