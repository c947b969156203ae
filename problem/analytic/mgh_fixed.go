package analytic

import "math"

// The problems 1-20 of Moré, Garbow and Hillstrom, whose dimension is fixed (but for
// Watson's). Names and numbers are the paper's; i counts from 1 in the comments.

// r_1 = 10 (x_2 - x_1^2), r_2 = 1 - x_1.
func rosenbrock(r []float64, j jac, x []float64) {
	r[0], r[1] = 10*(x[1]-x[0]*x[0]), 1-x[0]
	j.set(0, -20*x[0], 10)
	j.set(1, -1)
}

// r_1 = -13 + x_1 + ((5 - x_2) x_2 - 2) x_2, r_2 = -29 + x_1 + ((x_2 + 1) x_2 - 14) x_2.
func freudensteinRoth(r []float64, j jac, x []float64) {
	y := x[1]
	r[0] = -13 + x[0] + ((5-y)*y-2)*y
	r[1] = -29 + x[0] + ((y+1)*y-14)*y
	j.set(0, 1, (10-3*y)*y-2)
	j.set(1, 1, (3*y+2)*y-14)
}

// r_1 = 10^4 x_1 x_2 - 1, r_2 = exp(-x_1) + exp(-x_2) - 1.0001.
func powellBadlyScaled(r []float64, j jac, x []float64) {
	e1, e2 := math.Exp(-x[0]), math.Exp(-x[1])
	r[0], r[1] = 1e4*x[0]*x[1]-1, e1+e2-1.0001
	j.set(0, 1e4*x[1], 1e4*x[0])
	j.set(1, -e1, -e2)
}

// r_1 = x_1 - 10^6, r_2 = x_2 - 2e-6, r_3 = x_1 x_2 - 2.
func brownBadlyScaled(r []float64, j jac, x []float64) {
	r[0], r[1], r[2] = x[0]-1e6, x[1]-2e-6, x[0]*x[1]-2
	j.set(0, 1, 0)
	j.set(1, 0, 1)
	j.set(2, x[1], x[0])
}

var bealeY = [...]float64{1.5, 2.25, 2.625}

// r_i = y_i - x_1 (1 - x_2^i).
func beale(r []float64, j jac, x []float64) {
	p, dp := x[1], 1.0 // x_2^i and its derivative
	for i, y := range bealeY {
		r[i] = y - x[0]*(1-p)
		j.set(i, p-1, x[0]*dp)
		dp = float64(i+2) * p
		p *= x[1]
	}
}

// r_i = 2 + 2 i - (exp(i x_1) + exp(i x_2)).
func jennrichSampson(r []float64, j jac, x []float64) {
	for i := range r {
		k := float64(i + 1)
		e1, e2 := math.Exp(k*x[0]), math.Exp(k*x[1])
		r[i] = 2 + 2*k - (e1 + e2)
		j.set(i, -k*e1, -k*e2)
	}
}

// r_1 = 10 (x_3 - 10 theta(x_1, x_2)), r_2 = 10 (|(x_1, x_2)| - 1), r_3 = x_3, where
// theta is the angle of (x_1, x_2) in turns, from -1/4 to 3/4.
func helicalValley(r []float64, j jac, x []float64) {
	s := x[0]*x[0] + x[1]*x[1]
	rho := math.Sqrt(s)
	theta := math.Atan2(x[1], x[0]) / (2 * math.Pi)
	if x[0] < 0 && x[1] < 0 {
		theta++
	}
	r[0], r[1], r[2] = 10*(x[2]-10*theta), 10*(rho-1), x[2]
	c := 100 / (2 * math.Pi * s)
	j.set(0, c*x[1], -c*x[0], 10)
	j.set(1, 10*x[0]/rho, 10*x[1]/rho, 0)
	j.set(2, 0, 0, 1)
}

var bardY = [...]float64{0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.1, 4.39}

// r_i = y_i - (x_1 + u_i / (v_i x_2 + w_i x_3)), u_i = i, v_i = 16 - i, w_i = min(u_i, v_i).
func bard(r []float64, j jac, x []float64) {
	for i, y := range bardY {
		u, v := float64(i+1), float64(15-i)
		w := min(u, v)
		d := v*x[1] + w*x[2]
		r[i] = y - (x[0] + u/d)
		j.set(i, -1, u*v/(d*d), u*w/(d*d))
	}
}

var gaussianY = [...]float64{0.0009, 0.0044, 0.0175, 0.054, 0.1295, 0.242, 0.3521, 0.3989, 0.3521, 0.242, 0.1295, 0.054, 0.0175, 0.0044, 0.0009}

