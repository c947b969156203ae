package expr

import "math"

// An op is what one instruction of the tape computes from its operands a and b.
type op uint8

const (
	opVar op = iota
	opConst

	// Unary: y = op(a).
	opNeg
	opSq
	opAbs
	opExp
	opExpm1
	opLog
	opLog1p
	opLog2
	opLog10
	opSqrt
	opCbrt
	opSin
	opCos
	opTan
	opAsin
	opAcos
	opAtan
	opSinh
	opCosh
	opTanh
	opNot

	// Binary: y = op(a, b).
	opAdd
	opSub
	opMul
	opDiv
	opPow
	opPowConst // b is a constant: no derivative in b, so a may be negative
	opAtan2
	opHypot
	opMin
	opMax
	opLT
	opLE
	opGT
	opGE
	opEQ
	opNE
	opAnd
	opOr

	// Ternary: y = a if c != 0, else b.
	opSelect
)

func (o op) binary() bool { return o >= opAdd && o < opSelect }

// A function is what a name followed by "(" stands for. Variadic functions of one
// binary op are folded from the left; alone stands for one argument.
type function struct {
	op       op
	args     int // 1 or 2; 0 for one or more
	alone    op  // of a variadic function: what f(a) is; opVar for a itself
	variadic bool
}

var functions = map[string]function{
	"abs": {op: opAbs, args: 1}, "exp": {op: opExp, args: 1}, "expm1": {op: opExpm1, args: 1},
	"log": {op: opLog, args: 1}, "ln": {op: opLog, args: 1}, "log1p": {op: opLog1p, args: 1},
	"log2": {op: opLog2, args: 1}, "log10": {op: opLog10, args: 1},
	"sqrt": {op: opSqrt, args: 1}, "cbrt": {op: opCbrt, args: 1}, "sq": {op: opSq, args: 1},
	"sin": {op: opSin, args: 1}, "cos": {op: opCos, args: 1}, "tan": {op: opTan, args: 1},
	"asin": {op: opAsin, args: 1}, "acos": {op: opAcos, args: 1}, "atan": {op: opAtan, args: 1},
	"sinh": {op: opSinh, args: 1}, "cosh": {op: opCosh, args: 1}, "tanh": {op: opTanh, args: 1},
	"atan2": {op: opAtan2, args: 2}, "pow": {op: opPow, args: 2},
	"min": {op: opMin, variadic: true}, "max": {op: opMax, variadic: true},
	"sum": {op: opAdd, variadic: true}, "prod": {op: opMul, variadic: true},
	"hypot": {op: opHypot, variadic: true, alone: opAbs}, "norm": {op: opHypot, variadic: true, alone: opAbs},
}

var constants = map[string]float64{"pi": math.Pi, "e": math.E, "inf": math.Inf(1)}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// eval returns op(a, b); a unary op ignores b.
func eval(o op, a, b float64) float64 {
	switch o {
	case opNeg:
		return -a
	case opSq:
		return a * a
	case opAbs:
		return math.Abs(a)
	case opExp:
		return math.Exp(a)
	case opExpm1:
		return math.Expm1(a)
	case opLog:
		return math.Log(a)
	case opLog1p:
		return math.Log1p(a)
	case opLog2:
		return math.Log2(a)
	case opLog10:
		return math.Log10(a)
	case opSqrt:
		return math.Sqrt(a)
	case opCbrt:
		return math.Cbrt(a)
	case opSin:
		return math.Sin(a)
	case opCos:
		return math.Cos(a)
	case opTan:
		return math.Tan(a)
	case opAsin:
		return math.Asin(a)
	case opAcos:
		return math.Acos(a)
	case opAtan:
		return math.Atan(a)
	case opSinh:
		return math.Sinh(a)
	case opCosh:
		return math.Cosh(a)
	case opTanh:
		return math.Tanh(a)
	case opNot:
		return truth(a == 0)
	case opAdd:
		return a + b
	case opSub:
		return a - b
	case opMul:
		return a * b
	case opDiv:
		return a / b
	case opPow, opPowConst:
		return power(a, b)
	case opAtan2:
		return math.Atan2(a, b)
	case opHypot:
		return math.Hypot(a, b)
	case opMin:
		return math.Min(a, b)
	case opMax:
		return math.Max(a, b)
	case opLT:
		return truth(a < b)
	case opLE:
		return truth(a <= b)
	case opGT:
		return truth(a > b)
	case opGE:
		return truth(a >= b)
	case opEQ:
		return truth(a == b)
	case opNE:
		return truth(a != b)
	case opAnd:
		return truth(a != 0 && b != 0)
	case opOr:
		return truth(a != 0 || b != 0)
	}
	panic("expr: op without a value")
}

