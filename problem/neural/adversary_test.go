package neural

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/vec"
)

// attacked is a small network with samples of 6 numbers or images of 2 x 4 x 4.
func attacked(t *testing.T, spec nn.Spec, image bool, o BatchOptions) (*Batches[float64], *nn.Samples[float64]) {
	t.Helper()
	shape, n := []int{6}, 9
	if image {
		shape = []int{2, 4, 4}
	}
	r, s := rng.New(1, "attacked"), nn.Samples[float64]{Shape: shape}
	size := 1
	for _, d := range shape {
		size *= d
	}
	for range n * size {
		s.X = append(s.X, r.Norm())
	}
	for i := range n {
		s.Labels = append(s.Labels, i%3)
	}
	samples, err := nn.NewSamples(n, s)
	if err != nil {
		t.Fatal(err)
	}
	m, err := nn.NewModel[float64](spec, nn.Input{Shape: shape, Classes: 3})
	if err != nil {
		t.Fatal(err)
	}
	f, err := NewBatches[float64](m, samples, nn.CrossEntropy[float64]{}, o)
	if err != nil {
		t.Fatal(err)
	}
	return f, samples
}

var (
	smooth     = nn.Spec{Kind: "mlp", Hidden: []int{5, 4}, Activation: "tanh"}
	images     = nn.Spec{Chain: []nn.LayerSpec{{Type: "conv", Out: 3, Kernel: 3, Pad: 1}, {Type: "tanh"}, {Type: "flatten"}, {Type: "linear"}}}
	normalized = nn.Spec{Chain: []nn.LayerSpec{{Type: "linear", Out: 5}, {Type: "batchnorm"}, {Type: "tanh"}, {Type: "linear", Out: 4}, {Type: "batchnorm"}, {Type: "tanh"}, {Type: "linear"}}}
)

