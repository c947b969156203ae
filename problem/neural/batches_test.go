package neural_test

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/problem/neural"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

// training is the state of stochastic gradient descent with momentum and clipping.
type training struct {
	X, V, State []float32
	Step        uint64
	Position    nn.Position
}

// train makes steps of a task from a state, nil for the start, and returns the state.
func train(t *testing.T, c task[float32], o neural.BatchOptions, s *training, steps int, rate float32) (training, []float32) {
	t.Helper()
	f := must(neural.NewBatches(c.model, c.samples, c.loss, o))
	l := must(nn.NewLoader(f.Terms(), min(4, f.Terms()), rng.New(5, "order")))
	if s == nil {
		s = &training{}
		s.X, _ = nn.Start[float32](c.model.Layout(), 2)
		s.V, s.State, s.Position = make([]float32, len(s.X)), slices.Clone(f.State()), l.Position
	}
	r := training{slices.Clone(s.X), slices.Clone(s.V), nil, s.Step, s.Position}
	l.Position = s.Position
	copy(f.State(), s.State)
	g := make([]float32, len(r.X))
	var losses []float32
	for range steps {
		loss, err := f.BatchGradient(g, r.X, l.Next(), r.Step)
		if err != nil {
			t.Fatal(err)
		}
		losses = append(losses, loss)
		if norm := vec.Nrm2(g); norm > 1 {
			vec.Scal(1/norm, g)
		}
		vec.Scal(0.9, r.V)
		vec.Axpy(-rate, g, r.V)
		vec.Axpy(1, r.V, r.X)
		r.Step++
	}
	r.Position, r.State = l.Position, slices.Clone(f.State())
	return r, losses
}

// TestTraining: mini-batches in float32 bring down the loss of every model.
func TestTraining(t *testing.T) {
	rate := map[string]float32{"mlp": 0.03, "cnn": 0.01, "resnet": 0.02, "transformer": 0.1, "unet": 0.05, "gcn": 0.1}
	for name, c := range tasks[float32]() {
		_, losses := train(t, c, neural.BatchOptions{}, nil, 400, rate[name])
		first, last := vec.Sum(losses[:5])/5, vec.Sum(losses[395:])/5
		if !(last < first/3) {
			t.Errorf("%s: loss %v at the end, %v at the beginning: want less than a third", name, last, first)
		}
	}
}

// TestTrainingResume: a run cut at any step and resumed from its state is the uninterrupted
// one, with dropout, augmentation, running statistics and the loader's order.
func TestTrainingResume(t *testing.T) {
	c := tasks[float32]()
	dropout := must(nn.NewCNN[float32](nn.CNNOptions{Side: 8, Classes: 2, Widths: []int{3}, Hidden: 8, Dropout: 0.3}))
	o := neural.BatchOptions{Augment: nn.Augment{Shift: 1, Flip: true}, Seed: 3}
	for name, c := range map[string]task[float32]{"cnn with dropout": {dropout, c["cnn"].samples, c["cnn"].loss}, "resnet": c["resnet"]} {
		whole, losses := train(t, c, o, nil, 11, 0.01)
		for _, cut := range []int{1, 3, 4, 10} {
			part, _ := train(t, c, o, nil, cut, 0.01)
			end, rest := train(t, c, o, &part, 11-cut, 0.01)
			if !slices.Equal(rest, losses[cut:]) || !reflect.DeepEqual(end, whole) {
				t.Errorf("%s: cut after step %d: losses %v: want %v", name, cut, rest, losses[cut:])
			}
		}
		if other, _ := train(t, c, neural.BatchOptions{Augment: o.Augment, Seed: 4}, nil, 11, 0.01); slices.Equal(other.X, whole.X) {
			t.Errorf("%s: the seed does not matter", name)
		}
	}
}

// TestBatchesAllocate: nothing in the steady state, in both types.
func TestBatchesAllocate(t *testing.T) {
	allocate[float32](t)
	allocate[float64](t)
}

func allocate[T vec.Float](t *testing.T) {
	for name, c := range tasks[T]() {
		f := must(neural.NewBatches(c.model, c.samples, c.loss, neural.BatchOptions{}))
		x, _ := nn.Start[T](c.model.Layout(), 2)
		g, step := make([]T, len(x)), uint64(0)
		batch := []int{0, 2, 1}
		run := func() {
			if _, err := f.BatchGradient(g, x, batch, step); err != nil {
				t.Fatal(err)
			}
			step++
		}
		run()
		if a := testing.AllocsPerRun(10, run); a > 0 {
			t.Errorf("%s in %T: %v allocations in a step", name, x[0], a)
		}
	}
}

