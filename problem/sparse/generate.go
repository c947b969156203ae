package sparse

import (
	"fmt"
	"math"

	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/rng"
)

// The generated problems of Nutini, Laradji and Schmidt (JMLR 23(131), 2022), with A the
// rows x cols matrix (N(0,1) + 1) whose column j is scaled by 10 N(0,1) and whose entries
// are kept with probability 10 log(rows)/rows, at most 1: about 690 of 10000 in a row, as
// the optimal value that the authors' code has for A with L1 requires. A stream of its own
// under seed draws each part, so that matrix and weights are the same for A and B.

// matrix draws A.
func matrix(rows, cols int, seed uint64) (*linalg.CSR, error) {
	if rows < 1 || cols < 1 {
		return nil, fmt.Errorf("sparse: generated matrix of %d x %d: want at least 1 x 1", rows, cols)
	}
	s := rng.New(seed, "sparse.matrix")
	scale := make([]float64, cols)
	for j := range scale {
		scale[j] = 10 * s.Norm()
	}
	keep := min(1, 10*math.Log(float64(rows))/float64(rows))
	var row, col []int32
	var val []float64
	for i := range rows {
		for j := range cols {
			if s.Float64() < keep {
				row, col, val = append(row, int32(i)), append(col, int32(j)), append(val, (s.Norm()+1)*scale[j])
			}
		}
	}
	return linalg.FromTriplets(rows, cols, row, col, val)
}

// predictors returns A w for w ~ N(0,1), each kept with probability 0.1.
func predictors(a *linalg.CSR, seed uint64) []float64 {
	s := rng.New(seed, "sparse.weights")
	w, z := make([]float64, a.Cols), make([]float64, a.Rows)
	for j := range w {
		if v := s.Norm(); s.Float64() < 0.1 {
			w[j] = v
		}
	}
	a.MulVec(z, w)
	return z
}

// ProblemA is least squares with y = A w + N(0,1), w ~ N(0,1) kept with probability 0.1.
// The paper has 1000 x 10000.
func ProblemA(rows, cols int, seed uint64) (*Sum, error) {
	a, err := matrix(rows, cols, seed)
	if err != nil {
		return nil, err
	}
	s := rng.New(seed, "sparse.noise")
	y := predictors(a, seed)
	for i := range y {
		y[i] += s.Norm()
	}
	return LeastSquares(a, y)
}

// ProblemB is logistic regression with y = sign(A w), w as in A, flipped with probability
// 0.1. The paper has 1000 x 10000, which some x separates: f has no minimizer.
func ProblemB(rows, cols int, seed uint64) (*Sum, error) {
	a, err := matrix(rows, cols, seed)
	if err != nil {
		return nil, err
	}
	s := rng.New(seed, "sparse.flips")
	y := predictors(a, seed)
	for i, z := range y {
		y[i] = math.Copysign(1, z)
		if s.Float64() < 0.1 {
			y[i] = -y[i]
		}
	}
	return Logistic(a, y)
}

// ProblemC is softmax regression with the class of the largest of A W + N(0,1), W_fc ~
// N(0,1). The paper has 1000 x 1000 and 50 classes, and no minimizer as in B.
func ProblemC(rows, cols, classes int, seed uint64) (*Multinomial, error) {
	a, err := matrix(rows, cols, seed)
	if err != nil {
		return nil, err
	}
	s := rng.New(seed, "sparse.classes")
	class, top := make([]int, rows), make([]float64, rows)
	w, z := make([]float64, cols), make([]float64, rows)
	for c := range classes {
		for j := range w {
			w[j] = s.Norm()
		}
		a.MulVec(z, w)
		for i, v := range z {
			if v += s.Norm(); c == 0 || v > top[i] {
				class[i], top[i] = c, v
			}
		}
	}
	return Softmax(a, class, classes)
}
