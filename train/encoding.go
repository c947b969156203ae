// Package train trains neural networks on data sets: it encodes rows as examples, keeps some apart,
// runs update rules under the one driver, and writes model files that hold all that a prediction
// needs.
package train

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/godescent/descent/data"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/nn"
)

// An Encoding says how rows of a data set become examples of a network. It is learned from
// training data and kept in the model file.
type Encoding struct {
	Shape    []int `json:"shape"`               // of an example: [features], [channels length] or [channels height width]
	LastAxis bool  `json:"last_axis,omitempty"` // rows hold [height width channels]

	Shift []float64 `json:"shift,omitempty"` // inputs are (x - Shift) * Scale: one number for all columns, or one for each
	Scale []float64 `json:"scale,omitempty"`

	Features []string `json:"features,omitempty"` // names of the columns, if the data had any
	Classes  []string `json:"classes,omitempty"`  // labels in the order of the outputs; none for numbers
	Targets  []string `json:"targets,omitempty"`  // names of several targets
	Target   string   `json:"target,omitempty"`

	TargetShift []float64 `json:"target_shift,omitempty"` // targets are (y - TargetShift) * TargetScale, one for each output
	TargetScale []float64 `json:"target_scale,omitempty"`

	Alphabet string `json:"alphabet,omitempty"` // of text: token k is its rune k
	Context  int    `json:"context,omitempty"`  // of text: tokens of an example
}

// Scalings of inputs.
const (
	ScaleAuto  = "auto"  // whole for images, std for tables
	ScaleNone  = "none"  // as they are
	ScaleStd   = "std"   // each column has mean 0 and deviation 1
	ScaleWhole = "whole" // all columns together have
)

// mostClasses is up to how many whole numbers are taken for classes and not for quantities.
const mostClasses = 20

// EncodeOptions says how to learn an [Encoding]. The zero value does so by the looks of the data.
type EncodeOptions struct {
	Shape      []int  // of an example; nil: that of the data
	Images     bool   // the model wants images: rows of a square length, or three times one, are
	Scale      string // auto (default), none, std or whole
	Regression bool   // the target is a quantity whatever it looks like
	Classes    bool   // the target is a class whatever it looks like
}

// Learn returns the encoding of a set, with means and deviations of the given rows.
func Learn(s *data.Set, rows []int, o EncodeOptions) (*Encoding, error) {
	n, d := s.X.Dims()
	if d < 1 {
		return nil, fmt.Errorf("%s: it has no features to learn from: want at least one column beside the target", s.Name)
	}
	if s.Y == nil {
		return nil, fmt.Errorf("%s: it has no target to learn", s.Name)
	}
	if s.Weights != nil {
		return nil, fmt.Errorf("%s: it has sample weights, which networks do not take", s.Name)
	}
	e := &Encoding{Features: s.Features, Target: s.Target, Targets: s.Targets}
	var err error
	if e.Shape, e.LastAxis, err = shape(s, d, o); err != nil {
		return nil, err
	}
	if o.Regression && s.Classes != nil {
		return nil, fmt.Errorf("%s: the target is text (%s, ...): a loss of numbers wants numbers", s.Name, s.Classes[0])
	}
	if !o.Regression && (o.Classes || s.Classes != nil || looksLikeClasses(s)) {
		if len(s.Targets) > 1 {
			return nil, fmt.Errorf("%s: %d targets of classes: want one", s.Name, len(s.Targets))
		}
		e.Classes = classes(s)
		if len(e.Classes) < 2 || len(e.Classes) > n/2+1 {
			return nil, fmt.Errorf("%s: %d classes in %d rows: want at least 2, and some rows of each", s.Name, len(e.Classes), n)
		}
	} else {
		outputs := max(1, len(s.Targets))
		e.TargetShift, e.TargetScale = make([]float64, outputs), make([]float64, outputs)
		for k := range outputs {
			e.TargetShift[k], e.TargetScale[k] = moments(len(rows), func(i int) float64 { return s.Y[k*n+rows[i]] })
		}
		if k, ok := outOfRange(e.TargetShift, e.TargetScale); ok {
			return nil, fmt.Errorf("%s: the numbers of target %d are too large or too close to 0 to be scaled: want others, in another unit say", s.Name, k+1)
		}
	}
	return e, e.scale(s, rows, o.Scale)
}

// outOfRange returns the first place where a mean or a scale is not a finite number.
func outOfRange(mean, scale []float64) (k int, ok bool) {
	k = slices.IndexFunc(mean, func(v float64) bool { return v-v != 0 })
	if j := slices.IndexFunc(scale, func(v float64) bool { return v-v != 0 }); k < 0 || j >= 0 && j < k {
		k = j
	}
	return k, k >= 0
}

