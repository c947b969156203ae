package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/godescent/descent"
	"github.com/godescent/descent/data"
	"github.com/godescent/descent/problem/glm"
)

// modelFormat is the version of the model file that this program writes and reads.
const modelFormat = "descent-model/1"

// A model is the file that fit --save writes: all that predict and verify need.
// Numbers keep every bit.
type model struct {
	Format       string             `json:"format"`
	Loss         string             `json:"loss"`                 // as fit takes it: logistic, ...
	Parameters   map[string]float64 `json:"parameters,omitempty"` // of the loss: epsilon, q, smoothing
	Columns      int                `json:"columns"`              // features
	Features     []string           `json:"features,omitempty"`   // their names, if the data had any
	Target       string             `json:"target,omitempty"`     // its name, if the data had one
	Targets      []string           `json:"targets,omitempty"`    // names of several targets, in the order of the outputs
	Classes      []string           `json:"classes,omitempty"`    // in the order of the outputs; of two, the second is +1
	Coefficients []coefficients     `json:"coefficients"`         // one per output, in the units of the data
	Intercept    []num              `json:"intercept,omitempty"`  // one per output, if there is one
	Scale        glm.Scaling        `json:"scale"`                // of the columns, before the penalties applied
	Penalties    penalties          `json:"penalties"`
	Value        num                `json:"value"` // the objective, penalties included
	Certificate  certificate        `json:"certificate"`
	Witness      *coefficients      `json:"witness,omitempty"` // the dual point that the certificate rests on, one slope a sample
	Status       descent.Status     `json:"status"`
	Method       string             `json:"method"`
	Options      map[string]string  `json:"options,omitempty"`
	Seed         uint64             `json:"seed"`
	Iterations   int                `json:"iterations"`
	Data         modelData          `json:"data"`
}

type modelData struct {
	dataFlags
	SHA256 string `json:"sha256"` // of the file's bytes
	Rows   int    `json:"rows"`
}

// coefficients are a dense list, or the entries that are not zero.
type coefficients struct {
	Dense []num `json:"dense,omitempty"`
	Index []int `json:"index,omitempty"` // from 0, increasing
	Value []num `json:"value,omitempty"`
}

type penalties struct {
	L1      float64 `json:"l1"`
	L2      float64 `json:"l2"`
	GroupL1 float64 `json:"group_l1,omitempty"`
	TaskL1  float64 `json:"task_l1,omitempty"`
	Groups  [][]int `json:"groups,omitempty"` // columns from 0
	NonNeg  bool    `json:"nonneg,omitempty"`
	Lower   []num   `json:"lower,omitempty"`
	Upper   []num   `json:"upper,omitempty"`
	Free    []int   `json:"free,omitempty"` // columns from 0 that l1 leaves out
	nonconvex
}

func packCoefficients(w []float64) coefficients {
	var c coefficients
	for j, v := range w {
		if v != 0 {
			c.Index, c.Value = append(c.Index, j), append(c.Value, num(v))
		}
	}
	if 2*len(c.Index) > len(w) {
		return coefficients{Dense: nums(w)}
	}
	return c
}

func (c coefficients) unpack(d int) ([]float64, error) {
	if c.Dense != nil {
		if len(c.Dense) != d {
			return nil, fmt.Errorf("%d coefficients for %d columns", len(c.Dense), d)
		}
		return floats(c.Dense), nil
	}
	w := make([]float64, d)
	if len(c.Index) != len(c.Value) {
		return nil, fmt.Errorf("%d indices for %d coefficients", len(c.Index), len(c.Value))
	}
	for k, j := range c.Index {
		if j < 0 || j >= d {
			return nil, fmt.Errorf("coefficient of column %d: want 0..%d", j, d-1)
		}
		w[j] = float64(c.Value[k])
	}
	return w, nil
}

func (m *model) save(path string) error {
	return failed(writeFile("save", path, func(w io.Writer) error { return printJSON(w, m) }))
}

// readModel reads and checks a model file.
func readModel(path string) (*model, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	bad := func(format string, args ...any) (*model, error) {
		return nil, fmt.Errorf("%s: %s; want a model file of `descent fit --save`", path, fmt.Sprintf(format, args...))
	}
	var m model
	if err := json.Unmarshal(b, &m); err != nil {
		return bad("%v", err)
	}
	if m.Format != modelFormat {
		return bad("its format is %q, not %q", m.Format, modelFormat)
	}
	l, err := m.loss()
	if err != nil {
		return bad("%v", err)
	}
	outputs := 1
	switch l := l.(type) {
	case glm.Multinomial:
		outputs = l.K
	case glm.MultiSquared:
		outputs = l.K
	}
	want := 0
	if twoClass(m.Loss) {
		want = 2
	}
	switch {
	case m.Columns < 1 || m.Features != nil && len(m.Features) != m.Columns:
		return bad("%d columns with %d names", m.Columns, len(m.Features))
	case len(m.Coefficients) != outputs || m.Intercept != nil && len(m.Intercept) != outputs:
		return bad("%d rows of coefficients and %d intercepts for %d outputs", len(m.Coefficients), len(m.Intercept), outputs)
	case want > 0 && len(m.Classes) != want:
		return bad("%d classes, not %d", len(m.Classes), want)
	}
	if _, _, err := m.weights(); err != nil {
		return bad("%v", err)
	}
	return &m, nil
}

