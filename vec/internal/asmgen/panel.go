package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// side is the number of columns in a panel of package vec.
const side = 8

// panels emits the kernels of blocked symmetric products (float64). A panel holds k
// rows of 8 columns, row after row.
func (g *gen) panels() {
	g.pack()
	g.tile(1)
	if g.avx512 {
		g.tile(2)
		g.tile(3)
	} else { // AVX-512 would gain nothing
		g.interleave()
	}
}

// tile adds to v tiles of 8 x 8 side by side. In AVX-512 they stay in registers, in
// AVX2 half of one does.
func (g *gen) tile(v int) {
	g.begin("panelTile"+string(rune('0'+v)), "func(h *float64, ld int, a, b *float64, k int)", "adds a^T b to 8 rows of h, which are ld apart, for v panels b.")
	rows, halves := side, 1
	if !g.avx512 {
		rows, halves = 4, 2
	}
	lines := side / g.width() // vectors of a row of a panel
	h, ld, k := g.arg("h"), g.arg("ld"), g.arg("k")
	next := g.GP64() // from one panel to the next, in bytes
	g.MOVQ(k, next)
	g.SHLQ(operand.Imm(6), next)
	g.SHLQ(operand.Imm(3), ld)
	for half := range halves {
		a, b, n := g.arg("a"), g.arg("b"), g.GP64()
		g.MOVQ(k, n)
		acc := g.accumulators(rows * v * lines)
		loop, end := g.label("loop"), g.label("end")
		g.TESTQ(n, n)
		g.JE(operand.LabelRef(end))
		g.Label(loop)
		var row []reg.VecVirtual
		for p := range v {
			for l := range lines {
				at := operand.Mem{Base: b, Disp: l * g.bytes()}
				if p > 0 {
					at.Index, at.Scale = next, uint8(p)
				}
				row = append(row, g.load(at, nil))
			}
		}
		for i := range rows {
			at, x := operand.Mem{Base: a, Disp: 8 * (half*rows + i)}, g.vec()
			g.VBROADCASTSD(at, x)
			for p, r := range row {
				g.fma(r, x, acc[i*v*lines+p])
			}
		}
		g.ADDQ(operand.I8(8*side), a)
		g.ADDQ(operand.I8(8*side), b)
		g.DECQ(n)
		g.JNE(operand.LabelRef(loop))
		g.Label(end)
		for i := range rows {
			for p := range v * lines {
				s := acc[i*v*lines+p]
				g.VADDPD(g.at(h, p), s, s)
				g.VMOVUPD(s, g.at(h, p))
			}
			g.ADDQ(ld, h)
		}
	}
	g.end()
}

// pack emits the copy of rows into a panel, and their products with weights into
// another.
func (g *gen) pack() {
	for _, weighted := range []bool{false, true} {
		name, params := "panelPack", "b, x *float64, ld, rows, cols int"
		if weighted {
			name, params = "panelPackWeighted", "b, a, x *float64, ld, rows, cols int, c *float64"
		}
		g.begin(name, "func("+params+")", "copies up to 8 columns of rows, which are ld apart, to a panel with zeros behind them.")
		b, x, ld, n, cols := g.arg("b"), g.arg("x"), g.arg("ld"), g.arg("rows"), g.arg("cols")
		g.SHLQ(operand.Imm(3), ld)
		var a, c reg.Register
		if weighted {
			a, c = g.arg("a"), g.arg("c")
		}
		var masks []*mask
		if g.avx512 {
			masks = []*mask{g.firsts(cols)}
		} else { // the first and the second four
			for l := range 2 {
				m, at, zero, four := &mask{v: g.YMM()}, g.GP64(), g.GP64(), g.GP64()
				m.original = g.GP64()
				g.MOVQ(cols, m.original)
				g.SUBQ(operand.I8(4*l), m.original)
				g.XORQ(zero, zero)
				g.CMPQ(m.original, zero)
				g.CMOVQLT(zero, m.original)
				g.MOVQ(operand.I32(4), four)
				g.CMPQ(m.original, four)
				g.CMOVQGT(four, m.original)
				g.LEAQ(g.ones.Offset(32), at)
				g.NEGQ(m.original)
				g.VMOVDQU(operand.Mem{Base: at, Index: m.original, Scale: 8}, m.v)
				masks = append(masks, m)
			}
		}
		loop, end := g.label("loop"), g.label("end")
		g.TESTQ(n, n)
		g.JE(operand.LabelRef(end))
		g.Label(loop)
		var w reg.VecVirtual
		if weighted {
			w = g.vec()
			g.VBROADCASTSD(operand.Mem{Base: c}, w)
			g.ADDQ(operand.I8(8), c)
		}
		for l, m := range masks {
			v := g.load(g.at(x, l), m)
			g.VMOVUPD(v, g.at(b, l))
			if weighted {
				g.VMULPD(v, w, v)
				g.VMOVUPD(v, g.at(a, l))
			}
		}
		g.ADDQ(ld, x)
		g.ADDQ(operand.I8(8*side), b)
		if weighted {
			g.ADDQ(operand.I8(8*side), a)
		}
		g.DECQ(n)
		g.JNE(operand.LabelRef(loop))
		g.Label(end)
		g.end()
	}
}

// interleave emits the transposition of 4 x 4 blocks, for the first and then the
// second four of 8 columns.
func (g *gen) interleave() {
	g.begin("panelInterleave", "func(b *float64, x **float64, n int)", "is interleaveGo for n > 0 rows, a multiple of 4.")
	x, rows := g.arg("x"), g.arg("n")
	g.SHLQ(operand.Imm(3), rows)
	for half := range 2 {
		b, at := g.arg("b"), g.GP64()
		var cols [4]reg.Register
		for j := range cols {
			cols[j] = g.GP64()
			g.MOVQ(operand.Mem{Base: x, Disp: 8 * (4*half + j)}, cols[j])
		}
		g.XORQ(at, at)
		loop := g.label("loop")
		g.Label(loop)
		var v, t [4]reg.VecVirtual
		for j, p := range cols {
			v[j] = g.load(operand.Mem{Base: p, Index: at, Scale: 1}, nil)
			t[j] = g.YMM()
		}
		for j := 0; j < 4; j += 2 { // pairs of columns: even rows, odd rows
			g.VUNPCKLPD(v[j+1], v[j], t[j])
			g.VUNPCKHPD(v[j+1], v[j], t[j+1])
		}
		for k := range 4 {
			row := g.YMM()
			g.VPERM2F128(operand.Imm(uint64(0x20+0x11*(k/2))), t[2+k%2], t[k%2], row)
			g.VMOVUPD(row, operand.Mem{Base: b, Disp: 64*k + 32*half})
		}
		g.ADDQ(operand.I32(4*64), b)
		g.ADDQ(operand.I8(32), at)
		g.CMPQ(at, rows)
		g.JL(operand.LabelRef(loop))
	}
	g.end()
}
