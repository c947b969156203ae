package neural

import (
	"fmt"

	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

// evaluateChunk is how many examples Predict evaluates at a time.
const evaluateChunk = 256

// Predict returns the model's outputs for all samples, one example after the other, in the
// mode nn.Predict with the given state, nil for a model that has none.
func Predict[T vec.Float](m nn.Model[T], s *nn.Samples[T], x, state []T) ([]T, error) {
	if len(x) != m.Layout().Dim() || len(state) != m.Layout().StateDim() {
		return nil, fmt.Errorf("neural: %d parameters and a state of %d numbers: the model has %d and %d", len(x), len(state), m.Layout().Dim(), m.Layout().StateDim())
	}
	p := nn.NewPass[T](m.Layout())
	var b nn.Batch[T]
	var out []T
	for lo := 0; lo < s.Len(); lo += evaluateChunk {
		s.Cut(&b, lo, min(lo+evaluateChunk, s.Len()))
		p.Begin(x, nil, state, nn.Predict, rng.Stream{})
		y := m.Forward(p, &b)
		if err := p.Tape.Err(); err != nil {
			return nil, err
		}
		out = append(out, y.Data()...)
	}
	return out, nil
}

// Accuracy returns the share of labels that the model gives the largest output.
func Accuracy[T vec.Float](m nn.Model[T], s *nn.Samples[T], x, state []T) (float64, error) {
	out, err := Predict(m, s, x, state)
	if err != nil {
		return 0, err
	}
	return nn.Accuracy(out, s.Labels)
}
