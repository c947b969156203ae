package neural

import (
	"math"

	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/rng"
)

// TargetSize returns how many numbers the model has for an example: its targets, for
// methods that take many steps from each gradient of the losses.
func (f *Objective) TargetSize() int {
	if f.out == nil {
		f.samples.Cut(&f.cut, 0, 1)
		x, _ := nn.Start[float64](f.model.Layout(), 0)
		f.pass.Begin(x, nil, nil, nn.Plain, rng.Stream{})
		f.out = append([]int{}, f.model.Forward(f.pass, &f.cut).Shape()...)
	}
	n := 1
	for _, d := range f.out[1:] {
		n *= d
	}
	return n
}

// Targets stores the outputs at x for examples idx in z.
func (f *Objective) Targets(z, x []float64, idx []int) {
	f.chunks(idx, func(p *nn.Pass[float64], lo, hi int) error {
		p.Begin(x, nil, nil, nn.Plain, rng.Stream{})
		copy(z[lo:hi], f.model.Forward(p, &f.batch).Data())
		return p.Tape.Err()
	}, z)
}

// TargetsBack stores the sum over examples idx of the product of u and the Jacobian of the outputs at x in g.
func (f *Objective) TargetsBack(g, u, x []float64, idx []int) {
	clear(g)
	f.chunks(idx, func(p *nn.Pass[float64], lo, hi int) error {
		p.Begin(x, g, nil, nn.Plain, rng.Stream{})
		out := f.model.Forward(p, &f.batch)
		return p.Tape.Backward(grad.Sum(grad.Mul(out, p.Tape.Input(u[lo:hi], out.Shape()...))))
	}, g)
}

// TargetLoss stores the gradients of the losses of examples idx at the outputs z in u, and returns
// the mean of the losses.
func (f *Objective) TargetLoss(u, z []float64, idx []int) float64 {
	clear(u)
	f.TargetSize()
	sum := 0.0
	f.chunks(idx, func(p *nn.Pass[float64], lo, hi int) error {
		p.Tape.Reset()
		f.shape = append(append(f.shape[:0], f.batch.N), f.out[1:]...)
		losses := grad.Sum(f.loss.Losses(p, p.Tape.Param(z[lo:hi], u[lo:hi], f.shape...), &f.batch))
		sum += losses.Value()
		return p.Tape.Backward(losses)
	}, u)
	return sum / float64(len(idx))
}

// Ridge returns L2 and the number of parameters.
func (f *Objective) Ridge() (lambda float64, n int) { return f.o.L2, f.model.Layout().Dim() }

// chunks runs eval on copies of examples idx, at most Chunk at a time, whose targets are lo to hi-1. A
// failure makes the result NaN.
func (f *Objective) chunks(idx []int, eval func(p *nn.Pass[float64], lo, hi int) error, result []float64) {
	size := f.TargetSize()
	for lo := 0; lo < len(idx); lo += f.o.Chunk {
		hi := min(lo+f.o.Chunk, len(idx))
		f.samples.Fill(&f.batch, idx[lo:hi])
		err := eval(f.pass, lo*size, hi*size)
		if err == nil {
			continue
		}
		if f.err == nil {
			f.err = err
		}
		for i := range result {
			result[i] = math.NaN()
		}
		return
	}
}