// In the absence of randomness a batch is a mean of terms, in both types.
func TestBatchesAreTerms(t *testing.T) {
	wide, narrow := tasks[float64](), tasks[float32]()
	for name, c := range wide {
		if name == "resnet" {
			continue // its terms depend on each other, and so does rounding
		}
		f := must(neural.New(c.model, c.samples, c.loss, neural.Options{}))
		b := must(neural.NewBatches(narrow[name].model, narrow[name].samples, narrow[name].loss, neural.BatchOptions{}))
		x, _ := nn.Start[float64](c.model.Layout(), 2)
		y, _ := nn.Start[float32](c.model.Layout(), 2)
		g, h := make([]float64, len(x)), make([]float32, len(y))
		idx := []int{3, 0, 3}
		v := f.TermGradient(g, x, idx)
		w, err := b.BatchGradient(h, y, idx, 0)
		if err != nil {
			t.Fatal(err)
		}
		if d := v - float64(w); d > 1e-5*(1+v) || d < -1e-5*(1+v) {
			t.Errorf("%s: loss %v and %v in float32", name, v, w)
		}
		top := vec.NrmInf(g)
		for i := range g {
			if d := g[i] - float64(h[i]); d > 1e-4*top || d < -1e-4*top {
				t.Errorf("%s: gradient[%d] = %v and %v in float32", name, i, g[i], h[i])
				break
			}
		}
	}
}

