package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// elementwise emits loops that do little more than load and store.
func (g *gen) elementwise(T string) {
	g.begin("fill", "func(x *"+T+", v "+T+", n int)", "is fillGo.")
	x, v, n := g.arg("x"), g.broadcast("v"), g.arg("n")
	g.stream(n, 2, []reg.Register{x}, func(u int, m *mask) { g.store(v, g.at(x, u), m) })
	g.end()

	g.begin("mulTo", "func(dst, x, y *"+T+", n int)", "is mulToGo.")
	dst, x, y, n := g.arg("dst"), g.arg("x"), g.arg("y"), g.arg("n")
	g.stream(n, 2, []reg.Register{dst, x, y}, func(u int, m *mask) {
		v := g.load(g.at(x, u), m)
		g.mul(g.load(g.at(y, u), m), v, v)
		g.store(v, g.at(dst, u), m)
	})
	g.end()

	g.begin("reluTo", "func(dst, x *"+T+", n int)", "is reluToGo.")
	dst, x, n = g.arg("dst"), g.arg("x"), g.arg("n")
	zero := g.zeroVec()
	g.stream(n, 2, []reg.Register{dst, x}, func(u int, m *mask) {
		v := g.load(g.at(x, u), m)
		g.typed(g.VMAXPD, g.VMAXPS)(v, zero, v) // x if it is NaN or -0
		g.add(zero, v, v)
		g.store(v, g.at(dst, u), m)
	})
	g.end()

	g.begin("maskZeros", "func(dst, y *"+T+", n int)", "is maskZerosGo.")
	x, y, n = g.arg("dst"), g.arg("y"), g.arg("n")
	zero = g.zeroVec()
	g.stream(n, 2, []reg.Register{x, y}, func(u int, m *mask) {
		v, w := g.load(g.at(x, u), m), g.load(g.at(y, u), m)
		cmp := g.typed(g.VCMPPD, g.VCMPPS)
		if g.avx512 {
			k := g.K()
			cmp(operand.Imm(4), zero, w, k) // unequal or NaN
			g.typed(three(g.VMOVAPD_Z), three(g.VMOVAPS_Z))(v, k, v)
		} else {
			cmp(operand.Imm(4), zero, w, w)
			g.VANDPS(w, v, v)
		}
		g.store(v, g.at(x, u), m)
	})
	g.end()

	g.begin("mulAdd", "func(dst, x, y *"+T+", n int)", "is mulAddGo.")
	dst, x, y, n = g.arg("dst"), g.arg("x"), g.arg("y"), g.arg("n")
	g.stream(n, 2, []reg.Register{dst, x, y}, func(u int, m *mask) {
		v := g.load(g.at(dst, u), m)
		g.fma(g.load(g.at(x, u), m), g.load(g.at(y, u), m), v)
		g.store(v, g.at(dst, u), m)
	})
	g.end()

	g.begin("shiftTo", "func(dst, x *"+T+", b, a "+T+", n int)", "is shiftToGo.")
	dst, x, n = g.arg("dst"), g.arg("x"), g.arg("n")
	b, a := g.broadcast("b"), g.broadcast("a")
	g.stream(n, 2, []reg.Register{dst, x}, func(u int, m *mask) {
		v := g.load(g.at(x, u), m)
		g.add(b, v, v)
		g.mul(a, v, v)
		g.store(v, g.at(dst, u), m)
	})
	g.end()

	g.top(T)
	g.matrixRows(T, "copyRows", false)
	g.matrixRows(T, "addRows", true)
}

// matrixRows emits the copy or the addition of the rows of a matrix to those of another.
func (g *gen) matrixRows(T, name string, add bool) {
	g.begin(name, "func(dst *"+T+", ldd int, src *"+T+", lds, n, rows int)", "is "+name+"Go, for rows > 0.")
	dst, ldd, src, lds, n, rows := g.arg("dst"), g.arg("ldd"), g.arg("src"), g.arg("lds"), g.arg("n"), g.arg("rows")
	g.IMUL3Q(operand.I8(int8(g.elem)), ldd, ldd)
	g.IMUL3Q(operand.I8(int8(g.elem)), lds, lds)
	left, whole, at := g.GP64(), g.GP64(), g.GP64()
	g.MOVQ(n, left)
	g.ANDQ(operand.I8(int8(g.width()-1)), left)
	g.MOVQ(n, whole)
	g.SUBQ(left, whole)
	g.IMUL3Q(operand.I8(int8(g.elem)), whole, whole)
	last := g.firsts(left)
	move := func(m *mask) {
		to := operand.Mem{Base: dst, Index: at, Scale: 1}
		v := g.load(operand.Mem{Base: src, Index: at, Scale: 1}, m)
		if add {
			g.add(g.load(to, m), v, v)
		}
		g.store(v, to, m)
	}
	row, loop, tail, next := g.label("row"), g.label("loop"), g.label("tail"), g.label("next")
	g.Label(row)
	g.XORQ(at, at)
	g.TESTQ(whole, whole)
	g.JE(operand.LabelRef(tail))
	g.Label(loop)
	move(nil)
	g.ADDQ(operand.I8(int8(g.bytes())), at)
	g.CMPQ(at, whole)
	g.JL(operand.LabelRef(loop))
	g.Label(tail)
	g.TESTQ(left, left)
	g.JE(operand.LabelRef(next))
	move(last)
	g.Label(next)
	g.ADDQ(ldd, dst)
	g.ADDQ(lds, src)
	g.DECQ(rows)
	g.JNE(operand.LabelRef(row))
	g.end()
}

// top emits the largest elements in each place of a vector; the last vector may overlap the
// one before.
func (g *gen) top(T string) {
	g.begin("largest", "func(top, x *"+T+", n int)", "raises the elements of top to the largest of the vectors of x, which is at least one vector long.")
	top, x, n := g.arg("top"), g.arg("x"), g.arg("n")
	most := g.typed(g.VMAXPD, g.VMAXPS)
	acc := []reg.VecVirtual{g.load(g.at(top, 0), nil), g.load(g.at(top, 0), nil)}
	raise := func(u int, to reg.VecVirtual) { most(to, g.load(g.at(x, u), nil), to) } // not to NaN
	loop, rest, last := g.label("loop"), g.label("rest"), g.label("last")
	g.SUBQ(operand.I8(int8(2*g.width())), n)
	g.JL(operand.LabelRef(rest))
	g.Label(loop)
	raise(0, acc[0])
	raise(1, acc[1])
	g.ADDQ(operand.I32(2*g.bytes()), x)
	g.SUBQ(operand.I8(int8(2*g.width())), n)
	g.JGE(operand.LabelRef(loop))
	g.Label(rest)
	g.CMPQ(n, operand.I8(int8(-g.width())))
	g.JLE(operand.LabelRef(last))
	raise(0, acc[0])
	g.Label(last)
	g.LEAQ(operand.Mem{Base: x, Index: n, Scale: uint8(g.elem)}, x)
	raise(1, acc[1])
	most(acc[0], acc[1], acc[0])
	g.store(acc[0], g.at(top, 0), nil)
	g.end()
}
