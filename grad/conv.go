package grad

import (
	"fmt"

	"github.com/godescent/descent/vec"
)

// Conv has the options of a convolution, alike for all axes.
type Conv struct {
	Stride   int // step between outputs; 0 is 1
	Pad      int // zeros on each side
	Dilation int // step between the kernel's elements; 0 is 1
	Groups   int // channels are divided in Groups that do not mix; 0 is 1
}

// Conv2D returns the cross-correlation of images x [batch, in, height, width] with kernels
// w [out, in/groups, kh, kw], plus b [out] if not nil: [batch, out, h', w'] with
// h' = (height + 2 pad - dilation (kh - 1) - 1)/stride + 1, rounded down. Each image is
// laid out as a matrix of patches (im2col; Chellapilla, Puri and Simard 2006), which is not
// kept, and multiplied by Gemm.
func Conv2D[T vec.Float](x, w, b *Tensor[T], o Conv) *Tensor[T] { return conv("Conv2D", x, w, b, o, 2) }

// Conv1D is Conv2D for x [batch, in, length] and w [out, in/groups, k].
func Conv1D[T vec.Float](x, w, b *Tensor[T], o Conv) *Tensor[T] {
	return flat("Conv1D", x, w, func(x, w *Tensor[T]) *Tensor[T] { return conv("Conv1D", x, w, b, o, 1) })
}

// flat applies f to sequences and their kernels as images of height 1.
func flat[T vec.Float](name string, x, w *Tensor[T], f func(x, w *Tensor[T]) *Tensor[T]) *Tensor[T] {
	t := ready(name, x, w)
	if t == nil {
		return none(x, w)
	}
	if len(x.shape) != 3 || len(w.shape) != 3 {
		return t.fail(name, "input %s, kernels %s: want 3 axes each, the last for positions", list(x.shape), list(w.shape))
	}
	y := f(Reshape(x, x.shape[0], x.shape[1], 1, x.shape[2]), Reshape(w, w.shape[0], w.shape[1], 1, w.shape[2]))
	if t.err != nil {
		return t.bad
	}
	return Reshape(y, y.shape[0], y.shape[1], y.shape[3])
}

// geometry is that of a convolution.
type geometry struct {
	n, c, h, w     int // images
	o, oh, ow      int // results
	kh, kw         int
	sh, sw, ph, pw int
	dh, dw, groups int
}

// lay sets strides, padding and dilation for one or two axes of positions.
func (g *geometry) lay(o Conv, axes int) error {
	if o.Stride < 0 || o.Pad < 0 || o.Dilation < 0 || o.Groups < 0 {
		return fmt.Errorf("options %+v: want no negative number", o)
	}
	g.sw, g.pw, g.dw, g.groups = max(1, o.Stride), o.Pad, max(1, o.Dilation), max(1, o.Groups)
	g.sh, g.ph, g.dh = g.sw, g.pw, g.dw
	if axes == 1 {
		g.sh, g.ph, g.dh = 1, 0, 1
	}
	return nil
}

func (g *geometry) positions() int { return g.oh * g.ow }
func (g *geometry) patch() int     { return g.c / g.groups * g.kh * g.kw }
func (g *geometry) image() int     { return g.c * g.h * g.w }
func (g *geometry) result() int    { return g.o * g.oh * g.ow }
func (g *geometry) columns() int   { return g.patch() * g.groups * g.positions() } // elements of all patches

// plain reports whether an image is its own matrix of patches.
func (g *geometry) plain() bool {
	return g.kh == 1 && g.kw == 1 && g.sh == 1 && g.sw == 1 && g.ph == 0 && g.pw == 0
}

// parts is how many parts work on images in parallel, each with memory of its own.
func (g *geometry) parts() int { return min(g.n, 8) }

func conv[T vec.Float](name string, x, w, b *Tensor[T], o Conv, axes int) *Tensor[T] {
	t := ready(name, x, w, orElse(b, x))
	if t == nil {
		return none(x, w)
	}
	g, bad := t.geometry(name, x, w, o, axes)
	if bad != nil {
		return bad
	}
	if b != nil && (len(b.shape) != 1 || b.shape[0] != g.o) {
		return t.fail(name, "bias %s: want [%d], one for each of the kernels %s", list(b.shape), g.o, list(w.shape))
	}
	y := recordConv(t, convOp[T]{}, g, []int{g.n, g.o, g.oh, g.ow}, x, w, b)
	t.conv = convJob[T]{x: x.data, w: w.data, y: y.data}
	if b != nil {
		t.conv.b, t.conv.beta = b.data, 1
	}
	y.overImages(convForward[T]{}, 0)
	return y
}

