package grad

import "github.com/godescent/descent/vec"

// Dropout sets each element of x to 0 with probability p and divides the others by 1 - p
// (Srivastava et al. 2014). It draws from the tape's Rand. For predictions, leave it out.
func Dropout[T vec.Float](x *Tensor[T], p float64) *Tensor[T] {
	t := ready("Dropout", x)
	if t == nil {
		return none(x)
	}
	if !(p >= 0 && p < 1) {
		return t.fail("Dropout", "p = %v: want 0 <= p < 1", p)
	}
	y := t.record(dropoutOp[T]{}, x.shape, x)
	y.keep = t.values.alloc(len(x.data))
	limit, scale := uint64(p*(1<<32)), T(1/(1-p))
	var word uint64
	for i, v := range x.data {
		if i%2 == 0 {
			word = t.Rand.Uint64()
		}
		m := T(0)
		if word&(1<<32-1) >= limit {
			m = scale
		}
		word >>= 32
		y.keep[i], y.data[i] = m, v*m
	}
	return y
}

// dropoutOp: dx = mask dy. keep: mask.
type dropoutOp[T vec.Float] struct{}

func (dropoutOp[T]) name() string { return "Dropout" }

func (dropoutOp[T]) vjp(y *Tensor[T]) {
	mulBy(y.adj, y.keep)
	y.in[0].give(y.adj)
}

func (dropoutOp[T]) jvp(y *Tensor[T]) *Tensor[T] {
	return Mul(y.in[0].tangent(), y.tape.leaf("Dropout", y.keep, nil, y.shape))
}