// scale learns Shift and Scale.
func (e *Encoding) scale(s *data.Set, rows []int, how string) error {
	if how == "" || how == ScaleAuto {
		how = ScaleStd
		if len(e.Shape) > 1 {
			how = ScaleWhole
		}
	}
	switch how {
	case ScaleNone:
	case ScaleStd, ScaleWhole:
		e.Shift, e.Scale = columnMoments(s.X, rows)
		if j, ok := outOfRange(e.Shift, e.Scale); ok {
			return fmt.Errorf("%s: the numbers of column %d are too large or too close to 0 to be scaled: want others, in another unit say", s.Name, j+1)
		}
		if how == ScaleWhole {
			mean, square := 0.0, 0.0
			for _, m := range e.Shift {
				mean += m / float64(len(e.Shift))
			}
			for j, m := range e.Shift {
				sd := 0.0
				if e.Scale[j] > 0 {
					sd = 1 / e.Scale[j]
				}
				square += ((m-mean)*(m-mean) + sd*sd) / float64(len(e.Shift))
			}
			e.Shift, e.Scale = []float64{mean}, []float64{inverse(math.Sqrt(square), mean)}
		}
	default:
		return fmt.Errorf("scale %q: want auto, none, std or whole", how)
	}
	return nil
}

// shape returns the shape of examples, and whether their channels come last.
func shape(s *data.Set, d int, o EncodeOptions) (shape []int, last bool, err error) {
	size := func(x []int) int {
		n := 1
		for _, v := range x {
			n *= v
		}
		return n
	}
	switch {
	case o.Shape != nil:
		if len(o.Shape) > 3 || slices.ContainsFunc(o.Shape, func(v int) bool { return v < 1 }) || size(o.Shape) != d {
			return nil, false, fmt.Errorf("%s: shape %v for rows of %d numbers: want up to three sizes with that product", s.Name, o.Shape, d)
		}
		return o.Shape, false, nil
	case len(s.Shape) == 2:
		return []int{1, s.Shape[0], s.Shape[1]}, false, nil
	case len(s.Shape) == 3 && s.Shape[2] <= 4 && s.Shape[0] > 4:
		return []int{s.Shape[2], s.Shape[0], s.Shape[1]}, true, nil
	case len(s.Shape) == 3:
		return s.Shape, false, nil
	case o.Images:
		for _, channels := range []int{1, 3} {
			if k := int(math.Round(math.Sqrt(float64(d / channels)))); channels*k*k == d {
				return []int{channels, k, k}, false, nil
			}
		}
		return nil, false, fmt.Errorf("%s: rows of %d numbers are no square images: want a shape of channels, height and width", s.Name, d)
	}
	return []int{d}, false, nil
}

// looksLikeClasses reports whether the target is a few whole numbers.
func looksLikeClasses(s *data.Set) bool {
	if len(s.Targets) > 1 {
		return false
	}
	seen := map[float64]bool{}
	for _, v := range s.Y {
		if v != math.Trunc(v) {
			return false
		}
		if seen[v] = true; len(seen) > mostClasses {
			return false
		}
	}
	return true
}

// classes returns the names of the distinct targets, in increasing order.
func classes(s *data.Set) []string {
	values := slices.Clone(s.Y)
	slices.Sort(values)
	values = slices.Compact(values)
	names := make([]string, len(values))
	for k, v := range values {
		names[k] = className(s, v)
	}
	return names
}

