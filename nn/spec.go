package nn

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/vec"
)

// A Spec describes a model in a document, TOML or JSON: a model of a Kind with its options, or
// a chain of layers. What the data determine, the sizes of inputs and outputs, is not in it:
// see [NewModel]. Zero options have the defaults of the model's own struct of options.
type Spec struct {
	Kind string `toml:"kind" json:"kind,omitzero"` // mlp, cnn, resnet, transformer, unet, gcn; none for a chain of layers

	Hidden     []int   `toml:"hidden" json:"hidden,omitzero"`         // mlp (required), gcn: units of the hidden layers; cnn: one number
	Activation string  `toml:"activation" json:"activation,omitzero"` // mlp
	Dropout    float64 `toml:"dropout" json:"dropout,omitzero"`       // mlp, cnn, transformer, gcn
	Widths     []int   `toml:"widths" json:"widths,omitzero"`         // cnn, resnet, unet: channels
	Blocks     int     `toml:"blocks" json:"blocks,omitzero"`         // resnet
	Groups     int     `toml:"groups" json:"groups,omitzero"`         // unet
	Layers     int     `toml:"layers" json:"layers,omitzero"`         // transformer
	Heads      int     `toml:"heads" json:"heads,omitzero"`           // transformer
	Width      int     `toml:"width" json:"width,omitzero"`           // transformer
	Context    int     `toml:"context" json:"context,omitzero"`       // transformer; as the data have it if 0

	TrAct float64 `toml:"tract" json:"tract,omitzero"` // any but transformer and gcn: lambda of TrAct for the first layer

	Chain []LayerSpec `toml:"layer" json:"layer,omitzero"`
}

// Images reports whether the model takes images.
func (s Spec) Images() bool {
	return slices.Contains([]string{"cnn", "resnet", "unet"}, s.Kind) || len(s.Chain) > 0 && s.Chain[0].Type == "conv"
}

// specKeys says which options the kinds of models take.
var specKeys = map[string][]string{
	"mlp":         {"hidden", "activation", "dropout", "tract"},
	"cnn":         {"hidden", "dropout", "widths", "tract"},
	"resnet":      {"widths", "blocks", "tract"},
	"transformer": {"dropout", "layers", "heads", "width", "context"},
	"unet":        {"widths", "groups", "tract"},
	"gcn":         {"hidden", "dropout"},
}

// ParseSpec reads a Spec from a TOML document. Errors name the line; unknown keys are errors.
func ParseSpec(text []byte) (Spec, error) {
	var s Spec
	err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(&s)
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) && len(unknown.Errors) > 0 {
		first := &unknown.Errors[0]
		line, _ := first.Position()
		path := first.Key()
		known := fieldNames(reflect.TypeFor[Spec]())
		if len(path) > 1 {
			known = fieldNames(reflect.TypeFor[LayerSpec]())
		}
		return Spec{}, fmt.Errorf("nn: model, line %d: unknown key %s: want one of %s", line, strings.Join(path, "."), strings.Join(known, ", "))
	}
	var bad *toml.DecodeError
	if errors.As(err, &bad) {
		line, column := bad.Position()
		return Spec{}, fmt.Errorf("nn: model, line %d, column %d: %s", line, column, strings.TrimPrefix(bad.Error(), "toml: "))
	}
	if err != nil {
		return Spec{}, fmt.Errorf("nn: model: %w", err)
	}
	return s, nil
}

// UnmarshalJSON implements json.Unmarshaler. Unknown keys are errors.
func (s *Spec) UnmarshalJSON(text []byte) error {
	type plain Spec
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var p plain
	if err := d.Decode(&p); err != nil {
		return fmt.Errorf("nn: model: %w", err)
	}
	*s = Spec(p)
	return nil
}

// Input says what data a model is for.
type Input struct {
	Shape               []int // of an example's numbers: [features], [channels length] or [channels height width]
	Classes             int   // of labels, which are 0 to Classes-1
	Outputs             int   // numbers of an example's target, where there are no labels
	Vocabulary, Context int   // of sequences of tokens

	Graph    *linalg.CSR // of a gcn; see NormalizedAdjacency
	Features []float64   // of the nodes of the graph, nodes x features
}