// r_i = x_1 exp(-x_2 (t_i - x_3)^2 / 2) - y_i, t_i = (8 - i)/2.
func gaussian(r []float64, j jac, x []float64) {
	for i, y := range gaussianY {
		d := float64(7-i)/2 - x[2]
		e := math.Exp(-x[1] * d * d / 2)
		r[i] = x[0]*e - y
		j.set(i, e, -x[0]*e*d*d/2, x[0]*e*x[1]*d)
	}
}

var meyerY = [...]float64{34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872}

// r_i = x_1 exp(x_2 / (t_i + x_3)) - y_i, t_i = 45 + 5 i.
func meyer(r []float64, j jac, x []float64) {
	for i, y := range meyerY {
		d := 45 + 5*float64(i+1) + x[2]
		e := math.Exp(x[1] / d)
		r[i] = x[0]*e - y
		j.set(i, e, x[0]*e/d, -x[0]*e*x[1]/(d*d))
	}
}

// gulfY holds y_i = 25 + (-50 ln t_i)^(2/3), t_i = i/100.
var gulfY = func() (y [99]float64) {
	for i := range y {
		y[i] = 25 + math.Pow(-50*math.Log(float64(i+1)/100), 2.0/3)
	}
	return y
}()

// r_i = exp(-|y_i - x_2|^x_3 / x_1) - t_i: the corrected form of a formula that is
// misprinted in the paper.
func gulf(r []float64, j jac, x []float64) {
	for i, y := range gulfY {
		u := math.Abs(y - x[1])
		p := math.Pow(u, x[2])
		e := math.Exp(-p / x[0])
		r[i] = e - float64(i+1)/100
		if u > 0 {
			j.set(i, e*p/(x[0]*x[0]), e/x[0]*x[2]*p/(y-x[1]), -e/x[0]*p*math.Log(u))
		}
	}
}

// r_i = exp(-t_i x_1) - exp(-t_i x_2) - x_3 (exp(-t_i) - exp(-10 t_i)), t_i = i/10.
func box3D(r []float64, j jac, x []float64) {
	for i := range r {
		t := float64(i+1) / 10
		e1, e2, c := math.Exp(-t*x[0]), math.Exp(-t*x[1]), math.Exp(-t)-math.Exp(-10*t)
		r[i] = e1 - e2 - x[2]*c
		j.set(i, -t*e1, t*e2, -c)
	}
}

// r_1 = 10 (x_2 - x_1^2), r_2 = 1 - x_1, r_3 = sqrt(90) (x_4 - x_3^2), r_4 = 1 - x_3,
// r_5 = sqrt(10) (x_2 + x_4 - 2), r_6 = (x_2 - x_4) / sqrt(10).
func wood(r []float64, j jac, x []float64) {
	s90, s10 := math.Sqrt(90), math.Sqrt(10)
	r[0], r[1] = 10*(x[1]-x[0]*x[0]), 1-x[0]
	r[2], r[3] = s90*(x[3]-x[2]*x[2]), 1-x[2]
	r[4], r[5] = s10*(x[1]+x[3]-2), (x[1]-x[3])/s10
	j.set(0, -20*x[0], 10)
	j.set(1, -1)
	j.set(2, 0, 0, -2*s90*x[2], s90)
	j.set(3, 0, 0, -1)
	j.set(4, 0, s10, 0, s10)
	j.set(5, 0, 1/s10, 0, -1/s10)
}

var (
	kowalikU = [...]float64{4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625}
	kowalikY = [...]float64{0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246}
)

// r_i = y_i - x_1 (u_i^2 + u_i x_2) / (u_i^2 + u_i x_3 + x_4).
func kowalikOsborne(r []float64, j jac, x []float64) {
	for i, u := range kowalikU {
		p, q := u*u+u*x[1], u*u+u*x[2]+x[3]
		r[i] = kowalikY[i] - x[0]*p/q
		j.set(i, -p/q, -x[0]*u/q, x[0]*p*u/(q*q), x[0]*p/(q*q))
	}
}

// r_i = (x_1 + t_i x_2 - exp(t_i))^2 + (x_3 + x_4 sin t_i - cos t_i)^2, t_i = i/5.
func brownDennis(r []float64, j jac, x []float64) {
	for i := range r {
		t := float64(i+1) / 5
		s := math.Sin(t)
		a, b := x[0]+t*x[1]-math.Exp(t), x[2]+x[3]*s-math.Cos(t)
		r[i] = a*a + b*b
		j.set(i, 2*a, 2*a*t, 2*b, 2*b*s)
	}
}