func className(s *data.Set, v float64) string {
	if s.Classes != nil {
		return s.Classes[int(v)]
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// inverse returns 1 over a deviation from a mean, 0 if it is no more than rounding. A deviation whose square is
// no number in double precision has none: +Inf.
func inverse(sd, mean float64) float64 {
	switch {
	case math.IsInf(sd, 1):
		return math.Inf(1)
	case sd > 1e-12*math.Abs(mean):
		return 1 / sd
	}
	return 0
}

// moments returns the mean of n numbers and 1 over their deviation, 0 if they are all the same.
func moments(n int, at func(i int) float64) (mean, scale float64) {
	for i := range n {
		mean += at(i) / float64(n)
	}
	square := 0.0
	for i := range n {
		square += (at(i) - mean) * (at(i) - mean) / float64(n)
	}
	return mean, inverse(math.Sqrt(square), mean)
}

// columnMoments returns the moments of each column over some rows.
func columnMoments(x linalg.Matrix, rows []int) (mean, scale []float64) {
	_, d := x.Dims()
	mean, scale = make([]float64, d), make([]float64, d)
	row := make([]float64, d)
	n := float64(len(rows))
	for _, i := range rows {
		readRow(row, x, i)
		for j, v := range row {
			mean[j] += v / n
		}
	}
	for _, i := range rows {
		readRow(row, x, i)
		for j, v := range row {
			scale[j] += (v - mean[j]) * (v - mean[j]) / n
		}
	}
	for j, v := range scale {
		scale[j] = inverse(math.Sqrt(v), mean[j])
	}
	return mean, scale
}

// readRow copies row i of a matrix.
func readRow(row []float64, x linalg.Matrix, i int) {
	if d, ok := x.(*linalg.Dense); ok {
		copy(row, d.Row(i))
		return
	}
	clear(row)
	cols, values := x.(*linalg.CSR).Row(i)
	for k, j := range cols {
		row[j] = 1
		if values != nil {
			row[j] = values[k]
		}
	}
}

// Outputs returns how many numbers a network gives for an example.
func (e *Encoding) Outputs() int { return max(len(e.Classes), len(e.TargetShift)) }

// Input returns what the data determine of a model.
func (e *Encoding) Input() nn.Input {
	if e.Alphabet != "" {
		return nn.Input{Vocabulary: len([]rune(e.Alphabet)), Context: e.Context}
	}
	return nn.Input{Shape: e.Shape, Classes: len(e.Classes), Outputs: len(e.TargetShift)}
}

// mostNumbers bounds the inputs that are held in memory in single precision: 16 GB.
const mostNumbers = 1 << 32

// Samples encodes rows of a set. Without a target, their labels or targets are 0: for predictions.
func (e *Encoding) Samples(s *data.Set, rows []int) (*nn.Samples[float32], error) {
	_, d := s.X.Dims()
	if want := product(e.Shape); d != want {
		return nil, fmt.Errorf("%s: %d features: the model has %d", s.Name, d, want)
	}
	if len(rows) > mostNumbers/d {
		return nil, fmt.Errorf("%s: %d rows of %d numbers do not fit in memory as the dense inputs of a network", s.Name, len(rows), d)
	}
	out := nn.Samples[float32]{Shape: e.Shape, X: make([]float32, len(rows)*d)}
	row := make([]float64, d)
	for k, i := range rows {
		readRow(row, s.X, i)
		e.encode(out.X[k*d:(k+1)*d], row)
	}
	if err := e.answers(&out, s, rows); err != nil {
		return nil, err
	}
	return nn.NewSamples(len(rows), out)
}

// encode scales a row, and brings channels first.
func (e *Encoding) encode(x []float32, row []float64) {
	channels, plane := 1, 0
	if e.LastAxis {
		channels = e.Shape[0]
		plane = len(row) / channels
	}
	for j, v := range row {
		if e.Scale != nil {
			k := min(j, len(e.Scale)-1)
			v = (v - e.Shift[k]) * e.Scale[k]
		}
		if e.LastAxis {
			x[j%channels*plane+j/channels] = float32(v)
		} else {
			x[j] = float32(v)
		}
	}
}

// answers encodes the targets.
func (e *Encoding) answers(out *nn.Samples[float32], s *data.Set, rows []int) error {
	n, _ := s.X.Dims()
	if got, want := max(1, len(s.Targets)), max(1, len(e.Targets)); s.Y != nil && got != want {
		return fmt.Errorf("%s: %d targets: the model has %d", s.Name, got, want)
	}
	if e.Classes == nil {
		k := len(e.TargetShift)
		out.Targets = make([]float32, len(rows)*k)
		for at := 0; s.Y != nil && at < len(rows)*k; at++ {
			out.Targets[at] = float32((s.Y[at%k*n+rows[at/k]] - e.TargetShift[at%k]) * e.TargetScale[at%k])
		}
		return nil
	}
	out.Labels = make([]int, len(rows))
	if s.Y == nil {
		return nil
	}
	code := map[string]int{}
	for k, name := range e.Classes {
		code[name] = k
	}
	for at, i := range rows {
		name := className(s, s.Y[i])
		k, ok := code[name]
		if !ok {
			return fmt.Errorf("%s: the target of row %d is %s: the classes of the model are %v", s.Name, i+1, name, e.Classes)
		}
		out.Labels[at] = k
	}
	return nil
}

// Decode returns output k of the network in the units of the target.
func (e *Encoding) Decode(k int, v float32) float64 {
	if e.TargetScale[k] == 0 {
		return e.TargetShift[k]
	}
	return float64(v)/e.TargetScale[k] + e.TargetShift[k]
}

func product(x []int) int {
	n := 1
	for _, v := range x {
		n *= v
	}
	return n
}

// check says what is wrong with an encoding that was read from a file.
func (e *Encoding) check() error {
	each := len(e.Scale) == len(e.Shift) && (len(e.Scale) <= 1 || len(e.Scale) == product(e.Shape))
	switch {
	case e.Alphabet != "":
		if e.Context < 1 {
			return fmt.Errorf("context %d: want at least 1", e.Context)
		}
	case len(e.Shape) < 1 || len(e.Shape) > 3 || slices.ContainsFunc(e.Shape, func(v int) bool { return v < 1 || v > 1<<31 }):
		return fmt.Errorf("shape %v: want one to three sizes", e.Shape)
	case !each || e.LastAxis && len(e.Shape) != 3:
		return fmt.Errorf("%d shifts and %d scales for inputs of shape %v", len(e.Shift), len(e.Scale), e.Shape)
	case len(e.TargetShift) != len(e.TargetScale) || (len(e.Classes) == 0) == (len(e.TargetShift) == 0):
		return errors.New("want classes, or shifts and scales of targets")
	case len(e.TargetShift) > 0 && len(e.TargetShift) != max(1, len(e.Targets)):
		return fmt.Errorf("%d targets with %d shifts: want one for each", max(1, len(e.Targets)), len(e.TargetShift))
	case e.Features != nil && len(e.Features) != product(e.Shape):
		return fmt.Errorf("%d names of features for inputs of shape %v", len(e.Features), e.Shape)
	}
	return nil
}
