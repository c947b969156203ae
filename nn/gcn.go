package nn

import (
	"fmt"

	"github.com/godescent/descent/grad"
	"github.com/godescent/descent/linalg"
	"github.com/godescent/descent/vec"
)

// GCNOptions describes a graph convolutional network.
type GCNOptions[T vec.Float] struct {
	Graph    *linalg.CSR // A, square: see NormalizedAdjacency
	Features []T         // of the nodes, nodes x features
	Hidden   []int       // features of the hidden layers; default 16
	Classes  int         // required
	Dropout  float64     // before each layer, in [0, 1)
}

// GCN is a graph convolutional network for the classes of a graph's nodes (Kipf and Welling
// 2017, arXiv:1609.02907): layers.0, layers.1, ... with ReLU between. Samples name nodes by one
// token each, so some nodes may have labels to learn from and others not; all are evaluated
// for every batch. It maps nodes [batch] to logits [batch, Classes].
type GCN[T vec.Float] struct {
	Net    Chain[T]
	o      GCNOptions[T]
	layout *Layout
}

// NewGCN returns the model, or an error that names the option to change.
func NewGCN[T vec.Float](o GCNOptions[T]) (*GCN[T], error) {
	if o.Hidden == nil {
		o.Hidden = []int{16}
	}
	if o.Graph == nil || o.Graph.Rows < 1 || len(o.Features) == 0 || len(o.Features)%o.Graph.Rows != 0 {
		return nil, fmt.Errorf("nn: GCN with %d numbers of features: want a graph, and the same number of features, at least 1, for each node", len(o.Features))
	}
	if err := finite("feature", o.Features, []int{len(o.Features) / o.Graph.Rows}, o.Graph.Rows); err != nil {
		return nil, err
	}
	b := NewBuilder[T]().With(Xavier)
	checkDropout(b, o.Dropout)
	m := &GCN[T]{o: o}
	in := len(o.Features) / o.Graph.Rows
	for i, n := range append(o.Hidden[:len(o.Hidden):len(o.Hidden)], o.Classes) {
		if i > 0 {
			m.Net = append(m.Net, NewActivation(b, "relu"))
		}
		m.Net = append(m.Net, Dropout[T]{o.Dropout}, NewGraphConv(b, fmt.Sprintf("layers.%d", i), o.Graph, in, n))
		in = n
	}
	var err error
	m.layout, err = b.Layout()
	return m, err
}

// Layout implements [Model].
func (m *GCN[T]) Layout() *Layout { return m.layout }

// Tokens implements [Vocabulary].
func (m *GCN[T]) Tokens() int { return m.o.Graph.Rows }

// Forward implements [Model].
func (m *GCN[T]) Forward(p *Pass[T], b *Batch[T]) *grad.Tensor[T] {
	return grad.Gather(m.Net.Forward(p, p.Tape.Input(m.o.Features, m.o.Graph.Rows, len(m.o.Features)/m.o.Graph.Rows)), b.Tokens)
}
