package train

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/godescent/descent"
	"github.com/godescent/descent/data"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/method/stochastic"
	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/rule"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// plan has the digits for a model.
func plan(t *testing.T, spec nn.Spec, seed uint64) *Plan {
	t.Helper()
	set := must(data.Load("digits", data.Options{}))
	n, _ := set.X.Dims()
	learn, apart := Split(n, 0.25)
	e := must(Learn(set, learn, EncodeOptions{Images: spec.Kind != "mlp"}))
	return &Plan{
		Name: "digits", Spec: spec, Encoding: e, Samples: must(e.Samples(set, learn)), Apart: must(e.Samples(set, apart)),
		Method: stochastic.Train{Rate: 3e-3, Batch: 64}, Seed: seed,
	}
}

// A network keeps all that it says through its file; other seeds are other networks.
func TestNetworkFile(t *testing.T) {
	for _, spec := range []nn.Spec{{Kind: "mlp", Hidden: []int{32}}, {Kind: "resnet", Widths: []int{8, 16}, Blocks: 1}} {
		p := plan(t, spec, 1)
		n, r, err := p.Run(context.Background(), descent.Options{MaxIter: 4})
		if err != nil {
			t.Fatal(err)
		}
		before := must(n.Judge(p.Apart))
		if r.Status != descent.Limit || !(before.Accuracy > 0.85) || math.Abs(before.Loss-r.Series[2].Values[3]) > 1e-6 || before.N != p.Apart.Len() {
			t.Errorf("%s: %s, %+v, series %v", spec.Kind, r.Status, before, r.Series)
		}
		if train := must(n.Judge(p.Samples)); math.Abs(train.Loss-r.Value) > 1e-6 {
			t.Errorf("%s: loss %v, the result has %v", spec.Kind, train.Loss, r.Value)
		}
		n.Training = Training{Rule: "adamw", Epochs: 4, LossApart: &before.Loss}
		var file bytes.Buffer
		if err := n.Save(&file); err != nil {
			t.Fatal(err)
		}
		if !IsNetwork(file.Bytes()) || IsNetwork([]byte("{\n  \"format\"")) {
			t.Error("files are not told apart")
		}
		m := must(Load(bytes.NewReader(file.Bytes())))
		if after := must(m.Judge(p.Apart)); after.Loss != before.Loss || *m.Training.LossApart != before.Loss || m.Training.Epochs != 4 {
			t.Errorf("%s: %+v after loading, %+v before", spec.Kind, after, before)
		}
		other, _, err := plan(t, spec, 2).Run(context.Background(), descent.Options{MaxIter: 1})
		if err != nil {
			t.Fatal(err)
		}
		if slices.Equal(other.X, n.X) {
			t.Error("two seeds give one network")
		}
	}
}

// With an adversary a network has the parameters of its model alone, and a run that is left goes on bit for bit.
func TestAdversary(t *testing.T) {
	spec := nn.Spec{Chain: []nn.LayerSpec{{Type: "flatten"}, {Type: "linear", Out: 16}, {Type: "batchnorm"}, {Type: "relu"}, {Type: "linear"}}}
	run := func(a nn.Adversary, opt descent.Options) (*Network, *descent.Result) {
		p := plan(t, spec, 1)
		p.Adversary, p.Method.Batch = a, 337
		n, r, err := p.Run(context.Background(), opt)
		if err != nil {
			t.Fatal(err)
		}
		return n, r
	}
	late := nn.Adversary{Radius: 0.1, Delay: 3}
	whole, result := run(late, descent.Options{MaxIter: 5})
	if n := whole.Model.Layout().Dim(); len(whole.X) != n || len(result.X) != n+2*16 || len(whole.State) != 2*16 {
		t.Errorf("%d and %d parameters, a state of %d numbers: the model has %d parameters", len(whole.X), len(result.X), len(whole.State), n)
	}
	if s := must(whole.Judge(plan(t, spec, 1).Apart)); math.Abs(s.Loss-result.Series[2].Values[4]) > 1e-6 {
		t.Errorf("loss %v, the series has %v", s.Loss, result.Series[2].Values)
	}
	for k := 1; k < 5; k++ {
		_, part := run(late, descent.Options{MaxIter: k})
		rest, r := run(late, descent.Options{MaxIter: 5, Resume: part.Checkpoint})
		if !slices.Equal(r.X, result.X) || !slices.Equal(rest.State, whole.State) {
			t.Errorf("resumed after %d epochs: another network", k)
		}
	}
	for _, a := range []nn.Adversary{{}, {Radius: 0.1}, {Radius: 0.2, Delay: 3}} {
		if other, _ := run(a, descent.Options{MaxIter: 5}); slices.Equal(other.X, whole.X) {
			t.Errorf("%+v: the network of %+v", a, late)
		}
	}
	p := plan(t, spec, 1)
	p.Adversary = late
	if _, rate, err := p.FindRate(context.Background()); err != nil || !(rate > 1e-5 && rate < 1) {
		t.Errorf("rate %v, %v", rate, err)
	}
}

