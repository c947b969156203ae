package glm

import (
	"math"

	"github.com/godescent/descent/vec"
)

// predict stores the linear predictors of x in z: K blocks of n.
func (m *Model) predict(z, x []float64) {
	for k := range m.k {
		zk, w := z[k*m.n:(k+1)*m.n], x[k*m.d:(k+1)*m.d]
		shift := 0.0
		if m.spec.Intercept {
			shift = x[m.k*m.d+k]
		}
		m.multiply(zk, w, shift)
	}
}

// multiply stores X'w + shift in z, X' being the scaled and centered data.
func (m *Model) multiply(z, w []float64, shift float64) {
	if m.mul != nil {
		for j, s := range m.mul {
			m.wide[j] = s * w[j]
		}
		w = m.wide
		if m.mid != nil {
			shift -= vec.Dot(m.mid, w)
		}
	}
	if !m.byColumns() || !m.columns().mulSparse(z, w) {
		m.x.MulVec(z, w)
	}
	if shift != 0 {
		for i := range z {
			z[i] += shift
		}
	}
}

// back stores X'^T u / n + ridge x in the coefficient part of g, and the mean of u
// in the intercept part.
func (m *Model) back(g, u, x []float64, ridge float64) {
	inv := 1 / float64(m.n)
	for k := range m.k {
		uk, gk := u[k*m.n:(k+1)*m.n], g[k*m.d:(k+1)*m.d]
		if m.byColumns() {
			m.columns().mulT(gk, uk)
		} else {
			m.x.MulVecT(gk, uk)
		}
		sum := 0.0
		if m.spec.Intercept || m.mid != nil {
			sum = vec.Sum(uk) * inv
		}
		if m.spec.Intercept {
			g[m.k*m.d+k] = sum
		}
		xk := x[k*m.d : (k+1)*m.d]
		switch {
		case m.mid != nil:
			for j := range gk {
				gk[j] = m.mul[j]*(gk[j]*inv-m.mid[j]*sum) + ridge*xk[j]
			}
		case m.mul != nil:
			for j := range gk {
				gk[j] = m.mul[j]*gk[j]*inv + ridge*xk[j]
			}
		default:
			for j := range gk {
				gk[j] = gk[j]*inv + ridge*xk[j]
			}
		}
	}
}

// losses stores weighted slopes in u and loss values in v, and returns the
// weighted mean loss.
func (m *Model) losses(v, u, z []float64) float64 {
	m.loss.eval(v, u, z, m.y)
	if m.wt == nil {
		return vec.Sum(v) / float64(m.n)
	}
	m.weighSamples(u)
	return vec.Dot(m.wt, v) / float64(m.n)
}

// weighSamples multiplies u, n numbers of each output, by the sample weights.
func (m *Model) weighSamples(u []float64) {
	for k := range m.k {
		for i, w := range m.wt {
			u[k*m.n+i] *= w
		}
	}
}

// move makes x the cached point.
func (m *Model) move(x []float64) {
	if m.atValid && same(m.at, x) {
		return
	}
	copy(m.at, x)
	m.atValid, m.gradValid, m.diagValid, m.tracked = true, false, false, false
	m.predict(m.z, x)
	w := x[:m.k*m.d]
	m.mean, m.square = m.losses(m.v, m.u, m.z), vec.Dot(w, w)
}

// value is f at the cached point.
func (m *Model) value() float64 { return m.mean + m.spec.L2/2*m.square }

func same(a, b []float64) bool {
	for i, v := range a {
		if v != b[i] {
			return false // NaN never equals, so it is never served from the cache
		}
	}
	return true
}

// Value returns f(x): the mean loss and the ridge term, without h.
func (m *Model) Value(x []float64) float64 {
	if m.summarize(x) {
		return m.moments.value() + m.spec.L2/2*m.moments.square
	}
	m.move(x)
	return m.value()
}

