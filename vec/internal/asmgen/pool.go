package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// maxPairs emits the largest elements of windows of 2 x 2 side by side, 8 windows at a time,
// for float32. AVX-512 would gain nothing: rows are short.
func (g *gen) maxPairs() {
	g.begin("maxPairs", "func(y *float32, index *int, x *float32, w, base, n int) (nan int)",
		"is maxPairsGo for a multiple of 8 windows; where it returns nan > 0, one of them has a NaN.")
	y, index, x, w, n := g.arg("y"), g.arg("index"), g.arg("x"), g.arg("w"), g.arg("n")
	lanes := g.table("lanes", func(i int) uint64 { return uint64(4*i) | uint64(4*i+2)<<32 }, 4)
	filled := func(r reg.Register, wide bool) reg.VecVirtual {
		s, v := g.XMM(), g.YMM()
		g.VMOVQ(r, s)
		if wide {
			g.VPBROADCASTQ(s, v)
		} else {
			g.VPBROADCASTD(s, v)
		}
		return v
	}
	const16, const1 := g.GP64(), g.GP64()
	g.MOVQ(operand.I32(16), const16)
	g.MOVQ(operand.I32(1), const1)
	base, step, one, below := filled(g.arg("base"), true), filled(const16, true), filled(const1, false), filled(w, false)
	g.SHLQ(operand.Imm(2), w)
	nan := g.zeroVec()
	loop := g.label("loop")
	g.Label(loop)
	// row returns the larger elements of pairs of a row, which of both they are, and moves on.
	row := func(from reg.Register) (top, place reg.VecVirtual) {
		a, b := g.load(operand.Mem{Base: from}, nil), g.load(operand.Mem{Base: from, Disp: 32}, nil)
		even, odd, less, u := g.YMM(), g.YMM(), g.YMM(), g.YMM()
		g.VSHUFPS(operand.Imm(0x88), b, a, even)
		g.VSHUFPS(operand.Imm(0xdd), b, a, odd)
		g.VCMPPS(operand.Imm(3), odd, even, u)
		g.VORPS(u, nan, nan)
		g.VCMPPS(operand.Imm(1), odd, even, less)
		top, place = g.YMM(), g.YMM()
		g.VBLENDVPS(less, odd, even, top)
		g.VANDPS(less, one, place)
		return top, place
	}
	lower := g.GP64()
	g.LEAQ(operand.Mem{Base: x, Index: w, Scale: 1}, lower)
	top, place := row(x)
	top2, place2 := row(lower)
	g.VPADDD(below, place2, place2)
	less := g.YMM()
	g.VCMPPS(operand.Imm(1), top2, top, less)
	g.VBLENDVPS(less, top2, top, top)
	g.VBLENDVPS(less, place2, place, place)
	g.VPERMPD(operand.Imm(0xd8), top, top) // the halves were shuffled each alone
	g.VPERMPD(operand.Imm(0xd8), place, place)
	g.VPADDD(lanes, place, place)
	g.VMOVUPS(top, operand.Mem{Base: y})
	high, at := g.XMM(), g.YMM()
	g.VEXTRACTF128(operand.Imm(1), place, high)
	for i, half := range []reg.Register{place.AsX(), high} {
		g.VPMOVSXDQ(half, at)
		g.VPADDQ(base, at, at)
		g.VMOVUPS(at, operand.Mem{Base: index, Disp: 32 * i})
	}
	g.VPADDQ(step, base, base)
	g.ADDQ(operand.I8(64), x)
	g.ADDQ(operand.I8(32), y)
	g.ADDQ(operand.I8(64), index)
	g.SUBQ(operand.I8(8), n)
	g.JNE(operand.LabelRef(loop))
	flags := g.GP32()
	g.VMOVMSKPS(nan, flags)
	g.Store(flags.(reg.GP).As64(), g.ReturnIndex(0))
	g.end()
}