// NewModel returns the model of a spec for data as in says. A transformer takes its Vocabulary
// and Context, the other models map examples to logits [batch, Classes] or to [batch, Outputs];
// of a U-Net, outputs are images as large as the inputs. Errors name the option, or the layer
// by its number and type.
func NewModel[T vec.Float](s Spec, in Input) (Model[T], error) {
	m, err := newModel[T](s, in)
	if err == nil && s.TrAct != 0 {
		err = TrAct(m, s.TrAct)
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

func newModel[T vec.Float](s Spec, in Input) (Model[T], error) {
	if s.Kind == "" {
		return newChain[T](s, in)
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	build := map[string]func(Spec, Input) (Model[T], error){
		"mlp": specMLP[T], "cnn": specCNN[T], "resnet": specResNet[T], "transformer": specTransformer[T], "unet": specUNet[T], "gcn": specGCN[T],
	}
	m, err := build[s.Kind](s, in)
	if err != nil {
		return nil, fmt.Errorf("%w (model %s)", err, s.Kind)
	}
	return m, nil
}

// check looks for options that the kind does not have.
func (s Spec) check() error {
	takes, ok := specKeys[s.Kind]
	if !ok {
		return fmt.Errorf("nn: model of kind %q: want mlp, cnn, resnet, transformer, unet or gcn, or layers instead of a kind", s.Kind)
	}
	for _, key := range setFields(s) {
		if key != "kind" && !slices.Contains(takes, key) {
			return fmt.Errorf("nn: model %s: option %s: want options among %s", s.Kind, key, strings.Join(takes, ", "))
		}
	}
	if s.Layers > maxLayers || s.Blocks > maxLayers {
		return fmt.Errorf("nn: model %s: layers = %d, blocks = %d: want at most %d", s.Kind, s.Layers, s.Blocks, maxLayers)
	}
	return nil
}

// maxLayers bounds numbers of layers, which are made one by one.
const maxLayers = 1000

// outputs returns the numbers that a model has for an example.
func (in Input) outputs() (int, error) {
	if in.Classes < 0 || in.Outputs < 0 || (in.Classes == 0) == (in.Outputs == 0) {
		return 0, fmt.Errorf("nn: data with %d classes, %d outputs: want at least 1 of one of the two", in.Classes, in.Outputs)
	}
	return max(in.Classes, in.Outputs), nil
}

// image checks that examples are images.
func (in Input) image() error {
	if len(in.Shape) != 3 {
		return fmt.Errorf("nn: examples of shape %v: want images [channels height width]", in.Shape)
	}
	return nil
}

func specMLP[T vec.Float](s Spec, in Input) (Model[T], error) {
	out, err := in.outputs()
	if err != nil {
		return nil, err
	}
	if s.Hidden == nil {
		return nil, fmt.Errorf("nn: no hidden layers: want their units, such as hidden = [512, 512], or [] for a linear model")
	}
	if len(in.Shape) == 0 {
		return nil, fmt.Errorf("nn: examples without numbers: want a shape, such as [features]")
	}
	return NewMLP[T](MLPOptions{In: length(in.Shape), Out: out, Hidden: s.Hidden, Activation: s.Activation, Dropout: s.Dropout})
}

func specCNN[T vec.Float](s Spec, in Input) (Model[T], error) {
	out, err := in.outputs()
	if err != nil {
		return nil, err
	}
	if err := in.image(); err != nil {
		return nil, err
	}
	if in.Shape[1] != in.Shape[2] {
		return nil, fmt.Errorf("nn: images of shape %v: want as high as wide, or a chain of layers, which takes any", in.Shape)
	}
	hidden := 0
	if s.Hidden != nil {
		if len(s.Hidden) != 1 || s.Hidden[0] < 1 {
			return nil, fmt.Errorf("nn: hidden = %v: want one number, the units of the dense layer", s.Hidden)
		}
		hidden = s.Hidden[0]
	}
	return NewCNN[T](CNNOptions{Channels: in.Shape[0], Side: in.Shape[1], Classes: out, Widths: s.Widths, Hidden: hidden, Dropout: s.Dropout})
}

func specResNet[T vec.Float](s Spec, in Input) (Model[T], error) {
	out, err := in.outputs()
	if err != nil {
		return nil, err
	}
	if err := in.image(); err != nil {
		return nil, err
	}
	return NewResNet[T](ResNetOptions{Channels: in.Shape[0], Classes: out, Widths: s.Widths, Blocks: s.Blocks})
}

func specTransformer[T vec.Float](s Spec, in Input) (Model[T], error) {
	if in.Vocabulary < 1 || in.Context < 1 {
		return nil, fmt.Errorf("nn: data with a vocabulary of %d and a context of %d: want sequences of tokens", in.Vocabulary, in.Context)
	}
	if s.Context == 0 {
		s.Context = in.Context
	}
	if s.Context < in.Context {
		return nil, fmt.Errorf("nn: context = %d: want at least %d, the tokens of an example", s.Context, in.Context)
	}
	return NewTransformer[T](TransformerOptions{
		Vocabulary: in.Vocabulary, Context: s.Context, Width: s.Width, Layers: s.Layers, Heads: s.Heads, Dropout: s.Dropout,
	})
}

func specUNet[T vec.Float](s Spec, in Input) (Model[T], error) {
	if err := in.image(); err != nil {
		return nil, err
	}
	h, w := in.Shape[1], in.Shape[2]
	if in.Outputs < 1 || in.Outputs%max(1, h*w) != 0 {
		return nil, fmt.Errorf("nn: targets of %d numbers: want images of %d x %d, the size of the inputs", in.Outputs, h, w)
	}
	m, err := NewUNet[T](UNetOptions{In: in.Shape[0], Out: in.Outputs / (h * w), Widths: s.Widths, Groups: s.Groups})
	if err != nil {
		return nil, err
	}
	if f := 1 << min(len(m.up), 62); h%f != 0 || w%f != 0 {
		return nil, fmt.Errorf("nn: images of %d x %d: want multiples of %d with %d scales", h, w, f, len(m.down))
	}
	return m, nil
}

func specGCN[T vec.Float](s Spec, in Input) (Model[T], error) {
	out, err := in.outputs()
	if err != nil {
		return nil, err
	}
	features := make([]T, len(in.Features))
	for i, v := range in.Features {
		features[i] = T(v)
	}
	return NewGCN(GCNOptions[T]{Graph: in.Graph, Features: features, Hidden: s.Hidden, Classes: out, Dropout: s.Dropout})
}

// fieldNames returns the keys of a struct in documents.
func fieldNames(t reflect.Type) []string {
	keys := make([]string, t.NumField())
	for i := range keys {
		keys[i] = t.Field(i).Tag.Get("toml")
	}
	return keys
}

// setFields returns the keys of the fields of a struct that are not zero.
func setFields(s any) (keys []string) {
	v := reflect.ValueOf(s)
	for i, key := range fieldNames(v.Type()) {
		if !v.Field(i).IsZero() {
			keys = append(keys, key)
		}
	}
	return keys
}