// Gradient stores the gradient of f in g. It costs two passes over the data, one
// if Value was last called at x, none if Gradient was.
func (m *Model) Gradient(g, x []float64) float64 {
	value, from := 0.0, m.grad
	if m.summarize(x) {
		value, from = m.moments.value()+m.spec.L2/2*m.moments.square, m.moments.grad
	} else {
		m.move(x)
		m.gradient()
		value = m.value()
	}
	copy(g, from)
	if m.spec.L2 > 0 {
		nw := m.k * m.d
		vec.Axpy(m.spec.L2, x[:nw], g[:nw])
	}
	return value
}

// gradient makes m.grad valid at the cached point.
func (m *Model) gradient() {
	if !m.gradValid {
		m.back(m.grad, m.u, m.at, 0)
		m.gradValid = true
	}
}

// curvature makes m.curve valid at the cached point (one output, or all the same).
func (m *Model) curvature() {
	if m.diagValid {
		return
	}
	u := m.u
	if m.wt != nil { // curve wants slopes without weights
		u = m.zv
		m.loss.eval(m.v, u, m.z, m.y)
	}
	m.loss.curve(m.curve, u, m.z, m.y)
	for i, w := range m.wt {
		m.curve[i] *= w
	}
	m.diagValid = true
}

// HessVec stores the product of the Hessian of f at x with v in hv: two passes.
// Where the second derivative of the loss jumps it is a generalized Hessian.
func (m *Model) HessVec(hv, x, v []float64) {
	if m.Quadratic() { // the same Hessian everywhere: no need to look at x
		m.predict(m.zv, v)
		m.weighSamples(m.zv)
		m.back(hv, m.zv, v, m.spec.L2)
		return
	}
	m.move(x)
	if m.k == 1 {
		m.curvature()
		m.predict(m.zv, v)
		for i, c := range m.curve {
			m.zv[i] *= c
		}
	} else {
		m.predict(m.zv, v)
		m.softmaxProduct()
	}
	m.back(hv, m.zv, v, m.spec.L2)
}

// softmaxProduct turns the directions s_i in zv into w_i (diag(p_i) - p_i p_i') s_i.
func (m *Model) softmaxProduct() {
	for i := range m.n {
		w, dot := m.weight(i), 0.0
		for k := range m.k {
			dot += m.prob(k, i) * m.zv[k*m.n+i]
		}
		for k := range m.k {
			m.zv[k*m.n+i] = w * m.prob(k, i) * (m.zv[k*m.n+i] - dot)
		}
	}
}

// prob returns the probability of class k for sample i at the cached point.
func (m *Model) prob(k, i int) float64 {
	p := m.u[k*m.n+i]
	if m.wt != nil {
		if m.wt[i] == 0 {
			return 0
		}
		p /= m.wt[i]
	}
	if int(m.y[i]) == k {
		p++
	}
	return p
}

// Hessian stores the Hessian of f at x in h, Dim x Dim: one pass over the data
// that costs the sum of squared row lengths, per pair of outputs.
func (m *Model) Hessian(h, x []float64) {
	m.move(x)
	if m.k == 1 || m.Quadratic() {
		m.curvature()
		clear(h)
		for k := range m.k {
			m.block(h, k, k, m.curve)
		}
	} else {
		for k := range m.k {
			for l := range k + 1 {
				for i := range m.n {
					c := -m.prob(l, i)
					if k == l {
						c++
					}
					m.zv[i] = m.weight(i) * m.prob(k, i) * c
				}
				m.block(h, k, l, m.zv[:m.n])
			}
		}
	}
	dim := m.Dim()
	for j := range m.k * m.d {
		h[j*dim+j] += m.spec.L2
	}
}

