package linalg

import "github.com/godescent/descent/vec"

// Gemm is vec.Gemm on up to Workers() goroutines: alpha op(A) op(B) + beta C, stored in
// C. They divide the rows and columns of C among them, never the sums, so the result has
// the same bits for any number of them, and those of vec.Gemm.
func Gemm[T vec.Float](transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	down, across := gemmGrid(m, n, k, Workers())
	if down*across <= 1 {
		vec.Gemm(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	vec.CheckGemm(transA, transB, m, n, k, len(a), lda, len(b), ldb, len(c), ldc)
	j := jobs.get()
	g, op := gemmOf[T](j)
	*g = gemm[T]{transA, transB, m, n, k, lda, ldb, ldc, alpha, beta, a, b, c, nil, down, across}
	j.run(op, down*across)
	*g = gemm[T]{}
	j.free()
}

// GemmBias is vec.GemmBias on up to Workers() goroutines, with the same bits for any
// number of them.
func GemmBias[T vec.Float](transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, bias, c []T, ldc int) {
	down, across := gemmGrid(m, n, k, Workers())
	if down*across <= 1 || len(bias) != n {
		vec.GemmBias(transA, transB, m, n, k, alpha, a, lda, b, ldb, bias, c, ldc)
		return
	}
	vec.CheckGemm(transA, transB, m, n, k, len(a), lda, len(b), ldb, len(c), ldc)
	j := jobs.get()
	g, op := gemmOf[T](j)
	*g = gemm[T]{transA, transB, m, n, k, lda, ldb, ldc, alpha, 0, a, b, c, bias, down, across}
	j.run(op, down*across)
	*g = gemm[T]{}
	j.free()
}

// A gemm is the operands of Gemm and the grid of parts of C.
type gemm[T vec.Float] struct {
	transA, transB bool
	m, n, k        int
	lda, ldb, ldc  int
	alpha, beta    T
	a, b, c        []T
	bias           []T // nil: none
	down, across   int
}

// gemms are the operands of a job, of one type or the other.
type gemms struct {
	single gemm[float32]
	double gemm[float64]
}

func gemmOf[T vec.Float](j *job) (*gemm[T], func(*job, int)) {
	if g, ok := any(&j.gemms.single).(*gemm[T]); ok {
		return g, gemmSinglePart
	}
	return any(&j.gemms.double).(*gemm[T]), gemmDoublePart
}

func gemmSinglePart(j *job, part int) { j.gemms.single.part(part) }
func gemmDoublePart(j *job, part int) { j.gemms.double.part(part) }

// Parts of C begin at multiples of these, so that no more tiles of the kernels are
// partial than in the whole.
const (
	gemmRows = 12
	gemmCols = 32
)

// A part has at least gemmLeast operations. There are up to four for each worker if they
// have gemmEnough: a helper may come late, as waking it takes about as long as gemmEnough
// operations, or be slow.
const (
	gemmLeast  = 1 << 20
	gemmEnough = 1 << 22
)

// gemmGrid divides C into parts for the workers, so that A and B are packed as little as
// possible: each part packs the rows and columns it needs.
func gemmGrid(m, n, k, workers int) (down, across int) {
	if workers == 1 {
		return 1, 1
	}
	work := 2 * float64(m) * float64(n) * float64(k)
	parts := int(min(work/gemmLeast, max(float64(workers), min(float64(4*workers), work/gemmEnough))))
	most := (m + gemmRows - 1) / gemmRows
	widest := (n + gemmCols - 1) / gemmCols
	down, across = 1, min(max(parts, 1), max(widest, 1))
	for d := 2; d <= min(parts, most); d++ {
		w := min(parts/d, widest)
		if w == 0 {
			break
		}
		if more := d*w - down*across; more > 0 || more == 0 && d*n+w*m < down*n+across*m {
			down, across = d, w
		}
	}
	return down, across
}

func (g *gemm[T]) part(p int) {
	i, rows := share(g.m, gemmRows, p/g.across, g.down)
	j, cols := share(g.n, gemmCols, p%g.across, g.across)
	if rows == 0 || cols == 0 {
		return
	}
	a, b := i*g.lda, j
	if g.transA {
		a = i
	}
	if g.transB {
		b = j * g.ldb
	}
	if g.bias != nil {
		vec.GemmBias(g.transA, g.transB, rows, cols, g.k, g.alpha, g.a[a:], g.lda, g.b[b:], g.ldb, g.bias[j:j+cols], g.c[i*g.ldc+j:], g.ldc)
		return
	}
	vec.Gemm(g.transA, g.transB, rows, cols, g.k, g.alpha, g.a[a:], g.lda, g.b[b:], g.ldb, g.beta, g.c[i*g.ldc+j:], g.ldc)
}

// share returns where the pth of parts of [0, n) begins, a multiple of unit, and how
// long it is.
func share(n, unit, p, parts int) (from, length int) {
	units := (n + unit - 1) / unit
	from = min(n, units*p/parts*unit)
	return from, min(n, units*(p+1)/parts*unit) - from
}
