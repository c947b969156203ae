package train

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/problem/neural"
)

// Format is the version of the description in model files.
const Format = "descent-network/1"

// metadataKey is where a safetensors file has the description.
const metadataKey = "descent"

// A Network is a model with its parameters and all that a prediction needs.
type Network struct {
	Spec     nn.Spec
	Encoding Encoding
	Loss     string
	Training Training

	Model nn.Model[float32]
	X     []float32
	State []float32 // running statistics; of most models none
}

// A Training says what a network was trained on, how, and what came of it.
type Training struct {
	Data   json.RawMessage `json:"data,omitempty"` // as the program that trained it names it
	SHA256 string          `json:"sha256,omitempty"`
	Rows   int             `json:"rows"`  // that it learned
	Apart  float64         `json:"apart"` // share of the data that [Split] kept apart, before

	Rule     string            `json:"rule"`
	Options  map[string]string `json:"options,omitempty"`
	Rate     float64           `json:"rate"`
	Schedule string            `json:"schedule"`
	Batch    int               `json:"batch"`
	Epochs   int               `json:"epochs"`
	Seed     uint64            `json:"seed"`

	Value      float64  `json:"value"` // mean loss of the rows that it learned
	LossApart  *float64 `json:"loss_apart,omitempty"`
	ScoreApart *float64 `json:"score_apart,omitempty"` // none where it is not a number
}

// description is the text in a model file.
type description struct {
	Format   string   `json:"format"`
	Spec     nn.Spec  `json:"model"`
	Encoding Encoding `json:"encoding"`
	Loss     string   `json:"loss"`
	Training Training `json:"training"`
}

// Save writes a safetensors file whose metadata describe the network.
func (n *Network) Save(w io.Writer) error {
	text, err := json.Marshal(description{Format, n.Spec, n.Encoding, n.Loss, n.Training})
	if err != nil {
		return fmt.Errorf("network: %w", err)
	}
	return nn.Save(w, n.Model.Layout(), n.X, n.State, map[string]string{metadataKey: string(text)})
}

// IsNetwork reports whether a file begins like one of [Network.Save]: 8 bytes of length, then an
// object. Model files of another kind are text.
func IsNetwork(head []byte) bool {
	return len(head) > 8 && head[8] == '{' && binary.LittleEndian.Uint64(head) < 1<<40
}

// Load reads a file of [Network.Save].
func Load(r io.Reader) (*Network, error) {
	var head bytes.Buffer
	h, err := nn.ReadHeader(io.TeeReader(r, &head))
	if err != nil {
		return nil, err
	}
	text, ok := h.Metadata[metadataKey]
	if !ok {
		return nil, fmt.Errorf("a safetensors file without the metadata %q: want one of descent train --save", metadataKey)
	}
	var d description
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		return nil, fmt.Errorf("metadata %q: %w", metadataKey, err)
	}
	if d.Format != Format {
		return nil, fmt.Errorf("format %q: this program reads %s", d.Format, Format)
	}
	if err := d.Encoding.check(); err != nil {
		return nil, fmt.Errorf("encoding: %w", err)
	}
	if a := d.Training.Apart; !(a >= 0 && a < 1) {
		return nil, fmt.Errorf("training: a share of %v kept apart: want at least 0 and less than 1", a)
	}
	n := &Network{Spec: d.Spec, Encoding: d.Encoding, Loss: d.Loss, Training: d.Training}
	if _, _, err := loss(d.Loss, &n.Encoding); err != nil {
		return nil, err
	}
	if n.Model, err = nn.NewModel[float32](d.Spec, n.Encoding.Input()); err != nil {
		return nil, err
	}
	n.X, n.State, _, err = nn.Load[float32](io.MultiReader(&head, r), n.Model.Layout())
	return n, err
}

// Predict returns the outputs for all samples, one example after the other: logits of classes, or
// numbers that [Encoding.Decode] brings into the units of the target.
func (n *Network) Predict(s *nn.Samples[float32]) ([]float32, error) {
	return neural.Predict(n.Model, s, n.X, n.State)
}

// A Score is how well a network does on samples.
type Score struct {
	N        int     // answers that were compared
	Loss     float64 // mean
	Accuracy float64 // share of right labels; NaN for numbers
	R2       float64 // of numbers; NaN for labels
	RMSE     float64 // of numbers, in the units of the target, over all outputs; NaN for labels
	Sequence bool    // an example has many labels, which depend on each other
}

// Judge evaluates a network on samples.
func (n *Network) Judge(s *nn.Samples[float32]) (Score, error) {
	_, l, err := loss(n.Loss, &n.Encoding)
	if err != nil {
		return Score{}, err
	}
	f, err := neural.NewBatches(n.Model, s, l, neural.BatchOptions{})
	if err != nil {
		return Score{}, err
	}
	copy(f.State(), n.State)
	if err := f.Keep(s); err != nil {
		return Score{}, err
	}
	nan := math.NaN()
	r := Score{N: len(s.Labels), Accuracy: nan, R2: nan, RMSE: nan, Sequence: len(s.Labels) > s.Len()}
	loss, score, err := f.Apart(n.X)
	if err != nil {
		return Score{}, err
	}
	if r.Loss = loss; s.Labels != nil {
		r.Accuracy = score
		return r, nil
	}
	r.N, r.R2 = s.Len(), score
	out, err := n.Predict(s)
	if err != nil {
		return Score{}, err
	}
	sum, k := 0.0, len(n.Encoding.TargetShift)
	for i, v := range out {
		d := n.Encoding.Decode(i%k, v) - n.Encoding.Decode(i%k, s.Targets[i])
		sum += d * d
	}
	r.RMSE = math.Sqrt(sum / float64(len(out)))
	return r, nil
}

// Interval returns the 95 % interval of the accuracy; none where labels depend on each other.
func (s *Score) Interval() (lo, hi float64, ok bool) {
	if s.Sequence || math.IsNaN(s.Accuracy) {
		return 0, 0, false
	}
	lo, hi = Wilson(s.Accuracy, s.N)
	return lo, hi, true
}

// Wilson returns the 95 % interval of a share that was p in n independent trials (Wilson, Probable
// inference, the law of succession, and statistical inference, 1927).
func Wilson(p float64, n int) (lo, hi float64) {
	const z = 1.959963984540054
	m := float64(n)
	mid, half := (p+z*z/(2*m))/(1+z*z/m), z/(1+z*z/m)*math.Sqrt(p*(1-p)/m+z*z/(4*m*m))
	return max(0, mid-half), min(1, mid+half)
}

// Main returns the accuracy, or R^2 of numbers.
func (s *Score) Main() float64 {
	if math.IsNaN(s.Accuracy) {
		return s.R2
	}
	return s.Accuracy
}
