package grad

import "github.com/godescent/descent/vec"

// ConvTranspose2D is the adjoint of Conv2D in its input, plus b [out] if not nil: x
// [batch, in, height, width] and kernels w [in, out/groups, kh, kw] give [batch, out, h', w']
// with h' = (height - 1) stride - 2 pad + dilation (kh - 1) + 1.
func ConvTranspose2D[T vec.Float](x, w, b *Tensor[T], o Conv) *Tensor[T] {
	return convTranspose("ConvTranspose2D", x, w, b, o, 2)
}

// ConvTranspose1D is ConvTranspose2D for x [batch, in, length] and w [in, out/groups, k].
func ConvTranspose1D[T vec.Float](x, w, b *Tensor[T], o Conv) *Tensor[T] {
	return flat("ConvTranspose1D", x, w, func(x, w *Tensor[T]) *Tensor[T] { return convTranspose("ConvTranspose1D", x, w, b, o, 1) })
}

func convTranspose[T vec.Float](name string, x, w, b *Tensor[T], o Conv, axes int) *Tensor[T] {
	t := ready(name, x, w, orElse(b, x))
	if t == nil {
		return none(x, w)
	}
	if len(x.shape) != 4 || len(w.shape) != 4 {
		return t.fail(name, "input %s, kernels %s: want [batch in height width] and [in out/groups kh kw]", list(x.shape), list(w.shape))
	}
	// The geometry is that of the convolution whose adjoint this is: from y to x.
	g := geometry{n: x.shape[0], o: x.shape[1], oh: x.shape[2], ow: x.shape[3], kh: w.shape[2], kw: w.shape[3]}
	if err := g.lay(o, axes); err != nil {
		return t.fail(name, "%v", err)
	}
	g.c = w.shape[1] * g.groups
	g.h = (g.oh-1)*g.sh - 2*g.ph + g.dh*(g.kh-1) + 1
	g.w = (g.ow-1)*g.sw - 2*g.pw + g.dw*(g.kw-1) + 1
	switch {
	case w.shape[0] != g.o || g.o%g.groups != 0:
		return t.fail(name, "input %s, kernels %s, %d groups: want [batch in ...] and [in out/groups ...], in a multiple of the groups", list(x.shape), list(w.shape), g.groups)
	case g.h < 1 || g.w < 1 || g.kh < 1 || g.kw < 1 || g.oh < 1 || g.ow < 1:
		return t.fail(name, "input %s, kernels %s, %+v: the result would have size %d x %d: want at least 1 x 1", list(x.shape), list(w.shape), o, g.h, g.w)
	case b != nil && (len(b.shape) != 1 || b.shape[0] != g.c):
		return t.fail(name, "bias %s: want [%d], one for each channel of the result", list(b.shape), g.c)
	}
	y := recordConv(t, convTransposeOp[T]{}, g, []int{g.n, g.c, g.h, g.w}, x, w, b)
	clear(y.data)
	if b != nil {
		fillChannels(y.data, b.data, g.n, g.h*g.w)
	}
	y.backX(y.data, w.data, x.data)
	return y
}

// convTransposeOp: dx is the convolution of dy, dw that of a convolution with input dy and
// adjoint x, db = sum of dy.
type convTransposeOp[T vec.Float] struct{}

func (convTransposeOp[T]) name() string { return "ConvTranspose" }

func (convTransposeOp[T]) vjp(y *Tensor[T]) {
	x, w := y.in[0], y.in[1]
	if x.wanted() {
		dx, beta := x.toGemm()
		y.tape.conv = convJob[T]{x: y.adj, w: w.data, y: dx, beta: beta}
		y.overImages(convForward[T]{}, 0)
	}
	if w.wanted() {
		y.backW(w.toAdd(), y.adj, x.data)
	}
	biasBack(y)
}

func (convTransposeOp[T]) jvp(y *Tensor[T]) *Tensor[T] {
	return bilinear(y, func(x, w, b *Tensor[T]) *Tensor[T] {
		g := y.geom
		axes := 2
		if g.sh != g.sw || g.ph != g.pw || g.dh != g.dw {
			axes = 1
		}
		return convTranspose("ConvTranspose2D", x, w, b, Conv{g.sw, g.pw, g.dw, g.groups}, axes)
	})
}
