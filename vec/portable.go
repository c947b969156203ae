package vec

import "math"

// The portable twins of the assembly kernels. Four sums hide the latency of
// addition.

func dotGo[T Float](x, y []T) T {
	y = y[:len(x)]
	var a, b, c, d T
	for len(x) >= 4 && len(y) >= 4 {
		a += x[0] * y[0]
		b += x[1] * y[1]
		c += x[2] * y[2]
		d += x[3] * y[3]
		x, y = x[4:], y[4:]
	}
	for i, v := range x {
		a += v * y[i]
	}
	return (a + b) + (c + d)
}

func axpyGo[T Float](a T, x, y []T) {
	y = y[:len(x)]
	for i, v := range x {
		y[i] += a * v
	}
}

func axpyToGo[T Float](dst []T, a T, x, y []T) {
	x, y = x[:len(dst)], y[:len(dst)]
	for i := range dst {
		dst[i] = a*x[i] + y[i]
	}
}

func nrmInfGo[T Float](x []T) T {
	var m T
	for _, v := range x {
		if v < 0 {
			v = -v
		}
		if v > m {
			m = v
		} else if v != v {
			return v
		}
	}
	return m
}

func scalGo[T Float](a T, x []T) {
	for i := range x {
		x[i] *= a
	}
}

func sumGo[T Float](x []T) T {
	var a, b, c, d T
	for len(x) >= 4 {
		a += x[0]
		b += x[1]
		c += x[2]
		d += x[3]
		x = x[4:]
	}
	for _, v := range x {
		a += v
	}
	return (a + b) + (c + d)
}

func asumGo[T Float](x []T) T {
	var s T
	for _, v := range x {
		if v < 0 {
			v = -v
		}
		s += v
	}
	return s
}

func sparseDotGo[T Float](val []T, idx []int32, x []T) T {
	val = val[:len(idx)]
	var a, b, c, d T
	for len(idx) >= 4 && len(val) >= 4 {
		a += val[0] * x[idx[0]]
		b += val[1] * x[idx[1]]
		c += val[2] * x[idx[2]]
		d += val[3] * x[idx[3]]
		idx, val = idx[4:], val[4:]
	}
	for i, j := range idx {
		a += val[i] * x[j]
	}
	return (a + b) + (c + d)
}

func sparseSumGo[T Float](idx []int32, x []T) T {
	var a, b, c, d T
	for len(idx) >= 4 {
		a += x[idx[0]]
		b += x[idx[1]]
		c += x[idx[2]]
		d += x[idx[3]]
		idx = idx[4:]
	}
	for _, j := range idx {
		a += x[j]
	}
	return (a + b) + (c + d)
}

func sparseAxpyGo[T Float](a T, val []T, idx []int32, y []T) {
	val = val[:len(idx)]
	for k, j := range idx {
		y[j] += a * val[k]
	}
}

func sparseAddGo[T Float](a T, idx []int32, y []T) {
	for _, j := range idx {
		y[j] += a
	}
}

func csrMulVecGo(dst []float64, ptr []int, idx []int32, val, x []float64) {
	p := ptr[0]
	for i, q := range ptr[1:] {
		if val == nil {
			dst[i] = sparseSumGo(idx[p:q], x)
		} else {
			dst[i] = sparseDotGo(val[p:q], idx[p:q], x)
		}
		p = q
	}
}

func csrMulVecTGo(y []float64, ptr []int, idx []int32, val, c []float64) {
	p := ptr[0]
	for i, q := range ptr[1:] {
		switch {
		case c[i] == 0:
		case val == nil:
			sparseAddGo(c[i], idx[p:q], y)
		default:
			sparseAxpyGo(c[i], val[p:q], idx[p:q], y)
		}
		p = q
	}
}

func softplusSigmoidGo(sp, sg, z []float64) {
	for i, v := range z {
		// e = exp(-|z|) never overflows: log(1+exp(z)) = max(z, 0) + log1p(e).
		e := math.Exp(-math.Abs(v))
		s := 1 / (1 + e)
		sp[i] = math.Max(v, 0) + math.Log1p(e)
		if v < 0 {
			s = e / (1 + e)
		}
		sg[i] = s
	}
}

func packPanelGo(b, a, x []float64, ld, n, cols int, c []float64) {
	for k := range n {
		r := b[PanelCols*k:][:PanelCols]
		copy(r, x[k*ld:k*ld+cols])
		clear(r[cols:])
		if c == nil {
			continue
		}
		for j, v := range r {
			a[PanelCols*k+j] = c[k] * v
		}
	}
}

// panelTilesGo works on pairs of rows: 16 sums are what registers hold.
func panelTilesGo(h []float64, ld int, a, b []float64, v int) {
	for p := range v {
		for i := 0; i < PanelCols; i += 2 {
			var s, t [PanelCols]float64
			q := b[p*len(a) : (p+1)*len(a)]
			for k := 0; k < len(a); k += PanelCols {
				u, w := a[k+i], a[k+i+1]
				for j, y := range q[k:][:PanelCols] {
					s[j] += u * y
					t[j] += w * y
				}
			}
			for j := range s {
				h[i*ld+PanelCols*p+j] += s[j]
				h[(i+1)*ld+PanelCols*p+j] += t[j]
			}
		}
	}
}

func rowsMulVecGo(dst, a, x []float64) {
	for i := range dst {
		dst[i] = dotGo(a[i*len(x):(i+1)*len(x)], x)
	}
}

func rowsMulVecTGo(y, a []float64, ld int, c []float64) {
	for i, v := range c {
		axpyGo(v, a[i*ld:i*ld+len(y)], y)
	}
}

func csrGramGo(h []float64, ld int, ptr []int, idx []int32, val, c []float64) {
	for i, ci := range c {
		if ci == 0 {
			continue
		}
		row := idx[ptr[i]:ptr[i+1]]
		for k, j := range row {
			line := h[int(j)*ld:]
			if val == nil {
				sparseAddGo(ci, row[k:], line)
			} else {
				v := val[ptr[i]:ptr[i+1]]
				sparseAxpyGo(ci*v[k], v[k:], row[k:], line)
			}
		}
	}
}

func csrSquaresTGo(y []float64, ptr []int, idx []int32, val, c []float64) {
	p := ptr[0]
	for i, q := range ptr[1:] {
		if c[i] != 0 {
			for k := p; k < q; k++ {
				y[idx[k]] += c[i] * (val[k] * val[k])
			}
		}
		p = q
	}
}

func rowsSquaresTGo(y, a []float64, ld int, c []float64) {
	for i, w := range c {
		for j, v := range a[i*ld : i*ld+len(y)] {
			y[j] += w * (v * v)
		}
	}
}

// interleaveGo copies n rows of 8 columns to a panel, in one pass.
func interleaveGo(b []float64, x [][]float64, n int) {
	p, q, r, s := x[0][:n], x[1][:n], x[2][:n], x[3][:n]
	t, u, v, w := x[4][:n], x[5][:n], x[6][:n], x[7][:n]
	for k := range n {
		row := b[PanelCols*k:][:PanelCols]
		row[0], row[1], row[2], row[3] = p[k], q[k], r[k], s[k]
		row[4], row[5], row[6], row[7] = t[k], u[k], v[k], w[k]
	}
}
