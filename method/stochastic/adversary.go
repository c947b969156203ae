package stochastic

import "github.com/godescent/descent"

// adversaryOf returns the adversary of a problem and its delay in steps, or nil if it has none.
func adversaryOf(f descent.Objective) (Adversarial, int) {
	if o, ok := f.(Adversarial); ok {
		if delay, any := o.Adversary(); any {
			return o, delay
		}
	}
	return nil, 0
}

// gradient stores that of the batch of step k at x in g and returns the loss. Where the problem is [Adversarial] it first
// changes the inputs of the batch, against x_(k-delay), or x_0.
func (s *trainRun) gradient(batch []int, k int) (float32, error) {
	if s.adversary != nil {
		old, n := s.W, len(s.W)
		if s.delay > 0 {
			old = s.Old[k%s.delay*n:][:n]
		}
		if err := s.adversary.Attack(old, batch, uint64(k)); err != nil {
			return 0, err
		}
		if s.delay > 0 {
			copy(old, s.W) // for step k + delay
		}
	}
	return s.f.BatchGradient(s.g, s.W, batch, uint64(k))
}

// cost returns how many terms the gradient of a step costs, and one that its rule asks for: changed inputs are seen
// beside the others, and once more to change them.
func (s *trainRun) cost(batch int) (step, asked int) {
	if s.adversary == nil {
		return batch, batch
	}
	return 3 * batch, 2 * batch
}
