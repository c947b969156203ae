package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Coefficients from the highest power, made like those of exp: of interpolants at
// Chebyshev nodes, computed with 80 digits. The functions of float32 are computed in
// float64 with fewer of them, and rounded once.
var (
	// exp(r) for float32, as expCoef; the relative error is below 3e-10.
	expShort = []uint64{
		0x3f2a124e3f154d32, 0x3f56d431504c53d3, 0x3f81110e0f726534, 0x3fa5554e9114ecf9, 0x3fc5555555a78232, 0x3fe0000000b8f62b, 0x3ff0000000000000, 0x3ff0000000000000,
	}

	// (tanh(x)/x - 1)/y, y = x^2 <= 0.55^2; that of tanh is below 5e-18, or 2e-10.
	tanhCoef = []uint64{
		0xbef59a834187ce22, 0x3f164fd88e9900a5, 0xbf2ec1091436eb2a, 0x3f434c5a8a996cd4, 0xbf57d97cfd138c28, 0x3f6d6d339333f329, 0xbf8226e32f00cf0c, 0x3f9664f487713373, 0xbfaba1ba1b9fec84, 0x3fc1111111111032, 0xbfd5555555555555,
	}
	tanhShort = []uint64{0x3f64b239af529f53, 0xbf8176410d1abf68, 0x3f96579355d3ea33, 0xbfaba142df19ccec, 0x3fc111104cee136c, 0xbfd5555554ec08e1}

	// (2 artanh(s) - 2s)/s^3, w = s^2 <= 1/25; that of log is below 8e-19, or 9e-11.
	logHalves      = []uint64{0x3fc169c3f871dcbb, 0x3fc0e8c54d4618db, 0x3fc3b29d050874f1, 0x3fc745cac43836ba, 0x3fcc71c72df58fbf, 0x3fd24924923de6e1, 0x3fd9999999999f17, 0x3fe5555555555555}
	logHalvesShort = []uint64{0x3fce6587fa9fa0f4, 0x3fd242ce0bf9ccdd, 0x3fd999a6a7a795e1, 0x3fe55555533e0940}

	// erf(x)/x - 1, y = x^2 <= 1; the absolute error is below 2e-17, or 4e-11.
	erfCoef = []uint64{
		0x3dd05ffd737fb32e, 0xbe1389d4f2641625, 0x3e4f7b4bf3b13964, 0xbe85f1ecb6f0764c, 0x3ebb9df224ca4b97, 0xbeef4d1e3183f7ae, 0x3f1f9a321d5b8e1e, 0xbf4c02db3dac435f, 0x3f7565bcd0dbaa38, 0xbf9b82ce31284e00, 0x3fbce2f21a042b30, 0xbfd812746b0379e6, 0x3fc06eba8214db69,
	}
	erfShort = []uint64{0xbee445f47d33d87b, 0x3f1d887505de3ba6, 0xbf4bccf664d7f763, 0x3f7562a60ddba6e6, 0xbf9b829c897922e5, 0x3fbce2f08fec14fd, 0xbfd81274665754c3, 0x3fc06eba82022ead}

	// exp(x^2) erfc(x), z = (x - 2.375)/(x + 2), 1 <= x <= 6: a least squares fit that
	// Lawson's weights make uniform. The absolute error of erf is below 2^-59, or 2^-34.
	erfcCoef = []uint64{
		0xbed21808c2784d2a, 0xbeef00e7c993608b, 0xbeb8a480cc7d2a34, 0x3f15b415d85a69c0, 0x3f178da9edf4495d, 0xbf3fa7ad1338e533, 0xbf4b237bc616409a, 0x3f70c815ef709140, 0x3f72f05807238604, 0xbfae3528b6b40403, 0x3fc7b4c1e39fe1f6, 0xbfd6ac70cc2d13a3, 0x3fcc3987d04d0b92,
	}
	erfcShort = []uint64{0x3f72dfb52d5aa802, 0x3f7385ad1d43518f, 0xbfae33434d26dc19, 0x3fc7b4ba6f9d787d, 0xbfd6ac71d6432374, 0x3fcc3987bb64e2db}
)

// short chooses the coefficients for the element type.
func (g *gen) short(f64, f32 []uint64) []uint64 {
	if g.elem == 8 {
		return f64
	}
	return f32
}