// The gradient is the mean of two, with inputs changed along signs of differences of the loss, at older parameters.
func TestAdversaryByDefinition(t *testing.T) {
	const radius = 0.3
	batch := []int{1, 4, 8, 5}
	for name, spec := range map[string]nn.Spec{"mlp": smooth, "images": images} {
		f, s := attacked(t, spec, name == "images", BatchOptions{Adversary: nn.Adversary{Radius: radius}})
		plain, changed := attacked(t, spec, name == "images", BatchOptions{})
		old, _ := nn.Start[float64](f.model.Layout(), 2)
		x, _ := nn.Start[float64](f.model.Layout(), 3)
		if err := f.Attack(f.Start(old), batch, 7); err != nil {
			t.Fatal(err)
		}
		got := make([]float64, f.Dim())
		loss, err := f.BatchGradient(got, x, batch, 7)
		if err != nil {
			t.Fatal(err)
		}

		g, want := make([]float64, len(x)), make([]float64, len(x))
		at := func(g, x []float64) float64 {
			v, err := plain.BatchGradient(g, x, batch, 7)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		mean := at(want, x) / 2
		const h = 1e-5
		low, high, per, clipped := slices.Min(s.X), slices.Max(s.X), len(s.X)/s.Len(), 0
		moved := slices.Clone(s.X)
		for _, i := range batch {
			for k := i * per; k < (i+1)*per; k++ {
				changed.X[k] = s.X[k] + h
				up := at(g, old)
				changed.X[k] = s.X[k] - h
				down := at(g, old)
				changed.X[k] = s.X[k]
				moved[k] = min(max(s.X[k]+math.Copysign(radius, up-down), low), high)
				if moved[k] == low || moved[k] == high {
					clipped++
				}
			}
		}
		copy(changed.X, moved)
		mean += at(g, x) / 2
		vec.Scal(0.5, want)
		vec.Axpy(0.5, g, want)
		if math.Abs(loss-mean) > 1e-13 {
			t.Errorf("%s: loss %v, want %v", name, loss, mean)
		}
		for i, v := range want {
			if math.Abs(got[i]-v) > 1e-13 {
				t.Fatalf("%s: gradient[%d] = %v, want %v", name, i, got[i], v)
			}
		}
		if clipped == 0 || clipped > len(batch)*per/2 {
			t.Errorf("%s: %d of %d numbers at the ends of the range: want some", name, clipped, len(batch)*per)
		}
	}
}

// Batch normalizations of changed inputs have parameters of their own and leave the model's statistics alone.
func TestAdversaryNormalizesApart(t *testing.T) {
	batch := []int{0, 1, 2, 3, 5, 6}
	f, _ := attacked(t, normalized, false, BatchOptions{Adversary: nn.Adversary{Radius: 0.2}})
	plain, _ := attacked(t, normalized, false, BatchOptions{})
	x, _ := nn.Start[float64](f.model.Layout(), 2)
	wide := f.Start(x)
	if len(wide) != len(x)+2*5+2*4 || f.Dim() != len(wide) || len(f.Blocks()) != 10+4 || f.Problem("p").Dim != len(wide) {
		t.Fatalf("%d parameters, %d of the model, %d blocks", len(wide), len(x), len(f.Blocks()))
	}
	g, h := make([]float64, len(wide)), make([]float64, len(x))
	step := func(wide []float64) float64 {
		if err := f.Attack(wide, batch, 1); err != nil {
			t.Fatal(err)
		}
		v, err := f.BatchGradient(g, wide, batch, 1)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	before := step(wide)
	if _, err := plain.BatchGradient(h, x, batch, 1); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(f.State(), plain.State()) {
		t.Errorf("statistics %v, want %v", f.State(), plain.State())
	}
	for _, b := range f.model.Layout().Normalizations() { // half of the gradient of inputs as they are, alone
		for i := b.Offset; i < b.Offset+b.Len(); i++ {
			if math.Abs(g[i]-h[i]/2) > 1e-15 {
				t.Errorf("%s: gradient %v, want %v", b.Name, g[i], h[i]/2)
			}
		}
	}
	at, name := 0, "" // of the parameters of the branch by differences: of which the inputs follow too, but for signs alone
	for _, b := range f.Blocks() {
		n := 1
		for _, d := range b.Shape {
			n *= d
		}
		if at >= len(x) {
			name = b.Name
			if !strings.HasPrefix(name, "adversary.") {
				t.Errorf("block %q", name)
			}
			for i := at; i < at+n; i++ {
				const e = 1e-6
				want := slices.Clone(g)
				other := slices.Clone(wide)
				other[i] += e
				up := step(other)
				other[i] -= 2 * e
				down := step(other)
				copy(g, want)
				if math.Abs(g[i]-(up-down)/(2*e)) > 1e-8 || g[i] == 0 {
					t.Errorf("%s: gradient %v, by differences %v", name, g[i], (up-down)/(2*e))
				}
			}
		}
		at += n
	}
	if name == "" {
		t.Error("no blocks of the branch")
	}
	if a := f.adversary; slices.Equal(a.inputs, f.batch.X) {
		t.Error("inputs are not changed")
	}
	if after := step(wide); after != before {
		t.Errorf("loss %v, and %v again", before, after)
	}
	// the score is that of the model
	if err := f.Keep(f.samples); err != nil {
		t.Fatal(err)
	}
	wide[len(wide)-1] = 100
	loss, _, err := f.Apart(wide)
	if err != nil {
		t.Fatal(err)
	}
	if v := f.Value(wide); v != loss {
		t.Errorf("value %v, loss apart of the same samples %v", v, loss)
	}
	wide[len(wide)-1] = 0
	if v := f.Value(wide); v != loss {
		t.Errorf("value %v, with other parameters of the branch %v", v, loss)
	}
}

// Random signs change all numbers that those of the gradient do, by as much, and are others in other steps.
func TestAdversaryAtRandom(t *testing.T) {
	const radius = 0.01
	batch := []int{0, 1, 2, 3, 4, 5, 6, 7, 8}
	changes := func(random bool, step uint64) []float64 {
		f, _ := attacked(t, smooth, false, BatchOptions{Adversary: nn.Adversary{Radius: radius, Random: random}})
		x, _ := nn.Start[float64](f.model.Layout(), 2)
		if err := f.Attack(x, batch, step); err != nil {
			t.Fatal(err)
		}
		a, d := f.adversary, slices.Clone(f.adversary.inputs)
		vec.Axpy(-1, f.batch.X, d)
		for i, v := range d {
			if end := a.inputs[i] == a.low || a.inputs[i] == a.high; math.Abs(v) > radius+1e-15 || !end && math.Abs(v) < radius-1e-15 {
				t.Errorf("a change by %v: want %v, or less at an end of the range", v, radius)
			}
		}
		return d
	}
	along, random, other := changes(false, 3), changes(true, 3), changes(true, 4)
	same, again := 0, 0
	for i, d := range random {
		if d > 0 == (along[i] > 0) {
			same++
		}
		if d > 0 == (other[i] > 0) {
			again++
		}
	}
	if n := len(random); same < n/4 || same > n*3/4 || again < n/4 || again > n*3/4 {
		t.Errorf("%d of %d signs are those of the gradient, %d those of another step", same, n, again)
	}
	if !slices.Equal(random, changes(true, 3)) {
		t.Error("one step, two attacks")
	}
}

// Dropout and augmentation are the same for both kinds of inputs: of a tiny radius the gradient is that of plain training.
func TestAdversaryOfRandomSteps(t *testing.T) {
	spec := nn.Spec{Chain: append([]nn.LayerSpec{{Type: "dropout", Rate: 0.3}}, images.Chain...)}
	o := BatchOptions{Augment: nn.Augment{Shift: 1, Flip: true}, Seed: 4}
	plain, _ := attacked(t, spec, true, o)
	o.Adversary.Radius = 1e-13
	f, _ := attacked(t, spec, true, o)
	x, _ := nn.Start[float64](f.model.Layout(), 2)
	g, h, batch := make([]float64, len(x)), make([]float64, len(x)), []int{3, 1, 7}
	if err := f.Attack(x, batch, 5); err != nil {
		t.Fatal(err)
	}
	v, err := f.BatchGradient(g, x, batch, 5)
	if err != nil {
		t.Fatal(err)
	}
	w, err := plain.BatchGradient(h, x, batch, 5)
	if err != nil || math.Abs(v-w) > 1e-11 {
		t.Errorf("loss %v, want %v, %v", v, w, err)
	}
	for i := range g {
		if math.Abs(g[i]-h[i]) > 1e-11 {
			t.Fatalf("gradient[%d] = %v, want %v", i, g[i], h[i])
		}
	}
	if f.Identity() == plain.Identity() {
		t.Error("the adversary is no part of the identity")
	}
}

func TestAdversaryAllocates(t *testing.T) {
	f, _ := attacked(t, normalized, false, BatchOptions{Adversary: nn.Adversary{Radius: 0.2}})
	x, _ := nn.Start[float64](f.model.Layout(), 2)
	x = f.Start(x)
	g, batch, step := make([]float64, len(x)), []int{0, 4, 2}, uint64(0)
	run := func() {
		if err := f.Attack(x, batch, step); err != nil {
			t.Fatal(err)
		}
		if _, err := f.BatchGradient(g, x, batch, step); err != nil {
			t.Fatal(err)
		}
		step++
	}
	run()
	if n := testing.AllocsPerRun(10, run); n > 0 {
		t.Errorf("%v allocations in a step", n)
	}
}

// deaf is a model that does not take its numbers by Pass.Input.
type deaf struct{ nn.Model[float64] }

func (m deaf) Forward(p *nn.Pass[float64], b *nn.Batch[float64]) *grad.Tensor[float64] {
	return grad.LinearT(p.Tape.Input(b.X, b.Shape...), p.Params()[0], p.Params()[1])
}

func TestAdversaryRefuses(t *testing.T) {
	linear := nn.Spec{Kind: "mlp", Hidden: []int{}}
	plain, s := attacked(t, linear, false, BatchOptions{})
	f, _ := attacked(t, linear, false, BatchOptions{Adversary: nn.Adversary{Radius: 0.1}})
	other, err := NewBatches[float64](deaf{f.model}, s, nn.CrossEntropy[float64]{}, BatchOptions{Adversary: nn.Adversary{Radius: 0.1}})
	if err != nil {
		t.Fatal(err)
	}
	x, _ := nn.Start[float64](f.model.Layout(), 2)
	g, batch := make([]float64, len(x)), []int{0, 1}
	gradient := func(batch []int, step uint64) error {
		_, err := f.BatchGradient(g, x, batch, step)
		return err
	}
	options := func(a nn.Adversary) error {
		_, err := NewBatches[float64](f.model, s, nn.CrossEntropy[float64]{}, BatchOptions{Adversary: a})
		return err
	}
	tokens, err := nn.NewSamples(1, nn.Samples[float64]{Context: 1, Tokens: []int{0}, Labels: []int{0}})
	if err != nil {
		t.Fatal(err)
	}
	_, noNumbers := NewBatches[float64](f.model, tokens, nn.CrossEntropy[float64]{}, BatchOptions{Adversary: nn.Adversary{Radius: 0.1}})
	early := gradient(batch, 0)
	if err := f.Attack(x, batch, 3); err != nil || gradient(batch, 3) != nil || gradient(batch, 3) != nil {
		t.Fatal("an attack serves all gradients of its step", err)
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{early, "attack on the same batch in the same step"}, {gradient(batch, 4), "of step 4"}, {gradient([]int{1, 0}, 3), "attack on the same batch"},
		{plain.Attack(x, batch, 0), "without an adversary"}, {f.Attack(x[1:], batch, 0), "parameters"}, {f.Attack(x, []int{9}, 0), "example 9"},
		{other.Attack(x, batch, 0), "Pass.Input"}, {f.BatchCurvature(g, x, batch, 0), "curvatures"}, {f.BatchGaussNewton(g, x, batch, 0), "curvatures"}, {f.ExampleMoments(make([]float64, len(batch)), nil, x, g, batch, 0), "single examples"}, {noNumbers, "without numbers"},
		{options(nn.Adversary{Radius: -1}), "radius -1"}, {options(nn.Adversary{Delay: 1}), "radius 0"}, {options(nn.Adversary{Radius: 1, Delay: 65}), "delay 65"},
		{options(nn.Adversary{Radius: math.NaN()}), "radius NaN"}, {options(nn.Adversary{Radius: math.Inf(1)}), "radius +Inf"}, {options(nn.Adversary{Radius: 1, Delay: -1}), "delay -1"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%v: want one about %q", c.err, c.want)
		}
	}
}
