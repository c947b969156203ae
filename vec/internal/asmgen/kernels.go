package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// kernels emits every kernel of the current type and instruction set.
func (g *gen) kernels() {
	T := "float64"
	if g.elem == 4 {
		T = "float32"
	}
	g.dense(T)
	g.sparse(T)
	g.elementary(T)
	g.steps(T)
	g.elementwise(T)
	if g.elem == 4 {
		g.gelu()
	}
	g.gemm(T)
	g.gemmRow(T)
	g.packPart(T)
	if !g.avx512 && g.elem == 4 {
		g.maxPairs()
	}
	if !g.avx512 {
		g.gemmRowT(T)
		g.gemmPack(T)
	}
	if g.elem == 8 {
		g.rows()
		if !g.avx512 { // there is nothing in it that AVX-512 would do better
			g.scatters()
		}
		g.sparseGram(false)
		g.sparseGram(true)
		g.denseRows()
		g.panels()
		g.largest()
		g.softplusSigmoid()
	}
}

func (g *gen) dense(T string) {
	g.begin("dot", "func(x, y *"+T+", n int) "+T, "is dotGo.")
	x, y, n := g.arg("x"), g.arg("y"), g.arg("n")
	acc := g.accumulators(4)
	g.stream(n, 4, []reg.Register{x, y}, func(u int, m *mask) {
		if m == nil {
			g.fma(g.at(y, u), g.load(g.at(x, u), m), acc[u])
		} else {
			g.fma(g.load(g.at(y, u), m), g.load(g.at(x, u), m), acc[u])
		}
	})
	g.result(g.total(acc...))
	g.end()

	g.begin("axpy", "func(a "+T+", x, y *"+T+", n int)", "is axpyGo.")
	a := g.broadcast("a")
	x, y, n = g.arg("x"), g.arg("y"), g.arg("n")
	g.stream(n, 4, []reg.Register{x, y}, func(u int, m *mask) {
		v := g.load(g.at(y, u), m)
		g.fma(g.load(g.at(x, u), m), a, v)
		g.store(v, g.at(y, u), m)
	})
	g.end()

	g.begin("axpyTo", "func(dst *"+T+", a "+T+", x, y *"+T+", n int)", "is axpyToGo.")
	dst := g.arg("dst")
	a = g.broadcast("a")
	x, y, n = g.arg("x"), g.arg("y"), g.arg("n")
	g.stream(n, 4, []reg.Register{dst, x, y}, func(u int, m *mask) {
		v := g.load(g.at(y, u), m)
		g.fma(g.load(g.at(x, u), m), a, v)
		g.store(v, g.at(dst, u), m)
	})
	g.end()

	g.begin("scal", "func(a "+T+", x *"+T+", n int)", "is scalGo.")
	a = g.broadcast("a")
	x, n = g.arg("x"), g.arg("n")
	g.stream(n, 4, []reg.Register{x}, func(u int, m *mask) {
		v := g.load(g.at(x, u), m)
		g.mul(a, v, v)
		g.store(v, g.at(x, u), m)
	})
	g.end()

	g.begin("sum", "func(x *"+T+", n int) "+T, "is sumGo.")
	x, n = g.arg("x"), g.arg("n")
	acc = g.accumulators(4)
	g.stream(n, 4, []reg.Register{x}, func(u int, m *mask) { g.add(g.load(g.at(x, u), m), acc[u], acc[u]) })
	g.result(g.total(acc...))
	g.end()

	g.begin("asum", "func(x *"+T+", n int) "+T, "is asumGo.")
	x, n = g.arg("x"), g.arg("n")
	bits := g.vec()
	g.typed(g.VBROADCASTSD, g.VBROADCASTSS)(g.abs[g.elem], bits)
	acc = g.accumulators(4)
	g.stream(n, 4, []reg.Register{x}, func(u int, m *mask) {
		v := g.load(g.at(x, u), m)
		g.and(bits, v, v)
		g.add(v, acc[u], acc[u])
	})
	g.result(g.total(acc...))
	g.end()
}

func (g *gen) accumulators(n int) []reg.VecVirtual {
	acc := make([]reg.VecVirtual, n)
	for i := range acc {
		acc[i] = g.zeroVec()
	}
	return acc
}

// and keeps the bits of b that a has.
func (g *gen) and(a, b, dst operand.Op) {
	if g.avx512 {
		g.VPANDQ(a, b, dst)
	} else {
		g.VPAND(a, b, dst)
	}
}

func (g *gen) sparse(T string) {
	g.begin("sparseDot", "func(val *"+T+", idx *int32, n int, x *"+T+") "+T, "is sparseDotGo, without its bounds checks.")
	g.result(g.gather(g.arg("val"), g.arg("idx"), g.arg("n"), g.arg("x")))
	g.end()

	g.begin("sparseSum", "func(idx *int32, n int, x *"+T+") "+T, "is sparseSumGo, without its bounds checks.")
	g.result(g.gather(nil, g.arg("idx"), g.arg("n"), g.arg("x")))
	g.end()
}

