package grad

import (
	"math"

	"github.com/godescent/descent/vec"
)

// attentionTangentOp is the tangent of an attention with weights P by queries, keys and values
// with the velocities dq, dk, dv, each of which may be nil: with dS = (dq k' + q dk')/sqrt(d)
// and E = dS - sum(P dS), it is (P E) v + P dv, where P E is a product of elements. The last
// operand is the attention's result, which keeps P; keep: E.
//
// With the adjoint g and A = g v' - sum(P g v'), that of dv is P' g, of v (P E)' g, of dS P A,
// and of S the softmax's adjoint of E A + g dv'.
type attentionTangentOp[T vec.Float] struct{}

func (attentionTangentOp[T]) name() string { return "Attention'" }

// attentionTangent records the tangent of y.
func attentionTangent[T vec.Float](y, dq, dk, dv *Tensor[T]) *Tensor[T] {
	t := y.tape
	if t.err != nil {
		return t.bad
	}
	h := headsOf(y.index)
	z := t.record(attentionTangentOp[T]{}, y.shape, y.in[0], y.in[1], y.in[2], dq, dk, dv, y)
	z.index, z.keep = y.index, t.values.alloc(h.batch*h.s*h.l)
	z.withScores(attentionTangentForward[T]{}, &h, 1)
	return z
}

// withScores runs a loop over heads, with memory for so many matrices of scores in each part.
func (z *Tensor[T]) withScores(k kernel[T], h *heads, matrices int) {
	t := z.tape
	at := t.values.mark()
	t.scores = t.values.alloc(h.parts() * matrices * h.s * h.l)
	z.split(k, h.batch, h.parts())
	t.values.release(at)
}

type attentionTangentForward[T vec.Float] struct{}

func (attentionTangentForward[T]) loop(z *Tensor[T], part, lo, hi int) {
	h := headsOf(z.index)
	q, k, v, dq, dk, dv, y := z.in[0], z.in[1], z.in[2], z.in[3], z.in[4], z.in[5], z.in[6]
	scale := T(1 / math.Sqrt(float64(h.d)))
	w := cutMat(z.tape.scores, part, h.s*h.l)
	sd, ld, le, sl := h.s*h.d, h.l*h.d, h.l*h.e, h.s*h.l
	for b := lo; b < hi; b++ {
		p, e, out := cutMat(y.keep, b, sl), cutMat(z.keep, b, sl), cutMat(z.data, b, h.s*h.e)
		beta := T(0)
		if dq != nil {
			vec.Gemm(false, true, h.s, h.l, h.d, scale, cutMat(dq.data, b, sd), h.d, cutMat(k.data, b, ld), h.d, beta, e, h.l)
			beta = 1
		}
		if dk != nil {
			vec.Gemm(false, true, h.s, h.l, h.d, scale, cutMat(q.data, b, sd), h.d, cutMat(dk.data, b, ld), h.d, beta, e, h.l)
			beta = 1
		}
		if beta == 0 {
			clear(e)
		}
		centre(&h, e, p)
		vec.MulTo(w, p, e)
		gemm1(false, false, h.s, h.e, h.l, w, cutMat(v.data, b, le), 0, out)
		if dv != nil {
			gemm1(false, false, h.s, h.e, h.l, p, cutMat(dv.data, b, le), 1, out)
		}
	}
}

// centre subtracts from each row of e its sum of products with that of p; what a query does not
// see becomes 0.
func centre[T vec.Float](h *heads, e, p []T) {
	for i := range h.s {
		row, n := cutMat(e, i, h.l), h.visible(i)
		vec.ShiftTo(row[:n], row[:n], -vec.Dot(row[:n], p[i*h.l:i*h.l+n]), 1)
		clear(row[n:])
	}
}

func (attentionTangentOp[T]) vjp(z *Tensor[T]) {
	h := headsOf(z.index)
	for _, x := range z.in[:6] {
		if x.wanted() {
			x.toAdd()
		}
	}
	z.withScores(attentionTangentBackward[T]{}, &h, 2)
}

type attentionTangentBackward[T vec.Float] struct{}

func (attentionTangentBackward[T]) loop(z *Tensor[T], part, lo, hi int) {
	h := headsOf(z.index)
	q, k, v, dq, dk, dv, y := z.in[0], z.in[1], z.in[2], z.in[3], z.in[4], z.in[5], z.in[6]
	sl := h.s * h.l
	scores := cutMat(z.tape.scores, part, 2*sl)
	a, w := scores[:sl], scores[sl:]
	for b := lo; b < hi; b++ {
		p, e, g := cutMat(y.keep, b, sl), cutMat(z.keep, b, sl), cutMat(z.adj, b, h.s*h.e)
		if dv.wanted() {
			gemm1(true, false, h.l, h.e, h.s, p, g, 1, cutMat(dv.adj, b, h.l*h.e))
		}
		if v.wanted() {
			vec.MulTo(w, p, e)
			gemm1(true, false, h.l, h.e, h.s, w, g, 1, cutMat(v.adj, b, h.l*h.e))
		}
		gemm1(false, true, h.s, h.l, h.e, g, cutMat(v.data, b, h.l*h.e), 0, a)
		centre(&h, a, p)
		if q.wanted() || k.wanted() {
			if dv == nil {
				vec.MulTo(w, e, a)
			} else {
				gemm1(false, true, h.s, h.l, h.e, g, cutMat(dv.data, b, h.l*h.e), 0, w)
				vec.MulAdd(w, e, a)
			}
			for i := range h.s {
				softmaxSlope(cutMat(w, i, h.l), cutMat(p, i, h.l))
			}
			scoresBack(&h, b, w, q, k)
		}
		vec.MulTo(a, a, p)
		scoresBack(&h, b, a, dq, k)
		scoresBack(&h, b, a, q, dk)
	}
}

func (attentionTangentOp[T]) jvp(z *Tensor[T]) *Tensor[T] {
	first := z.tape.n
	return z.tape.tangents(first, attentionFormula(z, z.in[3], z.in[4], z.in[5]))
}

// attentionFormula records the tangent of an attention z, or of what has its first three
// operands: dy = dP v + P dv, with dP = P (dS - sum(P dS)) and dS = (dq k' + q dk')/sqrt(d).
func attentionFormula[T vec.Float](z, dq, dk, dv *Tensor[T]) *Tensor[T] {
	h, t := headsOf(z.index), z.tape
	q, k, v := z.in[0], z.in[1], z.in[2]
	scale := T(1 / math.Sqrt(float64(h.d)))
	p := MatMulT(Scale(q, scale), k, false, true)
	if h.causal {
		mask := t.Fill(0, h.s, h.l)
		for i := range mask.data {
			if i%h.l >= h.visible(i/h.l) {
				mask.data[i] = T(math.Inf(-1))
			}
		}
		p = Add(p, mask)
	}
	p = Softmax(p)
	var ds, dy *Tensor[T]
	if dq != nil {
		ds = MatMulT(Scale(dq, scale), k, false, true)
	}
	if dk != nil {
		ds = plus(ds, MatMulT(Scale(q, scale), dk, false, true))
	}
	if ds != nil {
		dy = MatMul(softmaxTangent(p, ds), v)
	}
	if dv != nil {
		dy = plus(dy, MatMul(p, dv))
	}
	return dy
}
