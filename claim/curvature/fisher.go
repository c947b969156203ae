package curvature

import "github.com/godescent/descent/vec"

// A counter counts multiplications.
type counter float64

func (c *counter) dot(a, b []float64) float64 {
	*c += counter(len(a))
	return vec.Dot(a, b)
}

func (c *counter) axpy(a float64, x, y []float64) {
	*c += counter(len(x))
	vec.Axpy(a, x, y)
}

// fixedFisher is the inverse of F = lambda I + (1/m) sum_i g_i g_i' as Frantar et al. keep it for
// fixed gradients: h_i = F_{i-1}^-1 g_i, where F_i is F with the first i gradients.
type fixedFisher struct {
	lambda float64
	h      [][]float64
	den    []float64 // m + g_i.h_i
}

// newFixedFisher takes d (m^2 + m) multiplications.
func newFixedFisher(c *counter, g [][]float64, lambda float64) *fixedFisher {
	f := &fixedFisher{lambda: lambda}
	for _, row := range g {
		h := f.solve(c, row)
		f.den = append(f.den, float64(len(g))+c.dot(row, h))
		f.h = append(f.h, h)
	}
	return f
}

// solve returns x/lambda - sum_j h_j (h_j.x)/den_j: with all gradients F^-1 x, in d (2 m + 1) multiplications.
func (f *fixedFisher) solve(c *counter, x []float64) []float64 {
	out := make([]float64, len(x))
	c.axpy(1/f.lambda, x, out)
	for j, h := range f.h {
		c.axpy(-c.dot(h, x)/f.den[j], h, out)
	}
	return out
}

// element returns that of F^-1 in O(m).
func (f *fixedFisher) element(k, l int) float64 {
	s := 0.0
	if k == l {
		s = 1 / f.lambda
	}
	for j, h := range f.h {
		s -= h[k] * h[l] / f.den[j]
	}
	return s
}

// slidingFisher is that inverse for gradients that are exchanged.
type slidingFisher struct {
	lambda float64
	g      [][]float64
	dots   [][]float64 // G G'
	d      [][]float64 // D_ij = g_i' F_{i-1}^-1 g_j for j >= i
	b      [][]float64 // h_i = sum_{j <= i} B_ij g_j
}

func newSlidingFisher(c *counter, g [][]float64, lambda float64) *slidingFisher {
	m := len(g)
	square := func() [][]float64 {
		a := make([][]float64, m)
		for i := range a {
			a[i] = make([]float64, m)
		}
		return a
	}
	f := &slidingFisher{lambda: lambda, g: append([][]float64(nil), g...), dots: square(), d: square(), b: square()}
	for i, row := range g {
		for j := range i + 1 {
			f.dots[i][j] = c.dot(row, g[j])
			f.dots[j][i] = f.dots[i][j]
		}
	}
	f.factor(c)
	return f
}

// exchange puts g in the place of gradient i: d m + m^3/2 + O(m^2) multiplications.
func (f *slidingFisher) exchange(c *counter, i int, g []float64) {
	f.g[i] = g
	for j, row := range f.g {
		f.dots[i][j] = c.dot(g, row)
		f.dots[j][i] = f.dots[i][j]
	}
	f.factor(c)
}

// factor finds D = triu(U) - m I, with L U = G G'/lambda + m I, and B, the rows of which follow from those of D.
func (f *slidingFisher) factor(c *counter) {
	m := len(f.g)
	u := f.d
	for i := range m {
		clear(u[i])
		c.axpy(1/f.lambda, f.dots[i], u[i])
		u[i][i] += float64(m)
		for k := range i { // u[k] is a row of U by now
			c.axpy(-u[i][k]/u[k][k], u[k][k:], u[i][k:])
		}
	}
	for i := range m {
		row := f.b[i]
		clear(row)
		row[i] = 1 / f.lambda
		for k := range i {
			c.axpy(-u[k][i]/u[k][k], f.b[k][:k+1], row[:k+1])
		}
	}
	for i := range m {
		f.d[i][i] -= float64(m)
	}
}

// solve returns F^-1 x in d (2 m + 1) + O(m^2) multiplications.
func (f *slidingFisher) solve(c *counter, x []float64) []float64 {
	m := len(f.g)
	q, sum, out := make([]float64, m), make([]float64, m), make([]float64, len(x))
	for i, row := range f.g {
		q[i] = c.dot(row, x) / f.lambda
	}
	for i := range m { // q_i becomes h_i.x, then that over den_i
		q[i] /= float64(m) + f.d[i][i]
		c.axpy(-q[i], f.d[i][i+1:], q[i+1:])
	}
	for i := range m {
		c.axpy(q[i], f.b[i][:i+1], sum[:i+1])
	}
	c.axpy(1/f.lambda, x, out)
	for j, row := range f.g {
		c.axpy(-sum[j], row, out)
	}
	return out
}
