package grad

import "github.com/godescent/descent/vec"

// MaxPool2D returns the largest elements of windows of size x size, stride apart, of images
// [batch, channels, height, width]; pad says how many places windows reach over each edge.
// The derivative goes to the first of equal elements; NaN is the largest of all.
func MaxPool2D[T vec.Float](x *Tensor[T], size, stride, pad int) *Tensor[T] {
	t := ready("MaxPool2D", x)
	if t == nil {
		return none(x)
	}
	g, ok := pooling(t, "MaxPool2D", x, size, stride, pad)
	if !ok {
		return t.bad
	}
	shape := dims{4, [maxRank]int{g.n, g.c, g.oh, g.ow}}
	y := t.record(maxPoolOp[T]{}, shape.shape(), x)
	y.index = t.ints.alloc(len(y.data))
	y.geom = &t.geoms.alloc(1)[0]
	*y.geom = g
	y.planes(maxPoolForward[T]{})
	return y
}

// AvgPool2D returns the means of windows as MaxPool2D has them; what is outside of the
// image counts as 0.
func AvgPool2D[T vec.Float](x *Tensor[T], size, stride, pad int) *Tensor[T] {
	t := ready("AvgPool2D", x)
	if t == nil {
		return none(x)
	}
	g, ok := pooling(t, "AvgPool2D", x, size, stride, pad)
	if !ok {
		return t.bad
	}
	shape := dims{4, [maxRank]int{g.n, g.c, g.oh, g.ow}}
	y := t.record(avgPoolOp[T]{}, shape.shape(), x)
	y.geom = &t.geoms.alloc(1)[0]
	*y.geom = g
	y.planes(avgPoolForward[T]{})
	return y
}

func pooling[T vec.Float](t *Tape[T], name string, x *Tensor[T], size, stride, pad int) (geometry, bool) {
	if len(x.shape) != 4 || size < 1 || stride < 1 || pad < 0 || 2*pad > size || x.shape[2]+2*pad < size || x.shape[3]+2*pad < size {
		t.fail(name, "input %s, windows of %d, stride %d, pad %d: want [batch channels height width], 1 <= size <= height and width + 2 pad, stride >= 1, 0 <= pad <= size/2",
			list(x.shape), size, stride, pad)
		return geometry{}, false
	}
	return geometry{
		n: x.shape[0], c: x.shape[1], h: x.shape[2], w: x.shape[3], kh: size, kw: size, sh: stride, sw: stride, ph: pad, pw: pad,
		oh: (x.shape[2]+2*pad-size)/stride + 1, ow: (x.shape[3]+2*pad-size)/stride + 1,
	}, true
}

// planes runs a loop over the channels of all images.
func (y *Tensor[T]) planes(k kernel[T]) {
	g := y.geom
	n := g.n * g.c
	y.split(k, n, min(n, (n*g.h*g.w+grain-1)/grain))
}

// window returns the rows and columns of the image in the window of a position.
func (g *geometry) window(oy, ox int) (y0, y1, x0, x1 int) {
	y, x := oy*g.sh-g.ph, ox*g.sw-g.pw
	return max(y, 0), min(y+g.kh, g.h), max(x, 0), min(x+g.kw, g.w)
}

// maxPoolOp: dx[index[i]] += dy[i].
type maxPoolOp[T vec.Float] struct{}

func (maxPoolOp[T]) name() string { return "MaxPool" }

type maxPoolForward[T vec.Float] struct{}

func (maxPoolForward[T]) loop(y *Tensor[T], _, lo, hi int) {
	g, x := y.geom, y.in[0].data
	at := lo * g.oh * g.ow
	for c := lo; c < hi; c++ {
		base := c * g.h * g.w
		for oy := range g.oh {
			to := at + g.ow
			pairs := g.kh == 2 && g.sh == 2 && g.ph == 0
			row := base + 2*oy*g.w
			if !pairs || !vec.MaxPairs(y.data[at:to], y.index[at:to], x[row:], g.w, row) {
				for ox := range g.ow {
					y.index[at+ox], y.data[at+ox] = windowTop(g, x, base, oy, ox)
				}
			}
			at = to
		}
	}
}

