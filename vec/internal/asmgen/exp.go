package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Coefficients of exp(r) on |r| <= log(2)/2, from the highest power; the two ones
// of 1 + r(1 + ...) end the list. The others interpolate (exp(r) - 1 - r)/r^2 at
// Chebyshev nodes, computed with 80 digits; the relative error of exp is below 4e-19.
var expCoef = []uint64{
	0x3e21f730349868ce, 0x3e5af4de97ca4194, 0x3e927e4db646b17e, 0x3ec71de0231960eb, 0x3efa01a01a6d889c, 0x3f2a01a01abe7fe1, 0x3f56c16c16c162d4, 0x3f811111111100dc, 0x3fa5555555555556, 0x3fc5555555555557, 0x3fe0000000000000, 0x3ff0000000000000, 0x3ff0000000000000,
}

// Coefficients P in w = (e/(2+e))^2 <= 1/9, from the highest power: an interpolant of
// (2 artanh(f) - 2f)/f^3, f^2 = w, made likewise; that of log1p is below 8e-18.
var logCoef = []uint64{
	0x3fc4b0a26c5f2aef, 0x3fb687a6e7c95176, 0x3fbeb905e8575054, 0x3fc10ac75dc602b1, 0x3fc3b18b294bebf9, 0x3fc745cf0b0e03bd, 0x3fcc71c727143318, 0x3fd24924923d44c6, 0x3fd999999999a3dd, 0x3fe5555555555555,
}

// horner returns the polynomial with the coefficients c, highest first, at x.
func (g *gen) horner(c []uint64, x reg.VecVirtual) reg.VecVirtual {
	p := g.constVec(math.Float64frombits(c[0]))
	for _, b := range c[1:] {
		g.withConst(g.VFMADD213PD, g.VFMADD213PD_BCST, math.Float64frombits(b), x, p)
	}
	return p
}

// constVec fills a register with c.
func (g *gen) constVec(c float64) reg.VecVirtual {
	v := g.vec()
	g.VBROADCASTSD(g.constant(c), v)
	return v
}

// expOf returns exp(x) for x in [-1000, 1000] or NaN: x = k log 2 + r, and
// exp(x) = 2^k exp(r). It leaves x alone.
func (g *gen) expOf(x reg.VecVirtual) reg.VecVirtual {
	k, r := g.vec(), g.vec()
	g.withConst(g.VMULPD, g.VMULPD_BCST, math.Log2E, x, k)
	if g.avx512 {
		g.VRNDSCALEPD(operand.Imm(8), k, k)
	} else {
		g.VROUNDPD(operand.Imm(8), k, k)
	}
	g.VMOVAPD(x, r)
	g.withConst(g.VFNMADD231PD, g.VFNMADD231PD_BCST, math.Float64frombits(0x3fe62e42fefa2000), k, r)
	g.withConst(g.VFNMADD231PD, g.VFNMADD231PD_BCST, math.Float64frombits(0x3d69ef35793c7673), k, r)
	p := g.horner(g.short(expCoef, expShort), r)
	if g.avx512 {
		g.VSCALEFPD(k, p, p)
		return p
	}
	// Two factors, as 2^k itself may overflow or be subnormal.
	whole, half := g.XMM(), g.XMM()
	g.VCVTPD2DQY(k, whole)
	g.VPSRAD(operand.Imm(1), whole, half)
	g.VPSUBD(half, whole, whole)
	for _, n := range []reg.VecVirtual{half, whole} {
		s := g.YMM()
		g.VPADDD(g.bias, n, n)
		g.VPMOVSXDQ(n, s)
		g.VPSLLQ(operand.Imm(52), s, s)
		g.VMULPD(s, p, p)
	}
	return p
}

// softplusSigmoid emits the pair of softplus and sigmoid.
func (g *gen) softplusSigmoid() {
	g.begin("softplusSigmoid", "func(sp, sg, z *float64, n int)", "is softplusSigmoidGo.")
	sp, sg, z, n := g.arg("sp"), g.arg("sg"), g.arg("z"), g.arg("n")
	sign, zero := g.constVec(math.Copysign(0, -1)), g.zeroVec()
	one, low := g.constVec(1), g.constVec(-1000)
	g.stream(n, 1, []reg.Register{sp, sg, z}, func(u int, m *mask) {
		// With e = exp(-|z|): sg = (1 or e)/(1 + e), sp = max(z, 0) + log1p(e).
		v, a := g.load(g.at(z, u), m), g.vec()
		if g.avx512 {
			g.VPORQ(v, sign, a)
		} else {
			g.VPOR(v, sign, a)
		}
		g.VMAXPD(a, low, a)
		e := g.expOf(a)
		num, den := g.vec(), g.vec()
		if g.avx512 {
			neg := g.K()
			g.VCMPPD(operand.Imm(1), zero, v, neg)
			g.VBLENDMPD(e, one, neg, num)
		} else {
			neg := g.YMM()
			g.VCMPPD(operand.Imm(1), zero, v, neg)
			g.VBLENDVPD(neg, e, one, num)
		}
		g.VADDPD(one, e, den)
		g.VDIVPD(den, num, num)

		// log1p(e) = e - f (e - w P(w)), f = e/(2 + e), w = f^2.
		f, w := g.vec(), g.vec()
		g.withConst(g.VADDPD, g.VADDPD_BCST, 2, e, f)
		g.VDIVPD(f, e, f)
		g.VMULPD(f, f, w)
		l := g.horner(logCoef, w)
		g.VFNMADD213PD(e, w, l)
		g.VFNMADD213PD(e, f, l)
		top := g.vec()
		g.VMAXPD(v, zero, top)
		g.VADDPD(top, l, l)
		g.store(l, g.at(sp, u), m)
		g.store(num, g.at(sg, u), m)
	})
	g.end()
}
