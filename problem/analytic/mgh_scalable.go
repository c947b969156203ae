package analytic

import "math"

// The problems 13 and 21-35 of Moré, Garbow and Hillstrom, which are defined for
// any dimension (Powell's for multiples of 4).

// Blocks of two: r_{2i-1} = 10 (x_{2i} - x_{2i-1}^2), r_{2i} = 1 - x_{2i-1}.
func extendedRosenbrock(r []float64, j jac, x []float64) {
	for i := 0; i < len(x); i += 2 {
		r[i], r[i+1] = 10*(x[i+1]-x[i]*x[i]), 1-x[i]
		if j.wanted() {
			j.row(i)[i], j.row(i)[i+1] = -20*x[i], 10
			j.row(i + 1)[i] = -1
		}
	}
}

// Blocks of four: r_1 = x_1 + 10 x_2, r_2 = sqrt(5) (x_3 - x_4), r_3 = (x_2 - 2 x_3)^2,
// r_4 = sqrt(10) (x_1 - x_4)^2. The Hessian at the minimum is singular.
func powellSingular(r []float64, j jac, x []float64) {
	s5, s10 := math.Sqrt(5), math.Sqrt(10)
	for i := 0; i < len(x); i += 4 {
		a, b := x[i+1]-2*x[i+2], x[i]-x[i+3]
		r[i], r[i+1], r[i+2], r[i+3] = x[i]+10*x[i+1], s5*(x[i+2]-x[i+3]), a*a, s10*b*b
		if j.wanted() {
			j.row(i)[i], j.row(i)[i+1] = 1, 10
			j.row(i + 1)[i+2], j.row(i + 1)[i+3] = s5, -s5
			j.row(i + 2)[i+1], j.row(i + 2)[i+2] = 2*a, -4*a
			j.row(i + 3)[i], j.row(i + 3)[i+3] = 2*s10*b, -2*s10*b
		}
	}
}

// r_i = a (x_i - 1), i <= n; r_{n+1} = sum_j x_j^2 - 1/4; a = sqrt(1e-5).
func penalty1(r []float64, j jac, x []float64) {
	a, n := math.Sqrt(1e-5), len(x)
	for i, v := range x {
		r[i] = a * (v - 1)
		if j.wanted() {
			j.row(i)[i] = a
			j.row(n)[i] = 2 * v
		}
	}
	r[n] = sumSquares(x) - 0.25
}

// r_1 = x_1 - 0.2; r_i = a (e^(x_i/10) + e^(x_{i-1}/10) - y_i) and
// r_{n+i-1} = a (e^(x_i/10) - e^(-1/10)), i = 2..n; r_{2n} = sum_j (n-j+1) x_j^2 - 1;
// a = sqrt(1e-5), y_i = e^(i/10) + e^((i-1)/10).
func penalty2(r []float64, j jac, x []float64) {
	a, n := math.Sqrt(1e-5), len(x)
	r[0] = x[0] - 0.2
	j.set(0, 1)
	r[2*n-1] = -1
	for i, v := range x {
		w := float64(n - i)
		r[2*n-1] += w * v * v
		if j.wanted() {
			j.row(2*n - 1)[i] = 2 * w * v
		}
		if i == 0 {
			continue
		}
		e, prev := math.Exp(v/10), math.Exp(x[i-1]/10)
		y := math.Exp(float64(i+1)/10) + math.Exp(float64(i)/10)
		r[i], r[n+i-1] = a*(e+prev-y), a*(e-math.Exp(-0.1))
		if j.wanted() {
			j.row(i)[i], j.row(i)[i-1] = a*e/10, a*prev/10
			j.row(n + i - 1)[i] = a * e / 10
		}
	}
}

// r_i = x_i - 1, i <= n; r_{n+1} = s, r_{n+2} = s^2, s = sum_j j (x_j - 1).
func variablyDimensioned(r []float64, j jac, x []float64) {
	n, s := len(x), 0.0
	for i, v := range x {
		r[i] = v - 1
		s += float64(i+1) * (v - 1)
	}
	r[n], r[n+1] = s, s*s
	if j.wanted() {
		for i := range x {
			j.row(i)[i] = 1
			j.row(n)[i] = float64(i + 1)
			j.row(n + 1)[i] = 2 * s * float64(i+1)
		}
	}
}

// r_i = n - sum_j cos x_j + i (1 - cos x_i) - sin x_i.
func trigonometric(r []float64, j jac, x []float64) {
	s := float64(len(x))
	for _, v := range x {
		s -= math.Cos(v)
	}
	for i, v := range x {
		sin, cos := math.Sincos(v)
		r[i] = s + float64(i+1)*(1-cos) - sin
		if j.wanted() {
			for k := range x {
				j.row(k)[i] += sin
			}
			j.row(i)[i] += float64(i+1)*sin - cos
		}
	}
}

// r_i = x_i + sum_j x_j - (n+1), i < n; r_n = prod_j x_j - 1.
func brownAlmostLinear(r []float64, j jac, x []float64) {
	n, s, p := len(x), 0.0, 1.0
	for _, v := range x {
		s += v
		p *= v
	}
	for i, v := range x[:n-1] {
		r[i] = v + s - float64(n+1)
	}
	r[n-1] = p - 1
	if !j.wanted() {
		return
	}
	for i := range n - 1 {
		row := j.row(i)
		for k := range row {
			row[k] = 1
		}
		row[i] = 2
	}
	for k, row := 0, j.row(n-1); k < n; k++ {
		row[k] = 1
		for i, v := range x {
			if i != k {
				row[k] *= v
			}
		}
	}
}