// geometry returns that of a convolution of x with the kernels w, or what failed.
func (t *Tape[T]) geometry(name string, x, w *Tensor[T], o Conv, axes int) (g geometry, bad *Tensor[T]) {
	if len(x.shape) != 4 || len(w.shape) != 4 {
		return g, t.fail(name, "input %s, kernels %s: want [batch in height width] and [out in/groups kh kw]", list(x.shape), list(w.shape))
	}
	g = geometry{n: x.shape[0], c: x.shape[1], h: x.shape[2], w: x.shape[3], o: w.shape[0], kh: w.shape[2], kw: w.shape[3]}
	if err := g.lay(o, axes); err != nil {
		return g, t.fail(name, "%v", err)
	}
	g.oh = (g.h+2*g.ph-g.dh*(g.kh-1)-1)/g.sh + 1
	g.ow = (g.w+2*g.pw-g.dw*(g.kw-1)-1)/g.sw + 1
	switch {
	case g.c%g.groups != 0 || g.o%g.groups != 0 || w.shape[1] != g.c/g.groups:
		return g, t.fail(name, "input %s, kernels %s, %d groups: want [batch in ...] and [out in/groups ...], both in and out multiples of the groups", list(x.shape), list(w.shape), g.groups)
	case g.kh < 1 || g.kw < 1 || g.h+2*g.ph < g.dh*(g.kh-1)+1 || g.w+2*g.pw < g.dw*(g.kw-1)+1:
		return g, t.fail(name, "input %s, kernels %s, %+v: want kernels, dilated, not larger than the padded input", list(x.shape), list(w.shape), o)
	}
	return g, nil
}

func recordConv[T vec.Float](t *Tape[T], o op[T], g geometry, shape []int, x, w, b *Tensor[T]) *Tensor[T] {
	var y *Tensor[T]
	if b == nil {
		y = t.record(o, shape, x, w)
	} else {
		y = t.record(o, shape, x, w, b)
	}
	y.geom = &t.geoms.alloc(1)[0]
	*y.geom = g
	return y
}

func orElse[T vec.Float](x, other *Tensor[T]) *Tensor[T] {
	if x == nil {
		return other
	}
	return x
}

// fillChannels sets each channel of n images to its element of b.
func fillChannels[T vec.Float](y, b []T, n, positions int) {
	for i := range n * len(b) {
		vec.Fill(y[i*positions:(i+1)*positions], b[i%len(b)])
	}
}

// convJob has the operands of the convolution kernel that runs now.
type convJob[T vec.Float] struct {
	x, w, y []T
	b       []T // nil: y keeps its values
	beta    T
	col     []T // patches, for each part
	pad     []T // an image with its padding, for each part
	sum     []T // gradient with respect to w, for each part
}

// overImages runs a loop over images with memory for patches, and sums numbers, per part.
func (y *Tensor[T]) overImages(k kernel[T], sums int) {
	g, t := y.geom, y.tape
	parts := g.parts()
	at := t.values.mark()
	if !g.plain() {
		t.conv.col = t.values.alloc(parts * g.columns())
		t.conv.pad = t.values.alloc(parts * g.padding())
		clear(t.conv.pad)
	}
	t.conv.sum = t.values.alloc(parts * sums)
	clear(t.conv.sum)
	if g.n > 0 {
		y.split(k, g.n, parts)
	}
	t.values.release(at)
}

type convForward[T vec.Float] struct{}

// y = w patches(x) + b, or + beta y
func (convForward[T]) loop(y *Tensor[T], part, lo, hi int) {
	g, c := y.geom, &y.tape.conv
	p, k, og := g.positions(), g.patch(), g.o/g.groups
	for i := lo; i < hi; i++ {
		col := c.patches(g, part, i)
		if c.b != nil {
			fillChannels(cutMat(c.y, i, g.result()), c.b, 1, p)
		}
		for j := range g.groups {
			out := cutMat(c.y, i, g.result())[j*og*p : (j+1)*og*p]
			gemm1(false, false, og, p, k, cutMat(c.w, j, og*k), cutMat(col, j, k*p), c.beta, out)
		}
	}
}

type convBackX[T vec.Float] struct{}

