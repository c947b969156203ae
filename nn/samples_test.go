package nn

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/godescent/descent/internal/checkpoint"
	"github.com/godescent/descent/rng"
)

func images(t testing.TB) *Samples[float32] {
	x := make([]float32, 5*2*3*4)
	for i := range x {
		x[i] = float32(i)
	}
	s, err := NewSamples(5, Samples[float32]{Shape: []int{2, 3, 4}, X: x, Labels: []int{0, 1, 2, 3, 4}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestFillAndCut(t *testing.T) {
	s := images(t)
	var b, c Batch[float32]
	s.Fill(&b, []int{3, 1, 3})
	if !slices.Equal(b.Shape, []int{3, 2, 3, 4}) || !slices.Equal(b.Labels, []int{3, 1, 3}) || b.X[0] != 72 || b.X[24] != 24 || b.X[48] != 72 {
		t.Errorf("batch of 3, 1, 3: shape %v, labels %v", b.Shape, b.Labels)
	}
	s.Cut(&c, 1, 3)
	if !slices.Equal(c.Shape, []int{2, 2, 3, 4}) || !slices.Equal(c.X, s.X[24:72]) || &c.X[0] != &s.X[24] {
		t.Errorf("examples 1 and 2: shape %v: want views of them", c.Shape)
	}
	if a := testing.AllocsPerRun(10, func() { s.Fill(&b, []int{4, 2}) }); a > 0 {
		t.Errorf("a batch allocates %v times", a)
	}
}

func TestText(t *testing.T) {
	s, err := Text[float64]([]int{0, 1, 2, 3, 4, 5, 6}, 3, 2)
	if err != nil {
		t.Fatal(err)
	}
	if s.Len() != 2 || !slices.Equal(s.Tokens, []int{0, 1, 2, 2, 3, 4}) || !slices.Equal(s.Labels, []int{1, 2, 3, 3, 4, 5}) {
		t.Errorf("%d windows %v with labels %v", s.Len(), s.Tokens, s.Labels)
	}
	for _, c := range [][3]int{{3, 3, 1}, {7, 0, 1}, {7, 3, 0}} {
		if _, err := Text[float64](make([]int, c[0]), c[1], c[2]); err == nil {
			t.Errorf("%d tokens in windows of %d, %d apart: no error", c[0], c[1], c[2])
		}
	}
}

func TestSamplesRefused(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for name, c := range map[string]struct {
		n    int
		s    Samples[float64]
		want string
	}{
		"none":         {0, Samples[float64]{}, "at least 1"},
		"no inputs":    {1, Samples[float64]{Labels: []int{0}}, "want inputs"},
		"length":       {2, Samples[float64]{Shape: []int{2}, X: make([]float64, 3), Labels: []int{0, 1}}, "want 4"},
		"shape":        {2, Samples[float64]{Shape: []int{-1, -2}, X: make([]float64, 4), Labels: []int{0, 1}}, "at least 1"},
		"labels":       {2, Samples[float64]{Shape: []int{1}, X: make([]float64, 2), Labels: []int{0, 1, 2}}, "multiples of 2"},
		"both":         {1, Samples[float64]{Shape: []int{1}, X: make([]float64, 1), Labels: []int{0}, Targets: []float64{1}}, "one of the two"},
		"neither":      {1, Samples[float64]{Shape: []int{1}, X: make([]float64, 1)}, "one of the two"},
		"NaN pixel":    {2, Samples[float64]{Shape: []int{1, 2, 2}, X: []float64{1, 2, 3, 4, 5, 6, nan, 8}, Labels: []int{0, 1}}, "sample 1: input [0 1 0] is NaN"},
		"Inf target":   {2, Samples[float64]{Shape: []int{1}, X: make([]float64, 2), Targets: []float64{1, 2, 3, inf}}, "sample 1: target [1] is +Inf"},
		"bad label":    {3, Samples[float64]{Shape: []int{1}, X: make([]float64, 3), Labels: []int{0, 1, -2}}, "sample 2: label 0 is -2"},
		"bad token":    {2, Samples[float64]{Context: 2, Tokens: []int{0, 1, 2, -1}, Labels: []int{0, 1}}, "sample 1: token 1 is -1"},
		"token number": {2, Samples[float64]{Context: 2, Tokens: []int{0, 1, 2}, Labels: []int{0, 1}}, "want 4"},
	} {
		if _, err := NewSamples(c.n, c.s); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v: want an error with %q", name, err, c.want)
		}
	}
}

func TestLoader(t *testing.T) {
	l, err := NewLoader(10, 4, rng.New(3, "loader"))
	if err != nil {
		t.Fatal(err)
	}
	var orders [][]int
	for range 3 {
		var epoch []int
		for k := range l.Batches() {
			b := l.Next()
			if want := []int{4, 4, 2}[k]; len(b) != want {
				t.Fatalf("batch %d has %d examples: want %d", k, len(b), want)
			}
			epoch = append(epoch, b...)
		}
		orders = append(orders, slices.Clone(epoch))
		slices.Sort(epoch)
		for i, v := range epoch {
			if i != v {
				t.Fatalf("an epoch deals out %v: want each example once", epoch)
			}
		}
	}
	if slices.Equal(orders[0], orders[1]) || slices.Equal(orders[1], orders[2]) {
		t.Errorf("epochs have the same order: %v", orders)
	}
	if a := testing.AllocsPerRun(20, func() { l.Next() }); a > 0 {
		t.Errorf("a batch allocates %v times", a)
	}
	for _, c := range [][2]int{{0, 1}, {3, 4}, {3, 0}} {
		if _, err := NewLoader(c[0], c[1], rng.Stream{}); err == nil {
			t.Errorf("batches of %d of %d: no error", c[1], c[0])
		}
	}
}

// A loader that gets the saved position of another goes on as it does, wherever it was cut.
func TestLoaderResume(t *testing.T) {
	for cut := range 9 {
		l, err := NewLoader(10, 4, rng.New(3, "loader"))
		if err != nil {
			t.Fatal(err)
		}
		for range cut {
			l.Next()
		}
		saved, err := checkpoint.Marshal(&l.Position)
		if err != nil {
			t.Fatal(err)
		}
		again, err := NewLoader(10, 4, rng.New(99, "another"))
		if err != nil {
			t.Fatal(err)
		}
		r, err := checkpoint.NewReader(saved)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Next(&again.Position); err != nil {
			t.Fatal(err)
		}
		for k := range 7 {
			if a, b := l.Next(), again.Next(); !slices.Equal(a, b) {
				t.Fatalf("cut after %d batches: batch %d is %v, resumed %v", cut, k, a, b)
			}
		}
	}
}

func TestAugment(t *testing.T) {
	x := []float64{1, 2, 3, 4, 5, 6}
	for _, c := range []struct {
		dy, dx int
		want   []float64
	}{
		{0, 0, []float64{1, 2, 3, 4, 5, 6}}, {1, 0, []float64{0, 0, 0, 1, 2, 3}}, {-1, 0, []float64{4, 5, 6, 0, 0, 0}},
		{0, 1, []float64{0, 1, 2, 0, 4, 5}}, {0, -1, []float64{2, 3, 0, 5, 6, 0}}, {1, 2, []float64{0, 0, 0, 0, 0, 1}}, {-1, -2, []float64{6, 0, 0, 0, 0, 0}},
	} {
		y := slices.Clone(x)
		shift(y, 2, 3, c.dy, c.dx)
		if !slices.Equal(y, c.want) {
			t.Errorf("shift by %d, %d: %v: want %v", c.dy, c.dx, y, c.want)
		}
	}
	y := slices.Clone(x)
	mirror(y, 3)
	if !slices.Equal(y, []float64{3, 2, 1, 6, 5, 4}) {
		t.Errorf("mirrored: %v", y)
	}
	s := images(t)
	var a, b Batch[float32]
	idx := []int{0, 1, 2, 3, 4}
	s.Fill(&a, idx)
	s.Fill(&b, idx)
	r1, r2 := rng.New(1, "augment"), rng.New(1, "augment")
	AugmentBatch(Augment{Shift: 1, Flip: true}, &a, &r1)
	if slices.Equal(a.X, b.X) {
		t.Error("augmentation changes nothing")
	}
	AugmentBatch(Augment{Shift: 1, Flip: true}, &b, &r2)
	if !slices.Equal(a.X, b.X) {
		t.Error("augmentation is no function of the stream")
	}
	for _, c := range []Augment{{Shift: 3}, {Shift: -1}} {
		if c.Check(s.Shape) == nil {
			t.Errorf("%+v of images 3 x 4: no error", c)
		}
	}
	if (Augment{Flip: true}).Check([]int{64}) == nil || (Augment{}).Check([]int{64}) != nil {
		t.Error("augmentation of features: want an error for a flip, none for nothing")
	}
}
