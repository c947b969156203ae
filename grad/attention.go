package grad

import (
	"math"

	"github.com/godescent/descent/vec"
)

// Attention returns softmax(q k' / sqrt(d)) v, fused (Vaswani et al. 2017, equation 1):
// queries [..., s, d], keys [..., l, d] and values [..., l, e] give [..., s, e]. With causal,
// query i sees the keys 0 to i + l - s alone. It keeps the [..., s, l] weights.
func Attention[T vec.Float](q, k, v *Tensor[T], causal bool) *Tensor[T] {
	t := ready("Attention", q, k, v)
	if t == nil {
		return none(q, k, v)
	}
	r := len(q.shape)
	ok := r >= 2 && len(k.shape) == r && len(v.shape) == r && equal(q.shape[:r-2], k.shape[:r-2]) && equal(q.shape[:r-2], v.shape[:r-2]) &&
		q.shape[r-1] == k.shape[r-1] && k.shape[r-2] == v.shape[r-2] && q.shape[r-1] > 0 && k.shape[r-2] > 0
	if !ok {
		return t.fail("Attention", "queries %s, keys %s, values %s: want [... s d], [... l d] and [... l e]", list(q.shape), list(k.shape), list(v.shape))
	}
	h := heads{batch: size(q.shape[:r-2]), s: q.shape[r-2], d: q.shape[r-1], l: k.shape[r-2], e: v.shape[r-1]}
	if causal && h.l < h.s {
		return t.fail("Attention", "%d queries and %d keys: causal attention wants at least as many keys", h.s, h.l)
	}
	shape := dimsOf(q.shape)
	shape.d[r-1] = h.e
	y := t.record(attentionOp[T]{}, shape.shape(), q, k, v)
	y.index = t.ints.alloc(6)
	copy(y.index, []int{h.batch, h.s, h.l, h.d, h.e, bit(causal)})
	y.keep = t.values.alloc(h.batch * h.s * h.l)
	y.split(attentionForward[T]{}, h.batch, h.parts())
	return y
}

// heads has the sizes of an attention.
type heads struct {
	batch, s, l, d, e int
	causal            bool
}

func headsOf(x []int) heads { return heads{x[0], x[1], x[2], x[3], x[4], x[5] == 1} }

func (h *heads) parts() int { return max(1, min(h.batch, 16)) }

// visible returns how many keys query i sees.
func (h *heads) visible(i int) int {
	if h.causal {
		return i + 1 + h.l - h.s
	}
	return h.l
}

type attentionForward[T vec.Float] struct{}

func (attentionForward[T]) loop(y *Tensor[T], _, lo, hi int) {
	h := headsOf(y.index)
	scale := T(1 / math.Sqrt(float64(h.d)))
	for b := lo; b < hi; b++ {
		q, k, v := cutMat(y.in[0].data, b, h.s*h.d), cutMat(y.in[1].data, b, h.l*h.d), cutMat(y.in[2].data, b, h.l*h.e)
		p := cutMat(y.keep, b, h.s*h.l)
		vec.Gemm(false, true, h.s, h.l, h.d, scale, q, h.d, k, h.d, 0, p, h.l)
		for i := range h.s {
			row := cutMat(p, i, h.l)
			n := h.visible(i)
			softmaxRow(row[:n], row[:n])
			clear(row[n:])
		}
		gemm1(false, false, h.s, h.e, h.l, p, v, 0, cutMat(y.data, b, h.s*h.e))
	}
}

// attentionOp: with the weights P, dv = P' dy, dP = dy v', dS the softmax's adjoint of dP,
// dq = dS k / sqrt(d), dk = dS' q / sqrt(d). keep: P.
type attentionOp[T vec.Float] struct{}

func (attentionOp[T]) name() string { return "Attention" }

func (attentionOp[T]) vjp(y *Tensor[T]) {
	h, t := headsOf(y.index), y.tape
	for _, x := range y.in {
		if x.wanted() {
			x.toAdd()
		}
	}
	at := t.values.mark()
	t.scores = t.values.alloc(h.parts() * h.s * h.l)
	y.split(attentionBackward[T]{}, h.batch, h.parts())
	t.values.release(at)
}

type attentionBackward[T vec.Float] struct{}

func (attentionBackward[T]) loop(y *Tensor[T], part, lo, hi int) {
	h := headsOf(y.index)
	q, k, v := y.in[0], y.in[1], y.in[2]
	ds := cutMat(y.tape.scores, part, h.s*h.l)
	for b := lo; b < hi; b++ {
		p, dy := cutMat(y.keep, b, h.s*h.l), cutMat(y.adj, b, h.s*h.e)
		if v.wanted() {
			gemm1(true, false, h.l, h.e, h.s, p, dy, 1, cutMat(v.adj, b, h.l*h.e))
		}
		if !q.wanted() && !k.wanted() {
			continue
		}
		gemm1(false, true, h.s, h.l, h.e, dy, cutMat(v.data, b, h.l*h.e), 0, ds)
		for i := range h.s {
			softmaxSlope(cutMat(ds, i, h.l), cutMat(p, i, h.l))
		}
		scoresBack(&h, b, ds, q, k)
	}
}

// scoresBack adds to the adjoints of queries and keys of head b what the scores q k'/sqrt(d)
// have with the adjoint ds; nil is zero.
func scoresBack[T vec.Float](h *heads, b int, ds []T, q, k *Tensor[T]) {
	if q == nil || k == nil {
		return
	}
	scale, sd, ld := T(1/math.Sqrt(float64(h.d))), h.s*h.d, h.l*h.d
	if q.wanted() {
		vec.Gemm(false, false, h.s, h.d, h.l, scale, ds, h.l, cutMat(k.data, b, ld), h.d, 1, cutMat(q.adj, b, sd), h.d)
	}
	if k.wanted() {
		vec.Gemm(true, false, h.l, h.d, h.s, scale, ds, h.l, cutMat(q.data, b, sd), h.d, 1, cutMat(k.adj, b, ld), h.d)
	}
}

func (attentionOp[T]) jvp(y *Tensor[T]) *Tensor[T] {
	return attentionTangent(y, y.in[0].tangent(), y.in[1].tangent(), y.in[2].tangent())
}
