package stochastic

import "github.com/godescent/descent/rule"

// Batches is the oracle of training in single precision: f(x) = (1/N) sum_i f_i(x).
type Batches interface {
	// Terms returns N.
	Terms() int
	// BatchGradient stores the gradient at x of the mean of the f_i with i in batch in g and
	// returns the mean. What is random in the f_i (dropout, augmentation) follows from step.
	// NaN is a value; an error says that the arguments do not fit.
	BatchGradient(g, x []float32, batch []int, step uint64) (float32, error)
}

// Stateful is the oracle of terms that learn numbers on the way without a gradient, as batch
// normalization does its statistics: a run saves them, and puts them back to resume.
type Stateful interface{ State() []float32 }

// Adversarial is the oracle of losses whose inputs are changed against parameters, and which are means of those
// of inputs as they are and of changed ones.
type Adversarial interface {
	// Adversary returns how many steps older than x the parameters are against which inputs are changed, and
	// whether there is such an adversary at all.
	Adversary() (delay int, any bool)
	// Attack changes the inputs of a batch against parameters x, for all gradients of that batch and step.
	Attack(x []float32, batch []int, step uint64) error
}

// Apart is the oracle of problems that keep some samples apart from those that f sees.
type Apart interface {
	// HasApart reports whether there are any.
	HasApart() bool
	// Apart returns the mean loss of these samples at x, and a score of which more is better:
	// the share of right labels, or R^2. NaN is a value; an error says that x does not fit.
	Apart(x []float32) (loss, score float64, err error)
}

// Blocked is the oracle of parameters that are made of tensors, for rules that want to know them.
type Blocked interface{ Blocks() []rule.Block }

// Curved is the oracle of rules that want curvatures.
type Curved interface {
	// BatchCurvature stores an estimate at x of the diagonal of the Hessian of the mean of the f_i
	// with i in batch in h. Its random numbers follow from step.
	BatchCurvature(h, x []float32, batch []int, step uint64) error
}

// GaussNewton is the oracle of rules that want curvatures by random labels.
type GaussNewton interface {
	// BatchGaussNewton stores an estimate at x of the diagonal of the Gauss-Newton matrix of the mean of the
	// f_i with i in batch in h. Its random numbers follow from step.
	BatchGaussNewton(h, x []float32, batch []int, step uint64) error
}

// Exampled is the oracle of batches that grow.
type Exampled interface {
	// ExampleMoments stores |g_i|^2 in squares and, unless it is nil, <g_i, v> in products, for the
	// gradients g_i at x of the f_i with i in batch, which is as long. What is random in the f_i
	// follows from step, as in BatchGradient. An error says that the arguments do not fit, or
	// that the f_i have no gradients of their own.
	ExampleMoments(squares, products, x, v []float32, batch []int, step uint64) error
}