// weights returns the coefficients and intercepts.
func (m *model) weights() (w [][]float64, b []float64, err error) {
	for _, c := range m.Coefficients {
		row, err := c.unpack(m.Columns)
		if err != nil {
			return nil, nil, err
		}
		w = append(w, row)
	}
	b = make([]float64, len(w))
	copy(b, floats(m.Intercept))
	for _, row := range append(slices.Clone(w), b) {
		for _, v := range row {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, nil, fmt.Errorf("a coefficient is %v: want a finite number", v)
			}
		}
	}
	return w, b, nil
}

// loss rebuilds the loss from its name and parameters.
func (m *model) loss() (glm.Loss, error) {
	switch m.Loss {
	case "linear":
		if len(m.Targets) > 1 {
			return glm.MultiSquared{K: len(m.Targets)}, nil
		}
		return glm.Squared{}, nil
	case "logistic":
		return glm.Logistic{}, nil
	case "hinge":
		return glm.Hinge{}, nil
	case "squared-hinge":
		return glm.SquaredHinge{}, nil
	case "poisson":
		return glm.Poisson{}, nil
	case "huber":
		return glm.Huber{Epsilon: m.Parameters["epsilon"]}, nil
	case "quantile":
		return glm.Quantile{Q: m.Parameters["q"], Smoothing: m.Parameters["smoothing"]}, nil
	case "multinomial":
		return glm.Multinomial{K: len(m.Classes)}, nil
	}
	return nil, fmt.Errorf("loss %q is not known", m.Loss)
}

// output names the output k of several: its class or its target.
func (m *model) output(k int) string {
	if m.Targets != nil {
		return m.Targets[k]
	}
	return m.Classes[k]
}

func twoClass(loss string) bool { return loss == "logistic" || hinged(loss) }

// hinged reports whether a loss gives decision values and no probabilities.
func hinged(loss string) bool { return loss == "hinge" || loss == "squared-hinge" }

func classifies(loss string) bool { return twoClass(loss) || loss == "multinomial" }

// spec rebuilds the specification that was fitted.
func (m *model) spec(weights []float64) (glm.Spec, error) {
	l, err := m.loss()
	if err != nil {
		return glm.Spec{}, err
	}
	p := m.Penalties
	h, err := p.regularizer()
	if err != nil {
		return glm.Spec{}, err
	}
	s := glm.Spec{
		Loss: l, L1: p.L1, L2: p.L2, GroupL1: p.GroupL1, TaskL1: p.TaskL1, Groups: p.Groups, NonNeg: p.NonNeg, Nonconvex: h, Free: p.Free,
		Intercept: m.Intercept != nil, Scale: m.Scale, Weights: weights,
	}
	if p.Lower != nil {
		s.Lower, s.Upper = floats(p.Lower), floats(p.Upper)
	}
	return s, nil
}

// classNames returns the names of the distinct targets in increasing order.
func classNames(s *data.Set) []string {
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

// encode turns the targets of s into what the loss of m wants: -1 and +1 or 0..K-1 for
// classes. A target that is none of the classes is an error, as is another number of targets.
func (m *model) encode(s *data.Set) ([]float64, error) {
	if got, want := max(1, len(s.Targets)), max(1, len(m.Targets)); got != want {
		return nil, fmt.Errorf("%s: %s: the model has %d", s.Name, plural(got, "target"), want)
	}
	loss, classes := m.Loss, m.Classes
	if !classifies(loss) {
		return s.Y, nil
	}
	code := map[string]float64{}
	for k, name := range classes {
		code[name] = float64(k)
		if twoClass(loss) {
			code[name] = float64(2*k - 1)
		}
	}
	known := map[float64]float64{}
	y := make([]float64, len(s.Y))
	for i, v := range s.Y {
		c, ok := known[v]
		if !ok {
			if c, ok = code[className(s, v)]; !ok {
				return nil, fmt.Errorf("%s: the target of row %d is %s: the classes of the model are %s", s.Name, i+1, className(s, v), strings.Join(classes, ", "))
			}
			known[v] = c
		}
		y[i] = c
	}
	return y, nil
}
