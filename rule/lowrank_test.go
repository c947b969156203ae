package rule

import (
	"math"
	"slices"
	"testing"

	"github.com/godescent/descent/rng"
)

// linear makes the first moments of a rule with such a large Eps, at the rate Eps, its steps.
const linear = 1e15

func randomMatrix(seed uint64, n int) []float64 {
	s, g := rng.New(seed, "lowrank"), make([]float64, n)
	for i := range g {
		g[i] = s.Norm()
	}
	return g
}

// The first step of GaLore is along the first singular vectors: of a matrix of rank 2 all is kept with Rank 2, from
// either side, and of one with known singular vectors the part along the first with Rank 1. They stay for Every steps.
func TestGaLoreSingularVectors(t *testing.T) {
	for _, shape := range [][]int{{7, 5}, {5, 7}} {
		a, b := randomMatrix(1, 2*shape[0]), randomMatrix(2, 2*shape[1])
		g, x := make([]float64, 35), make([]float64, 35)
		for i := range g {
			for k := range 2 {
				g[i] += a[2*(i/shape[1])+k] * b[2*(i%shape[1])+k]
			}
		}
		r := GaLore{Rank: 2, Scale: 1, Eps: linear}
		Step(r, x, g, NewState[float64](r, 35, Block{Shape: shape}), linear)
		for i := range x {
			if !(math.Abs(x[i]+g[i]) < 1e-12) {
				t.Fatalf("%v: x[%d] = %v after a gradient of %v", shape, i, x[i], g[i])
			}
		}
	}
	r, x := GaLore{Rank: 1, Every: 2, Eps: 1e-300}, make([]float64, 6)
	s := NewState[float64](r, 6, Block{Shape: []int{3, 2}})
	for k, g := range [][]float64{{3, 0, 0, 1, 0, 0}, {0, 5, 0, 5, 0, 5}, {0, 5, 0, 5, 0, 5}} {
		before := append([]float64(nil), x...)
		Step(r, x, g, s, 0.1)
		if k == 0 && !(math.Abs(x[0]+0.025) < 1e-15 && norm(x[1:]) < 1e-15) {
			t.Errorf("x = %v after a gradient of 3 and 1: want a quarter of the rate, along 3 alone", x)
		}
		if moved := x[1] != before[1]; moved != (k == 2) {
			t.Errorf("step %d: the second column moves: %v", k+1, moved)
		}
	}
}

// Averages go on along new singular vectors, so that these must not change their signs at will.
func TestGaLoreSigns(t *testing.T) {
	const rank, long, k = 3, 7, 5
	for _, shape := range [][]int{{long, k}, {k, long}} {
		r, x := GaLore{Rank: rank, Every: 1}, make([]float64, long*k)
		s := NewState[float64](r, long*k, Block{Shape: shape})
		for seed := range uint64(5) {
			Step(r, x, randomMatrix(seed, long*k), s, 0.1)
			for row := range slices.Chunk(s.Extra[0][2*rank*long:], k) {
				if slices.Max(row) <= -slices.Min(row) {
					t.Errorf("%v, gradient %d: the singular vector %v has a negative largest element", shape, seed, row)
				}
			}
		}
	}
}

// With feedback what the cosines of a step miss is made up for: the mean of steps on a constant gradient comes to be the gradient.
func TestDCTFeedback(t *testing.T) {
	const steps = 400
	for _, shape := range [][]int{{9, 6}, {6, 9}} {
		g := randomMatrix(3, 54)
		for _, feedback := range []bool{true, false} {
			r, x := DCTAdamW{Rank: 2, Feedback: feedback, Beta1: 1e-300, Eps: linear, Decay: -1}, make([]float64, 54)
			s := NewState[float64](r, 54, Block{Shape: shape})
			for range steps {
				Step(r, x, g, s, linear)
			}
			off := make([]float64, 54)
			for i := range off {
				off[i] = g[i] + x[i]/steps
			}
			if d := norm(off) / norm(g); feedback && !(d < 0.02) || !feedback && !(d > 0.5) {
				t.Errorf("%v, feedback %v: the mean step is off by %.2g", shape, feedback, d)
			}
			if feedback { // and all of it is x or remembered
				missed := s.Extra[0][2*(2*9+1):]
				for i := range off {
					if !(math.Abs(steps*g[i]+x[i]-missed[i]) < 1e-9) {
						t.Fatalf("%v: %v of the gradients' sum is neither in x nor remembered", shape, steps*g[i]+x[i]-missed[i])
					}
				}
			}
		}
	}
}
