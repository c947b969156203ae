package grad

import (
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/vec"
)

// MatMul returns the matrix product of the last two axes of a and b: [..., m, k] times
// [k, n] or [..., k, n] is [..., m, n]. The leading axes of a and b are equal, or b has none
// and is shared.
func MatMul[T vec.Float](a, b *Tensor[T]) *Tensor[T] { return MatMulT(a, b, false, false) }

// MatMulT is MatMul of the transposes of the last two axes of a, if transA, and of b, if
// transB, without making them.
func MatMulT[T vec.Float](a, b *Tensor[T], transA, transB bool) *Tensor[T] {
	t := ready("MatMul", a, b)
	if t == nil {
		return none(a, b)
	}
	if len(a.shape) < 2 || len(b.shape) < 2 {
		return t.fail("MatMul", "shapes %s and %s: want at least 2 axes each", list(a.shape), list(b.shape))
	}
	p := product{transA: transA, transB: transB, batch: 1}
	ra, rb := len(a.shape), len(b.shape)
	p.m, p.k = a.shape[ra-2], a.shape[ra-1]
	if transA {
		p.m, p.k = p.k, p.m
	}
	k := 0
	k, p.n = b.shape[rb-2], b.shape[rb-1]
	if transB {
		k, p.n = p.n, k
	}
	if k != p.k {
		return t.fail("MatMul", "shapes %s%s and %s%s: inner sizes %d and %d differ: want [... m k] and [... k n] after transposition",
			list(a.shape), prime(transA), list(b.shape), prime(transB), p.k, k)
	}
	if rb > 2 && !equal(a.shape[:ra-2], b.shape[:rb-2]) {
		return t.fail("MatMul", "shapes %s and %s: want equal sizes before the last two axes, or a second operand of 2 axes", list(a.shape), list(b.shape))
	}
	shape := dimsOf(a.shape)
	shape.d[ra-2], shape.d[ra-1] = p.m, p.n
	p.batch = size(a.shape[:ra-2])
	p.shared = rb == 2
	if p.shared && !transA { // the leading axes are more rows
		p.m, p.batch = p.m*p.batch, 1
	}
	y := t.record(matmulOp[T]{}, shape.shape(), a, b)
	y.index = t.ints.alloc(productInts)
	p.store(y.index)
	y.split(matmulForward[T]{}, p.batch, min(p.batch, 64))
	return y
}

func prime(trans bool) string {
	if trans {
		return "'"
	}
	return ""
}

// A product has the sizes of batch matrix products op(A) op(B), m x k and k x n.
type product struct {
	transA, transB bool
	shared         bool // one B for all
	batch, m, n, k int
}

const productInts = 7

func (p *product) store(x []int) {
	copy(x, []int{p.batch, p.m, p.n, p.k, bit(p.transA), bit(p.transB), bit(p.shared)})
}

