package sparse

import (
	"fmt"
	"math"

	"github.com/godescent/descent"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/vec"
)

// loss is a function of one predictor z and its target.
type loss struct {
	value              func(z, y float64) float64
	slope              func(z, y float64) float64
	curve              func(z, y float64) float64
	rise               func(z, v, y float64) float64 // value(z + v) - value(z), without cancellation
	most, mostOfSlopes float64                       // bounds on the second and third derivatives
}

// Sum is f(x) = sum_i loss(a_i.x, y_i) with one predictor for each row of A: least squares
// or logistic regression. Its tracked state is Ax. It belongs to one run at a time.
type Sum struct {
	*design
	y     []float64
	loss  loss
	quad  bool
	z, s  []float64 // Ax and slopes, scratch
	hd    []float64
	bound float64 // the last BoundNorm, 0 before
}

// LeastSquares is f(x) = |Ax - y|^2 / 2.
func LeastSquares(a *linalg.CSR, y []float64) (*Sum, error) {
	s, err := newSum(a, y, loss{
		value: func(z, y float64) float64 { return (z - y) * (z - y) / 2 },
		slope: func(z, y float64) float64 { return z - y },
		curve: func(float64, float64) float64 { return 1 },
		rise:  func(z, v, y float64) float64 { return v * (z - y + v/2) },
		most:  1,
	})
	if err == nil {
		s.quad = true
	}
	return s, err
}

// Logistic is f(x) = sum_i log(1 + exp(-y_i a_i.x)) with y_i of -1 or 1. It has no
// minimizer where some x separates the two classes.
func Logistic(a *linalg.CSR, y []float64) (*Sum, error) {
	for i, v := range y {
		if v != 1 && v != -1 {
			return nil, fmt.Errorf("sparse: logistic loss with y[%d] = %v: want -1 or 1", i, v)
		}
	}
	return newSum(a, y, loss{
		value: func(z, y float64) float64 { return softplus(-y * z) },
		slope: func(z, y float64) float64 { return -y * sigmoid(-y*z) },
		curve: func(z, y float64) float64 { return sigmoid(z) * sigmoid(-z) },
		// log((1 + e^-m')/(1 + e^-m)) with m = y z, m' = y (z + v)
		rise: func(z, v, y float64) float64 {
			m, step := y*z, y*v
			if math.Abs(step) > 1 {
				return softplus(-m-step) - softplus(-m)
			}
			return math.Log1p(sigmoid(-m) * math.Expm1(-step))
		},
		most: 0.25, mostOfSlopes: 1 / (6 * math.Sqrt(3)),
	})
}

func softplus(t float64) float64 { return max(t, 0) + math.Log1p(math.Exp(-math.Abs(t))) }

func sigmoid(t float64) float64 { return 1 / (1 + math.Exp(-t)) }

func newSum(a *linalg.CSR, y []float64, l loss) (*Sum, error) {
	t, err := newDesign(a, y)
	if err != nil {
		return nil, err
	}
	n := a.Rows
	return &Sum{design: t, y: y, loss: l, z: make([]float64, n), s: make([]float64, n), hd: make([]float64, n)}, nil
}

// Problem returns min f + h under a name; h may be nil.
func (f *Sum) Problem(name string, h descent.Regularizer) *descent.Problem {
	return &descent.Problem{Name: name, Dim: len(f.sq), Objective: f, Regularizer: h}
}

// Quadratic reports whether the Hessian is the same everywhere.
func (f *Sum) Quadratic() bool { return f.quad }

// Value implements [descent.Objective].
func (f *Sum) Value(x []float64) float64 {
	f.rows.MulVec(f.z, x)
	v := 0.0
	for i, z := range f.z {
		v += f.loss.value(z, f.y[i])
	}
	return v
}

// Gradient implements [descent.Smooth].
func (f *Sum) Gradient(g, x []float64) float64 {
	v := f.Value(x)
	f.AllPartials(g, f.z)
	return v
}

