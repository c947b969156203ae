package grad

import "github.com/godescent/descent/vec"

// MaxPool2D returns the largest elements of windows of size x size, stride apart, of images
// [batch, channels, height, width]; pad says how many places windows reach over each edge.
// The derivative goes to the first of equal elements; NaN is the largest of all.
func MaxPool2D[T vec.Float](x *Tensor[T], size, stride, pad int) *Tensor[T] {
	return maxPool("MaxPool2D", x, 2, size, stride, pad)
}

// MaxPool1D is MaxPool2D for windows of that size of x [batch, channels, length].
func MaxPool1D[T vec.Float](x *Tensor[T], size, stride, pad int) *Tensor[T] {
	return maxPool("MaxPool1D", x, 1, size, stride, pad)
}

// AvgPool2D returns the means of windows as MaxPool2D has them; what is outside of the
// image counts as 0.
func AvgPool2D[T vec.Float](x *Tensor[T], size, stride, pad int) *Tensor[T] {
	return avgPool("AvgPool2D", x, 2, size, stride, pad)
}

// AvgPool1D is AvgPool2D for windows of that size of x [batch, channels, length].
func AvgPool1D[T vec.Float](x *Tensor[T], size, stride, pad int) *Tensor[T] {
	return avgPool("AvgPool1D", x, 1, size, stride, pad)
}

func maxPool[T vec.Float](name string, x *Tensor[T], axes, size, stride, pad int) *Tensor[T] {
	t := ready(name, x)
	if t == nil {
		return none(x)
	}
	g, ok := pooling(t, name, x, axes, size, stride, pad)
	if !ok {
		return t.bad
	}
	y := recordPool(t, maxPoolOp[T]{}, g, axes, x)
	y.index = t.ints.alloc(len(y.data))
	y.planes(maxPoolForward[T]{})
	return y
}

func avgPool[T vec.Float](name string, x *Tensor[T], axes, size, stride, pad int) *Tensor[T] {
	t := ready(name, x)
	if t == nil {
		return none(x)
	}
	g, ok := pooling(t, name, x, axes, size, stride, pad)
	if !ok {
		return t.bad
	}
	y := recordPool(t, avgPoolOp[T]{}, g, axes, x)
	y.planes(avgPoolForward[T]{})
	return y
}

// pooling returns the geometry of windows along one or two axes of positions; sequences are
// images of height 1.
func pooling[T vec.Float](t *Tape[T], name string, x *Tensor[T], axes, size, stride, pad int) (geometry, bool) {
	bad := len(x.shape) != 2+axes || size < 1 || stride < 1 || pad < 0 || 2*pad > size
	for i := 2; i < 2+axes && !bad; i++ {
		bad = x.shape[i]+2*pad < size
	}
	if bad {
		want := "[batch channels height width], 1 <= size <= height and width + 2 pad"
		if axes == 1 {
			want = "[batch channels length], 1 <= size <= length + 2 pad"
		}
		t.fail(name, "input %s, windows of %d, stride %d, pad %d: want %s, stride >= 1, 0 <= pad <= size/2", list(x.shape), size, stride, pad, want)
		return geometry{}, false
	}
	w := x.shape[1+axes]
	g := geometry{n: x.shape[0], c: x.shape[1], h: 1, w: w, kh: 1, kw: size, sh: 1, sw: stride, pw: pad, oh: 1, ow: (w+2*pad-size)/stride + 1}
	if axes == 2 {
		g.h, g.kh, g.sh, g.ph = x.shape[2], size, stride, pad
		g.oh = (g.h+2*pad-size)/stride + 1
	}
	return g, true
}

func recordPool[T vec.Float](t *Tape[T], o op[T], g geometry, axes int, x *Tensor[T]) *Tensor[T] {
	shape := dims{3, [maxRank]int{g.n, g.c, g.ow}}
	if axes == 2 {
		shape = dims{4, [maxRank]int{g.n, g.c, g.oh, g.ow}}
	}
	y := t.record(o, shape.shape(), x)
	y.geom = &t.geoms.alloc(1)[0]
	*y.geom = g
	return y
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
	return avgPool("AvgPool", y.in[0].tangent(), len(y.shape)-2, g.kw, g.sw, g.pw)
}
