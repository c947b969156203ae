package sparse

import (
	"fmt"
	"math"

	"github.com/godescent/descent"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/vec"
)

// Multinomial is softmax regression, f(x) = sum_i log sum_c exp(z_ic) - z_i,y_i with
// z_ic = sum_f A_if x_(f,c): variable f k + c belongs to feature f and class c of k. Its
// tracked state is z, by row. It belongs to one run at a time.
type Multinomial struct {
	*design
	class []int
	k     int
	z, p  []float64 // rows x k, scratch
	v     []float64 // the change of z along the last line
	q     []float64 // the probabilities of one row
}

// Softmax builds the objective for class numbers 0 to k-1.
func Softmax(a *linalg.CSR, class []int, k int) (*Multinomial, error) {
	if k < 2 {
		return nil, fmt.Errorf("sparse: softmax with %d classes: want at least 2", k)
	}
	y := make([]float64, len(class))
	for i, c := range class {
		if c < 0 || c >= k {
			return nil, fmt.Errorf("sparse: softmax with class[%d] = %d: want 0 to %d", i, c, k-1)
		}
		y[i] = float64(c)
	}
	t, err := newDesign(a, y)
	if err != nil {
		return nil, err
	}
	n := a.Rows * k
	return &Multinomial{design: t, class: class, k: k, z: make([]float64, n), p: make([]float64, n), v: make([]float64, n), q: make([]float64, k)}, nil
}

// Problem returns min f + h under a name; h may be nil.
func (f *Multinomial) Problem(name string, h descent.Regularizer) *descent.Problem {
	return &descent.Problem{Name: name, Dim: len(f.sq) * f.k, Objective: f, Regularizer: h}
}

// row returns the part of row i of a rows x k array.
func (f *Multinomial) row(z []float64, i int) []float64 { return z[i*f.k : (i+1)*f.k] }

// softmax stores exp(z - max)/sum in p and returns log sum exp(z).
func softmax(p, z []float64) float64 {
	top := math.Inf(-1)
	for _, v := range z {
		top = max(top, v)
	}
	for c, v := range z {
		p[c] = v - top
	}
	vec.ExpTo(p, p)
	sum := vec.Sum(p)
	vec.Scal(1/sum, p)
	return top + math.Log(sum)
}

// Value implements [descent.Objective].
func (f *Multinomial) Value(x []float64) float64 {
	f.Track(f.z, x)
	return f.losses(f.z)
}

// losses stores the probabilities at z in p and returns the sum of the losses.
func (f *Multinomial) losses(z []float64) float64 {
	v := 0.0
	for i, c := range f.class {
		v += softmax(f.row(f.p, i), f.row(z, i)) - z[i*f.k+c]
	}
	return v
}

// Gradient implements [descent.Smooth].
func (f *Multinomial) Gradient(g, x []float64) float64 {
	v := f.Value(x)
	f.fromLosses(g)
	return v
}

// fromLosses stores A'(P - Y) in g from the probabilities P.
func (f *Multinomial) fromLosses(g []float64) {
	for i, c := range f.class {
		f.p[i*f.k+c]--
	}
	clear(g)
	for j := range f.sq {
		idx, val := f.column(j)
		for p, i := range idx {
			vec.Axpy(val[p], f.row(f.p, int(i)), f.row(g, j))
		}
	}
}

// HessVec implements [descent.HessianVector]: row by row, p (v - p.v) with v = A d.
func (f *Multinomial) HessVec(hv, x, d []float64) {
	f.Track(f.z, x)
	f.losses(f.z)
	f.Track(f.z, d)
	for i := range f.class {
		p, v := f.row(f.p, i), f.row(f.z, i)
		mean := vec.Dot(p, v)
		for c := range p {
			p[c] *= v[c] - mean
		}
	}
	clear(hv)
	for j := range f.sq {
		idx, val := f.column(j)
		for p, i := range idx {
			vec.Axpy(val[p], f.row(f.p, int(i)), f.row(hv, j))
		}
	}
}

// CoordinateLipschitz stores |A_f|^2/4.
func (f *Multinomial) CoordinateLipschitz(l []float64) {
	for i := range l {
		l[i] = f.sq[i/f.k] / 4
	}
}

// Lipschitz returns a bound on the curvature of f.
func (f *Multinomial) Lipschitz() float64 { return f.BoundNorm() }

// RowSums stores sum |H| over rows, H being (I - 1 1'/k)/2 times A'A (Böhning 1992).
func (f *Multinomial) RowSums(d []float64) {
	one := make([]float64, len(f.sq))
	f.absGram(one)
	for i := range d {
		d[i] = one[i/f.k] * (1 - 1/float64(f.k))
	}
}

// StateLen is rows times classes.
func (f *Multinomial) StateLen() int { return len(f.z) }

// Track stores z at x.
func (f *Multinomial) Track(w, x []float64) {
	clear(w)
	for j := range f.sq {
		idx, val := f.column(j)
		for p, i := range idx {
			vec.Axpy(val[p], f.row(x, j), f.row(w, int(i)))
		}
	}
}

