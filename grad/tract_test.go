package grad

import (
	"math"
	"strings"
	"testing"

	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

func normal[T vec.Float](name string, n int) []T {
	r, x := rng.New(1, name), make([]T, n)
	for i := range x {
		x[i] = T(r.Norm())
	}
	return x
}

// tractCase is a first layer: a linear one of [rows in], or a convolution.
type tractCase struct {
	name     string
	in, w    []int
	o        Conv
	rows, n  int // of X
	unfolded func(x []float64) []float64
}

func tractCases() []tractCase {
	patches := func(c, h, w, k, stride, pad int) func(x []float64) []float64 {
		return func(x []float64) (rows []float64) {
			for i := range len(x) / (c * h * w) {
				for y := -pad; y+k <= h+pad; y += stride {
					for z := -pad; z+k <= w+pad; z += stride {
						for ch := range c {
							for a := range k {
								for b := range k {
									v := 0.0
									if y+a >= 0 && y+a < h && z+b >= 0 && z+b < w {
										v = x[((i*c+ch)*h+y+a)*w+z+b]
									}
									rows = append(rows, v)
								}
							}
						}
					}
				}
			}
			return rows
		}
	}
	same := func(x []float64) []float64 { return x }
	return []tractCase{
		{"more rows", s{40, 7}, s{5, 7}, Conv{}, 40, 7, same},
		{"fewer rows", s{6, 30}, s{5, 30}, Conv{}, 6, 30, same},
		{"as many rows", s{9, 9}, s{4, 9}, Conv{}, 9, 9, same},
		{"three axes", s{4, 5, 6}, s{3, 6}, Conv{}, 20, 6, same},
		{"convolution", s{3, 2, 6, 6}, s{4, 2, 3, 3}, Conv{Pad: 1}, 108, 18, patches(2, 6, 6, 3, 1, 1)},
		{"patches", s{2, 3, 8, 8}, s{4, 3, 4, 4}, Conv{Stride: 4}, 8, 48, patches(3, 8, 8, 4, 4, 0)},
		{"one by one", s{3, 2, 4, 4}, s{4, 2, 1, 1}, Conv{}, 48, 2, patches(2, 4, 4, 1, 1, 0)},
	}
}

// step returns the gradients of w, of the bias and of x, of an uneven function of the layer's outputs.
func (c tractCase) step(t *testing.T, lambda float64) (y, dw, db, dx []float64) {
	t.Helper()
	tape := NewTape[float64]()
	out := c.w[0]
	x, w, b := normal[float64]("x", size(c.in)), normal[float64]("w", size(c.w)), normal[float64]("b", out)
	dw, db, dx = make([]float64, len(w)), make([]float64, out), make([]float64, len(x))
	tx, tw, tb := tape.Param(x, dx, c.in...), tape.Param(w, dw, c.w...), tape.Param(b, db, out)
	if lambda > 0 {
		tw = TrAct(tx, tw, lambda, c.o)
	}
	var z *Tensor[float64]
	if len(c.w) == 2 {
		z = LinearT(tx, tw, tb)
	} else {
		z = Conv2D(tx, tw, tb, c.o)
	}
	if err := tape.Backward(Mean(Tanh(Square(z)))); err != nil {
		t.Fatal(err)
	}
	return z.Data(), dw, db, dx
}

// TestTrAct compares with the inverse by its definition, and all else with a plain layer.
func TestTrAct(t *testing.T) {
	const lambda = 0.1
	for _, c := range tractCases() {
		y, plain, db, dx := c.step(t, 0)
		y2, got, db2, dx2 := c.step(t, lambda)
		for _, p := range []struct {
			what string
			a, b []float64
		}{{"output", y, y2}, {"bias", db, db2}, {"input", dx, dx2}} {
			for i, v := range p.a {
				if v != p.b[i] {
					t.Fatalf("%s: %s %d is %v, of a plain layer %v", c.name, p.what, i, p.b[i], v)
				}
			}
		}
		x := c.unfolded(normal[float64]("x", size(c.in)))
		if len(x) != c.rows*c.n {
			t.Fatalf("%s: %d numbers unfolded, want %d x %d", c.name, len(x), c.rows, c.n)
		}
		a := make([]float64, c.n*c.n)
		for k := range c.rows {
			for i, v := range x[k*c.n : (k+1)*c.n] {
				vec.Axpy(v/float64(c.rows), x[k*c.n:(k+1)*c.n], a[i*c.n:(i+1)*c.n])
			}
		}
		for i := range c.n {
			a[i*c.n+i] += lambda
		}
		inner := 0.0
		for r := range c.w[0] { // got (X'X/b + lambda I) = plain
			row := got[r*c.n : (r+1)*c.n]
			for i := range c.n {
				if v, want := vec.Dot(a[i*c.n:(i+1)*c.n], row), plain[r*c.n+i]; math.Abs(v-want) > 1e-12 {
					t.Fatalf("%s: row %d, %d: %v, want %v", c.name, r, i, v, want)
				}
			}
			inner += vec.Dot(row, plain[r*c.n:(r+1)*c.n])
		}
		if !(inner > 0) {
			t.Errorf("%s: inner product %v with the gradient: want > 0", c.name, inner)
		}
		_, far, _, _ := c.step(t, 1e8)
		for i, v := range far {
			if math.Abs(1e8*v-plain[i]) > 1e-6*vec.Nrm2(plain) {
				t.Fatalf("%s: lambda 1e8: %v times 1e8, want %v", c.name, v, plain[i])
			}
		}
	}
}

// Both ways to the inverse agree where either may be taken.
func TestTrActBothWays(t *testing.T) {
	for _, b := range []int{3, 12, 30} {
		const n = 12
		x, dw := normal[float64]("both", b*n), normal[float64]("dw", 2*n)
		c, other := make([]float64, n*n), append([]float64{}, dw...)
		linalg.Gemm(true, false, n, n, b, 1, x, n, x, n, 0, c, n)
		s := ridge[float64]{row: make([]float64, n)}
		if !s.primal(c, n, b, 0.05, dw) || !s.dual(x, n, b, 0.05, other) {
			t.Fatal("not positive definite")
		}
		for i, v := range dw {
			if math.Abs(v-other[i]) > 1e-10 {
				t.Errorf("%d rows: %v and %v", b, v, other[i])
			}
		}
	}
}

func TestTrActSingle(t *testing.T) {
	for _, c := range tractCases() {
		_, want, _, _ := c.step(t, 0.1)
		tape := NewTape[float32]()
		out := c.w[0]
		x, w, b := normal[float32]("x", size(c.in)), normal[float32]("w", size(c.w)), normal[float32]("b", out)
		dw := make([]float32, len(w))
		step := func() {
			tape.Reset()
			clear(dw)
			tx := tape.Input(x, c.in...)
			tw, tb := TrAct(tx, tape.Param(w, dw, c.w...), 0.1, c.o), tape.Input(b, out)
			z := tw
			if len(c.w) == 2 {
				z = LinearT(tx, tw, tb)
			} else {
				z = Conv2D(tx, tw, tb, c.o)
			}
			if err := tape.Backward(Mean(Tanh(Square(z)))); err != nil {
				t.Fatal(err)
			}
		}
		step()
		for i, v := range dw {
			if math.Abs(float64(v)-want[i]) > 1e-5 {
				t.Errorf("%s: %v, in double precision %v", c.name, v, want[i])
			}
		}
		step()
		if n := testing.AllocsPerRun(5, step); n > 0 {
			t.Errorf("%s: %v allocations in a step", c.name, n)
		}
		x[0] = float32(math.NaN())
		step()
		if v := dw[0]; v == v {
			t.Errorf("%s: %v with an input that is NaN", c.name, v)
		}
	}
}

func TestTrActSequence(t *testing.T) {
	tape := NewTape[float64]()
	x, w := normal[float64]("x", 2*3*9), normal[float64]("w", 4*3*5)
	one, two := make([]float64, len(w)), make([]float64, len(w))
	sx, sw := tape.Input(x, 2, 3, 9), tape.Param(w, one, 4, 3, 5)
	if err := tape.Backward(Sum(Square(Conv1D(sx, TrAct(sx, sw, 0.2, Conv{Pad: 2}), nil, Conv{Pad: 2})))); err != nil {
		t.Fatal(err)
	}
	// the same as images whose only row is surrounded by none
	ix, iw := tape.Input(x, 2, 3, 1, 9), tape.Param(w, two, 4, 3, 1, 5)
	if err := tape.Backward(Sum(Square(conv("Conv1D", ix, tract(ix, iw, 0.2, Conv{Pad: 2}, 1), nil, Conv{Pad: 2}, 1)))); err != nil {
		t.Fatal(err)
	}
	for i, v := range one {
		if v != two[i] || v == 0 {
			t.Errorf("%d: %v and %v", i, v, two[i])
		}
	}
}

func TestTrActRefuses(t *testing.T) {
	for want, f := range map[string]func(t *Tape[float64]) *Tensor[float64]{
		"lambda 0": func(t *Tape[float64]) *Tensor[float64] {
			return TrAct(t.Fill(1, 4, 3), t.Fill(1, 2, 3), 0, Conv{})
		},
		"2 groups": func(t *Tape[float64]) *Tensor[float64] {
			return TrAct(t.Fill(1, 1, 2, 4, 4), t.Fill(1, 2, 1, 3, 3), 1, Conv{Groups: 2})
		},
		"weights [2 5]": func(t *Tape[float64]) *Tensor[float64] {
			return TrAct(t.Fill(1, 4, 3), t.Fill(1, 2, 5), 1, Conv{})
		},
		"kernels [2 3 9 9]": func(t *Tape[float64]) *Tensor[float64] {
			return TrAct(t.Fill(1, 1, 3, 4, 4), t.Fill(1, 2, 3, 9, 9), 1, Conv{})
		},
	} {
		tape := NewTape[float64]()
		f(tape)
		if err := tape.Err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: want one about %q", err, want)
		}
	}
}