func TestBatchesRefuse(t *testing.T) {
	c := tasks[float32]()["mlp"]
	f := must(neural.NewBatches(c.model, c.samples, c.loss, neural.BatchOptions{}))
	n := c.model.Layout().Dim()
	for name, bad := range map[string]struct {
		g, x, batch int
		index       int
	}{"short x": {n, n - 1, 1, 0}, "short g": {n - 1, n, 1, 0}, "no examples": {n, n, 0, 0}, "index": {n, n, 2, 24}, "negative": {n, n, 2, -1}} {
		batch := slices.Repeat([]int{bad.index}, bad.batch)
		if _, err := f.BatchGradient(make([]float32, bad.g), make([]float32, bad.x), batch, 0); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestExampleMoments: they are those of the gradients of single examples, which are batches of one; with
// dropout, whose draws depend on the place in the batch, the products have the gradient's square as mean.
func TestExampleMoments(t *testing.T) {
	reached := 0
	for name, c := range tasks[float64]() {
		f := must(neural.NewBatches(c.model, c.samples, c.loss, neural.BatchOptions{}))
		x, _ := nn.Start[float64](c.model.Layout(), 2)
		batch := []int{0, 2, 1}[:min(3, f.Terms())]
		squares, products, g, v := make([]float64, len(batch)), make([]float64, len(batch)), make([]float64, len(x)), make([]float64, len(x))
		if _, err := f.BatchGradient(v, x, batch, 0); err != nil {
			t.Fatal(err)
		}
		err := f.ExampleMoments(squares, products, x, v, batch, 0)
		if want := map[string]string{"resnet": "batch normalization", "gcn": "mixes examples", "unet": "ConvTranspose"}[name]; want != "" {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %v, want one about %q", name, err, want)
			}
			continue
		}
		if err != nil {
			t.Fatal(name, err)
		}
		for i, k := range batch {
			if _, err := f.BatchGradient(g, x, []int{k}, 0); err != nil {
				t.Fatal(err)
			}
			s, p := vec.Dot(g, g), vec.Dot(g, v)
			if math.Abs(squares[i]-s) > 1e-12*s || math.Abs(products[i]-p) > 1e-12*math.Sqrt(s*vec.Dot(v, v)) {
				t.Errorf("%s, example %d: |g|^2 = %v, <g, v> = %v: want %v, %v", name, k, squares[i], products[i], s, p)
			}
			reached++
		}
		clear(squares)
		if err := f.ExampleMoments(squares, nil, x, v, batch, 0); err != nil || squares[0] == 0 {
			t.Errorf("%s without products: %v, %v", name, squares, err)
		}
		if f.ExampleMoments(squares, nil, x[1:], v, batch, 0) == nil || f.ExampleMoments(squares, nil, x, v, batch[1:], 0) == nil || f.ExampleMoments(squares[:1], nil, x, v, []int{99}, 0) == nil {
			t.Errorf("%s: arguments that do not fit are taken", name)
		}
	}
	if reached < 9 {
		t.Errorf("%d examples compared", reached)
	}

	dropout := must(nn.NewCNN[float64](nn.CNNOptions{Side: 8, Classes: 2, Widths: []int{3}, Hidden: 8, Dropout: 0.3}))
	c := tasks[float64]()["cnn"]
	f := must(neural.NewBatches(dropout, c.samples, c.loss, neural.BatchOptions{Augment: nn.Augment{Shift: 1}, Seed: 3}))
	x, _ := nn.Start[float64](dropout.Layout(), 2)
	v, batch, moments := make([]float64, len(x)), []int{4, 0, 7, 5}, make([]float64, 8)
	if _, err := f.BatchGradient(v, x, batch, 6); err != nil {
		t.Fatal(err)
	}
	if err := f.ExampleMoments(moments[:4], moments[4:], x, v, batch, 6); err != nil {
		t.Fatal(err)
	}
	if mean, want := vec.Sum(moments[4:])/4, vec.Dot(v, v); math.Abs(mean-want) > 1e-12*want {
		t.Errorf("mean of <g_i, g> is %v, |g|^2 %v, with dropout and augmentation", mean, want)
	}
}

// TestBatchCurvature: the estimates are means over signs of u (H u), so that over many steps they
// come near the diagonal of H, which is made of products with the unit vectors.
func TestBatchCurvature(t *testing.T) {
	g, f := goldenMLP(t)
	n := len(g.X0)
	diagonal, h, e := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := range e {
		clear(e)
		e[i] = 1
		f.HessVec(h, g.X0, e)
		diagonal[i] = h[i]
	}
	_, c := goldenTask(t)
	b := must(neural.NewBatches(c.model, c.samples, c.loss, neural.BatchOptions{Seed: 1}))
	all := make([]int, b.Terms())
	for i := range all {
		all[i] = i
	}
	const steps = 4000
	mean, square := make([]float64, n), make([]float64, n)
	for k := range uint64(steps) {
		if err := b.BatchCurvature(h, g.X0, all, k); err != nil {
			t.Fatal(err)
		}
		for i, v := range h {
			mean[i] += v / steps
			square[i] += v * v / steps
		}
	}
	worst := 0.0
	for i := range mean {
		se := math.Sqrt((square[i]-mean[i]*mean[i])/steps) + 1e-12
		worst = max(worst, math.Abs(mean[i]-diagonal[i])/se)
	}
	if worst > 5 {
		t.Errorf("a mean is %.1f standard errors from the diagonal", worst)
	}
	again := slices.Clone(h)
	if err := b.BatchCurvature(h, g.X0, all, steps-1); err != nil || !slices.Equal(h, again) {
		t.Errorf("the estimate of a step is not a function of it: %v", err)
	}
	if err := b.BatchCurvature(h[1:], g.X0, all, 0); err == nil {
		t.Error("curvatures of too few parameters: no error")
	}
	if blocks := b.Blocks(); len(blocks) != len(c.model.Layout().Params) || blocks[0].Name != c.model.Layout().Params[0].Name {
		t.Errorf("blocks %v", blocks)
	}
}

// TestBatchGaussNewton: the estimates by random labels are never negative, and over many steps they come near the diagonal of
// the Gauss-Newton matrix, for every loss that is a likelihood.
func TestBatchGaussNewton(t *testing.T) {
	const steps = 800
	for name, c := range tasks[float64]() {
		b := must(neural.NewBatches(c.model, c.samples, c.loss, neural.BatchOptions{Seed: 1}))
		x, _ := nn.Start[float64](c.model.Layout(), 2)
		n, batch := len(x), []int{0, 2, 3}
		diagonal, h, mean, square := gaussNewtonDiagonal(t, c, x, batch), make([]float64, n), make([]float64, n), make([]float64, n)
		for k := range uint64(steps) {
			if err := b.BatchGaussNewton(h, x, batch, k); err != nil {
				t.Fatal(err)
			}
			for i, v := range h {
				if !(v >= 0) {
					t.Fatalf("%s: an estimate is %v", name, v)
				}
				mean[i] += v / steps
				square[i] += v * v / steps
			}
		}
		top, off, size := vec.NrmInf(diagonal), 0.0, 0.0
		for i, v := range mean {
			se := math.Sqrt(square[i]-v*v) / math.Sqrt(steps)
			if d := math.Abs(v - diagonal[i]); d > 6*se+1e-3*top {
				t.Errorf("%s: mean %d is %v, %.1f standard errors from %v", name, i, v, d/se, diagonal[i])
				break
			}
			off, size = off+math.Abs(v-diagonal[i]), size+diagonal[i]
		}
		if !(off < 0.1*size) {
			t.Errorf("%s: the means are off by %.2g of the diagonal", name, off/size)
		}
	}
	c := tasks[float64]()["mlp"]
	huber := must(neural.NewBatches(c.model, c.samples, nn.Loss[float64](nn.Huber[float64]{}), neural.BatchOptions{}))
	x, _ := nn.Start[float64](c.model.Layout(), 2)
	if err := huber.BatchGaussNewton(make([]float64, len(x)), x, []int{0}, 0); err == nil || !strings.Contains(err.Error(), "likelihood") {
		t.Errorf("random labels with the Huber loss: %v", err)
	}
	if err := huber.BatchGaussNewton(make([]float64, 2), x, []int{0}, 0); err == nil {
		t.Error("curvatures of too few parameters: no error")
	}
}

// gaussNewtonDiagonal is made of products with the unit vectors.
func gaussNewtonDiagonal(t *testing.T, c task[float64], x []float64, batch []int) []float64 {
	t.Helper()
	n := len(x)
	diagonal, g, e, p := make([]float64, n), make([]float64, n), make([]float64, n), nn.NewPass[float64](c.model.Layout())
	var b nn.Batch[float64]
	c.samples.Fill(&b, batch)
	for i := range diagonal {
		clear(g)
		clear(e)
		e[i] = 1
		p.Begin(x, g, nil, nn.Plain, rng.Stream{})
		out := c.model.Forward(p, &b)
		if err := p.Tape.GaussNewton(grad.Mean(c.loss.Losses(p, out, &b)), out, p.Params(), p.Tangents(e)); err != nil {
			t.Fatal(err)
		}
		diagonal[i] = g[i]
	}
	return diagonal
}
