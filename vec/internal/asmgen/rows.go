package main

import (
	"strings"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// scatters emits the sum of a sparse vector and a dense one.
func (g *gen) scatters() {
	for _, ones := range []bool{false, true} {
		name, params := "sparseAxpy", "val *float64, "
		if ones {
			name, params = "sparseAdd", ""
		}
		g.begin(name, "func(a float64, "+params+"idx *int32, n int, y *float64)", "is "+name+"Go, without its bounds checks.")
		var val reg.Register
		if !ones {
			val = g.arg("val")
		}
		a, err := g.Param("a").Resolve()
		if err != nil {
			panic(err)
		}
		c := g.XMM()
		g.VMOVSD(a.Addr, c)
		g.scatter(c, val, g.arg("idx"), g.arg("n"), g.arg("y"), false)
		g.end()
	}
}

// rows emits the products with a range of compressed rows: with short rows, one call
// for each would cost more than the work.
func (g *gen) rows() {
	for _, ones := range []bool{false, true} {
		suffix, params := "", "idx *int32, val *float64, "
		if ones {
			suffix, params = "Ones", "idx *int32, "
		}
		// The rows follow each other in idx and val, which point to the first entry.
		operands := func() (idx, val reg.Register) {
			idx = g.arg("idx")
			if !ones {
				val = g.arg("val")
			}
			return idx, val
		}
		eachRow := func(body func(ptr, n reg.Register)) {
			ptr, rows, n := g.arg("ptr"), g.arg("rows"), g.GP64()
			loop, end := g.label("row"), g.label("rows")
			g.TESTQ(rows, rows)
			g.JE(operand.LabelRef(end))
			g.Label(loop)
			g.MOVQ(operand.Mem{Base: ptr, Disp: 8}, n)
			g.SUBQ(operand.Mem{Base: ptr}, n)
			body(ptr, n)
			g.ADDQ(operand.I8(8), ptr)
			g.DECQ(rows)
			g.JNE(operand.LabelRef(loop))
			g.Label(end)
		}

		g.begin("csrMulVec"+suffix, "func(dst *float64, ptr *int, rows int, "+params+"x *float64)", "is csrMulVecGo, without its bounds checks.")
		idx, val := operands()
		dst, x := g.arg("dst"), g.arg("x")
		eachRow(func(_, n reg.Register) {
			g.VMOVSD(g.gather(val, idx, n, x).AsX(), operand.Mem{Base: dst})
			g.ADDQ(operand.I8(8), dst)
		})
		g.end()

		for _, square := range []bool{false, true} {
			name := "csrMulVecT" + suffix
			if square {
				if ones { // the squares of ones
					continue
				}
				name = "csrSquaresT"
			}
			g.begin(name, "func(y *float64, ptr *int, rows int, "+params+"c *float64)", "is "+strings.TrimSuffix(name, "Ones")+"Go, without its bounds checks.")
			idx, val := operands()
			c, y := g.arg("c"), g.arg("y")
			eachRow(func(_, n reg.Register) { g.scatterRow(c, val, idx, n, y, square) })
			g.end()
		}
	}
}

// scatterRow adds c times a row, or its squares, to y and moves c, idx and val on.
func (g *gen) scatterRow(c, val, idx, n, y reg.Register, square bool) {
	work, done := g.label("work"), g.label("done")
	ci, zero := g.XMM(), g.XMM()
	g.VMOVSD(operand.Mem{Base: c}, ci)
	g.ADDQ(operand.I8(8), c)
	g.VXORPS(zero, zero, zero)
	g.VUCOMISD(zero, ci)
	g.JNE(operand.LabelRef(work)) // not zero
	g.JPS(operand.LabelRef(work)) // NaN
	g.LEAQ(operand.Mem{Base: idx, Index: n, Scale: 4}, idx)
	if val != nil {
		g.LEAQ(operand.Mem{Base: val, Index: n, Scale: 8}, val)
	}
	g.JMP(operand.LabelRef(done))
	g.Label(work)
	g.scatter(ci, val, idx, n, y, square)
	g.Label(done)
}

// scatter adds c times n entries, or their squares, to y and moves idx and val on. It
// goes entry by entry: AVX-512 scatters are no faster, and AVX2 has none.
func (g *gen) scatter(ci, val, idx, n, y reg.Register, square bool) {
	loop, rest, last, done := g.label("loop"), g.label("rest"), g.label("last"), g.label("done")
	add := func(k int) {
		j, v := g.GP64(), g.XMM()
		g.MOVLQSX(operand.Mem{Base: idx, Disp: 4 * k}, j)
		at := operand.Mem{Base: y, Index: j, Scale: 8}
		if val != nil {
			g.VMOVSD(operand.Mem{Base: val, Disp: 8 * k}, v)
			if square {
				g.VMULSD(v, v, v)
			}
			g.VFMADD213SD(at, ci, v)
		} else {
			g.VADDSD(at, ci, v)
		}
		g.VMOVSD(v, at)
	}
	advance := func(k int) {
		g.ADDQ(operand.I8(4*k), idx)
		if val != nil {
			g.ADDQ(operand.I8(8*k), val)
		}
	}
	g.SUBQ(operand.I8(4), n)
	g.JL(operand.LabelRef(rest))
	g.Label(loop)
	for k := range 4 {
		add(k)
	}
	advance(4)
	g.SUBQ(operand.I8(4), n)
	g.JGE(operand.LabelRef(loop))
	g.Label(rest)
	g.ADDQ(operand.I8(4), n)
	g.JE(operand.LabelRef(done))
	g.Label(last)
	add(0)
	advance(1)
	g.DECQ(n)
	g.JNE(operand.LabelRef(last))
	g.Label(done)
}
