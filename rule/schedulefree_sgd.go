package rule

import (
	"math"

	"github.com/godescent/descent/vec"
)

// ScheduleFreeSGD needs no schedule that knows the end: gradients are taken at y, between the sequence z
// of steps and the average a of it, which is the answer (see [Answer]):
//
//	y = Momentum a + (1 - Momentum) z,  z <- z - lr (g(y) + Decay y)
//	a <- (1 - c) a + c z,  c = w_k/(w_1 + ... + w_k),  w_k = k^Power lr_max^2
//
// The x of this rule is y. Over the first Warm steps the learning rate grows. Memory: 1 vector and 3 numbers.
//
// Defazio, Yang, Mehta, Mishchenko, Khaled, Cutkosky, The road less scheduled, NeurIPS 2024, arXiv:2405.15682, (1)-(3).
type ScheduleFreeSGD struct {
	Momentum float64 // in (0, 1); default 0.9
	Warm     int     // steps
	Power    float64 // >= 0
	Decay    float64 // at y, >= 0
}

// Check implements [Rule].
func (r ScheduleFreeSGD) Check() error {
	return check("schedulefree-sgd", unit("momentum", r.Momentum), positive("warm", float64(r.Warm)), positive("power", r.Power), positive("decay", r.Decay))
}

// Rate returns 1.
func (r ScheduleFreeSGD) Rate() float64 { return 1 }

// Vectors implements [Rule].
func (r ScheduleFreeSGD) Vectors() int { return 1 }

// Needs implements [Needer].
func (r ScheduleFreeSGD) Needs() Needs { return Needs{Scalars: 3} }

// Advance implements [Advancer]: the largest learning rate, the sum of weights, and c.
func (r ScheduleFreeSGD) Advance(s []float64, k int, lr float64) {
	freeWeights(s, k, warm(lr, k, r.Warm), r.Power)
}

// Answer32 implements [Answerer].
func (r ScheduleFreeSGD) Answer32(dst []float32, p *Part[float32]) {
	freeAverage(dst, p, or(r.Momentum, 0.9))
}

// Answer64 implements [Answerer].
func (r ScheduleFreeSGD) Answer64(dst []float64, p *Part[float64]) {
	freeAverage(dst, p, or(r.Momentum, 0.9))
}

// Step32 implements [Rule].
func (r ScheduleFreeSGD) Step32(p *Part[float32]) { schedulefreesgd(r, p) }

// Step64 implements [Rule].
func (r ScheduleFreeSGD) Step64(p *Part[float64]) { schedulefreesgd(r, p) }

func schedulefreesgd[T vec.Float](r ScheduleFreeSGD, p *Part[T]) {
	mu, lr, c, decay := or(r.Momentum, 0.9), warm(p.LR, p.K, r.Warm), p.S[2], T(r.Decay)
	z := p.V[0]
	if p.K == 1 {
		copy(z, p.X)
	}
	near, fresh, step := T(c), T(lr*(mu*(1-c)-1)), T(lr)
	for i, g := range p.G {
		g += decay * p.X[i]
		p.X[i] += near*(z[i]-p.X[i]) + fresh*g
		z[i] -= step * g
	}
}

// warm is a learning rate that grows over the first steps.
func warm(lr float64, k, steps int) float64 { return lr * min(1, float64(k)/float64(max(steps, 1))) }

// freeWeights takes the largest learning rate, the sum of weights and the last weight over
// the sum to step k.
func freeWeights(s []float64, k int, lr, power float64) {
	s[0] = max(s[0], lr)
	w := math.Pow(float64(k), power) * s[0] * s[0]
	s[1] += w
	s[2] = 0
	if s[1] > 0 {
		s[2] = w / s[1]
	}
}

// freeAverage stores the average a = y + (1 - 1/beta)(z - y), where z is the first vector.
func freeAverage[T vec.Float](dst []T, p *Part[T], beta float64) {
	w := T(1 - 1/beta)
	for i, z := range p.V[0] {
		dst[i] = p.X[i] + w*(z-p.X[i])
	}
}