// Shift adds the change of z.
func (f *Multinomial) Shift(w []float64, b []int, d []float64) {
	for i, j := range b {
		idx, val := f.column(j / f.k)
		for p, r := range idx {
			w[int(r)*f.k+j%f.k] += d[i] * val[p]
		}
	}
}

// Partials stores sums over the rows of the features.
func (f *Multinomial) Partials(g, w []float64, b []int) {
	f.touchAll(b) // the probabilities of the rows that count, once
	for _, i := range f.touched {
		softmax(f.row(f.p, int(i)), f.row(w, int(i)))
	}
	for i, j := range b {
		c, sum := j%f.k, 0.0
		idx, val := f.column(j / f.k)
		for p, r := range idx {
			v := f.p[int(r)*f.k+c]
			if f.class[r] == c {
				v--
			}
			sum += val[p] * v
		}
		g[i] = sum
	}
}

// touchAll marks the rows of a block; the last line is forgotten.
func (f *Multinomial) touchAll(b []int) {
	f.release(f.v, f.k)
	for _, j := range b {
		f.touch(j / f.k)
	}
}

// AllPartials stores A'(P - Y).
func (f *Multinomial) AllPartials(g, w []float64) {
	f.losses(w)
	f.fromLosses(g)
}

// Line keeps the change of z along d.
func (f *Multinomial) Line(_ []float64, b []int, d []float64) {
	f.touchAll(b)
	f.Shift(f.v, b, d)
}

// Rise sums log sum_c p_c exp(t v_c) - t v_y over the rows that the line touches.
func (f *Multinomial) Rise(w []float64, t float64) float64 {
	sum := 0.0
	for _, i := range f.touched {
		p, v := f.q, f.row(f.v, int(i))
		before := softmax(p, f.row(w, int(i)))
		small, mean := true, 0.0
		for c := range v {
			small = small && math.Abs(t*v[c]) <= 1
			mean += p[c] * math.Expm1(t*v[c])
		}
		rise := math.Log1p(mean)
		if !small { // the sum may overflow; its terms do not cancel
			for c, z := range f.row(w, int(i)) {
				p[c] = z + t*v[c]
			}
			rise = softmax(p, p) - before
		}
		sum += rise - t*v[f.class[i]]
	}
	return sum
}

// BlockBound stores (1{c=c'} - 1/k)/2 A_f'A_f'.
func (f *Multinomial) BlockBound(h []float64, b []int) {
	n := len(b)
	for i, j := range b {
		f.spread(j/f.k, nil, 0)
		for l := range i + 1 {
			e := -1 / (2 * float64(f.k))
			if b[l]%f.k == j%f.k {
				e += 0.5
			}
			e *= f.cols.ColDot(b[l]/f.k, f.wide)
			h[i*n+l], h[l*n+i] = e, e
		}
		f.gather(j / f.k)
	}
}

// BlockHessian stores sum_i A_if A_if' p_ic (1{c=c'} - p_ic').
func (f *Multinomial) BlockHessian(h, w []float64, b []int) {
	f.touchAll(b)
	for _, i := range f.touched {
		softmax(f.row(f.p, int(i)), f.row(w, int(i)))
	}
	n := len(b)
	for i, j := range b {
		f.spread(j/f.k, f.p, j%f.k)
		for l := range i + 1 {
			c, e := b[l]%f.k, 0.0
			idx, val := f.column(b[l] / f.k)
			for p, r := range idx {
				q := -f.p[int(r)*f.k+c]
				if c == j%f.k {
					q++
				}
				e += val[p] * f.wide[r] * q
			}
			h[i*n+l], h[l*n+i] = e, e
		}
		f.gather(j / f.k)
	}
}

// spread stores column j, times the probabilities of class c, in wide; gather clears it.
func (f *Multinomial) spread(j int, prob []float64, c int) {
	idx, val := f.column(j)
	for p, r := range idx {
		if f.wide[r] = val[p]; prob != nil {
			f.wide[r] *= prob[int(r)*f.k+c]
		}
	}
}

func (f *Multinomial) gather(j int) {
	idx, _ := f.column(j)
	for _, r := range idx {
		f.wide[r] = 0
	}
}

// BoundProduct stores H U_b d.
func (f *Multinomial) BoundProduct(hd []float64, b []int, d []float64) {
	clear(f.z)
	f.Shift(f.z, b, d)
	for i := range f.class {
		row := f.row(f.z, i)
		mean := vec.Sum(row) / float64(f.k)
		for c := range row {
			row[c] = (row[c] - mean) / 2
		}
	}
	clear(hd)
	for j := range f.sq {
		idx, val := f.column(j)
		for p, i := range idx {
			vec.Axpy(val[p], f.row(f.z, int(i)), f.row(hd, j))
		}
	}
}

// BoundNorm returns a bound on the largest eigenvalue of H: half of that of A'A.
func (f *Multinomial) BoundNorm() float64 { return linalg.NormEst(f.rows, nil, 64) / 2 }