// block stores X'^T diag(c) X' / n, with its intercept border, as block (k, l) and
// (l, k) of h.
func (m *Model) block(h []float64, k, l int, c []float64) {
	d, dim, inv := m.d, m.Dim(), 1/float64(m.n)
	if m.gram == nil {
		m.gram = make([]float64, d*d)
		m.border = make([]float64, d)
	}
	m.x.Gram(m.gram, c)
	sum := 0.0
	if m.spec.Intercept || m.mid != nil {
		m.x.MulVecT(m.border, c)
		sum = vec.Sum(c)
	}
	for i := range d {
		row := m.gram[i*d : (i+1)*d]
		for j, v := range row {
			if m.mid != nil { // (X - 1 mid')' C (X - 1 mid')
				v += -m.border[i]*m.mid[j] - m.mid[i]*m.border[j] + sum*m.mid[i]*m.mid[j]
			}
			v *= m.mulAt(i) * m.mulAt(j) * inv
			h[(k*d+i)*dim+l*d+j] = v
			h[(l*d+j)*dim+k*d+i] = v
		}
	}
	if !m.spec.Intercept {
		return
	}
	nw := m.k * d
	for j, v := range m.border {
		if m.mid != nil {
			v -= sum * m.mid[j]
		}
		v *= m.mulAt(j) * inv
		h[(k*d+j)*dim+nw+l], h[(nw+l)*dim+k*d+j] = v, v
		h[(l*d+j)*dim+nw+k], h[(nw+k)*dim+l*d+j] = v, v
	}
	h[(nw+k)*dim+nw+l], h[(nw+l)*dim+nw+k] = sum*inv, sum*inv
}

// HessianDiag stores the diagonal of the Hessian of f at x in dst.
func (m *Model) HessianDiag(dst, x []float64) {
	m.move(x)
	for k := range m.k {
		c := m.curve
		if m.k == 1 || m.Quadratic() {
			m.curvature()
		} else {
			c = m.zv[:m.n]
			for i := range c {
				p := m.prob(k, i)
				c[i] = m.weight(i) * p * (1 - p)
			}
		}
		m.squares(dst[k*m.d:(k+1)*m.d], c)
		for j := range m.d {
			dst[k*m.d+j] += m.spec.L2
		}
		if m.spec.Intercept {
			dst[m.k*m.d+k] = vec.Sum(c) / float64(m.n)
		}
	}
}

// squares stores (1/n) sum_i c_i x'_ij^2 in dst: one pass, and another with centering.
func (m *Model) squares(dst, c []float64) {
	if m.border == nil {
		m.border = make([]float64, m.d)
	}
	m.x.SquaresT(dst, c)
	sum := 0.0
	if m.mid != nil {
		m.x.MulVecT(m.border, c)
		sum = vec.Sum(c)
	}
	for j := range dst {
		v := dst[j]
		if m.mid != nil {
			v += m.mid[j] * (sum*m.mid[j] - 2*m.border[j])
		}
		dst[j] = max(0, v*m.mulAt(j)*m.mulAt(j)/float64(m.n))
	}
}

// Lipschitz returns L = sup phi” times the largest eigenvalue of X'^T diag(w) X'/n
// (with the column of ones of the intercept), plus l2. The eigenvalue comes from
// Lanczos iterations with their residual added, and is never above the trace bound.
// It is +Inf for Poisson.
func (m *Model) Lipschitz() float64 {
	if m.lip == 0 {
		m.lip = m.loss.bound()*m.largest() + m.spec.L2
	}
	return m.lip
}

// CoordinateLipschitz stores sup phi” times the mean square of each column, plus l2.
func (m *Model) CoordinateLipschitz(l []float64) {
	c, b := m.zv[:m.n], m.loss.bound()
	for i := range c {
		c[i] = m.weight(i)
	}
	nw := m.k * m.d
	m.squares(l[:m.d], c)
	for k := 1; k < m.k; k++ {
		copy(l[k*m.d:(k+1)*m.d], l[:m.d])
	}
	for j := range l {
		if j < nw {
			l[j] = b*l[j] + m.spec.L2
		} else {
			l[j] = b
		}
	}
}

