package rule

import (
	"math"
	"testing"
)

// descend returns the number of steps after which f is below level, and the last x.
func descend(r Rule, x []float64, lr float64, most int, level float64, f func(g, x []float64) float64, curvature func(h, x []float64)) (int, []float64) {
	g, s := make([]float64, len(x)), NewState[float64](r, len(x))
	for k := 1; k <= most; k++ {
		f(g, x)
		StepWith(r, x, g, s, lr, &Oracle[float64]{Curvature: curvature})
		if f(g, x) < level {
			return k, x
		}
	}
	return most, x
}

// AdaBelief needs fewer steps than Adam on the six functions that motivate it (Zhuang et al. 2020, figure 2). The
// counts are those of an independent implementation.
func TestAdaBeliefToys(t *testing.T) {
	abs := func(f func(x, y float64) (v, dx, dy float64)) func(g, x []float64) float64 {
		return func(g, x []float64) float64 {
			v, dx, dy := f(x[0], x[1])
			g[0], g[1] = dx, dy
			return v
		}
	}
	for i, c := range []struct {
		start []float64
		f     func(x, y float64) (v, dx, dy float64)
		want  [4]int // Adam and AdaBelief at 1e-3, then at 1e-2
	}{
		{[]float64{3, 2}, func(x, y float64) (float64, float64, float64) { return math.Abs(x) + math.Abs(y), sign(x), sign(y) }, [4]int{2992, 424, 301, 112}},
		{[]float64{3, 2}, func(x, y float64) (float64, float64, float64) {
			return math.Abs(x+y) + math.Abs(x-y)/10, sign(x+y) + sign(x-y)/10, sign(x+y) - sign(x-y)/10
		}, [4]int{7030, 4141, 710, 420}},
		{[]float64{3, 2}, func(x, y float64) (float64, float64, float64) {
			return (x+y)*(x+y) + (x-y)*(x-y)/10, 2*(x+y) + (x-y)/5, 2*(x+y) - (x-y)/5
		}, [4]int{6759, 1742, 1179, 430}},
		{[]float64{3, 2}, func(x, y float64) (float64, float64, float64) {
			return math.Abs(x)/10 + math.Abs(y), sign(x) / 10, sign(y)
		}, [4]int{2904, 424, 294, 107}},
		{[]float64{1, 1.5}, func(x, y float64) (float64, float64, float64) {
			a, b, c := 1.5-x+x*y, 2.25-x+x*y*y, 2.625-x+x*y*y*y
			return a*a + b*b + c*c, 2*a*(y-1) + 2*b*(y*y-1) + 2*c*(y*y*y-1), 2*a*x + 4*b*x*y + 6*c*x*y*y
		}, [4]int{7126, 3205, 1415, 851}},
		{[]float64{-2, 2}, func(x, y float64) (float64, float64, float64) {
			d := y - x*x
			return (1-x)*(1-x) + 100*d*d, -2*(1-x) - 400*x*d, 200 * d
		}, [4]int{14308, 9717, 6446, 5155}},
	} {
		for j, r := range []Rule{Adam{}, AdaBelief{Eps: 1e-8}, Adam{}, AdaBelief{Eps: 1e-8}} {
			lr := []float64{1e-3, 1e-3, 1e-2, 1e-2}[j]
			k, _ := descend(r, append([]float64(nil), c.start...), lr, 20000, 1e-2, abs(c.f), nil)
			if k < c.want[j]-2 || k > c.want[j]+2 {
				t.Errorf("function %d, %T with lr %v: %d steps, want %d", i+1, r, lr, k, c.want[j])
			}
		}
	}
}

// DiffGrad settles in the better minimum of functions of one variable where Adam runs past it (Dubey et al. 2020, section
// IV; with the right derivative of the second).
func TestDiffGradToys(t *testing.T) {
	first := func(g, x []float64) float64 {
		if x[0] <= 0 {
			g[0] = 2 * (x[0] + 0.3)
			return (x[0] + 0.3) * (x[0] + 0.3)
		}
		g[0] = 2 * (x[0] - 0.2)
		return (x[0]-0.2)*(x[0]-0.2) + 0.05
	}
	second := func(g, x []float64) float64 {
		v := x[0]
		if v <= -0.9 {
			g[0] = -40
			return -40*v - 35.15
		}
		g[0] = 3*v*v + math.Sin(8*v) + 8*v*math.Cos(8*v)
		return v*v*v + v*math.Sin(8*v) + 0.85
	}
	for _, c := range []struct {
		f    func(g, x []float64) float64
		rule Rule
		want float64
	}{
		{first, Adam{Beta1: 0.95}, 0.2}, {first, DiffGrad{Beta1: 0.95}, -0.3},
		{second, Adam{Beta1: 0.95}, 0}, {second, DiffGrad{Beta1: 0.95}, -0.643},
	} {
		_, x := descend(c.rule, []float64{-1}, 0.1, 299, math.Inf(-1), c.f, nil)
		if math.Abs(x[0]-c.want) > 0.01 {
			t.Errorf("%T ends at %v: want %v", c.rule, x[0], c.want)
		}
	}
}

