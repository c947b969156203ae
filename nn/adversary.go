package nn

import (
	"fmt"
	"math"
)

// An Adversary changes the inputs of a model in training against it. With the parameters w_t before step t, and a
// batch of examples (x_i, y_i), the model learns
//
//	(1/2) mean_i [ loss(w_t; x_i, y_i) + loss(w_t; x_i + d_i, y_i) ]
//	d_i = Radius sign( grad_x loss(w_(t-Delay); x_i, y_i) ),  w_0 in the first steps
//
// No number of x_i + d_i leaves the range of all numbers of the samples. Batch normalizations treat both kinds of inputs apart,
// with gains and biases for each; those of the x_i belong to the model. Radius is in the scale of the
// inputs as the model sees them. The zero value changes nothing.
//
// With Delay >= 1 this is concurrent adversarial learning, ConAdv: the d_i do not wait for the step before, so that more machines can
// find them beside it. With 0 it is DisAdv. In one process both cost the same time, three passes for one.
//
// Liu, Chen, Cheng, Hsieh and You, Concurrent adversarial learning for large-batch training, ICLR 2022, arXiv:2106.00221;
// two normalizations: Xie et al., Adversarial examples improve image recognition, CVPR 2020, arXiv:1911.09665.
type Adversary struct {
	Radius float64 // largest change of a number, > 0; 0: none
	Delay  int     // steps, 0 to 64; each keeps a copy of the parameters
	Random bool    // signs that are drawn, in as many passes: a control, which tells what those of the gradient are worth
}

// maxDelay bounds the copies of parameters.
const maxDelay = 64

// Check returns an error unless examples of that shape can be changed.
func (a Adversary) Check(shape []int) error {
	switch {
	case a == (Adversary{}):
		return nil
	case !(a.Radius > 0) || math.IsInf(a.Radius, 1) || a.Delay < 0 || a.Delay > maxDelay:
		return fmt.Errorf("nn: adversary with radius %v, delay %d: want a finite radius > 0, and a delay of 0 to %d", a.Radius, a.Delay, maxDelay)
	case len(shape) == 0:
		return fmt.Errorf("nn: adversary of examples without numbers, as texts are: want ones with a shape, such as [features]")
	}
	return nil
}