// at returns x_i, 0 outside of x: the boundary values of a grid function.
func at(x []float64, i int) float64 {
	if i < 0 || i >= len(x) {
		return 0
	}
	return x[i]
}

// r_i = 2 x_i - x_{i-1} - x_{i+1} + h^2 (x_i + t_i + 1)^3 / 2, h = 1/(n+1), t_i = i h,
// x_0 = x_{n+1} = 0.
func discreteBoundaryValue(r []float64, j jac, x []float64) {
	h := 1 / float64(len(x)+1)
	for i, v := range x {
		c := v + float64(i+1)*h + 1
		r[i] = 2*v - at(x, i-1) - at(x, i+1) + h*h*c*c*c/2
		if j.wanted() {
			tridiagonal(j.row(i), i, -1, 2+1.5*h*h*c*c, -1)
		}
	}
}

// tridiagonal stores the entries around place i that lie in the row.
func tridiagonal(row []float64, i int, below, diag, above float64) {
	row[i] = diag
	if i > 0 {
		row[i-1] = below
	}
	if i+1 < len(row) {
		row[i+1] = above
	}
}

// r_i = x_i + h/2 ((1-t_i) sum_{j<=i} t_j c_j^3 + t_i sum_{j>i} (1-t_j) c_j^3),
// c_j = x_j + t_j + 1, h = 1/(n+1), t_i = i h.
func discreteIntegral(r []float64, j jac, x []float64) {
	h := 1 / float64(len(x)+1)
	for i, v := range x {
		ti := float64(i+1) * h
		r[i] = v
		for k, xk := range x {
			tk := float64(k+1) * h
			w := h / 2 * (1 - ti) * tk
			if k > i {
				w = h / 2 * ti * (1 - tk)
			}
			c := xk + tk + 1
			r[i] += w * c * c * c
			if j.wanted() {
				j.row(i)[k] = 3 * w * c * c
			}
		}
		if j.wanted() {
			j.row(i)[i]++
		}
	}
}

// r_i = (3 - 2 x_i) x_i - x_{i-1} - 2 x_{i+1} + 1.
func broydenTridiagonal(r []float64, j jac, x []float64) {
	for i, v := range x {
		r[i] = (3-2*v)*v - at(x, i-1) - 2*at(x, i+1) + 1
		if j.wanted() {
			tridiagonal(j.row(i), i, -1, 3-4*v, -2)
		}
	}
}

// r_i = x_i (2 + 5 x_i^2) + 1 - sum_{j in J_i} x_j (1 + x_j), J_i = {i-5, ..., i+1} without i.
func broydenBanded(r []float64, j jac, x []float64) {
	for i, v := range x {
		r[i] = v*(2+5*v*v) + 1
		for k := max(0, i-5); k <= min(len(x)-1, i+1); k++ {
			if k == i {
				continue
			}
			r[i] -= x[k] * (1 + x[k])
			if j.wanted() {
				j.row(i)[k] = -1 - 2*x[k]
			}
		}
		if j.wanted() {
			j.row(i)[i] = 2 + 15*v*v
		}
	}
}

// r_i = x_i - (2/m) sum_j x_j - 1, without x_i for i > n.
func linearFullRank(r []float64, j jac, x []float64) {
	s, c := 0.0, 2/float64(len(r))
	for _, v := range x {
		s += v
	}
	for i := range r {
		r[i] = at(x, i) - c*s - 1
		if j.wanted() {
			for k, row := 0, j.row(i); k < len(row); k++ {
				row[k] = -c
			}
			if i < len(x) {
				j.row(i)[i]++
			}
		}
	}
}

// r_i = i sum_j j x_j - 1.
func linearRank1(r []float64, j jac, x []float64) {
	rankOne(r, j, x, 0)
}

// r_i = (i-1) sum_{j=2}^{n-1} j x_j - 1; r_1 = r_m = -1.
func linearRank1Zero(r []float64, j jac, x []float64) {
	rankOne(r, j, x, 1)
}

// rankOne is r_i = (i-z) sum_j j x_j - 1, where z of the rows and columns are zero
// at either end.
func rankOne(r []float64, j jac, x []float64, z int) {
	n, m, s := len(x), len(r), 0.0
	for k := z; k < n-z; k++ {
		s += float64(k+1) * x[k]
	}
	for i := range r {
		r[i] = -1
		if i < z || i >= m-z {
			continue
		}
		w := float64(i + 1 - z)
		r[i] += w * s
		if j.wanted() {
			for k := z; k < n-z; k++ {
				j.row(i)[k] = w * float64(k+1)
			}
		}
	}
}

// r_i = (1/n) sum_j T_i(2 x_j - 1) - int_0^1 T_i(2 t - 1) dt with Chebyshev's
// polynomials T_i; the integral is 0 for odd i, -1/(i^2 - 1) for even i.
func chebyquad(r []float64, j jac, x []float64) {
	n := float64(len(x))
	for i := range r {
		r[i] = 0
		if k := float64(i + 1); i%2 == 1 {
			r[i] = 1 / (k*k - 1)
		}
	}
	for k, v := range x {
		z := 2*v - 1
		t0, t, d0, d := 1.0, z, 0.0, 2.0 // T_{i-1}, T_i and their derivatives in x
		for i := range r {
			r[i] += t / n
			if j.wanted() {
				j.row(i)[k] = d / n
			}
			t0, t, d0, d = t, 2*z*t-t0, d, 4*t+2*z*d-d0
		}
	}
}