// windowTop returns the largest element of a window, and its place.
func windowTop[T vec.Float](g *geometry, x []T, base, oy, ox int) (best int, top T) {
	y0, y1, x0, x1 := g.window(oy, ox)
	best = base + y0*g.w + x0
	top = x[best]
	for r := y0; r < y1; r++ {
		for i := base + r*g.w + x0; i < base+r*g.w+x1; i++ {
			v := x[i]
			if v > top { // two statements, without a branch
				best = i
			}
			top = max(top, v)
		}
	}
	if top != top {
		best = firstNaN(x, base, g.w, y0, y1, x0, x1)
	}
	return best, top
}

// firstNaN returns the place of the first NaN in a window, which has one.
func firstNaN[T vec.Float](x []T, base, width, y0, y1, x0, x1 int) int {
	for r := y0; r < y1; r++ {
		for i := base + r*width + x0; i < base+r*width+x1; i++ {
			if x[i] != x[i] {
				return i
			}
		}
	}
	panic("grad: a window lost its NaN")
}

func (maxPoolOp[T]) vjp(y *Tensor[T]) {
	_, y.a = y.in[0].toGemm()
	y.planes(maxPoolBackward[T]{})
}

type maxPoolBackward[T vec.Float] struct{}

func (maxPoolBackward[T]) loop(y *Tensor[T], _, lo, hi int) {
	g, dx := y.geom, y.in[0].adj
	p, n := g.oh*g.ow, g.h*g.w
	for c := lo; c < hi; c++ {
		if y.a == 0 {
			clear(cutMat(dx, c, n))
		}
		dy := cutMat(y.adj, c, p)
		for i, k := range cutMat(y.index, c, p) {
			dx[k] += dy[i]
		}
	}
}

func (maxPoolOp[T]) jvp(y *Tensor[T]) *Tensor[T] { return take(y.in[0].tangent(), y.index, y.shape) }

type avgPoolForward[T vec.Float] struct{}

func (avgPoolForward[T]) loop(y *Tensor[T], _, lo, hi int) {
	g, x := y.geom, y.in[0].data
	at, scale := lo*g.oh*g.ow, 1/T(g.kh*g.kw)
	for c := lo; c < hi; c++ {
		plane := cutMat(x, c, g.h*g.w)
		for oy := range g.oh {
			for ox := range g.ow {
				y0, y1, x0, x1 := g.window(oy, ox)
				var s T
				for r := y0; r < y1; r++ {
					for _, v := range plane[r*g.w+x0 : r*g.w+x1] {
						s += v
					}
				}
				y.data[at] = s * scale
				at++
			}
		}
	}
}

// avgPoolOp: each element of a window has dy/size^2.
type avgPoolOp[T vec.Float] struct{}

func (avgPoolOp[T]) name() string { return "AvgPool" }

func (avgPoolOp[T]) vjp(y *Tensor[T]) {
	y.in[0].toAdd()
	y.planes(avgPoolBackward[T]{})
}

type avgPoolBackward[T vec.Float] struct{}

func (avgPoolBackward[T]) loop(y *Tensor[T], _, lo, hi int) {
	g, dx := y.geom, y.in[0].adj
	at, scale := lo*g.oh*g.ow, 1/T(g.kh*g.kw)
	for c := lo; c < hi; c++ {
		plane := cutMat(dx, c, g.h*g.w)
		for oy := range g.oh {
			for ox := range g.ow {
				v := y.adj[at] * scale
				y0, y1, x0, x1 := g.window(oy, ox)
				for r := y0; r < y1; r++ {
					row := plane[r*g.w+x0 : r*g.w+x1]
					for i := range row {
						row[i] += v
					}
				}
				at++
			}
		}
	}
}

func (avgPoolOp[T]) jvp(y *Tensor[T]) *Tensor[T] {
	g := y.geom
	return AvgPool2D(y.in[0].tangent(), g.kh, g.sh, g.ph)
}