// A run goes on with its own model alone, though others have the same parameters.
func TestResumeRefuses(t *testing.T) {
	spec := nn.Spec{Kind: "mlp", Hidden: []int{8}}
	_, r, err := plan(t, spec, 1).Run(context.Background(), descent.Options{MaxIter: 1})
	if err != nil {
		t.Fatal(err)
	}
	again := descent.Options{MaxIter: 2, Resume: r.Checkpoint}
	if _, _, err := plan(t, spec, 1).Run(context.Background(), again); err != nil {
		t.Error(err)
	}
	for what, change := range map[string]func(*nn.Spec){
		"activation": func(s *nn.Spec) { s.Activation = "tanh" },
		"dropout":    func(s *nn.Spec) { s.Dropout = 0.5 },
		"tract":      func(s *nn.Spec) { s.TrAct = 0.1 },
	} {
		other := spec
		change(&other)
		if _, _, err := plan(t, other, 1).Run(context.Background(), again); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v: want an error that names it", what, err)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	n, _, err := plan(t, nn.Spec{Kind: "mlp", Hidden: []int{4}}, 1).Run(context.Background(), descent.Options{MaxIter: 1})
	if err != nil {
		t.Fatal(err)
	}
	file := func(change func(d map[string]any)) []byte {
		text := must(json.Marshal(description{Format, n.Spec, n.Encoding, n.Loss, n.Training}))
		var d map[string]any
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatal(err)
		}
		change(d)
		var b bytes.Buffer
		if err := nn.Save(&b, n.Model.Layout(), n.X, n.State, map[string]string{metadataKey: string(must(json.Marshal(d)))}); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	whole := file(func(map[string]any) {})
	var plain bytes.Buffer
	if err := nn.Save(&plain, n.Model.Layout(), n.X, n.State, nil); err != nil {
		t.Fatal(err)
	}
	encoding := func(key string, v any) []byte {
		return file(func(d map[string]any) { d["encoding"].(map[string]any)[key] = v })
	}
	for what, c := range map[string]struct {
		file []byte
		want string
	}{
		"cut":         {whole[:len(whole)-5], "ends before"},
		"other":       {plain.Bytes(), "without the metadata"},
		"format":      {file(func(d map[string]any) { d["format"] = "descent-network/9" }), "descent-network/9"},
		"no shape":    {encoding("shape", []int{}), "shape []"},
		"huge shape":  {encoding("shape", []int{1 << 40}), "shape"},
		"other shape": {encoding("shape", []int{63}), "scales"},
		"shifts":      {encoding("shift", []float64{1, 2}), "2 shifts"},
		"no answers":  {encoding("classes", []string{}), "want classes"},
		"classes":     {encoding("classes", []string{"a", "b"}), "shape"},
		"context":     {encoding("alphabet", "ab"), "context"},
		"names":       {encoding("features", []string{"a", "b"}), "2 names of features"},
		"targets": {file(func(d map[string]any) {
			e := d["encoding"].(map[string]any)
			delete(e, "classes")
			e["target_shift"], e["target_scale"], d["loss"] = make([]int, 10), make([]int, 10), "mse"
		}), "1 targets with 10 shifts"},
		"apart": {file(func(d map[string]any) { d["training"].(map[string]any)["apart"] = 2 }), "a share of 2"},
		"loss":  {file(func(d map[string]any) { d["loss"] = "mse" }), "loss mse"},
		"model": {file(func(d map[string]any) { d["model"].(map[string]any)["kind"] = "rnn" }), "rnn"},
		"units": {file(func(d map[string]any) { d["model"].(map[string]any)["hidden"] = []int{5} }), "shape"},
		"empty": {nil, "8 bytes"},
	} {
		if _, err := Load(bytes.NewReader(c.file)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v: want an error with %q", what, err, c.want)
		}
	}
}

// table is a set of two columns, of which the second is constant.
func table(y ...float64) *data.Set {
	x := make([]float64, 2*len(y))
	for i := range y {
		x[2*i], x[2*i+1] = float64(i), 7
	}
	return &data.Set{Name: "table", X: must(linalg.NewDense(len(y), 2, x)), Y: y}
}

func TestLearn(t *testing.T) {
	s := table(1, 0, 1, 0, 5)
	rows := []int{0, 2, 4}
	e := must(Learn(s, rows, EncodeOptions{}))
	if !slices.Equal(e.Classes, []string{"0", "1", "5"}) || e.TargetShift != nil || !slices.Equal(e.Shape, []int{2}) {
		t.Errorf("%+v", e)
	}
	x := must(e.Samples(s, []int{0, 4, 1}))
	sd := float32(math.Sqrt(8.0 / 3)) // of 0, 2, 4, which it learned from
	if want := []float32{-2 / sd, 0, 2 / sd, 0, -1 / sd, 0}; !near(x.X, want) || !slices.Equal(x.Labels, []int{1, 2, 0}) {
		t.Errorf("inputs %v, want %v; labels %v", x.X, want, x.Labels)
	}
	e = must(Learn(s, rows, EncodeOptions{Regression: true, Scale: ScaleNone}))
	x = must(e.Samples(s, rows))
	if e.Classes != nil || !near(x.X, []float32{0, 7, 2, 7, 4, 7}) || math.Abs(e.Decode(0, x.Targets[2])-5) > 1e-6 || math.Abs(float64(x.Targets[0]+x.Targets[1]+x.Targets[2])) > 1e-6 {
		t.Errorf("%+v, inputs %v, targets %v", e, x.X, x.Targets)
	}
	e = must(Learn(s, rows, EncodeOptions{Scale: ScaleWhole}))
	if len(e.Shift) != 1 || math.Abs(e.Shift[0]-4.5) > 1e-12 || math.Abs(e.Scale[0]-1/math.Sqrt((4+16+49*3)/6.0+4.0*4/6-4.5*4.5-16/6.0)) > 1e-9 {
		mean, square := 4.5, (0.0+4+16+3*49)/6
		t.Errorf("shift %v, scale %v: want %v and %v", e.Shift, e.Scale, mean, 1/math.Sqrt(square-mean*mean))
	}
	far := table(1, 0, 1, 0)
	for i := range 4 {
		far.X.(*linalg.Dense).Data[2*i], far.X.(*linalg.Dense).Data[2*i+1] = 1e8+float64(i), 1e8+float64(i)
	}
	if e := must(Learn(far, []int{0, 1, 2, 3}, EncodeOptions{Scale: ScaleWhole})); math.Abs(e.Scale[0]-1/math.Sqrt(1.25)) > 1e-6 {
		t.Errorf("numbers around 1e8: scale %v, want %v", e.Scale[0], 1/math.Sqrt(1.25))
	}
	if e := must(Learn(table(1.5, 2.5, 1.5), []int{0, 1, 2}, EncodeOptions{})); e.Classes != nil {
		t.Error("fractions are taken for classes")
	}
	if e := must(Learn(table(1.5, 2.5, 1.5), []int{0, 1, 2}, EncodeOptions{Classes: true})); !slices.Equal(e.Classes, []string{"1.5", "2.5"}) {
		t.Errorf("classes %v", e.Classes)
	}
	many := make([]float64, 60)
	for i := range many {
		many[i] = float64(i % 30)
	}
	if e := must(Learn(table(many...), []int{0, 1}, EncodeOptions{})); e.Classes != nil {
		t.Error("30 whole numbers are taken for classes")
	}
	constant := must(Learn(table(3, 3.5, 3), []int{0, 2}, EncodeOptions{}))
	if x := must(constant.Samples(table(3, 3.5, 3), []int{0, 1, 2})); x.Targets[1] != 0 || constant.Decode(0, 9) != 3 {
		t.Error("a constant target is not its constant")
	}
}

// A sparse matrix gives the rows of the dense one, with or without values of its own.
func TestSparseRows(t *testing.T) {
	sparse, dense := table(0, 1, 0, 1), table(0, 1, 0, 1)
	ptr, cols := []int{0, 1, 1, 3, 4}, []int32{1, 0, 1, 0}
	for _, values := range [][]float64{nil, {2, 3, 4, 5}} {
		sparse.X = must(linalg.NewCSR(4, 2, ptr, cols, values))
		x := make([]float64, 8)
		for i := range 4 {
			for k := ptr[i]; k < ptr[i+1]; k++ {
				x[2*i+int(cols[k])] = 1
				if values != nil {
					x[2*i+int(cols[k])] = values[k]
				}
			}
		}
		dense.X = must(linalg.NewDense(4, 2, x))
		rows := []int{0, 1, 2, 3}
		a, b := must(Learn(sparse, rows, EncodeOptions{})), must(Learn(dense, rows, EncodeOptions{}))
		if got, want := must(a.Samples(sparse, rows)), must(b.Samples(dense, rows)); !slices.Equal(got.X, want.X) || want.X[0] == want.X[2] && want.X[1] == want.X[3] {
			t.Errorf("values %v: %v, want %v", values, got.X, want.X)
		}
	}
}

func near(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool { return math.Abs(float64(x-y)) < 1e-6 })
}