// elementary emits functions of each element.
func (g *gen) elementary(T string) {
	g.mapped(T, "exp", g.expKernel)
	g.mapped(T, "log", g.logKernel)
	g.mapped(T, "tanh", g.tanhKernel)
	g.mapped(T, "sigmoid", g.sigmoidKernel)
	g.mapped(T, "erf", g.erfKernel)
}

// mapped emits the loop of a function; kernel loads what the loop keeps in registers and
// returns its body, on float64.
func (g *gen) mapped(T, name string, kernel func() func(x reg.VecVirtual) reg.VecVirtual) {
	g.begin(name, "func(dst, x *"+T+", n int)", "is "+name+"Go.")
	dst, x, n := g.arg("dst"), g.arg("x"), g.arg("n")
	body := kernel()
	g.lanes(n, []reg.Register{dst, x}, func(m *mask) {
		g.narrow(body(g.widen(operand.Mem{Base: x}, m)), operand.Mem{Base: dst}, m)
	})
	g.end()
}

// lanes emits a loop over elements, as many at a time as float64 fit into a vector.
func (g *gen) lanes(n reg.Register, ptrs []reg.Register, body func(m *mask)) {
	lanes := g.bytes() / 8
	loop, tail, done := g.label("loop"), g.label("tail"), g.label("done")
	g.SUBQ(operand.I8(int8(lanes)), n)
	g.JL(operand.LabelRef(tail))
	g.Label(loop)
	body(nil)
	for i := len(ptrs) - 1; i >= 0; i-- {
		g.ADDQ(operand.I8(int8(lanes*g.elem)), ptrs[i])
	}
	g.SUBQ(operand.I8(int8(lanes)), n)
	g.JGE(operand.LabelRef(loop))
	g.Label(tail)
	g.ADDQ(operand.I8(int8(lanes)), n)
	g.JE(operand.LabelRef(done))
	body(g.firsts(n))
	g.Label(done)
}

// widen loads a vector of float64 from elements.
func (g *gen) widen(from operand.Mem, m *mask) reg.VecVirtual {
	if g.elem == 8 {
		return g.load(from, m)
	}
	v := g.vec()
	switch {
	case m == nil:
		g.VCVTPS2PD(from, v)
	case g.avx512:
		g.VCVTPS2PD_Z(from, m.k, v)
	default:
		x := g.XMM()
		g.VMASKMOVPS(from, m.v.AsX(), x)
		g.VCVTPS2PD(x, v)
	}
	return v
}

// narrow stores a vector of float64 as elements.
func (g *gen) narrow(v reg.VecVirtual, to operand.Mem, m *mask) {
	if g.elem == 8 {
		g.store(v, to, m)
		return
	}
	if g.avx512 {
		y := g.YMM()
		g.VCVTPD2PS(v, y)
		if m == nil {
			g.VMOVUPS(y, to)
		} else {
			g.VMOVUPS(y, m.k, to)
		}
		return
	}
	x := g.XMM()
	g.VCVTPD2PSY(v, x)
	if m == nil {
		g.VMOVUPS(x, to)
	} else {
		g.VMASKMOVPS(x, m.v.AsX(), to)
	}
}

// choose returns yes where a < b, or a = b if equal, and no elsewhere.
func (g *gen) choose(equal bool, a, b, yes, no reg.VecVirtual) reg.VecVirtual {
	pred, v := operand.Imm(1), g.vec()
	if equal {
		pred = operand.Imm(0)
	}
	if g.avx512 {
		k := g.K()
		g.VCMPPD(pred, b, a, k)
		g.VBLENDMPD(yes, no, k, v)
		return v
	}
	k := g.YMM()
	g.VCMPPD(pred, b, a, k)
	g.VBLENDVPD(k, yes, no, v)
	return v
}

// atMost returns the smaller of x and top, NaN if x is.
func (g *gen) atMost(x, top reg.VecVirtual) reg.VecVirtual {
	v := g.vec()
	g.VMINPD(x, top, v) // the second operand is kept if one is NaN
	return v
}

func (g *gen) atLeast(x, low reg.VecVirtual) reg.VecVirtual {
	v := g.vec()
	g.VMAXPD(x, low, v)
	return v
}