// gather sums val_k x[idx_k] over n entries, with nil val those of ones. It moves val
// and idx behind the last entry. One accumulator will do: a gather takes longer than
// an addition.
func (g *gen) gather(val, idx, n, x reg.Register) reg.VecVirtual {
	acc := g.zeroVec()
	loop, tail, done := g.label("loop"), g.label("tail"), g.label("done")
	w := g.width()
	g.SUBQ(operand.I32(w), n)
	g.JL(operand.LabelRef(tail))
	g.Label(loop)
	g.gatherOne(acc, val, idx, x, nil)
	if val != nil {
		g.ADDQ(operand.I32(g.bytes()), val)
	}
	g.ADDQ(operand.I32(4*w), idx)
	g.SUBQ(operand.I32(w), n)
	g.JGE(operand.LabelRef(loop))
	g.Label(tail)
	g.ADDQ(operand.I32(w), n)
	g.JE(operand.LabelRef(done))
	g.gatherOne(acc, val, idx, x, g.firsts(n))
	g.LEAQ(operand.Mem{Base: idx, Index: n, Scale: 4}, idx)
	if val != nil {
		g.LEAQ(operand.Mem{Base: val, Index: n, Scale: uint8(g.elem)}, val)
	}
	g.Label(done)
	return g.total(acc)
}

func (g *gen) gatherOne(acc reg.VecVirtual, val, idx, x reg.Register, m *mask) {
	at := g.gathered(idx, x, m)
	if val == nil {
		g.add(at, acc, acc)
	} else {
		g.fma(g.load(operand.Mem{Base: val}, m), at, acc)
	}
}

// gathered loads indices and the elements of x at them.
func (g *gen) gathered(idx, x reg.Register, m *mask) reg.VecVirtual {
	// Zero first: a gather merges, and would wait for what the register held.
	v, from := g.zeroVec(), operand.Mem{Base: idx}
	var j reg.VecVirtual
	switch {
	case g.bytes()/g.elem == 16:
		j = g.ZMM()
	case g.bytes()/g.elem == 8:
		j = g.YMM()
	default:
		j = g.XMM()
	}
	elems := operand.Mem{Base: x, Index: j, Scale: uint8(g.elem)}
	gather := g.typed(three(g.VGATHERDPD), three(g.VGATHERDPS))
	if g.avx512 {
		k := g.K()
		if m == nil {
			g.VMOVDQU32(from, j)
			g.KXNORW(k, k, k)
		} else {
			g.VMOVDQU32_Z(from, m.k, j)
			g.KMOVW(m.k, k)
		}
		gather(elems, k, v) // clears k
		return v
	}
	ones := g.YMM()
	if m == nil {
		g.VMOVDQU(from, j)
		g.VPCMPEQD(ones, ones, ones)
	} else {
		g.VMOVDQA(m.v, ones)
		if g.elem == 4 {
			g.VPMASKMOVD(from, m.v, j)
		} else {
			at, back, narrow := g.GP64(), g.GP64(), g.XMM()
			g.LEAQ(g.ones.Offset(32), at)
			g.IMUL3Q(operand.I8(-4), m.original, back)
			g.VMOVDQU(operand.Mem{Base: at, Index: back, Scale: 1}, narrow)
			g.VPMASKMOVD(from, narrow, j)
		}
	}
	gather(ones, elems, v)
	return v
}

// largest emits the largest bits of absolute values, in each place of a vector. As
// integers, they order numbers below infinity below NaN.
func (g *gen) largest() {
	g.begin("nrmInf", "func(top *uint64, x *float64, n int)", "stores the largest absolute values of the vectors of x, as bits.")
	top, x, n := g.arg("top"), g.arg("x"), g.arg("n")
	bits := g.vec()
	g.VBROADCASTSD(g.abs[8], bits)
	acc := g.accumulators(4)
	g.stream(n, 4, []reg.Register{x}, func(u int, m *mask) {
		v := g.load(g.at(x, u), m)
		g.and(bits, v, v)
		g.larger(v, acc[u])
	})
	for _, v := range acc[1:] {
		g.larger(v, acc[0])
	}
	g.VMOVUPD(acc[0], operand.Mem{Base: top})
	g.end()
}

// larger raises the non-negative integers in acc to those in v.
func (g *gen) larger(v, acc reg.VecVirtual) {
	if g.avx512 {
		g.VPMAXSQ(v, acc, acc)
		return
	}
	more := g.YMM()
	g.VPCMPGTQ(acc, v, more)
	g.VBLENDVPD(more, v, acc, acc)
}