var osborne1Y = [...]float64{0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.85, 0.818, 0.784, 0.751,
	0.718, 0.685, 0.658, 0.628, 0.603, 0.58, 0.558, 0.538, 0.522, 0.506, 0.49, 0.478, 0.467, 0.457, 0.448,
	0.438, 0.431, 0.424, 0.42, 0.414, 0.411, 0.406}

// r_i = y_i - (x_1 + x_2 exp(-t_i x_4) + x_3 exp(-t_i x_5)), t_i = 10 (i - 1).
func osborne1(r []float64, j jac, x []float64) {
	for i, y := range osborne1Y {
		t := 10 * float64(i)
		e4, e5 := math.Exp(-t*x[3]), math.Exp(-t*x[4])
		r[i] = y - (x[0] + x[1]*e4 + x[2]*e5)
		j.set(i, -1, -e4, -e5, t*x[1]*e4, t*x[2]*e5)
	}
}

// r_i = x_3 exp(-t_i x_1) - x_4 exp(-t_i x_2) + x_6 exp(-t_i x_5) - y_i, t_i = i/10,
// y_i = exp(-t_i) - 5 exp(-10 t_i) + 3 exp(-4 t_i).
func biggsExp6(r []float64, j jac, x []float64) {
	for i := range r {
		t := float64(i+1) / 10
		y := math.Exp(-t) - 5*math.Exp(-10*t) + 3*math.Exp(-4*t)
		e1, e2, e5 := math.Exp(-t*x[0]), math.Exp(-t*x[1]), math.Exp(-t*x[4])
		r[i] = x[2]*e1 - x[3]*e2 + x[5]*e5 - y
		j.set(i, -t*x[2]*e1, t*x[3]*e2, e1, -e2, -t*x[5]*e5, e5)
	}
}

var osborne2Y = [...]float64{1.366, 1.191, 1.112, 1.013, 0.991, 0.885, 0.831, 0.847, 0.786, 0.725, 0.746,
	0.679, 0.608, 0.655, 0.616, 0.606, 0.602, 0.626, 0.651, 0.724, 0.649, 0.649, 0.694, 0.644, 0.624, 0.661,
	0.612, 0.558, 0.533, 0.495, 0.5, 0.423, 0.395, 0.375, 0.372, 0.391, 0.396, 0.405, 0.428, 0.429, 0.523,
	0.562, 0.607, 0.653, 0.672, 0.708, 0.633, 0.668, 0.645, 0.632, 0.591, 0.559, 0.597, 0.625, 0.739, 0.71,
	0.729, 0.72, 0.636, 0.581, 0.428, 0.292, 0.162, 0.098, 0.054}

// r_i = y_i - (x_1 exp(-t_i x_5) + sum_{k=2}^4 x_k exp(-(t_i - x_{k+7})^2 x_{k+4})), t_i = (i - 1)/10.
func osborne2(r []float64, j jac, x []float64) {
	for i, y := range osborne2Y {
		t := float64(i) / 10
		e := math.Exp(-t * x[4])
		r[i] = y - x[0]*e
		j.set(i, -e, 0, 0, 0, t*x[0]*e)
		for k := 1; k < 4; k++ {
			d := t - x[k+7]
			e := math.Exp(-d * d * x[k+4])
			r[i] -= x[k] * e
			if j.wanted() {
				row := j.row(i)
				row[k], row[k+4], row[k+7] = -e, x[k]*e*d*d, -2*x[k]*e*d*x[k+4]
			}
		}
	}
}

// r_i = sum_{j>=2} (j-1) x_j t_i^(j-2) - (sum_j x_j t_i^(j-1))^2 - 1, t_i = i/29, i <= 29;
// r_30 = x_1, r_31 = x_2 - x_1^2 - 1.
func watson(r []float64, j jac, x []float64) {
	for i := range 29 {
		t := float64(i+1) / 29
		s, ds := 0.0, 0.0 // the polynomial and its derivative at t, by Horner's rule
		for k := len(x) - 1; k >= 0; k-- {
			ds = ds*t + s
			s = s*t + x[k]
		}
		r[i] = ds - s*s - 1
		if !j.wanted() {
			continue
		}
		row, p, dp := j.row(i), 1.0, 0.0 // t^k and its derivative
		for k := range row {
			row[k] = dp - 2*s*p
			dp = float64(k+1) * p
			p *= t
		}
	}
	r[29], r[30] = x[0], x[1]-x[0]*x[0]-1
	j.set(29, 1)
	j.set(30, -2*x[0], 1)
}