func (g *gen) expKernel() func(x reg.VecVirtual) reg.VecVirtual {
	low, high := g.constVec(-1000), g.constVec(1000)
	return func(x reg.VecVirtual) reg.VecVirtual { return g.expOf(g.atMost(g.atLeast(x, low), high)) }
}

// sigmoidKernel: with e = exp(-|x|), (1 or e)/(1 + e).
func (g *gen) sigmoidKernel() func(x reg.VecVirtual) reg.VecVirtual {
	sign, zero, one, low := g.constVec(math.Copysign(0, -1)), g.zeroVec(), g.constVec(1), g.constVec(-1000)
	return func(x reg.VecVirtual) reg.VecVirtual {
		a, den := g.vec(), g.vec()
		g.VORPD(x, sign, a)
		e := g.expOf(g.atLeast(a, low))
		num := g.choose(false, x, zero, e, one)
		g.VADDPD(one, e, den)
		g.VDIVPD(den, num, num)
		return num
	}
}

// tanhKernel: x + x^3 P(x^2) below 0.55, then 1 - 2/(1 + exp(2|x|)), with the sign of x.
func (g *gen) tanhKernel() func(x reg.VecVirtual) reg.VecVirtual {
	sign, one, top, border := g.constVec(math.Copysign(0, -1)), g.constVec(1), g.constVec(50), g.constVec(0.55)
	return func(x reg.VecVirtual) reg.VecVirtual {
		a, y, twice, q, s := g.vec(), g.vec(), g.vec(), g.vec(), g.vec()
		g.VANDNPD(x, sign, a)
		g.VMULPD(a, a, y)
		small := g.horner(g.short(tanhCoef, tanhShort), y)
		g.VMULPD(a, y, y)
		g.VFMADD213PD(a, y, small)
		g.VADDPD(a, a, twice)
		e := g.expOf(g.atMost(twice, top))
		g.VADDPD(one, e, e)
		g.VADDPD(one, one, q)
		g.VDIVPD(e, q, q)
		g.VSUBPD(q, one, q)
		v := g.choose(false, a, border, small, q)
		g.VANDPD(x, sign, s)
		g.VORPD(s, v, v)
		return v
	}
}

// erfKernel: x + x P(x^2) below 1, then 1 - exp(-x^2) R(x), with the sign of x; from 6 on
// that is 1.
func (g *gen) erfKernel() func(x reg.VecVirtual) reg.VecVirtual {
	sign, one, top := g.constVec(math.Copysign(0, -1)), g.constVec(1), g.constVec(6)
	return func(x reg.VecVirtual) reg.VecVirtual {
		a, y, z, den, s := g.vec(), g.vec(), g.vec(), g.vec(), g.vec()
		g.VANDNPD(x, sign, a)
		g.VMULPD(a, a, y)
		small := g.horner(g.short(erfCoef, erfShort), y)
		g.VFMADD213PD(a, a, small)
		b := g.atMost(a, top)
		g.VMULPD(b, b, y)
		g.VORPD(sign, y, y)
		e := g.expOf(y)
		g.withConst(g.VADDPD, g.VADDPD_BCST, -2.375, b, z)
		g.withConst(g.VADDPD, g.VADDPD_BCST, 2, b, den)
		g.VDIVPD(den, z, z)
		r := g.horner(g.short(erfcCoef, erfcShort), z)
		g.VFNMADD213PD(one, e, r)
		v := g.choose(false, a, one, small, r)
		g.VANDPD(x, sign, s)
		g.VORPD(s, v, v)
		return v
	}
}