// Sophia passes the curved valley of its paper's figure 2 in few steps, at learning rates of any size (Liu et al. 2024).
func TestSophiaToy(t *testing.T) {
	f := func(g, x []float64) float64 {
		u, v := x[0], x[1]
		p, dp := 1.3*u*u+2*u+1, 2.6*u+2
		g[0], g[1] = 16*(u-1)*p+8*(u-1)*(u-1)*dp, v-4
		return 8*(u-1)*(u-1)*p + (v-4)*(v-4)/2
	}
	curvature := func(h, x []float64) {
		u := x[0]
		h[0], h[1] = 16*(1.3*u*u+2*u+1)+32*(u-1)*(2.6*u+2)+8*(u-1)*(u-1)*2.6, 1
	}
	for lr, want := range map[float64]int{0.1: 60, 0.3: 19, 1: 4} {
		r := Sophia{Beta1: 1e-300, Beta2: 1e-300, Gamma: 1, Decay: -1, Every: 1}
		if k, x := descend(r, []float64{0.2, 0}, lr, 200, 1e-3, f, curvature); k != want {
			t.Errorf("lr %v: %d steps to %v, want %d", lr, k, x, want)
		}
	}
}

// The gradient of a scale-invariant function is orthogonal to x, so that a projected step of momentum adds its square to
// the square of the norm (Heo et al. 2021, (9)): |x'|^2 = |x|^2 + lr^2 |u|^2.
func TestSGDPNorm(t *testing.T) {
	target := []float64{-0.8, 0.6, 0}
	x, g := []float64{1, 0, 0}, make([]float64, 3)
	r := SGDP{Momentum: 0.9, Delta: 100, Eps: 1e-300}
	s := NewState[float64](r, 3, Block{Shape: []int{1, 3}})
	for k := range 300 {
		size := norm(x)
		c := dot(x, target) / (size * size)
		for i := range g {
			g[i] = -(target[i] - c*x[i]) / size
		}
		before := append([]float64(nil), x...)
		Step(r, x, g, s, 0.1)
		step := 0.0
		for i := range x {
			step += (x[i] - before[i]) * (x[i] - before[i])
		}
		if d := dot(x, x) - dot(before, before) - step; math.Abs(d) > 1e-12 {
			t.Fatalf("step %d: the square of the norm grows by %.1e more than the square of the step", k+1, d)
		}
	}
	if norm(x) > 3 {
		t.Errorf("the norm grows to %v", norm(x))
	}
}

// SOAP on a matrix whose averages have full rank follows the authors' code (github.com/nikhilvyas/SOAP, in float64): the first
// step gathers, the basis turns at steps 4, 7 and 10.
func TestSOAPReference(t *testing.T) {
	a, b := [][]float64{{2, 0.3, 0}, {0.3, 1, 0.2}, {0, 0.2, 0.5}}, []float64{0.5, -1, 0, 1, 0.2, 0.3, -0.4, 0, 1}
	x, g := []float64{1, -2, 0.5, 0.3, 0.8, -1, 2, 0.1, -0.7}, make([]float64, 9)
	r := SOAP{Beta2: 0.9, Every: 3}
	s := NewState[float64](r, 9, Block{Shape: []int{3, 3}})
	want := map[int][]float64{
		2:  {0.9784772611722846, -1.954521278310244, 0.490964310240554, 0.3197395183296612, 0.8173503219588983, -0.9572290456430959, 1.9582574915826492, 0.08566469585092994, -0.6744809991068204},
		4:  {0.9286665953409707, -1.8820207980191344, 0.4511258636953152, 0.3923731054098052, 0.7881917127939938, -0.9047111029061982, 1.8112649581727696, 0.03873296197126328, -0.6431090828267946},
		12: {0.717321158929437, -1.5700886251542367, 0.35264704705064803, 0.6433542457626765, 0.8321288769126571, -0.6562704351247196, 1.330234446787628, -0.04934328218156564, -0.4562811641159722},
	}
	for k := 1; k <= 12; k++ {
		for i := range g {
			g[i] = -b[i]
			for j := range 3 {
				g[i] += a[i/3][j] * x[3*j+i%3]
			}
		}
		Step(r, x, g, s, 0.05)
		if y := want[k]; y != nil && distance(x, y) > 1e-9 {
			t.Errorf("step %d: %v, want %v", k, x, y)
		}
	}
}

// FRUGAL of all columns is AdamW that forgets when columns are drawn, in a matrix of one row too.
func TestFRUGALForgets(t *testing.T) {
	for _, shape := range [][]int{{1, 6}, {3, 2}} {
		frugal, adamw := FRUGAL{Density: 1, Every: 4}, AdamW{Decay: -1}
		x, y, g := make([]float64, 6), make([]float64, 6), make([]float64, 6)
		s, fresh := NewState[float64](frugal, 6, Block{Shape: shape}), NewState[float64](adamw, 6)
		for k := range 13 {
			for i := range g {
				g[i] = x[i] + math.Sin(float64(7*k+i))
			}
			if k%4 == 0 {
				fresh = NewState[float64](adamw, 6)
			}
			Step(frugal, x, g, s, 0.1)
			Step(adamw, y, g, fresh, 0.1)
			for i, v := range x {
				if math.Abs(v-y[i]) > 1e-14 {
					t.Fatalf("%v, step %d: x[%d] = %v, want %v", shape, k+1, i, v, y[i])
				}
			}
		}
	}
}