// StrongConvexity returns l2, or 0 with an intercept, which is not penalized.
func (m *Model) StrongConvexity() float64 {
	if m.spec.Intercept {
		return 0
	}
	return m.spec.L2
}

// largest bounds the largest eigenvalue of X'^T diag(w) X' / n from above by the
// Lanczos process: the largest Ritz value plus its residual.
func (m *Model) largest() float64 {
	dim := m.Dim() / m.k
	q, prev, av := make([]float64, dim), make([]float64, dim), make([]float64, dim)
	for j := range q {
		q[j] = 1 + 0.5*math.Sin(float64(j+1)) // fixed, with weight on every eigenvector
	}
	vec.Scal(1/vec.Nrm2(q), q)
	var alpha, beta []float64
	b, best := 0.0, 0.0
	for it := range min(dim, 300) {
		m.apply(av, q)
		a := vec.Dot(av, q)
		for j := range av {
			av[j] -= a*q[j] + b*prev[j]
		}
		alpha = append(alpha, a)
		b = vec.Nrm2(av)
		ritz, last := topRitz(alpha, beta)
		beta = append(beta, b)
		best = ritz + b*last
		if b*last <= 1e-6*ritz || it+1 == dim || b == 0 {
			break
		}
		copy(prev, q)
		for j := range q {
			q[j] = av[j] / b
		}
	}
	return min(best*(1+1e-9), m.trace())
}

// apply stores X'^T diag(w) X' q / n in dst for one output.
func (m *Model) apply(dst, q []float64) {
	shift := 0.0
	if m.spec.Intercept {
		shift = q[m.d]
	}
	z := m.zv[:m.n]
	m.multiply(z, q[:m.d], shift)
	for i, w := range m.wt {
		z[i] *= w
	}
	one := *m // the same data with one output
	one.k = 1
	one.back(dst, z, q, 0)
}

func (m *Model) trace() float64 {
	c := m.zv[:m.n]
	for i := range c {
		c[i] = m.weight(i)
	}
	s := make([]float64, m.d)
	m.squares(s, c)
	t := vec.Sum(s)
	if m.spec.Intercept {
		t++
	}
	return t
}

// topRitz returns the largest eigenvalue of the symmetric tridiagonal matrix with
// diagonal a and off-diagonal b, by bisection on Sturm counts, and the last
// component of its unit eigenvector, by the three-term recurrence.
func topRitz(a, b []float64) (ritz, last float64) {
	k := len(a)
	lo, hi := math.Inf(-1), math.Inf(-1)
	for i, v := range a {
		r := 0.0
		if i > 0 {
			r += b[i-1]
		}
		if i < k-1 {
			r += b[i]
		}
		lo, hi = max(lo, v), max(hi, v+r)
	}
	for range 200 {
		mid := lo + (hi-lo)/2
		if mid <= lo || mid >= hi {
			break
		}
		above, d := false, 1.0 // some eigenvalue above mid?
		for i, v := range a {
			d = v - mid - offSquare(b, i)/d
			if d > 0 {
				above = true
				break
			}
			if d == 0 {
				d = -0x1p-1000
			}
		}
		if above {
			lo = mid
		} else {
			hi = mid
		}
	}
	// Backward recurrence from the last component is stable for the top eigenvector.
	norm, x1, x0 := 1.0, 1.0, 0.0
	for i := k - 1; i > 0; i-- {
		if b[i-1] == 0 {
			break
		}
		next := ((hi-a[i])*x1 - at(b, i)*x0) / b[i-1]
		x0, x1 = x1, next
		norm += next * next
	}
	return hi, 1 / math.Sqrt(norm)
}

func offSquare(b []float64, i int) float64 {
	if i == 0 {
		return 0
	}
	return b[i-1] * b[i-1]
}

func at(b []float64, i int) float64 {
	if i < len(b) {
		return b[i]
	}
	return 0
}