// Images may come with their channels last: pixel (i, j) of channel c is at (c, i, j) then.
func TestShapes(t *testing.T) {
	s := table(0, 1, 0, 1)
	s.X = must(linalg.NewDense(4, 5*2*3, make([]float64, 4*30)))
	s.X.(*linalg.Dense).Data[3*(2*4+1)+2] = 1 // (4, 1), channel 2
	for what, c := range map[string]struct {
		shape []int
		o     EncodeOptions
		want  []int
		last  bool
	}{
		"last":   {[]int{5, 2, 3}, EncodeOptions{}, []int{3, 5, 2}, true},
		"first":  {[]int{3, 5, 2}, EncodeOptions{}, []int{3, 5, 2}, false},
		"grey":   {[]int{5, 6}, EncodeOptions{}, []int{1, 5, 6}, false},
		"stated": {[]int{5, 6}, EncodeOptions{Shape: []int{2, 15}}, []int{2, 15}, false},
		"flat":   {nil, EncodeOptions{}, []int{30}, false},
	} {
		s.Shape = c.shape
		e, err := Learn(s, []int{0, 1}, c.o)
		if err != nil || !slices.Equal(e.Shape, c.want) || e.LastAxis != c.last {
			t.Errorf("%s: %+v, %v", what, e, err)
		}
	}
	s.Shape = []int{5, 2, 3}
	e := must(Learn(s, []int{0, 1}, EncodeOptions{Scale: ScaleNone}))
	if x := must(e.Samples(s, []int{0})); x.X[2*10+4*2+1] != 1 {
		t.Errorf("channels last: %v", x.X)
	}
	for what, o := range map[string]EncodeOptions{"size": {Shape: []int{31}}, "rank": {Shape: []int{1, 1, 30, 1}}, "zero": {Shape: []int{0}}, "scale": {Scale: "log"}} {
		if _, err := Learn(s, []int{0}, o); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	s.Shape = nil
	if _, err := Learn(s, []int{0}, EncodeOptions{Images: true}); err == nil || !strings.Contains(err.Error(), "no square images") {
		t.Errorf("images of 30 numbers: %v", err)
	}
}

func TestLearnRefuses(t *testing.T) {
	text := table(0, 1, 0)
	text.Classes = []string{"a", "b"}
	weighted := table(0, 1, 0)
	weighted.Weights = []float64{1, 2, 3}
	two := table(0, 1, 0)
	two.Y, two.Targets = append(two.Y, 1, 2, 3), []string{"a", "b"}
	none := table(0, 1)
	none.Y = nil
	bare := table(0, 1, 0)
	bare.X = must(linalg.NewCSR(3, 0, make([]int, 4), nil, nil))
	large := table(0, 1, 0)
	large.X.(*linalg.Dense).Data[3] = 1e200
	for what, c := range map[string]struct {
		s    *data.Set
		o    EncodeOptions
		want string
	}{
		"no target": {none, EncodeOptions{}, "no target"},
		"no column": {bare, EncodeOptions{}, "no features"},
		"large":     {large, EncodeOptions{}, "column 2 are too large"},
		"whole":     {large, EncodeOptions{Scale: ScaleWhole}, "column 2 are too large"},
		"target":    {table(1.5, 1e200, 0), EncodeOptions{}, "target 1 are too large"},
		"weights":   {weighted, EncodeOptions{}, "weights"},
		"text":      {text, EncodeOptions{Regression: true}, "text"},
		"two":       {two, EncodeOptions{Classes: true}, "2 targets of classes"},
		"one class": {table(1, 1, 1), EncodeOptions{}, "1 classes"},
		"all":       {table(1.5, 2.5, 3.5, 4.5), EncodeOptions{Classes: true}, "4 classes in 4 rows"},
	} {
		if _, err := Learn(c.s, []int{0, 1}, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v: want an error with %q", what, err, c.want)
		}
	}
	if e := must(Learn(two, []int{0, 1, 2}, EncodeOptions{})); len(e.TargetShift) != 2 || e.TargetShift[1] != 2 {
		t.Errorf("two targets: %+v", e)
	} else if x := must(e.Samples(two, []int{2})); math.Abs(e.Decode(1, x.Targets[1])-3) > 1e-6 {
		t.Errorf("targets %v", x.Targets)
	} else if _, err := e.Samples(table(1, 2, 3), []int{0}); err == nil {
		t.Error("one target for a model of two: no error")
	}
	e := must(Learn(table(0, 1, 0, 1), []int{0, 1}, EncodeOptions{}))
	if _, err := e.Samples(table(0, 2, 0), []int{1}); err == nil || !strings.Contains(err.Error(), "row 2 is 2") {
		t.Errorf("an unknown class: %v", err)
	}
	if x, err := e.Samples(none, []int{0, 1}); err != nil || !slices.Equal(x.Labels, []int{0, 0}) {
		t.Errorf("without a target: %v, %v", x, err)
	}
}

// Splits are the same every time, and all rows are in one of the two.
func TestSplit(t *testing.T) {
	learn, apart := Split(1000, 0.1)
	if len(learn) != 900 || len(apart) != 100 || !slices.IsSorted(learn) || !slices.IsSorted(apart) {
		t.Fatalf("%d and %d rows", len(learn), len(apart))
	}
	all := append(slices.Clone(learn), apart...)
	slices.Sort(all)
	for i, v := range all {
		if i != v {
			t.Fatalf("row %d is missing", i)
		}
	}
	if a, b := Split(1000, 0.1); !slices.Equal(a, learn) || !slices.Equal(b, apart) || apart[99]-apart[0] < 900 {
		t.Errorf("another split, or one that is not spread: %v", apart)
	}
	if _, none := Split(5, 0); len(none) != 0 {
		t.Errorf("%v kept apart of nothing", none)
	}
}

// The values are those of scipy.stats.binomtest(k, n).proportion_ci(method="wilson").
func TestWilson(t *testing.T) {
	for _, c := range []struct {
		p      float64
		n      int
		lo, hi float64
	}{{0.5, 10, 0.236593090512564, 0.763406909487436}, {0, 20, 0, 0.161125158052819}, {1, 20, 0.838874841947181, 1}, {0.9, 200, 0.8505941875672824, 0.9343295513309041}} {
		if lo, hi := Wilson(c.p, c.n); math.Abs(lo-c.lo) > 1e-6 || math.Abs(hi-c.hi) > 1e-6 {
			t.Errorf("%v of %d: %v to %v, want %v to %v", c.p, c.n, lo, hi, c.lo, c.hi)
		}
	}
}

// The search finds a rate that trains, for rules whose rates differ by orders of magnitude, and says
// so where nothing can be learned.
func TestFindRate(t *testing.T) {
	for name, r := range map[string]rule.Rule{
		"sgd": rule.SGD{Momentum: 0.9}, "adamw": nil, "lion": rule.Lion{}, "muon": rule.Muon{}, "sophia": rule.Sophia{}, "sophia-g": rule.Sophia{GaussNewton: true}, "sam": rule.SAM{Rule: rule.SGD{}},
	} {
		p := plan(t, nn.Spec{Kind: "mlp", Hidden: []int{32}}, 1)
		p.Method = stochastic.Train{Rule: r, Batch: 32}
		points, rate, err := p.FindRate(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if len(points) > 141 || points[0].Rate != 1e-6 || !(rate > 1e-5 && rate < 1) {
			t.Errorf("%s: %d points, rate %v", name, len(points), rate)
		}
		p.Method.Rate = rate
		n, _, err := p.Run(context.Background(), descent.Options{MaxIter: 3})
		if err != nil {
			t.Fatal(err)
		}
		if s := must(n.Judge(p.Apart)); s.Accuracy < 0.85 {
			t.Errorf("%s: accuracy %v at rate %v", name, s.Accuracy, rate)
		}
	}
	points := func(m stochastic.Train) []RatePoint {
		p := plan(t, nn.Spec{Kind: "mlp", Hidden: []int{8}}, 1)
		p.Method = m
		points, _, err := p.FindRate(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return points
	}
	sam := rule.SAM{Rule: rule.SGD{}, Adaptive: true}
	some := sam
	some.Pattern = "layers.1.*" // the rule knows the blocks by their names
	plain, all, none := points(stochastic.Train{Rule: rule.SGD{}}), points(stochastic.Train{Rule: sam}), sam
	none.Pattern = "x"
	if part := points(stochastic.Train{Rule: some}); slices.Equal(part, points(stochastic.Train{Rule: none})) || slices.Equal(part, all) {
		t.Error("ASAM of one layer has the losses of all or of none")
	}
	if slices.Equal(points(stochastic.Train{Rule: rule.SGD{}, Clip: 1e-3}), plain) {
		t.Error("clipping changes nothing")
	}
	p := plan(t, nn.Spec{Kind: "mlp", Hidden: []int{4}}, 1)
	p.Method.Clip = -1
	if _, _, err := p.FindRate(context.Background()); err == nil || !strings.Contains(err.Error(), "clip -1") {
		t.Errorf("clip -1: %v", err)
	}
	p.Method.Clip = 0
	p.Method.Batch = p.Samples.Len() + 1
	if _, _, err := p.FindRate(context.Background()); err == nil {
		t.Error("a batch of more than all samples: no error")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := plan(t, p.Spec, 1).FindRate(ctx); err == nil {
		t.Error("cancelled: no error")
	}
}

func TestPlanRefuses(t *testing.T) {
	for what, c := range map[string]struct {
		change func(*Plan)
		want   string
	}{
		"loss":    {func(p *Plan) { p.Loss = "hinge" }, "cross-entropy, mse or huber"},
		"numbers": {func(p *Plan) { p.Loss = "mse" }, "classes"},
		"model":   {func(p *Plan) { p.Spec.Kind = "rnn" }, "rnn"},
		"augment": {func(p *Plan) { p.Augment.Shift = 1 }, "augmentation"},
		"batch":   {func(p *Plan) { p.Method.Batch = -1 }, "batch"},
		"apart":   {func(p *Plan) { p.Apart = must(nn.Text[float32]([]int{0, 1, 2}, 1, 1)) }, "apart"},
	} {
		p := plan(t, nn.Spec{Kind: "mlp", Hidden: []int{4}}, 1)
		c.change(p)
		if _, _, err := p.Run(context.Background(), descent.Options{MaxIter: 1}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v: want an error with %q", what, err, c.want)
		}
	}
}

// A transformer learns a text that repeats itself, and goes on with it.
func TestText(t *testing.T) {
	text := strings.Repeat("abcdé", 240) // 5 and 12 have no divisor in common: the place in a window tells nothing
	e := must(LearnText([]byte(text), 12))
	if e.Alphabet != "abcdé" {
		t.Fatalf("alphabet %q", e.Alphabet)
	}
	p := &Plan{
		Name: "text", Spec: nn.Spec{Kind: "transformer", Width: 16, Layers: 1, Heads: 2}, Encoding: e, Samples: must(e.Windows(text)),
		Method: stochastic.Train{Rate: 1e-2, Batch: 8}, Seed: 1,
	}
	n, _, err := p.Run(context.Background(), descent.Options{MaxIter: 40})
	if err != nil {
		t.Fatal(err)
	}
	if got := must(n.Generate("cd", 10, 0, 0)); got != "éabcdéabcd" {
		t.Errorf("goes on with %q", got)
	}
	a, b := must(n.Generate("a", 30, 3, 1)), must(n.Generate("a", 30, 3, 2))
	if a == b || a != must(n.Generate("a", 30, 3, 1)) {
		t.Errorf("draws %q and %q", a, b)
	}
	if s := must(n.Judge(p.Samples)); !s.Sequence || s.N != 12*p.Samples.Len() {
		t.Errorf("%+v", s)
	} else if _, _, ok := s.Interval(); ok {
		t.Error("an interval for labels that depend on each other")
	}
	var file bytes.Buffer
	if err := n.Save(&file); err != nil {
		t.Fatal(err)
	}
	if m := must(Load(&file)); must(m.Generate("cd", 10, 0, 0)) != "éabcdéabcd" {
		t.Error("another network after loading")
	}
	for what, err := range map[string]error{
		"unknown": second(n.Generate("xyz", 1, 0, 0)), "nothing": second(n.Generate("", 1, 0, 0)), "bytes": second(LearnText([]byte("ab\xffc"), 2)),
		"one letter": second(LearnText([]byte("aaaa"), 2)), "context": second(LearnText([]byte("ab"), 0)), "short": second(e.Windows("ab")),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
}

func second[T any](_ T, err error) error { return err }