func productOf(x []int) product {
	return product{x[4] == 1, x[5] == 1, x[6] == 1, x[0], x[1], x[2], x[3]}
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// gemm is C = op(A) op(B) + beta C with contiguous matrices.
func gemm[T vec.Float](transA, transB bool, m, n, k int, a, b []T, beta T, c []T) {
	lda, ldb := k, n
	if transA {
		lda = m
	}
	if transB {
		ldb = k
	}
	linalg.Gemm(transA, transB, m, n, k, 1, a, max(1, lda), b, max(1, ldb), beta, c, max(1, n))
}

// gemm1 is gemm on one goroutine.
func gemm1[T vec.Float](transA, transB bool, m, n, k int, a, b []T, beta T, c []T) {
	lda, ldb := k, n
	if transA {
		lda = m
	}
	if transB {
		ldb = k
	}
	vec.Gemm(transA, transB, m, n, k, 1, a, max(1, lda), b, max(1, ldb), beta, c, max(1, n))
}

// cutMat returns the i-th of matrices of n elements each.
func cutMat[E any](x []E, i, n int) []E { return x[i*n : (i+1)*n] }

// factor returns the second factor of the i-th product.
func factor[T vec.Float](p *product, b []T, i int) []T {
	if p.shared {
		return b
	}
	return cutMat(b, i, p.k*p.n)
}

type matmulForward[T vec.Float] struct{}

func (matmulForward[T]) loop(y *Tensor[T], _, lo, hi int) {
	p := productOf(y.index)
	for i := lo; i < hi; i++ {
		a, b := cutMat(y.in[0].data, i, p.m*p.k), factor(&p, y.in[1].data, i)
		gemmIn(p.batch, p.transA, p.transB, p.m, p.n, p.k, a, b, 0, cutMat(y.data, i, p.m*p.n))
	}
}

// gemmIn is gemm for one of batch products: a single one uses all workers, others have
// one each.
func gemmIn[T vec.Float](batch int, transA, transB bool, m, n, k int, a, b []T, beta T, c []T) {
	if batch == 1 {
		gemm(transA, transB, m, n, k, a, b, beta, c)
		return
	}
	gemm1(transA, transB, m, n, k, a, b, beta, c)
}

// matmulOp: dA = dC op(B)', dB = op(A)' dC, transposed where the operand was.
type matmulOp[T vec.Float] struct{}

func (matmulOp[T]) name() string { return "MatMul" }

func (matmulOp[T]) vjp(y *Tensor[T]) {
	p := productOf(y.index)
	if a := y.in[0]; a.wanted() {
		_, y.a = a.toGemm()
		y.split(matmulBackA[T]{}, p.batch, min(p.batch, 64))
	}
	if b := y.in[1]; b.wanted() {
		_, y.a = b.toGemm()
		if p.shared && p.batch > 1 { // a sum over the batch
			matmulBackB[T]{}.loop(y, 0, 0, p.batch)
			return
		}
		y.split(matmulBackB[T]{}, p.batch, min(p.batch, 64))
	}
}

type matmulBackA[T vec.Float] struct{}

func (matmulBackA[T]) loop(y *Tensor[T], _, lo, hi int) {
	p := productOf(y.index)
	for i := lo; i < hi; i++ {
		dc, b, da := cutMat(y.adj, i, p.m*p.n), factor(&p, y.in[1].data, i), cutMat(y.in[0].adj, i, p.m*p.k)
		if p.transA {
			gemmIn(p.batch, p.transB, true, p.k, p.m, p.n, b, dc, y.a, da)
		} else {
			gemmIn(p.batch, false, !p.transB, p.m, p.k, p.n, dc, b, y.a, da)
		}
	}
}

type matmulBackB[T vec.Float] struct{}

func (matmulBackB[T]) loop(y *Tensor[T], _, lo, hi int) {
	p := productOf(y.index)
	batch, beta := p.batch, y.a
	for i := lo; i < hi; i++ {
		dc, a, db := cutMat(y.adj, i, p.m*p.n), cutMat(y.in[0].data, i, p.m*p.k), factor(&p, y.in[1].adj, i)
		if p.shared && batch > 1 && i > 0 {
			beta = 1
		}
		if p.transB {
			gemmIn(batch, true, p.transA, p.n, p.k, p.m, dc, a, beta, db)
		} else {
			gemmIn(batch, !p.transA, false, p.k, p.n, p.m, a, dc, beta, db)
		}
	}
}

func (matmulOp[T]) jvp(y *Tensor[T]) *Tensor[T] {
	p, a, b := productOf(y.index), y.in[0], y.in[1]
	var da, db *Tensor[T]
	if p.shared && !p.transA {
		return linearTangent(y, bit(p.transB), a, b, a.tangent(), b.tangent(), nil)
	}
	if d := a.tangent(); d != nil {
		da = MatMulT(d, b, p.transA, p.transB)
	}
	if d := b.tangent(); d != nil {
		db = MatMulT(a, d, p.transA, p.transB)
	}
	return plus(da, db)
}