// gelu emits x Phi(x) and its derivative Phi(x) + x phi(x), for float32: erf as above, at
// x/sqrt(2), shares its exponential with the density phi.
func (g *gen) gelu() {
	g.begin("gelu", "func(y, d, x *float32, n int)", "is geluGo.")
	y, d, x, n := g.arg("y"), g.arg("d"), g.arg("x"), g.arg("n")
	sign, one := g.constVec(math.Copysign(0, -1)), g.constVec(1)
	g.lanes(n, []reg.Register{y, d, x}, func(m *mask) {
		v := g.widen(operand.Mem{Base: x}, m)
		a, q, z, den, s := g.vec(), g.vec(), g.vec(), g.vec(), g.vec()
		g.VANDNPD(v, sign, a)
		g.withConst(g.VMULPD, g.VMULPD_BCST, 1/math.Sqrt2, a, a)
		g.VMULPD(a, a, q)
		small := g.horner(erfShort, q)
		g.VFMADD213PD(a, a, small)
		q = g.atMost(q, g.constVec(1000))
		g.VORPD(sign, q, q)
		e := g.expOf(q)
		b := g.atMost(a, g.constVec(6))
		g.withConst(g.VADDPD, g.VADDPD_BCST, -2.375, b, z)
		g.withConst(g.VADDPD, g.VADDPD_BCST, 2, b, den)
		g.VDIVPD(den, z, z)
		r := g.horner(erfcShort, z)
		g.VFNMADD213PD(one, e, r)
		p := g.choose(false, a, one, small, r)
		g.VANDPD(v, sign, s)
		g.VORPD(s, p, p)
		g.VADDPD(one, p, p)
		g.withConst(g.VMULPD, g.VMULPD_BCST, 0.5, p, p)
		g.VMULPD(v, p, z)
		g.narrow(z, operand.Mem{Base: y}, m)
		g.withConst(g.VMULPD, g.VMULPD_BCST, 1/(math.Sqrt2*math.SqrtPi), e, e)
		g.VFMADD231PD(v, e, p)
		g.narrow(p, operand.Mem{Base: d}, m)
	})
	g.end()
}

// logKernel: x = 2^k m with 3/4 <= m < 3/2, and with f = m - 1, s = f/(2 + f), w = s^2:
// log(x) = k log 2 + f - s (f - w P(w)).
func (g *gen) logKernel() func(x reg.VecVirtual) reg.VecVirtual {
	const (
		border   = 0x3fe8000000000000 // bits of 3/4
		mantissa = 1<<52 - 1
		log2     = 0x3fe62e42fefa39ef
		log2Rest = 0x3c7abc9e3b39803f
	)
	bits := math.Float64frombits
	zero, infinity := g.zeroVec(), g.constVec(math.Inf(1))
	return func(x reg.VecVirtual) reg.VecVirtual {
		v, shift := x, zero
		if g.elem == 8 { // float32 has no number that is subnormal in float64
			v = g.vec()
			normal := g.constVec(0x1p-1022)
			g.withConst(g.VMULPD, g.VMULPD_BCST, 0x1p52, x, v)
			v, shift = g.choose(false, x, normal, v, x), g.choose(false, x, normal, g.constVec(52), zero)
		}
		k, f, den, s, w := g.vec(), g.vec(), g.vec(), g.vec(), g.vec()
		g.withConst(g.VPADDQ, g.VPADDQ_BCST, bits(1023<<52-border), v, f)
		g.VPSRLQ(operand.Imm(52), f, k)
		g.withConst(g.VORPD, g.VORPD_BCST, 0x1p52, k, k) // an integer below 2^52 is its last bits
		g.withConst(g.VADDPD, g.VADDPD_BCST, -0x1p52-1023, k, k)
		g.VSUBPD(shift, k, k)
		g.withConst(g.VANDPD, g.VANDPD_BCST, bits(mantissa), f, f)
		g.withConst(g.VPADDQ, g.VPADDQ_BCST, bits(border), f, f)
		g.withConst(g.VADDPD, g.VADDPD_BCST, -1, f, f)
		g.withConst(g.VADDPD, g.VADDPD_BCST, 2, f, den)
		g.VDIVPD(den, f, s)
		g.VMULPD(s, s, w)
		t := g.horner(g.short(logHalves, logHalvesShort), w)
		g.VFNMADD213PD(f, w, t)
		g.VMULPD(s, t, t)
		g.withConst(g.VFNMADD231PD, g.VFNMADD231PD_BCST, bits(log2Rest), k, t)
		g.VSUBPD(t, f, t)
		g.withConst(g.VFMADD231PD, g.VFMADD231PD_BCST, bits(log2), k, t)
		t = g.choose(false, x, infinity, t, x) // infinity and NaN
		t = g.choose(false, x, zero, g.constVec(math.NaN()), t)
		return g.choose(true, x, zero, g.constVec(math.Inf(-1)), t)
	}
}