// power returns a^b. Small whole powers are products, so (-3)^3 = -27 exactly.
func power(a, b float64) float64 {
	if b != math.Trunc(b) || math.Abs(b) > 64 {
		return math.Pow(a, b)
	}
	p := 1.0
	for n, s := int(math.Abs(b)), a; n > 0; n >>= 1 {
		if n&1 == 1 {
			p *= s
		}
		s *= s
	}
	if b < 0 {
		return 1 / p
	}
	return p
}

// A jet holds the derivatives of y = op(a, b) up to order two.
type jet struct{ a, b, aa, ab, bb float64 }

// partials returns the jet of o at (a, b), where it has the value y. At a kink it
// is the jet of one side, or a subgradient: abs'(0) = 0, the gradient of hypot
// at (0, 0) is 0, min and max take their first argument on a tie.
func partials(o op, a, b, y float64) jet {
	if y != y { // outside the domain: no derivative either
		return jet{y, y, y, y, y}
	}
	switch o {
	case opNeg:
		return jet{a: -1}
	case opSq:
		return jet{a: 2 * a, aa: 2}
	case opAbs:
		switch {
		case a > 0:
			return jet{a: 1}
		case a < 0:
			return jet{a: -1}
		}
		return jet{}
	case opExp:
		return jet{a: y, aa: y}
	case opExpm1:
		ea := math.Exp(a)
		return jet{a: ea, aa: ea}
	case opLog:
		return jet{a: 1 / a, aa: -1 / (a * a)}
	case opLog1p:
		d := 1 / (1 + a)
		return jet{a: d, aa: -d * d}
	case opLog2:
		return jet{a: 1 / (a * math.Ln2), aa: -1 / (a * a * math.Ln2)}
	case opLog10:
		return jet{a: 1 / (a * math.Ln10), aa: -1 / (a * a * math.Ln10)}
	case opSqrt:
		d := 0.5 / y
		return jet{a: d, aa: -0.5 * d / a}
	case opCbrt:
		d := 1 / (3 * y * y)
		return jet{a: d, aa: -2 * d / (3 * a)}
	case opSin:
		return jet{a: math.Cos(a), aa: -y}
	case opCos:
		return jet{a: -math.Sin(a), aa: -y}
	case opTan:
		d := 1 + y*y
		return jet{a: d, aa: 2 * y * d}
	case opAsin, opAcos:
		q := (1 - a) * (1 + a)
		d := 1 / math.Sqrt(q)
		if o == opAcos {
			d = -d
		}
		return jet{a: d, aa: a * d / q}
	case opAtan:
		d := 1 / (1 + a*a)
		return jet{a: d, aa: -2 * a * d * d}
	case opSinh:
		return jet{a: math.Cosh(a), aa: y}
	case opCosh:
		return jet{a: math.Sinh(a), aa: y}
	case opTanh:
		d := (1 - y) * (1 + y)
		return jet{a: d, aa: -2 * y * d}
	case opAdd:
		return jet{a: 1, b: 1}
	case opSub:
		return jet{a: 1, b: -1}
	case opMul:
		return jet{a: b, b: a, ab: 1}
	case opDiv:
		d := 1 / b
		return jet{a: d, b: -y * d, ab: -d * d, bb: 2 * y * d * d}
	case opPowConst:
		return jet{a: b * power(a, b-1), aa: b * (b - 1) * power(a, b-2)}
	case opPow:
		return powPartials(a, b, y)
	case opAtan2:
		s := a*a + b*b
		ha, hb := a/s, b/s
		return jet{a: hb, b: -ha, aa: -2 * ha * hb, ab: (ha - hb) * (ha + hb), bb: 2 * ha * hb}
	case opHypot:
		if y == 0 {
			return jet{}
		}
		ca, cb := a/y, b/y
		return jet{a: ca, b: cb, aa: cb * cb / y, ab: -ca * cb / y, bb: ca * ca / y}
	case opMin:
		return oneOf(a <= b)
	case opMax:
		return oneOf(a >= b)
	}
	return jet{} // comparisons and logic are constant almost everywhere
}

func oneOf(first bool) jet {
	if first {
		return jet{a: 1}
	}
	return jet{b: 1}
}

// powPartials differentiates y = a^b = exp(b ln a) in both.
func powPartials(a, b, y float64) jet {
	la, p1 := math.Log(a), power(a, b-1)
	j := jet{a: times(b, p1), b: times(y, la), bb: times(times(y, la), la)}
	j.ab = times(p1, 1+times(b, la))
	j.aa = times(b*(b-1), power(a, b-2))
	return j
}

// times is a product in which 0 stands for "absent": 0 times anything is 0.
func times(a, b float64) float64 {
	if a == 0 || b == 0 {
		return 0
	}
	return a * b
}
