package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// sparseGram emits the sum of weighted outer products of a range of compressed rows
// with themselves. Like scatterRow it goes entry by entry.
func (g *gen) sparseGram(ones bool) {
	suffix, params := "", "idx *int32, val, "
	if ones {
		suffix, params = "Ones", "idx *int32, "
	}
	g.begin("csrGram"+suffix, "func(h *float64, ld int, ptr *int, rows int, "+params+"c *float64)", "is csrGramGo, without its bounds checks.")
	h, ld, ptr, rows, idx, c := g.arg("h"), g.arg("ld"), g.arg("ptr"), g.arg("rows"), g.arg("idx"), g.arg("c")
	var val reg.Register
	if !ones {
		val = g.arg("val")
	}
	g.SHLQ(operand.Imm(3), ld)
	row, next, end := g.label("row"), g.label("next"), g.label("end")
	g.TESTQ(rows, rows)
	g.JE(operand.LabelRef(end))
	g.Label(row)
	n := g.GP64()
	g.MOVQ(operand.Mem{Base: ptr, Disp: 8}, n)
	g.SUBQ(operand.Mem{Base: ptr}, n)
	work, ci, zero := g.label("work"), g.XMM(), g.XMM()
	g.VMOVSD(operand.Mem{Base: c}, ci)
	g.VXORPS(zero, zero, zero)
	g.VUCOMISD(zero, ci)
	g.JNE(operand.LabelRef(work)) // not zero
	g.JPS(operand.LabelRef(work)) // NaN
	g.LEAQ(operand.Mem{Base: idx, Index: n, Scale: 4}, idx)
	if !ones {
		g.LEAQ(operand.Mem{Base: val, Index: n, Scale: 8}, val)
	}
	g.JMP(operand.LabelRef(next))

	// One entry after the other with itself and those behind it.
	g.Label(work)
	g.TESTQ(n, n)
	g.JE(operand.LabelRef(next))
	entry := g.label("entry")
	g.Label(entry)
	line, j, v, m := g.GP64(), g.GP64(), ci, g.GP64()
	g.MOVLQSX(operand.Mem{Base: idx}, line)
	g.IMULQ(ld, line)
	g.ADDQ(h, line)
	if !ones {
		v = g.XMM()
		g.VMULSD(operand.Mem{Base: val}, ci, v)
	}
	add := func(at func(scale int) operand.Mem) {
		x := g.XMM()
		g.MOVLQSX(at(4), j)
		to := operand.Mem{Base: line, Index: j, Scale: 8}
		if ones {
			g.VADDSD(to, v, x)
		} else {
			g.VMOVSD(at(8), x)
			g.VFMADD213SD(to, v, x)
		}
		g.VMOVSD(x, to)
	}
	// From the last entry on: m counts down to this one.
	behind := func(k int) func(scale int) operand.Mem {
		return func(scale int) operand.Mem {
			base := idx
			if scale == 8 {
				base = val
			}
			return operand.Mem{Base: base, Index: m, Scale: uint8(scale), Disp: -scale * k}
		}
	}
	even, quad, loop, done := g.label("even"), g.label("quad"), g.label("loop"), g.label("done")
	g.MOVQ(n, m)
	g.TESTQ(operand.I32(1), m)
	g.JE(operand.LabelRef(even))
	add(behind(1))
	g.DECQ(m)
	g.Label(even)
	g.TESTQ(operand.I32(2), m)
	g.JE(operand.LabelRef(quad))
	add(behind(1))
	add(behind(2))
	g.SUBQ(operand.I8(2), m)
	g.Label(quad)
	g.TESTQ(m, m)
	g.JE(operand.LabelRef(done))
	g.Label(loop)
	for k := range 4 {
		add(behind(k + 1))
	}
	g.SUBQ(operand.I8(4), m)
	g.JNE(operand.LabelRef(loop))
	g.Label(done)
	g.ADDQ(operand.I8(4), idx)
	if !ones {
		g.ADDQ(operand.I8(8), val)
	}
	g.DECQ(n)
	g.JNE(operand.LabelRef(entry))

	g.Label(next)
	g.ADDQ(operand.I8(8), ptr)
	g.ADDQ(operand.I8(8), c)
	g.DECQ(rows)
	g.JNE(operand.LabelRef(row))
	g.Label(end)
	g.end()
}