// HessVec implements [descent.HessianVector].
func (f *Sum) HessVec(hv, x, v []float64) {
	f.rows.MulVec(f.z, x)
	f.rows.MulVec(f.s, v)
	for i, z := range f.z {
		f.s[i] *= f.loss.curve(z, f.y[i])
	}
	f.cols.MulVecT(hv, f.s)
}

// CoordinateLipschitz stores c |A_j|^2, c being 1 for least squares, 1/4 for logistic.
func (f *Sum) CoordinateLipschitz(l []float64) {
	for j, v := range f.sq {
		l[j] = f.loss.most * v
	}
}

// Lipschitz returns a bound on the curvature of f.
func (f *Sum) Lipschitz() float64 { return f.BoundNorm() }

// RowSums stores sum_k |H_jk| for H = c A'A.
func (f *Sum) RowSums(d []float64) {
	f.absGram(d)
	vec.Scal(f.loss.most, d)
}

// ThirdBounds stores bounds on the third derivatives: 0 for least squares,
// sum_i |A_ij|^3/(6 sqrt 3) for logistic.
func (f *Sum) ThirdBounds(m []float64) {
	for j := range m {
		_, val := f.column(j)
		m[j] = 0
		for _, v := range val {
			m[j] += f.loss.mostOfSlopes * math.Abs(v*v*v)
		}
	}
}

// StateLen is the number of rows: the tracked state is Ax.
func (f *Sum) StateLen() int { return len(f.y) }

// Track stores Ax.
func (f *Sum) Track(w, x []float64) { f.rows.MulVec(w, x) }

// Shift adds A_b d to the state.
func (f *Sum) Shift(w []float64, b []int, d []float64) {
	for i, j := range b {
		f.cols.ColAxpy(d[i], j, w)
	}
}

// Partials stores A_b' slopes.
func (f *Sum) Partials(g, w []float64, b []int) {
	for i, j := range b {
		idx, val := f.column(j)
		sum := 0.0
		for p, r := range idx {
			sum += val[p] * f.loss.slope(w[r], f.y[r])
		}
		g[i] = sum
	}
}

// AllPartials stores A' slopes.
func (f *Sum) AllPartials(g, w []float64) {
	for i, z := range w {
		f.s[i] = f.loss.slope(z, f.y[i])
	}
	f.cols.MulVecT(g, f.s)
}

// Line keeps A_b d.
func (f *Sum) Line(_ []float64, b []int, d []float64) { f.line(b, d) }

// Rise sums the changes of the losses over the rows that the line touches.
func (f *Sum) Rise(w []float64, t float64) float64 {
	sum := 0.0
	for _, i := range f.touched {
		sum += f.loss.rise(w[i], t*f.v[i], f.y[i])
	}
	return sum
}

// BlockBound stores c A_b'A_b.
func (f *Sum) BlockBound(h []float64, b []int) {
	f.gram(h, b, nil)
	vec.Scal(f.loss.most, h)
}

// BlockHessian stores A_b' diag(curvatures) A_b.
func (f *Sum) BlockHessian(h, w []float64, b []int) {
	if f.quad {
		f.gram(h, b, nil)
		return
	}
	for _, j := range b { // the curvatures that count
		idx, _ := f.column(j)
		for _, i := range idx {
			f.s[i] = f.loss.curve(w[i], f.y[i])
		}
	}
	f.gram(h, b, f.s)
}

// BoundProduct stores c A'A U_b d.
func (f *Sum) BoundProduct(hd []float64, b []int, d []float64) {
	clear(f.hd)
	f.Shift(f.hd, b, d)
	f.cols.MulVecT(hd, f.hd)
	vec.Scal(f.loss.most, hd)
}

// BoundNorm returns a bound on the largest eigenvalue of c A'A.
func (f *Sum) BoundNorm() float64 {
	if f.bound == 0 {
		f.bound = f.loss.most * linalg.NormEst(f.rows, nil, 64)
	}
	return f.bound
}