// x += the adjoint of patches, of w' y
func (convBackX[T]) loop(y *Tensor[T], part, lo, hi int) {
	g, c := y.geom, &y.tape.conv
	p, k, og := g.positions(), g.patch(), g.o/g.groups
	for i := lo; i < hi; i++ {
		x := cutMat(c.x, i, g.image())
		col, beta := x, T(1)
		if !g.plain() {
			col, beta = cutMat(c.col, part, g.columns()), 0
		}
		for j := range g.groups {
			dy := cutMat(c.y, i, g.result())[j*og*p : (j+1)*og*p]
			gemm1(true, false, k, p, og, cutMat(c.w, j, og*k), dy, beta, cutMat(col, j, k*p))
		}
		if !g.plain() {
			unpatch(g, x, col, cutMat(c.pad, part, g.padding()))
		}
	}
}

type convBackW[T vec.Float] struct{}

// sum += patches(x) y', the transpose: the kernels are fewer than the elements of a patch,
// so that there is less to pack
func (convBackW[T]) loop(y *Tensor[T], part, lo, hi int) {
	g, c := y.geom, &y.tape.conv
	p, k, og := g.positions(), g.patch(), g.o/g.groups
	sum := cutMat(c.sum, part, g.o*k)
	for i := lo; i < hi; i++ {
		col := c.patches(g, part, i)
		for j := range g.groups {
			dy := cutMat(c.y, i, g.result())[j*og*p : (j+1)*og*p]
			gemm1(false, true, k, og, p, cutMat(col, j, k*p), dy, 1, cutMat(sum, j, og*k))
		}
	}
}

// convOp: dx = adjoint of patches, of w' dy; dw = dy patches(x)'; db = sum of dy.
type convOp[T vec.Float] struct{}

func (convOp[T]) name() string { return "Conv" }

func (convOp[T]) vjp(y *Tensor[T]) {
	x, w := y.in[0], y.in[1]
	if x.wanted() {
		y.backX(x.toAdd(), w.data, y.adj)
	}
	if w.wanted() {
		y.backW(w.toAdd(), x.data, y.adj)
	}
	biasBack(y)
}

func (y *Tensor[T]) backX(dx, w, dy []T) {
	y.tape.conv = convJob[T]{x: dx, w: w, y: dy}
	y.overImages(convBackX[T]{}, 0)
}

func (y *Tensor[T]) backW(dw, x, dy []T) {
	t, g := y.tape, y.geom
	if g.n == 0 || len(dw) == 0 {
		return
	}
	t.conv = convJob[T]{x: x, y: dy}
	y.overImages(convBackW[T]{}, len(dw))
	sum := cutMat(t.conv.sum, 0, len(dw)) // the memory was given back, but nobody has used it
	for i := 1; i < g.parts(); i++ {
		add(cutMat(t.conv.sum, i, len(dw)), sum)
	}
	k, og := g.patch(), g.o/g.groups
	for o := range g.o {
		col := sum[o/og*og*k+o%og:]
		for i := range k {
			dw[o*k+i] += col[i*og]
		}
	}
}

// biasBack adds to the adjoint of the bias of channels, if there is one.
func biasBack[T vec.Float](y *Tensor[T]) {
	if len(y.in) < 3 || !y.in[2].wanted() {
		return
	}
	db := y.in[2].toAdd()
	n := size(y.shape[2:])
	for i := range y.shape[0] * len(db) {
		db[i%len(db)] += vec.Sum(cutMat(y.adj, i, n))
	}
}

func (convOp[T]) jvp(y *Tensor[T]) *Tensor[T] {
	return bilinear(y, func(x, w, b *Tensor[T]) *Tensor[T] {
		g := y.geom
		axes := 2
		if g.sh != g.sw || g.ph != g.pw || g.dh != g.dw {
			axes = 1
		}
		return conv("Conv2D", x, w, b, Conv{g.sw, g.pw, g.dw, g.groups}, axes)
	})
}

// bilinear records the tangent of f(x, w, b) that is linear in x, w and b.
func bilinear[T vec.Float](y *Tensor[T], f func(x, w, b *Tensor[T]) *Tensor[T]) *Tensor[T] {
	x, w := y.in[0], y.in[1]
	var db, d *Tensor[T]
	if len(y.in) > 2 {
		db = y.in[2].tangent()
	}
	if dx := x.tangent(); dx != nil {
		d, db = f(dx, w, db), nil
	}
	if dw := w.tangent(); dw != nil {
		d, db = plus(d, f(x, dw, db)), nil
	}
	if db != nil {
		d = BroadcastTo(Reshape(db, db.Size(), 1, 1), y.shape...)
	}
	return d
}
