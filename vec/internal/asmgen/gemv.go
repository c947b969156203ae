package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// denseRows emits the products with a range of dense rows (float64), which follow each
// other: with short rows, one call for each would cost more than the work.
func (g *gen) denseRows() {
	g.rowDots()
	g.rowSums(false)
	g.rowSums(true)
}

// rowDots takes four rows at a time, with one sum for each whatever its place, so that
// bits do not depend on how the rows are grouped.
func (g *gen) rowDots() {
	g.begin("rowsMulVec", "func(dst, a *float64, rows, cols int, x *float64)", "is rowsMulVecGo.")
	dst, a, rows, cols, x := g.arg("dst"), g.arg("a"), g.arg("rows"), g.arg("cols"), g.arg("x")
	tail, whole := g.GP64(), g.GP64() // elements behind the last full vector, and of full vectors
	g.MOVQ(cols, tail)
	g.ANDQ(operand.I8(int8(g.width()-1)), tail)
	g.MOVQ(cols, whole)
	g.SUBQ(tail, whole)
	m := g.firsts(tail)
	stride := g.GP64()
	g.MOVQ(cols, stride)
	g.SHLQ(operand.Imm(3), stride)
	thrice := g.GP64()
	g.LEAQ(operand.Mem{Base: stride, Index: stride, Scale: 2}, thrice)
	for _, k := range []int{4, 1} {
		group, end := g.label("group"), g.label("groups")
		g.SUBQ(operand.I8(int8(k)), rows)
		g.JL(operand.LabelRef(end))
		g.Label(group)
		acc := g.accumulators(k)
		n, w := g.GP64(), g.GP64()
		g.MOVQ(whole, n)
		g.MOVQ(x, w)
		row := func(i int) operand.Mem {
			switch i {
			case 1, 2:
				return operand.Mem{Base: a, Index: stride, Scale: uint8(i)}
			case 3:
				return operand.Mem{Base: a, Index: thrice, Scale: 1}
			}
			return operand.Mem{Base: a}
		}
		loop, last, done := g.label("loop"), g.label("last"), g.label("done")
		g.TESTQ(n, n)
		g.JE(operand.LabelRef(last))
		g.Label(loop)
		v := g.load(operand.Mem{Base: w}, nil)
		for i := range k {
			g.fma(row(i), v, acc[i])
		}
		g.ADDQ(operand.I32(g.bytes()), a)
		g.ADDQ(operand.I32(g.bytes()), w)
		g.SUBQ(operand.I8(int8(g.width())), n)
		g.JNE(operand.LabelRef(loop))
		g.Label(last)
		g.TESTQ(tail, tail)
		g.JE(operand.LabelRef(done))
		v = g.load(operand.Mem{Base: w}, m)
		for i := range k {
			g.fma(g.load(row(i), m), v, acc[i])
		}
		g.LEAQ(operand.Mem{Base: a, Index: tail, Scale: 8}, a)
		g.Label(done)
		for i := range k {
			g.VMOVSD(g.total(acc[i]).AsX(), operand.Mem{Base: dst, Disp: 8 * i})
		}
		g.ADDQ(operand.I8(int8(8*k)), dst)
		if k > 1 {
			g.ADDQ(thrice, a)
		}
		g.SUBQ(operand.I8(int8(k)), rows)
		g.JGE(operand.LabelRef(group))
		g.Label(end)
		g.ADDQ(operand.I8(int8(k)), rows)
	}
	g.end()
}

// rowSums emits weighted sums of rows, or of their squares. It keeps four vectors of sums in registers; the last block of columns may have
// fewer, and a tail.
func (g *gen) rowSums(square bool) {
	const most = 4
	name := "rowsMulVecT"
	if square {
		name = "rowsSquaresT"
	}
	g.begin(name, "func(y, a *float64, ld, rows, cols int, c *float64)", "is "+name+"Go, for at least one row and column.")
	y, a, stride, rows, left, c := g.arg("y"), g.arg("a"), g.arg("ld"), g.arg("rows"), g.arg("cols"), g.arg("c")
	g.SHLQ(operand.Imm(3), stride)
	// block adds v vectors of columns, the last with a mask.
	block := func(v int, m *mask) {
		at := func(u int) *mask {
			if u < v-1 {
				return nil
			}
			return m
		}
		acc := make([]reg.VecVirtual, v)
		for u := range acc {
			acc[u] = g.load(g.at(y, u), at(u))
		}
		p, q, n, loop := g.GP64(), g.GP64(), g.GP64(), g.label("loop")
		g.MOVQ(a, p)
		g.MOVQ(c, q)
		g.MOVQ(rows, n)
		g.Label(loop)
		w := g.vec()
		g.VBROADCASTSD(operand.Mem{Base: q}, w)
		for u := range acc {
			if at(u) == nil && !square {
				g.fma(g.at(p, u), w, acc[u])
				continue
			}
			v := g.load(g.at(p, u), at(u))
			if square {
				g.mul(v, v, v)
			}
			g.fma(v, w, acc[u])
		}
		g.ADDQ(stride, p)
		g.ADDQ(operand.I8(8), q)
		g.DECQ(n)
		g.JNE(operand.LabelRef(loop))
		for u := range acc {
			g.store(acc[u], g.at(y, u), at(u))
		}
	}
	full, rest, done := g.label("full"), g.label("rest"), g.label("done")
	g.Label(full)
	g.CMPQ(left, operand.I8(int8(most*g.width())))
	g.JL(operand.LabelRef(rest))
	block(most, nil)
	g.ADDQ(operand.I32(most*g.bytes()), y)
	g.ADDQ(operand.I32(most*g.bytes()), a)
	g.SUBQ(operand.I8(int8(most*g.width())), left)
	g.JMP(operand.LabelRef(full))
	g.Label(rest)
	g.TESTQ(left, left)
	g.JE(operand.LabelRef(done))
	tail := g.GP64() // 1 to width elements of the last vector
	g.LEAQ(operand.Mem{Base: left, Disp: -1}, tail)
	g.ANDQ(operand.I8(int8(g.width()-1)), tail)
	g.INCQ(tail)
	m := g.firsts(tail)
	for v := 1; v <= most; v++ {
		next := g.label(fmt.Sprintf("more%d_", v))
		if v < most {
			g.CMPQ(left, operand.I8(int8(v*g.width())))
			g.JG(operand.LabelRef(next))
		}
		block(v, m)
		if v < most {
			g.JMP(operand.LabelRef(done))
			g.Label(next)
		}
	}
	g.Label(done)
	g.end()
}
